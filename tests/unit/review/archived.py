"""Transcripts as the live module writes them, and what the review reads in them."""

import json
from typing import Any

from tandem.live import conversation
from tandem.live.models import Owner, Person, Turn
from tandem.review.models import Correction, Pair
from tandem.review.pairs import read_transcript
from tandem.review.talks import Redacted, Talk
from tests.review_fakes import FakeRedactor
from tests.scene import Scene


class Archived(Scene):
    """A conversation whose clock moves with every message, and whose transcript can be read."""

    def writes(self, text: str, client_id: str | None = None) -> Turn:
        self.fakes.clock.advance(5)
        turn = super().writes(text, client_id)
        self.fakes.clock.advance(5)
        return turn

    def says(self, person: Person, text: str, client_id: str | None = None, **how: bool) -> Turn:
        self.fakes.clock.advance(5)
        return super().says(person, text, client_id or f"desk-{len(self.turns)}", **how)

    def rates(self, answer: int, thumb: Any) -> None:
        turn_id = self.answers[answer].turn_id
        conversation.rate_turn(self.world, self.conversation_id, turn_id, thumb)

    def key_and_body(self) -> tuple[str, bytes]:
        """Of the newest transcript; the conversation is closed if it is not yet."""
        self.fakes.clock.advance(5)
        if self.now.owner is not Owner.CLOSED:
            self.closes()
        self.transcripts_are_written()
        uri, body = list(self.fakes.transcripts.objects.items())[-1]
        return uri.removeprefix("s3://transcripts/"), body

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.key_and_body()[1])
        return document

    @property
    def talk(self) -> Talk:
        return read_transcript(self.document)


def pairs(found: Archived | Talk, context_turns: int = 4) -> list[Pair]:
    talk = found.talk if isinstance(found, Archived) else found
    redacted = Redacted(talk, talk.pairs, FakeRedactor(), context_turns)
    return [redacted.pair(raw) for raw in talk.pairs]


def corrections(found: Archived | Talk) -> list[Correction]:
    talk = found.talk if isinstance(found, Archived) else found
    return Redacted(talk, (), FakeRedactor(), 4).corrections()
