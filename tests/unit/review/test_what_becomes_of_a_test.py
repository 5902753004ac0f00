"""A test stays as it was drawn: what leads decide later waits, and only what is withdrawn goes."""

from typing import Any

import pytest

from tandem.review.api import Adjudicate
from tandem.review.data_card import card
from tandem.review.dataset import build
from tandem.review.dataset_rows import LeftOut, Split
from tandem.review.decisions import adjudicate
from tandem.review.frozen_tests import series_key
from tandem.review.models import Candidate, ContextTurn, DatasetVersion
from tests.review_fakes import MemoryRecords, ReviewFakes
from tests.unit.review.dataset_scene import (
    built,
    fakes_with,
    folder,
    label,
    labels,
    manifest,
    ratings,
    set_policy,
    topics,
    withdraw,
)
from tests.unit.review.desk_of_reviewers import LEA


def in_test(fakes: ReviewFakes, dataset: DatasetVersion) -> Candidate:
    """A labelled candidate of the test."""
    tested = topics(fakes, dataset, Split.TEST)
    return next(c for c in fakes.candidates.documents if c.topic in tested)


def rewards(fakes: ReviewFakes, dataset: DatasetVersion, candidate: Candidate) -> list[float]:
    found = ratings(fakes, dataset)
    return [row.reward for row in found if row.prompt == candidate.pair.question]


@pytest.mark.parametrize(
    ("decision", "rating", "later"),
    [("label", 1, [1]), ("discard", None, []), ("return", None, [])],
)
def test_what_a_lead_decides_of_a_test_takes_effect_with_the_next_series(
    decision: Any, rating: int | None, later: list[float]
) -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    first = built(fakes)
    candidate = in_test(fakes, first)
    decided = Adjudicate(candidate_id=candidate.candidate_id, decision=decision, rating=rating)

    answer = adjudicate(fakes.world, LEA, decided)

    assert answer.in_test_series == 1
    assert build(fakes.world).reason == "nothing has changed since version 1"
    label(fakes, 100, topic=sorted(topics(fakes, first, Split.TRAIN))[0])
    second = built(fakes)
    assert rewards(fakes, second, candidate) == [4]
    assert manifest(fakes, second).left_out == {LeftOut.CHANGED_IN_TEST: 1}
    assert "takes effect with the next test series" in card(manifest(fakes, second))
    set_policy(fakes, test_series=2)
    third = built(fakes)
    assert rewards(fakes, third, candidate) == later
    assert manifest(fakes, third).left_out == {}


def test_what_a_lead_decides_of_what_is_trained_on_takes_effect_at_once() -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    trained = topics(fakes, built(fakes), Split.TRAIN)
    candidate = next(c for c in fakes.candidates.documents if c.topic in trained)
    decided = Adjudicate(candidate_id=candidate.candidate_id, decision="label", rating=1)

    answer = adjudicate(fakes.world, LEA, decided)

    assert answer.in_test_series is None
    assert rewards(fakes, built(fakes), candidate) == [1]


# --- withdrawals ---------------------------------------------------------------------------------
SECRET = "the hamster of the third floor"


def shared(fakes: ReviewFakes) -> Candidate:
    """A candidate of the test that came up in two conversations, with what was said before."""
    context = (ContextTurn(author="customer", text=SECRET),)
    tested = topics(fakes, built(fakes), Split.TEST)
    fakes.files.stored.clear()
    fakes.records = MemoryRecords()
    return label(
        fakes, 500, topic=sorted(tested)[0], conversations=("told", "other"), context=context
    )


def test_a_row_of_the_test_stays_as_long_as_one_of_its_conversations() -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    candidate = shared(fakes)
    first = built(fakes)
    assert SECRET in fakes.files.read(series_key(1)).decode()
    withdraw(fakes, "told")

    second = built(fakes)

    assert second.counts["ratings/test"] == first.counts["ratings/test"]
    assert rewards(fakes, second, candidate) == [4]
    frozen = fakes.files.read(series_key(1)).decode()
    assert SECRET not in frozen
    assert SECRET not in b"".join(folder(fakes, second).values()).decode()
    assert '"told"' not in frozen
    withdraw(fakes, "other")
    assert rewards(fakes, built(fakes), candidate) == []
    assert candidate.pair.question not in fakes.files.read(series_key(1)).decode()


def test_the_other_conversation_of_a_row_goes_without_a_change() -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    shared(fakes)
    built(fakes)
    withdraw(fakes, "other")

    assert not build(fakes.world).is_new
    frozen = fakes.files.read(series_key(1)).decode()
    assert SECRET in frozen
    assert '"other"' not in frozen


def test_what_is_withdrawn_leaves_the_tests_of_all_series() -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    candidate = in_test(fakes, built(fakes))
    set_policy(fakes, test_series=2)
    built(fakes)
    keys = [series_key(1), series_key(2)]
    assert all(f'"{candidate.pair.conversation_id}"'.encode() in fakes.files.read(k) for k in keys)

    withdraw(fakes, candidate.pair.conversation_id)
    build(fakes.world)

    for key in keys:
        assert candidate.pair.question.encode() not in fakes.files.read(key)
        assert f'"{candidate.pair.conversation_id}"'.encode() not in fakes.files.read(key)


def test_what_is_withdrawn_leaves_the_tests_also_when_no_dataset_comes_of_it() -> None:
    fakes = fakes_with(minimum_labels=60)
    labels(fakes, range(60), topics=30)
    candidate = in_test(fakes, built(fakes))

    withdraw(fakes, candidate.pair.conversation_id)
    result = build(fakes.world)

    assert result.reason == "59 labels, and a dataset is built from 60 on"
    assert candidate.pair.question.encode() not in fakes.files.read(series_key(1))
