"""Augmented manifests: one JSON object a line, what went in with the label that came out.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html

Written as Ground Truth writes them; read leniently, since what it writes differs between its
documentation, its own workflows and custom ones (see `read_label`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from tandem.review.models import HIGHEST, LOWEST, Candidate

type Json = dict[str, Any]

MOST_BYTES = 100_000
"""Of a line: Ground Truth hands no more to the pre-annotation function."""
MOST_BETTER_ANSWERS = 9
"""Of a label: as many as there can be raters."""
BETTER_ANSWERS_BYTES = 96 * 2**10
"""… of all together. With the longest question, answer and context a candidate stays below the
400 KB that its table takes."""
_SHORT = 300
_DEEPEST = 4
"""So often a label's content is looked for within another."""
_LEADING_SCORE = re.compile(r"\s*([1-5])(?:\.0+)?\s*(?:$|[-–—:.)\s])")
_FRACTION = re.compile(r"\s*([1-5](?:\.\d+)?)\s*$")
_FAILURES = ("failure-reason", "failure_reason", "FailureReason")
_RULES = ("median", "debiased_mean")
_LINE_ENDS = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "\u0085\u2028\u2029"})
"""JSON leaves them as they are, and many who read lines end a line at them."""


class UnreadableLabel(ValueError):
    """What stands where the label should be is none; the text says what it is."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of an output manifest. Without a label, `reason` says why, where it is known."""

    candidate_id: str | None
    label: Json | None
    reason: str = ""
    flagged: bool = False
    """Its raters say that it cannot be rated."""


# --- what goes in --------------------------------------------------------------------------------
def input_line(candidate: Candidate) -> Json:
    """What a labelling job is given of a candidate. Everything but the label comes out unchanged,
    so it carries what the label is of.

    At most `MOST_BYTES`: of a longer one, the oldest turns of the context are left out, then the
    end of `source`, of which `prompt` has all.
    """
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
    while _size(line) > MOST_BYTES and line["context"]:
        line["context"] = line["context"][1:]
    if _size(line) > MOST_BYTES:
        line["source"] = pair.question[:_SHORT]
    return line


def _size(line: Json) -> int:
    return len(write_lines([line]))


def write_lines(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines, in UTF-8."""
    texts = (json.dumps(line, ensure_ascii=False).translate(_LINE_ENDS) for line in lines)
    return "".join(f"{text}\n" for text in texts).encode(errors="replace")


def read_lines(body: bytes) -> Iterator[Json]:
    """The objects of a manifest. Raises `ValueError` with the number of a line that is none."""
    for number, line in _split(body):
        yield _object(number, line)


def _split(body: bytes) -> Iterator[tuple[int, str]]:
    # Not `splitlines`: texts may hold what it takes for the end of a line.
    for number, line in enumerate(body.decode("utf-8-sig", errors="replace").split("\n"), 1):
        if line.strip():
            yield number, line


def _object(number: int, line: str) -> Json:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number} of the manifest is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"line {number} of the manifest is not a JSON object")
    return found


# --- what comes out ------------------------------------------------------------------------------
def output_line(
    line: Json, attribute: str, label: object, *, job: str, at: datetime, reason: str = ""
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


def flag(note: str) -> Json:
    """What stands in the place of a label where raters say that there can be none."""
    return {"flagged": True, "note": note}


def read_output(body: bytes, attribute: str) -> Iterator[OutputLine]:
    """The lines of an output manifest; one that is none costs no other."""
    for number, text in _split(body):
        try:
            line = _object(number, text)
        except ValueError as error:
            yield OutputLine(None, None, str(error))
            continue
        yield _read_line(line, attribute)


def _read_line(line: Json, attribute: str) -> OutputLine:
    candidate_id = line.get("candidate-id")
    metadata = line.get(f"{attribute}-metadata")
    failures = metadata if isinstance(metadata, dict) else {}
    value = line.get(attribute, line.get(f"{attribute}.label"))
    if value is None:
        reason = next((str(failures[key]) for key in _FAILURES if failures.get(key)), "")
        return OutputLine(candidate_id, None, reason)
    try:
        content = _unfolded(value, attribute)
        if isinstance(content, dict) and content.get("flagged") is True:
            return OutputLine(candidate_id, None, str(content.get("note", ""))[:1000], flagged=True)
        return OutputLine(candidate_id, read_label(content, attribute))
    except UnreadableLabel as error:
        return OutputLine(candidate_id, None, str(error))


def outcomes(body: bytes, attribute: str) -> dict[str, OutputLine]:
    """What an output manifest says of each candidate. Of several lines for one, as workflows
    without consolidation leave them, the labels' median counts."""
    by_candidate: dict[str, list[OutputLine]] = {}
    for line in read_output(body, attribute):
        if isinstance(line.candidate_id, str):
            by_candidate.setdefault(line.candidate_id, []).append(line)
    return {name: _joined(lines) for name, lines in by_candidate.items()}


def _joined(lines: Sequence[OutputLine]) -> OutputLine:
    labels = [line.label for line in lines if line.label is not None]
    if not labels:
        return next((line for line in lines if line.flagged), lines[0])
    if len(labels) == 1:
        return OutputLine(lines[0].candidate_id, labels[0])
    answers = [answer for label in labels for answer in label["better_answers"]]
    joined = _label(
        median(label["rating"] for label in labels),
        {
            "raters": sum(label["raters"] for label in labels),
            "better_answers": list(dict.fromkeys(answers)),
        },
    )
    return OutputLine(lines[0].candidate_id, joined)


def read_consolidated(answer: Iterable[Mapping[str, Any]], attribute: str) -> dict[int, object]:
    """What a post-annotation function answers: the labels by their objects' numbers, in whatever
    shape they are (`read_output` takes many). An object of which nothing is said is left out."""
    found: dict[int, object] = {}
    for each in answer:
        try:
            number = int(each["datasetObjectId"])
            content = _unfolded(each["consolidatedAnnotation"]["content"], "")
            label = content[attribute] if isinstance(content, dict) else None
        except (KeyError, TypeError, ValueError):
            continue
        if label is not None:
            found[number] = label
    return found


def job_name(metadata: Mapping[str, Any]) -> str | None:
    """The job of a label's metadata, as the documentation's sample and the service spell it."""
    found = metadata.get("job-name") or metadata.get("job_name")
    if not found:
        return None
    # `labeling-job/<name>` in some workflows.
    return str(found).rpartition("/")[2]


def read_label(value: object, attribute: str) -> Json:
    """A label's content: `rating` (1 to 5), `rule`, `raters`, `agreement` and `better_answers`.

    Taken are a bare score (`4`, `"4"`, `"4 - Relevant"`), `{"label": …}`, `{"rating": …}`, either
    below the attribute's name once more, the dotted name `"relevance.label"`, JSON as text, and the
    list of several workers' answers that a workflow without consolidation leaves (their median; who
    they were is not taken over). Raises `UnreadableLabel`.
    """
    content = _unfolded(value, attribute)
    if isinstance(content, list):
        scores = [score_of(_score_place(_answer(part), attribute)) for part in content]
        if not scores:
            raise UnreadableLabel("its list of answers is empty")
        return _label(median(scores), {"raters": len(scores)})
    beside = content if isinstance(content, dict) else {}
    return _label(score_of(_score_place(content, attribute)), beside)


def _label(rating: float, beside: Json) -> Json:
    """The fields of a `Label` that a manifest may say, as far as they can be read."""
    raters, agreement = _number(beside.get("raters")), _number(beside.get("agreement"))
    answers = beside.get("better_answers")
    texts = [a for a in answers if isinstance(a, str)] if isinstance(answers, list) else []
    return {
        "rating": float(rating),
        "rule": beside.get("rule") if beside.get("rule") in _RULES else "median",
        "raters": int(raters) if raters is not None and 1 <= raters < 1000 else 1,
        "agreement": agreement if agreement is not None and 0 <= agreement <= 1 else None,
        "better_answers": kept_answers(text[:8000] for text in texts if text.strip()),
    }


def kept_answers(texts: Iterable[str]) -> tuple[str, ...]:
    """The first better answers that a label has room for, each once."""
    kept: list[str] = []
    room = BETTER_ANSWERS_BYTES
    for text in dict.fromkeys(texts):
        size = len(json.dumps(text, ensure_ascii=False).encode(errors="replace"))
        if size <= room:
            kept.append(text)
            room -= size
        if len(kept) == MOST_BETTER_ANSWERS:
            break
    return tuple(kept)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


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
    for _ in range(_DEEPEST):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
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
    for _ in range(_DEEPEST):
        if not isinstance(content, dict):
            return content
        places = ("rating", "label", attribute, "relevance", "score")
        name = next((place for place in places if place in content), None)
        if name is None:
            break
        content = _unfolded(content[name], attribute)
    if not isinstance(content, dict):
        return content
    dotted = [key for key in content if str(key).endswith((".label", ".rating"))]
    if len(dotted) == 1:
        return content[dotted[0]]
    return content


def _shown(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "what is nested so deeply"
    return text if len(text) <= 80 else f"{text[:80]}…"
