"""The questions of the frozen test with what a training's candidate answers to them.

They come as a file of the training job. It is read as something from outside: a broken one is no
failure of the chain, but a candidate that cannot be judged.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from tandem.tuning.models import ModelVersion, TestAnswers
from tandem.tuning.ports import Files

LONGEST_FILE = 64 * 1024 * 1024
"""Bytes."""
_MOST_LINES = 50_000


class UnreadableTest(Exception):
    """The file is missing, too large or broken; the text says where."""


def answers_uri(version: ModelVersion) -> str:
    return f"{version.folder}/evaluation/test_answers.jsonl"


def read_test(files: Files, version: ModelVersion) -> list[TestAnswers]:
    """Raises `UnreadableTest`."""
    uri = answers_uri(version)
    try:
        size = files.size(uri)
        if size > LONGEST_FILE:
            raise UnreadableTest(f"The answers to the test take {size} bytes: too many to read.")
        body = files.read_uri(uri)
    except KeyError:
        raise UnreadableTest("The training left no answers to the test's questions.") from None
    lines = body.split(b"\n")
    if len(lines) > _MOST_LINES:
        raise UnreadableTest(f"The answers to the test have {len(lines)} lines: too many to read.")
    found: dict[str, TestAnswers] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = TestAnswers.model_validate_json(line)
        except ValidationError as error:
            what = error.errors()[0]
            where = ".".join(map(str, what["loc"])) or "the line"
            raise UnreadableTest(
                f"Line {number} of the answers to the test cannot be read: {where}: {what['msg']}"
            ) from None
        if row.prompt_id in found:
            raise UnreadableTest(f"Line {number} of the answers to the test repeats a question.")
        if version.kind == "weights" and row.candidate_answer is None:
            raise UnreadableTest(f"Line {number} of the answers to the test has no answer.")
        found[row.prompt_id] = row
    return list(found.values())


def chosen(questions: Iterable[TestAnswers], most: int) -> list[TestAnswers]:
    """At most `most` questions, the same ones whenever they are asked for: one of each topic, then
    a second one of each, and so on."""
    of_topic: dict[str, list[TestAnswers]] = defaultdict(list)
    for question in questions:
        of_topic[question.topic].append(question)
    rounds: list[tuple[int, str, TestAnswers]] = []
    for topic, asked in of_topic.items():
        for place, question in enumerate(sorted(asked, key=lambda q: _drawn(q.prompt_id))):
            rounds.append((place, _drawn(topic), question))
    rounds.sort(key=lambda each: each[:2])
    return [question for _, _, question in rounds[:most]]


def topics_of(questions: Sequence[TestAnswers]) -> int:
    return len({question.topic for question in questions})


def _drawn(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
