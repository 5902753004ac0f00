"""A topic is in one split for ever, and a test stays as it was drawn."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tandem.review.dataset import build
from tandem.review.dataset_rows import Kind, LeftOut, Row, Split, same_question
from tandem.review.frozen_tests import FrozenTest, series_key
from tandem.review.models import DatasetVersion
from tandem.review.policy import Dataset
from tandem.review.splits import Ledger, draw, position
from tests.unit.review.dataset_scene import (
    Steps,
    all_rows,
    assert_whole,
    built,
    correct,
    fakes_with,
    folder,
    label,
    labels,
    manifest,
    set_policy,
    stepped,
    topics,
    withdraw,
)


def test_thirty_labels_of_twenty_five_topics_leave_no_split_empty() -> None:
    for seed in range(30):
        fakes = fakes_with(seed=f"seed-{seed}", minimum_labels=30)
        labels(fakes, range(30), topics=25)

        found = all_rows(fakes, built(fakes))

        assert all(found[split] for split in Split), seed
        assert len(found[Split.TRAIN]) >= 12, seed


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, {Split.TRAIN}), (2, {Split.TRAIN, Split.TEST}), (3, set(Split)), (4, set(Split))],
)
def test_few_topics_fill_training_first_then_test_then_validation(
    number: int, expected: set[Split]
) -> None:
    for seed in range(20):
        fakes = fakes_with(seed=f"seed-{seed}")
        labels(fakes, range(12), topics=number)

        found = all_rows(fakes, built(fakes))

        assert {split for split in Split if found[split]} == expected, seed


def test_shares_are_what_the_policy_says_where_topics_are_many() -> None:
    fakes = fakes_with(test_share=0.3, validation_share=0.2)
    labels(fakes, range(1000))

    counts = built(fakes).counts

    assert 250 <= counts["ratings/test"] <= 350
    assert 160 <= counts["ratings/validation"] <= 240


def test_a_topic_that_has_most_of_the_rows_is_trained_on() -> None:
    for seed in range(20):
        fakes = fakes_with(seed=f"seed-{seed}")
        labels(fakes, range(40), topics=20)
        for number in range(100, 200):
            label(fakes, number, topic="big")

        assert "big" in topics(fakes, built(fakes), Split.TRAIN), seed


def test_a_policy_without_a_test_or_validation_has_none() -> None:
    fakes = fakes_with(test_share=0, validation_share=0)
    labels(fakes, range(30))

    dataset = built(fakes)

    assert dataset.counts["ratings/train"] == 30
    assert series_key(1) not in fakes.files.stored


def test_shares_leave_something_to_train_on() -> None:
    with pytest.raises(ValidationError, match="together have to be less than 1"):
        Dataset(test_share=0.6, validation_share=0.4)


# --- the frozen test -----------------------------------------------------------------------------
def test_the_test_has_the_same_bytes_in_every_version_of_its_series() -> None:
    fakes = fakes_with()
    labels(fakes, range(50), topics=30)
    correct(fakes, 1)
    first = built(fakes)
    labels(fakes, range(50, 500), topics=60)
    for number in range(2, 60):
        correct(fakes, number)

    second = built(fakes)

    assert second.counts["ratings"] > first.counts["ratings"]
    for kind in Kind:
        path = kind.path(Split.TEST)
        assert folder(fakes, first)[path] == folder(fakes, second)[path]


def test_what_comes_later_to_topics_of_the_test_waits_and_is_counted() -> None:
    fakes = fakes_with()
    labels(fakes, range(50), topics=30)
    first = built(fakes)
    (topic, *_) = sorted(topics(fakes, first, Split.TEST))
    for number in range(100, 105):
        label(fakes, number, topic=topic)
    label(fakes, 200, topic=sorted(topics(fakes, first, Split.TRAIN))[0])

    second = built(fakes)

    assert second.counts["ratings"] == 51
    assert manifest(fakes, second).left_out == {LeftOut.WAITING: 5}
    assert any("5 rows wait for the next test: count up" in said for said in second.shortcomings)


def test_a_new_series_has_what_waited_and_all_that_was_tested_before() -> None:
    fakes = fakes_with()
    labels(fakes, range(50), topics=30)
    first = built(fakes)
    labels(fakes, range(100, 600))
    second = built(fakes)
    waited = manifest(fakes, second).left_out[LeftOut.WAITING]
    assert waited > 50
    set_policy(fakes, test_series=2)

    third = built(fakes)

    assert topics(fakes, first, Split.TEST) < topics(fakes, third, Split.TEST)
    assert third.counts["ratings/test"] == second.counts["ratings/test"] + waited
    assert third.counts["ratings/train"] == second.counts["ratings/train"]
    seen = topics(fakes, second, Split.TRAIN) | topics(fakes, second, Split.VALIDATION)
    assert topics(fakes, third, Split.TEST).isdisjoint(seen)
    assert manifest(fakes, third).series_drawn == (1, 2)


def test_leads_are_told_when_more_waits_than_the_test_has_also_where_the_test_is_large() -> None:
    fakes = fakes_with()
    labels(fakes, range(600))
    assert not any("next test" in said for said in built(fakes).shortcomings)
    labels(fakes, range(600, 2000))

    (said,) = (said for said in built(fakes).shortcomings if "next test" in said)

    assert said.startswith("More waits for the next test than is in this one. ")


def test_a_series_is_not_counted_down() -> None:
    fakes = fakes_with(test_series=3)
    labels(fakes, range(50))
    built(fakes)
    set_policy(fakes, test_series=1)
    labels(fakes, range(50, 100))

    assert manifest(fakes, built(fakes)).test_series == 3


def test_another_seed_does_not_bring_what_was_tested_into_training() -> None:
    fakes = fakes_with()
    labels(fakes, range(50))
    first = built(fakes)
    tested = topics(fakes, first, Split.TEST)
    set_policy(fakes, test_series=2, seed="other", test_share=0.01)
    labels(fakes, range(50, 100))

    second = built(fakes)

    assert topics(fakes, second, Split.TRAIN).isdisjoint(tested)
    assert topics(fakes, second, Split.VALIDATION).isdisjoint(tested)
    assert tested <= topics(fakes, second, Split.TEST)


def test_a_topic_that_was_tested_and_comes_back_is_not_trained_on() -> None:
    fakes = fakes_with()
    labels(fakes, range(50))
    tested = topics(fakes, built(fakes), Split.TEST)
    for candidate in [c for c in fakes.candidates.documents if c.topic in tested]:
        fakes.candidates.remove(candidate)
    set_policy(fakes, test_series=2, seed="other", test_share=0.05)
    labels(fakes, range(50, 100))
    built(fakes)
    for number, topic in enumerate(sorted(tested)):
        label(fakes, 200 + number, topic=topic)
    label(fakes, 300, topic="new-1")
    label(fakes, 301, topic="new-2")

    found = all_rows(fakes, built(fakes))

    trained = {row.topic for split in (Split.TRAIN, Split.VALIDATION) for row in found[split]}
    assert trained.isdisjoint(tested)


def test_a_test_loses_withdrawn_rows_and_nothing_takes_their_place() -> None:
    fakes = fakes_with()
    labels(fakes, range(60), topics=30)
    first = built(fakes)
    body = folder(fakes, first)[Kind.RATINGS.path(Split.TEST)]
    gone = next(n for n in range(60) if f'"Question {n}?"'.encode() in body)
    withdraw(fakes, f"talk-{gone}")
    fakes.candidates.remove(next(c for c in fakes.candidates.documents
                                 if f"talk-{gone}" in c.conversations))  # fmt: skip

    second = built(fakes)

    kept = folder(fakes, second)[Kind.RATINGS.path(Split.TEST)]
    lines = body.splitlines()
    assert kept.splitlines() == [x for x in lines if f'"Question {gone}?"'.encode() not in x]
    assert len(kept.splitlines()) == len(lines) - 1
    frozen = fakes.files.read(series_key(1))
    assert f"Question {gone}?".encode() not in frozen
    assert f'"talk-{gone}"'.encode() not in frozen
    assert not build(fakes.world).is_new
    assert fakes.files.read(series_key(1)) == frozen


def test_of_two_draws_at_once_one_holds() -> None:
    fakes = fakes_with()
    labels(fakes, range(50))
    others: list[DatasetVersion] = []
    began = False

    def faster(_: int, name: str) -> None:
        nonlocal began
        if name == series_key(1) and not began:
            began = True
            set_policy(fakes, seed="other", test_share=0.4)
            labels(fakes, range(50, 60))
            others.append(built(fakes))

    dataset = build(stepped(fakes, Steps(faster))).dataset

    assert dataset is not None
    drawn = FrozenTest.model_validate_json(fakes.files.read(series_key(1)))
    assert drawn.seed == "other"
    for each in (dataset, *others):
        assert topics(fakes, each, Split.TEST) == set(drawn.topics)
        assert_whole(fakes, each)


def test_a_test_without_rows_is_not_frozen() -> None:
    fakes = fakes_with()
    label(fakes, 1, topic="only")
    first = built(fakes)
    assert series_key(1) not in fakes.files.stored
    labels(fakes, range(2, 40))

    second = built(fakes)

    assert first.counts["ratings/train"] == 1
    assert second.counts["ratings/test"] > 0


# --- one question under several topics -----------------------------------------------------------
def test_a_question_of_the_test_is_not_in_training_under_another_topic() -> None:
    fakes = fakes_with()
    labels(fakes, range(50))
    first = built(fakes)
    prompt = all_rows(fakes, first)[Split.TEST][0].prompt
    topic = sorted(topics(fakes, first, Split.TRAIN))[0]
    label(fakes, 100, topic=topic, question=prompt.upper().replace("?", " !"), answer="Otherwise.")
    label(fakes, 101, topic=topic, question="Another one?")

    second = built(fakes)

    assert second.counts["ratings"] == 51
    assert manifest(fakes, second).left_out == {LeftOut.SAME_QUESTION: 1}


type Batch = list[tuple[int, int, int, bool]]
batches = st.lists(
    st.lists(
        # topic, question, answer, corrected by an expert
        st.tuples(st.integers(0, 12), st.integers(0, 25), st.integers(0, 3), st.booleans()),
        min_size=1,
        max_size=25,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=75, deadline=None)
@given(
    batches=batches,
    bump_at=st.integers(0, 5),
    gone=st.lists(st.integers(0, 100), max_size=5),
    seed=st.sampled_from(["a", "b", "c", "d"]),
)
def test_over_any_sequence_of_datasets_nothing_leaks(
    batches: list[Batch], bump_at: int, gone: list[int], seed: str
) -> None:
    fakes = fakes_with(seed=seed, test_share=0.3, validation_share=0.2)
    number, ever_tested = 0, set[str]()
    tests: dict[int, dict[str, Row]] = {}
    trained_by_draw = set[str]()
    for position_of_batch, batch in enumerate(batches):
        for topic, question, answer, corrected in batch:
            number += 1
            label(fakes, number, topic=f"t{topic}", question=f"Q {question}?",
                  answer=f"A {answer}.", better=("Better.",) if corrected else ())  # fmt: skip
            if corrected:
                correct(fakes, number, topic=f"t{topic}", question=f"q {question}")
        if position_of_batch == bump_at:
            set_policy(fakes, seed=seed, test_share=0.3, validation_share=0.2, test_series=2)
        if position_of_batch == 1:
            withdraw(fakes, *(f"talk-{n}" for n in gone))

        dataset = build(fakes.world).dataset

        if dataset is None:
            continue
        found = all_rows(fakes, dataset)
        for of in (lambda row: row.topic, lambda row: same_question(row.prompt)):
            places = Counter(name for split in Split for name in {of(row) for row in found[split]})
            assert all(count == 1 for count in places.values())
        assert len({row.id for rows in found.values() for row in rows}) == sum(
            len(rows) for rows in found.values()
        )
        trained = {row.topic for split in (Split.TRAIN, Split.VALIDATION) for row in found[split]}
        assert trained.isdisjoint(ever_tested)
        ever_tested |= {row.topic for row in found[Split.TEST]}
        # Once a test is drawn, nothing that is trained on becomes part of a test.
        assert ever_tested.isdisjoint(trained_by_draw)
        if found[Split.TEST]:
            trained_by_draw |= trained

        series = manifest(fakes, dataset).test_series
        now = {row.id: row for row in found[Split.TEST]}
        before = tests.setdefault(series, now)
        assert now.items() <= before.items() or not before
        if position_of_batch != 1 and before:
            assert now == before
        tests[series] = now
        assert not build(fakes.world).is_new


# --- the draw itself -----------------------------------------------------------------------------
def test_a_position_is_even_and_hangs_on_the_seed() -> None:
    places = [position("tandem", f"topic-{n}") for n in range(2000)]

    assert all(0 <= place < 1 for place in places)
    assert 0.17 < sum(place < 0.2 for place in places) / 2000 < 0.23
    assert position("tandem", "x") == position("tandem", "x") != position("other", "x")


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.dictionaries(st.text(max_size=5), st.integers(1, 1000), min_size=3, max_size=40),
    test_share=st.floats(0.01, 0.6),
    validation_share=st.floats(0.01, 0.39),
)
def test_a_draw_of_three_topics_or_more_leaves_something_for_each_split(
    sizes: dict[str, int], test_share: float, validation_share: float
) -> None:
    policy = Dataset(test_share=test_share, validation_share=validation_share)

    drawn = draw(sizes, policy, Ledger())

    def split(topic: str) -> Split:
        where = position(policy.seed, topic)
        if topic in drawn.test:
            return Split.TEST
        if topic in drawn.validation:
            return Split.VALIDATION
        if topic in drawn.train:
            return Split.TRAIN
        assert where >= test_share
        return Split.VALIDATION if where < test_share + validation_share else Split.TRAIN

    assert {split(topic) for topic in sizes} == set(Split)
    assert drawn == draw(dict(reversed(sizes.items())), policy, Ledger())
