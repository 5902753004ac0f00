"""What answers are worth to a policy that learns from its own."""

from collections.abc import Sequence
from dataclasses import astuple

from training.answer_shape import Shape, costs, shape_of
from training.scoring import Scores

_SMALLEST_SPREAD = 0.1
"""Rating points."""


class Points:
    """Scores in standard deviations of the base's, less what an answer's shape costs.

    A reward model that is unsure predicts ratings close together; which of two answers is the
    better one counts all the same. The first answers are the base's own, since the adapter has not
    learned anything yet: the base's scores and its shape are those of them.
    """

    def __init__(self, end: int) -> None:
        self._end = end
        """The token that ends an answer."""
        self._spread = 0.0
        self._shape: Shape | None = None

    def of(self, scores: Scores, answers: Sequence[Sequence[int]]) -> Scores:
        """`answers` as tokens, one for each score."""
        if self._shape is None:
            self._spread = max(float(scores.std()), _SMALLEST_SPREAD)
            self._shape = shape_of(answers, self._end)
        found: Scores = scores / self._spread - costs(answers, self._end, self._shape)
        return found

    def state(self) -> list[float]:
        """For a checkpoint; empty before the first answers."""
        return [self._spread, *astuple(self._shape)] if self._shape else []

    def set_state(self, state: Sequence[float]) -> None:
        if state:
            self._spread, self._shape = state[0], Shape(*state[1:])
