"""Starts trainings: when enough is new in a dataset, or when a lead asks for one.

A run's name derives from its dataset, so that a duplicate start meets the run that exists. A start
that breaks off leaves the run `starting`, and `resume` goes on with it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

from tandem.tuning import audit
from tandem.tuning.events import TrainingFailed, TrainingRequested
from tandem.tuning.models import RunStatus, TrainingRun
from tandem.tuning.moves import change_run
from tandem.tuning.ports import Dataset, Datasets, Files, Refused, TrainingJobs, TuningWorld
from tandem.tuning.rated_answers import NoDataset, manifest_of, new_since, to_train_on

PATIENCE = timedelta(hours=24)
"""How long a training that the service does not take (yet) is asked for again: instances that are
all in use come free."""
_LOOKED_BACK = 50
_LONGEST_REASON = 1000
_NAMED = 3


@dataclass(frozen=True, slots=True)
class TrainingMeans:
    """What trainings are started and followed with."""

    jobs: TrainingJobs
    datasets: Datasets
    files: Files


@dataclass(frozen=True, slots=True)
class Started:
    """`run`: of the newest dataset, also one that was there before. `reason`: why none was started
    now; empty: one was."""

    run: TrainingRun | None
    reason: str = ""


# --- whether -------------------------------------------------------------------------------------
def start_if_enough_is_new(
    world: TuningWorld, means: TrainingMeans, announced: Dataset | None = None
) -> Started:
    """Start a training on the newest dataset, if the policy says that there is enough new.

    `announced`: a dataset that an event tells of. Raises as `resume` does.
    """
    dataset = _newest(means, announced)
    if dataset is None:
        return Started(None, "there is no dataset yet")
    if earlier := last_attempt(world, dataset):
        return _go_on(world, means, earlier)
    if not world.policies.current().training.automatic:
        return Started(None, "the policy starts no training by itself")
    ratings, reason = _can_be_trained_on(world, means, dataset)
    reason = reason or _too_little_new(world, means, dataset, ratings)
    if reason:
        return Started(None, reason)
    return Started(_start(world, means, dataset, ratings, audit.BY_POLICY, attempt=1))


def start_as_asked(world: TuningWorld, means: TrainingMeans, request: TrainingRequested) -> Started:
    """Start a training on the newest dataset because a lead asks, however little is new.

    One that failed before the lead asked is repeated. Raises as `resume` does.
    """
    dataset = _newest(means)
    if dataset is None:
        return Started(None, "there is no dataset yet")
    earlier = last_attempt(world, dataset)
    if earlier is not None and not _failed_before(earlier, request.time):
        return _go_on(world, means, earlier)
    ratings, reason = _can_be_trained_on(world, means, dataset)
    if reason:
        return Started(earlier, reason)
    attempt = 1 if earlier is None else _attempt_of(earlier) + 1
    return Started(_start(world, means, dataset, ratings, request.requested_by, attempt=attempt))


def why_not(world: TuningWorld, means: TrainingMeans) -> str:
    """Why a training that a lead asks for now would not start; empty if it would."""
    dataset = _newest(means)
    if dataset is None:
        return "there is no dataset yet"
    earlier = last_attempt(world, dataset)
    if earlier is not None and earlier.status is not RunStatus.FAILED:
        return _had(earlier)
    return _can_be_trained_on(world, means, dataset)[1]


def withdrawn_from(means: TrainingMeans, dataset_version: int) -> str:
    """A sentence that says that a dataset holds what was withdrawn; empty if it does not."""
    names = means.datasets.of(dataset_version)
    if not names:
        return ""
    named = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return (
        f"{len(names)} of the conversations that dataset version {dataset_version} was made of "
        f"were withdrawn ({named}); the next dataset is without them"
    )


def _newest(means: TrainingMeans, announced: Dataset | None = None) -> Dataset | None:
    known = means.datasets.newest()
    if known is None or (announced is not None and announced.version > known.version):
        return announced
    return known


def _failed_before(run: TrainingRun, moment: datetime) -> bool:
    """A request that was made while a training was under way does not ask for another one."""
    ended = run.ended_at
    return run.status is RunStatus.FAILED and ended is not None and ended <= moment


def _go_on(world: TuningWorld, means: TrainingMeans, run: TrainingRun) -> Started:
    if run.status is RunStatus.STARTING:
        return Started(resume(world, means, run))
    return Started(run, _had(run))


def _had(run: TrainingRun) -> str:
    if run.status is RunStatus.FAILED:
        return f"the training of dataset version {run.dataset_version} has failed"
    if run.status is RunStatus.REGISTERED:
        return f"dataset version {run.dataset_version} has had its training"
    return f"a training of dataset version {run.dataset_version} is under way"


def _can_be_trained_on(
    world: TuningWorld, means: TrainingMeans, dataset: Dataset
) -> tuple[int, str]:
    """How many ratings there are to train on, and why it cannot be; empty if it can."""
    try:
        manifest = manifest_of(means.files, dataset.uri)
    except NoDataset as error:
        return 0, str(error)
    ratings, least = to_train_on(manifest), world.policies.current().training.minimum_ratings
    if ratings < least:
        return ratings, (
            f"dataset version {dataset.version} has {ratings} rated answers to train on, and a "
            f"training starts from {least} on: {least - ratings} are missing"
        )
    return ratings, withdrawn_from(means, dataset.version)


def _too_little_new(
    world: TuningWorld, means: TrainingMeans, dataset: Dataset, ratings: int
) -> str:
    """Why a training would see too little that the last one has not seen; empty if enough."""
    began = (run for run in world.runs.recent(_LOOKED_BACK) if run.began_at is not None)
    last = next(began, None)
    if last is None:
        return ""
    new = new_since(means.files, dataset.uri, last.dataset_uri)
    if new is None:
        new = max(0, ratings - last.ratings)
    least = world.policies.current().training.minimum_new
    if new >= least:
        return ""
    return (
        f"{new} rated answers are new or changed since dataset version {last.dataset_version}, "
        f"and a training starts by itself from {least} on"
    )


# --- starting ------------------------------------------------------------------------------------
def name_of(dataset: Dataset, attempt: int = 1) -> str:
    """The name of a dataset's training job: `tandem-1a2b3c4d-d12`; of its first repetition,
    `tandem-1a2b3c4d-d12-r2`. The dataset's bucket tells the stacks of an account apart."""
    home = hashlib.sha256(urlsplit(dataset.uri).netloc.encode()).hexdigest()[:8]
    name = f"tandem-{home}-d{dataset.version}"
    return name if attempt == 1 else f"{name}-r{attempt}"


def _attempt_of(run: TrainingRun) -> int:
    repeated = run.name.rpartition("-r")[2]
    return int(repeated) if repeated.isdecimal() else 1


def last_attempt(world: TuningWorld, dataset: Dataset) -> TrainingRun | None:
    """The newest run on a dataset. Strongly consistent."""
    last = None
    for attempt in count(1):
        run = world.runs.get(name_of(dataset, attempt))
        if run is None:
            break
        last = run
    return last


def _start(
    world: TuningWorld,
    means: TrainingMeans,
    dataset: Dataset,
    ratings: int,
    asked_by: str,
    *,
    attempt: int,
) -> TrainingRun:
    training = world.policies.current().training
    run = TrainingRun(
        name=name_of(dataset, attempt),
        dataset_version=dataset.version,
        dataset_uri=dataset.uri,
        ratings=ratings,
        hyperparameters={
            **training.hyperparameters,
            "method": training.method,
            "dataset_version": str(dataset.version),
        },
        asked_by=asked_by,
        started_at=world.clock.now(),
    )
    if not world.runs.add(run):
        stored = world.runs.get(run.name)
        if stored is None or stored.status is not RunStatus.STARTING:
            return stored or run
        run = stored
    return resume(world, means, run)


def resume(world: TuningWorld, means: TrainingMeans, run: TrainingRun) -> TrainingRun:
    """Go on with a run that is `starting`. Returns the run as it is then.

    Raises whatever the world raises: the run is still `starting` then, and may be gone on with.
    """
    # Whatever was withdrawn since the run was written down.
    if withdrawn := withdrawn_from(means, run.dataset_version):
        # Whoever broke off may have started the job.
        means.jobs.stop(run.name)
        return fail(world, run, withdrawn)
    try:
        means.jobs.create(run, world.policies.current().training)
    except Refused as error:
        return fail(world, run, f"the training is refused: {error}")
    except Exception as error:
        # Whether it was made all the same, the service knows.
        late = world.clock.now() - run.started_at >= PATIENCE
        if not late or means.jobs.describe(run.name) is not None:
            raise
        return fail(world, run, f"the training could not be started: {error}")
    return _running(world, run)


def _running(world: TuningWorld, run: TrainingRun) -> TrainingRun:
    began = {"status": RunStatus.RUNNING, "began_at": world.clock.now(), "reason": ""}
    moved = False

    def begin(found: TrainingRun) -> dict[str, object] | None:
        nonlocal moved
        moved = found.status is RunStatus.STARTING
        return began if moved else None

    after = change_run(world, run, begin)
    if moved:
        world.meter.record("TrainingStarted", 1, "Count")
        asked = {"dataset": str(run.dataset_version), "method": run.hyperparameters["method"]}
        audit.note(world, run.asked_by, "started training", run.name, **asked)
    return after


# --- failing -------------------------------------------------------------------------------------
def fail(
    world: TuningWorld, run: TrainingRun, reason: str, seconds: float | None = None
) -> TrainingRun:
    """No model version comes of a run. Returns the run as it is then."""
    stored = world.runs.get(run.name) or run
    if stored.status.ended:
        return stored
    now, reason = world.clock.now(), reason[:_LONGEST_REASON]
    # Before the run counts as ended: what breaks off in between is announced again, not never.
    world.bus.publish(
        [TrainingFailed(id=f"training-failed-{run.name}", time=now, run=run.name, reason=reason)]
    )
    failed = {"status": RunStatus.FAILED, "ended_at": now, "reason": reason, "seconds": seconds}
    moved = False

    def end(found: TrainingRun) -> dict[str, object] | None:
        nonlocal moved
        moved = not found.status.ended
        return failed if moved else None

    after = change_run(world, stored, end)
    if moved:
        world.meter.record("TrainingFailed", 1, "Count")
        if seconds is not None:
            world.meter.record("TrainingSeconds", seconds, "Seconds")
        audit.note(world, audit.BY_POLICY, "training failed", run.name, reason=reason)
    return after
