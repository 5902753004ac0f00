"""The blind comparison from a reviewer's side: which two answers come next, and what they choose.

Nothing that is shown tells which answer is whose. A pair is locked for who has it, comes back when
they leave, and is compared once. Everybody has an order of their own, so that those who compare at
the same time seldom want the same pair. What a reviewer says who is set aside in the review does
not count, without their being told.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.live.models import Person
from tandem.tuning import checks
from tandem.tuning.api import Choose, CompareProgress, NextPair, PairHeld, PairView, WhichPair
from tandem.tuning.erasing import withheld
from tandem.tuning.errors import PairGone
from tandem.tuning.events import ComparisonCompleted
from tandem.tuning.models import Comparison, ModelVersion, Pair, VersionStatus
from tandem.tuning.moves import changed
from tandem.tuning.ports import TuningWorld
from tandem.tuning.verdict import Judging, counted, is_chosen, pairs_of

_ATTEMPTS = 10
_MOST_TRIED = 50
_NOTHING = CompareProgress(done=0, pairs=0, mine=0)


def next_pair(world: TuningWorld, judging: Judging, person: Person) -> NextPair:
    """The pair before the reviewer, or a new one, of the oldest comparison that has one."""
    return _next_of(world, judging, judging.panel.set_aside(), person)


def choose(world: TuningWorld, judging: Judging, person: Person, said: Choose) -> NextPair:
    """Say which answer is better; returns the next pair. The same choice again counts once.

    Who had the pair for too long may still choose if nobody else has taken it. Raises `PairGone`,
    `NotFound`, `Busy`.
    """
    version, aside = _compared(world, said.version), judging.panel.set_aside()
    now = world.clock.now()

    def decide(pair: Pair) -> Pair | None:
        if pair.chosen_by == person.user and pair.choice == said.choice:
            return None
        _require_theirs(pair, person.user, aside)
        return changed(
            pair,
            choice=said.choice,
            chosen_by=person.user,
            chosen_at=now,
            held_by=None,
            held_until=None,
        )

    _change(world, version, said.pair_id, decide)
    announce_if_over(world, version, aside)
    return _next_of(world, judging, aside, person)


def heartbeat(world: TuningWorld, judging: Judging, person: Person, which: WhichPair) -> PairHeld:
    """A sign of life. Raises `PairGone`, `NotFound`, `Busy`."""
    version, aside = _compared(world, which.version), judging.panel.set_aside()
    until = world.clock.now() + _hold_time(world)

    def prolong(pair: Pair) -> Pair:
        _require_theirs(pair, person.user, aside)
        return changed(pair, held_until=until)

    _change(world, version, which.pair_id, prolong)
    return PairHeld(held_until=until)


def announce_if_over(
    world: TuningWorld, version: ModelVersion, aside: frozenset[str]
) -> Comparison | None:
    """Say that a comparison is over, as the same event however often; returns it if it is."""
    if version.status is not VersionStatus.COMPARING or version.comparison is None:
        return None
    said = counted(version.comparison, pairs_of(world, version), aside)
    if not checks.is_over(said, world.policies.current().gate):
        return None
    event = ComparisonCompleted(
        id=f"compared-{version.version}-{version.round}",
        time=world.clock.now(),
        model_version=version.version,
    )
    world.bus.publish([event])
    return said


# --- which comes next ----------------------------------------------------------------------------
def _next_of(
    world: TuningWorld, judging: Judging, aside: frozenset[str], person: Person
) -> NextPair:
    progress = _NOTHING
    for version in _comparing(world, judging):
        assert version.comparison is not None
        pairs = pairs_of(world, version)
        said = counted(version.comparison, pairs, aside)
        over = checks.is_over(said, world.policies.current().gate)
        progress = CompareProgress(
            done=said.done,
            pairs=said.done if over else checks.expected(said),
            mine=sum(p.choice is not None and p.chosen_by == person.user for p in pairs),
        )
        if over:
            continue
        left = [pair for pair in pairs if not _is_done_for(pair, person.user, aside)]
        if (pair := _first(world, _in_order_of(person.user, left), person.user)) is not None:
            return NextPair(pair=_view(pair), progress=progress)
    return NextPair(pair=None, progress=progress)


def _comparing(world: TuningWorld, judging: Judging) -> list[ModelVersion]:
    """Oldest first; without those of which something was withdrawn: they will be refused."""
    found = [
        version
        for version in reversed(world.versions.all())
        if version.status is VersionStatus.COMPARING and version.comparison is not None
    ]
    if not found:
        return []
    hidden = withheld(world, judging.withdrawn)
    return [version for version in found if version.dataset_version not in hidden]


def _is_done_for(pair: Pair, reviewer: str, aside: frozenset[str]) -> bool:
    """Nobody compares the same pair twice, whether or not it counted."""
    return is_chosen(pair, aside) or (pair.choice is not None and pair.chosen_by == reviewer)


def _in_order_of(reviewer: str, pairs: Sequence[Pair]) -> list[Pair]:
    """What one has before one comes first."""

    def place(pair: Pair) -> tuple[bool, int, str]:
        own = crc32(f"{reviewer}\0{pair.pair_id}".encode())
        return pair.held_by != reviewer, own, pair.pair_id

    return sorted(pairs, key=place)


def _first(world: TuningWorld, pairs: Iterable[Pair], reviewer: str) -> Pair | None:
    """The first one that is to be had, now the reviewer's."""
    now = world.clock.now()
    until, tried = now + _hold_time(world), 0
    for pair in pairs:
        if _is_with_somebody_else(pair, reviewer, now):
            continue
        held = changed(pair, held_by=reviewer, held_until=until)
        try:
            world.pairs.replace(pair, held)
        except Conflict:
            # Somebody wants the same: they have it.
            tried += 1
            if tried == _MOST_TRIED:
                break
            continue
        return held
    return None


def _view(pair: Pair) -> PairView:
    assert pair.held_until is not None
    return PairView(
        version=pair.version,
        pair_id=pair.pair_id,
        question=pair.question,
        context=pair.context,
        first=pair.first,
        second=pair.second,
        held_until=pair.held_until,
    )


# --- whose a pair is -----------------------------------------------------------------------------
def _compared(world: TuningWorld, number: int) -> ModelVersion:
    """Raises `PairGone` where it is not compared any more, and `NotFound`."""
    version = world.versions.get(number)
    if version is None:
        raise NotFound("There is no such comparison.")
    if version.status is not VersionStatus.COMPARING:
        raise PairGone("This comparison is over: your choice is not needed any more.")
    return version


def _require_theirs(pair: Pair, reviewer: str, aside: frozenset[str]) -> None:
    if pair.choice is not None and pair.chosen_by == reviewer:
        raise PairGone("You have chosen between these two already. Go on with the next ones.")
    if is_chosen(pair, aside):
        raise PairGone(
            "You had these two for so long that somebody else has compared them. Go on with the"
            " next ones."
        )
    if pair.held_by is None:
        raise NotFound("You were not given these two. Go on with the next ones.")
    if pair.held_by != reviewer:
        raise PairGone(
            "You had these two for so long that they went to somebody else. Go on with the next"
            " ones."
        )


def _is_with_somebody_else(pair: Pair, reviewer: str, now: datetime) -> bool:
    return (
        pair.held_by not in {None, reviewer}
        and pair.held_until is not None
        and pair.held_until > now
    )


def _change(
    world: TuningWorld,
    version: ModelVersion,
    pair_id: str,
    decide: Callable[[Pair], Pair | None],
) -> None:
    """Change a pair, deciding again when somebody else was faster. Raises `NotFound`, `Busy`."""
    for _ in range(_ATTEMPTS):
        pair = world.pairs.get(version.version, pair_id)
        if pair is None or pair.round != version.round:
            raise NotFound("There are no such two answers. Go on with the next ones.")
        after = decide(pair)
        if after is None:
            return
        try:
            world.pairs.replace(pair, after)
        except Conflict:
            continue
        return
    raise Busy("Too many change this at once. Nothing is lost; try again.")


def _hold_time(world: TuningWorld) -> timedelta:
    return timedelta(seconds=world.policies.current().gate.comparing.hold_seconds)
