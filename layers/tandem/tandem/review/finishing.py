"""Ends labelling jobs: labels go to their candidates, and what has none comes back with why.

A duplicate event, two at once, or one after a breakdown in the middle end in the same state: each
step leaves alone what is done already, the output manifest of the queue is written once, and the
job counts as ended only after the last step.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tandem.review import manifest
from tandem.review.annotation import answer_content
from tandem.review.asking import queue_arn
from tandem.review.labeling import Backends
from tandem.review.manifest import Json, OutputLine
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
from tandem.review.moves import (
    change_candidate,
    change_job,
    close_tasks,
    end,
    give_back,
    in_job,
    with_changes,
)
from tandem.review.ports import GroundTruth, GroundTruthState, ReviewWorld
from tandem.review.standings import assess

KNOWN_WITHIN = timedelta(hours=1)
"""A job of Ground Truth that is younger may not be listed by the service yet."""
_BATCH = 50
"""Most objects of one request to the post-annotation function."""
_BATCH_CHARACTERS = 1_000_000
"""Most that may be said in a request, roughly: the function reads every text of it in its time."""
_ANSWER_BYTES = 4_500_000
"""Most that a request's answer may have, so that with all around it it stays below Lambda's
6 MB."""
_MOST_OF_CHARACTER = 12
"""Bytes of the answer for a character that was said: of its JSON in ASCII, or of what stands for
personal data."""
_MOST_ESCAPED = 3
"""Bytes of JSON in ASCII for one of UTF-8."""
_NOT_IN_TIME = "nobody rated it in time"
_PUT_ASIDE = "its reviewers skipped it, or it was withdrawn"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job. `failure`: why it failed as a whole."""

    output: bytes
    output_uri: str | None = None
    failure: str = ""


def finish(world: ReviewWorld, backends: Backends, name: str) -> Job | None:
    """End a job whose raters are done, or whose time is over.

    None if there is no such job here, or it is not over. Returns an ended job as it is.
    """
    job = world.jobs.get(name)
    if job is None or job.status is JobStatus.STARTING:
        return None
    if job.status.ended:
        return job
    if job.backend is Backend.QUEUE:
        outcome = _queue(world, backends, job)
    else:
        outcome = _ground_truth(world, backends.ground_truth, job)
    return None if outcome is None else _end(world, job, outcome)


def give_up(world: ReviewWorld, job: Job, reason: str) -> Job:
    """End a job that cannot be finished: what has no label comes back."""
    _finishing(world, job)
    if job.backend is Backend.QUEUE:
        close_tasks(world, job)
    return _end(world, job, Outcome(b"", failure=reason))


def _end(world: ReviewWorld, job: Job, outcome: Outcome) -> Job:
    _give_labels(world, job, outcome)
    # Before the job is announced as completed: a dataset is built on that.
    assess(world)
    return end(world, job, outcome.output_uri, outcome.failure)


def _finishing(world: ReviewWorld, job: Job) -> None:
    change_job(
        world,
        job,
        lambda found: {"status": JobStatus.FINISHING} if found.status is JobStatus.OPEN else None,
    )


# --- the review queue ----------------------------------------------------------------------------
def _queue(world: ReviewWorld, backends: Backends, job: Job) -> Outcome | None:
    tasks = world.tasks.of_job(job.name)
    is_open = any(task.status is TaskStatus.OPEN for task in tasks)
    if is_open and world.clock.now() < job.deadline:
        return None
    _finishing(world, job)
    key = f"jobs/{job.name}/output/{job.name}/manifests/output/output.manifest"
    try:
        body = world.files.read(key)
    except KeyError:
        output = _output(world, backends, job, close_tasks(world, job))
        world.files.write_new(key, manifest.write_lines(output), "application/jsonlines")
        # Of two that finish at once, the one that wrote first.
        body = world.files.read(key)
    return Outcome(body, world.files.uri(key))


def _output(world: ReviewWorld, backends: Backends, job: Job, tasks: Sequence[Task]) -> list[Json]:
    assert job.manifest_uri is not None
    lines = list(manifest.read_lines(world.files.read_uri(job.manifest_uri)))
    by_candidate = {task.candidate_id: task for task in tasks}
    labels = _post(world, backends, job, "ratings", _rated(world, job, lines, by_candidate))
    # Reviewers' words: without personal data only once they have been through the function.
    said = _post(world, backends, job, "put-aside", _put_aside(world, lines, by_candidate))
    notes = {n: str(flag.get("note", "")) for n, flag in said.items() if isinstance(flag, dict)}
    now = world.clock.now()
    output = []
    for number, line in enumerate(lines):
        task = by_candidate.get(str(line["candidate-id"]))
        label, reason = labels.get(number), _why_none(task, notes.get(number, ""))
        if task is not None and task.status is TaskStatus.FLAGGED:
            label = manifest.flag(notes.get(number, ""))
        output.append(
            manifest.output_line(
                line, job.label_attribute, label, job=job.name, at=now, reason=reason
            )
        )
    return output


def _post(
    world: ReviewWorld,
    backends: Backends,
    job: Job,
    about: str,
    objects: Iterable[Json],
) -> dict[int, object]:
    """What the post-annotation function makes of the objects, by the number of their line."""
    labels: dict[int, object] = {}
    for number, batch in enumerate(_batches(objects)):
        key = f"jobs/{job.name}/annotations/consolidation-request/{about}-{number}.json"
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
        labels |= manifest.read_consolidated(answer, job.label_attribute)
    return labels


def _batches(objects: Iterable[Json]) -> Iterator[list[Json]]:
    """As many at once as the function can read in its time, and answer in its 6 MB."""
    batch: list[Json] = []
    asked = answered = 0
    for each in objects:
        size = len(json.dumps(each["annotations"], ensure_ascii=False))
        # Its better answers or notes, and no more than a label has room for.
        most = min(size * _MOST_OF_CHARACTER, manifest.BETTER_ANSWERS_BYTES * _MOST_ESCAPED)
        is_full = (
            len(batch) == _BATCH
            or asked + size > _BATCH_CHARACTERS
            or answered + most > _ANSWER_BYTES
        )
        if batch and is_full:
            yield batch
            batch, asked, answered = [], 0, 0
        batch.append(each)
        asked += size
        answered += most
    if batch:
        yield batch


def _rated(
    world: ReviewWorld, job: Job, lines: Sequence[Json], tasks: Mapping[str, Task]
) -> Iterator[Json]:
    """What raters said, as Ground Truth hands it over; also where it makes no label, for it is
    kept."""
    labeling = world.policies.current().labeling
    for number, line in enumerate(lines):
        task = tasks.get(str(line["candidate-id"]))
        if task is None:
            continue
        ratings = [
            rating
            for rating in world.ratings.of_candidate(task.candidate_id)
            if rating.job == job.name and rating.reviewer in task.rated_by
        ]
        if ratings:
            yield _object(
                number,
                line,
                {
                    each.reviewer: answer_content(
                        each.rating, each.reason, each.better_answer, labeling
                    )
                    for each in ratings
                },
            )


def _put_aside(
    world: ReviewWorld, lines: Sequence[Json], tasks: Mapping[str, Task]
) -> Iterator[Json]:
    """Why items were flagged or skipped, each line of it as a flag; the latest, which decided,
    first. Who said it, no task tells."""
    labeling = world.policies.current().labeling
    for number, line in enumerate(lines):
        task = tasks.get(str(line["candidate-id"]))
        notes = task.note.split("\n") if task is not None and task.note else []
        if notes:
            answers = {
                f"note-{place}": answer_content(None, note, "", labeling)
                for place, note in enumerate(reversed(notes))
            }
            yield _object(number, line, answers)


def _object(number: int, line: Json, answers: Mapping[str, Json]) -> Json:
    """An object of a request, with what each worker answered."""
    return {
        "datasetObjectId": str(number),
        "dataObject": {"content": line["source"]},
        "annotations": [
            {
                "workerId": worker,
                "annotationData": {"content": json.dumps(content, ensure_ascii=False)},
            }
            for worker, content in answers.items()
        ],
    }


def _why_none(task: Task | None, note: str) -> str:
    if task is None:
        return "nobody had to look at it"
    if task.rated_by:
        return "no rater of it counts"
    return note or (_PUT_ASIDE if task.note else _NOT_IN_TIME)


# --- Ground Truth --------------------------------------------------------------------------------
def _ground_truth(world: ReviewWorld, service: GroundTruth | None, job: Job) -> Outcome | None:
    state = _state(world, service, job)
    if state.status == "open":
        return None
    _finishing(world, job)
    if state.output_uri is None:
        return Outcome(b"", failure=state.reason or "the job has no output manifest")
    try:
        body = world.files.read_uri(state.output_uri)
    except KeyError:
        missing = f"there is no output manifest at {state.output_uri}"
        return Outcome(b"", state.output_uri, state.reason or missing)
    return Outcome(body, state.output_uri, state.reason)


def _state(world: ReviewWorld, service: GroundTruth | None, job: Job) -> GroundTruthState:
    if service is None:
        return GroundTruthState("ended", reason="the stack no longer has a work team")
    found = service.describe(job.name)
    if found is not None:
        return found
    if world.clock.now() - job.created_at < KNOWN_WITHIN:
        return GroundTruthState("open")
    return GroundTruthState("ended", reason="Ground Truth has no job of this name")


# --- both ----------------------------------------------------------------------------------------
def _give_labels(world: ReviewWorld, job: Job, outcome: Outcome) -> None:
    """Every candidate of the job gets its label, or comes back."""
    lines = manifest.outcomes(outcome.output, job.label_attribute)
    for candidate in world.candidates.many(job.candidate_ids):
        line = lines.get(candidate.candidate_id)
        if line is not None and line.label is not None:
            _label(world, candidate, job, line.label)
        elif line is not None and line.flagged:
            _flag(world, candidate, job, line.reason or "its raters say that it cannot be rated")
        else:
            give_back(world, candidate, job, _why(line, outcome))


def _why(line: OutputLine | None, outcome: Outcome) -> str:
    if line is None:
        return outcome.failure or "it is not in the job's output"
    return line.reason or outcome.failure or "it has no label in the job's output"


def _label(world: ReviewWorld, candidate: Candidate, job: Job, content: Json) -> None:
    label = Label(**content, job=job.name, at=world.clock.now())

    def change(found: Candidate) -> Candidate | None:
        if not in_job(found, job):
            return None
        return with_changes(found, status=CandidateStatus.LABELED, label=label)

    change_candidate(world, candidate, change)


def _flag(world: ReviewWorld, candidate: Candidate, job: Job, note: str) -> None:
    def change(found: Candidate) -> Candidate | None:
        if not in_job(found, job):
            return None
        return with_changes(found, status=CandidateStatus.FLAGGED, note=note)

    change_candidate(world, candidate, change)
