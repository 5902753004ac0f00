"""What leads decide: a training now, which versions are approved, promoted and rolled back.

A version is approved in SageMaker's registry, from the page as from there: what follows, follows
the registry's event. Each decision is in the audit trail, with who and why. The same decision again
changes nothing, and is no error.
"""

from collections.abc import Callable, Mapping

from tandem.live.errors import Busy, Conflict, InvalidMessage
from tandem.live.models import Person
from tandem.tuning import promotion, rolling_back
from tandem.tuning.api import Decide, TrainingAsked, VersionView
from tandem.tuning.audit import note, of_version
from tandem.tuning.errors import NothingToTrainOn, NotPossible, SeenOtherwise
from tandem.tuning.events import TrainingRequested
from tandem.tuning.leads import Leading, is_untried, sentence, version_of, view
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.moves import change_version
from tandem.tuning.ports import Refused, TuningWorld
from tandem.tuning.training_runs import why_not
from tandem.tuning.verdict import BEING_JUDGED, overtaken

_LONGEST_DESCRIPTION = 1024
_REJECTABLE = frozenset({*BEING_JUDGED, VersionStatus.PASSED})
_ON_ITS_WAY = frozenset({VersionStatus.DEPLOYING, VersionStatus.TRIAL, VersionStatus.LIVE})


def request_training(world: TuningWorld, leading: Leading, person: Person) -> TrainingAsked:
    """Ask for a training on the newest dataset. Raises `NothingToTrainOn`."""
    because = why_not(world, leading.training)
    dataset = leading.training.datasets.newest()
    if because or dataset is None:
        raise NothingToTrainOn(sentence(because))
    event = TrainingRequested(id=world.ids.new(), time=world.clock.now(), requested_by=person.user)
    world.bus.publish([event])
    note(world, person.user, "asked for training", f"dataset-{dataset.version}")
    return TrainingAsked(dataset_version=dataset.version)


def approve(
    world: TuningWorld, leading: Leading, person: Person, number: int, said: Decide
) -> VersionView:
    """Approve a version that has passed the gate.

    Raises `NotFound`, `SeenOtherwise`, `Busy`, and `NotPossible` where it has not passed, or its
    verdict holds no more.
    """
    version = version_of(world, number)
    if version.status in _ON_ITS_WAY and version.approved_by == person.user:
        return _seen(world, leading, version)
    _require_seen(version, said)
    if version.status is not VersionStatus.PASSED:
        raise NotPossible(
            f"Version {number} cannot be approved: it is {_word(version)}, and only what has passed"
            " the gate can go live."
        )
    after = overtaken(world, leading.judging, version)
    if after is not None:
        again = after.status is VersionStatus.REGISTERED
        because = "Another model went live meanwhile: it is compared with that one now."
        raise NotPossible(because if again else after.reason)
    now = world.clock.now()

    def sign(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not VersionStatus.PASSED or found.approved_by is not None:
            return None
        return {"approved_by": person.user, "approved_at": now, "reason": ""}

    version = _changed(world, version, sign)
    if version.status is VersionStatus.PASSED:
        try:
            leading.judging.registry.decide(
                version.package_arn, "Approved", _described("Approved", person, said)
            )
        except Refused as error:
            raise NotPossible(
                f"Version {number} cannot be approved: {sentence(str(error))}"
            ) from error
        note(world, person.user, "approved on the page", of_version(number), reason=said.reason)
    return _seen(world, leading, version)


def reject(
    world: TuningWorld, leading: Leading, person: Person, number: int, said: Decide
) -> VersionView:
    """Reject a version that is not deployed yet. Raises `NotFound`, `SeenOtherwise`,
    `NotPossible`, `Busy`."""
    version = version_of(world, number)
    if version.status is not VersionStatus.REJECTED:
        _require_seen(version, said)
        if version.status not in _REJECTABLE:
            raise NotPossible(
                f"Version {number} cannot be rejected: it is {_word(version)}. What answers"
                " customers is rolled back."
            )
        version = _rejected(world, person, version, said)
    registry = leading.judging.registry
    package = registry.get(version.package_arn)
    if package is not None and package.approval == "PendingManualApproval":
        registry.decide(package.arn, "Rejected", _described("Rejected", person, said))
    return _seen(world, leading, version)


def _rejected(
    world: TuningWorld, person: Person, version: ModelVersion, said: Decide
) -> ModelVersion:
    did = False
    rejected: dict[str, object] = {
        "status": VersionStatus.REJECTED,
        "evaluating_until": None,
        "ended_at": world.clock.now(),
        "reason": said.reason,
    }

    def end(found: ModelVersion) -> dict[str, object] | None:
        nonlocal did
        did = found.status in _REJECTABLE
        return rejected if did else None

    after = _changed(world, version, end)
    if did:
        note(world, person.user, "rejected", of_version(version.version), reason=said.reason)
    return after


def promote(
    world: TuningWorld, leading: Leading, person: Person, number: int, said: Decide
) -> VersionView:
    """Let a version answer all conversations that begin. Raises `NotFound`, `SeenOtherwise`,
    `NotPossible`, `Busy`, and `InvalidMessage` where it has to be said why and is not."""
    version = version_of(world, number)
    if version.status is VersionStatus.LIVE and version.rollback is None:
        return _seen(world, leading, version)
    _require_seen(version, said)
    judging = leading.judging
    if not said.reason and is_untried(world, version, judging.pointer.read()):
        raise InvalidMessage(
            f"Say why: no trial has shown yet that version {number} is no worse than what is live."
        )
    version = promotion.make_live(
        world,
        leading.hosting,
        judging.pointer,
        number,
        by=person.user,
        reason=said.reason,
        withdrawn=judging.withdrawn,
        registry=judging.registry,
    )
    return _seen(world, leading, version)


def roll_back(
    world: TuningWorld, leading: Leading, person: Person, number: int, said: Decide
) -> VersionView:
    """Let the model before answer again. Raises `NotFound`, `SeenOtherwise`, `NotPossible`,
    `Busy`."""
    version = version_of(world, number)
    if version.rollback is not None:
        return _seen(world, leading, version)
    _require_seen(version, said)
    version = rolling_back.roll_back(
        world,
        leading.hosting,
        leading.judging.pointer,
        number,
        because="lead",
        by=person.user,
        reason=said.reason,
    )
    return _seen(world, leading, version)


# --- parts ---------------------------------------------------------------------------------------
def _changed(
    world: TuningWorld,
    version: ModelVersion,
    change: Callable[[ModelVersion], Mapping[str, object] | None],
) -> ModelVersion:
    """Raises `Busy`."""
    try:
        return change_version(world, version, change)
    except Conflict as error:
        raise Busy("Too many change this at once. Nothing is lost; try again.") from error


def _require_seen(version: ModelVersion, said: Decide) -> None:
    if version.status is not said.seen:
        raise SeenOtherwise(
            f"Version {version.version} is {_word(version)} by now. Look at it again before you"
            " decide.",
            status=version.status.value,
        )


def _seen(world: TuningWorld, leading: Leading, version: ModelVersion) -> VersionView:
    return view(world, leading, version, leading.judging.pointer.read())


def _word(version: ModelVersion) -> str:
    return version.status.value.replace("_", " ")


def _described(what: str, person: Person, said: Decide) -> str:
    """For those who look at the package in SageMaker."""
    by = f"{what} by {person.user}"
    return f"{by}: {said.reason}"[:_LONGEST_DESCRIPTION] if said.reason else f"{by}."
