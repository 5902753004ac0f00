"""An answer's shape costs something only when the policy has changed it."""

import numpy as np
import pytest

from training.answer_shape import costs, repetition, shape_of

END = 1


def answer(words: int, *, start: int = 10, ended: bool = True) -> list[int]:
    return [*range(start, start + words - ended), *([END] if ended else [])]


BASE = [answer(10), answer(20), answer(30), answer(20, ended=False)]


def test_answers_of_the_bases_shape_cost_nothing_however_they_differ() -> None:
    assert costs(BASE, END, shape_of(BASE, END)).tolist() == [0, 0, 0, 0]


def test_when_answers_grow_the_longer_ones_cost_more() -> None:
    grown = [answer(16), answer(32), answer(48), answer(32, ended=False)]
    found = costs(grown, END, shape_of(BASE, END))
    assert 0 < found[0] < found[1] < found[2]


def test_no_shape_costs_more_than_answers_differ_in_worth() -> None:
    endless = [list(range(10, 500))] * 3
    assert costs(endless, END, shape_of(BASE, END)).tolist() == [3, 3, 3]


def test_when_answers_shrink_the_shorter_ones_cost_more() -> None:
    shrunk = [answer(4), answer(8), answer(12), answer(8, ended=False)]
    found = costs(shrunk, END, shape_of(BASE, END))
    assert found[0] > found[1] > found[2]


def test_when_answers_stop_to_end_those_that_are_cut_off_cost() -> None:
    endless = [answer(20), answer(20, ended=False), answer(20, ended=False)]
    found = costs(endless, END, shape_of(BASE, END))
    assert found[0] == 0
    assert found[1] == found[2] > 1


def test_when_answers_begin_to_repeat_those_that_do_cost() -> None:
    repeating = [answer(20), [5, 6, 7] * 6 + [END], answer(22)]
    found = costs(repeating, END, shape_of(BASE, END))
    assert found[0] == found[2] == 0
    assert found[1] > 1


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [([], 0.0), ([1, 2], 0.0), ([1, 2, 3, 4], 0.0), ([7] * 10, 1 - 1 / 8)],
)
def test_repetition_is_the_share_of_what_was_there_before(
    tokens: list[int], expected: float
) -> None:
    assert repetition(tokens) == pytest.approx(expected)


def test_the_shape_is_a_mean_over_answers() -> None:
    shape = shape_of(BASE, END)
    assert (shape.length, shape.cut_off) == (20, 0.25)
    assert np.isclose(shape.repetition, 0)
