"""How the policy does on questions that it is not trained on: what stops it, and what is kept.

Answers are the likeliest ones, as they are served. The scores are those of a judge that the policy
is not trained against where there are ratings enough for one; never of the frozen test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training import objectives
from training.answer_shape import repetition
from training.answering import AnsweringModel
from training.dataset import Question
from training.methods.method import generator_of
from training.policy import Policy
from training.scoring import Scorer, Scores

_MOST_QUESTIONS = 64
_SAMPLES_FOR_DIVERGENCE = 2
_SEED = 7919


@dataclass(frozen=True)
class Measured:
    scores: Scores
    """One for each question."""
    answers: tuple[str, ...]
    length: float
    """Tokens, mean."""
    repetition: float

    @property
    def mean(self) -> float:
        return float(self.scores.mean())


class HeldOut:
    def __init__(self, questions: Sequence[Question], scorer: Scorer, *, longest: int) -> None:
        # In order, not by chance: the same ones in every run on the same dataset.
        self.questions = tuple(questions[:_MOST_QUESTIONS])
        self._scorer = scorer
        self._longest = longest

    def measure(self, model: AnsweringModel) -> Measured:
        ids = [model.prompting.ids(question.text) for question in self.questions]
        tokens = model.greedy(ids, longest=self._longest)
        answers = model.prompting.texts(tokens)
        return Measured(
            self._scorer(self.questions, answers),
            tuple(answers),
            float(np.mean([len(one) for one in tokens])),
            float(np.mean([repetition(one) for one in tokens])),
        )

    def divergence(self, policy: Policy) -> float:
        """Estimated KL of the policy from the base, in nats per answer; at least zero."""
        ids = [policy.prompting.ids(question.text) for question in self.questions]
        answers = policy.answering.sample(
            ids,
            samples=_SAMPLES_FOR_DIVERGENCE,
            longest=self._longest,
            generator=generator_of(_SEED, 0, policy),
        )
        with policy.reference() as base:
            reference = base.log_probabilities(ids, answers)
        diverged = objectives.divergence_at_least_zero(
            answers.log_probabilities, reference, answers.mask
        )
        return float(diverged.mean())


def has_fallen(now: Measured, best: Measured) -> bool:
    """Beyond doubt: by more than twice the standard error of the paired differences."""
    lost = best.scores - now.scores
    if len(lost) < 2:
        return bool(lost.mean() > 0)
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    return float(lost.mean()) > 2 * error and float(lost.mean()) > 0
