"""How candidates, jobs and their tasks move from one state to the next.

Each move is one conditional write, and is decided anew when somebody else was faster: of two who
want the same, one does it and the other finds it done.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

from tandem.live.errors import Conflict
from tandem.review.events import LabelingCompleted
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    Return,
    Task,
    TaskStatus,
)
from tandem.review.ports import ReviewWorld

_ATTEMPTS = 10
_LONGEST_REASON = 1000
"""Of a return: services and functions of a team's own may say anything."""
_UNCOUNTED_KEPT = 5
"""Of the returns that count against nobody: a job that is refused every hour fills no item."""
_JOBS_LOOKED_AT = 1000


# --- candidates ----------------------------------------------------------------------------------
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


def in_job(candidate: Candidate, job: Job) -> bool:
    """Whether a job has the candidate now."""
    return candidate.status is CandidateStatus.LABELING and candidate.job == job.name


def give_back(
    world: ReviewWorld, candidate: Candidate, job: Job, reason: str, *, counts: bool = True
) -> bool:
    """Let a candidate wait again, with why; or give it up when it came back too often.

    `counts` is False where nobody was asked about it: that is not the candidate's fault. Nothing
    happens if it is not in this job (any more). Returns whether it was.
    """
    most = world.policies.current().labeling.max_returns
    returned = Return(
        job=job.name, reason=reason[:_LONGEST_REASON], at=world.clock.now(), counts=counts
    )
    given = False

    def change(found: Candidate) -> Candidate | None:
        nonlocal given
        given = in_job(found, job)
        if not given:
            return None
        returns = kept_returns((*found.returns, returned))
        given_up = sum(each.counts for each in returns) >= most
        status = CandidateStatus.GIVEN_UP if given_up else CandidateStatus.WAITING
        return with_changes(found, status=status, job=None, returns=returns)

    change_candidate(world, candidate, change)
    return given


def kept_returns(returns: tuple[Return, ...]) -> tuple[Return, ...]:
    """All that count, and the newest of the others."""
    uncounted = [each for each in returns if not each.counts]
    forgotten = uncounted[:-_UNCOUNTED_KEPT]
    return tuple(each for each in returns if each.counts or each not in forgotten)


def jobs_of(world: ReviewWorld, candidate: Candidate) -> list[str]:
    """The names of the jobs that it is or was in, in any order."""
    names = [candidate.job, candidate.label.job if candidate.label else None]
    names += [returned.job for returned in candidate.returns]
    if sum(not returned.counts for returned in candidate.returns) >= _UNCOUNTED_KEPT:
        # Those of before are forgotten. The jobs know.
        recent = world.jobs.recent(_JOBS_LOOKED_AT)
        names += [job.name for job in recent if candidate.candidate_id in job.candidate_ids]
    return list(dict.fromkeys(name for name in names if name is not None))


# --- jobs ----------------------------------------------------------------------------------------
def change_job(
    world: ReviewWorld, job: Job, change: Callable[[Job], Mapping[str, object] | None]
) -> Job:
    """Change a job; `change` returns None where there is nothing to change.

    Returns the job as it is then. Raises `Conflict` when too many change it at once.
    """
    found = job
    for _ in range(_ATTEMPTS):
        changes = change(found)
        if changes is None:
            return found
        after = found.model_copy(update={"revision": found.revision + 1, **changes})
        try:
            world.jobs.replace(found, after)
        except Conflict:
            found = world.jobs.get(job.name) or found
            continue
        return after
    raise Conflict(f"job {job.name}: too many change it at once")


def end(world: ReviewWorld, job: Job, output_uri: str | None = None, reason: str = "") -> Job:
    """A job is over: all of its candidates have a label, or are back.

    Zero labels are a failure. Returns the job as it is then.
    """
    stored = world.jobs.get(job.name) or job
    if stored.status.ended:
        return stored
    now = world.clock.now()
    labeled, returned = _counted(world, job)
    if not labeled:
        reason = reason or "not one candidate was labelled"
    # Before the job counts as ended: what breaks off in between is announced again, not never.
    world.bus.publish(
        [
            LabelingCompleted(
                id=f"labeling-completed-{job.name}",
                time=now,
                job=job.name,
                backend=job.backend,
                status="completed" if labeled else "failed",
                labeled=labeled,
                returned=returned,
                output_uri=output_uri,
                reason=reason,
            )
        ]
    )
    world.meter.record("LabelsMade", labeled, "Count")
    if not labeled:
        world.meter.record("LabelingFailed", 1, "Count")
    changes = {
        "status": JobStatus.COMPLETED if labeled else JobStatus.FAILED,
        "output_uri": output_uri,
        "ended_at": now,
        "labeled": labeled,
        "returned": returned,
        "reason": reason,
    }
    return change_job(world, stored, lambda found: None if found.status.ended else changes)


def _counted(world: ReviewWorld, job: Job) -> tuple[int, int]:
    """How many of its candidates have a label by this job, and how many it let go without one."""
    labeled = returned = 0
    for candidate in world.candidates.many(job.candidate_ids):
        if candidate.label is not None and candidate.label.job == job.name:
            labeled += 1
        elif candidate.job == job.name or any(r.job == job.name for r in candidate.returns):
            returned += 1
    return labeled, returned


# --- tasks ---------------------------------------------------------------------------------------
def close_tasks(world: ReviewWorld, job: Job) -> list[Task]:
    """Nobody rates in the job any more. Returns its tasks as they stay."""
    for task in world.tasks.of_job(job.name):
        found: Task | None = task
        while found is not None and found.status is TaskStatus.OPEN:
            status = TaskStatus.DONE if found.rated_by else TaskStatus.UNLABELED
            changes = {"revision": found.revision + 1, "status": status, "holds": ()}
            with suppress(Conflict):  # somebody rated, held or left meanwhile
                world.tasks.replace(found, found.model_copy(update=changes))
            found = world.tasks.get(job.name, found.candidate_id)
    return world.tasks.of_job(job.name)
