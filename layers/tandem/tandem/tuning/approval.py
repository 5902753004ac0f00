"""What leads decide on model packages, on the page or in SageMaker's registry.

Approving is nothing without a passed verdict, wherever it was done: then the approval is taken
back, and the version and the audit trail say why. What the registry says when it is looked at
counts, whatever an event said.
"""

from dataclasses import dataclass

from tandem.tuning import promotion, rolling_back, verdict
from tandem.tuning.audit import note, of_version
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version, move_version
from tandem.tuning.ports import (
    Hosting,
    Package,
    Pointer,
    Registry,
    TuningWorld,
    WithdrawnDatasets,
)
from tandem.tuning.serving import say

IN_REGISTRY = "SageMaker"
"""Who decided, where it was done in the registry: it does not say who."""
_BEING_DECIDED = frozenset({*verdict.BEING_JUDGED, VersionStatus.PASSED})
_NOT_TAKEN = frozenset({*verdict.BEING_JUDGED, VersionStatus.REFUSED, VersionStatus.REJECTED})
_MAY_BE_MISSED = _BEING_DECIDED | _NOT_TAKEN
_ON_THE_WAY = frozenset({VersionStatus.DEPLOYING, VersionStatus.TRIAL})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Deciding:
    """What only decisions need of the world."""

    registry: Registry
    withdrawn: WithdrawnDatasets
    hosting: Hosting
    pointer: Pointer


def decided(world: TuningWorld, parts: Deciding, arn: str) -> ModelVersion | None:
    """Follow what a lead has decided on a model package; returns its version as it is then. None if
    the package is no version of this stack."""
    package = parts.registry.get(arn)
    if package is None:
        return None
    version = world.versions.get(package.version)
    if version is None or version.package_arn != arn:
        return None
    if package.approval == "Approved":
        return _approved(world, parts, version)
    if package.approval == "Rejected":
        return _rejected(world, parts, version, package)
    return version


def missed(world: TuningWorld, parts: Deciding, version: ModelVersion) -> ModelVersion | None:
    """Follow what was decided on a version, should the event of it be lost.

    Returns the version if there was something to follow. What was live before is not called off:
    rejecting what is live rolls nothing back.
    """
    if version.status in _ON_THE_WAY:
        if version.live_since is not None or not _is_rejected(parts.registry, version):
            return None
    elif version.status not in _MAY_BE_MISSED:
        return None
    after = decided(world, parts, version.package_arn)
    return None if after is None or after.revision == version.revision else after


def _is_rejected(registry: Registry, version: ModelVersion) -> bool:
    package = registry.get(version.package_arn)
    return package is not None and package.approval == "Rejected"


# --- approved ------------------------------------------------------------------------------------
def _approved(world: TuningWorld, parts: Deciding, version: ModelVersion) -> ModelVersion:
    if version.status in _NOT_TAKEN:
        return _take_back(world, parts.registry, version, _too_early(version))
    if version.status is VersionStatus.PASSED:
        models = parts.pointer.read()
        if promotion.is_overtaken(version, models):
            return verdict.compare_anew(world, parts.registry, version)
        gone = parts.withdrawn.of(version.dataset_version)
        if why := verdict.why_not(version, models, gone):
            return _take_back(world, parts.registry, version, why)
        version = _on_its_way(world, version)
    if version.status is VersionStatus.DEPLOYING:
        promotion.go_on(world, parts.hosting, parts.pointer, parts.withdrawn)
    return world.versions.get(version.version) or version


def _too_early(version: ModelVersion) -> str:
    if version.status is VersionStatus.REJECTED:
        return f"It was rejected: {version.reason}"
    if version.verdict is None:
        return "It has not been judged yet."
    return " ".join(
        ["It has not been proven better than the live model.", *version.verdict.reasons]
    )


def _on_its_way(world: TuningWorld, version: ModelVersion) -> ModelVersion:
    now, by = world.clock.now(), version.approved_by or IN_REGISTRY

    def approve(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not VersionStatus.PASSED or found.round != version.round:
            return None
        return {
            "status": VersionStatus.DEPLOYING,
            "approved_by": found.approved_by or by,
            "approved_at": found.approved_at or now,
            "once_deployed": "trial",
            "reason": "",
        }

    after, did = move_version(world, version, approve)
    if did and version.approved_by is None:
        # What a lead does on the page is in the trail already.
        note(world, by, "approved", of_version(version.version))
    return after


def _take_back(
    world: TuningWorld, registry: Registry, version: ModelVersion, why: str
) -> ModelVersion:
    """Nothing goes live, and everybody can see why."""
    by = version.approved_by or IN_REGISTRY
    note(world, by, "approval not taken", of_version(version.version), because=why)
    world.meter.record("ApprovalsNotTaken", 1, "Count")
    changes: dict[str, object] = {
        "reason": f"Approved, but not taken into service. {why}"[:_LONGEST],
        "approved_by": None,
        "approved_at": None,
    }
    if version.status is VersionStatus.PASSED:
        changes |= {"status": VersionStatus.REFUSED, "ended_at": world.clock.now()}
    after = change_version(
        world, version, lambda found: changes if found.status is version.status else None
    )
    said = f"Not taken into service. {why}"[:_LONGEST]
    if after.status in _BEING_DECIDED:
        registry.decide(version.package_arn, "PendingManualApproval", said)
    else:
        registry.decide(version.package_arn, "Rejected", said)
    return after


# --- rejected ------------------------------------------------------------------------------------
def _rejected(
    world: TuningWorld, parts: Deciding, version: ModelVersion, package: Package
) -> ModelVersion:
    reason = (package.description or "Rejected in SageMaker.")[:_LONGEST]
    number = version.version
    if version.status in _ON_THE_WAY:
        return rolling_back.roll_back(
            world,
            parts.hosting,
            parts.pointer,
            number,
            because="lead",
            by=IN_REGISTRY,
            reason=reason,
        )
    if version.status is VersionStatus.LIVE:
        # What answers everybody is rolled back by who sees what it goes back to.
        return say(world, version, f"Rejected in SageMaker while it is live: {reason}")
    if version.status not in _BEING_DECIDED:
        return version
    note(world, IN_REGISTRY, "rejected", of_version(number), reason=reason)
    rejected = {
        "status": VersionStatus.REJECTED,
        "ended_at": world.clock.now(),
        "reason": reason,
    }
    return change_version(
        world, version, lambda found: rejected if found.status in _BEING_DECIDED else None
    )
