"""Judges as trainings leave them, and the people whose choices count."""

import pytest

from tandem.aws.review_panel import ReviewPanel
from tandem.aws.stored_raters import StoredRaters
from tandem.review.models import Reviewer, Standing
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import LARGEST, RewardModel
from tests.review_fakes import MemoryReviewers
from tests.tuning_fakes import MemoryTuningFiles
from tests.unit.tuning.rewards.rated_world import fitted_model

URI = "s3://models/runs/r/output/model/reward/judge.json"
QUESTION = Asked("How many endpoints may a new account run?")
GOOD = "A new account may run two endpoints at the same time; ask for more in the console [1]."
BAD = "Sorry, I cannot find anything about that."


@pytest.fixture(scope="module")
def model() -> RewardModel:
    return fitted_model()


def test_a_judge_rates_as_it_was_fitted(model: RewardModel) -> None:
    files = MemoryTuningFiles()
    files.stored[URI] = model.dump().encode()

    good, bad = StoredRaters(files).load(URI).predict(QUESTION, [GOOD, BAD])

    fitted = model.predict(QUESTION, [GOOD, BAD])
    assert (good.rating, bad.rating) == pytest.approx([each.rating for each in fitted], abs=1e-3)
    assert good.rating > bad.rating


def test_one_that_is_not_there_is_told_apart_from_one_that_is_broken() -> None:
    files = MemoryTuningFiles()
    raters = StoredRaters(files)

    with pytest.raises(KeyError):
        raters.load(URI)
    files.stored[URI] = b"{"
    with pytest.raises(ValueError, match="reward model"):
        raters.load(URI)


def test_one_that_is_too_large_to_be_one_is_not_read() -> None:
    files = MemoryTuningFiles()
    files.stored[URI] = bytes(LARGEST + 1)

    with pytest.raises(ValueError, match="at most"):
        StoredRaters(files).load(URI)


def test_those_who_are_set_aside_are_those_of_the_review() -> None:
    reviewers = MemoryReviewers()
    reviewers.put(Reviewer(reviewer="rio"))
    reviewers.put(Reviewer(reviewer="rea", standing=Standing.SET_ASIDE))

    assert ReviewPanel(reviewers).set_aside() == {"rea"}
