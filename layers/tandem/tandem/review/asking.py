"""Asks the pre-annotation function about the candidates of a job of the review queue, and makes a
task of each that somebody has to look at."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from tandem.review.manifest import Json
from tandem.review.models import Candidate, Job, Pick, Task
from tandem.review.moves import give_back, in_job
from tandem.review.ports import AnnotationFunctions, ReviewWorld

_AT_ONCE = 8


class NotPrepared(Exception):
    """The pre-annotation function failed for some candidates of a job; the text says how."""


def queue_arn(name: str) -> str:
    """What stands for a job's ARN in requests of the review queue."""
    return f"arn:aws:tandem:::labeling-job/{name}"


def ask(
    world: ReviewWorld,
    functions: AnnotationFunctions,
    job: Job,
    lines: Sequence[Json],
    *,
    late: bool,
) -> None:
    """Make a task of each candidate that somebody has to look at.

    One that cannot be prepared keeps no other from its task. Raises `NotPrepared`; once it is
    `late`, what cannot be prepared is given back instead.
    """
    mine = world.candidates.many([str(line["candidate-id"]) for line in lines])
    candidates = {each.candidate_id: each for each in mine if in_job(each, job)}
    asked = [line for line in lines if line["candidate-id"] in candidates]

    def one(line: Json) -> Exception | None:
        try:
            _ask_one(world, functions, job, candidates[line["candidate-id"]], line)
        except Exception as error:  # whatever it is, the others go on
            return error
        return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failures = list(pool.map(one, asked))
    failed = [(line, error) for line, error in zip(asked, failures, strict=True) if error]
    if not failed:
        return
    if not late:
        raise NotPrepared(
            f"{len(failed)} of {len(asked)} candidates of {job.name}: {failed[0][1]!r}"
        ) from failed[0][1]
    for line, error in failed:
        give_back(
            world,
            candidates[line["candidate-id"]],
            job,
            f"it could not be prepared: {error}",
            # Where none can be, it is not the candidates' fault.
            counts=len(failed) < len(asked),
        )


def _ask_one(
    world: ReviewWorld,
    functions: AnnotationFunctions,
    job: Job,
    candidate: Candidate,
    line: Json,
) -> None:
    if world.tasks.get(job.name, candidate.candidate_id) is not None:
        return
    answer = functions.pre(
        {"version": "2018-10-16", "labelingJobArn": queue_arn(job.name), "dataObject": line}
    )
    if answer.get("isHumanAnnotationRequired", True) is False:
        give_back(world, candidate, job, "the pre-annotation function says that nobody has to")
        return
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
