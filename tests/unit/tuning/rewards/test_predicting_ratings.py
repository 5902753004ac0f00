"""A fitted reward model in use: it predicts ratings of topics that it has not seen."""

import json
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import (
    FARTHEST,
    LARGEST,
    THRESHOLDS,
    BadRewardModel,
    Predicted,
    RewardModel,
    standardized,
)
from tests.unit.tuning.rewards.rated_world import Rated, embedding, fitted, fitted_model, unseen

QUESTION = Asked("How many endpoints may a new account run?")
EVEN = Predicted(3.0, 1.0, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8))


def predicted(drawn: list[Rated]) -> list[Predicted]:
    model = fitted_model()
    return [model.predict(one.rated.asked, [one.rated.answer])[0] for one in drawn]


def test_ratings_of_topics_that_were_never_rated_are_predicted() -> None:
    drawn = unseen()
    ratings = [one.rating for one in predicted(drawn)]
    truth = [one.truth for one in drawn]

    assert spearmanr(ratings, truth).statistic > 0.7
    assert np.mean(ratings) == pytest.approx(np.mean(truth), abs=0.2)


def test_the_best_predicted_of_several_answers_is_better_than_any_of_them() -> None:
    drawn = unseen(600)
    ratings = [one.rating for one in predicted(drawn)]
    of_questions = [range(first, first + 3) for first in range(0, len(drawn), 3)]

    chosen = [drawn[max(numbers, key=lambda n: ratings[n])].truth for numbers in of_questions]

    assert np.mean(chosen) > np.mean([one.truth for one in drawn]) + 0.6


def test_an_expected_error_is_the_one_that_comes() -> None:
    drawn = unseen()
    errors = [p.rating - d.rated.rating for p, d in zip(predicted(drawn), drawn, strict=True)]

    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(fitted().error, abs=0.2)


@pytest.mark.parametrize("low", [2.5, 3.5])
def test_a_chance_is_how_often_it_comes_true(low: float) -> None:
    """Among answers of about the same chance to be rated lower, on topics that were never rated."""
    drawn = unseen(1500)
    chances = np.array([one.chance_below(low) for one in predicted(drawn)])
    came = np.array([one.rated.rating < low for one in drawn])

    for chosen in np.array_split(np.argsort(chances), 4):
        assert chances[chosen].mean() == pytest.approx(came[chosen].mean(), abs=0.12)
    base = came.mean() * (1 - came.mean())
    assert np.mean((chances - came) ** 2) < 0.5 * base


def test_four_drafts_take_milliseconds() -> None:
    model = fitted_model()
    answers = [one.rated.answer for one in unseen(4)]
    model.predict(QUESTION, answers)

    took = []
    for _ in range(10):
        begun = time.process_time()
        model.predict(QUESTION, answers)
        took.append(time.process_time() - begun)

    assert min(took) < 0.02


def test_no_answers_have_no_ratings() -> None:
    assert fitted_model().predict(QUESTION, []) == []


def test_the_answers_are_judged_each_for_itself() -> None:
    model = fitted_model()
    answers = [one.rated.answer for one in unseen(5)]

    together = model.predict(QUESTION, answers)

    alone = [model.predict(QUESTION, [answer])[0] for answer in answers]
    assert [p.rating for p in together] == pytest.approx([p.rating for p in alone])


@given(st.text(max_size=400), st.text(max_size=2000))
def test_whatever_is_asked_and_answered_the_prediction_is_a_rating(
    question: str, answer: str
) -> None:
    (one,) = fitted_model().predict(Asked(question), [answer])

    assert 1 <= one.rating <= 5
    assert list(one.chances) == sorted(one.chances)
    assert all(0 <= chance <= 1 for chance in one.chances)


def test_beyond_what_was_rated_more_of_anything_counts_no_more() -> None:
    columns = np.array([[2.0, -100.0], [1e9, 4.0], [float(FARTHEST), 5.0]])

    counted = standardized(columns, np.array([0.0, 4.0]), np.array([1.0, 2.0]))

    assert counted == pytest.approx(np.array([[2, -FARTHEST], [FARTHEST, 0], [FARTHEST, 0.5]]))


# --- chances -------------------------------------------------------------------------------------
def test_nothing_is_rated_below_one_and_everything_below_more_than_five() -> None:
    assert EVEN.chance_below(1) == 0
    assert EVEN.chance_below(0.5) == 0
    assert EVEN.chance_below(5) == 0.8
    assert EVEN.chance_below(5.1) == 1


@given(st.floats(0, 6), st.floats(0, 6))
def test_the_chance_of_less_is_never_greater(one: float, other: float) -> None:
    lower, higher = sorted((one, other))

    assert EVEN.chance_below(lower) <= EVEN.chance_below(higher)


@pytest.mark.parametrize(("low", "chance"), list(zip(THRESHOLDS, EVEN.chances, strict=True)))
def test_between_its_thresholds_a_chance_is_interpolated(low: float, chance: float) -> None:
    assert EVEN.chance_below(low) == pytest.approx(chance)
    assert EVEN.chance_below(low - 0.25) == pytest.approx(chance - 0.05)


# --- the file ------------------------------------------------------------------------------------
def test_a_model_that_was_kept_predicts_the_same() -> None:
    model = fitted_model()
    answers = [one.rated.answer for one in unseen(20)]

    kept = RewardModel.load(model.dump().encode(), embedding())

    before, after = (m.predict(QUESTION, answers) for m in (model, kept))
    assert [p.rating for p in after] == pytest.approx([p.rating for p in before], abs=1e-3)
    assert kept.dump() == RewardModel.load(kept.dump(), embedding()).dump()


def test_the_file_is_small_and_says_how_good_the_model_is() -> None:
    text = fitted_model().dump()

    assert len(text) < 30_000
    assert json.loads(text)["notes"]["spearman"] == fitted().spearman


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(fitted_model().dump()), **changes})


def without(name: str) -> str:
    kept = json.loads(fitted_model().dump())
    del kept[name]
    return json.dumps(kept)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("[]", "format"),
        ("{}", "format"),
        (b"\xff\xfe", "no JSON"),
        ("[" * 100_000, "no JSON"),
        (" " * (LARGEST + 1), "too many"),
    ],
    ids=["empty", "a list", "an empty object", "no text", "nested without end", "too large"],
)
def test_what_is_no_reward_model_is_refused(text: str | bytes, why: str) -> None:
    with pytest.raises(BadRewardModel, match=why):
        RewardModel.load(text, embedding())


def test_a_truncated_file_is_refused() -> None:
    text = fitted_model().dump()

    for length in range(0, len(text), 997):
        with pytest.raises(BadRewardModel):
            RewardModel.load(text[:length], embedding())


@pytest.mark.parametrize("name", ["format", "embedding", "features"])
def test_a_model_of_something_else_is_refused(name: str) -> None:
    with pytest.raises(BadRewardModel, match=r"format|embedding|features"):
        RewardModel.load(changed(**{name: "another"}), embedding())


NUMBERS = ("intercept", "deviation", "means", "scales", "weights", "biases", "slopes")


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_are_missing_or_none_are_refused(name: str) -> None:
    kept = json.loads(fitted_model().dump())[name]
    endless = [float("nan")] * len(kept) if isinstance(kept, list) else float("inf")
    for text in (
        without(name),
        changed(**{name: "words"}),
        changed(**{name: None}),
        changed(**{name: [[1.0]]}),
        changed(**{name: endless}),
    ):
        with pytest.raises(BadRewardModel, match=name):
            RewardModel.load(text, embedding())


def test_a_scale_of_nothing_is_refused() -> None:
    scales = json.loads(fitted_model().dump())["scales"]

    with pytest.raises(BadRewardModel, match="above zero"):
        RewardModel.load(changed(scales=[0.0, *scales[1:]]), embedding())


def test_a_model_of_another_embedding_is_refused() -> None:
    other = replace(fitted_model(), notes={}).dump().replace(embedding().digest, "0" * 64)

    with pytest.raises(BadRewardModel, match="another embedding"):
        RewardModel.load(other, embedding())
