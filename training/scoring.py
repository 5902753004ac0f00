"""What answers are worth: the reward model's prediction, or whatever else gives a number."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tandem.tuning.rewards.reward_model import RewardModel
from training.dataset import Question

Scores = NDArray[np.float64]


class Scorer(Protocol):
    def __call__(self, questions: Sequence[Question], answers: Sequence[str], /) -> Scores:
        """One number from 1 to 5 for each question with its answer."""
        ...


class RewardModelScorer:
    def __init__(self, model: RewardModel) -> None:
        self._model = model

    def __call__(self, questions: Sequence[Question], answers: Sequence[str]) -> Scores:
        scores = np.zeros(len(answers))
        rows: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = defaultdict(list)
        for row, question in enumerate(questions):
            rows[question.prompt, question.context].append(row)
        for of_question in rows.values():
            asked = questions[of_question[0]].asked
            predicted = self._model.predict(asked, [answers[row] for row in of_question])
            scores[of_question] = [one.rating for one in predicted]
        return scores
