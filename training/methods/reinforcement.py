"""`rl`: the policy answers, the reward model scores, and what scored better becomes likelier.

RLOO's advantages (each of a question's samples against the others) with PPO's clipped objective and
a price on divergence from the base.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch

from training import objectives
from training.answering import Answers
from training.dataset import Question
from training.methods.method import Figures, batch_of, by_length, generator_of, learn
from training.points import Points
from training.policy import Policy
from training.scoring import Scorer
from training.settings import Settings

_PASSES = 1
"""Over each batch of samples. With one, they are the policy's own, and the clip holds only where
sampling reckons a little otherwise; a second pass was measured to diverge more than to gain."""
_DEARER_FROM, _DEAREST = 0.6, 0.5
"""From this part of the limit on, a nat costs up to so many spreads more. So the
policy comes to rest within it, and goes on to improve there, instead of being stopped by it."""


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
        self._points = Points(policy.prompting.end)

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
        tokens = answers.lists()
        texts = self._policy.prompting.texts(tokens)
        scores = self._scorer([batch[i] for i in answers.owner.tolist()], texts)
        points = self._points.of(scores, tokens)
        diverged = self._divergence(ids, answers)
        price = self._price(float(diverged.mean()))
        rewards = torch.tensor(points, dtype=torch.float32) - price * diverged
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
        return {"points": self._points.state()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self._points.set_state(state["points"])

    def _price(self, diverged: float) -> float:
        """Points per nat."""
        used = diverged / max(self._settings.kl_limit, 1e-9)
        dearer = min(max((used - _DEARER_FROM) / (1 - _DEARER_FROM), 0.0), 1.0)
        return self._settings.kl_coefficient + _DEAREST * dearer

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
