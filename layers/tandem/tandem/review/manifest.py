"""Augmented manifests: one JSON object a line, what went in with the label that came out.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html

Written as Ground Truth writes them; read leniently, since what it writes differs between its
documentation, its own workflows and custom ones (see `read_label`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.review.models import HIGHEST, LOWEST, Candidate

type Json = dict[str, Any]

_LEADING_SCORE = re.compile(r"\s*([1-5])(?:\.0+)?\s*(?:$|[-–—:.)\s])")
_FRACTION = re.compile(r"\s*([1-5](?:\.\d+)?)\s*$")
_FAILURES = ("failure-reason", "failure_reason", "FailureReason")


class UnreadableLabel(ValueError):
    """What stands where the label should be is none; the text says what it is."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of an output manifest. Without a label, `reason` says why."""

    candidate_id: str | None
    label: Json | None
    reason: str


def input_line(candidate: Candidate) -> Json:
    """What a labelling job is given of a candidate. Everything but the label comes out unchanged,
    so it carries what the label is of."""
    pair = candidate.pair
    line: Json = {
        "source": pair.question,
        "prompt": pair.question,
        "response": pair.answer,
        "context": [turn.model_dump() for turn in pair.context],
        "candidate-id": candidate.candidate_id,
        "conversation-id": pair.conversation_id,
        "turn-id": pair.turn_id,
        "policy-version": candidate.policy_version,
    }
    if pair.model_id is not None:
        line["model-id"] = pair.model_id
    return line


def write_lines(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines, in UTF-8."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def read_lines(body: bytes) -> Iterator[Json]:
    """The objects of a manifest. Raises `ValueError` with the number of a line that is none."""
    for number, line in enumerate(body.decode("utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number} of the manifest is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise ValueError(f"line {number} of the manifest is not a JSON object")
        yield found


def output_line(
    line: Json, attribute: str, label: Json | None, *, job: str, at: datetime, reason: str = ""
) -> Json:
    """An input line with its label, or with why it has none."""
    metadata: Json = {
        "type": "groundtruth/custom",
        "job-name": job,
        "human-annotated": "yes",
        "creation-date": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    if label is None:
        return {**line, f"{attribute}-metadata": {**metadata, "failure-reason": reason}}
    return {**line, attribute: label, f"{attribute}-metadata": metadata}


def read_output(body: bytes, attribute: str) -> Iterator[OutputLine]:
    """The lines of an output manifest. Raises `ValueError` if it is none."""
    for line in read_lines(body):
        candidate_id = line.get("candidate-id")
        metadata = line.get(f"{attribute}-metadata")
        failures = metadata if isinstance(metadata, dict) else {}
        reason = next((str(failures[key]) for key in _FAILURES if failures.get(key)), "")
        value = line.get(attribute)
        if value is None:
            yield OutputLine(candidate_id, None, reason or "it has no label")
            continue
        try:
            yield OutputLine(candidate_id, read_label(value, attribute), "")
        except UnreadableLabel as error:
            yield OutputLine(candidate_id, None, str(error))


def job_name(metadata: Mapping[str, Any]) -> str | None:
    """The job of a label's metadata, as the documentation's sample and the service spell it."""
    found = metadata.get("job-name") or metadata.get("job_name")
    if not found:
        return None
    # `labeling-job/<name>` in some workflows.
    return str(found).rpartition("/")[2]


def read_label(value: object, attribute: str) -> Json:
    """A label's content: at least `{"rating": 1..5}`, and what else stands beside it.

    Taken are a bare score (`4`, `"4"`, `"4 - Relevant"`), `{"label": …}`, `{"rating": …}`, either
    below the attribute's name once more, the dotted name `"relevance.label"`, JSON as text, and the
    list of several workers' answers that a workflow without consolidation leaves (their mean; who
    they were is not taken over). Raises `UnreadableLabel`.
    """
    content = _unfolded(value, attribute)
    if isinstance(content, list):
        scores = [score_of(_score_place(_answer(part), attribute)) for part in content]
        if not scores:
            raise UnreadableLabel("its list of answers is empty")
        return {"rating": sum(scores) / len(scores), "raters": len(scores)}
    rest = content if isinstance(content, dict) else {}
    kept = {k: rest[k] for k in ("rule", "raters", "agreement", "better_answers") if k in rest}
    return {"rating": score_of(_score_place(content, attribute)), **kept}


def score_of(value: object) -> float:
    """1 to 5, of a number or of a label such as `"5 - Highly Relevant"`. Raises
    `UnreadableLabel`."""
    if isinstance(value, bool):
        raise UnreadableLabel(f"{value} is no rating")
    if isinstance(value, int | float):
        if LOWEST <= value <= HIGHEST:
            return float(value)
        raise UnreadableLabel(f"{value} is not on the scale from {LOWEST} to {HIGHEST}")
    if isinstance(value, str):
        found = _FRACTION.match(value) or _LEADING_SCORE.match(value)
        if found and LOWEST <= float(found[1]) <= HIGHEST:
            return float(found[1])
    raise UnreadableLabel(f"{_shown(value)} is no rating from {LOWEST} to {HIGHEST}")


def _unfolded(value: object, attribute: str) -> object:
    """Without JSON as text, and without the attribute's name repeated."""
    for _ in range(4):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise UnreadableLabel(f"{_shown(value)} is not JSON") from error
        elif isinstance(value, dict) and set(value) == {attribute}:
            value = value[attribute]
        elif isinstance(value, dict) and set(value) == {"content"}:
            value = value["content"]
        else:
            break
    return value


def _answer(part: object) -> object:
    """One worker's answer of a list of them."""
    if isinstance(part, dict):
        part = part.get("annotationData", part)
    if isinstance(part, dict):
        part = part.get("answerContent", part.get("content", part))
    return _unfolded(part, "")


def _score_place(content: object, attribute: str) -> object:
    if not isinstance(content, dict):
        return content
    for name in ("rating", "label", attribute, "relevance", "score"):
        if name in content:
            return _score_place(_unfolded(content[name], attribute), attribute)
    dotted = [key for key in content if str(key).endswith((".label", ".rating"))]
    if len(dotted) == 1:
        return content[dotted[0]]
    return content


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:80]}…"
