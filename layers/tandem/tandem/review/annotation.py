"""The pre- and post-annotation functions, for Ground Truth and the review queue alike.

Requests and answers are Ground Truth's:
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tandem.review import manifest
from tandem.review.consolidation import consolidate, counts
from tandem.review.manifest import Json, UnreadableLabel
from tandem.review.models import Job, Rating, Reviewer
from tandem.review.policy import Labeling, ReviewPolicy
from tandem.review.ports import Redactor, ReviewWorld


class BadRequest(ValueError):
    """A request is not what Ground Truth sends; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class WorkersAnswer:
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
    """What a reviewer sees of a manifest's line: nothing of the model, nor of why it was picked.

    Of a line that Tandem did not write, its `source` is the question.
    """
    labeling = policy.labeling
    return {
        "question": _text(line, "prompt") or _text(line, "source"),
        "answer": _text(line, "response"),
        "context": _context(line.get("context")),
        "instructions": labeling.instructions,
        "labels": label_texts(labeling),
        "examples": [example.model_dump() for example in labeling.examples],
        "reason_up_to": labeling.reason_up_to,
    }


def _context(turns: object) -> list[Json]:
    found = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    return [{"author": _text(turn, "author"), "text": _text(turn, "text")} for turn in found]


def pre_annotation(world: ReviewWorld, request: Json) -> Json:
    """`{"taskInput", "isHumanAnnotationRequired"}` for one object; nobody has to look at what a
    customer has withdrawn. Raises `BadRequest`."""
    line = request.get("dataObject")
    if not isinstance(line, dict):
        raise BadRequest("a pre-annotation request has a dataObject: a line of the manifest")
    if "source-ref" in line and "prompt" not in line:
        line = {**_referred(world, str(line["source-ref"])), **line}
    conversation = line.get("conversation-id")
    withdrawn = bool(conversation) and bool(world.records.withdrawn([str(conversation)]))
    return {
        "taskInput": task_input(line, world.policies.current()),
        "isHumanAnnotationRequired": not withdrawn,
    }


def _referred(world: ReviewWorld, uri: str) -> Json:
    """What a line refers to: a JSON object with `prompt` and `response`, or a text."""
    try:
        text = world.files.read_uri(uri)[: manifest.MOST_BYTES].decode(errors="replace")
    except (KeyError, ValueError) as error:
        raise BadRequest(f"source-ref {uri} cannot be read") from error
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"source": text}


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


def read_answer(content: object) -> WorkersAnswer:
    """A worker's answer: JSON, or its text. Raises `UnreadableLabel`."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise UnreadableLabel("the answer is not JSON") from error
    if not isinstance(content, dict):
        raise UnreadableLabel("the answer is not a JSON object")
    flagged = content.get("flagged")
    if flagged is True or (isinstance(flagged, dict) and True in flagged.values()):
        rating = None
    else:
        rating = round(manifest.read_label(content, "relevance")["rating"])
    return WorkersAnswer(
        rating, _text(content, "reason")[:1000], _text(content, "better_answer")[:8000]
    )


def _text(content: Json, name: str) -> str:
    value = content.get(name, "")
    return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of a request, with what its workers said; of each, the last."""

    object_id: str
    candidate_id: str
    said: dict[str, WorkersAnswer]
    beside: tuple[str, ...]
    """What the candidate says: of what is stored there, the names are out that were found then."""


def post_annotation(world: ReviewWorld, redactor: Redactor, request: Json) -> list[Json]:
    """One label for each object of which a rating counts.

    The ratings are kept with their workers' ids, without personal data in what they wrote; the
    labels carry none. Where nobody's rating counts and somebody says that it cannot be rated, that
    stands in the label's place. An object of which nothing counts is left out, and so is one that
    is no candidate of the job (any more). Raises `BadRequest`.
    """
    uri, attribute, job = _read_request(world, request)
    policy = world.policies.current()
    reviewers = {reviewer.reviewer: reviewer for reviewer in world.reviewers.all()}
    answered = list(_answered(world, job, uri))
    clean = _redacted(redactor, answered)
    labels = []
    for each in answered:
        given = _keep(world, job, each, clean)
        label = _label_of(given, each, clean, reviewers, policy)
        if label is not None:
            labels.append(
                {
                    "datasetObjectId": each.object_id,
                    "consolidatedAnnotation": {"content": {attribute: label}},
                }
            )
    return labels


def _read_request(world: ReviewWorld, request: Json) -> tuple[str, str, Job]:
    try:
        uri = str(request["payload"]["s3Uri"])
        attribute = str(request["labelAttributeName"])
        name = str(request["labelingJobArn"]).rpartition("/")[2]
    except (KeyError, TypeError) as error:
        raise BadRequest(f"a post-annotation request needs {error}") from error
    job = world.jobs.get(name)
    if job is None:
        raise BadRequest(f"{name} is no labelling job of this stack")
    if job.manifest_uri is None:
        raise BadRequest(f"job {name} has no manifest")
    return uri, attribute, job


def _answered(world: ReviewWorld, job: Job, uri: str) -> Iterator[_Object]:
    """The objects at `uri` that are candidates of the job and still here. Raises `BadRequest`."""
    try:
        objects = json.loads(world.files.read_uri(uri))
    except (KeyError, ValueError) as error:
        raise BadRequest(f"{uri} cannot be read as JSON") from error
    if not isinstance(objects, list):
        raise BadRequest(f"{uri} is no list of objects")
    assert job.manifest_uri is not None
    line_of = _Lines(list(manifest.read_lines(world.files.read_uri(job.manifest_uri))))
    named = [(item, line_of(item)) for item in objects if isinstance(item, dict)]
    # Not what a customer withdrew meanwhile: its ratings would bring it back.
    found = world.candidates.many([name for _, name in named if name])
    here = {candidate.candidate_id: candidate.pair for candidate in found}
    for item, candidate_id in named:
        pair = here.get(candidate_id)
        if pair is not None:
            said = dict(_said(world, item.get("annotations")))
            beside = (pair.question, pair.answer, *(turn.text for turn in pair.context))
            yield _Object(str(item["datasetObjectId"]), candidate_id, said, beside)


class _Lines:
    """Which candidate an object of the request is. Ground Truth numbers the manifest's lines, and
    hands over no more of a line than its `source`."""

    def __init__(self, lines: Sequence[Json]) -> None:
        self._lines = lines

    def __call__(self, item: Json) -> str:
        """Empty where it is none."""
        number = str(item.get("datasetObjectId", ""))
        data = item.get("dataObject")
        content = data.get("content") if isinstance(data, dict) else None
        if number.isascii() and number.isdigit() and int(number) < len(self._lines):
            line = self._lines[int(number)]
            if content is None or content == line.get("source"):
                return str(line["candidate-id"])
        same = [line for line in self._lines if line.get("source") == content]
        return str(same[0]["candidate-id"]) if number and len(same) == 1 else ""


def _said(world: ReviewWorld, annotations: object) -> Iterator[tuple[str, WorkersAnswer]]:
    for annotation in annotations if isinstance(annotations, list) else ():
        try:
            data = annotation["annotationData"]
            content = data["content"] if "content" in data else world.files.read_uri(data["s3Uri"])
            if isinstance(content, bytes):
                content = content.decode(errors="replace")
            yield str(annotation["workerId"]), read_answer(content)
        except (UnreadableLabel, KeyError, TypeError, ValueError):
            continue  # one answer that cannot be read costs the object no other


def _redacted(redactor: Redactor, answered: Sequence[_Object]) -> dict[str, str]:
    """What workers wrote, without personal data; by what they wrote."""
    said = [said for each in answered for said in each.said.values()]
    texts = [text for each in said for text in (each.reason, each.better_answer) if text]
    unique = list(dict.fromkeys(texts))
    if not unique:
        return {"": ""}
    # Who asked is known by no name here: a candidate keeps none.
    beside = [text for each in answered for text in each.beside]
    return {"": "", **dict(zip(unique, redactor.redact(unique, (), beside), strict=True))}


def _keep(world: ReviewWorld, job: Job, each: _Object, clean: Mapping[str, str]) -> list[Rating]:
    """The ratings of an object, stored."""
    found = world.ratings.of_candidate(each.candidate_id)
    stored = {rating.reviewer: rating for rating in found if rating.job == job.name}
    ratings = []
    for worker, said in each.said.items():
        if said.rating is None:
            continue
        before = stored.get(worker)
        rating = Rating(
            candidate_id=each.candidate_id,
            job=job.name,
            reviewer=worker,
            rating=said.rating,
            reason=clean[said.reason][:1000],
            better_answer=clean[said.better_answer][:8000],
            seconds=before.seconds if before else None,
            at=before.at if before else world.clock.now(),
        )
        if rating != before:
            world.ratings.put(rating)
        ratings.append(rating)
    return ratings


def _label_of(
    given: Sequence[Rating],
    each: _Object,
    clean: Mapping[str, str],
    reviewers: Mapping[str, Reviewer],
    policy: ReviewPolicy,
) -> Json | None:
    """What the labelling job notes of an object; None where nothing counts."""
    made = consolidate(given, reviewers, policy.quality)
    if made is not None:
        return {
            "rating": made.rating,
            "rule": made.rule,
            "raters": made.raters,
            "agreement": made.agreement,
            "better_answers": list(made.better_answers),
        }
    flags = [
        clean[said.reason]
        for worker, said in each.said.items()
        if said.rating is None and counts(reviewers.get(worker))
    ]
    if not flags:
        return None
    return manifest.flag("; ".join(dict.fromkeys(why for why in flags if why))[:1000])
