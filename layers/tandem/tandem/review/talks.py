"""A conversation on its way into the review: as it was written, then without personal data.

A `Talk` and its parts hold texts as they were written, so they are never stored. `Redacted` makes
the review's own models of the parts that are kept, with one call of the redactor.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tandem.review.models import ContextTurn, Correction, Pair
from tandem.review.ports import Redactor
from tandem.review.topics import topic_of

LONGEST = 8000
"""Characters of a question or an answer that are kept (`models.Words`)."""
LONGEST_CONTEXT = 2000
"""… of a turn before the question."""
LONGEST_NAME = 256
"""… of a model, a language, a channel."""
CUT = " […]"
"""Stands where a text was cut."""
_MARGIN = 256
READ = LONGEST + _MARGIN
"""Characters that are read of a text. Where it is cut, half a number or address may stand that
nobody recognizes: so what comes of the last ones is never kept."""


class Unreadable(ValueError):
    """Something that came in is not what it should be; the text says what is wrong, without
    repeating what a customer wrote."""


@dataclass(frozen=True, slots=True)
class Said:
    author: Literal["customer", "assistant", "expert"]
    text: str


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """A label that came with a pair."""

    rating: float
    raters: int
    agreement: float | None
    better_answers: tuple[str, ...]
    job: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RawPair:
    """A question and its answer, as they were written. What is not said here says `Pair`."""

    turn_id: str
    question: str
    answer: str
    begins: int
    """How many of the talk's messages were said before the question."""
    model_id: str | None = None
    sources: tuple[str, ...] = ()
    confidence: float | None = None
    answered_at: datetime | None = None
    escalated: bool = False
    thumbs_down: bool = False
    label: GivenLabel | None = None


@dataclass(frozen=True, slots=True)
class RawCorrection:
    """See `Correction`."""

    correction_id: str
    question: str
    expert_answer: str
    assistant_answer: str | None
    model_id: str | None
    at: datetime
    begins: int
    """How many of the talk's messages were said before the question."""


@dataclass(frozen=True, slots=True)
class Talk:
    """`conversation_id` is None where none is given: then it derives from what was said."""

    conversation_id: str | None
    said: tuple[Said, ...]
    """Without status lines."""
    pairs: tuple[RawPair, ...]
    corrections: tuple[RawCorrection, ...] = ()
    names: tuple[str, ...] = ()
    """Of everybody who is known to have a part in it."""
    language: str = "und"
    channel: str = "import"


class Redacted:
    """The parts of a talk that are kept, without personal data: also without the names that only
    the other parts introduce."""

    def __init__(
        self, talk: Talk, pairs: Sequence[RawPair], redactor: Redactor, context_turns: int
    ) -> None:
        self._talk = talk
        self._context_turns = context_turns
        said = (each.text for each in talk.said)
        self._clean = _redacted(self._texts(pairs), redactor, talk.names, said)
        self.conversation_id = talk.conversation_id or self._derived_id()

    def _texts(self, pairs: Sequence[RawPair]) -> Iterable[str]:
        for pair in pairs:
            yield from (pair.question, pair.answer)
            yield from (turn.text for turn in self._before(pair))
            if pair.label is not None:
                yield from pair.label.better_answers
        for found in self._talk.corrections:
            yield from (found.question, found.expert_answer, found.assistant_answer or "")
            yield from (turn.text for turn in self._before(found))
        if self._talk.conversation_id is None:
            yield from (said.text for said in self._talk.said)

    def _before(self, part: RawPair | RawCorrection) -> Sequence[Said]:
        return self._talk.said[max(0, part.begins - self._context_turns) : part.begins]

    def _context(self, part: RawPair | RawCorrection) -> tuple[ContextTurn, ...]:
        return tuple(
            ContextTurn(author=turn.author, text=_cut(self._clean[turn.text], LONGEST_CONTEXT))
            for turn in self._before(part)
        )

    def _derived_id(self) -> str:
        # Of the redacted texts: with the digest of a text and the text without its phone number,
        # the number could be found by trying all of them.
        said = [(each.author, self._clean[each.text]) for each in self._talk.said]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return f"import-{digest[:24]}"

    def text(self, raw: str) -> str:
        """What is left of a text of the talk."""
        return self._clean[raw]

    def pair(self, raw: RawPair) -> Pair:
        return Pair(
            conversation_id=self.conversation_id,
            turn_id=raw.turn_id,
            question=self._clean[raw.question],
            answer=self._clean[raw.answer],
            context=self._context(raw),
            language=self._talk.language,
            channel=self._talk.channel,
            model_id=raw.model_id,
            sources=raw.sources,
            confidence=raw.confidence,
            answered_at=raw.answered_at,
            escalated=raw.escalated,
            thumbs_down=raw.thumbs_down,
        )

    def corrections(self) -> list[Correction]:
        return [
            Correction(
                correction_id=raw.correction_id,
                conversation_id=self.conversation_id,
                question=self._clean[raw.question],
                expert_answer=self._clean[raw.expert_answer],
                assistant_answer=(
                    None if raw.assistant_answer is None else self._clean[raw.assistant_answer]
                ),
                model_id=raw.model_id,
                topic=topic_of(self._clean[raw.question]),
                context=self._context(raw),
                language=self._talk.language,
                at=raw.at,
            )
            for raw in self._talk.corrections
        ]


def _redacted(
    texts: Iterable[str], redactor: Redactor, names: Sequence[str], said: Iterable[str]
) -> dict[str, str]:
    """Each of the texts → what is left of it, at most `LONGEST` characters."""
    unique = list(dict.fromkeys(texts))
    read = [text[:READ] for text in unique]
    kept = set(unique)
    beside = [text[:READ] for text in dict.fromkeys(said) if text not in kept]
    clean = redactor.redact(read, names, beside)
    return {
        text: _cut(left if len(text) <= READ else left[:-_MARGIN] + CUT, LONGEST)
        for text, left in zip(unique, clean, strict=True)
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT)] + CUT
