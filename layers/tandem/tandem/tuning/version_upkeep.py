"""Finds what lost events and dead workers left behind of versions that are judged, and versions
whose verdict holds no more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from tandem.tuning.announcing import announce
from tandem.tuning.comparing import announce_if_over
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.ports import Registry, TuningWorld
from tandem.tuning.verdict import Judging, overtaken

SEEN_WITHIN = timedelta(minutes=10)
"""An event that takes longer is lost."""


@dataclass(slots=True)
class VersionsFound:
    """What was looked after: numbers of versions."""

    announced: list[int] = field(default_factory=list)
    """To be evaluated."""
    completed: list[int] = field(default_factory=list)
    """Compared, and to be judged."""
    overtaken: list[int] = field(default_factory=list)
    """What they were judged by holds no more: refused, or compared anew."""
    approved: list[int] = field(default_factory=list)
    """The registry was told again."""


def look_after_versions(world: TuningWorld, judging: Judging) -> VersionsFound:
    """Look after all versions that are judged, or have passed and are not approved.

    Nothing is evaluated or judged here: what should be is announced again. What fails keeps nothing
    else from being looked after: its error is raised at the end.
    """
    found = VersionsFound()
    errors: list[Exception] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            errors.append(error)

    for version in world.versions.all():
        attempt(partial(_look_after, world, judging, version, found))
    if errors:
        raise ExceptionGroup("some model versions could not be looked after", errors)
    return found


def _look_after(
    world: TuningWorld, judging: Judging, version: ModelVersion, found: VersionsFound
) -> None:
    match version.status:
        case VersionStatus.REGISTERED:
            if _waits(world, version):
                announce(world, version)
                found.announced.append(version.version)
        case VersionStatus.COMPARING:
            if overtaken(world, judging, version) is not None:
                found.overtaken.append(version.version)
            elif announce_if_over(world, version, judging.panel.set_aside()) is not None:
                found.completed.append(version.version)
        case VersionStatus.PASSED:
            if overtaken(world, judging, version) is not None:
                found.overtaken.append(version.version)
            elif _tell_registry(world, judging.registry, version):
                found.approved.append(version.version)
        case _:
            pass


def _waits(world: TuningWorld, version: ModelVersion) -> bool:
    """Nobody evaluates it, and its event cannot be on its way any more."""
    now = world.clock.now()
    until = version.evaluating_until
    return now - version.registered_at >= SEEN_WITHIN and (until is None or until <= now)


def _tell_registry(world: TuningWorld, registry: Registry, version: ModelVersion) -> bool:
    """A lead has approved it, and the registry does not know: the page's worker broke off."""
    approved_at = version.approved_at
    if approved_at is None or world.clock.now() - approved_at < SEEN_WITHIN:
        return False
    package = registry.get(version.package_arn)
    if package is None or package.approval != "PendingManualApproval":
        return False
    registry.decide(package.arn, "Approved", f"Approved by {version.approved_by}.")
    return True
