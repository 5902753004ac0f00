"""Calls for a person: which answer of the assistant each is about, and what the experts answered
instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from tandem.live.models import Trigger
from tandem.live.transcript import TranscriptEscalation, TranscriptTurn
from tandem.review.course import Answered, Course, joined
from tandem.review.talks import LONGEST_NAME, RawCorrection

_CALLED = frozenset({"person_coming", "model_trouble"})
"""Codes of the status lines that stand where a person was called."""
_ASKED_FOR = frozenset({Trigger.WANTS_PERSON, Trigger.BUTTON, Trigger.THUMBS_DOWN})
"""The customer wanted a person, and said so, instead of asking something more."""
_NOT_ACCEPTED = _ASKED_FOR | {Trigger.NEGATIVE_SENTIMENT, Trigger.REPEATED_QUESTION}
"""The call is about the answer before it. The others are about the question that was asked last."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call for a person, and its place in the course."""

    escalation: TranscriptEscalation
    place: int
    answer: Answered | None
    """The assistant's last answer before the call, with no person between them."""
    not_accepted: bool
    """Whether the call is about `answer`."""


def calls(escalations: Sequence[TranscriptEscalation], course: Course) -> list[Call]:
    """In order. Their places: the line that tells the customer of it, or else by time."""
    found = []
    for escalation, place in _places(escalations, course):
        answer = course.answer_before(place)
        wrote = answer is not None and course.customer_wrote(answer.place, place)
        not_accepted = answer is not None and (escalation.trigger in _NOT_ACCEPTED or not wrote)
        found.append(Call(escalation, place, answer, not_accepted))
    return found


def _places(
    escalations: Sequence[TranscriptEscalation], course: Course
) -> Iterator[tuple[TranscriptEscalation, int]]:
    lines = [turn for turn in course.turns if turn.code in _CALLED]
    next_line = 0
    for escalation in sorted(escalations, key=lambda each: (each.requested_at, each.escalation_id)):
        asked_at = escalation.requested_at
        while next_line < len(lines) and lines[next_line].at < asked_at:
            next_line += 1
        if next_line < len(lines):
            yield escalation, course.place_of(lines[next_line].seq)
            next_line += 1
        else:
            yield escalation, course.place_after(asked_at)


def corrections(found: Sequence[Call], course: Course) -> list[RawCorrection]:
    """What the experts answered to each call, up to the next; nothing where they answered
    nothing."""
    made = []
    later: list[int | None] = [None]
    said: dict[tuple[int, int | None], tuple[list[TranscriptTurn], str]] = {}
    # Backwards: so it is known where the next begins. The places rise, once among the calls that a
    # line tells of and once among the others after them: no turn is looked at more than twice.
    for call in reversed(found):
        after = course.last_said(call.place)
        while (until := later[-1]) is not None and until <= after:
            later.pop()
        later.append(after)
        if (after, until) not in said:
            experts = course.experts(after, until)
            said[after, until] = experts, joined(experts)
        experts, answer = said[after, until]
        if answer:
            made.append(_correction(call, course, experts, answer))
    return [each for each in reversed(made) if each.question]


def _correction(
    call: Call, course: Course, experts: Sequence[TranscriptTurn], expert_answer: str
) -> RawCorrection:
    draft, answer = call.escalation.draft, call.answer
    said = course.last_said(call.place)
    # The draft answers what was written last; where that only asks for a person, the answer that
    # the customer did not accept stands beside the experts' instead.
    alone = draft is None or call.escalation.trigger in _ASKED_FOR
    if answer is not None and call.not_accepted and alone:
        question, begins = answer.asked, answer.begins
        instead, model_id = answer.answer, answer.turn.model_id
    elif draft is not None:
        question, begins = course.open_question(draft.in_reply_to + 1, said)
        instead, model_id = draft.text.strip(), draft.model_id
    else:
        question, begins = course.open_question(experts[0].seq, said)
        instead, model_id = "", None
    return RawCorrection(
        correction_id=call.escalation.escalation_id,
        question=question,
        expert_answer=expert_answer,
        assistant_answer=instead or None,
        model_id=None if model_id is None else model_id[:LONGEST_NAME],
        at=experts[-1].at.astimezone(UTC),
        begins=begins,
    )
