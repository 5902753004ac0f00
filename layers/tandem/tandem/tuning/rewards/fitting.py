"""Fits the reward model to ratings, and says honestly how good it is.

Ridge regression. How strongly it is held back is chosen by cross-validation in which a topic is
never on both sides: answers to the same question share what makes them good, and a model that has
seen one knows too much of the others. The same predictions give the figures and the calibration.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import (
    HIGHEST,
    LOWEST,
    THRESHOLDS,
    RewardModel,
    Vector,
    columns_of,
    measured_columns,
    standardized,
)
from tandem.tuning.rewards.static_embedding import StaticEmbedding

MINIMUM = 30
"""Ratings with which a fit begins to be of use."""
FOLDS = 10
_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
"""Of the penalty, for what is measured."""
_MEANING = 0.1
"""How much a number of a sentence vector may count beside something measured: there are some
twenty times as many of them, and most say nothing."""
_SMALLEST_SCALE = 1e-3
_TRUST = 1.0
"""How far ratings may move the chances from being the same at every prediction."""


class TooFewRatings(Exception):
    """`missing` more ratings are needed."""

    def __init__(self, ratings: int, minimum: int) -> None:
        self.missing = minimum - ratings
        super().__init__(
            f"{ratings} ratings are too few to learn from: {self.missing} more are needed, for"
            f" {minimum} in all"
        )


class NothingToLearn(Exception):
    """The ratings do not differ, or are all of one question."""


class BadRating(Exception):
    """A row that cannot be learned from. The text names it."""


@dataclass(frozen=True)
class RatedAnswer:
    """An answer with the rating that people gave it, from 1 to 5. How many they were is not asked:
    to count the ratings of several for more made no model better."""

    asked: Asked
    answer: str
    rating: float
    topic: str


def rated_answers(rows: Iterable[Mapping[str, Any]]) -> list[RatedAnswer]:
    """From the lines of a dataset's `ratings.jsonl`. Raises `BadRating`."""
    return [_rated(row, number) for number, row in enumerate(rows, start=1)]


def _rated(row: Mapping[str, Any], number: int) -> RatedAnswer:
    try:
        context = tuple((turn["author"], turn["text"]) for turn in row.get("context") or ())
        rated = RatedAnswer(
            Asked(row["prompt"], context),
            row["response"],
            float(row["reward"]),
            str(row["topic"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRating(f"row {number} is no rated answer: {error!r}") from error
    _check(rated, f"row {number} ({row.get('id', 'without an id')})")
    return rated


def _check(rated: RatedAnswer, name: str) -> None:
    if not (isinstance(rated.asked.question, str) and isinstance(rated.answer, str)):
        raise BadRating(f"{name}: question and answer must be texts")
    if not LOWEST <= rated.rating <= HIGHEST:
        raise BadRating(f"{name}: the rating {rated.rating:g} is not from 1 to 5")


@dataclass(frozen=True)
class Fitted:
    """A reward model, and how well one fitted without a topic predicts the topic's ratings."""

    model: RewardModel
    spearman: float
    """Rank correlation of prediction and rating, -1..1; 0 where the predictions do not differ."""
    error: float
    """Root of the mean squared error, in rating points."""
    absolute_error: float
    error_of_the_mean: float
    """What `error` would be if the mean rating were always predicted."""
    slope: float
    """By how much ratings rise with one point of the prediction before it was calibrated."""
    ratings: int
    groups: int
    """Topics; questions where there is one topic only."""
    strength: float
    """Of the penalty that was chosen."""
    predicted: Vector
    """Of each row, by a model that has not seen its topic; calibrated."""
    actual: Vector


def fit(
    rows: Sequence[RatedAnswer], embedding: StaticEmbedding, *, minimum: int = MINIMUM
) -> Fitted:
    """Raises `TooFewRatings`, `NothingToLearn` and `BadRating`."""
    for number, row in enumerate(rows, start=1):
        _check(row, f"row {number}")
    if len(rows) < minimum:
        raise TooFewRatings(len(rows), minimum)
    actual = np.array([row.rating for row in rows], np.float64)
    if np.ptp(actual) == 0:
        raise NothingToLearn(f"all {len(rows)} ratings are {actual[0]:g}: nothing tells them apart")
    groups = _groups(rows)
    columns = columns_of([(row.asked, row.answer) for row in rows], embedding)
    means, scales = _spread(columns)
    balance = _balance(columns.shape[1])
    features = standardized(columns, means, scales) * balance
    # The matrices are too small to be shared out: several BLAS threads take many times longer.
    with threadpool_limits(limits=1, user_api="blas"):
        strength, unseen = _best(features, actual, groups)
        fitted = Ridge(strength).fit(features, actual)
    slope, offset = _line(unseen, actual)
    predicted = np.clip(offset + slope * unseen, LOWEST, HIGHEST)
    biases, slopes = _chances(predicted, actual)
    figures = {
        "spearman": float(spearmanr(unseen, actual).statistic) if np.ptp(unseen) else 0.0,
        "error": _root_mean_square(predicted - actual),
        "absolute_error": float(np.abs(predicted - actual).mean()),
        "error_of_the_mean": _root_mean_square(actual.mean() - actual),
        "slope": slope,
        "strength": strength,
    }
    counts = {"ratings": len(rows), "groups": len(np.unique(groups))}
    model = RewardModel(
        embedding,
        intercept=offset + slope * float(fitted.intercept_),
        means=means,
        scales=scales,
        weights=slope * balance * fitted.coef_,
        deviation=figures["error"],
        biases=biases,
        slopes=slopes,
        notes={**figures, **counts},
    )
    return Fitted(
        model=model,
        **figures,
        ratings=len(rows),
        groups=counts["groups"],
        predicted=predicted,
        actual=actual,
    )


def _groups(rows: Sequence[RatedAnswer]) -> NDArray[np.int64]:
    """The topic of each row by number; its question, where there is one topic only."""
    for names in ([row.topic for row in rows], [row.asked.question for row in rows]):
        known, numbers = np.unique(names, return_inverse=True)
        if len(known) > 1:
            return np.asarray(numbers, np.int64)
    raise NothingToLearn("all ratings are of one question: nothing shows what holds for others")


def _spread(columns: Vector) -> tuple[Vector, Vector]:
    """Means and standard deviations. All numbers of a kind of vector have one in common, so that
    those that say much still say more than those that say little."""
    means, scales = columns.mean(axis=0), columns.std(axis=0)
    first = measured_columns()
    for kind in np.split(scales[first:], 3):
        kind[:] = _root_mean_square(kind)
    return means, np.where(scales > _SMALLEST_SCALE, scales, 1.0)


def _balance(columns: int) -> Vector:
    balance = np.full(columns, _MEANING)
    balance[: measured_columns()] = 1
    return balance


def _best(features: Vector, actual: Vector, groups: NDArray[np.int64]) -> tuple[float, Vector]:
    """The strength with the least error, and its predictions for topics that were not seen."""
    folds = GroupKFold(min(FOLDS, len(np.unique(groups))))
    splits = list(folds.split(features, actual, groups))
    predictions = {strength: _unseen(features, actual, splits, strength) for strength in _STRENGTHS}
    best = min(_STRENGTHS, key=lambda strength: _root_mean_square(predictions[strength] - actual))
    return best, predictions[best]


def _unseen(
    features: Vector,
    actual: Vector,
    splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    strength: float,
) -> Vector:
    predictions = np.empty_like(actual)
    for seen, unseen in splits:
        model = Ridge(strength).fit(features[seen], actual[seen])
        predictions[unseen] = model.predict(features[unseen])
    return predictions


def _line(predictions: Vector, actual: Vector) -> tuple[float, float]:
    """Slope and offset that make the predictions for unseen topics right on average."""
    centred = predictions - predictions.mean()
    spread = float(centred @ centred)
    # A line that falls would say that the worse answer is the better one.
    slope = max(0.0, float(centred @ actual) / spread) if spread > 0 else 0.0
    return slope, float(actual.mean()) - slope * float(predictions.mean())


def _chances(predicted: Vector, actual: Vector) -> tuple[Vector, Vector]:
    """Biases and slopes of logistic regressions: the chance of a rating below each of `THRESHOLDS`
    by the predicted rating. Errors are not normally distributed, least so near the ends."""
    biases, slopes = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
    for number, threshold in enumerate(THRESHOLDS):
        below = actual < threshold
        if 0 < below.sum() < len(below):
            fitted = LogisticRegression(C=_TRUST).fit(predicted[:, None], below)
            biases[number], slopes[number] = fitted.intercept_[0], min(0.0, fitted.coef_[0, 0])
            if slopes[number]:
                continue
        # The share, as if one rating more had been on either side.
        share = (below.sum() + 1) / (len(below) + 2)
        biases[number] = np.log(share / (1 - share))
    return biases, slopes


def _root_mean_square(values: Vector) -> float:
    return float(np.sqrt(np.mean(values**2)))
