"""The pre- and post-annotation functions, for Ground Truth and the review queue alike.

Requests and answers are Ground Truth's:
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tandem.review import manifest
from tandem.review.consolidation import consolidate
from tandem.review.manifest import Json, UnreadableLabel
from tandem.review.models import Job, Rating
from tandem.review.policy import Labeling, ReviewPolicy
from tandem.review.ports import Redactor, ReviewWorld


class BadRequest(ValueError):
    """A request is not what Ground Truth sends; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one worker said of an object."""

    rating: int | None
    """None: it cannot be rated."""
    reason: str
    better_answer: str


# --- before --------------------------------------------------------------------------------------
def label_texts(labeling: Labeling) -> list[str]:
    """`1 - Not relevant` … `5 - Highly relevant`."""
    return [f"{each.rating} - {each.label}" for each in labeling.labels]


def task_input(line: Json, policy: ReviewPolicy) -> Json:
    """What a reviewer sees of a manifest's line: nothing of the model, nor of why it was picked."""
    labeling = policy.labeling
    return {
        "question": str(line.get("prompt", line.get("source", ""))),
        "answer": str(line.get("response", "")),
        "context": line.get("context", []),
        "instructions": labeling.instructions,
        "labels": label_texts(labeling),
        "examples": [example.model_dump() for example in labeling.examples],
        "reason_up_to": labeling.reason_up_to,
    }


def pre_annotation(world: ReviewWorld, request: Json) -> Json:
    """`{"taskInput", "isHumanAnnotationRequired"}` for one object; nobody has to look at what a
    customer has withdrawn. Raises `BadRequest`."""
    line = request.get("dataObject")
    if not isinstance(line, dict):
        raise BadRequest("a pre-annotation request has a dataObject: a line of the manifest")
    conversation = line.get("conversation-id")
    withdrawn = bool(conversation) and bool(world.records.withdrawn([str(conversation)]))
    return {
        "taskInput": task_input(line, world.policies.current()),
        "isHumanAnnotationRequired": not withdrawn,
    }


# --- after ---------------------------------------------------------------------------------------
def answer_content(rating: int | None, reason: str, better_answer: str, labeling: Labeling) -> Json:
    """What the worker's template makes of an answer; the queue writes the same."""
    content: Json = {
        "reason": reason,
        "better_answer": better_answer,
        "flagged": {"flagged": rating is None},
    }
    if rating is not None:
        content["relevance"] = {"label": label_texts(labeling)[rating - 1]}
    return content


def read_answer(content: object) -> Said:
    """A worker's answer: JSON, or its text. Raises `UnreadableLabel`."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError as error:
            raise UnreadableLabel("the answer is not JSON") from error
    if not isinstance(content, dict):
        raise UnreadableLabel("the answer is not a JSON object")
    flagged = content.get("flagged")
    if isinstance(flagged, dict) and True in flagged.values():
        rating = None
    else:
        score = manifest.read_label(content, "relevance")["rating"]
        rating = round(score)
    return Said(rating, _text(content, "reason")[:1000], _text(content, "better_answer")[:8000])


def _text(content: Json, name: str) -> str:
    value = content.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def post_annotation(world: ReviewWorld, redactor: Redactor, request: Json) -> list[Json]:
    """One label for each object of which a rating counts.

    The ratings are kept with their workers' ids, without personal data in what they wrote; the
    labels carry none. An object without a label is left out. Raises `BadRequest`.
    """
    try:
        uri = str(request["payload"]["s3Uri"])
        attribute = str(request["labelAttributeName"])
        name = str(request["labelingJobArn"]).rpartition("/")[2]
    except (KeyError, TypeError) as error:
        raise BadRequest(f"a post-annotation request needs {error}") from error
    objects = json.loads(world.files.read_uri(uri))
    job = world.jobs.get(name)
    if job is None or not isinstance(objects, list):
        raise BadRequest(f"{name} is no labelling job of this stack, or {uri} is no list")
    line_of = _lines(world, job)
    policy = world.policies.current()
    reviewers = {reviewer.reviewer: reviewer for reviewer in world.reviewers.all()}
    labels = []
    for item in objects:
        candidate_id = line_of(item)
        given = _keep(world, redactor, job, candidate_id, item.get("annotations", []))
        made = consolidate(given, reviewers, policy.quality)
        if made is None:
            continue
        label: Json = {
            "rating": made.rating,
            "rule": made.rule,
            "raters": made.raters,
            "agreement": made.agreement,
            "better_answers": list(made.better_answers),
        }
        labels.append(
            {
                "datasetObjectId": item["datasetObjectId"],
                "consolidatedAnnotation": {"content": {attribute: label}},
            }
        )
    return labels


def _lines(world: ReviewWorld, job: Job) -> "_Lines":
    if job.manifest_uri is None:
        raise BadRequest(f"job {job.name} has no manifest")
    return _Lines(list(manifest.read_lines(world.files.read_uri(job.manifest_uri))))


class _Lines:
    """Which candidate an object of the request is. Ground Truth numbers the manifest's lines, and
    hands over no more of a line than its `source`."""

    def __init__(self, lines: Sequence[Json]) -> None:
        self._lines = lines

    def __call__(self, item: Json) -> str:
        number = str(item.get("datasetObjectId", ""))
        content = item.get("dataObject", {}).get("content")
        if isinstance(content, dict) and "candidate-id" in content:
            return str(content["candidate-id"])
        if number.isdigit() and int(number) < len(self._lines):
            line = self._lines[int(number)]
            if content is None or content == line.get("source"):
                return str(line["candidate-id"])
        same = [line for line in self._lines if line.get("source") == content]
        if len(same) != 1:
            raise BadRequest(f"object {number} is no line of the job's manifest")
        return str(same[0]["candidate-id"])


def _keep(
    world: ReviewWorld, redactor: Redactor, job: Job, candidate_id: str, annotations: list[Json]
) -> list[Rating]:
    """The ratings of an object, stored."""
    stored = {r.reviewer: r for r in world.ratings.of_candidate(candidate_id) if r.job == job.name}
    ratings = []
    for worker, said in _answers(annotations):
        if said.rating is None:
            continue
        reason, better_answer = redactor.redact([said.reason, said.better_answer])
        before = stored.get(worker)
        rating = Rating(
            candidate_id=candidate_id,
            job=job.name,
            reviewer=worker,
            rating=said.rating,
            reason=reason[:1000],
            better_answer=better_answer[:8000],
            seconds=before.seconds if before else None,
            at=before.at if before else world.clock.now(),
        )
        if rating != before:
            world.ratings.put(rating)
        ratings.append(rating)
    return ratings


def _answers(annotations: list[Json]) -> Iterator[tuple[str, Said]]:
    for annotation in annotations:
        data = annotation.get("annotationData", {})
        try:
            yield str(annotation["workerId"]), read_answer(data.get("content"))
        except (UnreadableLabel, KeyError):
            continue  # one answer that cannot be read costs the object no other
