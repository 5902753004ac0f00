"""An escalation's changes of state: requested, given back, ended.

Each is part of a step of the conversation, so that it happens once, whoever asks for it how often.
"""

from tandem.live.errors import Conflict
from tandem.live.events import (
    EscalationRequested,
)
from tandem.live.models import (
    Author,
    Conversation,
    Draft,
    Escalation,
    EscalationStatus,
    GateDecision,
    Owner,
    Trigger,
)
from tandem.live.ports import World
from tandem.live.steps import Step, take

FAILURES_IN_A_ROW = 2
"""After so many calls for a person because the model failed, the customer is only told."""


# --- calling a person ----------------------------------------------------------------------------
def call_person(
    step: Step,
    decision: GateDecision,
    *,
    draft: Draft | None = None,
    actor: str = "assistant",
    model_id: str | None = None,
) -> Escalation | None:
    """Ask for a person as part of a step, and tell the customer. `model_id`: of the model that was
    asked for an answer.

    None if somebody has already been asked: two triggers at once make one escalation.
    """
    conversation = step.after
    if conversation.owner is not Owner.ASSISTANT:
        return None
    trigger = decision.trigger or Trigger.EXTERNAL
    escalation = Escalation(
        escalation_id=step.world.ids.new(),
        conversation_id=conversation.conversation_id,
        trigger=trigger,
        reason=decision.reason,
        customer_id=conversation.customer_id,
        language=conversation.language,
        requested_at=step.now,
        draft=draft,
    )
    step.keep(escalation)
    step.update(
        owner=Owner.WAITING,
        escalation_id=escalation.escalation_id,
        escalation_opened=False,
        answered_seq=conversation.received_seq,
        lease=None,
        active_at=step.now,
    )
    if trigger is Trigger.MODEL_FAILURE:
        step.tell("model_trouble")
    else:
        if trigger is Trigger.NO_GROUNDING:
            step.tell("cannot_answer")
        step.tell("person_coming")
    step.log(actor, "requested", trigger=trigger.value, reason=decision.reason)
    step.events.append(requested(escalation, step.after, model_id))
    return escalation


def requested(
    escalation: Escalation, conversation: Conversation, model_id: str | None = None
) -> EscalationRequested:
    """The event that starts the state machine."""
    return EscalationRequested(
        id=escalation.escalation_id,
        time=escalation.requested_at,
        conversation_id=escalation.conversation_id,
        escalation_id=escalation.escalation_id,
        trigger=escalation.trigger,
        reason=escalation.reason,
        customer_id=escalation.customer_id,
        language=conversation.language,
        model_id=model_id,
        conversation_began_at=conversation.created_at,
    )


def request_from_bus(world: World, event: EscalationRequested) -> None:
    """Take on an escalation that a team's own chatbot asked for.

    The conversation begins here if it is not known yet, with what was said so far; a closed one is
    opened again. An escalation that is known already stays as it is; so does a conversation that
    somebody is already called for, which the audit trail notes.
    """
    if world.store.get(event.conversation_id) is None:
        now = world.clock.now()
        conversation = Conversation(
            conversation_id=event.conversation_id,
            customer_id=event.customer_id,
            channel="bus",
            language=event.language,
            created_at=now,
            active_at=now,
        )
        step = Step(world, conversation, world.policies.current(), new=True)
        for message in event.messages:
            step.say(Author(message.author), message.text)
        try:
            world.store.commit(step.change())
        except Conflict:
            pass
        else:
            # Said elsewhere before: nobody is told again.
            world.store.delivered(step.after, 0, step.after.due_at)

    def decide(step: Step) -> None:
        if world.store.escalation(event.conversation_id, event.escalation_id) is not None:
            return
        trail = world.store.audit(event.conversation_id)
        if any(entry.escalation_id == event.escalation_id for entry in trail):
            return
        if step.after.owner is Owner.CLOSED:
            open_again(step, "assistant")
        if step.after.owner is not Owner.ASSISTANT:
            step.log("assistant", "requested again", event.escalation_id, reason=event.reason)
            return
        escalation = Escalation(
            escalation_id=event.escalation_id,
            conversation_id=event.conversation_id,
            trigger=event.trigger,
            reason=event.reason,
            customer_id=event.customer_id,
            language=step.after.language,
            requested_at=step.now,
        )
        step.keep(escalation)
        step.update(
            owner=Owner.WAITING,
            escalation_id=event.escalation_id,
            escalation_opened=False,
            answered_seq=step.after.received_seq,
            lease=None,
            active_at=step.now,
        )
        step.tell("person_coming")
        step.log("assistant", "requested", trigger=event.trigger.value, reason=event.reason)

    take(world, event.conversation_id, decide)


def restart(world: World, conversation: Conversation) -> bool:
    """Have another execution take on an escalation whose own has died, as its deadlines show.

    False if something has happened in the conversation since it was read.
    """

    def decide(step: Step) -> bool:
        current = step.after
        if current.version != conversation.version or current.escalation_id is None:
            return False
        escalation = step.escalation(current.escalation_id)
        if escalation is None or not escalation.open:
            return False
        step.keep(
            escalation.model_copy(
                update={"execution": None, "task_token": None, "waiting_for": None}
            )
        )
        step.update(escalation_opened=False)
        step.log("system", "restarted", escalation.escalation_id)
        step.events.append(requested(escalation, current))
        return True

    return take(world, conversation.conversation_id, decide)[1]


def back_to_queue(
    step: Step, escalation: Escalation, *, code: str, actor: str, to: str | None = None
) -> None:
    """Give a claimed conversation back to the queue as part of a step."""
    step.tell(code, name=escalation.claimed_name or "")
    step.wake(escalation, "requeued")
    step.keep(
        escalation.model_copy(
            update={
                "status": EscalationStatus.WAITING,
                "claimed_by": None,
                "claimed_name": None,
                "claimed_at": None,
                "assigned_to": to,
                "tier": None,
                "tier_index": 0,
                "deadline": None,
                "task_token": None,
                "waiting_for": None,
            }
        )
    )
    step.update(owner=Owner.WAITING, expert=None, expert_name=None)
    detail = {"from": escalation.claimed_by or "", **({"to": to} if to else {})}
    step.log(actor, "requeued", escalation.escalation_id, **detail)


def open_again(step: Step, actor: str) -> None:
    """Open a closed conversation as part of a step; the assistant owns it, with a fresh history."""
    step.update(owner=Owner.ASSISTANT, closed_at=None, closed_by=None, active_at=step.now)
    step.tell("reopened")
    step.update(history_from=step.after.last_seq, thumbs_down=0)
    step.log(actor, "reopened")


def back_to_assistant(step: Step) -> None:
    """Give the conversation to the assistant, with a fresh history, as part of a step."""
    step.update(
        owner=Owner.ASSISTANT,
        expert=None,
        expert_name=None,
        escalation_id=None,
        escalation_opened=False,
        history_from=step.after.last_seq,
        received_seq=step.after.last_seq,
        answered_seq=step.after.last_seq,
        thumbs_down=0,
        active_at=step.now,
    )


# --- what others do to it ------------------------------------------------------------------------
def end_by_customer(step: Step) -> None:
    """The customer closed the conversation while somebody was called, or talked to them."""
    conversation = step.after
    assert conversation.escalation_id is not None
    escalation = step.escalation(conversation.escalation_id)
    if escalation is None or not escalation.open:
        return
    step.wake(escalation, "over")
    step.keep(
        escalation.model_copy(
            update={
                "status": EscalationStatus.RESOLVED,
                "outcome": "closed by the customer",
                "ended_at": step.now,
                "task_token": None,
                "waiting_for": None,
            }
        )
    )
    step.log("customer", "resolved", escalation.escalation_id, outcome="closed by the customer")


def attach_draft(world: World, conversation_id: str, draft: Draft) -> bool:
    """Keep a withheld answer for the expert; False if no escalation is open, or only a later one:
    the answer is to a message of before the last hand-back."""

    def decide(step: Step) -> bool:
        escalation_id = step.after.escalation_id
        if escalation_id is None or draft.in_reply_to <= step.after.history_from:
            return False
        escalation = step.escalation(escalation_id)
        if escalation is None or escalation.draft is not None:
            return escalation is not None
        step.keep(escalation.model_copy(update={"draft": draft}))
        return True

    return take(world, conversation_id, decide)[1]


def give_up(step: Step, decision: GateDecision, model_id: str | None = None) -> None:
    """Call a person as part of a step, or, where the model failed again and again or the policy
    calls nobody, tell the customer the truth. `model_id`: of the model that was asked."""
    failure = decision.trigger is Trigger.MODEL_FAILURE
    again = failure and step.after.failures >= FAILURES_IN_A_ROW
    if decision.person and not again:
        call_person(step, decision, model_id=model_id)
        step.update(failures=step.after.failures + 1 if failure else 0)
        return
    step.tell("model_trouble_alone")
    step.update(answered_seq=step.after.received_seq, lease=None, active_at=step.now)
