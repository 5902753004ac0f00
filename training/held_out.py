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
_SAMPLES = 2
_SEED = 7919


@dataclass(frozen=True)
class Measured:
    scores: Scores
    """One for each question: half that of the likeliest answer, half that of sampled ones."""
    likeliest: float
    """Mean score of the likeliest answers, as they are served."""
    length: float
    """Tokens of a likeliest answer, mean."""
    repetition: float
    divergence: float
    """Estimated KL from the base, in nats per answer; at least zero."""

    @property
    def mean(self) -> float:
        return float(self.scores.mean())


class HeldOut:
    """What is served is the likeliest answer; but it changes in leaps, some time after the chances
    of all answers have changed. So sampled answers count as well, with the same chance each time.
    """

    def __init__(self, questions: Sequence[Question], scorer: Scorer, *, longest: int) -> None:
        # In order, not by chance: the same ones in every run on the same dataset.
        self.questions = tuple(questions[:_MOST_QUESTIONS])
        self._scorer = scorer
        self._longest = longest

    def of_base(self, policy: Policy) -> Measured:
        with policy.reference() as base:
            return self._measured(policy, base)

    def of_policy(self, policy: Policy) -> Measured:
        return self._measured(policy, policy.answering)

    def _measured(self, policy: Policy, model: AnsweringModel) -> Measured:
        prompting = model.prompting
        ids = [prompting.ids(question.text) for question in self.questions]
        tokens = model.greedy(ids, longest=self._longest)
        likeliest = self._scorer(self.questions, prompting.texts(tokens))
        answers = model.sample(
            ids,
            samples=_SAMPLES,
            longest=self._longest,
            generator=generator_of(_SEED, 0, policy),
        )
        asked = [question for question in self.questions for _ in range(_SAMPLES)]
        sampled = self._scorer(asked, prompting.texts(answers.lists()))
        with policy.reference() as base:
            reference = base.log_probabilities(ids, answers)
        diverged = objectives.divergence(answers.log_probabilities, reference, answers.mask)
        return Measured(
            (likeliest + sampled.reshape(-1, _SAMPLES).mean(axis=1)) / 2,
            float(likeliest.mean()),
            float(np.mean([len(one) for one in tokens])),
            float(np.mean([repetition(one) for one in tokens])),
            # A mean of so few samples may fall below zero, the KL itself does not.
            max(float(diverged.mean()), 0.0),
        )


def has_fallen(now: Measured, best: Measured) -> bool:
    """Beyond doubt: by more than twice the standard error of the paired differences."""
    lost = best.scores - now.scores
    if len(lost) < 2:
        return bool(lost.mean() > 0)
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    return float(lost.mean()) > 2 * error and float(lost.mean()) > 0
