"""The rows of a dataset, arranged in splits: what is the same in every build of the same inputs."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched, groupby

from tandem.review.dataset_rows import (
    SCHEMA_VERSION,
    DataFile,
    Kind,
    LeftOut,
    Split,
)
from tandem.review.dataset_sources import Gathered, Item, merged
from tandem.review.policy import Dataset
from tandem.review.ports import ReviewWorld
from tandem.review.splits import FrozenRow, FrozenTest, Place, Places, draw

_BATCH = 100
_SPLITS = {Place.TRAIN: Split.TRAIN, Place.VALIDATION: Split.VALIDATION, Place.TEST: Split.TEST}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is written."""

    id: str
    topic: str
    question: str
    conversations: tuple[str, ...]
    body: bytes


@dataclass(slots=True)
class Contents:
    lines: dict[tuple[Kind, Split], list[bytes]] = field(default_factory=dict)
    """In the order of their ids. Empty ones, too."""
    rows: list[str] = field(default_factory=list)
    """`<split>/<kind> <id> <digest>` of each row, sorted."""
    files: list[DataFile] = field(default_factory=list)
    topics: dict[Split, int] = field(default_factory=dict)
    conversations: set[str] = field(default_factory=set)
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def digest(self, series: int) -> str:
        """Of all rows: two datasets with the same are the same."""
        parts = (f"{each.path} {each.sha256}" for each in self.files)
        return hashlib.sha256("\n".join((SCHEMA_VERSION, str(series), *parts)).encode()).hexdigest()


def arrange(
    world: ReviewWorld, gathered: Gathered, policy: Dataset, series: int, earlier: Sequence[int]
) -> Contents:
    """Split what was gathered, with the frozen test of the series; draws it if it is not there yet.

    `earlier`: the numbers of the other series that were drawn before.
    """
    past = [found for number in earlier if (found := _frozen(world, number)) is not None]
    frozen = _frozen(world, series)
    if frozen is None:
        frozen = _draw(world, gathered.items, policy, series, past)
    contents = Contents(left_out=Counter(gathered.left_out))
    topics: dict[Split, set[str]] = {split: set() for split in Split}
    placed = _placed(gathered.items, Places(policy, frozen, past), frozen, contents.left_out)
    groups = {key: _lines(items, contents.left_out) for key, items in placed.items()}
    for kind, lines in _test_lines(world, frozen, contents.left_out).items():
        groups[kind, Split.TEST] = iter(lines)
    for split in Split:
        for kind in Kind:
            bodies: list[bytes] = []
            whole, size = hashlib.sha256(), 0
            for line in groups.get((kind, split), ()):
                bodies.append(line.body)
                whole.update(line.body)
                size += len(line.body)
                topics[split].add(line.topic)
                contents.conversations.update(line.conversations)
                name = f"{split.value}/{kind.value} {line.id}"
                contents.rows.append(f"{name} {hashlib.sha256(line.body).hexdigest()[:12]}")
            contents.lines[kind, split] = bodies
            contents.files.append(
                DataFile(
                    path=kind.path(split), rows=len(bodies), size=size, sha256=whole.hexdigest()
                )
            )
    contents.topics = {split: len(found) for split, found in topics.items()}
    contents.rows.sort()
    return contents


def _placed(
    items: Iterable[Item], places: Places, frozen: FrozenTest, left_out: Counter[LeftOut]
) -> dict[tuple[Kind, Split], list[Item]]:
    """The items of training and validation."""
    items = list(items)
    highest: dict[str, Place] = dict.fromkeys(places.questions, Place.TEST)
    for item in items:
        place = places.of(item.topic)
        highest[item.question] = max(place, highest.get(item.question, place))
    in_test = {row.row_id for row in frozen.rows}
    placed = defaultdict[tuple[Kind, Split], list[Item]](list)
    for item in items:
        place = places.of(item.topic)
        if item.id in in_test:
            continue
        if place in {Place.TEST, Place.WAITING}:
            left_out[LeftOut.WAITING] += 1
        elif place < highest[item.question]:
            left_out[LeftOut.SAME_QUESTION] += 1
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
            body=merged(same),
        )


# --- the frozen test -----------------------------------------------------------------------------
def series_key(series: int) -> str:
    return f"datasets/test-series/{series:06d}.json"


def _frozen(world: ReviewWorld, series: int) -> FrozenTest | None:
    try:
        return FrozenTest.model_validate_json(world.files.read(series_key(series)))
    except KeyError:
        return None


def _draw(
    world: ReviewWorld,
    items: Sequence[Item],
    policy: Dataset,
    series: int,
    past: Sequence[FrozenTest],
) -> FrozenTest:
    """Draw the test of a series, unless another build is faster: then it is the other's."""
    drawn = draw(Counter(item.topic for item in items), policy, past)
    by_kind = defaultdict[Kind, list[Item]](list)
    for item in items:
        if item.topic in drawn.test:
            by_kind[item.kind].append(item)
    uncounted: Counter[LeftOut] = Counter()
    frozen = FrozenTest(
        series=series,
        seed=policy.seed,
        drawn_at=world.clock.now(),
        topics=tuple(sorted(drawn.test)),
        train=tuple(sorted(drawn.train)),
        validation=tuple(sorted(drawn.validation)),
        rows=tuple(
            FrozenRow(
                kind=kind,
                row_id=line.id,
                topic=line.topic,
                question=line.question,
                conversations=line.conversations,
                line=line.body.decode().removesuffix("\n"),
            )
            for kind in Kind
            for line in _lines(by_kind[kind], uncounted)
        ),
    )
    if not frozen.rows:
        return frozen  # nothing to freeze: drawn again with the next version
    body = frozen.model_dump_json().encode()
    if world.files.write_new(series_key(series), body, "application/json"):
        return frozen
    return FrozenTest.model_validate_json(world.files.read(series_key(series)))


def _test_lines(
    world: ReviewWorld, frozen: FrozenTest, left_out: Counter[LeftOut]
) -> dict[Kind, list[Line]]:
    """The frozen rows, without those of conversations that were withdrawn since."""
    lines: dict[Kind, list[Line]] = {kind: [] for kind in Kind}
    kept: list[FrozenRow] = []
    for rows in batched(frozen.rows, _BATCH, strict=False):
        withdrawn = world.records.withdrawn(c for row in rows for c in row.conversations)
        for row in rows:
            if not row.line or not withdrawn.isdisjoint(row.conversations):
                left_out[LeftOut.WITHDRAWN] += 1
                kept.append(row.model_copy(update={"line": "", "conversations": ()}))
                continue
            kept.append(row)
            lines[row.kind].append(
                Line(
                    id=row.row_id,
                    topic=row.topic,
                    question=row.question,
                    conversations=row.conversations,
                    body=row.line.encode() + b"\n",
                )
            )
    after = frozen.model_copy(update={"rows": tuple(kept)})
    if after != frozen:
        # The text goes. Should a slower build bring it back, the next one takes it out again.
        body = after.model_dump_json().encode()
        world.files.write(series_key(frozen.series), body, "application/json")
    return lines
