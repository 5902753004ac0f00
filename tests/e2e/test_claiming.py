"""Many reach for one conversation, and the assistant's answer comes when it is no longer wanted."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from local.contents import USERS
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

QUESTION = "How do I stop paying for an endpoint that I do not use?"


@pytest.mark.parametrize("_round", range(5))
def test_of_two_experts_who_claim_at_once_one_wins_and_the_other_sees_who(
    customer: Customer, expert: Expert, second_expert: Expert, _round: int
) -> None:
    name = customer.conversation_id
    customer.does("person")
    together = threading.Barrier(2)
    answers: dict[str, dict[str, Any]] = {}

    def over_socket() -> None:
        together.wait()
        answers[expert.name] = expert.socket.ask("claim", conversation_id=name)

    def over_http() -> None:
        together.wait()
        path = f"/desk/conversations/{name}/claim"
        answers[second_expert.name] = second_expert.api.send("POST", path).json()

    _at_once(over_socket, over_http)

    lost = {who: answer for who, answer in answers.items() if answer.get("code")}
    assert len(lost) == 1, answers
    (loser, answer) = lost.popitem()
    winner = (set(answers) - {loser}).pop()
    assert answer["code"] == "already_claimed"
    assert answer["detail"]["by"] == winner
    joined = customer.hears("expert_joined")
    assert winner in joined["text"]
    assert customer.read()["expert_name"] == winner
    assert [turn["code"] for turn in customer.turns] == ["person_coming", "expert_joined"]
    assert expert.audit(name).count("claimed") == 1


def _at_once(*actions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_whoever_has_claimed_may_claim_again(customer: Customer, expert: Expert) -> None:
    customer.does("person")
    expert.claims(customer.conversation_id)
    expert.claims(customer.conversation_id)

    assert expert.audit(customer.conversation_id).count("claimed") == 1


def test_a_lead_passes_a_conversation_on_to_another_expert(
    deployment: Deployment, customer: Customer, expert: Expert, second_expert: Expert
) -> None:
    name = customer.conversation_id
    customer.does("person")
    expert.claims(name)

    with deployment.expert(USERS[2]) as lead:
        lead.does("reassign", name, to=second_expert.name, note="knows the product")
    customer.hears("reassigned")
    assert second_expert.sees(name, "waiting")["assigned_to"] == second_expert.name
    second_expert.claims(name)
    second_expert.says(name, "Hello again.")

    assert customer.socket.wait(type="turn", author="expert")["name"] == second_expert.name
    refused = expert.socket.ask("say", conversation_id=name, client_id="d-9", text="Me too")
    assert refused["code"] == "not_yours"


def test_an_answer_that_is_ready_after_an_expert_has_claimed_becomes_their_draft(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    with deployment.pace(token_ms=100):
        asked = customer.says(QUESTION)
        begun = customer.socket.wait(type="delta")
        customer.does("person")
        customer.hears("person_coming")
        expert.claims(name)
        assert expert.read(name)["draft"] is None  # it is being written yet
        customer.socket.wait(type="withdrawn", turn_id=begun["turn_id"])
        deployment.hurry()
    draft = until(lambda: expert.read(name)["draft"], "the draft is there")

    assert draft["in_reply_to"] == asked
    assert draft["text"].startswith(begun["text"].strip())
    assert draft["sources"]
    assert "assistant" not in {turn["author"] for turn in customer.turns}
    assert not bus.details(name, "Message Answered", author="assistant")
    withdrawn = customer.socket.frames.index(customer.socket.wait(type="withdrawn"))
    assert not customer.socket.all(type="delta", after=withdrawn)

    expert.says(name, "", use_draft=True)
    sent = customer.socket.wait(type="turn", author="expert")
    assert sent["text"] == draft["text"]
    assert sent["name"] == expert.name
    assert sent["sources"] == draft["sources"]


def test_an_expert_sends_the_draft_edited(customer: Customer, expert: Expert) -> None:
    name = customer.conversation_id
    customer.says("How do I delete an endpoint? I want to talk to a human!")
    expert.sees(name, "waiting")
    expert.claims(name)
    until(lambda: expert.read(name)["draft"], "the draft is there")

    expert.says(name, "Delete it in the console.", use_draft=True)

    assert customer.socket.wait(type="turn", author="expert")["text"] == "Delete it in the console."
    assert "edited the draft" in expert.audit(name)
