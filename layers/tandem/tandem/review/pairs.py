"""Tandem's own transcripts: the pairs of question and answer, and the experts' corrections.

A pair is an answer of the assistant with what the customer had written since the answer before.
What a status line dealt with ("I found nothing reliable") is no part of a later question.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from pydantic import ValidationError

from tandem.live.models import Author, GateDecision
from tandem.live.transcript import Transcript, TranscriptTurn
from tandem.review.calls import calls, corrections
from tandem.review.course import Answered, Course
from tandem.review.talks import LONGEST_NAME, RawPair, Said, Talk, Unreadable

SCHEMA = "tandem.transcript/"
"""What the `schema` of a transcript begins with."""

_MOST_SOURCES, _LONGEST_SOURCE = 20, 1024
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def is_identifier(text: object) -> bool:
    """Whether it can be the id of something (`tandem.live.models.Identifier`)."""
    return isinstance(text, str) and _IDENTIFIER.fullmatch(text) is not None


def read_transcript(document: object) -> Talk:
    """The talk of a transcript's JSON. Raises `Unreadable`."""
    try:
        transcript = Transcript.model_validate(document)
    except ValidationError as error:
        raise Unreadable(f"it is no transcript of Tandem: {_problems(error)}") from None
    ids = [transcript.conversation_id, *(turn.turn_id for turn in transcript.turns)]
    ids += [escalation.escalation_id for escalation in transcript.escalations]
    if not all(map(is_identifier, ids)):
        raise Unreadable("its conversation_id, or the id of a turn or an escalation, is none")
    return talk_of(transcript)


def talk_of(transcript: Transcript) -> Talk:
    """What is said in a transcript, with its pairs and corrections."""
    course = Course(transcript.turns)
    called = calls(transcript.escalations, course)
    escalated = {call.answer.place for call in called if call.answer and call.not_accepted}
    down = _thumbs_down(transcript)
    return Talk(
        conversation_id=transcript.conversation_id,
        said=tuple(_said(turn) for turn in course.turns if turn.author is not Author.SYSTEM),
        pairs=tuple(
            replace(
                _pair(found),
                escalated=found.place in escalated or _called(found),
                thumbs_down=found.turn.turn_id in down,
            )
            for found in course.answered
        ),
        corrections=tuple(corrections(called, course)),
        names=_names(transcript, course.turns),
        language=transcript.language[:LONGEST_NAME],
        channel=transcript.channel[:LONGEST_NAME],
    )


# --- pairs ---------------------------------------------------------------------------------------
def _pair(found: Answered) -> RawPair:
    turn = found.turn
    return RawPair(
        turn_id=turn.turn_id,
        question=found.asked,
        answer=found.answer,
        begins=found.begins,
        model_id=_short(turn.model_id),
        sources=_sources(turn),
        confidence=_confidence(found),
        answered_at=turn.at.astimezone(UTC),
    )


def _sources(turn: TranscriptTurn) -> tuple[str, ...]:
    uris = dict.fromkeys(source.uri for source in turn.sources)
    return tuple(uri for uri in uris if len(uri) <= _LONGEST_SOURCE)[:_MOST_SOURCES]


def _short(name: str | None) -> str | None:
    return None if name is None else name[:LONGEST_NAME]


def _confidence(found: Answered) -> float | None:
    """The retriever's best score; None where nothing was looked up, as for a greeting."""
    decisions = [turn.decision for turn in (found.turn, *found.question[::-1]) if turn.decision]
    if any(decision.observed.get("small_talk") is True for decision in decisions):
        return None
    scores = [_top_score(decision) for decision in decisions]
    scores += [source.score for source in found.turn.sources]
    known = [score for score in scores if score is not None and math.isfinite(score)]
    return min(1.0, max(0.0, *known)) if known else None


def _top_score(decision: GateDecision) -> float | None:
    score = decision.observed.get("top_score")
    return score if isinstance(score, float) else None


def _called(found: Answered) -> bool:
    """Whether a person was called for because of the question, and the assistant answered it all
    the same."""
    return any(turn.decision is not None and turn.decision.person for turn in found.question)


def _thumbs_down(transcript: Transcript) -> set[str]:
    newest = {each.turn_id: each for each in sorted(transcript.ratings, key=lambda r: r.at)}
    return {name for name, each in newest.items() if name and each.thumb == "down"}


# --- both ----------------------------------------------------------------------------------------
def _said(turn: TranscriptTurn) -> Said:
    match turn.author:
        case Author.CUSTOMER:
            return Said("customer", turn.text)
        case Author.EXPERT:
            return Said("expert", turn.text)
        case _:
            return Said("assistant", turn.text)


def _names(transcript: Transcript, turns: Sequence[TranscriptTurn]) -> tuple[str, ...]:
    """Of the experts, and the customer's id where it is a name or an address of their own."""
    found = [turn.name for turn in turns]
    found += [each.claimed_by for each in transcript.escalations]
    if not transcript.customer_id.startswith("guest"):
        found.append(transcript.customer_id)
    named = (name.strip() for name in found if name)
    return tuple(dict.fromkeys(name for name in named if len(name) > 1))


def _problems(error: ValidationError) -> str:
    """Without what stands there: it may be what a customer wrote."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    said = [f"{'.'.join(map(str, each['loc'][:6]))}: {each['msg']}" for each in found[:3]]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return f"{'; '.join(said)}{more}"[:1000]
