"""How good is what answers rest on? Which pages are found, and is what nobody knows refused?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.figures import distinct, hit, percentile, share
from evaluation.labeled_sets import LabeledQuestion
from evaluation.turns import Bedrock, Outcome, take
from tandem.live.policy import Policy
from tandem.live.ports import Retriever

FIRST = (1, 3, 5)
_LIMITS = (25, 100)
"""Passages asked for, for five documents: several passages may come from one document. A knowledge
base gives 100 at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, the documents found for it, best first, and the turn that answered it."""

    question: LabeledQuestion
    documents: list[str]
    outcome: Outcome


def measure(questions: Sequence[LabeledQuestion], bedrock: Bedrock) -> dict[str, Any]:
    """Hits among the first documents, refusals, the misses, and times.

    One question after the other, so that the times are those of a single query.
    """
    policy = Policy()
    answering = bedrock.answering
    began = time.perf_counter()
    asked = [
        Asked(
            question,
            ranked(bedrock.retriever.untimed, question.question),
            take(answering, question.question, policy),
        )
        for question in questions
    ]
    seconds = time.perf_counter() - began
    times = bedrock.retriever.milliseconds
    return {
        **figures(asked),
        "documents": bedrock.documents,
        "index_seconds": bedrock.index_seconds,
        "query_milliseconds": {"p50": percentile(times, 50), "p95": percentile(times, 95)},
        "seconds": seconds,
    }


def ranked(retriever: Retriever, question: str) -> list[str]:
    """The URIs of the best documents for a question, by their best passages."""
    found: list[str] = []
    for limit in _LIMITS:
        passages = retriever.retrieve(question, limit)
        found = distinct(passage.uri for passage in passages)
        if len(found) >= max(FIRST) or len(passages) < limit:
            break
    return found[: max(FIRST)]


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """The figures without the times of the search.

    `refused` counts what was not answered for lack of documents. Where the gate called a person for
    another reason, that is `called`: neither answered nor refused.
    """
    answerable = [one for one in asked if one.question.answerable]
    others = [one for one in asked if not one.question.answerable]
    turns = [one.outcome.milliseconds for one in asked]
    return {
        "questions": len(asked),
        "failures": sum(one.outcome.failed for one in asked),
        "answerable": {
            "count": len(answerable),
            **{
                f"hit@{first}": share(
                    sum(hit(one.documents, one.question.pages, first) for one in answerable),
                    len(answerable),
                )
                for first in FIRST
            },
            **_ends(answerable),
        },
        "unanswerable": {"count": len(others), **_ends(others)},
        "turn_milliseconds": {"p50": percentile(turns, 50), "p95": percentile(turns, 95)},
        "misses": [miss for one in asked for miss in _misses(one)],
    }


def _ends(asked: Sequence[Asked]) -> dict[str, Any]:
    refused = sum(one.outcome.refused for one in asked)
    answered = sum(one.outcome.answer is not None for one in asked)
    return {
        "answered": answered,
        "refused": refused,
        "called": len(asked) - answered - refused,
        "refused_share": share(refused, len(asked)),
    }


def _misses(one: Asked) -> list[dict[str, Any]]:
    question, outcome = one.question, one.outcome
    found: list[dict[str, Any]] = []

    def miss(expected: str, got: str, reason: str) -> None:
        line = {"id": question.id, "text": question.question}
        found.append({**line, "expected": expected, "got": got, "reason": reason})

    if question.answerable and not hit(one.documents, question.pages, max(FIRST)):
        names = [document.rsplit("/", 1)[-1] for document in one.documents]
        miss(" or ".join(question.pages), ", ".join(names) or "nothing", "not among the first five")
    if question.answerable and outcome.answer is None:
        got = "refused" if outcome.refused else "a person was called"
        miss("an answer", got, outcome.decision.reason)
    if not question.answerable and outcome.answer is not None:
        score = outcome.decision.observed.get("top_score")
        miss("a refusal", "an answer", f"best score {score}: {outcome.answer}")
    return found
