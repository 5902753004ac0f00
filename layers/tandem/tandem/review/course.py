"""A transcript's turns in their order, with what stood last before each.

Everything is read off in one pass, so that who asks for a thousand places of ten thousand turns
does not look through the turns a thousand times.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tandem.live.models import Author
from tandem.live.transcript import TranscriptTurn
from tandem.review.talks import READ

DEALT_WITH = frozenset(
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
BEGUN_ANEW = frozenset({"handed_back", "reopened"})
"""… and after which it is about something else."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the assistant, and the messages that it answers."""

    place: int
    """Of the answer in the course."""
    turn: TranscriptTurn
    question: tuple[TranscriptTurn, ...]
    asked: str
    answer: str
    begins: int
    """How many messages were said before the question."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood before a place. Of places: how many turns come up to it and with it."""

    said: int = 0
    """Messages: turns but for status lines."""
    last_said: int = 0
    """`seq` of the last message."""
    customer: int = 0
    """Place after the last message of the customer; likewise the others."""
    answer: int = 0
    """… of the assistant or an expert."""
    person: int = 0
    """… of an expert, or a line after which it is about something else."""
    dealt_with: int = 0
    """… a line that dealt with a question."""
    at: datetime | None = None
    """The latest time of all."""

    def and_then(self, place: int, turn: TranscriptTurn) -> "_Before":
        after = place + 1
        is_line, author = turn.author is Author.SYSTEM, turn.author
        person = author is Author.EXPERT or turn.code in BEGUN_ANEW
        return _Before(
            said=self.said + (not is_line),
            last_said=self.last_said if is_line else turn.seq,
            customer=after if author is Author.CUSTOMER else self.customer,
            answer=after if author in (Author.ASSISTANT, Author.EXPERT) else self.answer,
            person=after if person else self.person,
            dealt_with=after if turn.code in DEALT_WITH else self.dealt_with,
            at=turn.at if self.at is None else max(self.at, turn.at),
        )


class Course:
    def __init__(self, turns: Sequence[TranscriptTurn]) -> None:
        self.turns = sorted(turns, key=lambda turn: turn.seq)
        self._seqs = [turn.seq for turn in self.turns]
        self.answered = list(self._answered())

    # Only of use where a person was called.
    @cached_property
    def _before(self) -> list[_Before]:
        found = [_Before()]
        for place, turn in enumerate(self.turns):
            found.append(found[-1].and_then(place, turn))
        return found

    @cached_property
    def _times(self) -> list[datetime]:
        return [before.at for before in self._before if before.at is not None]

    @cached_property
    def _written(self) -> list[int]:
        """Places of the customer's messages."""
        return [
            place
            for place, turn in enumerate(self.turns)
            if turn.author is Author.CUSTOMER and turn.text.strip()
        ]

    @cached_property
    def _answers(self) -> list[int]:
        """Places of `answered`."""
        return [found.place for found in self.answered]

    def _answered(self) -> Iterator[Answered]:
        open_: deque[tuple[int, TranscriptTurn]] = deque()
        """The customer's messages that nobody answered yet, and how many were said before each."""
        said = 0
        for place, turn in enumerate(self.turns):
            match turn.author:
                case Author.SYSTEM:
                    if turn.code in DEALT_WITH:
                        open_.clear()
                    continue
                case Author.CUSTOMER:
                    open_.append((said, turn))
                case Author.EXPERT:
                    open_.clear()
                case Author.ASSISTANT:
                    # Messages that were written at once are answered one by one.
                    upto = turn.in_reply_to or turn.seq
                    asked = []
                    while open_ and open_[0][1].seq <= upto:
                        asked.append(open_.popleft())
                    if asked and turn.text.strip():
                        question = tuple(each for _, each in asked)
                        yield Answered(
                            place, turn, question, joined(question), turn.text.strip(), asked[0][0]
                        )
            said += 1

    # --- places ----------------------------------------------------------------------------------
    def place_of(self, seq: int) -> int:
        """Of the first turn that has this `seq` or a later one."""
        return bisect_left(self._seqs, seq)

    def place_after(self, at: datetime) -> int:
        """Of the first turn of after this time."""
        return bisect_right(self._times, at)

    def last_said(self, place: int) -> int:
        """`seq` of the last message before a place; 0 if there is none."""
        return self._before[place].last_said

    def answer_before(self, place: int) -> Answered | None:
        """The assistant's last answer before a place, with no person between them."""
        number = bisect_left(self._answers, place) - 1
        if number < 0 or self._answers[number] < self._before[place].person:
            return None
        return self.answered[number]

    def customer_wrote(self, after: int, before: int) -> bool:
        """Whether the customer wrote something between two places."""
        return self._before[before].customer > after + 1

    def open_question(self, until: int, known: int) -> tuple[str, int]:
        """What the customer had written before one `seq` since the last answer, as much as is read
        of a text, and how many messages were said before that. Of the lines that dealt with a
        question, those up to the `seq` `known` count."""
        before = self.place_of(until)
        dealt_with = self._before[min(before, self.place_of(known + 1))].dealt_with
        begins = max(self._before[before].answer, dealt_with)
        first, end = bisect_left(self._written, begins), bisect_left(self._written, before)
        asked: list[TranscriptTurn] = []
        length = 0
        for number in range(first, end):
            asked.append(self.turns[self._written[number]])
            length += len(asked[-1].text.strip()) + 1
            if length > READ + 1:
                break
        return joined(asked), self._before[self._written[first]].said if asked else 0

    def experts(self, after: int, until: int | None) -> list[TranscriptTurn]:
        """The experts' messages after one `seq`, up to another, of one piece."""
        found = []
        for place in range(bisect_right(self._seqs, after), len(self.turns)):
            turn = self.turns[place]
            if turn.code in BEGUN_ANEW or (until is not None and turn.seq > until):
                break
            if turn.author is Author.EXPERT:
                found.append(turn)
        return found


def joined(turns: Sequence[TranscriptTurn]) -> str:
    return "\n".join(text for turn in turns if (text := turn.text.strip()))
