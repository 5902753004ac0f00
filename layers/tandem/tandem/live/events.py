"""The events of the live module on the bus: the contract with everything that listens.

Each model is the `detail` of an event; `detail_type` and `source` are its address. JSON Schemas
are exported to `docs/schemas/`, a sample of each lies in `events/`.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from tandem.bus_event import BusEvent
from tandem.live.models import Author, Frozen, GateDecision, Identifier, Source, Trigger

SOURCE = "tandem.live"


ExpiryCause = Literal["deadline", "outside_hours", "failure"]
"""Why an escalation expired: nobody came in time, nobody is there now, the machinery failed."""


class Event(BusEvent):
    """What every event of a conversation carries."""

    source: ClassVar[str] = SOURCE

    conversation_id: Identifier


class EarlierMessage(Frozen):
    """A message of a conversation that another chatbot led so far."""

    author: Literal["customer", "assistant"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=30_000)]


class MessageReceived(Event):
    """A customer wrote. Sent by Tandem's own sockets and by a team's own front end."""

    detail_type: ClassVar[str] = "Message Received"

    client_id: Identifier
    """The sender's own id of the message: sent twice, it is answered once."""
    text: Annotated[str, StringConstraints(max_length=100_000)]
    customer_id: str = "guest"
    language: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = (
        "en"
    )


class MessageAnswered(Event):
    """Something was said to the customer: by the assistant, an expert, or a status line."""

    detail_type: ClassVar[str] = "Message Answered"

    turn_id: Identifier
    seq: int
    author: Literal[Author.ASSISTANT, Author.EXPERT, Author.SYSTEM]
    text: str
    name: str | None = None
    code: str | None = None
    in_reply_to: int | None = None
    model_id: str | None = None
    sources: tuple[Source, ...] = ()
    conversation_began_at: datetime | None = None


class MessageRefused(Event):
    """A message from the bus that cannot be taken: empty, too long, or the conversation is closed.

    The bus's counterpart of an error on the socket.
    """

    detail_type: ClassVar[str] = "Message Refused"

    client_id: Identifier
    code: str
    message: str


class EscalationRequested(Event):
    """A person is needed. Sent by the gate, or by a team's own chatbot."""

    detail_type: ClassVar[str] = "Escalation Requested"

    escalation_id: Identifier
    trigger: Trigger = Trigger.EXTERNAL
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""
    customer_id: str = "guest"
    language: str = "en"
    messages: Annotated[tuple[EarlierMessage, ...], Field(max_length=80)] = ()
    """What was said so far (the newest), where Tandem does not know the conversation yet."""
    model_id: str | None = None
    """The model that was asked for an answer; None: none was."""
    conversation_began_at: datetime | None = None


class EscalationClaimed(Event):
    detail_type: ClassVar[str] = "Escalation Claimed"

    escalation_id: Identifier
    claimed_by: str
    waited_seconds: float


class EscalationResolved(Event):
    """An expert ended it: `handed_back` to the assistant, or `resolved` with the conversation."""

    detail_type: ClassVar[str] = "Escalation Resolved"

    escalation_id: Identifier
    ending: Literal["handed_back", "resolved"]
    outcome: str
    resolved_by: str
    knowledge: bool
    note: str = ""
    decision: GateDecision | None = None


class EscalationExpired(Event):
    """Nobody came in time: the conversation went back to the assistant, a follow-up is due."""

    detail_type: ClassVar[str] = "Escalation Expired"

    escalation_id: Identifier
    because: ExpiryCause
    follow_up: bool = True


class AnswerRated(Event):
    """A customer's thumb on an answer, or the rating at the end (`turn_id` is null)."""

    detail_type: ClassVar[str] = "Answer Rated"

    turn_id: Identifier | None
    thumb: Literal["up", "down"] | None = None
    stars: int | None = None
    reason: str = ""
    model_id: str | None = None
    conversation_began_at: datetime | None = None


class ConversationClosed(Event):
    detail_type: ClassVar[str] = "Conversation Closed"

    closed_by: Literal["customer", "expert", "idle"]
    conversation_version: int


EVENTS: tuple[type[Event], ...] = (
    MessageReceived,
    MessageAnswered,
    MessageRefused,
    EscalationRequested,
    EscalationClaimed,
    EscalationResolved,
    EscalationExpired,
    AnswerRated,
    ConversationClosed,
)
