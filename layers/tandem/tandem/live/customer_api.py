"""What goes in and out of the customer's HTTP interface."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tandem.live import conversation as conversations
from tandem.live.errors import NotFound, TooManyRequests
from tandem.live.frames import Reason, Text, TurnSent, Waiting
from tandem.live.models import Conversation, Frozen, Identifier, Owner
from tandem.live.ports import RateLimit, World
from tandem.live.waiting import stored_wait_of

_WINDOW_SECONDS = 60


class Open(Frozen):
    language: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = (
        "en"
    )


class Opened(Frozen):
    """A conversation and the token that opens it, by HTTP (`Authorization: Bearer`) and by
    WebSocket (`?token=`)."""

    conversation_id: str
    token: str
    expires_at: datetime
    websocket_url: str


class Message(Frozen):
    client_id: Identifier
    text: Text


class Sent(Frozen):
    seq: int
    turn_id: str
    duplicate: bool
    """The message was there already: nothing was changed."""


class Thumb(Frozen):
    turn_id: Identifier
    thumb: Literal["up", "down"]
    reason: Reason = ""


class Stars(Frozen):
    stars: Annotated[int, Field(ge=1, le=5)]
    reason: Reason = ""


class State(Frozen):
    """Who speaks now."""

    conversation_id: str
    owner: Owner
    expert_name: str | None

    @classmethod
    def of(cls, conversation: Conversation) -> "State":
        return cls(
            conversation_id=conversation.conversation_id,
            owner=conversation.owner,
            expert_name=conversation.expert_name,
        )


class ConversationView(Frozen):
    """What the customer sees: after a lost connection, the turns since the last one seen."""

    conversation_id: str
    owner: Owner
    expert_name: str | None
    answering: bool
    """The assistant is at work on an answer."""
    waiting: Waiting | None
    """While the owner is `waiting`: how far the call for a person has come."""
    last_seq: int
    turns: tuple[TurnSent, ...]


def open_as_guest(world: World, rate_limit: RateLimit, address: str, request: Open) -> Conversation:
    """Begin a conversation as a guest. Raises `TooManyRequests` by network address."""
    # A hash: the table need not hold network addresses.
    key = f"guest.{sha256(address.encode()).hexdigest()[:32]}"
    limit = world.policies.current().limits.guest_conversations_per_minute
    if not rate_limit.allow(key, limit, _WINDOW_SECONDS):
        raise TooManyRequests("Too many new conversations from here. Wait a minute.")
    return conversations.open_conversation(world, f"guest:{world.ids.new()}", request.language)


def customer_of(world: World, conversation_id: str) -> str:
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation.customer_id


def read(world: World, conversation_id: str, after: int = 0) -> ConversationView:
    """The conversation as its customer sees it, from after the turn `after` on."""
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    turns = world.store.turns(conversation_id, after=after)
    return ConversationView(
        conversation_id=conversation_id,
        owner=conversation.owner,
        expert_name=conversation.expert_name,
        answering=conversation.pending,
        waiting=stored_wait_of(world, conversation),
        last_seq=conversation.last_seq,
        turns=tuple(TurnSent.of(turn, conversation.owner) for turn in turns),
    )


def send(world: World, conversation_id: str, message: Message) -> Sent:
    """Store a message; the answer comes by the socket, or by reading again."""
    turn, duplicate = conversations.receive(
        world, conversation_id, message.client_id, message.text, assistant=world.assistant
    )
    return Sent(seq=turn.seq, turn_id=turn.turn_id, duplicate=duplicate)
