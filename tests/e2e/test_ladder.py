"""Nobody comes, or whoever came vanishes: deadlines, tiers, and the truth to the customer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.bus import Bus
from tests.e2e.deployment import POLICY, Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

QUESTION = "How can I see the logs of a training job?"
EXPERT, LEAD = "expert@example.com", "lead@example.com"


def tier(name: str, topic: str, claim_within_seconds: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "name": name, "topic": topic, "claim_within_seconds": claim_within_seconds, **fields
    }  # fmt: skip


def closed_today() -> dict[str, Any]:
    """Working hours on one day of the week, which is neither today nor tomorrow."""
    day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    return {"timezone": "UTC", "days": {day: [{"start": "09:00", "end": "17:00"}]}}


def test_a_call_that_nobody_claims_climbs_the_ladder_and_ends_in_the_truth(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    ladder = [tier("primary", "experts"), tier("lead", "leads")]
    with deployment.policy({"ladder": ladder}, "AdvanceEscalation"):
        customer.does("person")
        customer.hears("person_coming")
        assert customer.hears("still_waiting")["owner"] == "waiting"
        told = customer.hears("nobody_available")
        assert told["owner"] == "assistant"
        expired = bus.wait(name, "Escalation Expired")
        assert (expired["because"], expired["follow_up"]) == ("deadline", True)

        # Everybody was called once, in order; then the follow-up was announced.
        mails = until(
            lambda: len(found := deployment.mails(name, LEAD)) == 2 and found,
            "the leads have both e-mails",
        )
        assert [("follow-up" in mail.subject) for mail in mails] == [False, True]
        (first,) = deployment.mails(name, EXPERT)
        assert first.at <= mails[0].at

    # The assistant goes on; somebody has to get back to the customer.
    assert customer.asks(QUESTION)["sources"]
    assert expert.queued(name) is None
    listed = expert.queued(name, "follow_up")
    assert listed is not None
    assert listed["escalation_id"] == expired["escalation_id"]
    expert.api.post(
        f"/desk/conversations/{name}/follow-up",
        escalation_id=listed["escalation_id"],
        outcome="called back",
    )
    assert expert.queued(name, "follow_up") is None

    # A person can be called again, any number of times.
    customer.does("person")
    assert expert.sees(name, "waiting")["escalation_id"] != listed["escalation_id"]


def test_a_tier_that_is_not_at_work_is_passed_over(
    deployment: Deployment, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    ladder = [tier("primary", "experts", hours=closed_today()), tier("lead", "leads", 600)]
    with deployment.policy({"ladder": ladder}, "AdvanceEscalation"):
        customer.does("person")
        until(lambda: deployment.mails(name, LEAD), "the leads have the e-mail")

    assert deployment.mails(name, EXPERT) == []
    assert expert.sees(name, "waiting")["tier"] == "lead"


def test_outside_working_hours_the_customer_is_told_at_once(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    ladder = [tier("primary", "experts", 600, hours=closed_today())]
    with deployment.policy({"ladder": ladder}, "AdvanceEscalation"):
        customer.does("person")
        told = customer.hears("outside_hours")

    assert told["owner"] == "assistant"
    opening = datetime.now(UTC) + timedelta(days=3)
    assert f"{opening:%Y-%m-%d} 09:00" in told["text"]
    assert bus.wait(name, "Escalation Expired")["because"] == "outside_hours"
    assert deployment.mails(name, EXPERT) == []
    assert expert.queued(name, "follow_up") is not None
    assert customer.asks(QUESTION)["sources"]


def test_an_expert_who_vanishes_loses_the_conversation_to_another(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert, second_expert: Expert
) -> None:
    name = customer.conversation_id
    presence = {"heartbeat_seconds": 1, "resolve_within_seconds": 600}
    with deployment.policy({"presence": presence}, "AdvanceEscalation"):
        customer.does("person")
        expert.sees(name, "waiting")
        expert.claims(name)
        left = customer.hears("expert_left")
        assert expert.name in left["text"]
        assert left["owner"] == "waiting"

    second_expert.sees(name, "waiting")
    refused = expert.socket.ask("say", conversation_id=name, client_id="d-1", text="I am back")
    assert refused["code"] == "not_yours"
    second_expert.claims(name)
    second_expert.says(name, "I am taking over.")
    assert customer.socket.wait(type="turn", author="expert")["name"] == second_expert.name
    bus.wait(name, "Escalation Claimed", claimed_by="ada")
    bus.wait(name, "Escalation Claimed", claimed_by="ben")
    second_expert.does("resolve", name, outcome="helped")
    resolved = bus.wait(name, "Escalation Resolved")
    assert resolved["resolved_by"] == "ben"
    assert customer.owner == "closed"


def test_an_expert_who_shows_signs_of_life_keeps_the_conversation(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    presence = {"heartbeat_seconds": 2, "resolve_within_seconds": 600}
    with deployment.policy({"presence": presence}, "AdvanceEscalation"):
        customer.does("person")
        expert.sees(name, "waiting")
        expert.claims(name)
        claimed = datetime.fromisoformat(bus.wait(name, "Escalation Claimed")["time"])

        def shows_life() -> bool:
            expert.does("present", name)
            return datetime.now(UTC) - claimed > timedelta(seconds=5)

        until(shows_life, "more than two heartbeats have passed")
        assert customer.owner == "expert"
        expert.does("hand_back", name)
    assert [turn["code"] for turn in customer.turns] == [
        "person_coming",
        "expert_joined",
        "handed_back",
    ]


def test_a_policy_that_cannot_be_read_changes_nothing(
    deployment: Deployment, customer: Customer
) -> None:
    with deployment.policy({"lader": POLICY["ladder"]}, "AdvanceEscalation", "AnswerMessage"):
        assert customer.asks(QUESTION)["sources"]
        customer.does("person")
        until(
            lambda: deployment.mails(customer.conversation_id, EXPERT), "the e-mail of the default"
        )
