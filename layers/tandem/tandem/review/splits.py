"""Which split a topic group is in: the same in every version, and the test split for ever.

Where a topic belongs is a matter of a seeded hash of its name, so that it is stable while the data
grows. The test split of a series is drawn once, at the first dataset of the series, and its very
rows are kept: scores of models on it compare. What would come to the test later (topics that the
hash draws, further answers to its topics) waits for the next series, whose test is then again made
of topics that no model was trained on. What was once in a test is never in a training split.
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from tandem.live.models import Frozen
from tandem.review.dataset_rows import Kind
from tandem.review.policy import Dataset


class Place(IntEnum):
    """Where a topic belongs. Of the places of one question under several topics the highest holds,
    and what lies at a lower one is left out: it would tell the training of the test."""

    TRAIN = 0
    VALIDATION = 1
    WAITING = 2
    """For the next test series."""
    TEST = 3


class FrozenRow(Frozen):
    """A row of a test split, as it is in every version of the series."""

    kind: Kind
    row_id: str
    topic: str
    question: str
    conversations: tuple[str, ...]
    line: str
    """JSON; empty once a conversation of it was withdrawn."""


class FrozenTest(Frozen):
    """The test split of a series, and how its draw differs from the hash's. Written once;
    later builds only take out what was withdrawn."""

    series: int
    seed: str
    drawn_at: datetime
    topics: tuple[str, ...]
    train: tuple[str, ...] = ()
    """In train whatever the hash says: too large for another split, or nothing else was left."""
    validation: tuple[str, ...] = ()
    """In validation whatever the hash says: nothing else was there."""
    rows: tuple[FrozenRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """Which topics a new series takes for its test, and exceptions from the hash."""

    test: frozenset[str]
    train: frozenset[str]
    validation: frozenset[str]


def position(seed: str, topic: str) -> float:
    """From 0 to 1, evenly."""
    digest = hashlib.sha256(f"{seed}\n{topic}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def draw(sizes: Mapping[str, int], policy: Dataset, past: Sequence[FrozenTest] = ()) -> Draw:
    """Draw the test topics of a series out of all topics with their numbers of rows.

    `past`: the series before. What they tested is in again; their exceptions stay, because models
    may have been trained on them. A topic that would make the test, or the validation, more
    than twice as large as wanted is in train. With three topics no split is empty, with two there
    is no validation, with one no test.
    """
    order = sorted(sizes, key=lambda topic: (position(policy.seed, topic), topic))
    total = sum(sizes.values())
    again = tested(past) & sizes.keys()
    trained = {topic for each in past for topic in (*each.train, *each.validation)} & sizes.keys()
    drawn = [
        topic
        for topic in order
        if position(policy.seed, topic) < policy.test_share and topic not in trained
    ]
    test, train = _filled(again, drawn, sizes, 2 * policy.test_share * total)
    if not test and policy.test_share and len(order) > 1:
        test = {_fitting(order, sizes, 2 * policy.test_share * total)}
    train = (train | trained) - test
    # Something has to be left for the others, of what was not tested before.
    left = max(1, min(2 if policy.validation_share else 1, len(order) - 1))
    for topic in sorted(test - again, key=lambda topic: (-sizes[topic], topic)):
        if len(order) - len(test) < left:
            test.remove(topic)
            train.add(topic)

    rest = [topic for topic in order if topic not in test]
    natural = [
        topic
        for topic in rest
        if topic not in train and _in_validation(position(policy.seed, topic), policy)
    ]
    most = 2 * policy.validation_share * total
    validation, too_large = _filled(set(), natural, sizes, most)
    train |= too_large
    forced: set[str] = set()
    if not validation and policy.validation_share and len(rest) > 1:
        forced = {_fitting(rest, sizes, most)}
    elif rest and len(validation) == len(rest):
        train.add(max(rest, key=lambda topic: (sizes[topic], topic)))
    return Draw(frozenset(test), frozenset(train - forced), frozenset(forced))


def _filled(
    first: Set[str], order: Sequence[str], sizes: Mapping[str, int], most: float
) -> tuple[set[str], set[str]]:
    """As many topics as fit into `most` rows, those of `first` in any case; and those that do not
    fit."""
    filled, too_large = set(first), set[str]()
    taken = sum(sizes[topic] for topic in first)
    for topic in order:
        if topic in filled:
            continue
        if taken + sizes[topic] > most:
            too_large.add(topic)
            continue
        filled.add(topic)
        taken += sizes[topic]
    return filled, too_large


def _fitting(order: Sequence[str], sizes: Mapping[str, int], most: float) -> str:
    """The first topic that is not too large; the smallest if all are."""
    small = (topic for topic in order if sizes[topic] <= most)
    return next(small, min(order, key=lambda topic: sizes[topic]))


def _in_validation(where: float, policy: Dataset) -> bool:
    return policy.test_share <= where < policy.test_share + policy.validation_share


class Places:
    """Where topics belong, once the test of the series is drawn."""

    def __init__(self, policy: Dataset, frozen: FrozenTest, earlier: Sequence[FrozenTest]) -> None:
        self._policy = policy
        self._test = frozenset(frozen.topics)
        self._train = frozenset(frozen.train)
        self._validation = frozenset(frozen.validation)
        self._once_tested = tested(earlier)
        self.questions = frozenset(row.question for each in (frozen, *earlier) for row in each.rows)
        """Of all tests so far."""

    def of(self, topic: str) -> Place:
        if topic in self._test:
            return Place.TEST
        if topic in self._once_tested:
            return Place.WAITING
        if topic in self._train:
            return Place.TRAIN
        if topic in self._validation:
            return Place.VALIDATION
        where = position(self._policy.seed, topic)
        if where < self._policy.test_share:
            return Place.WAITING
        return Place.VALIDATION if _in_validation(where, self._policy) else Place.TRAIN


def tested(series: Sequence[FrozenTest]) -> Set[str]:
    """The topics of their tests."""
    return frozenset(topic for each in series for topic in each.topics)
