"""Starts labelling jobs: what waits is claimed, written down, and handed to the backend.

A job's name derives from its candidates and how often each came back, so that a duplicate start
meets the job that exists. A start that breaks off leaves the job `starting`, and `resume` goes on
from wherever it was: each step leaves alone what is done already.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files as package_files
from typing import cast

from tandem.live.errors import Conflict
from tandem.review import manifest
from tandem.review.events import LabelingJobDrained
from tandem.review.manifest import Json
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    Pick,
    Return,
    Task,
)
from tandem.review.ports import AnnotationFunctions, GroundTruth, ReviewWorld

_ATTEMPTS = 10
_AT_ONCE = 8
_TEMPLATE = "rating_task.liquid.html"


class NoGroundTruth(Exception):
    """The policy asks for Ground Truth, and the stack has no work team."""


@dataclass(frozen=True, slots=True)
class Backends:
    """Where labels come from. `ground_truth` is None in a stack without a work team."""

    functions: AnnotationFunctions
    ground_truth: GroundTruth | None


def queue_arn(name: str) -> str:
    """What stands for a job's ARN in requests of the review queue."""
    return f"arn:aws:tandem:::labeling-job/{name}"


def start(world: ReviewWorld, backends: Backends, *, at_least: int = 1) -> Job | None:
    """Start a job with the candidates that wait; None if fewer than `at_least` do."""
    labeling = world.policies.current().labeling
    seen = [c.candidate_id for c in world.candidates.of_status(CandidateStatus.WAITING,
                                                              labeling.job_size)]  # fmt: skip
    waiting = [c for c in world.candidates.many(seen) if c.status is CandidateStatus.WAITING]
    if len(waiting) < at_least:
        return None
    now = world.clock.now()
    job = Job(
        name=name_of(waiting),
        backend=labeling.backend,
        candidate_ids=tuple(candidate.candidate_id for candidate in waiting),
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


def name_of(candidates: Sequence[Candidate]) -> str:
    """The name of the job that these candidates make now."""
    parts = sorted((c.candidate_id, len(c.returns)) for c in candidates)
    return f"tandem-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]}"


def resume(world: ReviewWorld, backends: Backends, job: Job) -> Job:
    """Go on with a job that is `starting`. Raises `NoGroundTruth`."""
    claimed = list(_claim(world, job))
    if not claimed:
        return _changed(
            world,
            job,
            status=JobStatus.FAILED,
            ended_at=world.clock.now(),
            reason="other jobs have all of its candidates",
        )
    lines = [manifest.input_line(candidate) for candidate in claimed]
    uri = world.files.write(
        f"jobs/{job.name}/input.manifest", manifest.write_lines(lines), "application/jsonlines"
    )
    if job.backend is Backend.GROUND_TRUTH:
        if backends.ground_truth is None:
            raise NoGroundTruth(
                "the review policy asks for Ground Truth: deploy with WorkteamArn, or choose the "
                "backend queue"
            )
        labeling = world.policies.current().labeling
        backends.ground_truth.create(job, uri, _template_uri(world), labeling)
        return _changed(world, job, status=JobStatus.OPEN, manifest_uri=uri)
    # Stored first: a reviewer may be quicker than the last task is made.
    job = _changed(world, job, status=JobStatus.STARTING, manifest_uri=uri)
    asked = _ask(world, backends.functions, job, claimed, lines)
    opened = _changed(world, job, status=JobStatus.OPEN)
    if not any(asked):
        world.bus.publish([drained(job, world.clock.now())])
    return opened


def drained(job: Job, now: datetime) -> LabelingJobDrained:
    """The event of a job whose tasks are done; the same however often."""
    return LabelingJobDrained(id=f"drained-{job.name}", time=now, job=job.name)


def _claim(world: ReviewWorld, job: Job) -> Iterator[Candidate]:
    """The candidates that are this job's: of two jobs that want one, one gets it."""
    for candidate in world.candidates.many(job.candidate_ids):
        claimed = change_candidate(world, candidate, lambda found: _claimed(found, job))
        if claimed is not None and claimed.job == job.name:
            yield claimed


def _claimed(candidate: Candidate, job: Job) -> Candidate | None:
    if candidate.status is not CandidateStatus.WAITING:
        return None
    return with_changes(candidate, status=CandidateStatus.LABELING, job=job.name)


def _ask(
    world: ReviewWorld,
    functions: AnnotationFunctions,
    job: Job,
    claimed: Sequence[Candidate],
    lines: Sequence[Json],
) -> list[bool]:
    """Make a task of each candidate; False where the function says that nobody has to look."""

    def one(pair: tuple[Candidate, Json]) -> bool:
        candidate, line = pair
        if world.tasks.get(job.name, candidate.candidate_id) is not None:
            return True
        answer = functions.pre(
            {"version": "2018-10-16", "labelingJobArn": queue_arn(job.name), "dataObject": line}
        )
        if answer.get("isHumanAnnotationRequired", True) is False:
            give_back(world, candidate, job, "the pre-annotation function says that nobody has to")
            return False
        world.tasks.add(
            Task(
                job=job.name,
                candidate_id=candidate.candidate_id,
                wanted=job.workers_per_object,
                task_input=cast("dict[str, object]", answer["taskInput"]),
                priority=1 if set(candidate.picks) == {Pick.RANDOM} else 0,
                created_at=candidate.created_at,
            )
        )
        return True

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, zip(claimed, lines, strict=True)))


def _template_uri(world: ReviewWorld) -> str:
    body = package_files("tandem.review").joinpath(_TEMPLATE).read_bytes()
    key = f"templates/{hashlib.sha256(body).hexdigest()[:16]}.liquid.html"
    world.files.write_new(key, body, "text/html")
    return world.files.uri(key)


def _changed(world: ReviewWorld, job: Job, **changes: object) -> Job:
    after = job.model_copy(update={"revision": job.revision + 1, **changes})
    world.jobs.replace(job, after)
    return after


# --- candidates on their way ---------------------------------------------------------------------
def with_changes(candidate: Candidate, **changes: object) -> Candidate:
    return candidate.model_copy(update={"revision": candidate.revision + 1, **changes})


def change_candidate(
    world: ReviewWorld, candidate: Candidate, change: Callable[[Candidate], Candidate | None]
) -> Candidate | None:
    """Change a candidate, looking at it again when somebody else was faster.

    `change` returns None where there is nothing to change. Returns the candidate as it is then;
    None if it is gone. Raises `Conflict` when too many change it at once.
    """
    found: Candidate | None = candidate
    for _ in range(_ATTEMPTS):
        if found is None:
            return None
        after = change(found)
        if after is None:
            return found
        try:
            world.candidates.replace(found, after)
        except Conflict:
            found = world.candidates.get(candidate.candidate_id)
            continue
        return after
    raise Conflict(f"candidate {candidate.candidate_id}: too many change it at once")


def give_back(world: ReviewWorld, candidate: Candidate, job: Job, reason: str) -> bool:
    """Let a candidate wait again, with why; or give it up when it came back too often. Nothing
    happens if it is not in this job (any more). Returns whether it came back from this job."""
    most = world.policies.current().labeling.max_returns

    def change(found: Candidate) -> Candidate | None:
        if found.status is not CandidateStatus.LABELING or found.job != job.name:
            return None
        returns = (*found.returns, Return(job=job.name, reason=reason, at=world.clock.now()))
        given_up = len(returns) >= most
        return with_changes(
            found,
            status=CandidateStatus.GIVEN_UP if given_up else CandidateStatus.WAITING,
            job=None,
            returns=returns,
        )

    after = change_candidate(world, candidate, change)
    return after is not None and any(each.job == job.name for each in after.returns)
