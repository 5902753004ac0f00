"""Finds what lost events and dead workers left behind of training runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from tandem.tuning.models import RunStatus, TrainingRun
from tandem.tuning.moves import change_run
from tandem.tuning.ports import Registry, TuningWorld
from tandem.tuning.rated_answers import NoDataset, manifest_of
from tandem.tuning.registering import finish
from tandem.tuning.training_runs import (
    TrainingMeans,
    fail,
    last_attempt,
    resume,
    start_if_enough_is_new,
    withdrawn_from,
)

STARTED_WITHIN = timedelta(minutes=10)
"""A start that takes longer has broken off, and an event that takes longer is lost."""
KNOWN_WITHIN = timedelta(hours=1)
"""A job that the service does not know so long after it took it is gone."""
_SAID = 500


@dataclass(slots=True)
class RunsFound:
    """What was looked after: names of runs."""

    resumed: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)


def look_after_runs(world: TuningWorld, means: TrainingMeans, registry: Registry) -> RunsFound:
    """Look after all runs that have not ended, and after a dataset that no event told of.

    Starts that broke off are gone on with, ended jobs are registered, jobs that are gone are given
    up, and jobs whose dataset holds what was withdrawn are stopped; all else is left alone. What
    fails keeps nothing else from being looked after: its error is raised at the end.
    """
    found = RunsFound()
    errors: list[Exception] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            errors.append(error)

    for listed in world.runs.unfinished():
        attempt(partial(_look_after, world, means, registry, listed, found))
    attempt(partial(_start_what_no_event_told_of, world, means, found))
    if errors:
        raise ExceptionGroup("some training runs could not be looked after", errors)
    return found


def _look_after(
    world: TuningWorld,
    means: TrainingMeans,
    registry: Registry,
    listed: TrainingRun,
    found: RunsFound,
) -> None:
    run = world.runs.get(listed.name)
    if run is None or run.status.ended:
        return
    try:
        if run.status is RunStatus.STARTING:
            _go_on(world, means, run, found)
        elif finish(world, means, registry, run.name) is not None:
            found.finished.append(run.name)
        else:
            _look_at_job(world, means, run, found)
    except Exception as error:
        _note(world, run, str(error))
        raise


def _go_on(world: TuningWorld, means: TrainingMeans, run: TrainingRun, found: RunsFound) -> None:
    if world.clock.now() - run.started_at >= STARTED_WITHIN:
        resume(world, means, run)
        found.resumed.append(run.name)


def _look_at_job(
    world: TuningWorld, means: TrainingMeans, run: TrainingRun, found: RunsFound
) -> None:
    if means.jobs.describe(run.name) is None:
        began = run.began_at or run.started_at
        if world.clock.now() - began >= KNOWN_WITHIN:
            fail(world, run, "its training job is gone: the service does not know it any more")
            found.given_up.append(run.name)
    elif withdrawn_from(means, run.dataset_version):
        # What it makes could not be registered. It fails as soon as it has stopped.
        means.jobs.stop(run.name)
        found.stopped.append(run.name)


def _note(world: TuningWorld, run: TrainingRun, problem: str) -> None:
    """For the leads, who see the run: what keeps it."""
    problem = problem[:_SAID]
    change_run(
        world,
        run,
        lambda stored: (
            None if stored.status.ended or stored.reason == problem else {"reason": problem}
        ),
    )


def _start_what_no_event_told_of(
    world: TuningWorld, means: TrainingMeans, found: RunsFound
) -> None:
    """Start what `Dataset Built` should have started. Not while the event may still come."""
    if not world.policies.current().training.automatic:
        return
    dataset = means.datasets.newest()
    if dataset is None or last_attempt(world, dataset) is not None:
        return
    try:
        built_at = manifest_of(means.files, dataset.uri).built_at
    except NoDataset:
        return
    if world.clock.now() - built_at < STARTED_WITHIN:
        return
    started = start_if_enough_is_new(world, means, dataset)
    if started.run is not None and not started.reason:
        found.started.append(started.run.name)
