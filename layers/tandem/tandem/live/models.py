"""The things that the live module keeps: conversations, turns, escalations, audit entries.

All are immutable; a change makes a copy (`model_copy(update=...)`). Times are timezone-aware UTC.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
"""An id that may come from outside: safe in a key, a URL path and an object name."""


class Frozen(BaseModel):
    """Base of every stored or sent value: immutable, and unknown fields are an error."""

    # Built at first use: a function that starts needs only some of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Owner(StrEnum):
    """Who speaks to the customer."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    EXPERT = "expert"
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote a turn. `system` turns are status lines: shown to people, never to the model."""

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    EXPERT = "expert"
    SYSTEM = "system"


class Trigger(StrEnum):
    """Why the gate calls a person. Each can be switched in the policy."""

    NEGATIVE_SENTIMENT = "negative_sentiment"
    WANTS_PERSON = "wants_person"
    BUTTON = "button"
    NO_GROUNDING = "no_grounding"
    REPEATED_QUESTION = "repeated_question"
    GUARDRAIL = "guardrail"
    LISTED_WORD = "listed_word"
    MODEL_FAILURE = "model_failure"
    THUMBS_DOWN = "thumbs_down"
    PREDICTED_LOW = "predicted_low"
    """People would rate the answer low: it is not sent."""
    EXTERNAL = "external"
    """A team's own chatbot asked for a person by `Escalation Requested`."""


class Source(Frozen):
    """A document that an answer rests on."""

    title: str
    uri: str
    score: float | None = None
    """The retriever's score, 0..1."""
    numbers: tuple[int, ...] = ()
    """How the answer's text refers to it: `[1]`. Empty where it refers to no document."""


class Passage(Frozen):
    """A piece of a document found for a question. `score` is 0..1."""

    text: str
    title: str
    uri: str
    score: float

    def source(self, numbers: tuple[int, ...] = ()) -> Source:
        return Source(title=self.title, uri=self.uri, score=round(self.score, 4), numbers=numbers)


class Judgement(Frozen):
    """What the gate's model says of a customer's message. `sentiment` is -1 (furious) to 1."""

    sentiment: Annotated[float, Field(ge=-1, le=1)]
    wants_person: bool
    small_talk: bool = False
    """A greeting, thanks or good-bye: nothing that needs a document to stand on."""
    reason: str = ""


class GateDecision(Frozen):
    """The gate's decision on one customer message, with everything that it rests on."""

    person: bool
    trigger: Trigger | None = None
    reason: str = ""
    observed: dict[str, float | bool | str] = {}
    """What was measured: sentiment, wants_person, top_score, predicted_rating, thumbs_down, …"""
    thresholds: dict[str, float | bool | str] = {}
    """The policy's values that applied."""
    gate_model_id: str | None = None


class Turn(Frozen):
    """One message of a conversation."""

    conversation_id: Identifier
    seq: int
    """1, 2, 3, … without gaps within a conversation."""
    turn_id: Identifier
    author: Author
    text: str
    at: datetime
    client_id: Identifier | None = None
    """The sender's own id of the message; the same id is stored once."""
    name: str | None = None
    """The display name of an expert: who wrote, or whom a status line is about."""
    code: str | None = None
    """For a status line: which one (see `status_lines`)."""
    in_reply_to: int | None = None
    """For an answer: `seq` of the customer's message."""
    model_id: str | None = None
    sources: tuple[Source, ...] = ()
    decision: GateDecision | None = None
    usage: dict[str, int] | None = None
    """Tokens: `input` and `output`."""


class Draft(Frozen):
    """An answer that was made but not sent: a person was called, or took over first."""

    turn_id: Identifier
    in_reply_to: int
    text: str
    model_id: str | None = None
    sources: tuple[Source, ...] = ()
    withheld_because: str
    at: datetime


class Rating(Frozen):
    """A customer's thumb on one turn, or the rating of the whole conversation."""

    conversation_id: Identifier
    turn_id: Identifier | None
    """None: the rating at the end of the conversation."""
    thumb: Literal["up", "down"] | None = None
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""
    at: datetime


class Lease(Frozen):
    """The right to work on the conversation's pending messages, until `until`."""

    id: Identifier
    until: datetime
    attempt: int = 1


class Conversation(Frozen):
    """The head of a conversation. Every change of the conversation moves `version` by one."""

    conversation_id: Identifier
    version: int = 0
    owner: Owner = Owner.ASSISTANT
    customer_id: str
    """`guest:<id>` or the subject of the team's own identity provider."""
    channel: Literal["socket", "bus"] = "socket"
    language: str = "en"
    created_at: datetime
    active_at: datetime
    last_seq: int = 0
    received_seq: int = 0
    """`seq` of the newest customer message that the assistant has to answer."""
    answered_seq: int = 0
    """All customer messages up to this `seq` are dealt with."""
    delivered_seq: int = 0
    """All turns up to this `seq` were pushed and announced on the bus."""
    lease: Lease | None = None
    failures: int = 0
    """Escalations by model failure in a row; an answer sets it back to 0."""
    escalation_id: Identifier | None = None
    """The open escalation, if the owner is `waiting` or `expert`."""
    escalation_opened: bool = False
    """The state machine has taken the open escalation on."""
    expert: str | None = None
    expert_name: str | None = None
    history_from: int = 0
    """The model sees only turns with a greater `seq`: set at each hand-back."""
    thumbs_down: int = 0
    """Since the last hand-back."""
    closed_at: datetime | None = None
    closed_by: Literal["customer", "expert", "idle"] | None = None
    archived_version: int | None = None
    """The conversation's `version` that the newest transcript holds."""
    due_at: datetime | None = None
    """When somebody has to look whether something was lost, or the conversation is idle."""

    @property
    def pending(self) -> bool:
        """Is there a customer message that the assistant has not dealt with?"""
        return self.owner is Owner.ASSISTANT and self.received_seq > self.answered_seq


class EscalationStatus(StrEnum):
    REQUESTED = "requested"
    WAITING = "waiting"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    HANDED_BACK = "handed_back"
    EXPIRED = "expired"


OPEN_STATUSES = frozenset(
    {EscalationStatus.REQUESTED, EscalationStatus.WAITING, EscalationStatus.CLAIMED}
)


class Escalation(Frozen):
    """One request for a person, from requested to claimed to resolved, handed back or expired."""

    escalation_id: Identifier
    conversation_id: Identifier
    status: EscalationStatus = EscalationStatus.REQUESTED
    trigger: Trigger
    reason: str
    customer_id: str
    language: str = "en"
    """The customer's, so that the desk's queue says who can help."""
    requested_at: datetime
    execution: str | None = None
    """ARN of the state machine's execution that runs this escalation."""
    tier: str | None = None
    tier_index: int = 0
    deadline: datetime | None = None
    """When the next tier is called, or the request expires."""
    claimed_by: str | None = None
    claimed_name: str | None = None
    claimed_at: datetime | None = None
    assigned_to: str | None = None
    """An expert to whom it was reassigned; shown first to them."""
    draft: Draft | None = None
    outcome: str | None = None
    note: str = ""
    knowledge: bool = False
    """The expert says that the exchange may become knowledge."""
    follow_up: bool = False
    """It expired: somebody has to write to the customer later."""
    ended_at: datetime | None = None
    task_token: str | None = None
    """Step Functions' token of the waiting task. Never leaves the server."""
    waiting_for: Literal["claim", "resolution"] | None = None

    @property
    def open(self) -> bool:
        return self.status in OPEN_STATUSES


class AuditEntry(Frozen):
    """Who did what, when, to which escalation. Append-only."""

    entry_id: Identifier
    conversation_id: Identifier
    escalation_id: Identifier | None = None
    at: datetime
    actor: str
    """`customer`, `assistant`, `system`, or an expert's user name."""
    action: str
    detail: dict[str, str] = {}


class Person(Frozen):
    """A signed-in expert or lead."""

    user: str
    name: str
    groups: frozenset[str]

    @property
    def is_lead(self) -> bool:
        return "leads" in self.groups


def seconds(value: float) -> timedelta:
    """`value` seconds as a duration."""
    return timedelta(seconds=value)
