"""A customer's message: stored once, in order, or refused without a trace."""

import pytest

from tandem.live import conversation, turn
from tandem.live.errors import (
    Busy,
    ConversationClosed,
    InvalidMessage,
    LiveError,
    MessageTooLong,
    NotFound,
)
from tandem.live.events import MessageReceived, MessageRefused
from tandem.live.frames import TurnSent
from tandem.live.models import Author, Owner
from tandem.live.policy import Policy
from tests.fakes import START
from tests.scene import ANNA, CUSTOMER, Scene


def bus_message(conversation_id: str = "from-outside", **fields: object) -> MessageReceived:
    return MessageReceived.model_validate(
        {
            "id": "event-1",
            "time": START,
            "conversation_id": conversation_id,
            "client_id": "outside-1",
            "text": "How many endpoints may I run?",
            **fields,
        }
    )


# --- once ----------------------------------------------------------------------------------------
def test_a_message_is_stored_pending_and_announced() -> None:
    scene = Scene()

    message = scene.writes("How many endpoints may I run?")

    assert (message.seq, message.author) == (1, Author.CUSTOMER)
    assert scene.now.pending
    (event,) = scene.fakes.bus.of(MessageReceived)
    assert (event.id, event.text) == (message.turn_id, message.text)
    assert [f.turn_id for f in scene.fakes.push.frames(CUSTOMER, TurnSent)] == [message.turn_id]


def test_the_same_id_sent_twice_is_stored_and_announced_once() -> None:
    scene = Scene()
    first = scene.writes("Hello there", "my-1")
    before = scene.now

    again, duplicate = conversation.receive(scene.world, scene.conversation_id, "my-1", "Other")

    assert duplicate
    assert again == first
    assert scene.now == before
    assert len(scene.fakes.bus.of(MessageReceived)) == 1


def test_the_same_id_sent_by_two_connections_at_once_is_stored_once() -> None:
    scene = Scene()
    scene.fakes.store.before_next_commit = [lambda: scene.writes("Hello", "my-1")]

    turn_, duplicate = conversation.receive(scene.world, scene.conversation_id, "my-1", "Hello")

    assert duplicate
    assert [t.turn_id for t in scene.turns] == [turn_.turn_id]


def test_two_messages_at_once_get_numbers_without_a_gap() -> None:
    scene = Scene()
    scene.fakes.store.before_next_commit = [
        lambda: scene.writes("I was faster", "b"),
        lambda: scene.writes("So was I", "c"),
    ]

    scene.writes("I was first", "a")

    assert [(t.seq, t.client_id) for t in scene.turns] == [(1, "c"), (2, "b"), (3, "a")]
    assert scene.now.received_seq == 3


def test_a_conversation_that_changes_without_end_is_busy_and_nothing_is_stored() -> None:
    scene = Scene()
    number = iter(range(1000))

    def always_faster() -> None:
        scene.fakes.store.before_next_commit.clear()
        scene.writes("faster", f"other-{next(number)}")
        scene.fakes.store.before_next_commit.append(always_faster)

    scene.fakes.store.before_next_commit = [always_faster]

    with pytest.raises(Busy):
        conversation.receive(scene.world, scene.conversation_id, "slow", "slow")
    assert "slow" not in [t.text for t in scene.turns]


# --- refused -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "error", "code"),
    [
        ("", InvalidMessage, "invalid_message"),
        (" \n\t\u2003", InvalidMessage, "invalid_message"),
        ("x" * 4001, MessageTooLong, "message_too_long"),
    ],
)
def test_what_is_empty_blank_or_too_long_is_refused_and_changes_nothing(
    text: str, error: type[LiveError], code: str
) -> None:
    scene = Scene()
    before = scene.now

    with pytest.raises(error) as refused:
        scene.writes(text)

    assert refused.value.code == code
    assert scene.now == before
    assert not scene.fakes.bus.events


def test_the_longest_message_of_the_policy_is_taken_and_the_error_names_the_limit() -> None:
    scene = Scene(Policy.model_validate({"limits": {"max_message_chars": 10}}))

    scene.writes("x" * 10)
    with pytest.raises(MessageTooLong) as refused:
        scene.writes("x" * 11)

    assert refused.value.detail == {"limit": "10"}


def test_a_closed_conversation_takes_no_message_and_no_button() -> None:
    scene = Scene()
    scene.closes()
    before = scene.now

    with pytest.raises(ConversationClosed):
        scene.writes("Hello?")
    with pytest.raises(ConversationClosed):
        scene.presses_the_button()

    assert scene.now == before


def test_an_unknown_conversation_is_not_found() -> None:
    scene = Scene()

    for action in (
        lambda: conversation.receive(scene.world, "nothing", "a", "Hello"),
        lambda: conversation.ask_for_person(scene.world, "nothing"),
        lambda: conversation.close(scene.world, "nothing"),
        lambda: conversation.reopen(scene.world, "nothing"),
        lambda: conversation.rate_conversation(scene.world, "nothing", 5),
        lambda: conversation.show_typing(scene.world, "nothing", Author.CUSTOMER),
    ):
        with pytest.raises(NotFound):
            action()


def test_a_customers_words_are_kept_as_they_are() -> None:
    scene = Scene()
    text = "<script>alert('ü')</script> \u202e{name} ''\" %s \x00"

    scene.writes(text)

    assert scene.turns[0].text == text


# --- from the bus --------------------------------------------------------------------------------
def test_a_message_from_the_bus_begins_its_conversation_and_is_answered() -> None:
    scene = Scene()

    turn.handle_message(scene.world, scene.answering, bus_message(language="de"), lambda: 900)

    begun = scene.fakes.store.get("from-outside")
    assert begun is not None
    assert (begun.channel, begun.language) == ("bus", "de")
    assert [t.author for t in scene.fakes.store.turns("from-outside")] == [
        Author.CUSTOMER,
        Author.ASSISTANT,
    ]
    assert not scene.fakes.bus.of(MessageReceived), "what came from the bus is not sent there again"


def test_a_conversation_begun_by_two_events_at_once_is_one() -> None:
    scene = Scene()
    other = bus_message(client_id="outside-2", text="And another question of mine")
    scene.fakes.store.before_next_commit = [
        lambda: conversation.receive_from_bus(scene.world, other)
    ]

    conversation.receive_from_bus(scene.world, bus_message())

    assert len(scene.fakes.store.turns("from-outside")) == 2


@pytest.mark.parametrize(
    ("text", "code"), [(" ", "invalid_message"), ("x" * 5000, "message_too_long")]
)
def test_a_message_from_the_bus_that_cannot_be_taken_is_answered_by_an_event(
    text: str, code: str
) -> None:
    scene = Scene()

    turn.handle_message(scene.world, scene.answering, bus_message(text=text), lambda: 900)

    (refused,) = scene.fakes.bus.of(MessageRefused)
    assert (refused.code, refused.client_id) == (code, "outside-1")
    assert not scene.fakes.store.turns("from-outside")


def test_a_message_from_the_bus_to_a_closed_conversation_is_refused_by_an_event() -> None:
    scene = Scene()
    scene.closes()

    turn.handle_message(
        scene.world, scene.answering, bus_message(scene.conversation_id), lambda: 900
    )

    (refused,) = scene.fakes.bus.of(MessageRefused)
    assert refused.code == "conversation_closed"


def test_a_message_that_is_stored_already_is_answered_whatever_the_policy_says_by_then() -> None:
    scene = Scene()
    scene.writes("A message that was short enough when it was written")
    scene.fakes.set_policy(Policy.model_validate({"limits": {"max_message_chars": 5}}))

    scene.assistant_works()

    assert scene.answers
    assert not scene.fakes.bus.of(MessageRefused)


def test_an_event_for_a_conversation_that_is_too_busy_is_left_to_be_tried_again() -> None:
    scene = Scene()
    number = iter(range(1000))

    def always_faster() -> None:
        scene.fakes.store.before_next_commit.clear()
        scene.writes("faster", f"other-{next(number)}")
        scene.fakes.store.before_next_commit.append(always_faster)

    scene.fakes.store.before_next_commit = [always_faster]

    with pytest.raises(Busy):
        turn.handle_message(
            scene.world, scene.answering, bus_message(scene.conversation_id), lambda: 900
        )
    assert not scene.fakes.bus.of(MessageRefused)


# --- the team's own chatbot answers --------------------------------------------------------------
def test_with_the_assistant_off_a_message_is_kept_and_no_model_is_asked() -> None:
    scene = Scene()
    scene.fakes.assistant = False
    world = scene.fakes.world

    turn.handle_message(world, scene.answering, bus_message(), lambda: 900)

    stored = scene.fakes.store.get("from-outside")
    assert stored is not None
    assert not stored.pending
    assert len(scene.fakes.store.turns("from-outside")) == 1
    assert not scene.fakes.answer_model.prompts
    assert not scene.fakes.gate_model.calls


def test_with_the_assistant_off_a_message_still_reaches_the_expert() -> None:
    scene = Scene()
    scene.fakes.assistant = False
    scene.is_claimed_by(ANNA)
    message = bus_message(scene.conversation_id)

    turn.handle_message(scene.fakes.world, scene.answering, message, lambda: 900)

    assert scene.shown("socket-anna")[-1] == message.text
    assert scene.now.owner is Owner.EXPERT


# --- opening -------------------------------------------------------------------------------------
def test_opening_a_conversation_that_exists_returns_it_unchanged() -> None:
    scene = Scene()
    scene.writes("Hello there")

    same = conversation.open_conversation(
        scene.world, "somebody else", conversation_id=scene.conversation_id
    )

    assert same == scene.now
    assert same.customer_id == "guest:1"
