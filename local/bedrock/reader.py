"""The extractive reader."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.bedrock.prompts import Passage


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, or None and the reason why there is none."""

    text: str | None
    reason: str = ""


def read(question: str, passages: Sequence[Passage]) -> Reading:
    """Answer from passages."""
    if not passages:
        return Reading(None, "There is no passage to answer from.")
    wanted = {w for w in re.findall(r"\w{4,}", question.lower())}
    best = max(
        ((len(wanted & set(re.findall(r"\w{4,}", s.lower()))), -i, s, p.index)
        for p in passages for i, s in enumerate(re.split(r"(?<=[.!?])\s+", p.text))),
    )
    if best[0] == 0:
        return Reading(None, "The passages do not answer the question.")
    return Reading(f"{best[2]} [{best[3]}]")
