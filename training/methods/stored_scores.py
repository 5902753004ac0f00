"""`blog-ppo`: a new answer is sampled and credited with the rating of an old one to that question.

How many articles train on ratings, kept to compare with. It cannot learn: what it calls a reward
does not depend on what the policy said, so its mean says nothing about the policy.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from training import objectives
from training.dataset import Rating
from training.methods.method import Figures, Stateless, batch_of, by_length, generator_of, learn
from training.policy import Policy
from training.settings import Settings

WARNING = (
    "blog-ppo credits new answers with the ratings of old ones: its reward/mean does not depend on "
    "the model, and it is a comparison, not a training. Use method=auto."
)
_KL_COEFFICIENT = 0.2
"""TRL's initial one in the releases that such articles use."""


class StoredScores(Stateless):
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
        self._longest = settings.longest
        self._seed = settings.seed

    def step(self, number: int) -> Figures:
        batch = batch_of(self._ratings, self._batch_size, number, self._seed)
        ids = [self._policy.prompting.ids(row.question.text) for row in batch]
        answers = self._policy.answering.sample(
            ids, longest=self._longest, generator=generator_of(self._seed, number, self._policy)
        )
        stored = torch.tensor([row.reward for row in batch])
        old = answers.log_probabilities
        with self._policy.reference() as base:
            reference = base.log_probabilities(ids, answers)
            diverged = objectives.divergence(old, reference, answers.mask).cpu()
        advantages = objectives.centred(stored - _KL_COEFFICIENT * diverged).to(old.device)

        def of_part(rows: Any, part: Any) -> Any:
            new = self._policy.answering.log_probabilities(ids, part)
            return objectives.clipped_policy_loss(
                new, part.log_probabilities, advantages[rows], part.mask, tokens=tokens
            )

        tokens = float(answers.mask.sum())
        parts = [
            partial(of_part, rows, part) for rows, part in by_length(answers, sum(map(len, ids)))
        ]
        loss = learn(self._optimizer, self._policy, parts)
        return {
            "reward/mean": float(stored.mean()),
            "kl": float(diverged.mean()),
            "length": tokens / len(batch),
            "loss": loss,
            "tokens": tokens,
        }
