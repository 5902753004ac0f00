"""Which split a topic group is in: the same in every version, whatever the policy becomes.

Where a new topic belongs is a matter of a seeded hash of its name; where an old one is, the ledger
says. The test split of a series is drawn once, at the first dataset of the series that has topics
for it, and its very rows are kept: scores of models on it compare. What would come to the test
later (topics that the hash draws, further answers to its topics) waits for the next series, whose
test is then again made of topics that no model was trained on. What was once trained on is in no
later test, and what was once in a test is never trained on.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import IntEnum

from tandem.live.models import Frozen
from tandem.review.policy import Dataset


class Place(IntEnum):
    """Where a topic belongs. Of the places of one question under several topics the highest holds,
    and what lies at a lower one is left out: it would tell the training of the test."""

    TRAIN = 0
    VALIDATION = 1
    WAITING = 2
    """For the next test series."""
    TEST = 3


class Ledger(Frozen):
    """Which topics builds have put into which split, ever: no topic is in two, and it only grows.

    A build writes it down before any of its rows, so that whatever was read by a training is in it;
    what a build that broke off has put somewhere stays there.
    """

    train: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """What was asked in train or validation, as digests of the redacted texts."""
    series: tuple[int, ...] = ()
    """The test series that builds were of."""

    @property
    def places(self) -> dict[str, Place]:
        return {
            **dict.fromkeys(self.train, Place.TRAIN),
            **dict.fromkeys(self.validation, Place.VALIDATION),
            **dict.fromkeys(self.test, Place.TEST),
        }

    def grown(
        self,
        *,
        train: Iterable[str],
        validation: Iterable[str],
        test: Iterable[str],
        questions: Iterable[str],
        series: int,
    ) -> "Ledger":
        return Ledger(
            train=tuple(sorted({*self.train, *train})),
            validation=tuple(sorted({*self.validation, *validation})),
            test=tuple(sorted({*self.test, *test})),
            questions=tuple(sorted({*self.questions, *questions})),
            series=tuple(sorted({*self.series, series})),
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """Which topics a series takes for its test, and how new topics differ from the hash."""

    test: frozenset[str]
    train: frozenset[str] = frozenset()
    """In train whatever the hash says: too large for another split, or nothing else was left."""
    validation: frozenset[str] = frozenset()
    """In validation whatever the hash says: nothing else was there."""


def position(seed: str, topic: str) -> float:
    """From 0 to 1, evenly."""
    digest = hashlib.sha256(f"{seed}\n{topic}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def draw(sizes: Mapping[str, int], policy: Dataset, ledger: Ledger) -> Draw:
    """Draw the test topics of a series out of all topics with their numbers of rows.

    What was tested before is in again; of what was trained on nothing is. A topic that would make
    the test, or the validation, more than twice as large as wanted is in train. With three new
    topics no split is empty, with two there is no validation, with one no test.
    """
    order = sorted(sizes, key=lambda topic: (position(policy.seed, topic), topic))
    total = sum(sizes.values())
    places = ledger.places
    new = [topic for topic in order if topic not in places]
    again = {topic for topic in order if places.get(topic) is Place.TEST}
    most = 2 * policy.test_share * total
    drawn = [topic for topic in new if position(policy.seed, topic) < policy.test_share]
    test, train = _filled(again, drawn, sizes, most)
    if not test and policy.test_share and new and len(order) > 1:
        test = {_fitting(new, sizes, most)}
    train -= test
    # Something has to be left for the others, of what was not tested before.
    left = max(1, min(2 if policy.validation_share else 1, len(order) - 1))
    for topic in sorted(test - again, key=lambda topic: (-sizes[topic], topic)):
        if len(order) - len(test) < left:
            test.remove(topic)
            train.add(topic)

    rest = [topic for topic in order if topic not in test]
    new = [topic for topic in new if topic not in test]
    natural = [
        topic
        for topic in new
        if topic not in train and _in_validation(position(policy.seed, topic), policy)
    ]
    most = 2 * policy.validation_share * total
    before = {topic for topic in rest if places.get(topic) is Place.VALIDATION}
    validation, too_large = _filled(before, natural, sizes, most)
    train |= too_large
    forced: set[str] = set()
    if not validation and policy.validation_share and new and len(rest) > 1:
        forced = {_fitting(new, sizes, most)}
    elif new and len(validation) == len(rest):
        train.add(max(new, key=lambda topic: (sizes[topic], topic)))
    return Draw(frozenset(test), frozenset(train - forced), frozenset(forced))


def _filled(
    first: Set[str], order: Sequence[str], sizes: Mapping[str, int], most: float
) -> tuple[set[str], set[str]]:
    """As many topics as fit into `most` rows, those of `first` in any case; and those that do not
    fit."""
    filled, too_large = set(first), set[str]()
    taken = sum(sizes[topic] for topic in first)
    for topic in order:
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

    def __init__(self, policy: Dataset, ledger: Ledger, drawn: Draw) -> None:
        self._policy = policy
        self._before = ledger.places
        self._drawn = drawn
        self._known: dict[str, Place] = {}

    def of(self, topic: str) -> Place:
        place = self._known.get(topic)
        if place is None:
            place = self._known[topic] = self._place_of(topic)
        return place

    def _place_of(self, topic: str) -> Place:
        if topic in self._drawn.test:
            return Place.TEST
        before = self._before.get(topic)
        if before is not None:
            return Place.WAITING if before is Place.TEST else before
        if topic in self._drawn.train:
            return Place.TRAIN
        if topic in self._drawn.validation:
            return Place.VALIDATION
        where = position(self._policy.seed, topic)
        if where < self._policy.test_share:
            return Place.WAITING
        return Place.VALIDATION if _in_validation(where, self._policy) else Place.TRAIN
