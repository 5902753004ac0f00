"""`rl`: the policy answers, the reward model scores, and what scored better becomes likelier.

RLOO's advantages (each of a question's samples against the others) with PPO's clipped objective and
a price on divergence from the base.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from training import objectives
from training.answer_shape import penalties, repetition
from training.answering import Answers
from training.dataset import Question
from training.methods.method import Figures, batch_of, by_length, generator_of, learn
from training.policy import Policy
from training.scoring import Scorer
from training.settings import Settings

_PASSES = 2
"""Over each batch of samples; the first is on-policy, the clip holds from the second on."""
_STEEPEST = 0.5
"""Points that a nat costs in addition when the limit is reached; from half the limit on, it grows
evenly from nothing. So the policy comes to rest within the limit, where it goes on to improve."""


class Reinforcement:
    def __init__(
        self,
        policy: Policy,
        optimizer: Any,
        questions: Sequence[Question],
        scorer: Scorer,
        settings: Settings,
    ) -> None:
        self._policy = policy
        self._optimizer = optimizer
        self._questions = questions
        self._scorer = scorer
        self._settings = settings
        self._base_shape: tuple[float, float] | None = None

    def step(self, number: int) -> Figures:
        settings = self._settings
        batch = batch_of(self._questions, settings.batch_size, number, settings.seed)
        ids = [self._policy.prompting.ids(question.text) for question in batch]
        answers = self._policy.answering.sample(
            ids,
            samples=settings.samples,
            longest=settings.longest,
            generator=generator_of(settings.seed, number, self._policy),
        )
        scores, shape = self._scored(batch, answers)
        diverged = self._divergence(ids, answers)
        price = self._price(float(diverged.mean()))
        rewards = torch.tensor(scores - shape, dtype=torch.float32) - price * diverged
        advantages = objectives.leave_one_out(rewards, settings.samples)
        loss = self._learn(ids, answers, advantages.to(answers.mask.device))
        return {
            "reward/mean": float(scores.mean()),
            "reward/sd": float(scores.std()),
            "kl": float(diverged.mean()),
            "length": float(answers.mask.sum() / len(answers.mask)),
            "finished": float(answers.finished.float().mean()),
            "loss": loss,
            "tokens": float(answers.mask.sum()),
        }

    def state(self) -> Mapping[str, Any]:
        return {"base_shape": list(self._base_shape or ())}

    def set_state(self, state: Mapping[str, Any]) -> None:
        kept = state["base_shape"]
        self._base_shape = (kept[0], kept[1]) if kept else None

    def _scored(self, batch: Sequence[Question], answers: Answers) -> tuple[Any, Any]:
        """The reward model's points, and those that an answer's shape costs."""
        lists = answers.lists()
        owners = answers.owner.tolist()
        scores = self._scorer([batch[i] for i in owners], self._policy.prompting.texts(lists))
        lengths = np.array([len(tokens) for tokens in lists], dtype=np.float64)
        repeated = np.array([repetition(tokens) for tokens in lists])
        if self._base_shape is None:
            # The first batch is the base's own: the adapter has not learned anything yet.
            self._base_shape = (float(lengths.mean()), float(repeated.mean()))
        length, repeating = self._base_shape
        shape = penalties(
            lengths,
            answers.finished.cpu().numpy().astype(np.float64),
            repeated,
            base_length=length,
            base_repetition=repeating,
        )
        return scores, shape

    def _price(self, diverged: float) -> float:
        """Points per nat."""
        limit = max(self._settings.kl_limit, 1e-9)
        return self._settings.kl_coefficient + _STEEPEST * min(max(2 * diverged / limit - 1, 0), 1)

    def _divergence(self, ids: Sequence[list[int]], answers: Answers) -> Any:
        """Of each answer from the base, in nats."""
        diverged = torch.zeros(len(answers.mask))
        with self._policy.reference() as base:
            for rows, part in by_length(answers, sum(map(len, ids))):
                reference = base.log_probabilities(ids, part)
                of_part = objectives.divergence(part.log_probabilities, reference, part.mask)
                diverged[rows.cpu()] = of_part.float().cpu()
        return diverged

    def _learn(self, ids: Sequence[list[int]], answers: Answers, advantages: Any) -> float:
        parts = list(by_length(answers, sum(map(len, ids))))
        old: list[Any] = [None] * len(parts)
        total = float(answers.mask.sum())
        loss = 0.0

        def of_part(index: int) -> Any:
            rows, part = parts[index]
            new = self._policy.answering.log_probabilities(ids, part)
            if old[index] is None:
                old[index] = new.detach()
            return objectives.clipped_policy_loss(
                new, old[index], advantages[rows], part.mask, tokens=total
            )

        for _ in range(_PASSES):
            loss = learn(
                self._optimizer, self._policy, [partial(of_part, i) for i in range(len(parts))]
            )
        return loss
