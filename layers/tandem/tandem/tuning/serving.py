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
from tandem.tuning.policy import HostingPolicy
from tandem.tuning.ports import Hosting, Pointer, Refused, Served, TuningWorld

type SlotName = Literal["blue", "green"]

SLOTS: tuple[SlotName, ...] = ("blue", "green")
ACTIVE = frozenset({VersionStatus.DEPLOYING, VersionStatus.TRIAL, VersionStatus.LIVE})
"""The pointer names it, or is about to."""
SEEN_WITHIN = timedelta(minutes=5)
"""What a service has taken may not show in it for so long."""
KNOWN_EVERYWHERE = timedelta(seconds=60)
"""Functions read the pointer every 30 seconds: after so long all know what it says."""
ASKED_AFTER = timedelta(minutes=10)
"""After the pointer has moved, a model may still be asked for so long: an answer takes its time."""
_ATTEMPTS = 10
_LONGEST_REASON = 1000
_WITHOUT_PLACE: dict[str, object] = {
    "slot": None,
    "import_job": None,
    "deployment_begun_at": None,
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


# --- bringing back -------------------------------------------------------------------------------
def bring_back(
    world: TuningWorld, hosting: Hosting, version: ModelVersion, **changes: object
) -> ModelVersion:
    """A version that is not active is to be served again: with the endpoint that it still has, or
    anew. Nothing happens if it has changed meanwhile."""
    stays = has_place(version) and not version.being_removed
    stays = stays and hosting.state(version).status == "in_service"

    def back(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not version.status or found.status in ACTIVE:
            return None
        place = {} if stays and not found.being_removed else _WITHOUT_PLACE
        return {"status": VersionStatus.DEPLOYING, "rollback": None, **place, **changes}

    return change_version(world, version, back)


def make_room(world: TuningWorld, version: ModelVersion) -> None:
    """Who is on the way into service steps back for a version that has to go first: a candidate
    until it is approved for what is live then, one that was live before for good."""
    for other in _others(world, version):
        if other.status is VersionStatus.DEPLOYING and other.slot is not None:
            change_version(world, other, _stepped_back)


def _stepped_back(found: ModelVersion) -> dict[str, object] | None:
    if found.status is not VersionStatus.DEPLOYING or found.rollback is not None:
        return None
    was_live = found.live_since is not None
    return {"status": VersionStatus.RETIRED if was_live else VersionStatus.PASSED}


# --- bringing up ---------------------------------------------------------------------------------
def bring_up(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> tuple[ModelVersion, Served]:
    """Serve a version that is `DEPLOYING`, or go on with it. Called again and again.

    Returns the version, and how far it is: `deploying` also where it has to wait, with why. Once it
    is `in_service`, its reference is noted.
    """
    try:
        return _bring_up(world, hosting, pointer, version)
    except Refused as error:
        return version, Served("failed", reason=str(error))


def _bring_up(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> tuple[ModelVersion, Served]:
    version = world.versions.get(version.version) or version
    if version.status is VersionStatus.DEPLOYING and not has_place(version):
        version = _take_place(world, pointer, version)
    if version.deployment_begun_at is None:
        version, waits = _begin(world, hosting, version)
        if waits:
            return version, Served("deploying", reason=waits)
    served = hosting.state(version)
    if served.status == "in_service" and served.reference is not None:
        version = _with_reference(world, version, served.reference)
    if served.status == "gone":
        began = version.deployment_begun_at or world.clock.now()
        if world.clock.now() - began < SEEN_WITHIN:
            served = Served("deploying")
        else:
            served = Served("failed", reason=served.reason or "the service took the update back")
    return version, served


def _begin(world: TuningWorld, hosting: Hosting, version: ModelVersion) -> tuple[ModelVersion, str]:
    """Have the service begin; why not yet, where it does not."""
    if version.status is not VersionStatus.DEPLOYING:
        return version, "it is not to be deployed any more"
    if not has_place(version):
        return version, "it waits for an endpoint: both are in use"
    if not _is_alone(world, version):
        # Two took the same endpoint at once: who has not begun lets go of it.
        return let_go(world, version), "it waits for its endpoint: another version was faster"
    if not hosting.deploy(version, world.policies.current().hosting):
        return version, "it waits for its endpoint, which is busy with another update"
    return _begun(world, version), ""


def _begun(world: TuningWorld, version: ModelVersion) -> ModelVersion:
    begun = {"deployment_begun_at": world.clock.now()}
    return change_version(
        world, version, lambda found: begun if _same_place(found, version) else None
    )


def _with_reference(
    world: TuningWorld, version: ModelVersion, reference: ModelReference
) -> ModelVersion:
    """With what the pointer will say of it: a model comes with the reward model of its training."""
    known = reference.model_copy(
        update={"version": version.version, "reward_model": version.reward_model_uri}
    )
    return change_version(
        world, version, lambda found: None if found.reference == known else {"reference": known}
    )


def _same_place(found: ModelVersion, version: ModelVersion) -> bool:
    return (found.slot, found.import_job) == (version.slot, version.import_job)


def _take_place(world: TuningWorld, pointer: Pointer, version: ModelVersion) -> ModelVersion:
    """The version with a place of its own, where there is one."""
    place = _place_for(world, pointer, version, world.policies.current().hosting)
    if place is None:
        return version

    def take(found: ModelVersion) -> dict[str, object] | None:
        if has_place(found) or found.status is not VersionStatus.DEPLOYING:
            return None
        # Where it was asked the last time, it is not asked any more.
        return {**place, "reference": None}

    return change_version(world, version, take)


def _place_for(
    world: TuningWorld, pointer: Pointer, version: ModelVersion, policy: HostingPolicy
) -> dict[str, object] | None:
    if policy.on == "bedrock":
        # The name of a job is taken for ever: what is imported again needs another one.
        return {"import_job": f"v{version.version}-r{version.revision}"}
    others = _others(world, version)
    holders = {slot: [each for each in others if each.slot == slot] for slot in SLOTS}
    # First what is free, then what nobody wants back, then the model before the live one.
    for slot in sorted(SLOTS, key=lambda slot: _worth(holders[slot])):
        if all(_evict(world, pointer, holder) for holder in holders[slot]):
            return {"slot": slot}
    return None


def _is_alone(world: TuningWorld, version: ModelVersion) -> bool:
    return version.slot is None or all(
        each.slot != version.slot for each in _others(world, version)
    )


def _worth(holders: Sequence[ModelVersion]) -> int:
    return max((2 if h.status is VersionStatus.RETIRED else 1 for h in holders), default=0)


def _others(world: TuningWorld, version: ModelVersion) -> list[ModelVersion]:
    return [each for each in world.versions.all() if each.version != version.version]


def _evict(world: TuningWorld, pointer: Pointer, holder: ModelVersion) -> bool:
    """Take a version's endpoint for another one, unless it is asked."""
    claimed = _claim(world, pointer, holder)
    if claimed is None:
        return False
    let_go(world, claimed)
    return True


# --- going out of service ------------------------------------------------------------------------
def let_go(world: TuningWorld, version: ModelVersion) -> ModelVersion:
    """The version has no place any more; what serves it is taken by another, or removed."""
    return change_version(
        world, version, lambda found: _WITHOUT_PLACE if _same_place(found, version) else None
    )


def remove(world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion) -> bool:
    """No longer serve a version, unless it is asked. Returns whether it is gone."""
    claimed = _claim(world, pointer, version)
    if claimed is None:
        return False
    if not clear(world, hosting, claimed):
        return False
    note(world, BY_POLICY, "out of service", of_version(version.version))
    return True


def clear(world: TuningWorld, hosting: Hosting, version: ModelVersion) -> bool:
    """Remove what serves a version that nobody is asked at. False while the service is busy with
    it."""
    _hand_back(world, hosting, version)
    if not hosting.remove(version):
        return False
    let_go(world, version)
    return True


def _hand_back(world: TuningWorld, hosting: Hosting, version: ModelVersion) -> bool:
    """Where an update was never begun, or taken back, the endpoint still serves who had it before:
    it is theirs again, until they are out of service."""
    if version.slot is None or hosting.state(version).status != "gone":
        return False
    theirs: dict[str, object] = {
        "slot": version.slot,
        "deployment_begun_at": version.deployment_begun_at,
    }
    for other in _others(world, version):
        if other.kind != "weights" or other.status in ACTIVE or has_place(other):
            continue
        if hosting.state(other.model_copy(update=theirs)).status == "in_service":
            _hold(world, other, theirs)
            return True
    return False


def _hold(world: TuningWorld, version: ModelVersion, place: dict[str, object]) -> None:
    change_version(
        world,
        version,
        lambda found: place if found.status is version.status and not has_place(found) else None,
    )


def _claim(world: TuningWorld, pointer: Pointer, version: ModelVersion) -> ModelVersion | None:
    """Say that a version goes out of service; None where it is asked, or has no place."""
    if is_asked(version, pointer.read(), world.versions.all()):
        return None

    def claim(found: ModelVersion) -> dict[str, object] | None:
        if found.status in ACTIVE or not has_place(found) or found.being_removed:
            return None
        return {"being_removed": True}

    claimed = change_version(world, version, claim)
    if not claimed.being_removed:
        return None
    # Whoever points to it has said so before they looked at it.
    if is_asked(claimed, pointer.read(), world.versions.all()):
        change_version(world, claimed, lambda _: {"being_removed": False})
        return None
    return claimed


# --- what did not come up ------------------------------------------------------------------------
def fail(world: TuningWorld, hosting: Hosting, version: ModelVersion, reason: str) -> ModelVersion:
    """A version could not be deployed. What is live stays as it is; a lead may try again."""
    reason = reason[:_LONGEST_REASON]
    note(world, BY_POLICY, "deployment failed", of_version(version.version), reason=reason)
    world.meter.record("DeploymentFailed", 1, "Count")
    failed = {"status": VersionStatus.FAILED, "ended_at": world.clock.now(), "reason": reason}
    version = change_version(
        world, version, lambda found: failed if found.status is VersionStatus.DEPLOYING else None
    )
    if _hand_back(world, hosting, version):
        version = let_go(world, version)
    return version


def say(world: TuningWorld, version: ModelVersion, reason: str) -> ModelVersion:
    """For the leads, who see the version: what keeps it."""
    reason = reason[:_LONGEST_REASON]

    def change(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not version.status or found.reason == reason:
            return None
        return {"reason": reason}

    return change_version(world, version, change)
