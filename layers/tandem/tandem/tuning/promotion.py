"""How a version goes live: it is deployed beside what is live, answers a share of the
conversations, and then all.

Only one version is on its way at a time. A second one that is approved waits, as `DEPLOYING`, until
the first is live or back; by then another model may be live, and it is compared with that first.

What it does is written down before the pointer moves, and announced before it counts as done, so
that what breaks off is gone on with by the next event or by the reconciler. What the pointer says
is true, whoever wrote it: versions follow it.
"""

from contextlib import suppress

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.live.model_pointer import ModelReference, Models, Trial
from tandem.tuning import rolling_back
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.errors import NotPossible
from tandem.tuning.events import ModelPromoted
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version
from tandem.tuning.ports import Hosting, Pointer, Served, TuningWorld, WithdrawnDatasets
from tandem.tuning.serving import (
    ACTIVE,
    KNOWN_EVERYWHERE,
    bring_back,
    bring_up,
    can_be_asked,
    fail,
    has_place,
    move_pointer,
    say,
)
from tandem.tuning.verdict import is_live

_ATTEMPTS = 10
_KEPT_BEFORE = 10


# --- on its way ----------------------------------------------------------------------------------
def go_on(world: TuningWorld, hosting: Hosting, pointer: Pointer) -> list[int]:
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
        if _go_on_with(world, hosting, pointer, version).status is not VersionStatus.DEPLOYING:
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
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    models = pointer.read()
    if models.answer.version == version.version:
        return _is_live(world, version, models)
    trial = models.trial
    if trial is not None and trial.model.version == version.version:
        return _in_trial(world, version, trial)
    if trial is not None:
        return say(world, version, f"it waits: {trial.model.model_id} is in a trial")
    if is_overtaken(version, models):
        return say(world, version, "it has to be compared with what is live now")
    return _deploy(world, hosting, pointer, version)


def _deploy(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    version, served = _brought_up(world, hosting, pointer, version)
    if served.status == "failed":
        return fail(world, hosting, version, f"it could not be deployed: {served.reason}")
    if served.status != "in_service":
        return say(world, version, served.reason)
    share = world.policies.current().trial.share
    if version.once_deployed == "live" or share == 0:
        by = version.approved_by or BY_POLICY
        return _go_live(world, hosting, pointer, version, by)
    return _try(world, hosting, pointer, version, share)


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


def _is_off(version: ModelVersion) -> bool:
    """Somebody has called it off, or rolled it back."""
    return version.rollback is not None or version.status not in ACTIVE


def _reference(version: ModelVersion, models: Models) -> ModelReference:
    """What the pointer is to say of a version: of a reward model, the live model with it."""
    if version.reference is not None:
        return version.reference
    assert version.kind == "reward_model", "weights are asked only once they are in service"
    changes = {"reward_model": version.reward_model_uri, "version": version.version}
    return models.answer.model_copy(update=changes)


# --- the trial -----------------------------------------------------------------------------------
def _try(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, share: float
) -> ModelVersion:
    """Have a version that can be asked answer a share of the conversations that begin from now
    on."""

    def begin(models: Models) -> Models | None:
        found = world.versions.get(version.version) or version
        if models.trial is not None or models.answer.version == version.version:
            return None
        if _is_off(found) or found.status is not VersionStatus.DEPLOYING:
            return None
        trial = Trial(
            model=_reference(version, models),
            share=share,
            since=world.clock.now() + KNOWN_EVERYWHERE,
        )
        return models.model_copy(update={"trial": trial})

    models, _ = move_pointer(pointer, begin)
    found = world.versions.get(version.version) or version
    if found.status is not VersionStatus.DEPLOYING or found.rollback is not None:
        # Who called it off said so before they looked at the pointer: one of both sees the other.
        return _not_in_trial(world, hosting, pointer, found)
    if models.trial is None or models.trial.model.version != version.version:
        return found
    return _in_trial(world, version, models.trial)


def _not_in_trial(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    if version.rollback is not None:
        rolling_back.go_on(world, hosting, pointer)
    elif version.status not in ACTIVE:
        _end_trial(pointer, version.version)
    return world.versions.get(version.version) or version


def _end_trial(pointer: Pointer, number: int | None) -> None:
    def end(models: Models) -> Models | None:
        if models.trial is None or models.trial.model.version != number:
            return None
        return models.model_copy(update={"trial": None})

    move_pointer(pointer, end)


def _in_trial(world: TuningWorld, version: ModelVersion, trial: Trial) -> ModelVersion:
    """The pointer sends conversations to it: say so."""
    by = version.approved_by or BY_POLICY
    _announce(world, version, trial.model, trial.share, by)
    note(world, by, "trial", of_version(version.version), share=f"{trial.share:g}")
    begun = {
        "status": VersionStatus.TRIAL,
        "reference": trial.model,
        "trial_since": trial.since,
        "reason": "",
    }
    return change_version(
        world, version, lambda found: begun if found.status is VersionStatus.DEPLOYING else None
    )


# --- live ----------------------------------------------------------------------------------------
def make_live(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    number: int,
    *,
    by: str,
    reason: str,
    withdrawn: WithdrawnDatasets | None = None,
) -> ModelVersion:
    """Have a version answer everything from now on: one in a trial at once, one that was live
    before as soon as it can be asked. One whose deployment failed is deployed again, as it was
    approved. Asked for twice, it happens once.

    `withdrawn`: look also whether what it was trained on was withdrawn. Returns the version; where
    it has to wait, its `reason` says for what. Raises `NotFound`, `NotPossible`, `Busy`.
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
    match version.status:
        case VersionStatus.TRIAL:
            return _go_live(world, hosting, pointer, version, by)
        case VersionStatus.DEPLOYING:
            change_version(world, version, _live_at_once)
        case VersionStatus.FAILED:
            # It takes a place anew: on what is left of the attempt that failed nothing is built.
            bring_back(world, hosting, version, reason="")
        case _:
            bring_back(world, hosting, version, reason="", once_deployed="live")
    go_on(world, hosting, pointer)
    return world.versions.get(number) or version


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


def _unproven(version: ModelVersion, withdrawn: WithdrawnDatasets | None) -> str:
    if version.verdict is None or not version.verdict.passed:
        return "it is not proven better"
    gone = withdrawn.of(version.dataset_version) if withdrawn is not None else []
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


def _go_live(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, by: str
) -> ModelVersion:
    """Move the pointer to a version that can be asked, and say so. What answered before is written
    down first: a rollback has to know."""
    for _ in range(_ATTEMPTS):
        models = pointer.read()
        if models.answer.version == version.version:
            return _is_live(world, version, models, by)
        if models.trial is not None and models.trial.model.version != version.version:
            return say(world, version, f"it waits: {models.trial.model.model_id} is in a trial")
        version = _with_before(world, version, models.answer)
        if _is_off(version):
            return version
        named = {"answer": _reference(version, models), "trial": None}
        after = models.model_copy(update=named)
        try:
            pointer.write(models, after)
        except Conflict:
            continue
        return _pointed_to(world, hosting, pointer, version, moved=(models, after), by=by)
    raise Busy("Too many move the model pointer at once. Try again.")


def _pointed_to(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    version: ModelVersion,
    *,
    moved: tuple[Models, Models],
    by: str,
) -> ModelVersion:
    """Who called it off, or took its endpoint, said so before they looked at the pointer: one of
    both sees the other."""
    before, after = moved
    version = world.versions.get(version.version) or version
    if version.kind == "weights" and (not has_place(version) or version.being_removed):
        with suppress(Conflict):
            pointer.write(after, before)
        return version
    if version.rollback is not None:
        rolling_back.go_on(world, hosting, pointer)
        return world.versions.get(version.version) or version
    return _is_live(world, version, after, by)


def _with_before(world: TuningWorld, version: ModelVersion, answer: ModelReference) -> ModelVersion:
    earlier = world.versions.get(answer.version) if answer.version is not None else None
    kept: dict[object, ModelReference] = {}
    for reference in (answer, *(earlier.before if earlier is not None else ())):
        kept.setdefault(reference.version or reference.model_id, reference)
    kept.pop(version.version, None)
    # The last one is always there to go back to.
    *newest, last = kept.values()
    before = (*newest[: _KEPT_BEFORE - 1], last)
    return change_version(
        world,
        version,
        lambda found: None if _is_off(found) or found.before == before else {"before": before},
    )


def _is_live(
    world: TuningWorld, version: ModelVersion, models: Models, by: str = ""
) -> ModelVersion:
    """The pointer names it: say so, and let what was live be retired."""
    if _is_off(version) and version.status is not VersionStatus.RETIRED:
        return version
    by = by or version.approved_by or BY_POLICY
    _announce(world, version, models.answer, 1.0, by)
    note(world, by, "live", of_version(version.version))
    now = world.clock.now()
    retired = {
        "status": VersionStatus.RETIRED,
        "ended_at": now,
        "reason": f"version {version.version} took its place",
    }
    for other in world.versions.all():
        if other.status is VersionStatus.LIVE and other.version != version.version:
            change_version(
                world,
                other,
                lambda found: retired if found.status is VersionStatus.LIVE else None,
            )
    live: dict[str, object] = {
        "status": VersionStatus.LIVE,
        "reference": models.answer,
        "live_since": now,
        "ended_at": None,
        "reason": "",
    }
    if version.status is VersionStatus.TRIAL:
        live["trial"] = world.trials.figures(version.version)
    return change_version(
        world,
        version,
        lambda found: live if found.status is version.status and not found.rollback else None,
    )


def _announce(
    world: TuningWorld, version: ModelVersion, reference: ModelReference, share: float, by: str
) -> None:
    # It may be live several times; twice in between two of its states is the same.
    times = f"{version.ended_at:%Y%m%dT%H%M%S}" if version.ended_at else "first"
    kind = "live" if share == 1 else "trial"
    world.bus.publish(
        [
            ModelPromoted(
                id=f"model-promoted-{version.version}-{kind}-{times}",
                time=world.clock.now(),
                model_version=version.version,
                model_id=reference.model_id,
                share=share,
                promoted_by=by,
            )
        ]
    )
    world.meter.record("ModelPromoted", 1, "Count")


# --- what others did to the pointer --------------------------------------------------------------
def _follow(world: TuningWorld, hosting: Hosting, pointer: Pointer) -> list[int]:
    """What the pointer says is true, whoever wrote it: versions follow it. Also what broke off
    between the pointer and the version."""
    models = pointer.read()
    tried = models.trial.model.version if models.trial is not None else None
    moved = []
    for version in world.versions.all():
        if version.version == tried and version.status not in ACTIVE:
            _end_trial(pointer, tried)
            moved.append(version.version)
    for version in world.versions.all():
        number = version.version
        if number == models.answer.version:
            if version.status in {VersionStatus.TRIAL, VersionStatus.RETIRED}:
                _is_live(world, version, models)
                moved.append(number)
        elif version.status is VersionStatus.LIVE:
            _is_not_live(world, version)
            moved.append(number)
        elif version.status is VersionStatus.TRIAL and number != tried:
            why = "the model pointer was changed by other hands"
            rolling_back.roll_back(
                world, hosting, pointer, number, because="lead", by=BY_POLICY, reason=why
            )
            moved.append(number)
    return moved


def _is_not_live(world: TuningWorld, version: ModelVersion) -> None:
    changes = {
        "status": VersionStatus.RETIRED,
        "ended_at": world.clock.now(),
        "reason": "the model pointer was changed by other hands",
    }
    note(world, BY_POLICY, "no longer live", of_version(version.version))
    change_version(
        world,
        version,
        lambda found: (
            changes if found.status is VersionStatus.LIVE and not found.rollback else None
        ),
    )
