"""The rules of a task of the review queue, and how one changes.

At most `wanted` ratings and holds at a time of reviewers who count, and nobody twice. Who is set
aside (`aside`) goes on as before, but fills no place: neither their ratings and holds nor their
skips keep others from an item. A hold that has run out counts for nothing, but is left in place
until somebody else needs it.
"""

from collections.abc import Callable
from datetime import datetime

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.review.labeling import drained
from tandem.review.models import Given, Hold, Task, TaskStatus
from tandem.review.ports import ReviewWorld

_ATTEMPTS = 10
_LOOKED_AT = 3


# --- rules ---------------------------------------------------------------------------------------
def has_room(task: Task, reviewer: str, now: datetime, aside: frozenset[str]) -> bool:
    """Whether the reviewer may (still) rate it."""
    if task.status is not TaskStatus.OPEN or reviewer in {*task.rated_by, *task.skipped_by}:
        return False
    others = {hold.reviewer for hold in _live_holds(task, now, besides=reviewer)}
    return len(({*task.rated_by} | others) - aside) < task.wanted


def is_held_by(task: Task, reviewer: str) -> bool:
    """Also when the hold has run out, as long as nobody else has needed its place."""
    return any(hold.reviewer == reviewer for hold in task.holds)


def held(task: Task, reviewer: str, now: datetime, until: datetime) -> Task:
    """In the reviewer's hands until then."""
    since = next((hold.since for hold in task.holds if hold.reviewer == reviewer), now)
    hold = Hold(reviewer=reviewer, since=since, until=until)
    return changed(task, holds=(*_live_holds(task, now, besides=reviewer), hold))


def holds_of_others(task: Task, reviewer: str) -> tuple[Hold, ...]:
    """The holds without the reviewer's."""
    return tuple(hold for hold in task.holds if hold.reviewer != reviewer)


def settled(task: Task, now: datetime, most_skips: int, aside: frozenset[str]) -> Task:
    """Done where all its ratings are in, or where too many skipped it and nobody has it."""
    rated_by, skipped_by = {*task.rated_by} - aside, {*task.skipped_by} - aside
    if len(rated_by) >= task.wanted:
        return changed(task, status=TaskStatus.DONE, holds=())
    holding = {hold.reviewer for hold in _live_holds(task, now)} - aside
    if len(skipped_by) >= most_skips and not holding:
        status = TaskStatus.DONE if rated_by else TaskStatus.UNLABELED
        return changed(task, status=status, holds=())
    return task


def _live_holds(task: Task, now: datetime, besides: str | None = None) -> tuple[Hold, ...]:
    return tuple(hold for hold in task.holds if hold.until > now and hold.reviewer != besides)


# --- changes -------------------------------------------------------------------------------------
def changed(task: Task, **changes: object) -> Task:
    """With these fields; the revision moves when it is stored."""
    return task.model_copy(update=changes)


def change_task(world: ReviewWorld, given: Given, decide: Callable[[Task], Task | None]) -> Task:
    """Change a task, deciding again when somebody else was faster.

    `decide` returns None where there is nothing to change, and raises where it must not be. Returns
    the task as it is then. Raises `NotFound`, or `Busy` when too many change it at once.
    """
    for _ in range(_ATTEMPTS):
        before = world.tasks.get(given.job, given.candidate_id)
        if before is None:
            raise NotFound("There is no such item. Go on with the next one.")
        decided = decide(before)
        if decided is None or decided == before:
            return before
        after = changed(decided, revision=before.revision + 1)
        try:
            world.tasks.replace(before, after)
        except Conflict:
            continue
        return after
    raise Busy("Too many have this item at once. Nothing is lost; try again.")


def announce_if_drained(world: ReviewWorld, name: str) -> None:
    """Tell that nothing is left to rate in a job, if that is so.

    Called after the task's change is stored: what breaks off in between, the reconciler finds. May
    tell the same twice, of which finishing a job makes nothing new.
    """
    # The index may be behind: what it shows as open is looked at, and what it shows as empty is
    # believed only when all tasks, read for sure, say the same.
    for seen in world.tasks.open_of(name, _LOOKED_AT):
        task = world.tasks.get(name, seen.candidate_id)
        if task is not None and task.status is TaskStatus.OPEN:
            return
    if any(task.status is TaskStatus.OPEN for task in world.tasks.of_job(name)):
        return
    job = world.jobs.get(name)
    if job is not None and not job.status.ended:
        world.bus.publish([drained(job, world.clock.now())])
