"""The model, the gate or the knowledge base fails: the customer is told the truth, and a person is
called."""

from uuid import uuid4

import pytest

from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert

WHOLE_CALL = [
    ("ConverseStream", "throttling"),
    ("ConverseStream", "end_of_life"),
    ("ConverseStream", "model_timeout"),
    ("ConverseStream", "unavailable"),
    ("ConverseStream", "empty"),
    ("Converse", "access_denied"),
    ("Converse", "model_error"),
    ("Retrieve", "dependency"),
]


def question() -> tuple[str, str]:
    """A question that can be answered, and a word of it that no other one has."""
    word = f"ref{uuid4().hex[:12]}"
    return f"How can I see the logs of a training job? ({word})", word


@pytest.mark.parametrize("failure", WHOLE_CALL, ids="-".join)
def test_a_person_is_called_when_a_call_fails(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert, failure: tuple[str, str]
) -> None:
    text, word = question()
    operation, error = failure
    with deployment.fault(operation, error, match=word):
        customer.says(text)
        told = customer.hears("model_trouble")

    assert told["owner"] == "waiting"
    name = customer.conversation_id
    assert bus.wait(name, "Escalation Requested")["trigger"] == "model_failure"
    assert expert.sees(name, "waiting")["trigger"] == "model_failure"
    assert [turn["author"] for turn in customer.turns] == ["customer", "system"]


@pytest.mark.parametrize("error", ["stream_model_error", "stream_throttling", "disconnect"])
def test_an_answer_that_breaks_off_is_withdrawn(
    deployment: Deployment, bus: Bus, customer: Customer, error: str
) -> None:
    text, word = question()
    with (
        deployment.pace(token_ms=60),
        deployment.fault("ConverseStream", error, match=word, after_tokens=8),
    ):
        customer.says(text)
        delta = customer.socket.wait(type="delta")
        customer.socket.wait(type="withdrawn", turn_id=delta["turn_id"])
        told = customer.hears("model_trouble")

    assert told["owner"] == "waiting"
    assert [turn["author"] for turn in customer.turns] == ["customer", "system"]
    assert not bus.details(customer.conversation_id, "Message Answered", author="assistant")


def test_a_guardrail_that_intervenes_calls_a_person(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    text, word = question()
    with deployment.fault("ConverseStream", "guardrail", match=word):
        customer.says(text)
        told = customer.hears("person_coming")

    assert told["owner"] == "waiting"
    assert bus.wait(customer.conversation_id, "Escalation Requested")["trigger"] == "guardrail"
    assert "assistant" not in {turn["author"] for turn in customer.turns}


def test_a_question_that_no_document_answers_goes_to_a_person(bus: Bus, customer: Customer) -> None:
    customer.says("Which shoes suit a penguin at a wedding in Reykjavik?")

    assert customer.hears("cannot_answer")
    assert customer.hears("person_coming")["owner"] == "waiting"
    requested = bus.wait(customer.conversation_id, "Escalation Requested")
    assert requested["trigger"] == "no_grounding"


def test_a_model_that_fails_again_and_again_does_not_call_people_in_a_circle(
    deployment: Deployment, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    text, word = question()
    with deployment.fault("ConverseStream", "end_of_life", match=word):
        for _ in range(2):
            after = customer.socket.mark()
            customer.says(f"{uuid4().hex} {text}")
            customer.hears("model_trouble", after=after)
            expert.sees(name, "waiting")
            expert.claims(name)
            expert.does("hand_back", name)
        customer.says(f"{uuid4().hex} {text}")
        told = customer.hears("model_trouble_alone")
    assert told["owner"] == "assistant"
    assert expert.queued(name) is None

    # It works again: so does everything.
    assert customer.asks("How do I resume a spot training job?")["sources"]
