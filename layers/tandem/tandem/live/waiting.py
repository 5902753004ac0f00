"""What customers see of their wait for a person."""

from tandem.live.frames import Waiting
from tandem.live.models import Conversation, Escalation, Owner
from tandem.live.policy import Policy
from tandem.live.ports import World


def wait_of(
    world: World, conversation: Conversation, escalation: Escalation | None, policy: Policy
) -> Waiting | None:
    """The wait of a conversation for the person that `escalation` calls.

    None where nobody is waited for. Without the escalation module nobody here knows a ladder: the
    wait has one step, without an end.
    """
    if conversation.owner is not Owner.WAITING or escalation is None:
        return None
    steps = len(policy.ladder) if world.escalation else 1
    return Waiting(
        since=escalation.requested_at,
        # The ladder may have become shorter since that rung was called.
        step=min(escalation.tier_index + 1, steps),
        steps=steps,
        until=escalation.deadline,
    )


def stored_wait_of(world: World, conversation: Conversation) -> Waiting | None:
    """Likewise, with the escalation and the policy of now."""
    if conversation.owner is not Owner.WAITING or conversation.escalation_id is None:
        return None
    escalation = world.store.escalation(conversation.conversation_id, conversation.escalation_id)
    return wait_of(world, conversation, escalation, world.policies.current())
