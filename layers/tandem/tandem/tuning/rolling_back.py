"""The way back: the pointer goes to the model before, by a lead, an alarm, or the trial.

Of a trial, the live model answers all again. Of a live version, the model before it does: at once
while its endpoint is there; if that is gone, it is deployed again first, and until then the version
that is to go answers on. What has been rolled back itself, or cannot be deployed, is passed over;
the last of them is the model that the deployment began with.

That a version is to go is written down first, so that what breaks off is gone on with.
"""

from datetime import datetime, timedelta
from typing import Literal

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning.audit import note, of_version
from tandem.tuning.bringing_up import bring_back, bring_up, fail, make_room
from tandem.tuning.errors import NotPossible
from tandem.tuning.events import ModelRolledBack
from tandem.tuning.models import ModelVersion, Rollback, VersionStatus
from tandem.tuning.moves import change_version, move_version
from tandem.tuning.ports import Hosting, Pointer, Served, TuningWorld
from tandem.tuning.serving import (
    ACTIVE,
    KNOWN_EVERYWHERE,
    SlotName,
    can_be_asked,
    has_place,
    place_of,
    say,
)

type Because = Literal["trial", "alarm", "lead"]

BY_ALARM = "CloudWatch"
"""Who rolled back, where an alarm did."""
_ATTEMPTS = 10
_PATIENCE = timedelta(minutes=10)
"""How long a deployment of the model before is asked for again if the service does not take it.
After an alarm nobody waits: what answers is broken."""
_LONGEST_REASON = 1000
_NOT_KNOWN = "what answered before it is not known"


def roll_back(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    number: int,
    *,
    because: Because,
    by: str,
    reason: str,
    not_to: str | None = None,
) -> ModelVersion:
    """Roll a version back that is deployed, in a trial, or live. Asked for twice, it happens once.
    `not_to`: a place where nobody is to be asked any more.

    Returns the version. While the model before is deployed again, it is still `LIVE`, and its
    `reason` says what it waits for. Raises `NotFound`, `NotPossible`, `Busy`.
    """
    version = world.versions.get(number)
    if version is None:
        raise NotFound("There is no such version.")
    if version.status is VersionStatus.ROLLED_BACK:
        return version
    is_live = pointer.read().answer.version == number
    if problem := why_not(version) or ("" if version.before or not is_live else _NOT_KNOWN):
        raise NotPossible(f"Version {number} cannot be rolled back: {problem}.")
    wish = Rollback(
        because=because,
        by=by,
        reason=reason[:_LONGEST_REASON],
        at=world.clock.now(),
        not_to=not_to,
    )
    version, did = move_version(
        world,
        version,
        lambda found: (
            {"rollback": wish} if found.status in ACTIVE and found.rollback is None else None
        ),
    )
    if did:
        told = {"because": because, "reason": wish.reason}
        note(world, by, "rollback asked for", of_version(number), **told)
    if version.rollback is None:  # another was faster, and made something else of it
        raise NotPossible(f"Version {number} cannot be rolled back: {why_not(version)}.")
    return _go_back(world, hosting, pointer, version)


def why_not(version: ModelVersion) -> str:
    """Why a version cannot be rolled back now; empty where it can."""
    if version.status in ACTIVE:
        return ""
    return f"it does not answer anybody, it is {version.status.value.replace('_', ' ')}"


def alarmed(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    slot: SlotName,
    *,
    alarm: str,
    at: datetime,
) -> ModelVersion | None:
    """An alarm of an endpoint has gone off: what is asked there is rolled back.

    None where nobody is asked there, or it was another version's: while an endpoint is updated, the
    service itself takes the update back.
    """
    models = pointer.read()
    places = {
        place_of(version.reference)
        for version in world.versions.all()
        if version.slot == slot and version.reference is not None
    }
    # A reward model in a trial is asked at the live model's endpoint: then that one is in trouble.
    named = [models.answer] if models.trial is None else [models.answer, models.trial.model]
    for reference in named:
        if reference.version is None or place_of(reference) not in places:
            continue
        version = world.versions.get(reference.version)
        if version is None or version.status not in ACTIVE:
            return None
        since = version.live_since or version.trial_since
        if since is not None and at < since - KNOWN_EVERYWHERE:
            return None  # it comes late, and is not about this version
        reason = f"the alarm {alarm} went off"
        return roll_back(
            world,
            hosting,
            pointer,
            version.version,
            because="alarm",
            by=BY_ALARM,
            reason=reason,
            not_to=place_of(reference),
        )
    return None


def unfinished(world: TuningWorld, models: Models) -> list[ModelVersion]:
    """Versions that are on their way back."""
    named = {models.answer.version, models.trial.model.version if models.trial else None}
    return [
        version
        for version in world.versions.all()
        if version.rollback is not None and (version.status in ACTIVE or version.version in named)
    ]


def go_on(world: TuningWorld, hosting: Hosting, pointer: Pointer) -> list[int]:
    """Go on with what broke off, or waits for a deployment. Returns who is back now."""
    back = []
    for version in unfinished(world, pointer.read()):
        if _go_back(world, hosting, pointer, version).status not in ACTIVE:
            back.append(version.version)
    return back


# --- the way back --------------------------------------------------------------------------------
def _go_back(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelVersion:
    for _ in range(_ATTEMPTS):
        models = pointer.read()
        if models.answer.version != version.version:
            in_trial = models.trial is not None and models.trial.model.version == version.version
            if in_trial and not _moved(pointer, models, trial=None):
                continue
            return _is_back(world, version, models.answer, was_asked=in_trial)
        if models.trial is not None:
            _end_trial_of_another(world, hosting, pointer, version, models)
            continue
        found = _what_was_before(world, hosting, pointer, version)
        if isinstance(found, str):
            return say(world, version, found)
        if _moved(pointer, models, answer=found):
            return _is_back(world, version, found, was_asked=True)
    raise Busy("Too many move the model pointer at once. Try again.")


def _moved(pointer: Pointer, before: Models, **changes: object) -> bool:
    try:
        pointer.write(before, before.model_copy(update=changes))
    except Conflict:
        return False
    return True


def _end_trial_of_another(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion, models: Models
) -> None:
    """A trial compares with what is live; when that goes, it has no meaning any more."""
    assert models.trial is not None
    assert version.rollback is not None
    other = world.versions.get(models.trial.model.version or 0)
    if other is None or other.status not in ACTIVE or other.version == version.version:
        _moved(pointer, models, trial=None)
        return
    wish = version.rollback.model_copy(
        update={"reason": f"version {version.version} was rolled back during its trial"}
    )
    other = change_version(
        world, other, lambda found: {"rollback": wish} if found.rollback is None else None
    )
    _go_back(world, hosting, pointer, other)


def _what_was_before(
    world: TuningWorld, hosting: Hosting, pointer: Pointer, version: ModelVersion
) -> ModelReference | str:
    """What the pointer is to say, as soon as it can be asked; until then, what it waits for."""
    for reference in version.before:
        if reference.version is None:
            return reference
        earlier = world.versions.get(reference.version)
        if earlier is None or earlier.rollback is not None:
            continue
        if _is_asked_there(earlier, reference, version.rollback):
            continue
        if earlier.status is VersionStatus.RETIRED:
            earlier = bring_back(world, hosting, earlier, once_deployed="live")
        if earlier.status not in ACTIVE:
            continue
        if earlier.kind == "reward_model":
            if can_be_asked(world, hosting, reference):
                return reference
            fail(
                world,
                hosting,
                earlier,
                "the model whose drafts it picks from is not served any more",
            )
            continue
        if not has_place(earlier):
            make_room(world, earlier)
        earlier, served = _served_again(world, hosting, pointer, earlier, version.rollback)
        if served.status == "in_service" and earlier.reference is not None:
            return earlier.reference
        if served.status != "failed":
            waits = served.reason or "it is being deployed"
            say(world, earlier, f"version {version.version} goes back to it: {waits}")
            problem = f" ({waits})" if served.reason else ""
            return (
                f"version {earlier.version}, which it goes back to, is deployed again first"
                f"{problem}; until then this one answers"
            )
        fail(world, hosting, earlier, f"it could not be deployed again: {served.reason}")
    return f"it cannot go back: {_NOT_KNOWN}"


def _is_asked_there(
    earlier: ModelVersion, reference: ModelReference, wish: Rollback | None
) -> bool:
    """An alarm tells of a place; what is asked there, too, is no way out."""
    if wish is None or wish.not_to is None:
        return False
    if earlier.kind == "reward_model":
        return place_of(reference) == wish.not_to
    # One that has lost its place is deployed anew, elsewhere.
    known = earlier.reference
    return has_place(earlier) and known is not None and place_of(known) == wish.not_to


def _served_again(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    earlier: ModelVersion,
    wish: Rollback | None,
) -> tuple[ModelVersion, Served]:
    """Someone waits for it whom the model that is to go answers meanwhile."""
    patience = timedelta() if wish is not None and wish.because == "alarm" else _PATIENCE
    try:
        return bring_up(world, hosting, pointer, earlier, patience)
    except Exception as error:
        return earlier, Served("deploying", reason=f"it is tried again: {error}")


def _is_back(
    world: TuningWorld, version: ModelVersion, back_to: ModelReference, *, was_asked: bool
) -> ModelVersion:
    """The pointer does not name it any more: say so."""
    assert version.rollback is not None
    wish, now = version.rollback, world.clock.now()
    if back_to.version is not None:
        _is_live_again(world, back_to.version)
    if was_asked or version.status is not VersionStatus.DEPLOYING:
        world.bus.publish(
            [
                ModelRolledBack(
                    id=f"model-rolled-back-{version.version}-{wish.at:%Y%m%dT%H%M%S}",
                    time=now,
                    model_version=version.version,
                    back_to=back_to.model_id,
                    because=wish.because,
                    reason=wish.reason,
                    rolled_back_by=wish.by,
                )
            ]
        )
        world.meter.record("ModelRolledBack", 1, "Count")
    changes: dict[str, object] = {
        "status": VersionStatus.ROLLED_BACK,
        "ended_at": now,
        "reason": wish.reason,
    }
    if version.trial_since is not None and version.live_since is None:
        changes["trial"] = world.trials.figures(version.version)
    after, did = move_version(
        world, version, lambda found: changes if found.status in ACTIVE else None
    )
    if did:
        note(
            world,
            wish.by,
            "rolled back",
            of_version(version.version),
            because=wish.because,
            reason=wish.reason,
            back_to=back_to.model_id,
        )
    return after


def _is_live_again(world: TuningWorld, number: int) -> None:
    version = world.versions.get(number)
    if version is None:
        return
    again: dict[str, object] = {
        "status": VersionStatus.LIVE,
        "live_since": world.clock.now(),
        "ended_at": None,
        "reason": "",
    }
    change_version(
        world,
        version,
        lambda found: (
            again if found.status is VersionStatus.DEPLOYING and found.live_since else None
        ),
    )
