"""The WebSocket's messages: each is parsed, does one thing, and is answered by one frame."""

from typing import Any, assert_never

from pydantic import TypeAdapter, ValidationError

from tandem.live import conversation as conversations
from tandem.live import desk
from tandem.live.errors import InvalidMessage, LiveError, NotSignedIn
from tandem.live.frames import (
    CUSTOMER_FRAMES,
    DESK_FRAMES,
    AskForPerson,
    Claim,
    Close,
    CustomerFrame,
    DeskFrame,
    Done,
    HandBack,
    Ping,
    Pong,
    Present,
    Rate,
    Reassign,
    Received,
    Refused,
    Reopen,
    Resolve,
    Say,
    SendMessage,
    ServerFrame,
    Thumb,
    Typing,
)
from tandem.live.models import Author, Person, Turn
from tandem.live.ports import Connection, World

_NAMED, _EXPLAINED = 100, 300
"""Characters of a field's name and of what is wrong with it: both may be the sender's."""


def receive_frame(world: World, connection_id: str, body: str) -> ServerFrame:
    """Handle what came over a socket. Errors become a `Refused` frame and change nothing."""
    client_id = None
    try:
        connection = world.connections.get(connection_id)
        if connection is None:
            raise NotSignedIn("This connection is not known (any more). Connect again.")
        if connection.expires_at is not None and world.clock.now() >= connection.expires_at:
            raise NotSignedIn("Your token has expired. Ask for a new one and connect again.")
        if connection.person is not None:
            action = _parse(DESK_FRAMES, body)
            client_id = getattr(action, "client_id", None)
            return _desk(world, connection.person, action)
        request = _parse(CUSTOMER_FRAMES, body)
        client_id = getattr(request, "client_id", None)
        return _customer(world, connection, request, assistant=world.assistant)
    except LiveError as error:
        return Refused(
            code=error.code, message=error.message, client_id=client_id, detail=error.detail
        )


def _customer(
    world: World, connection: Connection, frame: CustomerFrame, *, assistant: bool
) -> ServerFrame:
    name = connection.conversation_id
    if name is None:
        raise NotSignedIn("This connection belongs to no conversation.")
    match frame:
        case SendMessage():
            turn, duplicate = conversations.receive(
                world, name, frame.client_id, frame.text, assistant=assistant
            )
            return _received(turn, frame.client_id, duplicate=duplicate)
        case AskForPerson():
            conversations.ask_for_person(world, name)
        case Thumb():
            conversations.rate_turn(world, name, frame.turn_id, frame.thumb, frame.reason)
        case Rate():
            conversations.rate_conversation(world, name, frame.stars, frame.reason)
        case Close():
            conversations.close(world, name)
        case Reopen():
            conversations.reopen(world, name)
        case Typing():
            conversations.show_typing(world, name, Author.CUSTOMER)
        case Ping():
            return Pong()
        case _:
            assert_never(frame)
    return Done(action=frame.action)


def _desk(world: World, person: Person, frame: DeskFrame) -> ServerFrame:
    match frame:
        case Claim():
            desk.claim(world, person, frame.conversation_id)
        case Say():
            turn, duplicate = desk.say(
                world,
                person,
                frame.conversation_id,
                frame.client_id,
                frame.text,
                use_draft=frame.use_draft,
            )
            return _received(turn, frame.client_id, duplicate=duplicate)
        case HandBack():
            desk.hand_back(world, person, frame.conversation_id, _ending(frame))
        case Resolve():
            desk.resolve(world, person, frame.conversation_id, _ending(frame))
        case Reassign():
            desk.reassign(world, person, frame.conversation_id, frame.to, frame.note)
        case Present():
            desk.show_presence(world, person, frame.conversation_id)
        case Typing():
            if frame.conversation_id is None:
                raise InvalidMessage("Say in which conversation: conversation_id is missing.")
            # Also a sign of life; and only who holds the conversation is shown to the customer.
            desk.show_presence(world, person, frame.conversation_id)
            conversations.show_typing(world, frame.conversation_id, Author.EXPERT, person.name)
        case Ping():
            return Pong()
        case _:
            assert_never(frame)
    return Done(action=frame.action)


def _received(turn: Turn, client_id: str, *, duplicate: bool) -> Received:
    return Received(
        conversation_id=turn.conversation_id,
        client_id=client_id,
        seq=turn.seq,
        turn_id=turn.turn_id,
        duplicate=duplicate,
    )


def _ending(frame: HandBack | Resolve) -> desk.Ending:
    return desk.Ending(outcome=frame.outcome, note=frame.note, knowledge=frame.knowledge)


def _parse(adapter: TypeAdapter[Any], body: str) -> Any:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise InvalidMessage(explain(error)) from error


def explain(error: ValidationError) -> str:
    """What is wrong with an input, in one line, without repeating more of it than a name."""
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'])[:_NAMED] or 'message'}: "
        f"{problem['msg'][:_EXPLAINED]}"
        for problem in error.errors(include_url=False, include_input=False)[:5]
    ]
    return "; ".join(problems)
