"""Points to versions: a share of the conversations, or all. Each move is announced before it counts
as done, and made again it is the same.

Of one who points to a version and one who calls it off, or takes its endpoint, one sees the other:
each writes what it is about to do before it looks.
"""

from contextlib import suppress

from tandem.live.errors import Busy, Conflict
from tandem.live.model_pointer import ModelReference, Models, Trial
from tandem.tuning import rolling_back
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.events import ModelPromoted
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version, move_version
from tandem.tuning.ports import Hosting, Pointer, TuningWorld
from tandem.tuning.serving import ACTIVE, KNOWN_EVERYWHERE, has_place, move_pointer, say

_ATTEMPTS = 10
_KEPT_BEFORE = 10


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
def try_out(
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
    return in_trial(world, version, models.trial)


def _not_in_trial(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    if version.rollback is not None:
        rolling_back.go_on(world, hosting, pointer)
    elif version.status not in ACTIVE:
        end_trial(pointer, version.version)
    return world.versions.get(version.version) or version


def end_trial(pointer: Pointer, number: int | None) -> None:
    def end(models: Models) -> Models | None:
        if models.trial is None or models.trial.model.version != number:
            return None
        return models.model_copy(update={"trial": None})

    move_pointer(pointer, end)


def in_trial(world: TuningWorld, version: ModelVersion, trial: Trial) -> ModelVersion:
    """The pointer sends conversations to it: say so."""
    by = version.approved_by or BY_POLICY
    _announce(world, version, trial.model, trial.share, by)
    begun = {
        "status": VersionStatus.TRIAL,
        "reference": trial.model,
        "trial_since": trial.since,
        "reason": "",
    }
    after, did = move_version(
        world, version, lambda found: begun if found.status is VersionStatus.DEPLOYING else None
    )
    if did:
        note(world, by, "trial", of_version(version.version), share=f"{trial.share:g}")
    return after


# --- live ----------------------------------------------------------------------------------------
def go_live(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, by: str
) -> ModelVersion:
    """Move the pointer to a version that can be asked, and say so. What answered before is written
    down first: a rollback has to know."""
    for _ in range(_ATTEMPTS):
        models = pointer.read()
        if models.answer.version == version.version:
            return lives(world, version, models, by)
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
    return lives(world, version, after, by)


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


def lives(world: TuningWorld, version: ModelVersion, models: Models, by: str = "") -> ModelVersion:
    """The pointer names it: say so, and let what was live be retired."""
    if _is_off(version) and version.status is not VersionStatus.RETIRED:
        return version
    by = by or version.approved_by or BY_POLICY
    _announce(world, version, models.answer, 1.0, by)
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
    after, did = move_version(
        world,
        version,
        lambda found: live if found.status is version.status and not found.rollback else None,
    )
    if did:
        note(world, by, "live", of_version(version.version))
    return after


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
