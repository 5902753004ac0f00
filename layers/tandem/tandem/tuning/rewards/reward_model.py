"""How people would rate an answer: a linear model of what is measured of it and what it means.

    rating = intercept + Σ weight · (feature - mean) / scale

over the columns of `columns_of`: what `features` measures, how near answer and question are, and
their sentence vectors. It is fitted by `fitting` and kept as JSON of some ten kilobytes, so that a
function predicts in milliseconds. The text may come from anywhere: it is checked, never executed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.tuning.rewards import features
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.static_embedding import StaticEmbedding

FORMAT = "tandem-reward-1"
LOWEST, HIGHEST = 1.0, 5.0
THRESHOLDS = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
FARTHEST = 3.0
"""Standard deviations from the mean at which a feature stops to count more: beyond what was rated,
a line says nothing, and whoever trains on the predictions would run along it."""
LARGEST = 200_000
"""Bytes of a model's file."""

Vector = NDArray[np.float64]


class BadRewardModel(Exception):
    """The file is no reward model, or one of another embedding. The text says why."""


@dataclass(frozen=True)
class Predicted:
    """What people would give."""

    rating: float
    deviation: float
    """How far ratings are from such predictions: the root of the mean square."""
    chances: tuple[float, ...]
    """That the rating is below each of `THRESHOLDS`; ascending."""

    def chance_below(self, rating: float) -> float:
        """The chance that people rate the answer below `rating`: 0 for 1, 1 above 5."""
        if rating > HIGHEST:
            return 1.0
        return float(np.interp(rating, (LOWEST, *THRESHOLDS), (0.0, *self.chances)))


@dataclass(frozen=True)
class RewardModel:
    """Vectors have a number for each column of `columns_of`."""

    embedding: StaticEmbedding
    intercept: float
    means: Vector
    scales: Vector
    weights: Vector
    deviation: float
    biases: Vector
    slopes: Vector
    """The chance of a rating below each of `THRESHOLDS` is the logistic function of
    bias + slope · rating."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """How it was fitted; nothing depends on it."""

    @classmethod
    def load(cls, text: str | bytes, embedding: StaticEmbedding) -> "RewardModel":
        """Raises `BadRewardModel`."""
        if len(text) > LARGEST:
            raise BadRewardModel(f"{len(text)} bytes are too many for a reward model")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRewardModel(f"the reward model is no JSON: {error}") from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise BadRewardModel(f"the file is no reward model of the format {FORMAT}")
        if found.get("embedding") != embedding.digest:
            raise BadRewardModel(
                "the reward model was fitted with another embedding than the one that is installed"
            )
        if found.get("features") != list(features.NAMES):
            raise BadRewardModel("the reward model was fitted with other features than these")
        columns = measured_columns() + 3 * embedding.dimensions
        model = cls(
            embedding,
            float(_numbers(found, "intercept", ())),
            _numbers(found, "means", (columns,)),
            _numbers(found, "scales", (columns,)),
            _numbers(found, "weights", (columns,)),
            float(_numbers(found, "deviation", ())),
            _numbers(found, "biases", (len(THRESHOLDS),)),
            _numbers(found, "slopes", (len(THRESHOLDS),)),
            found.get("notes") or {},
        )
        if (model.scales <= 0).any():
            raise BadRewardModel("the reward model's `scales` must be above zero")
        return model

    def dump(self) -> str:
        """Numbers keep six digits: more than a rating is worth."""
        numbers = {
            name: [float(f"{value:.6g}") for value in getattr(self, name)]
            for name in ("means", "scales", "weights", "biases", "slopes")
        }
        return json.dumps(
            {
                "format": FORMAT,
                "embedding": self.embedding.digest,
                "features": features.NAMES,
                "intercept": self.intercept,
                "deviation": self.deviation,
                **numbers,
                "notes": dict(self.notes),
            }
        )

    def predict(self, asked: Asked, answers: Sequence[str]) -> list[Predicted]:
        """One for each answer, in their order."""
        if not answers:
            return []
        columns = columns_of([(asked, answer) for answer in answers], self.embedding)
        line = self.intercept + standardized(columns, self.means, self.scales) @ self.weights
        ratings = np.clip(line, LOWEST, HIGHEST)
        below = 1 / (1 + np.exp(-(self.biases + np.outer(ratings, self.slopes))))
        # Each threshold has a curve of its own; where two cross, a chance would fall.
        chances = np.maximum.accumulate(below, axis=1)
        return [
            Predicted(float(rating), self.deviation, tuple(map(float, of_thresholds)))
            for rating, of_thresholds in zip(ratings, chances, strict=True)
        ]


def columns_of(answers: Sequence[tuple[Asked, str]], embedding: StaticEmbedding) -> Vector:
    """A row for each answer: `features.NAMES`, how much of the question the answer covers, the
    cosine of the two, and the vectors of the answer, of the question and of their product; shape
    (n, measured_columns() + 3 · dimensions)."""
    questions: dict[str, int] = {}
    rows = [questions.setdefault(asked.question, len(questions)) for asked, _ in answers]
    of_questions = embedding.encode(list(questions))[rows].astype(np.float64)
    of_answers = embedding.encode([answer for _, answer in answers]).astype(np.float64)
    products = of_questions * of_answers
    measured = np.array([features.measured(asked, answer) for asked, answer in answers])
    covered = embedding.coverage([(asked.question, answer) for asked, answer in answers])
    near = np.column_stack([covered, products.sum(axis=1)])
    return np.hstack([measured, near, of_answers, of_questions, products])


def measured_columns() -> int:
    """How many columns come before the vectors."""
    return len(features.NAMES) + 2


def standardized(columns: Vector, means: Vector, scales: Vector) -> Vector:
    """In standard deviations from the mean, and no farther than counts."""
    return np.clip((columns - means) / scales, -FARTHEST, FARTHEST)


def _numbers(found: dict[str, Any], name: str, shape: tuple[int, ...]) -> Vector:
    try:
        numbers = np.array(found[name], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BadRewardModel(f"the reward model's `{name}` are no numbers") from error
    if numbers.shape != shape:
        raise BadRewardModel(f"the reward model's `{name}` have the shape {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise BadRewardModel(f"the reward model's `{name}` are not finite")
    return numbers
