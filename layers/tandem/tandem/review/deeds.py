"""What a reviewer does with an item: rate, skip, flag, and take the last of these back.

A rating is stored before the task says that it is there: a breakdown in between leaves an item that
comes again, and never one that counts as rated without a rating. What reviewers write goes through
the patterns of `tandem.live.redaction` before it is stored; names in it are taken out when the
ratings become a label.
"""

from collections.abc import Callable

from tandem.live.errors import LiveError, NotFound
from tandem.live.models import Person
from tandem.live.redaction import redact
from tandem.review.api import Next, PutAside, Rate, Undone, Which
from tandem.review.errors import ItemGone, NothingToUndo, ReasonMissing
from tandem.review.models import Deed, Given, JobStatus, Rating, Task, TaskStatus
from tandem.review.ports import ReviewWorld
from tandem.review.queue import (
    close,
    gone,
    hold_time,
    is_to_be_rated,
    item_of,
    next_at,
)
from tandem.review.seat import Seat
from tandem.review.tasks import (
    announce_if_drained,
    change_task,
    changed,
    has_room,
    held,
    holds_of_others,
    is_held_by,
    settled,
)

_LONGEST_REASON = 1000
_LONGEST_ANSWER = 8000


def rate(world: ReviewWorld, person: Person, said: Rate) -> Next:
    """Rate an item; returns the next one.

    The same rating again counts once, and another one takes its place as long as the job is open.
    Who had the item for too long may still rate it if nobody else has taken the place. Raises
    `ReasonMissing`, `ItemGone`, `NotFound`, `Busy`.
    """
    labeling = world.policies.current().labeling
    reason, better_answer = _written(said.reason, _LONGEST_REASON), said.better_answer.strip()
    if said.rating <= labeling.reason_up_to and not reason:
        raise ReasonMissing(
            f"A rating of {labeling.reason_up_to} or less needs a reason. Say what is wrong with "
            "the answer.",
            reason_up_to=str(labeling.reason_up_to),
        )
    seat, given = Seat(world, person), _given(said)
    rating = Rating(
        candidate_id=given.candidate_id,
        job=given.job,
        reviewer=person.user,
        rating=said.rating,
        reason=reason,
        better_answer=_written(better_answer, _LONGEST_ANSWER),
        seconds=said.seconds,
        at=seat.now,
    )

    def count(task: Task) -> Task | None:
        if person.user in task.rated_by:
            return None
        if not has_room(task, person.user, seat.now, seat.aside):
            raise gone(task, person.user)
        after = changed(
            task,
            rated_by=(*task.rated_by, person.user),
            holds=holds_of_others(task, person.user),
        )
        return settled(after, seat.now, labeling.most_skips, seat.aside)

    try:
        _require_open(world, given)
        task = _given_to(world, seat, given)
        if person.user in task.rated_by:
            _put_anew(world, rating)
        elif not has_room(task, person.user, seat.now, seat.aside):
            raise gone(task, person.user)
        else:
            world.ratings.put(rating)
            task = _counted(world, given, person.user, count)
    except ItemGone:
        _lost(seat, given)
        raise
    if task.status is not TaskStatus.OPEN:
        announce_if_drained(world, given.job)
    seat.did(given, "rated")
    return next_at(world, seat)


def _counted(
    world: ReviewWorld, given: Given, reviewer: str, count: Callable[[Task], Task | None]
) -> Task:
    """The task with a rating that is stored already; where it cannot count, it is gone again."""
    try:
        task = change_task(world, given, count)
    except LiveError:
        world.ratings.remove(given.candidate_id, given.job, reviewer)
        raise
    world.meter.record("RatingsGiven", 1, "Count")
    return task


def skip(world: ReviewWorld, person: Person, said: PutAside) -> Next:
    """Leave an item to others; returns the next one. Raises `ItemGone`, `NotFound`, `Busy`."""
    return _skip(world, Seat(world, person), person, said)


def _skip(world: ReviewWorld, seat: Seat, person: Person, said: PutAside) -> Next:
    labeling = world.policies.current().labeling
    given, reason = _given(said), _line(said.reason)
    # What somebody says who is set aside is no reason for a label or none.
    line = "" if seat.reviewer in seat.aside else f"skipped: {reason}"

    def leave(task: Task) -> Task | None:
        if person.user in task.skipped_by:
            return None
        _require_untouched(task, person)
        after = changed(
            task,
            skipped_by=(*task.skipped_by, person.user),
            holds=holds_of_others(task, person.user),
            note=_with_line(task.note, line),
        )
        return settled(after, seat.now, labeling.most_skips, seat.aside)

    try:
        _require_open(world, given)
        _given_to(world, seat, given)
        task = change_task(world, given, leave)
    except ItemGone:
        _lost(seat, given)
        raise
    if task.status is not TaskStatus.OPEN:
        announce_if_drained(world, given.job)
    seat.did(given, "skipped", reason)
    return next_at(world, seat)


def flag(world: ReviewWorld, person: Person, said: PutAside) -> Next:
    """Say that nobody can rate an item: a lead decides. Returns the next one.

    Of somebody who is set aside it counts as no more than leaving it to others. Raises `ItemGone`,
    `NotFound`, `Busy`.
    """
    seat, given = Seat(world, person), _given(said)
    if seat.reviewer in seat.aside:
        return _skip(world, seat, person, said)
    reason = _line(said.reason)

    def take_out(task: Task) -> Task | None:
        if task.status is TaskStatus.FLAGGED:
            return None
        _require_untouched(task, person)
        note = _with_line(task.note, f"flagged: {reason}")
        return changed(task, status=TaskStatus.FLAGGED, holds=(), note=note)

    try:
        _require_open(world, given)
        _given_to(world, seat, given)
        change_task(world, given, take_out)
    except ItemGone:
        _lost(seat, given)
        raise
    announce_if_drained(world, given.job)
    seat.did(given, "flagged", reason)
    return next_at(world, seat)


# --- taking back ---------------------------------------------------------------------------------
def undo(world: ReviewWorld, person: Person) -> Undone:
    """Take back what the reviewer did last, as long as its job is open; again for the one before.

    Raises `NothingToUndo`, saying why, and `Busy`. What cannot be taken back is not tried again.
    """
    seat = Seat(world, person)
    if not seat.record.done:
        raise NothingToUndo("There is nothing to take back.")
    deed = seat.record.done[-1]
    given = Given(job=deed.job, candidate_id=deed.candidate_id)
    until = seat.now + hold_time(world)
    mine = _stored_rating(world, given, person.user) if deed.how == "rated" else None

    def take_back(task: Task) -> Task | None:
        before = _as_before(task, deed, person.user)
        if not has_room(before, person.user, seat.now, seat.aside):
            raise NothingToUndo("Others have rated this item meanwhile: it stays as it is.")
        return held(before, person.user, seat.now, until)

    try:
        _require_open_to_undo(world, given)
        if not is_to_be_rated(world.candidates.get(given.candidate_id), given):
            close(world, given)
            raise NothingToUndo("This item is not to be rated any more: it stays as it is.")
        task = change_task(world, given, take_back)
    except (NothingToUndo, NotFound) as error:
        seat.forget(deed)
        seat.keep()
        raise NothingToUndo(error.message) from error
    if deed.how == "rated":
        world.ratings.remove(given.candidate_id, given.job, person.user)
    seat.undo(deed)
    seat.keep()
    return Undone(
        item=item_of(task, person.user),
        rating=mine.rating if mine else None,
        reason=mine.reason if mine else deed.reason,
        better_answer=mine.better_answer if mine else "",
        progress=seat.progress,
    )


def _as_before(task: Task, deed: Deed, reviewer: str) -> Task:
    """The task without the deed; as it is, if the deed was taken back before and only the
    reviewer's record does not say so. Raises `NothingToUndo`."""
    if task.status is TaskStatus.FLAGGED and deed.how != "flagged":
        raise NothingToUndo("This item was taken out of the queue: it stays as it is.")
    note = _without_line(task.note, f"{deed.how}: {deed.reason}")
    match deed.how:
        case "rated" if reviewer in task.rated_by:
            rated_by = tuple(name for name in task.rated_by if name != reviewer)
            return changed(task, status=TaskStatus.OPEN, rated_by=rated_by)
        case "skipped" if reviewer in task.skipped_by:
            skipped_by = tuple(name for name in task.skipped_by if name != reviewer)
            return changed(task, status=TaskStatus.OPEN, skipped_by=skipped_by, note=note)
        case "flagged" if task.status is TaskStatus.FLAGGED and note != task.note:
            return changed(task, status=TaskStatus.OPEN, note=note)
    if is_held_by(task, reviewer):
        return task
    raise NothingToUndo("This item has changed meanwhile: it stays as it is.")


# --- what may be done ----------------------------------------------------------------------------
def _require_open(world: ReviewWorld, given: Given) -> None:
    job = world.jobs.get(given.job)
    if job is None:
        raise NotFound("There is no such labelling job. Go on with the next item.")
    if job.status not in {JobStatus.STARTING, JobStatus.OPEN}:
        raise ItemGone("The labelling job of this item has ended. Go on with the next one.")


def _require_open_to_undo(world: ReviewWorld, given: Given) -> None:
    try:
        _require_open(world, given)
    except ItemGone as error:
        raise NothingToUndo(
            "The labelling job of this item has ended: it stays as it is."
        ) from error


def _given_to(world: ReviewWorld, seat: Seat, given: Given) -> Task:
    """The task, which the reviewer was given. Nobody chooses what to rate."""
    task = world.tasks.get(given.job, given.candidate_id)
    if task is None:
        raise NotFound("There is no such item. Go on with the next one.")
    known = (
        given in seat.record.holding
        or is_held_by(task, seat.reviewer)
        or seat.reviewer in {*task.rated_by, *task.skipped_by}
        or any((d.job, d.candidate_id) == (given.job, given.candidate_id) for d in seat.record.done)
    )
    if not known:
        raise NotFound("You were not given this item. Go on with the next one.")
    return task


def _require_untouched(task: Task, person: Person) -> None:
    if task.status is not TaskStatus.OPEN or person.user in {*task.rated_by, *task.skipped_by}:
        raise gone(task, person.user)


def _lost(seat: Seat, given: Given) -> None:
    """So that the next one is not this one again."""
    seat.take_away(given)
    seat.keep()


# --- ratings and notes ---------------------------------------------------------------------------
def _put_anew(world: ReviewWorld, rating: Rating) -> None:
    stored = _stored_rating(
        world,
        Given(job=rating.job, candidate_id=rating.candidate_id),
        rating.reviewer,
    )
    said = {"rating", "reason", "better_answer"}
    if stored is None or stored.model_dump(include=said) != rating.model_dump(include=said):
        world.ratings.put(rating)


def _stored_rating(world: ReviewWorld, given: Given, reviewer: str) -> Rating | None:
    found = world.ratings.of_candidate(given.candidate_id)
    return next((r for r in found if r.job == given.job and r.reviewer == reviewer), None)


def _written(text: str, longest: int) -> str:
    """What a reviewer wrote, as it is stored."""
    return redact(text.strip())[:longest]


def _line(text: str) -> str:
    return " ".join(_written(text, _LONGEST_REASON).split())


def _with_line(note: str, line: str) -> str:
    return "\n".join(part for part in (note, line) if part)


def _without_line(note: str, line: str) -> str:
    lines = note.split("\n")
    if line in lines:
        lines.remove(line)
    return "\n".join(lines)


def _given(which: Which) -> Given:
    return Given(job=which.job, candidate_id=which.candidate_id)
