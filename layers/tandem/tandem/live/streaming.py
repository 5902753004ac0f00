"""An answer in the making: its pieces, and who has been shown which of them."""

from datetime import datetime

from tandem.live.frames import Delta, Withdrawn
from tandem.live.models import seconds
from tandem.live.ports import World
from tandem.live.steps import push_to_customer

FLUSH_SECONDS = 0.25
"""Deltas are sent together about so often: a frame per token would cost eight times as much."""
FLUSH_CHARACTERS = 240


class AnswerStream:
    """The pieces of one attempt at an answer, for whoever has the conversation open.

    The caller sees to it that the assistant has the word whenever something is sent.
    """

    def __init__(self, world: World, conversation_id: str, turn_id: str, attempt: int) -> None:
        self._world = world
        self._conversation_id = conversation_id
        self.turn_id = turn_id
        self._attempt = attempt
        self._pieces: list[str] = []
        self._flushed = 0
        """Characters that have left, or that nobody was there for."""
        self._flushed_at: datetime | None = None
        self._frames = 0
        self._followers: list[str] = []
        """The connections that have every piece until now."""
        self.void = False
        """Nothing more of it may be shown."""

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def shown(self) -> bool:
        """Somebody has seen something of it."""
        return self._frames > 0

    @property
    def due(self) -> bool:
        """Enough has gathered, or waited long enough, to be sent."""
        waiting = len(self.text) - self._flushed
        if not waiting:
            return False
        since = self._flushed_at
        late = since is None or self._world.clock.now() - since >= seconds(FLUSH_SECONDS)
        return late or waiting >= FLUSH_CHARACTERS

    def add(self, piece: str) -> None:
        self._pieces.append(piece)

    def flush(self) -> None:
        """Send what has gathered; to a connection that missed something, all of it."""
        text = self.text
        newest = self._delta(self._frames, 1, text[self._flushed :])
        whole = self._delta(0, self._frames + 1, text)
        self._flushed = len(text)
        self._flushed_at = self._world.clock.now()
        # Looked up each time: the socket of a first message, or of a page that was loaded again,
        # opens while the answer is being made.
        connections = self._world.connections.of_conversation(self._conversation_id)
        if connections:
            self._frames += 1
        # None of them stays a follower that was not there, or whose frame did not leave.
        self._followers = [
            connection
            for connection in connections
            if self._world.push.send(connection, newest if connection in self._followers else whole)
        ]

    def withdraw(self) -> None:
        """Take back what was shown, also of the attempt before."""
        frame = Withdrawn(conversation_id=self._conversation_id, turn_id=self.turn_id)
        push_to_customer(self._world, self._conversation_id, [frame])

    def _delta(self, index: int, pieces: int, text: str) -> Delta:
        return Delta(
            conversation_id=self._conversation_id,
            turn_id=self.turn_id,
            attempt=self._attempt,
            index=index,
            pieces=pieces,
            text=text,
        )
