"""The review queue, from a reviewer's side: what comes next, and how long it is theirs.

An item is locked for who has it and comes back when they leave. Nobody gets the same item twice,
and what is shown names no model and no other rating. Reviewers who ask at the same time are spread
over the next few items of the same priority, each in an order of their own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from zlib import crc32

from tandem.live.errors import Busy, NotFound
from tandem.live.models import Person
from tandem.review.api import Held, Item, Next, Progress, Released, ReviewSettings, Which
from tandem.review.consolidation import set_aside
from tandem.review.errors import ItemGone
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    ContextTurn,
    Given,
    Task,
    TaskStatus,
)
from tandem.review.ports import ReviewWorld
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

_MOST_COUNTED = 1000
_AMONG = 50
"""So many items of the same priority are as good as the next one."""
_MOST_TRIED = 100
_AHEAD_IS_GOOD_FOR = timedelta(minutes=5)
_LEFT_IS_GOOD_FOR = timedelta(minutes=1)


def settings(world: ReviewWorld, person: Person) -> ReviewSettings:
    policy = world.policies.current()
    labeling = policy.labeling
    return ReviewSettings(
        user=person.user,
        name=person.name,
        lead=person.is_lead,
        instructions=labeling.instructions,
        examples=labeling.examples,
        labels=labeling.labels,
        reason_up_to=labeling.reason_up_to,
        hold_seconds=labeling.hold_seconds,
        product_areas=policy.knowledge.product_areas,
    )


def next_item(world: ReviewWorld, person: Person) -> Next:
    """The item before the reviewer, or a new one. Raises `Busy`."""
    return next_at(world, Seat(world, person))


def next_at(world: ReviewWorld, seat: Seat) -> Next:
    """The same, for somebody whose seat has changed already: it is kept with the rest."""
    item = _mine(world, seat) or _ahead(world, seat) or _new(world, seat)
    seat.keep()
    return Next(item=item, progress=seat.progress)


def heartbeat(world: ReviewWorld, person: Person, which: Which) -> Held:
    """A sign of life. Raises `ItemGone` where somebody else has taken the reviewer's place,
    `NotFound`, `Busy`."""
    now = world.clock.now()
    until = now + hold_time(world)
    aside = set_aside(world.reviewers.all())

    def prolong(task: Task) -> Task:
        if not is_held_by(task, person.user) or not has_room(task, person.user, now, aside):
            raise gone(task, person.user)
        return held(task, person.user, now, until)

    change_task(world, _given(which), prolong)
    return Held(held_until=until)


def release(world: ReviewWorld, person: Person, which: Which) -> Released:
    """Give an item back unrated. Raises `Busy`."""
    seat = Seat(world, person)
    given = _given(which)
    most_skips = world.policies.current().labeling.most_skips

    def give_back(task: Task) -> Task | None:
        if task.status is not TaskStatus.OPEN or not is_held_by(task, person.user):
            return None
        left = changed(task, holds=holds_of_others(task, person.user))
        return settled(left, seat.now, most_skips, seat.aside)

    try:
        task = change_task(world, given, give_back)
    except NotFound:
        return Released()
    if task.status is not TaskStatus.OPEN:
        announce_if_drained(world, task.job)
    seat.take_away(given)
    seat.keep()
    return Released()


def progress(world: ReviewWorld, person: Person) -> Progress:
    """How far the reviewer is; what is left is counted once a minute. Raises `Busy`."""
    seat = Seat(world, person)
    if not seat.has_looked_since(_LEFT_IS_GOOD_FOR):
        _look(world, seat)
        seat.keep()
    return seat.progress


def item_of(task: Task, reviewer: str) -> Item:
    """What the reviewer, who has it, sees of a task."""
    shown = task.task_input
    context = shown.get("context")
    turns = context if isinstance(context, list | tuple) else ()
    until = next(hold.until for hold in task.holds if hold.reviewer == reviewer)
    return Item(
        job=task.job,
        candidate_id=task.candidate_id,
        question=str(shown.get("question", "")),
        answer=str(shown.get("answer", "")),
        context=tuple(ContextTurn.model_validate(turn) for turn in turns),
        held_until=until,
    )


def gone(task: Task, reviewer: str) -> ItemGone:
    """Why the item is not this reviewer's to rate."""
    if reviewer in task.rated_by:
        return ItemGone("You have rated this item. Take that back first, if it was wrong.")
    if reviewer in task.skipped_by:
        return ItemGone("You have skipped this item. Take that back first, if it was wrong.")
    if task.status is TaskStatus.FLAGGED:
        return ItemGone("This item was taken out of the queue. Go on with the next one.")
    if task.status is TaskStatus.UNLABELED:
        return ItemGone("This item is not to be rated any more. Go on with the next one.")
    return ItemGone(
        "You had this item for so long that it went to others; your rating is not needed any more. "
        "Go on with the next one."
    )


# --- where the next one comes from ---------------------------------------------------------------
def _mine(world: ReviewWorld, seat: Seat) -> Item | None:
    """What they have before them already, the latest first: the page was loaded again."""
    return _first(world, seat, reversed(seat.record.holding))


def _ahead(world: ReviewWorld, seat: Seat) -> Item | None:
    if not seat.has_looked_since(_AHEAD_IS_GOOD_FOR):
        return None
    return _first(world, seat, seat.record.ahead)


def _new(world: ReviewWorld, seat: Seat) -> Item | None:
    return _first(world, seat, _look(world, seat)[:_MOST_TRIED])


def _look(world: ReviewWorld, seat: Seat) -> list[Given]:
    """Read the queue; returns what the reviewer might be given, in their order."""
    tasks = world.tasks.open(_MOST_COUNTED, besides=seat.reviewer)
    with_room = [task for task in tasks if has_room(task, seat.reviewer, seat.now, seat.aside)]
    order = [
        Given(job=task.job, candidate_id=task.candidate_id)
        for task in _in_order_of(seat.reviewer, with_room)
    ]
    seat.look(len(tasks), order)
    return order


def _in_order_of(reviewer: str, tasks: Sequence[Task]) -> list[Task]:
    """By priority and age, but in an order of one's own among the next `_AMONG`; what one has
    already comes first."""
    before: Counter[int] = Counter()
    keyed = []
    for task in tasks:
        block = before[task.priority] // _AMONG
        before[task.priority] += 1
        own = crc32(f"{reviewer}\0{task.job}\0{task.candidate_id}".encode())
        keyed.append(((not is_held_by(task, reviewer), task.priority, block, own), task))
    return [task for _, task in sorted(keyed, key=lambda pair: pair[0])]


def _first(world: ReviewWorld, seat: Seat, places: Iterable[Given]) -> Item | None:
    for given in places:
        item = _taken(world, seat, given)
        if item is not None:
            return item
        seat.take_away(given)
    return None


def _taken(world: ReviewWorld, seat: Seat, given: Given) -> Item | None:
    """The item, now the reviewer's; None if it is not to be had."""
    most_skips = world.policies.current().labeling.most_skips
    until = seat.now + hold_time(world)
    mine = closed = False

    def take(task: Task) -> Task | None:
        nonlocal mine, closed
        over = settled(task, seat.now, most_skips, seat.aside)
        closed = over.status is not task.status and not is_held_by(task, seat.reviewer)
        mine = not closed and has_room(task, seat.reviewer, seat.now, seat.aside)
        if closed:
            return over
        return held(task, seat.reviewer, seat.now, until) if mine else None

    if not is_to_be_rated(world.candidates.get(given.candidate_id), given):
        close(world, given)
        return None
    try:
        task = change_task(world, given, take)
    except (NotFound, Busy):
        return None
    if closed:
        announce_if_drained(world, given.job)
    if not mine:
        return None
    seat.give(given)
    return item_of(task, seat.reviewer)


def is_to_be_rated(candidate: Candidate | None, given: Given) -> bool:
    """False for what was withdrawn, and for what its job has done with."""
    return (
        candidate is not None
        and candidate.status is CandidateStatus.LABELING
        and candidate.job == given.job
    )


def close(world: ReviewWorld, given: Given) -> None:
    """A task whose candidate is not to be rated any more: nobody sees it again, and its texts,
    which a customer may have withdrawn, are gone."""
    was_open = False

    def end(task: Task) -> Task | None:
        nonlocal was_open
        was_open = task.status is TaskStatus.OPEN
        if not was_open:
            return None
        note = task.note or "it was withdrawn, or its labelling job has ended"
        return changed(task, status=TaskStatus.UNLABELED, holds=(), note=note, task_input={})

    try:
        change_task(world, given, end)
    except (NotFound, Busy):
        return
    if was_open:
        announce_if_drained(world, given.job)


def _given(which: Which) -> Given:
    return Given(job=which.job, candidate_id=which.candidate_id)


def hold_time(world: ReviewWorld) -> timedelta:
    return timedelta(seconds=world.policies.current().labeling.hold_seconds)
