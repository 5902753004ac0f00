"""What the live module needs of the world. AWS adapters and in-memory fakes pass the same tests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from tandem.live.events import Event
from tandem.live.facts import Fact
from tandem.live.frames import ServerFrame
from tandem.live.models import (
    AuditEntry,
    Conversation,
    Escalation,
    Judgement,
    Passage,
    Person,
    Rating,
    Turn,
)
from tandem.live.policy import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a conversation, stored whole or not at all.

    `after.version` must be `before.version + 1`; `before` is None for a new conversation.
    """

    before: Conversation | None
    after: Conversation
    turns: tuple[Turn, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    ratings: tuple[Rating, ...] = ()


class ConversationStore(Protocol):
    """Conversations with everything that belongs to them. Reads are strongly consistent,
    except `queue` and `due`."""

    def get(self, conversation_id: str) -> Conversation | None: ...

    def commit(self, change: Change) -> None:
        """Store the step.

        Raises `Conflict` when the stored version is not `before`'s: nothing is stored then.
        """

    def turns(self, conversation_id: str, after: int = 0) -> list[Turn]:
        """Turns with a greater `seq`, in order."""

    def turn_of_client(self, conversation_id: str, client_id: str) -> Turn | None:
        """The turn that a sender's id stands for."""

    def escalation(self, conversation_id: str, escalation_id: str) -> Escalation | None: ...

    def escalations(self, conversation_id: str) -> list[Escalation]:
        """All of a conversation, oldest first."""

    def audit(self, conversation_id: str) -> list[AuditEntry]:
        """Oldest first."""

    def ratings(self, conversation_id: str) -> list[Rating]:
        """The newest rating of each turn, and of the conversation."""

    def renew(self, conversation_id: str, lease_id: str, until: datetime) -> bool:
        """Extend the lease that has this id; False if it is no longer the conversation's."""

    def delivered(self, conversation: Conversation, from_seq: int, due_at: datetime | None) -> None:
        """Note that the turns after `from_seq` up to `conversation.last_seq` were pushed and
        announced.

        Moves the stored `delivered_seq` to `conversation.last_seq` if it is `from_seq` (whatever
        the version), and `due_at` if also the version is still `conversation.version`.
        """

    def queue(self, kind: Literal["open", "follow_up"]) -> list[Escalation]:
        """Escalations that are open, or that expired and want a follow-up; oldest first."""

    def due(self, now: datetime, limit: int = 100) -> list[Conversation]:
        """Conversations whose `due_at` has come, read anew."""


class Facts(Protocol):
    """What the stored conversations add up to."""

    def between(self, start: datetime, end: datetime) -> Iterable[Fact]:
        """What happened from `start` to before `end`, in no particular order; what was stored a
        moment ago may be missing yet."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open socket: of a customer (`conversation_id`), or of a person at the desk (`person`)."""

    connection_id: str
    conversation_id: str | None = None
    person: Person | None = None
    expires_at: datetime | None = None


BEGINNING = timedelta(seconds=20)
"""How long a connection may be listed before its socket opens, and be reported as gone meanwhile:
API Gateway opens it when `$connect` has been answered."""


class Connections(Protocol):
    def add(self, connection: Connection) -> None: ...

    def remove(self, connection_id: str) -> None: ...

    def forget(self, connection_id: str) -> None:
        """Remove a connection that could not be sent to; one that has only just begun is kept:
        its socket may not be open yet."""

    def get(self, connection_id: str) -> Connection | None: ...

    def of_conversation(self, conversation_id: str) -> list[str]: ...

    def of_desk(self) -> list[Connection]: ...


class Push(Protocol):
    def send(self, connection_id: str, frame: ServerFrame) -> bool:
        """Send a frame; False if the connection is gone."""


class Bus(Protocol):
    def publish(self, events: Sequence[Event]) -> None:
        """Raises when the bus did not take all of them."""


class Notifier(Protocol):
    def notify(self, topic: Literal["experts", "leads"], subject: str, body: str) -> None: ...


class TaskTokens(Protocol):
    """Tells a waiting task of the state machine how it goes on. A token that is no longer valid
    is not an error: the machine has moved on, and looks at the store itself."""

    def succeed(self, token: str, output: dict[str, object]) -> None: ...

    def heartbeat(self, token: str) -> None: ...


class Retriever(Protocol):
    def retrieve(self, question: str, limit: int) -> list[Passage]:
        """Passages for a question, best first. Raises `ModelFailure`."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the answering model is asked. `messages` alternate and end with the customer's.

    `question` and `context`, what was said before, oldest first, as (author, text), are the same
    without passages and instructions: a model that was trained here is asked with them.
    """

    system: str
    messages: tuple[tuple[Literal["user", "assistant"], str], ...]
    max_tokens: int
    temperature: float
    question: str = ""
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class CannotAnswer:
    """The model says, by its tool, that the passages do not hold the answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the stream."""

    model_id: str
    stop: Literal["end", "length", "guardrail"]
    usage: dict[str, int] = field(default_factory=dict)
    read_passages: bool = True
    """False: the model was not given them, so its answer stands on none."""


class AnswerModel(Protocol):
    @property
    def model_id(self) -> str: ...

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        """The answer as it is made; ends with `Finished`. Raises `ModelFailure` at any point."""


@dataclass(frozen=True, slots=True)
class PredictedRating:
    """How people would rate an answer, from 1 to 5."""

    rating: float
    chance_low: float
    """That they would rate it lower than was asked about, 0..1."""


class AnswerJudge(Protocol):
    """Predicts how people would rate answers, in milliseconds."""

    def predict(
        self,
        question: str,
        context: Sequence[tuple[str, str]],
        answers: Sequence[str],
        low: float,
    ) -> list[PredictedRating]:
        """One for each answer. `context`: what was said before, oldest first, as (author, text)
        with `customer`, `assistant` or `expert` as authors; `low`: the rating that `chance_low` is
        about."""


class AnswerJudges(Protocol):
    def for_conversation(self, conversation: Conversation) -> AnswerJudge | None:
        """The judge of the model that answers this conversation; None if there is none, or if it
        cannot be had."""


class GateModel(Protocol):
    @property
    def model_id(self) -> str: ...

    def judge(self, message: str, earlier: Sequence[str]) -> Judgement:
        """Raises `ModelFailure`."""


class Transcripts(Protocol):
    def put(self, conversation_id: str, version: int, closed_at: datetime, body: bytes) -> str:
        """Store a transcript under a name that derives from its version; storing the same twice is
        one object. Returns its URI."""


class Policies(Protocol):
    def current(self) -> Policy: ...


class Meter(Protocol):
    def record(
        self, name: str, value: float, unit: Literal["Count", "Milliseconds", "Seconds"]
    ) -> None:
        """Add to a metric. Never fails."""


class RateLimit(Protocol):
    def allow(self, key: str, limit: int, window_seconds: int) -> bool: ...


class Clock(Protocol):
    def now(self) -> datetime: ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh id that sorts by time."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the live module is wired to. Made once, by `tandem.aws.bootstrap`."""

    store: ConversationStore
    connections: Connections
    push: Push
    bus: Bus
    tokens: TaskTokens
    policies: Policies
    clock: Clock
    ids: Ids
    meter: Meter
    assistant: bool = True
    """False: a team's own chatbot answers; Tandem calls and connects the people."""
    escalation: bool = True
    """False: whoever listens to `Escalation Requested` takes it from there."""
    archive: bool = True
    """False: whoever listens to `Conversation Closed` keeps what they need."""
    desk_url: str = ""
    """The address of the desk's page, for links in e-mails."""
