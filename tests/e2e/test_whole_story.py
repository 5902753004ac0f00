"""From the first question to the transcript: what everybody sees, in one conversation."""

import json
from pathlib import Path

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

    # The assistant answers: in pieces, then as a whole turn that says what it rests on.
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
    assert bus.wait(name, "Answer Rated")["thumb"] == "up"

    # A person is called, and the answer is withheld.
    plea = customer.says(PLEA)
    coming = customer.hears("person_coming")
    assert coming["owner"] == "waiting"
    requested = bus.wait(name, "Escalation Requested")
    mail = until(
        lambda: deployment.mails(name, "expert@example.com"), "the expert has the e-mail"
    )[0]
    assert f"conversation={name}&escalation={requested['escalation_id']}" in mail.text
    assert QUESTION in mail.text
    assert "415" not in mail.text
    assert customer.token not in mail.text
    assert "token" not in mail.text.lower()
    assert not deployment.mails(name, "lead@example.com")

    # The desk: queue, claim, both talk.
    waiting = expert.sees(name, "waiting")
    assert waiting["escalation_id"] == requested["escalation_id"]
    assert waiting["trigger"] == "wants_person"
    assert "token" not in json.dumps(waiting)
    expert.claims(name)
    assert expert.name in customer.hears("expert_joined")["text"]
    assert bus.wait(name, "Escalation Claimed")["escalation_id"] == requested["escalation_id"]
    draft = until(lambda: expert.read(name)["draft"], "the draft is there")
    assert draft["in_reply_to"] == plea
    expert.says(name, "Hello, I am here. What happened?")
    said = customer.socket.wait(type="turn", author="expert")
    assert said["text"] == "Hello, I am here. What happened?"
    assert said["name"] == expert.name
    customer.says("Nobody stopped the endpoint.")
    expert.hears(name, "Nobody stopped the endpoint.")

    # Back to the assistant, which goes on with a fresh history.
    expert.does("hand_back", name, outcome="helped", note="endpoint deleted", knowledge=True)
    back = customer.hears("handed_back")
    assert back["owner"] == "assistant"
    resolved = bus.wait(name, "Escalation Resolved")
    assert (resolved["ending"], resolved["outcome"]) == ("handed_back", "helped")
    assert resolved["knowledge"] is True
    again = customer.asks(QUESTION)  # the same question as before is no repetition any more
    assert again["owner"] == "assistant"
    assert again["sources"]
    assert not expert.queued(name)

    # The end: closed, archived, rated, archived anew.
    customer.does("close")
    assert customer.hears("closed")["owner"] == "closed"
    first = until(lambda: deployment.transcripts(name), "the transcript is archived")
    assert len(first) == 1
    customer.does("rate", stars=5, reason="a person, at last")
    both = until(
        lambda: len(found := deployment.transcripts(name)) == 2 and found,
        "the late rating is archived",
    )
    schema = json.loads(SCHEMA.read_text())
    for transcript in both.values():
        jsonschema.validate(transcript, schema)
    before, after = both.values()
    assert before["version"] < after["version"]
    assert before["ratings"][0]["thumb"] == "up"
    assert [rating["stars"] for rating in after["ratings"]] == [None, 5]
    assert [turn["seq"] for turn in after["turns"]] == list(range(1, len(after["turns"]) + 1))
    assert [turn["text"] for turn in after["turns"]] == [turn["text"] for turn in customer.turns]
    assert after["escalations"][0]["draft"]["text"] == draft["text"]
    assert expert.audit(name) == [
        "requested",
        "notified",
        "claimed",
        "said",
        "handed_back",
        "closed",
    ]


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
