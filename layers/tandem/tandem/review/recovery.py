"""Finds what lost events and dead workers left behind in the review."""

from dataclasses import dataclass
from datetime import timedelta

from tandem.live.errors import Conflict
from tandem.review.finishing import finish
from tandem.review.labeling import Backends, resume
from tandem.review.models import Job, JobStatus
from tandem.review.ports import ReviewWorld

STARTED_WITHIN = timedelta(minutes=10)
"""A start that takes longer has broken off: its function has ended by then."""


@dataclass(frozen=True, slots=True)
class Found:
    """Names of jobs."""

    resumed: tuple[str, ...]
    finished: tuple[str, ...]


def reconcile(world: ReviewWorld, backends: Backends) -> Found:
    """Look after all jobs that have not ended: go on with starts that broke off, and finish what
    is over. What is not over is left alone."""
    resumed, finished = [], []
    now = world.clock.now()
    for job in world.jobs.unfinished():
        if job.status is JobStatus.STARTING:
            if now - job.created_at >= STARTED_WITHIN and _resumed(world, backends, job):
                resumed.append(job.name)
            continue
        if finish(world, backends, job.name) is not None:
            finished.append(job.name)
    return Found(tuple(resumed), tuple(finished))


def _resumed(world: ReviewWorld, backends: Backends, job: Job) -> bool:
    try:
        resume(world, backends, job)
    except Conflict:
        return False  # it goes on by itself
    return True
