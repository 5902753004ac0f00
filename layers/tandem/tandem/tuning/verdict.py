"""The gate's verdict on a candidate: what comes of its checks, and how long it stands.

It is announced before it is stored: should a worker break off in between, it is announced again, as
the same event.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning import checks
from tandem.tuning.announcing import announce
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.events import CandidateJudged
from tandem.tuning.models import (
    Check,
    Comparison,
    ModelVersion,
    Pair,
    Verdict,
    VersionStatus,
)
from tandem.tuning.moves import change_version
from tandem.tuning.ports import (
    Panel,
    Pointer,
    Refused,
    Registry,
    TuningWorld,
    WithdrawnDatasets,
)

_MOST_SAID = 256
"""Characters of a property of a model package."""
BEING_JUDGED = frozenset({VersionStatus.REGISTERED, VersionStatus.COMPARING})


@dataclass(frozen=True, slots=True)
class Judging:
    """What only judging needs of the world."""

    registry: Registry
    panel: Panel
    withdrawn: WithdrawnDatasets
    pointer: Pointer


def conclude(
    world: TuningWorld, judging: Judging, version: ModelVersion, found: Sequence[Check]
) -> ModelVersion:
    """Pass or refuse a version that is being judged; one that is not any more stays as it is."""
    stored = world.versions.get(version.version) or version
    if stored.round != version.round or stored.status not in BEING_JUDGED:
        return stored
    now = world.clock.now()
    decided = Verdict(
        passed=all(check.passed for check in found), checks=tuple(found), decided_at=now
    )
    status = VersionStatus.PASSED if decided.passed else VersionStatus.REFUSED
    world.bus.publish(
        [
            CandidateJudged(
                id=f"judged-{version.version}-{version.round}-{status.value}",
                time=now,
                model_version=version.version,
                passed=decided.passed,
                reasons=decided.reasons,
            )
        ]
    )
    because = " ".join(decided.reasons)
    with suppress(Refused):  # somebody has deleted the package: the verdict is here, too
        judging.registry.note(
            version.package_arn,
            {"verdict": status.value, "verdict_because": because[:_MOST_SAID]},
        )
    if decided.passed:
        _require_new_approval(world, judging.registry, version)
    did = False

    def decide(found: ModelVersion) -> dict[str, object] | None:
        nonlocal did
        did = found.round == version.round and found.status in BEING_JUDGED
        if not did:
            return None
        return {
            "status": status,
            "verdict": decided,
            "checks": decided.checks,
            "comparison": version.comparison,
            "heldout": version.heldout,
            "heldout_live": version.heldout_live,
            "evaluating_until": None,
            "reason": because,
            "ended_at": None if decided.passed else now,
        }

    after = change_version(world, version, decide)
    if did:
        world.meter.record(
            "CandidatesPassed" if decided.passed else "CandidatesRefused", 1, "Count"
        )
        action = "passed the gate" if decided.passed else "refused by the gate"
        note(world, BY_POLICY, action, of_version(version.version), because=because)
    return after


def _require_new_approval(world: TuningWorld, registry: Registry, version: ModelVersion) -> None:
    """Who approved it before had not seen the verdict."""
    because = "It was approved before it had passed: approve it again."
    if _take_back(registry, version, because):
        note(world, BY_POLICY, "approval not taken", of_version(version.version), because=because)
        world.meter.record("ApprovalsNotTaken", 1, "Count")


def _take_back(registry: Registry, version: ModelVersion, because: str) -> bool:
    """Take an approval back in the registry. Returns whether there was one."""
    package = registry.get(version.package_arn)
    if package is None or package.approval != "Approved":
        return False
    registry.decide(package.arn, "PendingManualApproval", because)
    return True


# --- what people said ----------------------------------------------------------------------------
def pairs_of(world: TuningWorld, version: ModelVersion) -> list[Pair]:
    """Of the comparison that is under way, or was the last."""
    return [p for p in world.pairs.of(version.version) if p.round == version.round]


def is_chosen(pair: Pair, aside: frozenset[str]) -> bool:
    """What somebody said who is set aside does not count: it is compared anew."""
    return pair.choice is not None and pair.chosen_by not in aside


def counted(planned: Comparison, pairs: Sequence[Pair], aside: frozenset[str]) -> Comparison:
    """The comparison with what people said so far."""
    chosen = [pair for pair in pairs if is_chosen(pair, aside)]
    same = sum(pair.choice == "same" for pair in chosen)
    better = sum(pair.choice == pair.candidate_is for pair in chosen)
    return planned.model_copy(
        update={
            "done": len(chosen),
            "better": better,
            "worse": len(chosen) - same - better,
            "same": same,
        }
    )


def settle(world: TuningWorld, judging: Judging, number: int) -> ModelVersion | None:
    """Judge a version that people have compared; returns it as it is then.

    It stays as it is where the comparison goes on, because somebody was set aside meanwhile. None
    if there is no such version.
    """
    version = world.versions.get(number)
    if version is None or version.status is not VersionStatus.COMPARING:
        return version
    if (after := overtaken(world, judging, version)) is not None:
        return after
    assert version.comparison is not None
    gate = world.policies.current().gate
    said = counted(version.comparison, pairs_of(world, version), judging.panel.set_aside())
    if not checks.is_over(said, gate):
        return version
    with_choices = version.model_copy(update={"comparison": said})
    found = [*version.checks, checks.told_by_people(said, gate)]
    return conclude(world, judging, with_choices, found)


# --- what a verdict stands on --------------------------------------------------------------------
def overtaken(world: TuningWorld, judging: Judging, version: ModelVersion) -> ModelVersion | None:
    """The version, when what it was judged by holds no more; None if it does.

    One whose data was withdrawn is refused. One that was compared with a model that is not live any
    more is compared anew.
    """
    kept = checks.not_withdrawn(judging.withdrawn.of(version.dataset_version))
    if not kept.passed:
        others = [check for check in version.checks if check.name != kept.name]
        return refuse(world, judging, version, [*others, kept])
    if version.compared_with is not None and not is_live(
        version.compared_with, judging.pointer.read()
    ):
        return compare_anew(world, judging.registry, version)
    return None


def why_not(version: ModelVersion, models: Models, withdrawn: Sequence[str]) -> str:
    """Why a version must not be deployed, as a sentence; empty where it may."""
    if version.verdict is None or not version.verdict.passed:
        because = " ".join(version.verdict.reasons) if version.verdict else ""
        return f"It has not been proven better than the live model. {because}".strip()
    if withdrawn:
        return checks.not_withdrawn(withdrawn).said
    if version.compared_with is None or not is_live(version.compared_with, models):
        return "It was proven better than a model that is not live any more."
    return ""


def is_live(reference: ModelReference, models: Models) -> bool:
    """Whether it is what answers, whatever else changed in how it is asked."""
    return _identity(reference) == _identity(models.answer)


def _identity(model: ModelReference) -> tuple[object, ...]:
    return model.model_id, model.endpoint, model.version, model.reward_model


def refuse(
    world: TuningWorld, judging: Judging, version: ModelVersion, found: Sequence[Check]
) -> ModelVersion:
    """Refuse a version, also one that had passed and is not deployed yet."""
    if version.status is not VersionStatus.PASSED:
        return conclude(world, judging, version, found)

    def take_back(found: ModelVersion) -> dict[str, object] | None:
        if found.status is not VersionStatus.PASSED or found.round != version.round:
            return None
        return {"status": VersionStatus.COMPARING, "approved_by": None, "approved_at": None}

    after = change_version(world, version, take_back)
    if after.status is not VersionStatus.COMPARING:
        return after
    return conclude(world, judging, after, found)


def compare_anew(world: TuningWorld, registry: Registry, version: ModelVersion) -> ModelVersion:
    """Another model has gone live: what was found says nothing of it. A version that was approved
    and has no endpoint yet has to be approved again, too."""
    did = False

    def begin(found: ModelVersion) -> dict[str, object] | None:
        nonlocal did
        did = found.round == version.round and _may_begin_anew(found)
        return fresh_round(found) if did else None

    after = change_version(world, version, begin)
    if not did:
        return after
    because = "another model went live meanwhile"
    note(world, BY_POLICY, "compared anew", of_version(version.version), because=because)
    _take_back(registry, version, f"Judged anew: {because}.")
    announce(world, after)
    return after


def _may_begin_anew(version: ModelVersion) -> bool:
    if version.status is VersionStatus.DEPLOYING:
        return version.slot is None and version.import_job is None
    return version.status in {*BEING_JUDGED, VersionStatus.PASSED}


def fresh_round(version: ModelVersion) -> dict[str, object]:
    """What changes in a version that is judged from the beginning."""
    return {
        "status": VersionStatus.REGISTERED,
        "round": version.round + 1,
        "compared_with": None,
        "evaluating_until": None,
        "heldout": None,
        "heldout_live": None,
        "checks": (),
        "verdict": None,
        "comparison": None,
        "approved_by": None,
        "approved_at": None,
        "reason": "",
    }
