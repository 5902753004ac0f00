"""The reward models of a training, each fitted to ratings that its use may know.

- of the policy: what the policy is trained against
- of the chat: the best there is, from all ratings but those of the test
- of the choice: scores held-out questions while the policy is trained, to stop and to choose
- the judge: compares models afterwards. It knows no rating that the policy's reward model knows,
  and nothing is chosen by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.tuning.rewards.fitting import (
    BadRating,
    Fitted,
    NothingToLearn,
    RatedAnswer,
    TooFewRatings,
    fit,
)
from tandem.tuning.rewards.static_embedding import BadEmbedding, StaticEmbedding, shipped_folder
from training.dataset import Dataset, Rating
from training.failures import TrainingError

JUDGE_MINIMUM = 30
_GOOD_ENOUGH_TO_CHOOSE = 0.3
"""Rank correlation below which an independent judge would choose by chance."""


@dataclass(frozen=True)
class RewardModels:
    policy: Fitted
    chat: Fitted
    choice: Fitted | None
    """None: there are too few ratings for one, or it is no good; the policy's is used."""
    judge: Fitted | None
    judge_missing_because: str | None


def embedding() -> StaticEmbedding:
    """Raises TrainingError."""
    try:
        return StaticEmbedding.load(shipped_folder())
    except BadEmbedding as error:
        raise TrainingError(f"The sentence embedding cannot be used: {error}") from error


def fitted(dataset: Dataset, meaning: StaticEmbedding, *, minimum: int) -> RewardModels:
    """Raises TrainingError: too few ratings, or one rating value only."""
    train, validation = dataset.train.ratings, dataset.validation.ratings
    chat = _fit([*train, *validation], meaning, minimum)
    judge, missing = _judge([*validation, *dataset.test.ratings], meaning)
    if judge is not None and len(train) < minimum:
        judge, missing = None, f"with {len(train)} training ratings, all others are learned from"
    # Where no judge needs them apart, the validation ratings make the policy's model better.
    policy = chat if judge is None else _fit(train, meaning, minimum)
    choice = None
    if policy is not chat and len(validation) >= JUDGE_MINIMUM:
        choice = _fit_or_none(validation, meaning)
    if choice is not None and choice.spearman < _GOOD_ENOUGH_TO_CHOOSE:
        choice = None
    return RewardModels(policy, chat, choice, judge, missing)


def _judge(unseen: Sequence[Rating], meaning: StaticEmbedding) -> tuple[Fitted | None, str | None]:
    if len(unseen) < JUDGE_MINIMUM:
        return None, (
            f"{len(unseen)} ratings of validation and test are too few for a judge: "
            f"{JUDGE_MINIMUM - len(unseen)} more are needed"
        )
    judge = _fit_or_none(unseen, meaning)
    if judge is None:
        return None, "the ratings of validation and test are all the same"
    return judge, None


def _fit_or_none(ratings: Sequence[Rating], meaning: StaticEmbedding) -> Fitted | None:
    try:
        return fit(_rows(ratings), meaning, minimum=JUDGE_MINIMUM)
    except (TooFewRatings, NothingToLearn):
        return None


def _fit(ratings: Sequence[Rating], meaning: StaticEmbedding, minimum: int) -> Fitted:
    try:
        return fit(_rows(ratings), meaning, minimum=minimum)
    except TooFewRatings as error:
        raise TrainingError(
            f"There are too few ratings to learn from: {len(ratings)} of at least {minimum}; "
            f"{error.missing} more are missing. (Ratings of the test are not learned from.)"
        ) from error
    except NothingToLearn as error:
        raise TrainingError(
            f"There is nothing to learn: {error}. Rate better and worse answers."
        ) from error
    except BadRating as error:
        raise TrainingError(str(error)) from error


def _rows(ratings: Sequence[Rating]) -> list[RatedAnswer]:
    return [
        RatedAnswer(row.question.asked, row.answer, row.reward, row.question.topic)
        for row in ratings
    ]
