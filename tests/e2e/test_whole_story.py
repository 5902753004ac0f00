"""From the first question to the transcript: what everybody sees, in one conversation."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "transcript.json"
QUESTION = "How do I stop paying for an endpoint that I do not use?"
PLEA = "How do I delete the endpoint? Call me at +1 415 555 0134, I want to talk to a human!"


def test_a_customer_is_answered_handed_over_handed_back_and_archived(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    _the_assistant_answers(deployment, bus, customer)
    escalation = _a_person_is_called(deployment, bus, customer)
    draft = _both_talk(bus, customer, expert, escalation)
    _the_assistant_goes_on(bus, customer, expert)
    newest = _the_talk_is_archived_and_archived_anew(deployment, customer)

    assert newest["escalations"][0]["draft"] == draft
    assert expert.queued(name) is None
    assert expert.audit(name) == [
        "requested", "notified", "claimed", "said", "handed_back", "closed",
    ]  # fmt: skip


def _the_assistant_answers(deployment: Deployment, bus: Bus, customer: Customer) -> None:
    """In pieces, then as a whole turn that says what it rests on."""
    with deployment.pace(token_ms=40):
        answer = customer.asks(QUESTION)
    deltas = customer.socket.all(type="delta", turn_id=answer["turn_id"])
    assert deltas
    assert [delta["index"] for delta in deltas] == list(range(len(deltas)))
    streamed = "".join(delta["text"] for delta in deltas)
    assert answer["text"].startswith(streamed.strip())
    assert answer["model_id"] == "tandem.extractive-reader-v1"
    assert answer["sources"]
    assert answer["owner"] == "assistant"
    customer.does("thumb", turn_id=answer["turn_id"], thumb="up")
    assert bus.wait(customer.conversation_id, "Answer Rated")["thumb"] == "up"


def _a_person_is_called(deployment: Deployment, bus: Bus, customer: Customer) -> str:
    name = customer.conversation_id
    customer.says(PLEA)
    assert customer.hears("person_coming")["owner"] == "waiting"
    escalation: str = bus.wait(name, "Escalation Requested")["escalation_id"]
    mail = until(lambda: deployment.mails(name, "expert@example.com"), "the expert has the e-mail")[
        0
    ]
    assert f"conversation={name}&escalation={escalation}" in mail.text
    assert QUESTION in mail.text
    assert "555 0134" not in mail.text
    assert customer.token not in mail.text
    assert "token" not in mail.text.lower()
    assert not deployment.mails(name, "lead@example.com")
    return escalation


def _both_talk(bus: Bus, customer: Customer, expert: Expert, escalation: str) -> dict[str, Any]:
    """Returns the withheld draft."""
    name = customer.conversation_id
    waiting = expert.sees(name, "waiting")
    assert waiting["escalation_id"] == escalation
    assert waiting["trigger"] == "wants_person"
    assert "token" not in json.dumps(waiting)
    expert.claims(name)
    assert expert.name in customer.hears("expert_joined")["text"]
    assert bus.wait(name, "Escalation Claimed")["escalation_id"] == escalation
    draft: dict[str, Any] = until(lambda: expert.read(name)["draft"], "the draft is there")
    expert.says(name, "Hello, I am here. What happened?")
    said = customer.socket.wait(type="turn", author="expert")
    assert said["text"] == "Hello, I am here. What happened?"
    assert said["name"] == expert.name
    customer.says("Nobody stopped the endpoint.")
    expert.hears(name, "Nobody stopped the endpoint.")
    assert not bus.details(name, "Message Answered", turn_id=draft["turn_id"])
    return draft


def _the_assistant_goes_on(bus: Bus, customer: Customer, expert: Expert) -> None:
    """With a fresh history: the same question as before is no repetition any more."""
    name = customer.conversation_id
    expert.does("hand_back", name, outcome="helped", note="endpoint deleted", knowledge=True)
    assert customer.hears("handed_back")["owner"] == "assistant"
    resolved = bus.wait(name, "Escalation Resolved")
    assert (resolved["ending"], resolved["outcome"]) == ("handed_back", "helped")
    assert resolved["knowledge"] is True
    again = customer.asks(QUESTION)
    assert again["owner"] == "assistant"
    assert again["sources"]


def _the_talk_is_archived_and_archived_anew(
    deployment: Deployment, customer: Customer
) -> dict[str, Any]:
    """The second time with the rating that came after the end; returns that one."""
    name = customer.conversation_id
    customer.does("close")
    assert customer.hears("closed")["owner"] == "closed"
    until(lambda: deployment.transcripts(name), "the transcript is archived")
    customer.does("rate", stars=5, reason="a person, at last")
    versions = until(
        lambda: len(found := deployment.transcripts(name)) == 2 and found,
        "the late rating is archived",
    )
    schema = json.loads(SCHEMA.read_text())
    for transcript in versions.values():
        jsonschema.validate(transcript, schema)
    before, after = versions.values()
    assert before["version"] < after["version"]
    assert [rating["thumb"] for rating in before["ratings"]] == ["up"]
    assert [rating["stars"] for rating in after["ratings"]] == [None, 5]
    assert [turn["seq"] for turn in after["turns"]] == list(range(1, len(after["turns"]) + 1))
    assert [turn["text"] for turn in after["turns"]] == [turn["text"] for turn in customer.turns]
    return dict(after)


def test_the_button_calls_a_person_in_an_empty_conversation(
    bus: Bus, customer: Customer, expert: Expert
) -> None:
    customer.does("person")

    assert customer.hears("person_coming")["seq"] == 1
    assert bus.wait(customer.conversation_id, "Escalation Requested")["trigger"] == "button"
    assert expert.sees(customer.conversation_id, "waiting")


def test_the_customer_is_told_in_their_language(deployment: Deployment, expert: Expert) -> None:
    with deployment.customer(language="de") as customer:
        customer.does("person")
        told = customer.hears("person_coming")

        assert "Kollegin" in told["text"]


def test_a_closed_conversation_takes_no_message_until_it_is_reopened(
    deployment: Deployment, customer: Customer
) -> None:
    customer.does("close")
    until(lambda: deployment.transcripts(customer.conversation_id), "it is archived")
    refused = customer.socket.ask("message", client_id="late", text="One more thing")
    assert (refused["type"], refused["code"]) == ("error", "conversation_closed")

    customer.does("reopen")
    customer.hears("reopened")
    assert customer.asks("How do I see the logs of a training job?")["sources"]

    customer.does("close")
    versions = until(
        lambda: len(found := deployment.transcripts(customer.conversation_id)) == 2 and found,
        "both closings are archived",
    )
    assert len({transcript["version"] for transcript in versions.values()}) == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_message_that_cannot_be_taken_is_refused_with_its_reason(
    customer: Customer, text: str
) -> None:
    refused = customer.socket.ask("message", client_id="bad", text=text)

    assert refused["type"] == "error"
    assert refused["code"] == ("message_too_long" if text.strip() else "invalid_message")
    assert refused["client_id"] == "bad"
    assert customer.turns == []
