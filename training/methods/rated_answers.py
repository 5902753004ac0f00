"""`offline-ppo`: rated answers become likelier or less likely, by their rating; nothing is sampled.

Only for answers that the base itself gave: the ratio of what the policy and what the answer's
author would say is a weight of importance between these two alone.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch

from training import objectives
from training.dataset import Rating
from training.methods.method import Figures, batch_of, by_length, learn
from training.policy import Policy
from training.settings import Settings


class RatedAnswers:
    """Ratings are centred over all answers; what ratios are taken to is laid anew each epoch."""

    def __init__(
        self,
        policy: Policy,
        optimizer: Any,
        ratings: Sequence[Rating],
        settings: Settings,
    ) -> None:
        self._policy = policy
        self._optimizer = optimizer
        self._ratings = ratings
        self._batch_size = settings.batch_size
        self._seed = settings.seed
        prompting = policy.prompting
        self._questions = [prompting.ids(row.question.text) for row in ratings]
        self._answers = [prompting.answer_ids(row.answer)[: settings.longest] for row in ratings]
        self._advantages = objectives.centred(torch.tensor([row.reward for row in ratings]))
        self._anchors: dict[int, Any] = {}
        """By row: log-probabilities of its tokens, when the epoch began."""

    def step(self, number: int) -> Figures:
        per_epoch = -(-len(self._ratings) // self._batch_size)
        if (number - 1) % per_epoch == 0 or not self._anchors:
            self._anchor()
        rows = batch_of(range(len(self._ratings)), self._batch_size, number, self._seed)
        ids = [self._questions[row] for row in rows]
        answers = self._policy.answering.given([self._answers[row] for row in rows])
        tokens = float(answers.mask.sum())
        width = answers.mask.shape[1]
        old = torch.zeros((len(rows), width), device=answers.mask.device)
        for place, row in enumerate(rows):
            anchor = self._anchors[row]
            old[place, : len(anchor)] = anchor.to(old.device)
        gains = self._advantages[rows].to(old.device)

        def of_part(places: Any, part: Any) -> Any:
            new = self._policy.answering.log_probabilities(ids, part)
            before = old[places, : part.mask.shape[1]]
            return objectives.clipped_policy_loss(
                new, before, gains[places], part.mask, tokens=tokens
            )

        parts = [
            partial(of_part, places, part)
            for places, part in by_length(answers, sum(map(len, ids)))
        ]
        loss = learn(self._optimizer, self._policy, parts)
        mean = sum(self._ratings[row].reward for row in rows) / len(rows)
        return {"loss": loss, "rating/mean": mean, "length": tokens / len(rows), "tokens": tokens}

    def state(self) -> Mapping[str, Any]:
        return {"anchors": dict(self._anchors)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self._anchors = dict(state["anchors"])

    def _anchor(self) -> None:
        size = 64
        with torch.no_grad():
            for start in range(0, len(self._ratings), size):
                rows = range(start, min(start + size, len(self._ratings)))
                answers = self._policy.answering.given([self._answers[row] for row in rows])
                found = self._policy.answering.log_probabilities(
                    [self._questions[row] for row in rows], answers
                )
                for row, one in zip(rows, found, strict=True):
                    self._anchors[row] = one[: len(self._answers[row])].cpu().clone()
