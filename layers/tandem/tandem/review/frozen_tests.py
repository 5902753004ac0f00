"""The test splits of all series, as they are kept: `datasets/test-series/000001.json`.

A document is written once. Later builds only take out what was withdrawn since: from the tests of
all series, also from those that no dataset holds any more.
"""

from collections.abc import Iterable, Set
from datetime import datetime

from tandem.live.models import Frozen
from tandem.review.dataset_rows import ROWS, Kind, line_of
from tandem.review.ports import ReviewWorld

_JSON = "application/json"


class FrozenRow(Frozen):
    """A row of a test split, as it is in every version of the series."""

    kind: Kind
    row_id: str
    topic: str
    question: str
    conversations: tuple[str, ...]
    """Where it came up; what was said before the question was said in the first."""
    candidates: tuple[str, ...] = ()
    """Whose labels it is made of; none where it is no rating."""
    line: str
    """JSON; empty once all its conversations were withdrawn."""

    def without(self, withdrawn: Set[str]) -> "FrozenRow":
        """The row stays as long as one of its conversations does."""
        if not self.line or withdrawn.isdisjoint(self.conversations):
            return self
        left = tuple(name for name in self.conversations if name not in withdrawn)
        if not left:
            return self.model_copy(update={"conversations": (), "candidates": (), "line": ""})
        line = self.line
        if self.conversations[0] in withdrawn:
            # Question and answer were the same elsewhere. What was said before them was not.
            row = ROWS[self.kind].model_validate_json(line)
            line = line_of(row.model_copy(update={"context": ()})).decode().removesuffix("\n")
        return self.model_copy(update={"conversations": left, "line": line})


class FrozenTest(Frozen):
    """The test split of a series."""

    series: int
    seed: str
    drawn_at: datetime
    topics: tuple[str, ...]
    rows: tuple[FrozenRow, ...] = ()

    def without(self, withdrawn: Set[str]) -> "FrozenTest":
        return self.model_copy(update={"rows": tuple(row.without(withdrawn) for row in self.rows)})


def series_key(series: int) -> str:
    return f"datasets/test-series/{series:06d}.json"


def freeze(world: ReviewWorld, test: FrozenTest) -> bool:
    """Whether it is the series' test, for good: False where another build has frozen another."""
    body = test.model_dump_json().encode()
    if world.files.write_new(series_key(test.series), body, _JSON):
        return True
    return _read(world, test.series) == test


def frozen_tests(world: ReviewWorld, series: Iterable[int]) -> dict[int, FrozenTest]:
    """The tests of those series that have one, by series, without what was withdrawn since: its
    text leaves the documents."""
    found = {number: test for number in series if (test := _read(world, number)) is not None}
    rows = (row for test in found.values() for row in test.rows)
    withdrawn = world.records.withdrawn({name for row in rows for name in row.conversations})
    if not withdrawn:
        return found
    for number, before in found.items():
        after = before.without(withdrawn)
        if after != before:
            # Should a slower build bring the text back, the next one takes it out again.
            world.files.write(series_key(number), after.model_dump_json().encode(), _JSON)
            found[number] = after
    return found


def _read(world: ReviewWorld, series: int) -> FrozenTest | None:
    try:
        return FrozenTest.model_validate_json(world.files.read(series_key(series)))
    except KeyError:
        return None
