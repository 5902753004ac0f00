"""How a version goes live: it is deployed beside what is live, answers a share of the
conversations, and then all.

Only one version is on its way at a time. A second one that is approved waits, as `DEPLOYING`, until
the first is live or back; by then another model may be live, and it is compared with that first.

What it does is written down before the pointer moves, and announced before it counts as done, so
that what breaks off is gone on with by the next event or by the reconciler. What the pointer says
is true, whoever wrote it: versions follow it.
"""

from contextlib import suppress

from tandem.live.errors import NotFound
from tandem.live.model_pointer import Models
from tandem.tuning import rolling_back
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.bringing_up import bring_back, bring_up, fail
from tandem.tuning.checks import not_withdrawn
from tandem.tuning.errors import NotPossible
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version
from tandem.tuning.pointing import end_trial, go_live, in_trial, lives, try_out
from tandem.tuning.ports import (
    Hosting,
    Pointer,
    Refused,
    Registry,
    Served,
    TuningWorld,
    WithdrawnDatasets,
)
from tandem.tuning.serving import ACTIVE, can_be_asked, has_place, say
from tandem.tuning.verdict import is_live

_BY_OTHER_HANDS = "the model pointer was changed by other hands"


# --- on its way ----------------------------------------------------------------------------------
def go_on(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, withdrawn: WithdrawnDatasets
) -> list[int]:
    """Go on with every version that is on its way into service or back, as far as it goes now.

    Returns who came to an end of it: in a trial, live, back, or failed.
    """
    moved = rolling_back.go_on(world, hosting, pointer)
    going_back = rolling_back.unfinished(world, pointer.read())
    for version in _in_line(world):
        ahead = going_back[0] if going_back else _ahead_of(world, version)
        if ahead is not None:
            if version.live_since is None or not going_back:
                say(world, version, f"it waits until version {ahead.version} is live or back")
            continue
        after = _go_on_with(world, hosting, pointer, withdrawn, version)
        if after.status is not VersionStatus.DEPLOYING:
            moved.append(version.version)
    if not going_back:
        moved += _follow(world, hosting, pointer)
    return moved


def _in_line(world: TuningWorld) -> list[ModelVersion]:
    """Who is to be deployed: first who has a place already, then in the order of the approvals."""
    found = (v for v in world.versions.all() if v.status is VersionStatus.DEPLOYING)
    return sorted(
        found, key=lambda v: (not has_place(v), v.approved_at or v.registered_at, v.version)
    )


def _ahead_of(world: TuningWorld, version: ModelVersion) -> ModelVersion | None:
    """Who has to come to an end first."""
    for other in world.versions.all():
        if other.status is VersionStatus.TRIAL:
            return other
    first = _in_line(world)[:1]
    return None if not first or first[0].version == version.version else first[0]


def _go_on_with(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    withdrawn: WithdrawnDatasets,
    version: ModelVersion,
) -> ModelVersion:
    models = pointer.read()
    if models.answer.version == version.version:
        return lives(world, version, models)
    trial = models.trial
    if trial is not None and trial.model.version == version.version:
        return in_trial(world, version, trial)
    if gone := withdrawn.of(version.dataset_version):
        return call_off(world, hosting, pointer, version, not_withdrawn(gone).said)
    if trial is not None:
        return say(world, version, f"it waits: {trial.model.model_id} is in a trial")
    if is_overtaken(version, models):
        return say(world, version, "it has to be compared with what is live now")
    return _deploy(world, hosting, pointer, version)


def _deploy(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    try:
        version, served = _brought_up(world, hosting, pointer, version)
    except Exception as error:
        say(world, version, f"it is tried again: {error}")
        raise
    if version.status is not VersionStatus.DEPLOYING:
        return version  # called off meanwhile; its reason says why
    if served.status == "failed":
        return fail(world, hosting, version, f"it could not be deployed: {served.reason}")
    if served.status != "in_service":
        return say(world, version, served.reason)
    share = world.policies.current().trial.share
    if version.once_deployed == "live" or share == 0:
        by = version.approved_by or BY_POLICY
        return go_live(world, hosting, pointer, version, by)
    return try_out(world, hosting, pointer, version, share)


def call_off(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, reason: str
) -> ModelVersion:
    """Something that nobody decides speaks against a version that is on its way."""
    return rolling_back.roll_back(
        world, hosting, pointer, version.version, because="lead", by=BY_POLICY, reason=reason
    )


def is_overtaken(version: ModelVersion, models: Models) -> bool:
    """Whether another model is live than the one that a candidate was proven better than. One that
    was live before has no more to prove."""
    was_live = version.live_since is not None
    return not was_live and not (
        version.compared_with is not None and is_live(version.compared_with, models)
    )


def _brought_up(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> tuple[ModelVersion, Served]:
    if version.kind == "weights":
        return bring_up(world, hosting, pointer, version)
    # A reward model needs nothing of its own but the model whose drafts it picks from.
    if version.reference is None or can_be_asked(world, hosting, version.reference):
        return version, Served("in_service")
    return version, Served("failed", reason="the model whose drafts it picks from is gone")


# --- live ----------------------------------------------------------------------------------------
def make_live(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    number: int,
    *,
    by: str,
    reason: str,
    withdrawn: WithdrawnDatasets,
    registry: Registry | None = None,
) -> ModelVersion:
    """Have a version answer everything from now on: one in a trial at once, one that was live
    before as soon as it can be asked. One whose deployment failed is deployed again, as it was
    approved. Asked for twice, it happens once.

    `registry`: told where it says that the version is rejected, which counts no more. Returns the
    version; where it has to wait, its `reason` says for what. Raises `NotFound`, `NotPossible`,
    `Busy`.
    """
    version = world.versions.get(number)
    if version is None:
        raise NotFound("There is no such version.")
    if version.status is VersionStatus.LIVE and version.rollback is None:
        return version
    problem = why_not(version) or _unproven(version, withdrawn) or _in_the_way(world, version)
    if problem:
        raise NotPossible(f"Version {number} cannot go live: {problem}.")
    note(world, by, "to be live", of_version(number), reason=reason)
    if registry is not None:
        _rejected_no_more(registry, version, by)
    match version.status:
        case VersionStatus.TRIAL:
            return go_live(world, hosting, pointer, version, by)
        case VersionStatus.DEPLOYING:
            change_version(world, version, _live_at_once)
        case VersionStatus.FAILED:
            # It takes a place anew: on what is left of the attempt that failed nothing is built.
            bring_back(world, hosting, version, reason="")
        case _:
            bring_back(world, hosting, version, reason="", once_deployed="live")
    go_on(world, hosting, pointer, withdrawn)
    return world.versions.get(number) or version


def _rejected_no_more(registry: Registry, version: ModelVersion, by: str) -> None:
    package = registry.get(version.package_arn)
    if package is not None and package.approval == "Rejected":
        with suppress(Refused):  # somebody has deleted the package
            registry.decide(package.arn, "Approved", f"Made live by {by}.")


def _live_at_once(found: ModelVersion) -> dict[str, object] | None:
    return {"once_deployed": "live"} if found.status is VersionStatus.DEPLOYING else None


_NEVER = {
    VersionStatus.REGISTERED: "it is being judged",
    VersionStatus.COMPARING: "it is being judged",
    VersionStatus.PASSED: "it has to be approved first",
    VersionStatus.REFUSED: "it was refused",
    VersionStatus.REJECTED: "it was rejected",
    VersionStatus.LIVE: "it is live",
}


def why_not(version: ModelVersion) -> str:
    """Why a lead cannot make a version live now, by its state; empty where they can."""
    if version.status in ACTIVE and version.rollback is not None:
        return "it is being rolled back"
    if version.status is VersionStatus.ROLLED_BACK:
        by_trial = version.rollback is not None and version.rollback.because == "trial"
        return "its trial has shown that it is worse" if by_trial else ""
    return _NEVER.get(version.status, "")


def _unproven(version: ModelVersion, withdrawn: WithdrawnDatasets) -> str:
    if version.verdict is None or not version.verdict.passed:
        return "it is not proven better"
    gone = withdrawn.of(version.dataset_version)
    return f"{len(gone)} conversations that it was trained on were withdrawn" if gone else ""


def _in_the_way(world: TuningWorld, version: ModelVersion) -> str:
    """Another version that is on its way has to come to its end first."""
    if version.status in {VersionStatus.TRIAL, VersionStatus.DEPLOYING}:
        return ""
    for other in world.versions.all():
        if other.status in {VersionStatus.TRIAL, VersionStatus.DEPLOYING}:
            return f"version {other.version} is on its way: make that live or roll it back first"
        if other.status is VersionStatus.LIVE and other.rollback is not None:
            return f"version {other.version} is being rolled back"
    return ""


# --- what others did to the pointer --------------------------------------------------------------
def _follow(world: TuningWorld, hosting: Hosting, pointer: Pointer) -> list[int]:
    """What the pointer says is true, whoever wrote it: versions follow it. Also what broke off
    between the pointer and the version.

    First the versions are read, then the pointer, which moves before a version says so; and both
    again, so that nothing is done for what another worker was about to write.
    """
    versions = world.versions.all()
    models = pointer.read()
    moved = []
    # What answers comes first: it lets go of what answered before.
    for each in sorted(versions, key=lambda each: each.version != models.answer.version):
        if not _is_behind(each, models):
            continue
        version = world.versions.get(each.version) or each
        now = pointer.read()
        if _is_behind(version, now) and not _is_being_told(world, now):
            _catch_up(world, hosting, pointer, version, now)
            moved.append(version.version)
    return moved


def _is_behind(version: ModelVersion, models: Models) -> bool:
    number = version.version
    if number == models.answer.version:
        return version.status in {VersionStatus.TRIAL, VersionStatus.RETIRED}
    if version.status is VersionStatus.LIVE:
        # One that is on its way back has said so before the pointer moves.
        return version.rollback is None
    if models.trial is not None and number == models.trial.model.version:
        return version.status not in ACTIVE
    return version.status is VersionStatus.TRIAL and version.rollback is None


def _is_being_told(world: TuningWorld, models: Models) -> bool:
    """Whoever has pointed to what answers is about to say so."""
    answers = world.versions.get(models.answer.version or 0)
    return answers is not None and answers.status is VersionStatus.DEPLOYING


def _catch_up(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, models: Models
) -> None:
    number = version.version
    if number == models.answer.version:
        lives(world, version, models)
    elif version.status not in ACTIVE:
        end_trial(pointer, number)
    elif version.status is VersionStatus.LIVE:
        _is_not_live(world, version)
    else:
        call_off(world, hosting, pointer, version, _BY_OTHER_HANDS)


def _is_not_live(world: TuningWorld, version: ModelVersion) -> None:
    changes = {
        "status": VersionStatus.RETIRED,
        "ended_at": world.clock.now(),
        "reason": _BY_OTHER_HANDS,
    }
    note(world, BY_POLICY, "no longer live", of_version(version.version))
    change_version(
        world,
        version,
        lambda found: (
            changes if found.status is VersionStatus.LIVE and not found.rollback else None
        ),
    )
