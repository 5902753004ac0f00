"""What was trained on is in no later test, and the other way round, whatever the policy becomes."""

from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.review.dataset import build
from tandem.review.dataset_rows import Kind, LeftOut, Split, same_question
from tandem.review.models import DatasetVersion
from tandem.review.splits import position
from tests.review_fakes import ReviewFakes
from tests.unit.review.dataset_scene import (
    all_rows,
    build_and,
    built,
    die,
    fakes_with,
    folder,
    label,
    labels,
    manifest,
    set_policy,
    steps_of,
    topics,
    withdraw,
)


def trained(fakes: ReviewFakes, dataset: DatasetVersion) -> set[str]:
    return topics(fakes, dataset, Split.TRAIN) | topics(fakes, dataset, Split.VALIDATION)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"seed": "other", "test_series": 2}),
        ({"test_share": 0.1}, {"test_share": 0.4, "test_series": 2}),
        ({"test_share": 0}, {"test_share": 0.2}),
        ({"validation_share": 0.4}, {"validation_share": 0.1, "test_series": 2}),
    ],
    ids=["another seed", "a larger test", "a test at last", "less validation"],
)
def test_another_policy_does_not_bring_what_was_trained_on_into_a_test(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    for number in range(5):
        seed = {"seed": f"seed-{number}"}
        fakes = fakes_with(**seed | before)
        labels(fakes, range(60), topics=40)
        first = built(fakes)
        set_policy(fakes, **seed | after)
        labels(fakes, range(100, 160))

        second = built(fakes)

        tested = topics(fakes, second, Split.TEST)
        assert tested, number
        assert tested.isdisjoint(trained(fakes, first)), number


def test_a_first_topic_that_was_trained_on_stays_there_when_others_come() -> None:
    for number in range(10):
        fakes = fakes_with(seed=f"seed-{number}")
        labels(fakes, range(5), topics=1)
        assert trained(fakes, built(fakes)) == {"topic-0"}
        for more in range(10, 30):
            label(fakes, more, topic="larger")

        second = built(fakes)

        assert topics(fakes, second, Split.TRAIN) == {"topic-0"}, number
        assert topics(fakes, second, Split.TEST) == {"larger"}, number


def test_what_was_trained_on_in_a_build_that_broke_off_is_not_tested_either() -> None:
    def prepared() -> ReviewFakes:
        fakes = fakes_with(test_share=0)
        labels(fakes, range(40))
        return fakes

    step = steps_of(prepared()).index("datasets/v000001/manifest.json")
    fakes = prepared()
    assert build_and(fakes, step, die) is None
    set_policy(fakes, test_share=0.3)
    labels(fakes, range(100, 140))

    dataset = built(fakes)

    assert topics(fakes, dataset, Split.TEST).isdisjoint(f"topic-{n}" for n in range(40))


def few() -> ReviewFakes:
    fakes = fakes_with(test_share=0.3)
    labels(fakes, range(20))
    return fakes


@pytest.mark.parametrize("step", range(len(steps_of(few()))))
def test_of_two_builds_at_once_with_different_policies_none_tests_what_the_other_trains_on(
    step: int,
) -> None:
    fakes = few()

    def another() -> None:
        set_policy(fakes, seed="other", test_share=0.5)
        labels(fakes, range(20, 40))
        built(fakes)

    build_and(fakes, step, another)
    set_policy(fakes, seed="third", test_share=0.5, test_series=2)
    labels(fakes, range(40, 60))
    built(fakes)

    versions = fakes.records.datasets()
    tested = {topic for each in versions for topic in topics(fakes, each, Split.TEST)}
    assert tested
    assert tested.isdisjoint(topic for each in versions for topic in trained(fakes, each))


def test_topics_stay_in_validation_when_a_series_begins() -> None:
    for number in range(20):
        fakes = fakes_with(seed=f"seed-{number}")
        labels(fakes, range(60), topics=30)
        first = built(fakes)
        set_policy(fakes, seed=f"seed-{number}", test_series=2)
        labels(fakes, range(100, 160))

        second = built(fakes)

        assert topics(fakes, first, Split.TRAIN) <= topics(fakes, second, Split.TRAIN)
        assert topics(fakes, first, Split.VALIDATION) <= topics(fakes, second, Split.VALIDATION)


def test_a_question_that_was_trained_on_is_not_tested_under_another_topic() -> None:
    fakes = fakes_with()
    labels(fakes, range(50))
    first = built(fakes)
    asked = all_rows(fakes, first)[Split.TRAIN][0].prompt
    new = next(f"new-{n}" for n in range(99) if position("tandem", f"new-{n}") < 0.2)
    label(fakes, 100, topic=new, question=asked, answer="Otherwise.")
    label(fakes, 101, topic=new, question="Something new?")
    set_policy(fakes, test_series=2)

    second = built(fakes)

    found = all_rows(fakes, second)
    assert "Something new?" in {row.prompt for row in found[Split.TEST]}
    assert asked in {row.prompt for row in found[Split.TRAIN]}
    assert manifest(fakes, second).left_out == {LeftOut.SAME_QUESTION: 1}


class Step(NamedTuple):
    """A build, with what has come and changed before it."""

    batch: list[tuple[int, int, int]]
    """Topic, question, answer."""
    seed: str
    shares: tuple[float, float]
    """Of test and validation."""
    new_series: bool
    gone: list[int]
    """Conversations that are withdrawn."""
    breaks_off: int | None
    """Before which of its writes."""


policies_and_batches = st.builds(
    Step,
    batch=st.lists(
        st.tuples(st.integers(0, 15), st.integers(0, 20), st.integers(0, 2)),
        min_size=1,
        max_size=15,
    ),
    seed=st.sampled_from(["a", "b", "c"]),
    shares=st.sampled_from([(0.0, 0.1), (0.1, 0.3), (0.3, 0.1), (0.6, 0.0), (0.2, 0.7)]),
    new_series=st.booleans(),
    gone=st.lists(st.integers(1, 60), max_size=2),
    breaks_off=st.none() | st.integers(0, 16),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(policies_and_batches, min_size=2, max_size=6))
def test_a_topic_is_in_one_split_for_ever_whatever_the_policy_becomes(steps: list[Step]) -> None:
    fakes = fakes_with()
    number, series = 1, 1
    label(fakes, number, topic="t0", question="Q 0?")
    places = defaultdict[str, set[Split]](set)
    asked = defaultdict[str, set[Split]](set)
    tests: dict[int, set[bytes]] = {}
    withdrawn = False
    for step in [Step([], "a", (0.2, 0.1), False, [], None), *steps]:
        for topic, question, answer in step.batch:
            number += 1
            label(fakes, number, topic=f"t{topic}", question=f"Q {question}?", answer=f"{answer}")
        withdraw(fakes, *(f"talk-{n}" for n in step.gone))
        withdrawn = withdrawn or bool(step.gone)
        series += step.new_series
        test_share, validation_share = step.shares
        set_policy(fakes, seed=step.seed, test_share=test_share, test_series=series,
                   validation_share=validation_share)  # fmt: skip
        if step.breaks_off is not None:
            build_and(fakes, step.breaks_off, die)
            fakes.clock.advance(3600)

        build(fakes.world)

        assert not build(fakes.world).is_new
        fakes.clock.advance(3600)
        for dataset in fakes.records.datasets():
            for split, found in all_rows(fakes, dataset).items():
                for row in found:
                    places[row.topic].add(split)
                    asked[same_question(row.prompt)].add(split)
    assert all(len(found) == 1 for found in places.values())
    for splits in asked.values():
        assert splits == {Split.TEST} or Split.TEST not in splits
    for dataset in fakes.records.datasets():
        test = {line for k in Kind for line in lines(fakes, dataset, k)}
        before = tests.setdefault(manifest(fakes, dataset).test_series, test)
        assert withdrawn or not test or not before or test == before


def lines(fakes: ReviewFakes, dataset: DatasetVersion, kind: Kind) -> list[bytes]:
    """Of the test."""
    return folder(fakes, dataset)[kind.path(Split.TEST)].splitlines()
