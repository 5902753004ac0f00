"""Measures gate and retrieval on labeled files, by the code that is deployed.

    make eval GATE=messages.jsonl RETRIEVAL=questions.jsonl DOCS=folder

No AWS account and no network is needed. README.md describes the files.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluation import gate, report, retrieval
from evaluation.labeled_sets import BadSetError, LabeledMessage, LabeledQuestion, read
from evaluation.turns import NoDocumentsError, bedrock
from local.engine import EngineError
from tandem.live.policy import Policy

CACHE = Path(".cache/bedrock")
_UNUSABLE, _FAILED = 2, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 if model calls failed, which makes the figures worthless; 2 for unusable files."""
    parser = argparse.ArgumentParser(prog="evaluation", description=__doc__.split("\n")[0])
    parser.add_argument("--gate", type=Path, metavar="FILE", help="labeled messages (JSON lines)")
    parser.add_argument("--retrieval", type=Path, metavar="FILE", help="labeled questions")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="the Markdown they refer to")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument(
        "--no-misses", action="store_true", help="only figures: for sets that nobody should look at"
    )
    options = parser.parse_args(arguments)
    # It warns that it does not stream from unknown models; the adapter has it stream all the same.
    logging.getLogger("langchain_aws").setLevel(logging.ERROR)
    if not (options.gate or options.retrieval):
        parser.error("name a file: --gate, or --retrieval with --docs")
    if options.retrieval and not options.docs:
        parser.error("--retrieval needs --docs, the folder with the pages")
    try:
        result = evaluate(options.gate, options.retrieval, options.docs)
    except (BadSetError, NoDocumentsError, EngineError) as error:
        print(f"evaluation: {error}", file=sys.stderr)
        return _UNUSABLE
    if options.no_misses:
        for part in result.values():
            del part["misses"]
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print(report.text(result, misses=not options.no_misses))
    return _FAILED if any(part["failures"] for part in result.values()) else 0


def evaluate(
    messages_file: Path | None,
    questions_file: Path | None,
    documents: Path | None,
    cache: Path = CACHE,
) -> dict[str, Any]:
    """The figures under `gate` and `retrieval`, of the files that are given.

    Raises `BadSetError`, `NoDocumentsError`, `EngineError`.
    """
    messages: list[LabeledMessage] = []
    questions: list[LabeledQuestion] = []
    if messages_file:
        messages = read(messages_file, LabeledMessage, lambda line: _too_long(line.text))
    if questions_file and documents:
        if not documents.is_dir():
            raise NoDocumentsError(f"there is no folder {documents}")
        questions = read(questions_file, LabeledQuestion, _asks_of(documents))
    result: dict[str, Any] = {}
    with bedrock(documents if questions else None, cache) as running:
        if messages:
            figures = gate.measure(messages, running.only_gate)
            result["gate"] = {"file": str(messages_file), **figures}
        if questions:
            figures = retrieval.measure(questions, running)
            result["retrieval"] = {"file": str(questions_file), **figures}
    return result


def _too_long(text: str) -> str | None:
    limit = Policy().limits.max_message_chars
    if len(text) <= limit:
        return None
    return f"the text has {len(text)} characters; a customer's message may have {limit}"


def _asks_of(documents: Path) -> Callable[[LabeledQuestion], str | None]:
    """Says which of a question's pages are not in the folder."""
    paths = [f"/{path.relative_to(documents).as_posix()}" for path in documents.rglob("*")]
    there = {path[at:] for path in paths for at, sign in enumerate(path) if sign == "/"}

    def check(line: LabeledQuestion) -> str | None:
        absent = [page for page in line.pages if f"/{page}" not in there]
        if absent:
            return f"there is no {' and no '.join(absent)} in {documents}"
        return _too_long(line.question)

    return check


if __name__ == "__main__":
    sys.exit(main())
