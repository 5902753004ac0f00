"""The rows of a dataset, arranged in splits: what is the same in every build of the same inputs."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from tandem.review.dataset_rows import (
    SCHEMA_VERSION,
    DataFile,
    Kind,
    LeftOut,
    RatingRow,
    Split,
)
from tandem.review.dataset_sources import Gathered, Item, merged
from tandem.review.frozen_tests import FrozenRow, FrozenTest
from tandem.review.policy import Dataset
from tandem.review.splits import Draw, Ledger, Place, Places, draw

_SPLITS = {Place.TRAIN: Split.TRAIN, Place.VALIDATION: Split.VALIDATION, Place.TEST: Split.TEST}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is written."""

    id: str
    topic: str
    question: str
    conversations: tuple[str, ...]
    candidates: tuple[str, ...]
    """Whose labels it is made of."""
    body: bytes


@dataclass(slots=True)
class Contents:
    series: int
    lines: dict[tuple[Kind, Split], list[bytes]] = field(default_factory=dict)
    """In the order of their ids. Empty ones, too."""
    rows: list[str] = field(default_factory=list)
    """`<split>/<kind> <id> <digest>` of each row, sorted."""
    files: list[DataFile] = field(default_factory=list)
    topics: dict[Split, set[str]] = field(default_factory=lambda: {split: set() for split in Split})
    conversations: dict[str, dict[str, str]] = field(default_factory=dict)
    """With the candidates whose labels are in it, by conversation, and the split of each."""
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    test: FrozenTest | None = None
    """To be frozen: the series has none yet."""
    places: dict[str, Place] = field(default_factory=dict)
    """Of all topics, also of those without a row in it."""
    trained: set[str] = field(default_factory=set)
    """The questions of training and validation."""

    @property
    def digest(self) -> str:
        """Of all rows: two datasets with the same are the same."""
        parts = (f"{each.path} {each.sha256}" for each in self.files)
        whole = "\n".join((SCHEMA_VERSION, str(self.series), *parts))
        return hashlib.sha256(whole.encode()).hexdigest()

    def ledger(self, before: Ledger) -> Ledger:
        """With what this dataset puts into splits."""
        return before.grown(
            train=self._at(Place.TRAIN),
            validation=self._at(Place.VALIDATION),
            test=self.test.topics if self.test else (),
            questions=self.trained,
            series=self.series,
        )

    def _at(self, wanted: Place) -> Iterator[str]:
        return (topic for topic, place in self.places.items() if place is wanted)

    def add(self, kind: Kind, split: Split, lines: Iterator[Line] | Sequence[Line]) -> None:
        """The rows of a file, in their order."""
        bodies: list[bytes] = []
        whole, size = hashlib.sha256(), 0
        for line in lines:
            bodies.append(line.body)
            whole.update(line.body)
            size += len(line.body)
            self.topics[split].add(line.topic)
            if split is not Split.TEST:
                self.trained.add(line.question)
            for name in line.conversations:
                labels = self.conversations.setdefault(name, {})
                labels |= dict.fromkeys(line.candidates, split.value)
            digest = hashlib.sha256(line.body).hexdigest()[:12]
            self.rows.append(f"{split.value}/{kind.value} {line.id} {digest}")
        self.lines[kind, split] = bodies
        self.files.append(
            DataFile(path=kind.path(split), rows=len(bodies), size=size, sha256=whole.hexdigest())
        )


def arrange(
    gathered: Gathered,
    policy: Dataset,
    *,
    series: int,
    tests: Mapping[int, FrozenTest],
    ledger: Ledger,
    now: datetime,
) -> Contents:
    """Split what was gathered, with the test of the series; draws it if it is not there yet.

    `tests`: of all series so far. `ledger`: what was put where by all builds before.
    """
    contents = Contents(series, left_out=Counter(gathered.left_out))
    items, trained, frozen = gathered.items, frozenset(ledger.questions), tests.get(series)
    if frozen is not None:
        drawn = Draw(frozenset(frozen.topics))
    else:
        drawn = draw(Counter(item.topic for item in items), policy, ledger)
    places = Places(policy, ledger, drawn)
    if frozen is None:
        frozen = FrozenTest(
            series=series,
            seed=policy.seed,
            drawn_at=now,
            topics=tuple(sorted(drawn.test)),
            rows=tuple(_rows_of_test(items, places, trained)),
        )
        contents.test = frozen if frozen.rows else None
    contents.places = {item.topic: places.of(item.topic) for item in items}
    in_test = {row.row_id for row in frozen.rows}
    tested = {row.question for test in (frozen, *tests.values()) for row in test.rows}
    others = [item for item in items if item.id not in in_test]
    placed = _placed(others, places, trained, tested, contents.left_out)
    groups = {key: _lines(found, contents.left_out) for key, found in placed.items()}
    _count_changes(items, frozen, contents.left_out)
    for split in Split:
        for kind in Kind:
            if split is Split.TEST:
                contents.add(kind, split, _test_lines(frozen, kind, contents.left_out))
            else:
                contents.add(kind, split, groups.get((kind, split), ()))
    contents.rows.sort()
    return contents


def _placed(
    items: Sequence[Item],
    places: Places,
    trained: Set[str],
    tested: Set[str],
    left_out: Counter[LeftOut],
) -> dict[tuple[Kind, Split], list[Item]]:
    """The items of training and validation, of those that are not in the test. `trained` and
    `tested` are the questions of earlier ones, and of this test: none moves from one to the other,
    under whatever topic."""
    highest: dict[str, Place] = dict.fromkeys(tested, Place.TEST)
    for item in items:
        place = places.of(item.topic)
        if place < Place.WAITING or item.question not in trained:
            highest[item.question] = max(place, highest.get(item.question, place))
    placed = defaultdict[tuple[Kind, Split], list[Item]](list)
    for item in items:
        place = places.of(item.topic)
        waits = place >= Place.WAITING
        if place < highest.get(item.question, place) or (waits and item.question in trained):
            left_out[LeftOut.SAME_QUESTION] += 1
        elif waits:
            left_out[LeftOut.WAITING] += 1
        else:
            placed[item.kind, _SPLITS[place]].append(item)
    return placed


def _lines(items: Sequence[Item], left_out: Counter[LeftOut]) -> Iterator[Line]:
    """The rows that items of one kind make, in the order of their ids."""
    ids = {item.id for item in items}
    ordered = sorted(items, key=lambda item: (item.id, item.order))
    for row_id, group in groupby(ordered, key=lambda item: item.id):
        same = list(group)
        if same[0].kind is Kind.PREFERENCES and same[0].reverse in ids:
            left_out[LeftOut.CONFLICTING] += len(same)
            continue
        left_out[LeftOut.DUPLICATE] += len(same) - 1
        yield Line(
            id=row_id,
            topic=same[0].topic,
            question=same[0].question,
            conversations=tuple(dict.fromkeys(c for item in same for c in item.conversations)),
            candidates=tuple(item.candidate for item in same if item.candidate),
            body=merged(same),
        )


# --- the test ------------------------------------------------------------------------------------
def _rows_of_test(items: Iterable[Item], places: Places, trained: Set[str]) -> Iterator[FrozenRow]:
    """Of a test that was just drawn. `trained`: the questions of training before it."""
    by_kind = defaultdict[Kind, list[Item]](list)
    for item in items:
        if places.of(item.topic) is Place.TEST and item.question not in trained:
            by_kind[item.kind].append(item)
    uncounted: Counter[LeftOut] = Counter()
    for kind in Kind:
        for line in _lines(by_kind[kind], uncounted):
            yield FrozenRow(
                kind=kind,
                row_id=line.id,
                topic=line.topic,
                question=line.question,
                conversations=line.conversations,
                candidates=line.candidates,
                line=line.body.decode().removesuffix("\n"),
            )


def _test_lines(frozen: FrozenTest, kind: Kind, left_out: Counter[LeftOut]) -> Iterator[Line]:
    """The frozen rows of a kind, without those that were withdrawn."""
    for row in frozen.rows:
        if row.kind is not kind:
            continue
        if not row.line:
            left_out[LeftOut.WITHDRAWN] += 1
            continue
        yield Line(
            id=row.row_id,
            topic=row.topic,
            question=row.question,
            conversations=row.conversations,
            candidates=row.candidates,
            body=row.line.encode() + b"\n",
        )


def _count_changes(items: Sequence[Item], frozen: FrozenTest, left_out: Counter[LeftOut]) -> None:
    """Count the ratings of the test that are others by now, or gone."""
    rated = {row.row_id: row for row in frozen.rows if row.kind is Kind.RATINGS and row.line}
    now: dict[str, list[Item]] = {row_id: [] for row_id in rated}
    for item in items:
        if item.id in now:
            now[item.id].append(item)
    for row_id, row in rated.items():
        same = sorted(now[row_id], key=lambda item: item.order)
        body = merged(same) if same else b""
        if body != row.line.encode() + b"\n" and _reward(body) != _reward(row.line.encode()):
            left_out[LeftOut.CHANGED_IN_TEST] += 1


def _reward(line: bytes) -> float | None:
    return RatingRow.model_validate_json(line).reward if line else None
