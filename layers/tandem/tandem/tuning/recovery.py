"""Finds what lost events and dead workers left behind in the tuning module."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from tandem.tuning import approval, promotion, watching
from tandem.tuning.approval import Deciding
from tandem.tuning.audit import BY_POLICY
from tandem.tuning.checks import not_withdrawn
from tandem.tuning.erasing import Erasing, erase_withdrawn
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.ports import Alarms, TuningWorld
from tandem.tuning.rolling_back import alarmed, roll_back
from tandem.tuning.run_upkeep import look_after_runs
from tandem.tuning.serving import (
    ACTIVE,
    ASKED_AFTER,
    SLOTS,
    SlotName,
    can_be_asked,
    clear,
    has_place,
    named_by,
    remove,
)
from tandem.tuning.training_runs import TrainingMeans
from tandem.tuning.verdict import Judging, compare_anew
from tandem.tuning.version_upkeep import look_after_versions


@dataclass(frozen=True, slots=True)
class Parts:
    """What looking after everything needs of the world."""

    means: TrainingMeans
    judging: Judging
    deciding: Deciding
    erasing: Erasing
    alarms: Alarms


@dataclass(slots=True)
class Found:
    """What was looked after: names of runs, numbers of versions."""

    runs: list[str] = field(default_factory=list)
    judged: list[int] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)
    """Their decision's event was lost."""
    moved: list[int] = field(default_factory=list)
    """In a trial, live, back or failed."""
    overtaken: list[int] = field(default_factory=list)
    """Approved, and to be compared with what went live meanwhile."""
    removed: list[int] = field(default_factory=list)
    """Out of service."""
    emptied: list[str] = field(default_factory=list)
    """Endpoints that a worker left behind."""
    erased: list[str] = field(default_factory=list)
    """Versions and runs whose texts are gone, because of what was withdrawn."""


def reconcile(world: TuningWorld, parts: Parts) -> Found:
    """Look after training runs, after versions that are judged, decided on, deployed or in a trial,
    and after endpoints that nobody needs any more; and erase what was withdrawn.

    What fails keeps nothing else from being looked after: its error is raised at the end.
    """
    found = Found()
    errors: list[Exception] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            errors.append(error)

    attempt(lambda: found.runs.extend(_runs(world, parts)))
    attempt(lambda: found.judged.extend(_judged(world, parts)))
    for version in world.versions.all():
        attempt(partial(_decided, world, parts, version, found))
    attempt(partial(_not_served, world, parts, found))
    attempt(partial(_alarmed, world, parts, found))
    attempt(partial(_gone_on, world, parts, found))
    for version in world.versions.all():
        attempt(partial(_overtaken, world, parts, version, found))
    attempt(partial(_trial, world, parts, found))
    for version in world.versions.all():
        attempt(partial(_no_longer_needed, world, parts, version, found))
    for slot in SLOTS:
        attempt(partial(_held_by_nobody, world, parts, slot, found))
    attempt(lambda: found.erased.extend(erase_withdrawn(world, parts.erasing)))
    if errors:
        raise ExceptionGroup("some of the tuning could not be looked after", errors)
    return found


def _runs(world: TuningWorld, parts: Parts) -> list[str]:
    found = look_after_runs(world, parts.means, parts.deciding.registry)
    return [*found.resumed, *found.finished, *found.stopped, *found.given_up, *found.started]


def _judged(world: TuningWorld, parts: Parts) -> list[int]:
    found = look_after_versions(world, parts.judging)
    return [*found.announced, *found.completed, *found.overtaken, *found.approved]


def _decided(world: TuningWorld, parts: Parts, version: ModelVersion, found: Found) -> None:
    if approval.missed(world, parts.deciding, version) is not None:
        found.decided.append(version.version)


def _gone_on(world: TuningWorld, parts: Parts, found: Found) -> None:
    deciding = parts.deciding
    moved = promotion.go_on(world, deciding.hosting, deciding.pointer, deciding.withdrawn)
    found.moved.extend(moved)


def _not_served(world: TuningWorld, parts: Parts, found: Found) -> None:
    """Somebody has removed what the pointer names: what was before answers."""
    hosting, pointer = parts.deciding.hosting, parts.deciding.pointer
    for reference in named_by(pointer.read()):
        version = world.versions.get(reference.version or 0)
        if version is None or version.status not in ACTIVE:
            continue
        if can_be_asked(world, hosting, reference):
            continue
        roll_back(
            world,
            hosting,
            pointer,
            version.version,
            because="alarm",
            by=BY_POLICY,
            reason="what served it is gone",
        )
        found.moved.append(version.version)


def _alarmed(world: TuningWorld, parts: Parts, found: Found) -> None:
    """An alarm of whose event nobody heard, or that went off before somebody was asked there."""
    hosting, pointer = parts.deciding.hosting, parts.deciding.pointer
    if not any(reference.endpoint for reference in named_by(pointer.read())):
        return
    now = world.clock.now()
    for gone_off in parts.alarms.gone_off():
        # What is in alarm for so long is about who is asked there now.
        at = max(gone_off.since, now - ASKED_AFTER)
        version = alarmed(world, hosting, pointer, gone_off.slot, alarm=gone_off.alarm, at=at)
        if version is not None and version.status not in ACTIVE:
            found.moved.append(version.version)


def _overtaken(world: TuningWorld, parts: Parts, version: ModelVersion, found: Found) -> None:
    """Who was approved and waited while another one went live has to prove itself again."""
    models = parts.deciding.pointer.read()
    waits = version.status is VersionStatus.DEPLOYING and version.rollback is None
    if not waits or not promotion.is_overtaken(version, models):
        return
    if version.version in {reference.version for reference in named_by(models)}:
        return
    if has_place(version) and not clear(world, parts.deciding.hosting, version):
        return
    compare_anew(world, parts.deciding.registry, version)
    found.overtaken.append(version.version)


def _trial(world: TuningWorld, parts: Parts, found: Found) -> None:
    deciding = parts.deciding
    trial = deciding.pointer.read().trial
    if trial is None:
        return
    version = world.versions.get(trial.model.version or 0)
    gone = deciding.withdrawn.of(version.dataset_version) if version is not None else []
    if version is not None and gone and version.status is VersionStatus.TRIAL:
        hosting, pointer = deciding.hosting, deciding.pointer
        promotion.call_off(world, hosting, pointer, version, not_withdrawn(gone).said)
        found.moved.append(version.version)
        return
    after = watching.look(world, deciding.hosting, deciding.pointer, deciding.withdrawn, trial)
    if after is not None and after.status is not VersionStatus.TRIAL:
        found.moved.append(after.version)


def _no_longer_needed(
    world: TuningWorld, parts: Parts, version: ModelVersion, found: Found
) -> None:
    """The model before the live one is kept for a while, so that a rollback takes no time."""
    if version.status in ACTIVE or not has_place(version):
        return
    if not version.being_removed and world.clock.now() < _kept_until(world, version):
        return
    hosting, pointer = parts.deciding.hosting, parts.deciding.pointer
    if remove(world, hosting, pointer, version):
        found.removed.append(version.version)


def _kept_until(world: TuningWorld, version: ModelVersion) -> datetime:
    """As long as it may be gone back to, or to a reward model that picks among its drafts."""
    previous = timedelta(hours=world.policies.current().hosting.keep_previous_hours)
    return max(
        (each.ended_at or each.registered_at)
        + (max(ASKED_AFTER, previous) if each.status is VersionStatus.RETIRED else ASKED_AFTER)
        for each in world.versions.all()
        if each.version == version.version or _picks_there(each, version)
    )


def _picks_there(each: ModelVersion, version: ModelVersion) -> bool:
    if each.kind != "reward_model" or each.reference is None or version.reference is None:
        return False
    theirs, its = each.reference, version.reference
    return (theirs.endpoint, theirs.model_id) == (its.endpoint, its.model_id)


def _held_by_nobody(world: TuningWorld, parts: Parts, slot: SlotName, found: Found) -> None:
    """Whoever had the endpoint, nobody knows of it any more, and it costs."""
    if any(version.slot == slot for version in world.versions.all()):
        return
    if parts.deciding.hosting.empty(slot):
        found.emptied.append(slot)
