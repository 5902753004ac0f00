"""A team brings its own front end or chatbot: it talks to Tandem by events alone."""

from uuid import uuid4

import pytest

from tests.e2e.bus import Bus, escalation_requested, message_received
from tests.e2e.deployment import Deployment
from tests.e2e.people import Expert
from tests.e2e.waiting import until

QUESTION = "How can I see the logs of a training job?"


@pytest.fixture
def name() -> str:
    """The front end's own id of a conversation that Tandem does not know yet."""
    return f"shop-{uuid4().hex}"


def test_a_message_on_the_bus_is_answered_on_the_bus(bus: Bus, name: str) -> None:
    bus.put(message_received(name, "m-1", QUESTION, customer_id="shop:42"))

    answered = bus.wait(name, "Message Answered", author="assistant")
    assert answered["in_reply_to"] == 1
    assert answered["sources"]
    assert answered["model_id"]
    assert answered["text"]


def test_a_conversation_of_the_bus_goes_to_an_expert_and_back(
    bus: Bus, name: str, expert: Expert
) -> None:
    bus.put(message_received(name, "m-1", "I want to talk to a human, please."))
    told = bus.wait(name, "Message Answered", code="person_coming")
    assert told["author"] == "system"

    expert.sees(name, "waiting")
    expert.claims(name)
    bus.wait(name, "Message Answered", code="expert_joined")
    bus.put(message_received(name, "m-2", "There you are."))
    expert.hears(name, "There you are.")
    expert.says(name, "What can I do for you?")
    said = bus.wait(name, "Message Answered", author="expert")
    assert (said["text"], said["name"]) == ("What can I do for you?", expert.name)

    expert.does("hand_back", name, outcome="helped")
    bus.wait(name, "Message Answered", code="handed_back")
    bus.put(message_received(name, "m-3", QUESTION))
    assert bus.wait(name, "Message Answered", author="assistant")["sources"]
    assert not bus.repeated(name, "Message Answered")


def test_a_foreign_chatbot_calls_an_expert_who_reads_what_was_said(
    deployment: Deployment, bus: Bus, name: str, expert: Expert
) -> None:
    said = [
        {"author": "customer", "text": "Where is my parcel?"},
        {"author": "assistant", "text": "It is on its way."},
        {"author": "customer", "text": "It has been on its way for a month."},
    ]
    bus.put(
        escalation_requested(
            name,
            f"esc-{name}",
            reason="the bot does not know",
            customer_id="shop:42",
            messages=said,
        )
    )

    waiting = expert.sees(name, "waiting")
    assert waiting["trigger"] == "external"
    assert waiting["reason"] == "the bot does not know"
    turns = expert.read(name)["turns"]
    assert [(t["author"], t["text"]) for t in turns[:3]] == [(m["author"], m["text"]) for m in said]
    mail = until(lambda: deployment.mails(name, "expert@example.com"), "the e-mail is sent")[0]
    assert "on its way for a month" in mail.text

    expert.claims(name)
    expert.says(name, "I have found it.")
    answered = bus.wait(name, "Message Answered", author="expert")
    assert answered["text"] == "I have found it."
    # What the chatbot has told the customer before is not told again.
    assert not bus.details(name, "Message Answered", author="assistant")

    expert.does("resolve", name, outcome="parcel found")
    assert bus.wait(name, "Escalation Resolved")["ending"] == "resolved"
    assert bus.wait(name, "Conversation Closed")["closed_by"] == "expert"
    transcript = until(lambda: deployment.transcripts(name), "it is archived").popitem()[1]
    assert transcript["channel"] == "bus"
    assert transcript["escalations"][0]["outcome"] == "parcel found"


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "invalid_message"), ("x" * 4001, "message_too_long")]
)
def test_a_message_that_cannot_be_taken_is_refused_on_the_bus(
    bus: Bus, name: str, text: str, code: str
) -> None:
    bus.put(message_received(name, "m-1", text))

    refused = bus.wait(name, "Message Refused")
    assert (refused["client_id"], refused["code"]) == ("m-1", code)


def test_a_message_to_a_closed_conversation_is_refused_on_the_bus(
    deployment: Deployment, bus: Bus
) -> None:
    with deployment.customer() as customer:
        customer.does("close")
        bus.put(message_received(customer.conversation_id, "m-1", "Still there?"))

        refused = bus.wait(customer.conversation_id, "Message Refused")
        assert (refused["client_id"], refused["code"]) == ("m-1", "conversation_closed")
