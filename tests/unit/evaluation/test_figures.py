"""The figures, on cases small enough to be counted by hand."""

import pytest

from evaluation.figures import Tally, distinct, hit, percentile


def test_precision_recall_and_f1_are_counted_from_what_was_expected_and_what_came() -> None:
    tally = Tally.of(
        [(True, True), (True, True), (True, True), (False, True), (True, False), (True, False)]
        + [(False, False)] * 4
    )

    assert (tally.count, tally.right) == (10, 7)
    assert tally.precision == 3 / 4
    assert tally.recall == 3 / 5
    assert tally.f1 == pytest.approx(2 * (3 / 4) * (3 / 5) / (3 / 4 + 3 / 5))


def test_a_figure_without_cases_is_not_zero_but_missing() -> None:
    only_no = Tally.of([(False, False)])

    assert (only_no.precision, only_no.recall, only_no.f1) == (None, None, None)


def test_whoever_never_says_yes_has_a_recall_of_zero_and_no_precision() -> None:
    silent = Tally.of([(True, False), (False, False)])

    assert (silent.precision, silent.recall, silent.f1) == (None, 0.0, 0.0)


@pytest.mark.parametrize(("percent", "expected"), [(1, 10.0), (50, 20.0), (75, 30.0), (95, 40.0)])
def test_a_percentile_is_a_value_that_was_measured(percent: int, expected: float) -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([], 50) is None


def test_a_document_counts_once_at_the_place_of_its_best_passage() -> None:
    assert distinct(["b.md", "a.md", "b.md", "c.md"]) == ["b.md", "a.md", "c.md"]


def test_a_page_is_found_by_its_file_name_whatever_the_folder() -> None:
    ranked = ["s3://guide/a.md", "s3://guide/part/b.md"]

    assert hit(ranked, ["b.md"], 2)
    assert hit(ranked, ["part/b.md"], 2)
    assert not hit(ranked, ["b.md"], 1)
    assert not hit(ranked, [".md"], 2)
