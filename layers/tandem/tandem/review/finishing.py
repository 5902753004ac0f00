"""Ends labelling jobs: labels go to their candidates, and what has none comes back with why.

A duplicate event, two at once, or one after a breakdown in the middle end in the same state: each
step leaves alone what is done already, and the job counts as ended only after the last.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import batched

from tandem.live.errors import Conflict
from tandem.review import manifest
from tandem.review.annotation import answer_content
from tandem.review.events import LabelingCompleted
from tandem.review.labeling import (
    Backends,
    change_candidate,
    give_back,
    queue_arn,
    with_changes,
)
from tandem.review.manifest import Json
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    Label,
    Task,
    TaskStatus,
)
from tandem.review.ports import GroundTruthState, ReviewWorld
from tandem.review.reviewer_quality import assess

_BATCH = 500
"""Most objects of one request to the post-annotation function."""
_NOT_IN_TIME = "nobody rated it in time"


def finish(world: ReviewWorld, backends: Backends, name: str) -> Job | None:
    """End a job whose raters are done, or whose time is over.

    None if there is no such job here, or it is not over. Returns an ended job as it is.
    """
    job = world.jobs.get(name)
    if job is None or job.status is JobStatus.STARTING:
        return None
    if job.status.ended:
        return job
    outcome = _queue(world, backends, job) if job.backend is Backend.QUEUE else _ground_truth(
        world, backends, job
    )  # fmt: skip
    if outcome is None:
        return None
    reasons, output_uri, failure = outcome
    counts = _give_labels(world, job, output_uri, reasons, failure)
    ended = _end(world, job, counts, output_uri, failure)
    assess(world)
    return ended


type _Outcome = tuple[dict[str, str], str | None, str]
"""Why candidates have no label, by their ids; the output manifest's URI; why the job failed."""


# --- the review queue ----------------------------------------------------------------------------
def _queue(world: ReviewWorld, backends: Backends, job: Job) -> _Outcome | None:
    tasks = world.tasks.of_job(job.name)
    is_open = any(task.status is TaskStatus.OPEN for task in tasks)
    if is_open and world.clock.now() < job.deadline:
        return None
    assert job.manifest_uri is not None
    if job.status is not JobStatus.FINISHING:
        _move(world, job, JobStatus.FINISHING)
    lines = list(manifest.read_lines(world.files.read_uri(job.manifest_uri)))
    labels = _post(world, backends, job, lines, {task.candidate_id: task for task in tasks})
    reasons = {task.candidate_id: _why_none(task) for task in tasks}
    now = world.clock.now()
    output = [
        manifest.output_line(
            line,
            job.label_attribute,
            labels.get(number),
            job=job.name,
            at=now,
            reason=reasons.get(str(line["candidate-id"]), "nobody had to look at it"),
        )
        for number, line in enumerate(lines)
    ]
    uri = world.files.write(
        f"jobs/{job.name}/output/{job.name}/manifests/output/output.manifest",
        manifest.write_lines(output),
        "application/jsonlines",
    )
    return reasons, uri, ""


def _post(
    world: ReviewWorld,
    backends: Backends,
    job: Job,
    lines: Sequence[Json],
    tasks: Mapping[str, Task],
) -> dict[int, Json]:
    """The labels that the post-annotation function makes, by the number of their line."""
    labels: dict[int, Json] = {}
    objects = _objects(world, job, lines, tasks)
    for number, batch in enumerate(batched(objects, _BATCH, strict=False)):
        key = f"jobs/{job.name}/annotations/consolidation-request/{number}.json"
        uri = world.files.write(key, json.dumps(batch).encode(), "application/json")
        answer = backends.functions.post(
            {
                "version": "2018-10-16",
                "labelingJobArn": queue_arn(job.name),
                "labelCategories": None,
                "labelAttributeName": job.label_attribute,
                "roleArn": "",
                "payload": {"s3Uri": uri},
            }
        )
        for each in answer:
            made: Json = each
            content = made["consolidatedAnnotation"]["content"]
            labels[int(made["datasetObjectId"])] = content[job.label_attribute]
    return labels


def _objects(
    world: ReviewWorld, job: Job, lines: Sequence[Json], tasks: Mapping[str, Task]
) -> Iterator[Json]:
    """What raters said, as Ground Truth hands it over."""
    labeling = world.policies.current().labeling
    for number, line in enumerate(lines):
        task = tasks.get(str(line["candidate-id"]))
        if task is None or task.status is TaskStatus.FLAGGED:
            continue
        ratings = [
            rating
            for rating in world.ratings.of_candidate(task.candidate_id)
            if rating.job == job.name and rating.reviewer in task.rated_by
        ]
        if not ratings:
            continue
        yield {
            "datasetObjectId": str(number),
            "dataObject": {"content": line["source"]},
            "annotations": [
                {
                    "workerId": rating.reviewer,
                    "annotationData": {
                        "content": json.dumps(
                            answer_content(
                                rating.rating, rating.reason, rating.better_answer, labeling
                            )
                        )
                    },
                }
                for rating in ratings
            ],
        }


def _why_none(task: Task) -> str:
    match task.status:
        case TaskStatus.FLAGGED | TaskStatus.UNLABELED:
            return task.note or task.status.value
        case TaskStatus.DONE:
            return "no rater of it counts"
        case TaskStatus.OPEN:
            return _NOT_IN_TIME if not task.rated_by else "no rater of it counts"


# --- Ground Truth --------------------------------------------------------------------------------
def _ground_truth(world: ReviewWorld, backends: Backends, job: Job) -> _Outcome | None:
    if backends.ground_truth is None:
        return {}, None, "the stack no longer has a work team"
    state = backends.ground_truth.describe(job.name)
    if state is None:
        state = GroundTruthState("ended", reason="Ground Truth has no job of this name")
    if state.status == "open":
        return None
    if job.status is not JobStatus.FINISHING:
        _move(world, job, JobStatus.FINISHING)
    return {}, state.output_uri, state.reason


# --- both ----------------------------------------------------------------------------------------
def _give_labels(
    world: ReviewWorld, job: Job, output_uri: str | None, reasons: Mapping[str, str], failure: str
) -> tuple[int, int]:
    """Every candidate of the job gets its label, or comes back. Returns how many of each."""
    read = manifest.read_output(
        world.files.read_uri(output_uri) if output_uri is not None else b"", job.label_attribute
    )
    lines = {found.candidate_id: found for found in read}
    labeled = returned = 0
    for candidate in world.candidates.many(job.candidate_ids):
        name = candidate.candidate_id
        line = lines.get(name)
        if line is not None and line.label is not None:
            labeled += _label(world, candidate, job, line.label)
            continue
        task = world.tasks.get(job.name, name) if job.backend is Backend.QUEUE else None
        if task is not None and task.status is TaskStatus.FLAGGED:
            returned += _flag(world, candidate, job, task.note)
            continue
        why = line.reason if line is not None else failure or "it is not in the output"
        returned += give_back(world, candidate, job, reasons.get(name) or why)
    return labeled, returned


def _label(world: ReviewWorld, candidate: Candidate, job: Job, content: Json) -> bool:
    label = Label(
        rating=content["rating"],
        rule=content.get("rule", "median"),
        raters=content.get("raters", 1),
        agreement=content.get("agreement"),
        better_answers=tuple(content.get("better_answers", ())),
        job=job.name,
        at=world.clock.now(),
    )

    def change(found: Candidate) -> Candidate | None:
        if found.status is not CandidateStatus.LABELING or found.job != job.name:
            return None
        return with_changes(found, status=CandidateStatus.LABELED, label=label)

    after = change_candidate(world, candidate, change)
    return after is not None and after.label is not None and after.label.job == job.name


def _flag(world: ReviewWorld, candidate: Candidate, job: Job, note: str) -> bool:
    def change(found: Candidate) -> Candidate | None:
        if found.status is not CandidateStatus.LABELING or found.job != job.name:
            return None
        return with_changes(found, status=CandidateStatus.FLAGGED, note=note)

    after = change_candidate(world, candidate, change)
    return after is not None and after.job == job.name


def _end(
    world: ReviewWorld, job: Job, counts: tuple[int, int], output_uri: str | None, failure: str
) -> Job:
    now = world.clock.now()
    labeled, returned = counts
    reason = failure if labeled else failure or "not one candidate was labelled"
    stored = world.jobs.get(job.name)
    if stored is None or stored.status.ended:
        return stored or job
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
    after = stored.model_copy(
        update={
            "revision": stored.revision + 1,
            "status": JobStatus.COMPLETED if labeled else JobStatus.FAILED,
            "output_uri": output_uri,
            "ended_at": now,
            "labeled": labeled,
            "returned": returned,
            "reason": reason,
        }
    )
    try:
        world.jobs.replace(stored, after)
    except Conflict:
        # The other of two duplicates ended it, with the same.
        return world.jobs.get(job.name) or after
    return after


def _move(world: ReviewWorld, job: Job, status: JobStatus) -> None:
    after = job.model_copy(update={"revision": job.revision + 1, "status": status})
    with suppress(Conflict):  # the other of two duplicates did
        world.jobs.replace(job, after)
