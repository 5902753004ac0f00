"""Finds what lost events and dead workers left behind in the review."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from tandem.review import job_files, knowledge_upkeep, withdrawal
from tandem.review.finishing import finish, give_up
from tandem.review.labeling import Backends, call_off, let_go, resume, start_all
from tandem.review.models import Backend, Job, JobStatus
from tandem.review.moves import change_job, in_job
from tandem.review.ports import KnowledgeBase, ReviewWorld

STARTED_WITHIN = timedelta(minutes=10)
"""A start that takes longer has broken off: its function has ended by then."""
OVERTIME = timedelta(hours=1)
"""After its deadline, a job of Ground Truth has so long to end by itself before it is stopped."""
HOPELESS = timedelta(days=3)
"""After its deadline, what cannot be finished so long is given up."""
AGAIN = timedelta(hours=1)
"""After a job that came to nothing, the next one starts by itself not earlier."""
_RECENT = 20
_SAID = 500


@dataclass(slots=True)
class Found:
    """What was looked after: names of jobs, ids of articles and of withdrawn conversations."""

    resumed: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)


def reconcile(world: ReviewWorld, backends: Backends, base: KnowledgeBase) -> Found:
    """Look after all jobs that have not ended, after what waits for a job, after knowledge and
    after withdrawals that broke off.

    Starts that broke off are gone on with, what is over is finished, what should have been over is
    stopped or given up; all else is left alone. What fails keeps nothing else from being looked
    after: its error is raised at the end.
    """
    found = Found()
    errors: list[Exception] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            errors.append(error)

    for listed in world.jobs.unfinished():
        attempt(partial(_look_after, world, backends, listed, found))
    for ended in world.jobs.recent(_RECENT):
        attempt(partial(_look_for_stragglers, world, ended))
    attempt(lambda: found.started.extend(_start_what_waits(world, backends)))
    attempt(lambda: found.expired.extend(knowledge_upkeep.expire(world, base)))
    attempt(lambda: found.withdrawn.extend(withdrawal.complete(world, base)))
    attempt(lambda: found.erased.extend(job_files.erase_all(world)))
    if errors:
        raise ExceptionGroup("some of the review could not be looked after", errors)
    return found


def _look_after(world: ReviewWorld, backends: Backends, listed: Job, found: Found) -> None:
    job = world.jobs.get(listed.name)
    if job is None or job.status.ended:
        return
    overdue = world.clock.now() - job.deadline
    try:
        if job.status is JobStatus.STARTING:
            _go_on(world, backends, job, found)
        elif finish(world, backends, job.name) is not None:
            found.finished.append(job.name)
        elif overdue >= HOPELESS:
            raise TimeoutError("it did not end, although it was stopped")
        elif overdue >= OVERTIME and job.backend is Backend.GROUND_TRUTH and backends.ground_truth:
            backends.ground_truth.stop(job.name)
            found.stopped.append(job.name)
    except Exception as error:
        if overdue < HOPELESS:
            _note(world, job, str(error))
            raise
        reason = f"it could not be {'started' if _starting(job) else 'finished'}: {error}"
        (call_off if _starting(job) else give_up)(world, job, reason[:_SAID])
        found.given_up.append(job.name)


def _starting(job: Job) -> bool:
    return job.status is JobStatus.STARTING


def _go_on(world: ReviewWorld, backends: Backends, job: Job, found: Found) -> None:
    if world.clock.now() - job.created_at >= STARTED_WITHIN:
        resume(world, backends, job)
        found.resumed.append(job.name)


def _note(world: ReviewWorld, job: Job, problem: str) -> None:
    """For the leads, who see the job: what keeps it."""
    problem = problem[:_SAID]
    change_job(
        world,
        job,
        lambda stored: (
            None if stored.status.ended or stored.reason == problem else {"reason": problem}
        ),
    )


def _look_for_stragglers(world: ReviewWorld, job: Job) -> None:
    if job.ended_at is None or world.clock.now() - job.ended_at > AGAIN:
        return
    if any(in_job(each, job) for each in world.candidates.many(job.candidate_ids)):
        let_go(world, job)


def _start_what_waits(world: ReviewWorld, backends: Backends) -> list[str]:
    """Start what `Candidates Waiting` should have started. Not while a job starts, which may still
    claim what waits; and not again and again where nothing comes of it."""
    now = world.clock.now()
    if any(
        _starting(job) and now - job.created_at < STARTED_WITHIN for job in world.jobs.unfinished()
    ):
        return []
    for newest in world.jobs.recent(1):
        if newest.ended_at and not newest.labeled and now - newest.ended_at < AGAIN:
            return []
    start_at = world.policies.current().labeling.start_at
    return [job.name for job in start_all(world, backends, at_least=start_at)]
