"""Brings versions up: in the endpoint at which nobody is asked, or by an import into Bedrock."""

from collections.abc import Sequence
from datetime import timedelta

from tandem.live.model_pointer import ModelReference
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version, move_version
from tandem.tuning.policy import HostingPolicy
from tandem.tuning.ports import Hosting, Pointer, Refused, Served, TuningWorld
from tandem.tuning.serving import (
    ACTIVE,
    LONGEST_REASON,
    SLOTS,
    WITHOUT_PLACE,
    claim,
    hand_back,
    has_place,
    let_go,
    noted,
    others_than,
    same_place,
)

PATIENCE = timedelta(hours=24)
"""How long a deployment that the service does not take (yet) is asked for again: instances that are
all in use come free."""
SEEN_WITHIN = timedelta(minutes=5)
"""What a service has taken may not show in it for so long."""


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
        place = {} if stays and not found.being_removed else WITHOUT_PLACE
        return {"status": VersionStatus.DEPLOYING, "rollback": None, **place, **changes}

    return change_version(world, version, back)


def make_room(world: TuningWorld, version: ModelVersion) -> None:
    """Who is on the way into service steps back for a version that has to go first: a candidate
    until it is approved for what is live then, one that was live before for good."""
    for other in others_than(world, version):
        if other.status is VersionStatus.DEPLOYING and other.slot is not None:
            change_version(world, other, _stepped_back)


def _stepped_back(found: ModelVersion) -> dict[str, object] | None:
    if found.status is not VersionStatus.DEPLOYING or found.rollback is not None:
        return None
    was_live = found.live_since is not None
    return {"status": VersionStatus.RETIRED if was_live else VersionStatus.PASSED}


# --- bringing up ---------------------------------------------------------------------------------
def bring_up(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    version: ModelVersion,
    patience: timedelta = PATIENCE,
) -> tuple[ModelVersion, Served]:
    """Serve a version that is `DEPLOYING`, or go on with it. Called again and again.

    Returns the version, and how far it is: `deploying` also where it has to wait, with why. Once it
    is `in_service`, its reference is noted. Raises whatever the world raises, until `patience` with
    a deployment that the service does not take is at its end: then it has failed.
    """
    try:
        return _bring_up(world, hosting, pointer, version)
    except Refused as error:
        return version, Served("failed", reason=str(error))
    except Exception as error:
        version = _not_taken(world, version)
        since = version.not_taken_since
        if since is None or world.clock.now() - since < patience:
            raise
        return version, Served("failed", reason=str(error))


def _not_taken(world: TuningWorld, version: ModelVersion) -> ModelVersion:
    """With since when; what the service has taken once is on its way, whatever fails then."""

    def note_it(found: ModelVersion) -> dict[str, object] | None:
        waits = found.status is VersionStatus.DEPLOYING and has_place(found)
        if not waits or found.deployment_begun_at is not None or found.not_taken_since is not None:
            return None
        return {"not_taken_since": world.clock.now()}

    return change_version(world, world.versions.get(version.version) or version, note_it)


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
    begun = {"deployment_begun_at": world.clock.now(), "not_taken_since": None}
    return change_version(
        world, version, lambda found: begun if same_place(found, version) else None
    )


def _with_reference(
    world: TuningWorld, version: ModelVersion, reference: ModelReference
) -> ModelVersion:
    known = noted(version, reference)
    return change_version(
        world, version, lambda found: None if found.reference == known else {"reference": known}
    )


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
    others = others_than(world, version)
    holders = {slot: [each for each in others if each.slot == slot] for slot in SLOTS}
    # First what is free, then what nobody wants back, then the model before the live one.
    for slot in sorted(SLOTS, key=lambda slot: _worth(holders[slot])):
        if all(_evict(world, pointer, holder) for holder in holders[slot]):
            return {"slot": slot}
    return None


def _is_alone(world: TuningWorld, version: ModelVersion) -> bool:
    return version.slot is None or all(
        each.slot != version.slot for each in others_than(world, version)
    )


def _worth(holders: Sequence[ModelVersion]) -> int:
    return max((2 if h.status is VersionStatus.RETIRED else 1 for h in holders), default=0)


def _evict(world: TuningWorld, pointer: Pointer, holder: ModelVersion) -> bool:
    """Take a version's endpoint for another one, unless it is asked."""
    claimed = claim(world, pointer, holder)
    if claimed is None:
        return False
    let_go(world, claimed)
    return True


# --- what did not come up ------------------------------------------------------------------------
def fail(world: TuningWorld, hosting: Hosting, version: ModelVersion, reason: str) -> ModelVersion:
    """A version could not be deployed. What is live stays as it is; a lead may try again."""
    reason = reason[:LONGEST_REASON]
    failed = {"status": VersionStatus.FAILED, "ended_at": world.clock.now(), "reason": reason}
    version, did = move_version(
        world, version, lambda found: failed if found.status is VersionStatus.DEPLOYING else None
    )
    if did:
        note(world, BY_POLICY, "deployment failed", of_version(version.version), reason=reason)
        world.meter.record("DeploymentFailed", 1, "Count")
    if hand_back(world, hosting, version):
        version = let_go(world, version)
    return version
