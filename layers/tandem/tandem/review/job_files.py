"""Takes what a customer has withdrawn out of the files of labelling jobs.

Manifests, requests and answers of both backends lie below `jobs/<name>/`. Lines and objects stay
where they are, for it is by their numbers that the others are told apart.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tandem.review import manifest
from tandem.review.erasing import ERASED, WITHDRAWN
from tandem.review.labeling import input_key
from tandem.review.manifest import Json
from tandem.review.models import Erasure
from tandem.review.ports import ReviewWorld

_KEPT = ("candidate-id", "conversation-id", "turn-id", "policy-version", "model-id")
_KEPT_OF_METADATA = ("type", "job-name", "job_name", "human-annotated", "creation-date")
_TEXTS = ("source", "prompt", "response")
_USUAL_ATTRIBUTE = "relevance"
_WORKERS_ANSWERS = "/annotations/worker-response/"


def erase_all(world: ReviewWorld) -> list[str]:
    """Do what withdrawals have left to do here. Of a job that goes on, only what it is given: the
    rest is written when it ends, and waits until then.

    Returns the names of the jobs that are done with. What fails keeps no other job from its turn:
    the errors are raised at the end.
    """
    done: list[str] = []
    errors: list[Exception] = []
    wanted = sorted(world.records.erasures(), key=lambda erasure: erasure.job)
    for name, erasures in groupby(wanted, key=lambda erasure: erasure.job):
        try:
            if _erase(world, name, list(erasures)):
                done.append(name)
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("some files still hold what was withdrawn", errors)
    return done


def _erase(world: ReviewWorld, name: str, erasures: Sequence[Erasure]) -> bool:
    job = world.jobs.get(name)
    goes_on = job is not None and not job.status.ended
    wanted: dict[str, bool] = {}
    for erasure in erasures:
        wanted[erasure.candidate_id] = erasure.whole or wanted.get(erasure.candidate_id, False)
    candidates = _Candidates(wanted, job.label_attribute if job else _USUAL_ATTRIBUTE)
    own = input_key(name)
    numbers = _take_out_of_input(world, own, candidates)
    if goes_on:
        return False
    for key in world.files.below(f"jobs/{name}/"):
        if key != own:
            _take_out_of_file(world, key, candidates, numbers)
    for erasure in erasures:
        world.records.erased(erasure)
    return True


def _take_out_of_input(world: ReviewWorld, key: str, candidates: "_Candidates") -> frozenset[int]:
    """Returns the numbers of the objects of which nothing stays."""
    try:
        body = world.files.read(key)
    except KeyError:
        return frozenset()  # the job has not begun, or came to nothing before
    _write(world, key, body, candidates.without(body))
    lines = enumerate(manifest.read_lines(body))
    return frozenset(n for n, line in lines if candidates.wanted.get(line.get("candidate-id", "")))


def _take_out_of_file(
    world: ReviewWorld, key: str, candidates: "_Candidates", numbers: frozenset[int]
) -> None:
    _, is_answers, below = key.partition(_WORKERS_ANSWERS)
    if is_answers:
        # <iteration>/<number of the object>/<time>.json
        if any(part.isdecimal() and int(part) in numbers for part in below.split("/")[1:2]):
            _write(world, key, world.files.read(key), b'{"answers": []}')
        return
    body = world.files.read(key)
    objects = _objects(body)
    if objects is None:
        _write(world, key, body, candidates.without(body))
    else:
        after = [_without_what_was_said(each, numbers) for each in objects]
        if after != objects:
            _write(world, key, body, json.dumps(after).encode())


def _write(world: ReviewWorld, key: str, before: bytes, after: bytes) -> None:
    if after != before:
        kind = "application/json" if key.endswith(".json") else "application/jsonlines"
        world.files.write(key, after, kind)


# --- manifests -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Candidates:
    """What is to go of a job: by candidate, whether nothing of it stays."""

    wanted: Mapping[str, bool]
    attribute: str
    """Under which its labels stand."""

    def without(self, body: bytes) -> bytes:
        """A manifest with the same lines. One that is none stays as it is."""
        return b"\n".join(map(self._line_without, body.split(b"\n")))

    def _line_without(self, text: bytes) -> bytes:
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            return text
        whole = self.wanted.get(str(line.get("candidate-id"))) if isinstance(line, dict) else None
        if whole is None:
            return text
        after = self._emptied(line) if whole else {**line, "context": []}
        return text if after == line else manifest.write_lines([after]).rstrip(b"\n")

    def _emptied(self, line: Json) -> Json:
        """What tells the line from others, and in the place of a label why there is none."""
        after: Json = {name: ERASED for name in _TEXTS if name in line}
        if "context" in line:
            after["context"] = []
        after |= {name: line[name] for name in _KEPT if name in line}
        beside = f"{self.attribute}-metadata"
        metadata = line.get(beside)
        if isinstance(metadata, dict):
            kept = {name: metadata[name] for name in _KEPT_OF_METADATA if name in metadata}
            after[beside] = {**kept, "failure-reason": WITHDRAWN}
        return after


# --- requests to the post-annotation function, and its answers -----------------------------------
def _objects(body: bytes) -> list[Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _without_what_was_said(each: Any, numbers: frozenset[int]) -> Any:
    number = str(each.get("datasetObjectId", "")) if isinstance(each, dict) else ""
    if not number.isdecimal() or int(number) not in numbers:
        return each
    emptied: Json = {
        "dataObject": {"content": ERASED},
        "annotations": [],
        "consolidatedAnnotation": {"content": {}},
    }
    kept = {name: value for name, value in emptied.items() if name in each}
    return {"datasetObjectId": each["datasetObjectId"], **kept}
