"""The tasks of the state machine: call tier by tier, wait, requeue, expire, announce.

`statemachine/escalation.asl.yaml` waits and keeps the deadlines. What is true stands in the store:
each task looks there first, so that a claim, a resolution or a deadline that comes twice, late or
in another order ends in the same state.
"""

from datetime import datetime
from typing import Any, Literal

from tandem.live import hours
from tandem.live.escalation import back_to_assistant, back_to_queue, request_from_bus
from tandem.live.events import (
    EscalationClaimed,
    EscalationExpired,
    EscalationRequested,
    EscalationResolved,
    Event,
    ExpiryCause,
)
from tandem.live.mail import escalation_mail, follow_up_mail
from tandem.live.models import Escalation, EscalationStatus, seconds
from tandem.live.policy import Policy
from tandem.live.ports import Notifier, World
from tandem.live.steps import Step, take

Answer = dict[str, Any]
"""What a task gives back to the state machine (JSON)."""


def open_(world: World, event: EscalationRequested, execution: str) -> Answer:
    """Bind the escalation to this execution and choose the rungs of the ladder.

    `{"go": false}` if another execution has it, or it has ended: a duplicate stops here. One that
    an expert has claimed already stays claimed; the machine goes on with the wait for its end.
    """
    request_from_bus(world, event)

    def decide(step: Step) -> Answer:
        escalation = step.escalation(event.escalation_id)
        if escalation is None or escalation.execution not in (None, execution):
            return {"go": False}
        if not escalation.open:
            return {"go": False, "ended": True}
        if escalation.execution is None:
            requested = escalation.status is EscalationStatus.REQUESTED
            status = EscalationStatus.WAITING if requested else escalation.status
            step.keep(escalation.model_copy(update={"execution": execution, "status": status}))
            step.update(escalation_opened=True)
        there = [
            index
            for index, tier in enumerate(step.policy.ladder)
            if hours.is_open(tier.hours, step.now)
        ]
        return {"go": True, "tiers": there}

    _, answer = take(world, event.conversation_id, decide)
    if answer.pop("ended", False):
        # It ended before any execution took it on; nobody else would announce that.
        announce(world, event.conversation_id, event.escalation_id)
    return answer


def notify(
    world: World, notifier: Notifier, conversation_id: str, escalation_id: str, tier_index: int
) -> Answer:
    """Call a tier: e-mail, deadline, and from the second tier on a word to the customer.

    Returns `claimed` (no need any more), `over` (ended meanwhile), or `waiting` with the seconds
    that this tier has.
    """

    def decide(step: Step) -> Answer:
        escalation = step.escalation(escalation_id)
        if escalation is None or not escalation.open:
            return {"state": "over"}
        if escalation.status is EscalationStatus.CLAIMED:
            return {"state": "claimed"}
        tier = step.policy.ladder[min(tier_index, len(step.policy.ladder) - 1)]
        answer = {"state": "waiting", "wait_seconds": tier.claim_within_seconds}
        if escalation.tier_index == tier_index and escalation.tier == tier.name:
            return answer
        step.keep(
            escalation.model_copy(
                update={
                    "tier": tier.name,
                    "tier_index": tier_index,
                    "deadline": step.now + seconds(tier.claim_within_seconds),
                }
            )
        )
        if escalation.tier is not None:
            step.tell("still_waiting")
        step.log("system", "notified", escalation_id, tier=tier.name, topic=tier.topic)
        return answer

    step, answer = take(world, conversation_id, decide)
    if answer["state"] == "waiting":
        # After the step: a task that is tried again may send the e-mail twice, but never none.
        escalation = world.store.escalation(conversation_id, escalation_id)
        assert escalation is not None
        tier = step.policy.ladder[min(tier_index, len(step.policy.ladder) - 1)]
        subject, body = escalation_mail(
            escalation,
            world.store.turns(conversation_id),
            tier.name,
            step.policy.mail_messages,
            world.desk_url,
        )
        notifier.notify(tier.topic, subject, body)
    return answer


def wait(
    world: World,
    conversation_id: str,
    escalation_id: str,
    token: str,
    waiting_for: Literal["claim", "resolution"],
) -> None:
    """Keep the state machine's token until an expert claims (or resolves); goes on at once if they
    already have."""

    def decide(step: Step) -> Answer | None:
        escalation = step.escalation(escalation_id)
        if escalation is None or not escalation.open:
            return {"state": "over"}
        claimed = escalation.status is EscalationStatus.CLAIMED
        if waiting_for == "claim" and claimed:
            return {"state": "claimed"}
        if waiting_for == "resolution" and not claimed:
            return {"state": "requeued"}
        waiting = escalation.model_copy(update={"task_token": token, "waiting_for": waiting_for})
        step.keep(waiting, shown=False)
        return None

    _, answer = take(world, conversation_id, decide)
    if answer is not None:
        world.tokens.succeed(token, answer)


def requeue(world: World, conversation_id: str, escalation_id: str) -> Answer:
    """The wait for the resolution is over without one: the expert showed no sign of life, took too
    long, or passed it on.

    Returns `waiting` with the rungs to call, `claimed` if another expert has it by now, or `over`.
    """

    def decide(step: Step) -> Answer:
        escalation = step.escalation(escalation_id)
        if escalation is None or not escalation.open:
            return {"state": "over"}
        if escalation.status is EscalationStatus.CLAIMED:
            if escalation.task_token is None:
                # The wait that ended was for an earlier claim; this one has not been waited for.
                return {"state": "claimed"}
            back_to_queue(step, escalation, code="expert_left", actor="system")
            step.wakes.clear()  # the machine is here, nobody has to be woken
        there = [
            index
            for index, tier in enumerate(step.policy.ladder)
            if hours.is_open(tier.hours, step.now)
        ]
        return {"state": "waiting", "tiers": there}

    return take(world, conversation_id, decide)[1]


def expire(
    world: World,
    notifier: Notifier,
    conversation_id: str,
    escalation_id: str,
    because: ExpiryCause,
) -> Answer:
    """Nobody came: the customer is told the truth, the assistant goes on, a follow-up is due.

    Returns `claimed` if somebody came in the last moment; the state machine goes on with them.
    """

    def decide(step: Step) -> Answer:
        escalation = step.escalation(escalation_id)
        if escalation is not None and escalation.status is EscalationStatus.EXPIRED:
            # Tried again: the e-mail or the event may be missing yet.
            return {"state": "expired"}
        if escalation is None or not escalation.open:
            return {"state": "over"}
        if escalation.status is EscalationStatus.CLAIMED:
            return {"state": "claimed"}
        step.keep(
            escalation.model_copy(
                update={
                    "status": EscalationStatus.EXPIRED,
                    "follow_up": True,
                    "ended_at": step.now,
                    "outcome": because,
                    "task_token": None,
                    "waiting_for": None,
                }
            )
        )
        if because == "outside_hours":
            step.tell("outside_hours", until=_reopening(step.policy, step.now))
        else:
            step.tell("nobody_available")
        back_to_assistant(step)
        step.log("system", "expired", escalation_id, because=because)
        return {"state": "expired"}

    _, answer = take(world, conversation_id, decide)
    if answer["state"] == "expired":
        world.meter.record("EscalationsExpired", 1, "Count")
        escalation = world.store.escalation(conversation_id, escalation_id)
        assert escalation is not None
        subject, body = follow_up_mail(escalation, world.desk_url)
        notifier.notify("leads", subject, body)
        _announce_expired(world, escalation, because)
    return answer


def announce(
    world: World, conversation_id: str, escalation_id: str, *, claim_announced: bool = True
) -> Answer:
    """Emit what has become of the escalation; the state machine repeats this until it is out.

    An expert may claim and end it faster than the machine looks (`claim_announced` is false then):
    both are announced at once. Returns how long the machine waits for the resolution, and for each
    sign of life.
    """
    escalation = world.store.escalation(conversation_id, escalation_id)
    if escalation is not None:
        events: list[Event] = []
        if escalation.status is EscalationStatus.CLAIMED or not claim_announced:
            events += _claimed(escalation)
        events += _resolved(escalation)
        if events:
            world.bus.publish(events)
    presence = world.policies.current().presence
    return {
        "heartbeat_seconds": presence.heartbeat_seconds,
        "resolve_seconds": presence.resolve_within_seconds,
    }


def _claimed(escalation: Escalation) -> list[Event]:
    if escalation.claimed_at is None:
        return []
    waited = (escalation.claimed_at - escalation.requested_at).total_seconds()
    moment = int(escalation.claimed_at.timestamp())
    return [
        EscalationClaimed(
            id=f"{escalation.escalation_id}.claimed.{moment}",
            time=escalation.claimed_at,
            conversation_id=escalation.conversation_id,
            escalation_id=escalation.escalation_id,
            claimed_by=escalation.claimed_by or "",
            waited_seconds=round(waited, 1),
        )
    ]


def _resolved(escalation: Escalation) -> list[Event]:
    if escalation.status not in (EscalationStatus.RESOLVED, EscalationStatus.HANDED_BACK):
        return []
    assert escalation.ended_at is not None
    return [
        EscalationResolved(
            id=f"{escalation.escalation_id}.resolved",
            time=escalation.ended_at,
            conversation_id=escalation.conversation_id,
            escalation_id=escalation.escalation_id,
            ending="resolved" if escalation.status is EscalationStatus.RESOLVED else "handed_back",
            outcome=escalation.outcome or "",
            resolved_by=escalation.claimed_by or "",
            knowledge=escalation.knowledge,
            note=escalation.note,
        )
    ]


def _announce_expired(
    world: World,
    escalation: Escalation,
    because: ExpiryCause,
) -> None:
    assert escalation.ended_at is not None
    world.bus.publish(
        [
            EscalationExpired(
                id=f"{escalation.escalation_id}.expired",
                time=escalation.ended_at,
                conversation_id=escalation.conversation_id,
                escalation_id=escalation.escalation_id,
                because=because,
            )
        ]
    )


def _reopening(policy: Policy, now: datetime) -> str:
    openings = [
        moment
        for tier in policy.ladder
        if (moment := hours.next_opening(tier.hours, now)) is not None
    ]
    if not openings:
        return ""
    return min(openings).strftime("%Y-%m-%d %H:%M %Z")
