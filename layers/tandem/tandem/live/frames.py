"""The messages of the WebSocket: what a customer or an expert may send, and what they get.

The contract is exported to `docs/asyncapi.yaml`.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter

from tandem.live.models import (
    Author,
    Escalation,
    Frozen,
    Identifier,
    Owner,
    Source,
    Turn,
)

Text = Annotated[str, StringConstraints(max_length=100_000)]
Reason = Annotated[str, StringConstraints(max_length=1000)]


# --- from the customer ---------------------------------------------------------------------------
class SendMessage(Frozen):
    action: Literal["message"]
    client_id: Identifier
    text: Text


class AskForPerson(Frozen):
    """The button "talk to a person". Works on an empty conversation, too."""

    action: Literal["person"]


class Thumb(Frozen):
    action: Literal["thumb"]
    turn_id: Identifier
    thumb: Literal["up", "down"]
    reason: Reason = ""


class Rate(Frozen):
    """The rating at the end."""

    action: Literal["rate"]
    stars: Annotated[int, Field(ge=1, le=5)]
    reason: Reason = ""


class Close(Frozen):
    action: Literal["close"]


class Reopen(Frozen):
    """Opens a closed conversation again; the transcript gets a new version at the next close."""

    action: Literal["reopen"]


class Typing(Frozen):
    action: Literal["typing"]
    conversation_id: Identifier | None = None
    """Given by an expert; a customer has only one."""


class Ping(Frozen):
    """Keeps the connection open (API Gateway closes an idle one after ten minutes)."""

    action: Literal["ping"]


CustomerFrame = Annotated[
    SendMessage | AskForPerson | Thumb | Rate | Close | Reopen | Typing | Ping,
    Field(discriminator="action"),
]


# --- from the expert -----------------------------------------------------------------------------
class Claim(Frozen):
    action: Literal["claim"]
    conversation_id: Identifier


class Say(Frozen):
    """An expert's message to the customer. `use_draft` sends the assistant's withheld draft."""

    action: Literal["say"]
    conversation_id: Identifier
    client_id: Identifier
    text: Text = ""
    use_draft: bool = False


class HandBack(Frozen):
    action: Literal["hand_back"]
    conversation_id: Identifier
    outcome: Reason = ""
    note: Reason = ""
    knowledge: bool = False


class Resolve(Frozen):
    """Ends the escalation and the conversation."""

    action: Literal["resolve"]
    conversation_id: Identifier
    outcome: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    note: Reason = ""
    knowledge: bool = False


class Reassign(Frozen):
    """Gives the conversation back to the queue, for `to` (a user name) or for anybody."""

    action: Literal["reassign"]
    conversation_id: Identifier
    to: str | None = None
    note: Reason = ""


class Present(Frozen):
    """A sign of life of the expert for every conversation that they hold."""

    action: Literal["present"]
    conversation_id: Identifier


DeskFrame = Annotated[
    Claim | Say | HandBack | Resolve | Reassign | Present | Typing | Ping,
    Field(discriminator="action"),
]

CUSTOMER_FRAMES: TypeAdapter[CustomerFrame] = TypeAdapter(
    CustomerFrame, config=ConfigDict(defer_build=True)
)
DESK_FRAMES: TypeAdapter[DeskFrame] = TypeAdapter(DeskFrame, config=ConfigDict(defer_build=True))


# --- to both -------------------------------------------------------------------------------------
class TurnSent(Frozen):
    """A whole turn. For an answer that was streamed, it replaces the deltas of its `turn_id`."""

    type: Literal["turn"] = "turn"
    conversation_id: Identifier
    seq: int
    turn_id: Identifier
    author: Author
    text: str
    at: datetime
    owner: Owner
    """Who speaks from now on."""
    client_id: Identifier | None = None
    name: str | None = None
    code: str | None = None
    in_reply_to: int | None = None
    model_id: str | None = None
    sources: tuple[Source, ...] = ()

    @classmethod
    def of(cls, turn: Turn, owner: Owner) -> "TurnSent":
        fields = turn.model_dump(exclude={"decision", "usage"})
        return cls(**fields, owner=owner)


class Delta(Frozen):
    """A piece of an answer in the making. `index` counts from 0 within `attempt`.

    To a connection that missed the beginning, `pieces` of them, from `index` on, come as one.
    """

    type: Literal["delta"] = "delta"
    conversation_id: Identifier
    turn_id: Identifier
    attempt: int
    index: int
    pieces: int = 1
    text: str


class Withdrawn(Frozen):
    """The pieces of this answer are void: a person took over, or the answer is begun again."""

    type: Literal["withdrawn"] = "withdrawn"
    conversation_id: Identifier
    turn_id: Identifier


class Received(Frozen):
    """The message is stored. `duplicate`: it already was."""

    type: Literal["received"] = "received"
    conversation_id: Identifier
    client_id: Identifier
    seq: int
    turn_id: Identifier
    duplicate: bool = False


class Waiting(Frozen):
    """The customer's wait for a person."""

    since: datetime
    """When the person was asked for; also after somebody had to leave."""
    step: Annotated[int, Field(ge=1)]
    """The rung of the ladder that is called now, counted from 1; 1 also before any is."""
    steps: Annotated[int, Field(ge=1)]
    """How many rungs the ladder has."""
    until: datetime | None
    """When the present rung's time is over."""


class TypingShown(Frozen):
    type: Literal["typing"] = "typing"
    conversation_id: Identifier
    author: Author
    name: str | None = None


class WaitingChanged(Frozen):
    """To the customer: a person was asked for, a rung of the ladder is called, or whoever had come
    had to leave. The wait ends with a `turn` of another `owner`."""

    type: Literal["waiting"] = "waiting"
    conversation_id: Identifier
    waiting: Waiting


class Refused(Frozen):
    """A typed error. Nothing was changed."""

    type: Literal["error"] = "error"
    code: str
    message: str
    client_id: str | None = None
    detail: dict[str, str] = {}


class Done(Frozen):
    """An action that has no other answer has taken effect."""

    type: Literal["done"] = "done"
    action: str


class Pong(Frozen):
    type: Literal["pong"] = "pong"


# --- to the expert -------------------------------------------------------------------------------
class EscalationView(Frozen):
    """An escalation as the desk sees it: without the task token."""

    escalation_id: Identifier
    conversation_id: Identifier
    status: str
    trigger: str
    reason: str
    customer_id: str
    language: str
    requested_at: datetime
    tier: str | None
    deadline: datetime | None
    claimed_by: str | None
    claimed_name: str | None
    claimed_at: datetime | None
    assigned_to: str | None
    follow_up: bool
    outcome: str | None
    """How it ended, in the expert's words; of one that expired, the cause."""
    ended_at: datetime | None
    waiting_seconds: float
    """From the request to the claim, the end, or now."""

    @classmethod
    def of(cls, escalation: Escalation, now: datetime) -> "EscalationView":
        until = escalation.claimed_at or escalation.ended_at or now
        kept = set(cls.model_fields) - {"waiting_seconds"}
        return cls(
            **escalation.model_dump(include=kept),
            waiting_seconds=max(0.0, round((until - escalation.requested_at).total_seconds(), 1)),
        )


class QueueChanged(Frozen):
    """An escalation was requested, claimed, moved to another tier, or ended."""

    type: Literal["queue"] = "queue"
    escalation: EscalationView


ServerFrame = (
    TurnSent
    | Delta
    | Withdrawn
    | Received
    | TypingShown
    | WaitingChanged
    | Refused
    | Done
    | Pong
    | QueueChanged
)
