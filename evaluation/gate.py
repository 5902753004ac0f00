"""How good is the gate? Every message is judged alone, with no conversation before it."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from evaluation.figures import Tally, percentile
from evaluation.labeled_sets import LabeledMessage
from evaluation.turns import Outcome, take
from tandem.live.answering import Answering
from tandem.live.policy import Policy

_AT_ONCE = 2
"""Messages are independent of each other; more at once are not faster."""

type Judged = tuple[LabeledMessage, Outcome]


def measure(messages: Sequence[LabeledMessage], answering: Answering) -> dict[str, Any]:
    """Precision, recall and F1 of calling a person, by class and by language, and the misses."""
    policy = Policy()
    began = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        outcomes = list(workers.map(lambda m: take(answering, m.text, policy), messages))
    seconds = time.perf_counter() - began
    return {**figures(list(zip(messages, outcomes, strict=True))), "seconds": seconds}


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    return {
        "messages": len(judged),
        "failures": sum(outcome.failed for _, outcome in judged),
        **_tally(judged),
        "by_why": _by(judged, lambda message: message.why),
        "by_language": _by(judged, lambda message: message.language),
        "milliseconds": {
            f"p{percent}": percentile([o.milliseconds for _, o in judged], percent)
            for percent in (50, 95)
        },
        "misses": [
            {
                "id": message.id,
                "text": message.text,
                "expected": message.person,
                "got": outcome.decision.person,
                "reason": _reason(outcome),
            }
            for message, outcome in judged
            if message.person != outcome.decision.person
        ],
    }


def _by(
    judged: Sequence[Judged], key: Callable[[LabeledMessage], str | None]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Judged]] = {}
    for message, outcome in judged:
        if (name := key(message)) is not None:
            groups.setdefault(name, []).append((message, outcome))
    return {name: _tally(groups[name]) for name in sorted(groups)}


def _tally(judged: Sequence[Judged]) -> dict[str, Any]:
    tally = Tally.of((message.person, outcome.decision.person) for message, outcome in judged)
    return {
        "count": tally.count,
        "persons_wanted": tally.right_yes + tally.missed,
        "right": tally.right,
        "called_in_vain": tally.wrong_yes,
        "not_called": tally.missed,
        "precision": tally.precision,
        "recall": tally.recall,
        "f1": tally.f1,
    }


def _reason(outcome: Outcome) -> str:
    decision = outcome.decision
    if decision.person:
        return decision.reason
    said = str(decision.observed.get("model_reason", ""))
    sentiment = decision.observed.get("sentiment")
    return f"{said} (sentiment {sentiment})" if sentiment is not None else said
