"""Events come twice, late, or in another order: nothing is doubled."""

from uuid import uuid4

import pytest

from tests.e2e.bus import Bus, escalation_requested, message_received
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

LOGS = "How can I see the logs of a training job?"
ENDPOINT = "How do I stop paying for an endpoint that I do not use?"


@pytest.fixture
def name() -> str:
    return f"shop-{uuid4().hex}"


def test_a_message_that_comes_three_times_and_again_is_answered_once(
    deployment: Deployment, bus: Bus, name: str, expert: Expert
) -> None:
    message = message_received(name, "m-1", LOGS)
    bus.put(message, message, message)
    bus.wait(name, "Message Answered", author="assistant")
    bus.put(message)
    bus.put(message_received(name, "m-2", ENDPOINT))
    bus.wait(name, "Message Answered", author="assistant", in_reply_to=3)
    deployment.settles()

    turns = [(turn["author"], turn["in_reply_to"]) for turn in expert.read(name)["turns"]]
    assert turns == [("customer", None), ("assistant", 1), ("customer", None), ("assistant", 3)]
    assert len(bus.details(name, "Message Answered")) == 2
    assert not bus.details(name, "Message Refused")


def test_a_message_that_the_socket_sends_twice_is_stored_and_answered_once(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    first = customer.socket.ask("message", client_id="m-1", text=LOGS)
    second = customer.socket.ask("message", client_id="m-1", text=LOGS)
    customer.answer_to(first["seq"])
    third = customer.api.post(f"{customer.path}/messages", client_id="m-1", text=LOGS)
    deployment.settles()

    assert (first["duplicate"], second["duplicate"], third["duplicate"]) == (False, True, True)
    assert first["turn_id"] == second["turn_id"] == third["turn_id"]
    assert [turn["author"] for turn in customer.turns] == ["customer", "assistant"]


def test_messages_that_are_announced_in_another_order_are_answered_in_theirs(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    with deployment.pace(first_token_ms=300):
        first, second = customer.says(ENDPOINT), customer.says(LOGS)
        announced = {
            detail["text"]: detail
            for text in (ENDPOINT, LOGS)
            for detail in [bus.wait(name, "Message Received", text=text)]
        }
        bus.put(
            ("Message Received", announced[LOGS]),
            ("Message Received", announced[ENDPOINT]),
            ("Message Received", announced[LOGS]),
            source="tandem.live",
        )
        customer.answer_to(first)
        customer.answer_to(second)
    deployment.settles()

    replies = [turn for turn in customer.turns if turn["author"] == "assistant"]
    assert [turn["in_reply_to"] for turn in replies] == [first, second]
    assert len(customer.socket.all(type="turn", author="assistant")) == 2


def test_messages_of_the_bus_that_come_in_another_order_are_each_answered_once(
    deployment: Deployment, bus: Bus, name: str, expert: Expert
) -> None:
    one, two = message_received(name, "m-1", LOGS), message_received(name, "m-2", ENDPOINT)
    bus.put(two, one)
    until(
        lambda: len(bus.details(name, "Message Answered", author="assistant")) == 2,
        "both are answered",
    )
    deployment.settles()

    turns = expert.read(name)["turns"]
    asked = {turn["seq"]: turn["client_id"] for turn in turns if turn["author"] == "customer"}
    assert sorted(asked.values()) == ["m-1", "m-2"]
    replies = [turn["in_reply_to"] for turn in turns if turn["author"] == "assistant"]
    assert sorted(replies) == sorted(asked)
    assert replies == sorted(replies)


def test_a_call_for_a_person_that_comes_twice_calls_once(
    deployment: Deployment, bus: Bus, name: str, expert: Expert
) -> None:
    call = escalation_requested(
        name, f"esc-{name}", messages=[{"author": "customer", "text": "Help!"}]
    )
    bus.put(call, call)
    expert.sees(name, "waiting")
    until(lambda: deployment.mails(name, "expert@example.com"), "the e-mail is sent")
    bus.put(call)
    expert.claims(name)
    bus.put(call)
    bus.wait(name, "Escalation Claimed")
    deployment.settles()

    view = expert.read(name)
    assert view["owner"] == "expert"
    assert len(view["escalations"]) == 1
    assert [turn["code"] for turn in view["turns"]] == [None, "person_coming", "expert_joined"]
    assert len(deployment.mails(name, "expert@example.com")) == 1
    assert len(bus.details(name, "Escalation Claimed")) == 1

    expert.does("hand_back", name)
    bus.wait(name, "Escalation Resolved")
    bus.put(call)
    deployment.settles()
    assert expert.read(name)["owner"] == "assistant"
    assert expert.queued(name) is None


def test_two_triggers_at_once_call_once(
    deployment: Deployment, customer: Customer, expert: Expert
) -> None:
    customer.socket.send("message", client_id="m-1", text="I want to talk to a human!")
    customer.socket.send("person")
    customer.api.post(f"{customer.path}/person")
    expert.sees(customer.conversation_id, "waiting")
    deployment.settles()

    assert len(expert.read(customer.conversation_id)["escalations"]) == 1
    codes = [turn["code"] for turn in customer.turns if turn["author"] == "system"]
    assert codes == ["person_coming"]


def test_a_message_that_comes_after_its_own_call_for_a_person_goes_to_the_expert(
    deployment: Deployment, bus: Bus, name: str, expert: Expert
) -> None:
    bus.put(escalation_requested(name, f"esc-{name}"))
    expert.sees(name, "waiting")
    bus.put(message_received(name, "m-1", LOGS))
    expert.hears(name, LOGS)
    deployment.settles()

    assert [t["author"] for t in expert.read(name)["turns"]] == ["system", "customer"]


def test_an_end_that_is_announced_twice_is_archived_once(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    customer.asks(LOGS)
    customer.does("close")
    customer.does("close")
    closed = bus.wait(name, "Conversation Closed")
    until(lambda: deployment.transcripts(name), "it is archived")
    bus.put(("Conversation Closed", closed), ("Conversation Closed", closed), source="tandem.live")
    deployment.settles()

    assert len(deployment.transcripts(name)) == 1
    assert [turn["code"] for turn in customer.turns].count("closed") == 1


def test_an_end_that_is_announced_after_the_conversation_was_reopened_is_not_archived(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    customer.does("close")
    closed = bus.wait(name, "Conversation Closed")
    until(lambda: deployment.transcripts(name), "it is archived")
    customer.does("reopen")
    bus.put(("Conversation Closed", closed), source="tandem.live")
    deployment.settles()

    assert len(deployment.transcripts(name)) == 1
    assert customer.owner == "assistant"
