"""The WebSocket: every kind of frame, and everything that is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.live.frames import Done, Pong, Received, Refused, TypingShown
from tandem.live.models import Owner
from tandem.live.ports import Connection
from tandem.live.socket import receive_frame
from tests.fakes import MemoryConnections
from tests.scene import CUSTOMER, Scene

ANNAS, BORIS_S = "socket-anna", "socket-boris"


def sends(scene: Scene, connection: str, **frame: Any) -> Any:
    return receive_frame(scene.world, connection, json.dumps(frame))


def desk_sends(scene: Scene, action: str, connection: str = ANNAS, **fields: Any) -> Any:
    return sends(scene, connection, action=action, conversation_id=scene.conversation_id, **fields)


# --- the customer --------------------------------------------------------------------------------
def test_a_message_is_acknowledged_with_its_number_and_a_repetition_as_such() -> None:
    scene = Scene()

    first = sends(scene, CUSTOMER, action="message", client_id="m-1", text="Hello there")
    again = sends(scene, CUSTOMER, action="message", client_id="m-1", text="Hello there")

    assert isinstance(first, Received)
    assert (first.seq, first.duplicate) == (1, False)
    assert again == first.model_copy(update={"duplicate": True})


def test_each_other_frame_of_the_customer_is_done() -> None:
    scene = Scene()
    scene.asks("How many endpoints may I run?")
    turn_id = scene.answers[0].turn_id

    for frame in (
        {"action": "thumb", "turn_id": turn_id, "thumb": "up"},
        {"action": "typing"},
        {"action": "person"},
        {"action": "rate", "stars": 5},
        {"action": "close"},
        {"action": "reopen"},
    ):
        assert sends(scene, CUSTOMER, **frame) == Done(action=frame["action"])
    assert sends(scene, CUSTOMER, action="ping") == Pong()
    assert len(scene.fakes.store.ratings(scene.conversation_id)) == 2
    assert scene.now.owner is Owner.ASSISTANT


def test_a_refusal_names_the_message_that_it_is_about_and_changes_nothing() -> None:
    scene = Scene()
    scene.closes()
    before = scene.now

    refused = sends(scene, CUSTOMER, action="message", client_id="m-1", text="Hello")

    assert isinstance(refused, Refused)
    assert (refused.code, refused.client_id) == ("conversation_closed", "m-1")
    assert scene.now == before


# --- the desk ------------------------------------------------------------------------------------
def test_each_frame_of_the_desk_takes_effect() -> None:
    scene = Scene()
    scene.is_called_for()

    assert desk_sends(scene, "claim") == Done(action="claim")
    scene.machine_waits_for_resolution()
    assert desk_sends(scene, "typing") == Done(action="typing")
    said = desk_sends(scene, "say", client_id="d-1", text="Hello")
    assert isinstance(said, Received)
    assert said.client_id == "d-1"
    assert desk_sends(scene, "present") == Done(action="present")
    assert desk_sends(scene, "reassign", to="boris") == Done(action="reassign")
    assert desk_sends(scene, "claim", BORIS_S) == Done(action="claim")
    assert desk_sends(scene, "hand_back", BORIS_S) == Done(action="hand_back")
    scene.is_called_for()
    desk_sends(scene, "claim", BORIS_S)
    assert desk_sends(scene, "resolve", BORIS_S, outcome="solved") == Done(action="resolve")
    assert sends(scene, ANNAS, action="ping") == Pong()
    assert scene.now.owner is Owner.CLOSED


def test_the_loser_of_a_claim_sees_who_won() -> None:
    scene = Scene()
    scene.is_called_for()
    desk_sends(scene, "claim")

    refused = desk_sends(scene, "claim", BORIS_S)

    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail) == ("already_claimed", {"by": "Anna"})


def test_typing_of_an_expert_is_shown_only_by_the_one_who_holds_the_conversation() -> None:
    scene = Scene()

    assert desk_sends(scene, "typing").code == "not_yours"
    scene.is_called_for()
    desk_sends(scene, "claim")
    scene.machine_waits_for_resolution()
    assert desk_sends(scene, "typing", BORIS_S).code == "not_yours"
    desk_sends(scene, "typing")

    (shown,) = scene.fakes.push.frames(CUSTOMER, TypingShown)
    assert shown.name == "Anna"
    assert scene.fakes.task_tokens.heartbeats == ["resolution-token"]


def test_typing_without_a_conversation_is_refused_at_the_desk() -> None:
    assert sends(Scene(), ANNAS, action="typing").code == "invalid_message"


# --- rights --------------------------------------------------------------------------------------
def test_a_customer_cannot_send_frames_of_the_desk_nor_the_desk_frames_of_a_customer() -> None:
    scene = Scene()
    scene.is_called_for()
    before = scene.now

    for action in ("claim", "say", "hand_back", "resolve", "reassign", "present"):
        fields = {"client_id": "x", "text": "x", "outcome": "x"}
        assert desk_sends(scene, action, CUSTOMER, **fields).code == "invalid_message"
    for action in ("message", "person", "thumb", "rate", "close", "reopen"):
        assert sends(scene, ANNAS, action=action).code == "invalid_message"
    assert scene.now == before


def test_a_customer_cannot_name_another_conversation() -> None:
    scene = Scene()

    refused = sends(
        scene, CUSTOMER, action="message", client_id="m", text="x", conversation_id="another"
    )

    assert refused.code == "invalid_message"


def test_an_unknown_or_expired_connection_is_refused() -> None:
    scene = Scene()
    expires = scene.fakes.clock.now()
    scene.fakes.connections.add(
        Connection("old", conversation_id=scene.conversation_id, expires_at=expires)
    )
    scene.fakes.connections.add(Connection("nobody"))

    for connection in ("never-seen", "old", "nobody"):
        assert sends(scene, connection, action="person").code == "not_signed_in"
    assert not scene.escalations


def test_a_token_that_expires_while_the_socket_is_open_ends_its_rights() -> None:
    scene = Scene()

    class Lagging(MemoryConnections):
        def _open(self, connection: Connection) -> bool:
            return True  # the table's time to live takes a while

    lagging = Lagging(scene.fakes.clock)
    scene.fakes.connections = lagging
    lagging.add(
        Connection("old", conversation_id=scene.conversation_id, expires_at=scene.fakes.clock.now())
    )

    refused = receive_frame(scene.fakes.world, "old", '{"action": "person"}')

    assert isinstance(refused, Refused)
    assert refused.code == "not_signed_in"


# --- what is no frame ----------------------------------------------------------------------------
NO_FRAMES = [
    "",
    " ",
    "hello",
    "null",
    "[]",
    "42",
    '"message"',
    "{",
    "{}",
    '{"action": null}',
    '{"action": "dance"}',
    '{"action": ["message"]}',
    '{"action": "message"}',
    '{"action": "message", "client_id": "a b", "text": "x"}',
    '{"action": "message", "client_id": "", "text": "x"}',
    '{"action": "message", "client_id": "' + "x" * 129 + '", "text": "x"}',
    '{"action": "message", "client_id": "m", "text": 1}',
    '{"action": "message", "client_id": "m", "text": "x", "admin": true}',
    '{"action": "rate", "stars": 6}',
    '{"action": "rate", "stars": 0}',
    '{"action": "thumb", "turn_id": "t", "thumb": "sideways"}',
    '{"action": "message", "client_id": "m", "text": "\\ud800"}',
    '{"action": "ping"} {"action": "ping"}',
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"action": "' + "x" * 100_000 + '"}',
    '{"action": "ping", "' + "k" * 100_000 + '": 1}',
    json.dumps({"action": "message", "client_id": "m", "text": "x" * 200_000}),
    "\x00",
    '{"action": 1e999}',
]


@pytest.mark.parametrize("connection", [CUSTOMER, ANNAS])
@pytest.mark.parametrize("body", NO_FRAMES, ids=lambda body: repr(body[:40]))
def test_what_is_no_frame_is_refused_in_few_words_and_changes_nothing(
    body: str, connection: str
) -> None:
    scene = Scene()
    before = scene.now

    refused = receive_frame(scene.world, connection, body)

    assert isinstance(refused, Refused)
    assert refused.code == "invalid_message"
    assert len(refused.model_dump_json()) < 4000
    assert scene.now == before


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["action", "text", "client_id", "stars", "turn_id"]),
                inner,
                max_size=4,
            )
        ),
    ).map(json.dumps)
)
def test_whatever_comes_it_is_answered_by_a_frame(body: str) -> None:
    scene = Scene()

    for connection in (CUSTOMER, ANNAS):
        answer = receive_frame(scene.world, connection, body)
        assert answer.type in ("error", "received", "done", "pong")


@given(st.text(min_size=1, max_size=200))
def test_every_text_of_a_customer_is_stored_as_it_is_or_refused(text: str) -> None:
    scene = Scene()

    answer = sends(scene, CUSTOMER, action="message", client_id="m", text=text)

    if isinstance(answer, Received):
        assert scene.turns[0].text == text
    else:
        assert not text.strip() or "\ud800" <= max(text) <= "\udfff"
