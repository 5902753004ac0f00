"""Where model versions are served: brought up, asked, and taken out of service.

There are two endpoints, `blue` and `green`; a version takes the one at which nobody is asked. What
is asked (the pointer names it, or will) is never touched. Of one who takes a version out of service
and one who points to it again, one sees the other: each writes what it is about to do before it
looks.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

from tandem.live.errors import Busy, Conflict
from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version
from tandem.tuning.ports import Hosting, Pointer, TuningWorld

type SlotName = Literal["blue", "green"]

SLOTS: tuple[SlotName, ...] = ("blue", "green")
ACTIVE = frozenset({VersionStatus.DEPLOYING, VersionStatus.TRIAL, VersionStatus.LIVE})
"""The pointer names it, or is about to."""
KNOWN_EVERYWHERE = timedelta(seconds=60)
"""Functions read the pointer every 30 seconds: after so long all know what it says."""
ASKED_AFTER = timedelta(minutes=10)
"""After the pointer has moved, a model may still be asked for so long: an answer takes its time."""
_ATTEMPTS = 10
LONGEST_REASON = 1000
WITHOUT_PLACE: dict[str, object] = {
    "slot": None,
    "import_job": None,
    "deployment_begun_at": None,
    "not_taken_since": None,
    "being_removed": False,
}


# --- the pointer ---------------------------------------------------------------------------------
def move_pointer(
    pointer: Pointer, change: Callable[[Models], Models | None]
) -> tuple[Models, bool]:
    """Move the pointer, looking at it again when somebody else was faster. `change` returns None
    where it is to stay.

    Returns what it says then, and whether this call moved it. Raises `Busy`.
    """
    for _ in range(_ATTEMPTS):
        before = pointer.read()
        after = change(before)
        if after is None:
            return before, False
        try:
            pointer.write(before, after)
        except Conflict:
            continue
        return after, True
    raise Busy("Too many move the model pointer at once. Try again.")


def named_by(models: Models) -> list[ModelReference]:
    return [models.answer] if models.trial is None else [models.answer, models.trial.model]


# --- what is asked -------------------------------------------------------------------------------
def has_place(version: ModelVersion) -> bool:
    """Something serves it, or is about to; a reward model needs nothing of its own."""
    return version.slot is not None or version.import_job is not None


def place_of(reference: ModelReference) -> str:
    """Where a reference is asked."""
    return reference.endpoint or reference.model_id


def is_asked(version: ModelVersion, models: Models, versions: Sequence[ModelVersion]) -> bool:
    """Whether the pointer names the place that serves this version, or another version that is
    asked there (a reward model's) is about to be named."""
    if version.status in ACTIVE:
        return True
    if version.reference is None:
        return False
    others = (
        each.reference
        for each in versions
        if each.status in ACTIVE and (has_place(each) or each.kind == "reward_model")
    )
    places = {place_of(each) for each in (*named_by(models), *others) if each is not None}
    return place_of(version.reference) in places


def can_be_asked(world: TuningWorld, hosting: Hosting, reference: ModelReference) -> bool:
    """Whether what a reference names is served: a model of Bedrock's always is, one that was
    trained here as long as it is in service."""
    asked = (reference.endpoint, reference.model_id)
    ours = [
        version
        for version in world.versions.all()
        if version.kind == "weights"
        and version.reference is not None
        and (version.reference.endpoint, version.reference.model_id) == asked
    ]
    holders = [version for version in ours if has_place(version) and not version.being_removed]
    if any(hosting.state(holder).status == "in_service" for holder in holders):
        return True
    return not ours and reference.endpoint is None


def others_than(world: TuningWorld, version: ModelVersion) -> list[ModelVersion]:
    return [each for each in world.versions.all() if each.version != version.version]


def same_place(found: ModelVersion, version: ModelVersion) -> bool:
    return (found.slot, found.import_job) == (version.slot, version.import_job)


# --- going out of service ------------------------------------------------------------------------
def let_go(world: TuningWorld, version: ModelVersion) -> ModelVersion:
    """The version has no place any more; what serves it is taken by another, or removed."""
    return change_version(
        world, version, lambda found: WITHOUT_PLACE if same_place(found, version) else None
    )


def remove(world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion) -> bool:
    """No longer serve a version, unless it is asked. Returns whether it is gone."""
    claimed = claim(world, pointer, version)
    if claimed is None:
        return False
    if not clear(world, hosting, claimed):
        return False
    note(world, BY_POLICY, "out of service", of_version(version.version))
    return True


def clear(world: TuningWorld, hosting: Hosting, version: ModelVersion) -> bool:
    """Remove what serves a version that nobody is asked at. False while the service is busy with
    it."""
    hand_back(world, hosting, version)
    if not hosting.remove(version):
        return False
    let_go(world, version)
    return True


def hand_back(world: TuningWorld, hosting: Hosting, version: ModelVersion) -> bool:
    """Where an update was never begun, or taken back, the endpoint still serves who had it before:
    it is theirs again, until they are out of service."""
    if version.slot is None or hosting.state(version).status != "gone":
        return False
    theirs: dict[str, object] = {
        "slot": version.slot,
        "deployment_begun_at": version.deployment_begun_at,
    }
    for other in others_than(world, version):
        if other.kind != "weights" or other.status in ACTIVE or has_place(other):
            continue
        served = hosting.state(other.model_copy(update=theirs))
        if served.status == "in_service":
            # Since then, it may have been asked at the other endpoint.
            known = noted(other, served.reference) if served.reference else other.reference
            _hold(world, other, theirs | {"reference": known})
            return True
    return False


def noted(version: ModelVersion, reference: ModelReference) -> ModelReference:
    """What the pointer will say of it: a model comes with the reward model of its training."""
    return reference.model_copy(
        update={"version": version.version, "reward_model": version.reward_model_uri}
    )


def _hold(world: TuningWorld, version: ModelVersion, place: dict[str, object]) -> None:
    change_version(
        world,
        version,
        lambda found: place if found.status is version.status and not has_place(found) else None,
    )


def claim(world: TuningWorld, pointer: Pointer, version: ModelVersion) -> ModelVersion | None:
    """Say that a version goes out of service; None where it is asked, or has no place."""
    if is_asked(version, pointer.read(), world.versions.all()):
        return None

    def say_so(found: ModelVersion) -> dict[str, object] | None:
        if found.status in ACTIVE or not has_place(found) or found.being_removed:
            return None
        return {"being_removed": True}

    claimed = change_version(world, version, say_so)
    if not claimed.being_removed:
        return None
    # Whoever points to it has said so before they looked at it.
    if is_asked(claimed, pointer.read(), world.versions.all()):
        change_version(world, claimed, lambda _: {"being_removed": False})
        return None
    return claimed


def say(world: TuningWorld, version: ModelVersion, reason: str) -> ModelVersion:
    """For the leads, who see the version: what keeps it."""
    reason = reason[:LONGEST_REASON]

    def change(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not version.status or found.reason == reason:
            return None
        return {"reason": reason}

    return change_version(world, version, change)
