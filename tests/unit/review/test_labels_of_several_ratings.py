"""Consolidation: one label of several ratings, by the stated rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review.consolidation import agreement_of, consolidate
from tandem.review.models import Reviewer, Standing
from tandem.review.policy import Quality
from tests.unit.review.panel import rated

QUALITY = Quality()


def test_the_label_is_the_median() -> None:
    ratings = [rated("c", "a", 5), rated("c", "b", 4), rated("c", "d", 1)]

    label = consolidate(ratings, {}, QUALITY)

    assert label is not None
    assert (label.rating, label.rule, label.raters) == (4, "median", 3)


def test_a_single_rating_is_a_label_without_agreement() -> None:
    label = consolidate([rated("c", "a", 2)], {}, QUALITY)

    assert label is not None
    assert (label.rating, label.agreement) == (2, None)


@pytest.mark.parametrize(
    ("scores", "agreement"), [([3, 3], 1), ([1, 5], 0), ([2, 4], 0.5), ([1, 1, 5], 0.3333)]
)
def test_agreement_is_one_for_equal_and_zero_for_opposite_ratings(
    scores: list[int], agreement: float
) -> None:
    assert agreement_of(scores) == agreement


def test_known_biases_are_taken_out_and_the_mean_is_used() -> None:
    kind = Reviewer(reviewer="kind", bias=1.0, overlap=30)
    strict = Reviewer(reviewer="strict", bias=-0.5, overlap=30)
    ratings = [rated("c", "kind", 4), rated("c", "strict", 3)]

    label = consolidate(ratings, {"kind": kind, "strict": strict}, QUALITY)

    assert label is not None
    assert (label.rating, label.rule) == (3.25, "debiased_mean")


def test_as_long_as_one_bias_is_unknown_the_median_is_used() -> None:
    kind = Reviewer(reviewer="kind", bias=1.0, overlap=30)
    new = Reviewer(reviewer="new", bias=-2.0, overlap=29)
    ratings = [rated("c", "kind", 4), rated("c", "new", 3)]

    label = consolidate(ratings, {"kind": kind, "new": new}, QUALITY)

    assert label is not None
    assert (label.rating, label.rule) == (3.5, "median")


def test_a_label_stays_on_the_scale() -> None:
    strict = Reviewer(reviewer="strict", bias=-2.0, overlap=99)

    label = consolidate([rated("c", "strict", 5)], {"strict": strict}, QUALITY)

    assert label is not None
    assert label.rating == 5


def test_who_is_set_aside_does_not_count() -> None:
    aside = {"x": Reviewer(reviewer="x", standing=Standing.SET_ASIDE)}
    ratings = [rated("c", "a", 5), rated("c", "x", 1, better_answer="Buy more.")]

    label = consolidate(ratings, aside, QUALITY)

    assert label is not None
    assert (label.rating, label.raters, label.better_answers) == (5, 1, ())
    assert consolidate(ratings[1:], aside, QUALITY) is None
    assert consolidate([], {}, QUALITY) is None


def test_a_reviewers_newest_rating_counts_once() -> None:
    ratings = [rated("c", "a", 5, 2), rated("c", "a", 1, 1), rated("c", "b", 4)]

    label = consolidate(ratings, {}, QUALITY)

    assert label is not None
    assert (label.rating, label.raters) == (4.5, 2)


def test_better_answers_are_kept_each_once() -> None:
    ratings = [
        rated("c", "a", 2, better_answer="Turn it off."),
        rated("c", "b", 2, better_answer="Turn it off."),
        rated("c", "d", 5),
    ]

    label = consolidate(ratings, {}, QUALITY)

    assert label is not None
    assert label.better_answers == ("Turn it off.",)


@given(st.lists(st.integers(1, 5), min_size=3, max_size=9), st.integers(1, 5))
def test_one_outlier_moves_the_label_no_further_than_to_a_neighbor(
    scores: list[int], outlier: int
) -> None:
    honest = [rated("c", f"r{n}", score) for n, score in enumerate(scores)]

    label = consolidate([*honest, rated("c", "x", outlier)], {}, QUALITY)

    ordered = sorted(scores)
    assert label is not None
    middle = len(ordered) // 2
    assert ordered[max(0, middle - 1)] <= label.rating <= ordered[min(len(ordered) - 1, middle + 1)]
