"""Krippendorff's alpha and its interval."""

import random

import pytest

from tandem.review.agreement import krippendorff_alpha
from tandem.review.models import Rating
from tests.unit.review.panel import panel, rated

# Four observers, twelve units, of K. Krippendorff, Computing Krippendorff's Alpha-Reliability
# (2011), section E: 0.815 for ordinal data.
EXAMPLE = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def example() -> list[Rating]:
    return [
        rated(f"c{unit}", f"r{observer}", score)
        for observer, scores in enumerate(EXAMPLE)
        for unit, score in enumerate(scores)
        if score is not None
    ]


def test_the_published_example_comes_out() -> None:
    found = krippendorff_alpha(example())

    assert found.alpha == pytest.approx(0.815, abs=0.001)
    assert (found.items, found.ratings) == (11, 41)


def test_the_interval_holds_the_figure_and_narrows_with_more_items() -> None:
    few = krippendorff_alpha(panel(1, items=60, bad=0).ratings)
    many = krippendorff_alpha(panel(1, items=1500, bad=0).ratings)

    for found in (few, many):
        assert found.alpha is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.alpha < found.high
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert many.high - many.low < (few.high - few.low) / 2


def test_the_same_ratings_have_the_same_interval() -> None:
    assert krippendorff_alpha(example()) == krippendorff_alpha(example()[::-1])


def test_reviewers_who_guess_agree_by_chance_only() -> None:
    dice = random.Random(7)
    guessed = [rated(f"c{n}", name, dice.randint(1, 5)) for n in range(1500) for name in ("a", "b")]

    found = krippendorff_alpha(guessed)

    assert found.alpha is not None
    assert abs(found.alpha) < 0.1


@pytest.mark.parametrize("ratings", [[], [rated("c", "a", 3)], [rated("c", "a", 3)] * 2])
def test_without_two_ratings_of_an_item_there_is_no_figure(ratings: list[Rating]) -> None:
    assert krippendorff_alpha(ratings).alpha is None


def test_where_everybody_always_says_the_same_there_is_no_figure() -> None:
    ratings = [rated(f"c{n}", name, 5) for n in range(9) for name in ("a", "b")]

    assert krippendorff_alpha(ratings).alpha is None
