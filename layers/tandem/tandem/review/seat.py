"""A reviewer's seat at the queue: what they have before them, what comes next, what they did.

Their record is read once for a request, changed in memory, and kept once, at the end: the tasks and
ratings are the truth, and what a breakdown leaves out of the record, the next request puts right.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from functools import cached_property
from typing import Literal

from tandem.live.errors import Busy, Conflict
from tandem.live.models import Person
from tandem.review.api import Progress
from tandem.review.consolidation import set_aside
from tandem.review.models import Deed, Given, Sitting
from tandem.review.ports import ReviewWorld

_ATTEMPTS = 10
_MOST_HELD = 10
_MOST_AHEAD = 20
_MOST_DONE = 20

type _Change = Callable[[Sitting], Sitting]


class Seat:
    def __init__(self, world: ReviewWorld, person: Person) -> None:
        self.reviewer = person.user
        self.now = world.clock.now()
        self._world = world
        self._new = Sitting(reviewer=person.user)
        self._stored = world.sittings.get(person.user)
        self.record = self._stored or self._new
        self._changes: list[_Change] = []
        today = self.now.astimezone(UTC).date().isoformat()
        self._change(lambda record: _on(record, today, person.name))

    # --- what it says ----------------------------------------------------------------------------
    @property
    def progress(self) -> Progress:
        record = self.record
        return Progress(
            rated_today=record.rated_today,
            rated=record.rated,
            skipped=record.skipped_today,
            left=record.left,
            can_undo=bool(record.done),
        )

    def has_looked_since(self, age: timedelta) -> bool:
        """Whether the queue was read within the last `age`."""
        return self.record.looked_at is not None and self.now - self.record.looked_at < age

    @cached_property
    def aside(self) -> frozenset[str]:
        """The reviewers whose ratings do not count; the one who sits here may be among them."""
        return set_aside(self._world.reviewers.all())

    # --- what changes ----------------------------------------------------------------------------
    def give(self, given: Given) -> None:
        """It is before the reviewer now."""
        self._change(
            lambda record: record.model_copy(
                update={
                    "holding": (*_without(record.holding, given), given)[-_MOST_HELD:],
                    "ahead": _without(record.ahead, given),
                }
            )
        )

    def take_away(self, given: Given) -> None:
        """It is neither before the reviewer nor ahead of them any more."""
        self._change(
            lambda record: record.model_copy(
                update={
                    "holding": _without(record.holding, given),
                    "ahead": _without(record.ahead, given),
                }
            )
        )

    def look(self, left: int, ahead: Sequence[Given]) -> None:
        """What was read from the queue."""
        update = {"left": left, "ahead": tuple(ahead[:_MOST_AHEAD]), "looked_at": self.now}
        self._change(lambda record: record.model_copy(update=update))

    def did(
        self, given: Given, how: Literal["rated", "skipped", "flagged"], reason: str = ""
    ) -> None:
        """Counts once, however often it is said."""
        deed = Deed(job=given.job, candidate_id=given.candidate_id, how=how, reason=reason)
        self.take_away(given)
        self._change(lambda record: _done(record, deed))

    def forget(self, deed: Deed) -> None:
        """It cannot be taken back any more."""
        self._change(
            lambda record: record.model_copy(
                update={"done": tuple(each for each in record.done if each != deed)}
            )
        )

    def undo(self, deed: Deed) -> None:
        """The item is before the reviewer again."""
        self._change(lambda record: _undone(record, deed))
        self.give(Given(job=deed.job, candidate_id=deed.candidate_id))

    def keep(self) -> None:
        """Store what changed; with a second window of the same reviewer in between, again on top of
        that. Raises `Busy`."""
        for _ in range(_ATTEMPTS):
            try:
                if self._stored is None:
                    if self._world.sittings.add(self.record):
                        break
                    raise Conflict(f"{self.reviewer} has sat down meanwhile")
                if self.record == self._stored:
                    break
                after = self.record.model_copy(update={"revision": self._stored.revision + 1})
                self._world.sittings.replace(self._stored, after)
                self.record = after
                break
            except Conflict:
                self._stored = self._world.sittings.get(self.reviewer)
                self.record = self._stored or self._new
                for change in self._changes:
                    self.record = change(self.record)
        else:
            raise Busy("You are rating in too many windows at once. Nothing is lost; try again.")
        self._stored = self.record
        self._changes = []

    def _change(self, change: _Change) -> None:
        self.record = change(self.record)
        self._changes.append(change)


def _on(record: Sitting, day: str, name: str) -> Sitting:
    if record.day == day:
        return record.model_copy(update={"name": name})
    return record.model_copy(
        update={"name": name, "day": day, "rated_today": 0, "skipped_today": 0}
    )


def _done(record: Sitting, deed: Deed) -> Sitting:
    if any(_same(each, deed) and each.how == deed.how for each in record.done):
        return record
    return record.model_copy(
        update={
            "done": (*record.done, deed)[-_MOST_DONE:],
            "left": max(0, record.left - 1),
            **_counts(record, deed, 1),
        }
    )


def _undone(record: Sitting, deed: Deed) -> Sitting:
    if deed not in record.done:
        return record
    return record.model_copy(
        update={
            "done": tuple(each for each in record.done if each != deed),
            "left": record.left + 1,
            **_counts(record, deed, -1),
        }
    )


def _counts(record: Sitting, deed: Deed, step: int) -> dict[str, int]:
    match deed.how:
        case "rated":
            today = max(0, record.rated_today + step)
            return {"rated_today": today, "rated": max(0, record.rated + step)}
        case "skipped":
            return {"skipped_today": max(0, record.skipped_today + step)}
        case "flagged":
            return {}


def _without(places: tuple[Given, ...], given: Given) -> tuple[Given, ...]:
    return tuple(each for each in places if not _same(each, given))


def _same(one: Given, other: Given) -> bool:
    return (one.job, one.candidate_id) == (other.job, other.candidate_id)
