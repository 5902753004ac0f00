"""What leads see: which model answers with which share, the versions and what can be done with
them, the trainings, a trial's figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.live.errors import NotFound
from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning import promotion, rolling_back
from tandem.tuning.answered import Answered, answered_uri, read_answered
from tandem.tuning.api import (
    BeforeAfter,
    Deed,
    LiveModel,
    ModelsOverview,
    RunView,
    TrialView,
    VersionDetail,
    VersionView,
)
from tandem.tuning.audit import of_version
from tandem.tuning.erasing import withheld
from tandem.tuning.models import Comparison, ModelVersion, TrainingRun, VersionStatus
from tandem.tuning.ports import Hosting, TuningWorld
from tandem.tuning.training_runs import TrainingMeans, why_not
from tandem.tuning.trial import evidence
from tandem.tuning.verdict import BEING_JUDGED, Judging, counted, pairs_of

_RUNS = 20
_SAMPLES = 20
_HISTORY = 100
_LINK_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Leading:
    """What only the leads' page needs of the world. `folder`: URI of all evaluations."""

    training: TrainingMeans
    judging: Judging
    hosting: Hosting
    folder: str


def overview(world: TuningWorld, leading: Leading) -> ModelsOverview:
    models = leading.judging.pointer.read()
    because = why_not(world, leading.training)
    trial = models.trial
    return ModelsOverview(
        live=_model(models.answer, 1 - (trial.share if trial else 0)),
        candidate=_model(trial.model, trial.share) if trial else None,
        trial=_trial(world, models),
        versions=tuple(view(world, leading, each, models) for each in world.versions.all()),
        runs=tuple(map(_run, world.runs.recent(_RUNS))),
        can_train=not because,
        cannot_train_because=sentence(because),
        automatic=world.policies.current().training.automatic,
    )


def detail(world: TuningWorld, leading: Leading, number: int) -> VersionDetail:
    """Raises `NotFound`.

    While people compare, nothing is shown of whose answers are which: leads compare as well, and
    compare blind. So there are neither samples nor the report; nor are there any of what customers
    have withdrawn.
    """
    version = version_of(world, number)
    hidden = version.status in BEING_JUDGED or version.dataset_version in withheld(
        world, leading.judging.withdrawn
    )
    files, report = leading.training.files, f"{version.folder}/report.html"
    return VersionDetail(
        version=view(world, leading, version, leading.judging.pointer.read()),
        summary=version.summary,
        package_arn=version.package_arn,
        model_id=version.reference.model_id if version.reference else None,
        compared_with=version.compared_with.model_id if version.compared_with else None,
        samples=() if hidden else _samples(leading, version),
        report=None if hidden or not files.exists(report) else files.link(report, _LINK_SECONDS),
        history=tuple(world.history.of(of_version(number), _HISTORY)),
    )


def version_of(world: TuningWorld, number: int) -> ModelVersion:
    """Raises `NotFound`."""
    version = world.versions.get(number)
    if version is None:
        raise NotFound(f"There is no version {number}.")
    return version


def view(
    world: TuningWorld, leading: Leading, version: ModelVersion, models: Models
) -> VersionView:
    summary = version.summary
    return VersionView(
        version=version.version,
        status=version.status,
        kind=version.kind,
        method=summary.method,
        base=summary.base,
        dataset_version=version.dataset_version,
        registered_at=version.registered_at,
        heldout=version.heldout,
        heldout_live=version.heldout_live,
        checks=version.checks,
        verdict=version.verdict,
        comparison=_comparison(world, leading, version),
        share=_share(version, models),
        approved_by=version.approved_by,
        approved_at=version.approved_at,
        live_since=version.live_since,
        ended_at=version.ended_at,
        reason=version.reason,
        deeds=_deeds(version),
        untried=is_untried(world, version, models),
    )


def is_untried(world: TuningWorld, version: ModelVersion, models: Models) -> bool:
    """Whether a version, made live now, would answer all conversations before a trial has shown
    that it is no worse."""
    if version.live_since is not None:
        return False
    match version.status:
        case VersionStatus.TRIAL:
            trial = _trial(world, models)
            return trial is None or not _has_shown_enough(trial)
        case VersionStatus.FAILED:
            # It is deployed as it was before: for a trial, unless somebody made it live.
            return version.once_deployed == "live"
        case VersionStatus.DEPLOYING | VersionStatus.ROLLED_BACK:
            return world.policies.current().trial.share > 0
        case _:
            return False


def sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:].removesuffix('.')}." if said else ""


# --- parts ---------------------------------------------------------------------------------------
def _model(reference: ModelReference, share: float) -> LiveModel:
    return LiveModel(
        model_id=reference.model_id,
        version=reference.version,
        share=share,
        reward_model=reference.reward_model is not None,
    )


def _share(version: ModelVersion, models: Models) -> float:
    trial = models.trial
    if trial is not None and trial.model.version == version.version:
        return trial.share
    if models.answer.version == version.version:
        return 1 - (trial.share if trial else 0)
    return 0.0


def _trial(world: TuningWorld, models: Models) -> TrialView | None:
    trial = models.trial
    if trial is None or trial.model.version is None:
        return None
    policy = world.policies.current().trial
    figures = world.trials.figures(trial.model.version)
    found = evidence(figures, trial.share, policy)
    return TrialView(
        since=trial.since,
        share=trial.share,
        figures=figures,
        evidence_worse=found.worse,
        worse_at=found.worse_at,
        evidence_not_worse=found.not_worse,
        not_worse_at=found.not_worse_at,
        minimum_conversations=policy.minimum_conversations,
    )


def _has_shown_enough(trial: TrialView) -> bool:
    enough = trial.figures.candidate_conversations >= trial.minimum_conversations
    not_worse = trial.evidence_not_worse >= trial.not_worse_at
    return enough and not_worse and trial.evidence_worse < trial.worse_at


def _comparison(world: TuningWorld, leading: Leading, version: ModelVersion) -> Comparison | None:
    """While it is under way, how far it is, and not how it stands."""
    planned = version.comparison
    if planned is None or version.status is not VersionStatus.COMPARING:
        return planned
    said = counted(planned, pairs_of(world, version), leading.judging.panel.set_aside())
    return planned.model_copy(update={"done": said.done})


def _deeds(version: ModelVersion) -> tuple[Deed, ...]:
    deeds: list[Deed] = []
    if version.status is VersionStatus.PASSED:
        deeds.append("approve")
    if version.status in {*BEING_JUDGED, VersionStatus.PASSED}:
        deeds.append("reject")
    proven = version.verdict is not None and version.verdict.passed
    if proven and not promotion.why_not(version):
        deeds.append("promote")
    if version.rollback is None and not rolling_back.why_not(version):
        deeds.append("roll_back")
    return tuple(deeds)


def _run(run: TrainingRun) -> RunView:
    return RunView(
        name=run.name,
        dataset_version=run.dataset_version,
        ratings=run.ratings,
        method=run.hyperparameters.get("method", ""),
        asked_by=run.asked_by,
        status=run.status,
        started_at=run.started_at,
        ended_at=run.ended_at,
        seconds=run.seconds,
        reason=run.reason,
        version=run.version,
    )


def _samples(leading: Leading, version: ModelVersion) -> tuple[BeforeAfter, ...]:
    """Where the judge sees the largest gains, then where it sees the largest losses; without a
    judge, the first that differ."""
    uri = answered_uri(leading.folder, version)
    answered = read_answered(leading.training.files, uri)
    differing = [each for each in answered if each.live.strip() != each.candidate.strip()]
    rated = [each for each in differing if each.gain is not None]
    chosen = _extremes(rated) if rated else differing[:_SAMPLES]
    return tuple(_before_after(each) for each in chosen)


def _extremes(rated: Sequence[Answered]) -> list[Answered]:
    by_gain = sorted(rated, key=lambda each: -(each.gain or 0.0))
    if len(by_gain) <= _SAMPLES:
        return by_gain
    return by_gain[: _SAMPLES // 2] + by_gain[-_SAMPLES // 2 :]


def _before_after(each: Answered) -> BeforeAfter:
    return BeforeAfter(
        prompt_id=each.prompt_id,
        question=each.question,
        topic=each.topic,
        context=each.context,
        live=each.live,
        candidate=each.candidate,
        live_rating=each.live_rating,
        candidate_rating=each.candidate_rating,
    )
