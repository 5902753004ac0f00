"""Ends training runs: what a job has made becomes a model version, or the run says why not.

A duplicate event, two at once, or one after a breakdown in the middle end in the same state: the
registry gives a run the same package again, and the run counts as ended only after the last step.
"""

from pydantic import ValidationError

from tandem.review.events import CandidateRegistered
from tandem.tuning import audit
from tandem.tuning.models import ModelVersion, RunStatus, RunSummary, TrainingRun
from tandem.tuning.moves import change_run
from tandem.tuning.ports import Files, JobState, Package, Refused, Registry, TuningWorld
from tandem.tuning.training_runs import TrainingMeans, fail, withdrawn_from

_FIGURES = 30
"""Of a training's metrics, in what the package says of itself; it has room for 50 in all."""


class CameToNothing(Exception):
    """No model version can come of what a job has made; the text says why."""


def finish(
    world: TuningWorld, means: TrainingMeans, registry: Registry, name: str
) -> TrainingRun | None:
    """Register what a training job has made, once it has ended.

    None if there is no such run here, or its job has not ended, or is not known (yet). Returns an
    ended run as it is. Raises whatever the world raises.
    """
    run = world.runs.get(name)
    if run is None or run.status.ended:
        return run
    state = means.jobs.describe(name)
    if state is None or state.status == "open":
        return None
    try:
        package = _register(world, means, registry, run, state)
    except CameToNothing as error:
        return fail(world, run, str(error), state.seconds)
    return _registered(world, run, package, state)


def _register(
    world: TuningWorld,
    means: TrainingMeans,
    registry: Registry,
    run: TrainingRun,
    state: JobState,
) -> Package:
    """Raises `CameToNothing`."""
    # Before anything else: a job that was stopped because of it says only that it was stopped.
    if withdrawn := withdrawn_from(means, run.dataset_version):
        raise CameToNothing(f"it was not registered: {withdrawn}")
    if state.status != "completed":
        raise CameToNothing(state.reason or f"the training job has {state.status}")
    folder = (state.output_uri or "").rstrip("/")
    summary = _summary(means.files, folder, run)
    try:
        package = registry.register(
            run, folder, _properties(run, summary), weights=summary.kind == "weights"
        )
    except Refused as error:
        raise CameToNothing(f"the registry does not take the model: {error}") from error
    version = ModelVersion(
        version=package.version,
        package_arn=package.arn,
        kind=summary.kind,
        run=run.name,
        dataset_version=run.dataset_version,
        summary=summary,
        folder=folder,
        registered_at=world.clock.now(),
    )
    if not world.versions.add(version):
        stored = world.versions.get(version.version)
        if stored is None or stored.run != run.name:
            raise CameToNothing(
                f"the registry calls it version {package.version}, which is another training's: "
                "was its model package group made anew?"
            )
    return package


def _summary(files: Files, folder: str, run: TrainingRun) -> RunSummary:
    """Raises `CameToNothing`."""
    uri = f"{folder}/run.json"
    try:
        summary = RunSummary.model_validate_json(files.read_uri(uri))
    except KeyError:
        raise CameToNothing(f"the training has left no run.json: there is no {uri}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CameToNothing(
            f"the training's run.json cannot be read: {place or 'it'}: {first['msg']}"
        ) from error
    if summary.dataset_version != run.dataset_version:
        raise CameToNothing(
            f"the training says that it saw dataset version {summary.dataset_version}, and it was "
            f"to see {run.dataset_version}"
        )
    return summary


def _properties(run: TrainingRun, summary: RunSummary) -> dict[str, str]:
    """What the package says of itself, for those who look at it in SageMaker."""
    figures = sorted(summary.metrics.items())[:_FIGURES]
    return {
        "run": run.name,
        "dataset_version": str(summary.dataset_version),
        "kind": summary.kind,
        "method": summary.method,
        "base": summary.base or "none",
        "base_license": summary.base_license or "unknown",
        "ratings": str(sum(summary.ratings.model_dump().values())),
        "reward_model/spearman": f"{summary.reward_model.spearman:.4g}",
        "reward_model/error": f"{summary.reward_model.error:.4g}",
        **{name: f"{value:.6g}" for name, value in figures},
    }


def _registered(
    world: TuningWorld, run: TrainingRun, package: Package, state: JobState
) -> TrainingRun:
    now = world.clock.now()
    # Before the run counts as ended: what breaks off in between is announced again, not never.
    world.bus.publish(
        [
            CandidateRegistered(
                id=f"candidate-registered-{run.name}",
                time=now,
                model_id=package.arn,
                dataset_version=run.dataset_version,
            )
        ]
    )
    registered = {
        "status": RunStatus.REGISTERED,
        "ended_at": now,
        "reason": "",
        "output_uri": state.output_uri,
        "version": package.version,
        "seconds": state.seconds,
    }
    moved = False

    def end(found: TrainingRun) -> dict[str, object] | None:
        nonlocal moved
        moved = not found.status.ended
        return registered if moved else None

    after = change_run(world, run, end)
    if moved:
        world.meter.record("CandidatesRegistered", 1, "Count")
        if state.seconds is not None:
            world.meter.record("TrainingSeconds", state.seconds, "Seconds")
        subject = audit.of_version(package.version)
        audit.note(world, audit.BY_POLICY, "registered", subject, run=run.name)
    return after
