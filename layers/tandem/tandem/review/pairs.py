"""Tandem's own transcripts: the pairs of question and answer, and the experts' corrections.

A pair is an answer of the assistant with what the customer had written since the answer before.
What a status line dealt with ("I found nothing reliable") is no part of a later question.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from tandem.live.models import Author, GateDecision, Trigger
from tandem.live.transcript import Transcript, TranscriptEscalation, TranscriptTurn
from tandem.review.talks import RawCorrection, RawPair, Said, Talk, Unreadable

SCHEMA = "tandem.transcript/"
"""What the `schema` of a transcript begins with."""

_MOST_SOURCES, _LONGEST_SOURCE = 20, 1024
_LONGEST_NAME = 256
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_DEALT_WITH = frozenset(
    {
        "cannot_answer",
        "model_trouble_alone",
        "nobody_available",
        "outside_hours",
        "handed_back",
        "reopened",
    }
)
"""Codes of the status lines that stand where a question got its end without an answer."""
_BEGUN_ANEW = frozenset({"handed_back", "reopened"})
"""… and after which it is about something else."""
_CALLED = frozenset({"person_coming", "model_trouble"})
"""… and where a person was called."""
_ASKED_FOR = frozenset({Trigger.WANTS_PERSON, Trigger.BUTTON, Trigger.THUMBS_DOWN})
"""The customer wanted a person, and said so, instead of asking something more."""
_NOT_ACCEPTED = _ASKED_FOR | {Trigger.NEGATIVE_SENTIMENT, Trigger.REPEATED_QUESTION}
"""The call is about the answer before it. The others are about the question that was asked last."""


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
    turns = sorted(transcript.turns, key=lambda turn: turn.seq)
    answered = list(_answered(turns))
    calls = list(_calls(transcript.escalations, turns, answered))
    escalated = {call.answer.turn.seq for call in calls if call.answer and call.not_accepted}
    down = _thumbs_down(transcript)
    return Talk(
        conversation_id=transcript.conversation_id,
        said=tuple(_said(turn) for turn in turns if turn.author is not Author.SYSTEM),
        pairs=tuple(
            replace(
                _pair(found),
                escalated=found.turn.seq in escalated or _called(found),
                thumbs_down=found.turn.turn_id in down,
            )
            for found in answered
        ),
        corrections=tuple(
            correction
            for number, call in enumerate(calls)
            if (correction := call.correction(_next_call(calls, number))) is not None
        ),
        names=_names(transcript, turns),
        language=transcript.language[:_LONGEST_NAME],
        channel=transcript.channel[:_LONGEST_NAME],
    )


# --- pairs ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer of the assistant, the messages that it answers, and how many were said before."""

    turn: TranscriptTurn
    question: tuple[TranscriptTurn, ...]
    begins: int

    @property
    def asked(self) -> str:
        return _joined(self.question)


def _answered(turns: Sequence[TranscriptTurn]) -> Iterator[_Answered]:
    open_: list[tuple[int, TranscriptTurn]] = []
    """The customer's messages that nobody answered yet, and how many were said before each."""
    said = 0
    for turn in turns:
        match turn.author:
            case Author.SYSTEM:
                if turn.code in _DEALT_WITH:
                    open_ = []
                continue
            case Author.CUSTOMER:
                open_.append((said, turn))
            case Author.EXPERT:
                open_ = []
            case Author.ASSISTANT:
                # Messages that were written at once are answered one by one.
                upto = turn.in_reply_to or turn.seq
                asked = [(before, each) for before, each in open_ if each.seq <= upto]
                open_ = open_[len(asked) :]
                if asked and turn.text.strip():
                    yield _Answered(turn, tuple(each for _, each in asked), asked[0][0])
        said += 1


def _pair(found: _Answered) -> RawPair:
    turn = found.turn
    return RawPair(
        turn_id=turn.turn_id,
        question=found.asked,
        answer=turn.text.strip(),
        begins=found.begins,
        model_id=_short(turn.model_id),
        sources=_sources(turn),
        confidence=_confidence(found),
        answered_at=turn.at,
    )


def _sources(turn: TranscriptTurn) -> tuple[str, ...]:
    uris = dict.fromkeys(source.uri for source in turn.sources)
    return tuple(uri for uri in uris if len(uri) <= _LONGEST_SOURCE)[:_MOST_SOURCES]


def _short(name: str | None) -> str | None:
    return None if name is None else name[:_LONGEST_NAME]


def _confidence(found: _Answered) -> float | None:
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


def _called(found: _Answered) -> bool:
    """Whether a person was called for because of the question, and the assistant answered it all
    the same."""
    return any(turn.decision is not None and turn.decision.person for turn in found.question)


def _thumbs_down(transcript: Transcript) -> set[str]:
    newest = {each.turn_id: each for each in sorted(transcript.ratings, key=lambda r: r.at)}
    return {name for name, each in newest.items() if name and each.thumb == "down"}


# --- corrections -------------------------------------------------------------------------------
class _Call:
    """A call for a person: which answer stood before it, and what was open."""

    def __init__(
        self,
        escalation: TranscriptEscalation,
        before: Sequence[TranscriptTurn],
        turns: Sequence[TranscriptTurn],
        answered: Sequence[_Answered],
    ) -> None:
        self.escalation = escalation
        self.after = max((t.seq for t in before if t.author is not Author.SYSTEM), default=0)
        """`seq` of the last message before the call."""
        self._turns = turns
        self._stretch = self._since_the_last_person(before)
        seen = {turn.seq for turn in self._stretch}
        self.answer = next((each for each in answered[::-1] if each.turn.seq in seen), None)
        """The assistant's last answer before the call, with no person between them."""

    @staticmethod
    def _since_the_last_person(before: Sequence[TranscriptTurn]) -> list[TranscriptTurn]:
        stretch: list[TranscriptTurn] = []
        for turn in before:
            if turn.author is Author.EXPERT or turn.code in _BEGUN_ANEW:
                stretch = []
            else:
                stretch.append(turn)
        return stretch

    @property
    def not_accepted(self) -> bool:
        """Whether the call is about `answer`."""
        if self.answer is None:
            return False
        last = self.answer.turn.seq
        wrote = any(t.author is Author.CUSTOMER and t.seq > last for t in self._stretch)
        return self.escalation.trigger in _NOT_ACCEPTED or not wrote

    def correction(self, until: int | None) -> RawCorrection | None:
        """What the experts answered, up to the next call's `seq`; None if they answered nothing."""
        answers = self._experts(until)
        if not answers:
            return None
        asked, assistant_answer, model_id = self._instead_of(answers[0].seq)
        question, expert_answer = _joined(asked), _joined(answers)
        if not question or not expert_answer:
            return None
        first = asked[0].seq
        return RawCorrection(
            correction_id=self.escalation.escalation_id,
            question=question,
            expert_answer=expert_answer,
            assistant_answer=assistant_answer,
            model_id=model_id,
            at=answers[-1].at,
            begins=sum(t.author is not Author.SYSTEM and t.seq < first for t in self._turns),
        )

    def _experts(self, until: int | None) -> list[TranscriptTurn]:
        found = []
        for turn in self._turns:
            if turn.seq <= self.after:
                continue
            if turn.code in _BEGUN_ANEW or (until is not None and turn.seq > until):
                break
            if turn.author is Author.EXPERT:
                found.append(turn)
        return found

    def _instead_of(
        self, answered_from: int
    ) -> tuple[Sequence[TranscriptTurn], str | None, str | None]:
        """The messages that the experts answered, what the assistant answered or would have
        answered, and its model.

        The draft answers what was written last; where that only asks for a person, the answer that
        the customer did not accept stands beside the experts' instead.
        """
        draft = self.escalation.draft
        if self.answer is not None and self.not_accepted:
            turn = self.answer.turn
            unaccepted = (self.answer.question, turn.text.strip(), _short(turn.model_id))
            if draft is None or self.escalation.trigger in _ASKED_FOR:
                return unaccepted
        if draft is not None:
            asked = self._asked(draft.in_reply_to + 1)
            return asked, draft.text.strip() or None, _short(draft.model_id)
        return self._asked(answered_from), None, None

    def _asked(self, before: int) -> list[TranscriptTurn]:
        """What the customer had written since the last answer."""
        open_: list[TranscriptTurn] = []
        for turn in self._turns:
            if turn.seq >= before:
                break
            ended = turn.code in _DEALT_WITH and turn.seq <= self.after
            if ended or turn.author in (Author.ASSISTANT, Author.EXPERT):
                open_ = []
            elif turn.author is Author.CUSTOMER:
                open_.append(turn)
        return open_


def _calls(
    escalations: Sequence[TranscriptEscalation],
    turns: Sequence[TranscriptTurn],
    answered: Sequence[_Answered],
) -> Iterator[_Call]:
    """In order, each with the turns before it: up to the line that tells the customer of it, or
    else by time."""
    told = 0
    for escalation in sorted(escalations, key=lambda each: (each.requested_at, each.escalation_id)):
        asked_at = escalation.requested_at
        lines = (t.seq for t in turns if t.code in _CALLED and t.seq > told and t.at >= asked_at)
        line = next(lines, None)
        if line is None:
            before = [turn for turn in turns if turn.at <= asked_at]
        else:
            told = line
            before = [turn for turn in turns if turn.seq < line]
        yield _Call(escalation, before, turns, answered)


def _next_call(calls: Sequence[_Call], number: int) -> int | None:
    later = [call.after for call in calls[number + 1 :] if call.after > calls[number].after]
    return later[0] if later else None


# --- both ----------------------------------------------------------------------------------------
def _said(turn: TranscriptTurn) -> Said:
    match turn.author:
        case Author.CUSTOMER:
            return Said("customer", turn.text)
        case Author.EXPERT:
            return Said("expert", turn.text)
        case _:
            return Said("assistant", turn.text)


def _joined(turns: Sequence[TranscriptTurn]) -> str:
    return "\n".join(text for turn in turns if (text := turn.text.strip()))


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
