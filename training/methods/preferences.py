"""`dpo`: a person's answer over the model's, with the person's answer also imitated.

Without the imitated part both answers become less likely as long as their distance grows, until
the policy has left the language.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from training import objectives
from training.answering import Answers
from training.dataset import Preference
from training.methods.method import Figures, Stateless, batch_of, by_length, learn
from training.policy import Policy
from training.settings import Settings

_BETA = 0.1
_IMITATION = 1.0
"""Weight of the imitated part: a nat per token beside a nat of preference."""
_PAIRS_AT_ONCE = 32


class Preferences(Stateless):
    def __init__(
        self,
        policy: Policy,
        optimizer: Any,
        pairs: Sequence[Preference],
        settings: Settings,
    ) -> None:
        self._policy = policy
        self._optimizer = optimizer
        self._batch_size = settings.batch_size
        self._seed = settings.seed
        prompting = policy.prompting
        self._questions = [prompting.ids(pair.question.text) for pair in pairs]
        self._pairs = [
            [
                prompting.answer_ids(text)[: settings.longest]
                for text in (pair.chosen, pair.rejected)
            ]
            for pair in pairs
        ]
        self._reference = self._of_the_base()
        """(pairs, 2): the base's log-probability of the chosen and of the rejected answer."""

    def step(self, number: int) -> Figures:
        rows = batch_of(range(len(self._pairs)), self._batch_size, number, self._seed)
        ids, answers = self._answers(rows)
        reference = self._reference[rows].to(answers.mask.device)
        # Parts hold whole pairs: an even number of rows, in the order chosen, rejected.
        tokens = float(answers.mask[0::2].sum())
        margins: list[Any] = []

        def of_part(first: int, last: int) -> Any:
            part = answers.rows(2 * first, 2 * last)
            found = self._policy.answering.log_probabilities(ids, part)
            sums = objectives.answer_sums(found, part.mask).view(-1, 2)
            of_base = reference[first:last]
            margins.append(((sums - of_base) @ sums.new_tensor([1.0, -1.0])).detach())
            share = (last - first) / len(rows)
            preferred = objectives.preference_loss(
                sums[:, 0], sums[:, 1], of_base[:, 0], of_base[:, 1], beta=_BETA
            )
            imitated = -objectives.answer_sums(found[0::2], part.mask[0::2]).sum() / tokens
            return share * preferred + _IMITATION * imitated

        parts = [
            partial(of_part, first, min(first + _PAIRS_AT_ONCE, len(rows)))
            for first in range(0, len(rows), _PAIRS_AT_ONCE)
        ]
        loss = learn(self._optimizer, self._policy, parts)
        preferred = torch.cat(margins)
        return {
            "loss": loss,
            "preferred": float((preferred > 0).float().mean()),
            "margin": float(preferred.mean()),
            "length": tokens / len(rows),
            "tokens": float(answers.mask.sum()),
        }

    def _answers(self, rows: Sequence[int]) -> tuple[list[list[int]], Answers]:
        """Questions, and two answers in a row to each."""
        ids = [self._questions[row] for row in rows]
        both = [answer for row in rows for answer in self._pairs[row]]
        owner = [place for place in range(len(rows)) for _ in range(2)]
        return ids, self._policy.answering.given(both, owner)

    def _of_the_base(self) -> Any:
        found = torch.zeros((len(self._pairs), 2))
        with self._policy.reference() as base:
            for start in range(0, len(self._pairs), _PAIRS_AT_ONCE):
                rows = list(range(start, min(start + _PAIRS_AT_ONCE, len(self._pairs))))
                ids, answers = self._answers(rows)
                sums = torch.zeros(len(answers.mask))
                for places, part in by_length(answers, sum(map(len, ids))):
                    chances = base.log_probabilities(ids, part)
                    sums[places.cpu()] = objectives.answer_sums(chances, part.mask).cpu()
                found[rows] = sums.view(-1, 2)
        return found
