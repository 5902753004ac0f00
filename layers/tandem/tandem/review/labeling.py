"""Starts labelling jobs: what waits is claimed, written down, and handed to the backend.

A job's name derives from its candidates as they are, so that a duplicate start meets the job that
exists. A start that breaks off leaves the job `starting`, and `resume` goes on from wherever it
was: each step leaves alone what is done already. The manifest is written once; from then on it says
what the job is about.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files as package_files
from itertools import batched

from tandem.review import manifest
from tandem.review.asking import ask
from tandem.review.events import LabelingJobDrained
from tandem.review.manifest import Json
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    TaskStatus,
)
from tandem.review.moves import (
    change_candidate,
    change_job,
    close_tasks,
    end,
    give_back,
    in_job,
    with_changes,
)
from tandem.review.ports import AnnotationFunctions, GroundTruth, JobRefused, ReviewWorld

PATIENCE = timedelta(hours=2)
"""How long a start that breaks off is tried again, whole. Then the job begins without what cannot
be prepared, or is called off."""
STARTING_FOR = timedelta(minutes=2)
"""How long one call goes on to start further jobs; a function's time has an end."""
_LOOKED_AT = 100
_TEMPLATE = "rating_task.liquid.html"


class NoGroundTruth(Exception):
    """The policy asks for Ground Truth, and the stack has no work team."""

    def __init__(self) -> None:
        super().__init__(
            "the review policy asks for Ground Truth: deploy with WorkteamArn, or choose the "
            "backend queue"
        )


@dataclass(frozen=True, slots=True)
class Backends:
    """Where labels come from. `ground_truth` is None in a stack without a work team."""

    functions: AnnotationFunctions
    ground_truth: GroundTruth | None


# --- starting ------------------------------------------------------------------------------------
def start_all(world: ReviewWorld, backends: Backends, *, at_least: int = 1) -> list[Job]:
    """Start jobs with all that waits, if at least so many candidates do.

    Less than a full job waits on once it is fewer than `at_least`. Stops after `STARTING_FOR`, and
    at a job that cannot start: the next would not either. Raises as `start` does.
    """
    until = world.clock.now() + STARTING_FOR
    size = world.policies.current().labeling.job_size
    started: list[Job] = []
    wanted = at_least
    while True:
        job = start(world, backends, at_least=wanted)
        if job is None or job.name in {each.name for each in started}:
            return started
        started.append(job)
        if job.status is JobStatus.FAILED or world.clock.now() >= until:
            return started
        wanted = min(at_least, size)


def start(world: ReviewWorld, backends: Backends, *, at_least: int = 1) -> Job | None:
    """Start one job with the candidates that wait; None if fewer than `at_least` do.

    Raises `NoGroundTruth`; then they wait on.
    """
    labeling = world.policies.current().labeling
    waiting = _waiting(world, max(at_least, labeling.job_size))
    if len(waiting) < at_least or not waiting:
        return None
    if labeling.backend is Backend.GROUND_TRUTH and backends.ground_truth is None:
        raise NoGroundTruth
    chosen = waiting[: labeling.job_size]
    now = world.clock.now()
    job = Job(
        name=name_of(chosen, world.files.uri("jobs")),
        backend=labeling.backend,
        candidate_ids=tuple(candidate.candidate_id for candidate in chosen),
        workers_per_object=labeling.workers_per_object,
        created_at=now,
        deadline=now + timedelta(days=labeling.days),
    )
    if not world.jobs.add(job):
        stored = world.jobs.get(job.name)
        if stored is None or stored.status is not JobStatus.STARTING:
            return stored
        job = stored
    return resume(world, backends, job)


def _waiting(world: ReviewWorld, most: int) -> list[Candidate]:
    """As they are: the index of what waits lags behind what was claimed a moment ago."""
    found: list[Candidate] = []
    listed = world.candidates.of_status(CandidateStatus.WAITING)
    for batch in batched(listed, _LOOKED_AT, strict=False):
        fresh = world.candidates.many([candidate.candidate_id for candidate in batch])
        found += [each for each in fresh if each.status is CandidateStatus.WAITING]
        if len(found) >= most:
            break
    return found[:most]


def name_of(candidates: Sequence[Candidate], home: str) -> str:
    """The name of the job that these candidates make as they are now.

    Every claim and return moves a candidate's revision: what comes back makes another job. `home`
    tells the stacks of an account apart that have the same candidates.
    """
    parts = [home, *sorted((each.candidate_id, each.revision) for each in candidates)]
    return f"tandem-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]}"


def resume(world: ReviewWorld, backends: Backends, job: Job) -> Job:
    """Go on with a job that is `starting`. Returns the job as it is then.

    Raises whatever the world raises, and `NotPrepared`: the job is still `starting` then, and may
    be gone on with.
    """
    lines = _input(world, job)
    if not lines:
        # Not a failure that anybody has to hear of: nothing was in it.
        return change_job(
            world,
            job,
            lambda found: (
                None
                if found.status.ended
                else {
                    "status": JobStatus.FAILED,
                    "ended_at": world.clock.now(),
                    "reason": "other jobs have all of its candidates",
                }
            ),
        )
    # Stored first: reviewers may be quicker than the last step.
    uri = world.files.uri(input_key(job.name))
    job = change_job(world, job, lambda j: None if j.manifest_uri else {"manifest_uri": uri})
    if job.status.ended:
        # Whoever was slower than the job itself has claimed what nobody is to label in it.
        return let_go(world, job)
    late = world.clock.now() - job.created_at >= PATIENCE
    if job.backend is Backend.GROUND_TRUTH:
        refusal = _create(world, backends.ground_truth, job, uri, late=late)
        if refusal:
            return call_off(world, job, refusal)
        return _opened(world, job)
    ask(world, backends.functions, job, lines, late=late)
    opened = _opened(world, job)
    # The last task may have been done before the job was open, when nobody could finish it.
    if not any(t.status is TaskStatus.OPEN for t in world.tasks.of_job(job.name)):
        world.bus.publish([drained(job, world.clock.now())])
    return opened


def call_off(world: ReviewWorld, job: Job, reason: str) -> Job:
    """End a job that cannot start. Its candidates wait again, and it counts against none."""
    close_tasks(world, job)
    for candidate in world.candidates.many(job.candidate_ids):
        give_back(world, candidate, job, reason, counts=False)
    return end(world, job, reason=reason)


def let_go(world: ReviewWorld, job: Job) -> Job:
    """Let wait again what a job has kept that has ended."""
    for candidate in world.candidates.many(job.candidate_ids):
        give_back(world, candidate, job, "the job ended without it", counts=False)
    return job


def drained(job: Job, now: datetime) -> LabelingJobDrained:
    """The event of a job whose tasks are done; the same however often."""
    return LabelingJobDrained(id=f"drained-{job.name}", time=now, job=job.name)


def _opened(world: ReviewWorld, job: Job) -> Job:
    return change_job(
        world,
        job,
        lambda found: {"status": JobStatus.OPEN} if found.status is JobStatus.STARTING else None,
    )


# --- what the job is about -----------------------------------------------------------------------
def _input(world: ReviewWorld, job: Job) -> list[Json]:
    """The lines of the manifest; written now, of what the job gets hold of, if there is none."""
    key = input_key(job.name)
    try:
        body = world.files.read(key)
    except KeyError:
        lines = [manifest.input_line(candidate) for candidate in _claim(world, job)]
        if not lines:
            return []
        world.files.write_new(key, manifest.write_lines(lines), "application/jsonlines")
        # Of two starts at once, the one that wrote first.
        body = world.files.read(key)
    return list(manifest.read_lines(body))


def input_key(job: str) -> str:
    return f"jobs/{job}/input.manifest"


def _claim(world: ReviewWorld, job: Job) -> Iterator[Candidate]:
    """The candidates that are this job's: of two jobs that want one, one gets it."""

    def claimed(found: Candidate) -> Candidate | None:
        if found.status is not CandidateStatus.WAITING:
            return None
        return with_changes(found, status=CandidateStatus.LABELING, job=job.name)

    for candidate in world.candidates.many(job.candidate_ids):
        after = change_candidate(world, candidate, claimed)
        if after is not None and in_job(after, job):
            yield after


# --- Ground Truth --------------------------------------------------------------------------------
def _create(
    world: ReviewWorld, service: GroundTruth | None, job: Job, manifest_uri: str, *, late: bool
) -> str:
    """Why there can be no such job of Ground Truth; empty: there is one."""
    if service is None:
        return str(NoGroundTruth())
    labeling = world.policies.current().labeling
    try:
        service.create(job, manifest_uri, _template_uri(world), labeling)
    except JobRefused as error:
        return f"Ground Truth refuses the job: {error}"
    except Exception as error:
        if not late:
            raise
        # Whether it was made all the same, the service knows.
        if service.describe(job.name) is None:
            return f"Ground Truth did not take the job: {error}"
    return ""


def _template_uri(world: ReviewWorld) -> str:
    body = package_files("tandem.review").joinpath(_TEMPLATE).read_bytes()
    key = f"templates/{hashlib.sha256(body).hexdigest()[:16]}.liquid.html"
    world.files.write_new(key, body, "text/html")
    return world.files.uri(key)
