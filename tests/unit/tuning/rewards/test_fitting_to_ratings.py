"""Fitting the reward model: what is refused, and that its figures are honest."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.fitting import (
    BadRating,
    NothingToLearn,
    RatedAnswer,
    TooFewRatings,
    fit,
    rated_answers,
)
from tests.unit.tuning.rewards.rated_world import draw, embedding, fitted, unseen

ROW: dict[str, Any] = {
    "id": "r1",
    "prompt": "How long?",
    "response": "Five days.",
    "reward": 4.5,
    "topic": "refunds",
    "language": "en",
    "context": [{"author": "customer", "text": "Hello"}],
    "raters": 3,
    "agreement": 0.75,
    "source": "reviewers",
    "model_id": None,
    "picks": ["random"],
}


def rows(count: int = 60, seed: int = 3) -> list[RatedAnswer]:
    return [one.rated for one in draw(count, seed)]


# --- what is refused -----------------------------------------------------------------------------
def test_too_few_ratings_are_refused_and_it_is_said_how_many_are_missing() -> None:
    with pytest.raises(TooFewRatings, match=r"12 ratings .* 18 more .* 30 in all") as refused:
        fit(rows(12), embedding())

    assert refused.value.missing == 18


def test_no_ratings_are_too_few() -> None:
    with pytest.raises(TooFewRatings, match="30 more"):
        fit([], embedding())


def test_a_smaller_minimum_may_be_enough() -> None:
    assert fit(rows(12), embedding(), minimum=12).ratings == 12


def test_ratings_that_are_all_the_same_teach_nothing() -> None:
    same = [replace(row, rating=4.0) for row in rows()]

    with pytest.raises(NothingToLearn, match="all 60 ratings are 4"):
        fit(same, embedding())


def test_ratings_of_one_question_teach_nothing_about_others() -> None:
    one = [replace(row, asked=Asked("How?"), topic="a") for row in rows()]

    with pytest.raises(NothingToLearn, match="one question"):
        fit(one, embedding())


@pytest.mark.parametrize("rating", [0, 0.9, 5.1, 7, float("nan"), float("inf"), -1])
def test_a_rating_off_the_scale_is_refused_by_its_row(rating: float) -> None:
    bad = rows()
    bad[41] = replace(bad[41], rating=rating)

    with pytest.raises(BadRating, match=r"row 42: the rating .* is not from 1 to 5"):
        fit(bad, embedding())


# --- rows of a dataset ---------------------------------------------------------------------------
def test_a_row_of_a_dataset_is_a_rated_answer() -> None:
    assert rated_answers([ROW]) == [
        RatedAnswer(Asked("How long?", (("customer", "Hello"),)), "Five days.", 4.5, "refunds")
    ]


def test_a_row_with_a_rating_of_seven_is_refused_by_its_id() -> None:
    with pytest.raises(BadRating, match=r"row 2 \(r9\): the rating 7 is not from 1 to 5"):
        rated_answers([ROW, {**ROW, "id": "r9", "reward": 7}])


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {**ROW, "reward": None},
        {**ROW, "reward": "good"},
        {**ROW, "context": ["Hello"]},
        {**ROW, "response": None},
        {**ROW, "prompt": 7},
        {name: value for name, value in ROW.items() if name != "topic"},
    ],
    ids=["empty", "no rating", "a word", "context", "no answer", "a number", "no topic"],
)
def test_a_row_that_is_no_rated_answer_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(BadRating, match="row 1"):
        rated_answers([broken])


# --- the figures ---------------------------------------------------------------------------------
def test_the_figures_are_those_of_topics_that_were_not_seen() -> None:
    """What cross-validation says beforehand comes true on other topics."""
    model = fitted().model
    drawn = unseen(900)
    predictions = [model.predict(one.rated.asked, [one.rated.answer])[0].rating for one in drawn]
    errors = np.array(predictions) - [one.rated.rating for one in drawn]

    assert fitted().error == pytest.approx(np.sqrt(np.mean(errors**2)), abs=0.2)
    assert fitted().absolute_error == pytest.approx(np.abs(errors).mean(), abs=0.2)
    assert fitted().error < 0.75 * fitted().error_of_the_mean


def test_noise_is_not_learned() -> None:
    """Ratings that have nothing to do with the answers: the model says that it knows nothing."""
    chance = random.Random(5)
    noise = [replace(row, rating=float(chance.randint(1, 5))) for row in rows(150)]

    of_noise = fit(noise, embedding())

    assert abs(of_noise.spearman) < 0.25
    assert of_noise.error == pytest.approx(of_noise.error_of_the_mean, rel=0.1)
    spread = np.ptp(
        [p.rating for p in of_noise.model.predict(noise[0].asked, ["Yes.", "No! " * 9])]
    )
    assert spread < 1


def test_answers_of_one_topic_do_not_vouch_for_each_other() -> None:
    """A rating that depends on the question alone cannot be told for another topic, and
    cross-validation by rows would say that it can."""
    questions = {row.asked: number for number, row in enumerate(rows(120))}
    by_question = [
        replace(row, rating=1.0 + 4 * (questions[row.asked] % 2), topic=row.asked.question)
        for row in rows(120)
    ]

    assert fit(by_question, embedding()).spearman < 0.3


def test_with_one_topic_only_questions_are_the_groups() -> None:
    one_topic = [replace(row, topic="all") for row in rows()]

    assert fit(one_topic, embedding()).groups == len({row.asked.question for row in one_topic})


def test_whole_numbers_are_ratings_like_others() -> None:
    whole = [replace(row, rating=int(row.rating)) for row in rows()]

    assert fit(whole, embedding()).model.dump() == fit(rows(), embedding()).model.dump()


def test_groups_are_topics() -> None:
    assert fit(rows(), embedding()).groups == len({row.topic for row in rows()})


def test_more_ratings_make_a_better_model() -> None:
    errors = [fitted(count).error for count in (40, 300)]

    assert errors[1] < errors[0]


def test_the_same_ratings_give_the_same_model() -> None:
    assert fit(rows(), embedding()).model.dump() == fit(rows(), embedding()).model.dump()


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_whatever_the_ratings_are_a_fit_ends_with_a_model_or_says_why_not(
    data: st.DataObject,
) -> None:
    given_rows = rows(30)
    ratings = data.draw(st.lists(st.sampled_from([1.0, 2.0, 3.5, 5.0]), min_size=30, max_size=30))
    topics = data.draw(st.lists(st.sampled_from("ab"), min_size=30, max_size=30))
    changed = [
        replace(row, rating=rating, topic=topic)
        for row, rating, topic in zip(given_rows, ratings, topics, strict=True)
    ]

    try:
        result = fit(changed, embedding())
    except NothingToLearn:
        assert len(set(ratings)) == 1
    else:
        assert -1 <= result.spearman <= 1
        assert all(1 <= rating <= 5 for rating in result.predicted)
        assert result.model.predict(Asked("How?"), ["So."])
