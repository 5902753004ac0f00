"""Fifty conversations at once, a third of them with an expert: nothing lost, doubled or out of
order."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.contents import USERS
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

CONVERSATIONS = 50
WITHIN_SECONDS = 240.0
FIRST, SECOND, LAST = "Hello!", "How can I see the logs of a training job?", "Thank you!"


@dataclass
class Told:
    """What one conversation sent, by `seq`."""

    name: str
    questions: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    to_expert: list[int] = field(default_factory=list)
    sent: dict[int, str] = field(default_factory=dict)


def test_many_conversations_at_once_are_all_answered_in_order(
    deployment: Deployment, bus: Bus
) -> None:
    with deployment.expert(USERS[0]) as one, deployment.expert(USERS[1]) as other:
        with ThreadPoolExecutor(CONVERSATIONS) as everybody:
            jobs = [
                everybody.submit(_talk, deployment, index, (one, other)[index % 2])
                for index in range(CONVERSATIONS)
            ]
            told = [job.result() for job in jobs]
        deployment.settles()

    assert deployment.failures() == []
    for conversation in told:
        turns = deployment.as_customer(conversation.name)["turns"]
        _nothing_lost_doubled_or_out_of_order(conversation, turns)
        _every_turn_is_announced(bus, conversation.name, turns)
    escalated = [conversation for conversation in told if conversation.calls]
    assert len(escalated) == len(range(0, CONVERSATIONS, 3))


def _every_turn_is_announced(bus: Bus, name: str, turns: list[dict[str, Any]]) -> None:
    stored = {turn["turn_id"] for turn in turns if turn["author"] != "customer"}

    def all_heard() -> bool:
        heard = bus.details(name, "Message Answered")
        return {detail["turn_id"] for detail in heard} == stored

    until(all_heard, "all turns are on the bus")


def _talk(deployment: Deployment, index: int, expert: Expert) -> Told:
    with deployment.customer() as customer:
        told = Told(customer.conversation_id)
        # Two at once: the second waits for its turn.
        told.questions += [_says(customer, told, text) for text in (FIRST, SECOND)]
        _answers_come(customer, told)
        if index % 3 == 0:
            _with_expert(customer, told, expert)
        told.questions.append(_says(customer, told, LAST))
        _answers_come(customer, told)
    return told


def _says(customer: Customer, told: Told, text: str) -> int:
    client_id = f"m-{len(told.sent) + 1}"
    seq = customer.says(text, client_id)
    told.sent[seq] = client_id
    return seq


def _answers_come(customer: Customer, told: Told) -> None:
    for seq in told.questions:
        customer.socket.wait(
            within=WITHIN_SECONDS, type="turn", author="assistant", in_reply_to=seq
        )


def _with_expert(customer: Customer, told: Told, expert: Expert) -> None:
    name, path = told.name, f"/desk/conversations/{told.name}"
    told.calls.append(_says(customer, told, "I want to talk to a human!"))
    customer.socket.wait(within=WITHIN_SECONDS, type="turn", code="person_coming")
    # By HTTP: many threads share the expert, whose socket answers in the order of asking.
    expert.api.post(f"{path}/claim")
    customer.socket.wait(within=WITHIN_SECONDS, type="turn", code="expert_joined")
    told.to_expert.append(_says(customer, told, f"I am {name}."))
    expert.hears(name, f"I am {name}.", within=WITHIN_SECONDS)
    expert.api.post(f"{path}/messages", client_id=f"d-{name}", text=f"Hello {name}.")
    said = customer.socket.wait(within=WITHIN_SECONDS, type="turn", author="expert")
    assert said["text"] == f"Hello {name}."
    expert.api.post(f"{path}/hand-back", outcome="helped")
    customer.socket.wait(within=WITHIN_SECONDS, type="turn", code="handed_back")


def _nothing_lost_doubled_or_out_of_order(told: Told, turns: list[dict[str, Any]]) -> None:
    assert [turn["seq"] for turn in turns] == list(range(1, len(turns) + 1))
    assert {t["conversation_id"] for t in turns} == {told.name}
    written = {turn["seq"]: turn["client_id"] for turn in turns if turn["author"] == "customer"}
    assert written == told.sent
    replies = [turn["in_reply_to"] for turn in turns if turn["author"] == "assistant"]
    assert replies == told.questions
    codes = Counter(turn["code"] for turn in turns if turn["author"] == "system")
    with_expert = ["person_coming", "expert_joined", "handed_back"] if told.calls else []
    assert codes == Counter(with_expert)
    assert sum(turn["author"] == "expert" for turn in turns) == len(told.calls)
    assert len({turn["turn_id"] for turn in turns}) == len(turns)
