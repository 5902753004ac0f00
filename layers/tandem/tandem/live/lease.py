"""Who answers: the lease on a conversation's pending messages, one after the other.

Whoever holds the lease answers the oldest pending message; it is given back only in the step that
finds nothing newer. A lease that ran out was a worker's that died, and is taken up by another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.live import gate
from tandem.live.conversation import received
from tandem.live.escalation import give_up
from tandem.live.models import Author, Conversation, Lease, Trigger, Turn, seconds
from tandem.live.policy import Policy
from tandem.live.ports import World
from tandem.live.steps import Step, take


@dataclass(frozen=True, slots=True)
class Job:
    """A customer's message that this worker has the lease for."""

    conversation: Conversation
    lease: Lease
    message: Turn
    history: tuple[Turn, ...]
    policy: Policy

    @property
    def earlier(self) -> list[str]:
        return [turn.text for turn in self.history if turn.author is Author.CUSTOMER]


def take_lease(world: World, conversation_id: str, lease_id: str) -> Job | None:
    """The next pending message with the right to answer it; None if there is nothing to do.

    A message that was begun and lost too often goes to a person.
    """

    def decide(step: Step) -> tuple[Lease, Turn, tuple[Turn, ...]] | None:
        conversation = step.after
        if not conversation.pending:
            return None
        held = conversation.lease
        if held is not None and held.id != lease_id and held.until > step.now:
            return None
        lost = held is not None and held.id != lease_id
        attempt = held.attempt + 1 if held is not None and lost else 1
        turns = world.store.turns(conversation_id, after=conversation.history_from)
        message = next(
            (
                turn
                for turn in turns
                if turn.author is Author.CUSTOMER and turn.seq > conversation.answered_seq
            ),
            None,
        )
        if message is None:
            step.update(answered_seq=conversation.received_seq, lease=None)
            return None
        if attempt > step.policy.answering.max_attempts:
            reason = f"the answer was lost {attempt - 1} times"
            give_up(
                step, gate.by_answering(Trigger.MODEL_FAILURE, reason, gate.ANSWER, step.policy)
            )
            return None
        lease = Lease(
            id=lease_id,
            until=step.now + seconds(step.policy.answering.lease_seconds),
            attempt=attempt,
        )
        step.update(lease=lease)
        return lease, message, _in_order(turns, message)

    step, taken = take(world, conversation_id, decide)
    if taken is None:
        return None
    lease, message, history = taken
    return Job(step.after, lease, message, history, step.policy)


def _in_order(turns: Sequence[Turn], message: Turn) -> tuple[Turn, ...]:
    """What was said before `message`: each answer behind the message that it replies to, whatever
    was written in between."""
    replies = {turn.in_reply_to: turn for turn in turns if turn.in_reply_to is not None}
    ordered: list[Turn] = []
    for turn in turns:
        if turn.author is Author.CUSTOMER and turn.seq < message.seq:
            ordered.append(turn)
            if (reply := replies.get(turn.seq)) is not None:
                ordered.append(reply)
        elif turn.author is Author.EXPERT:
            ordered.append(turn)
    return tuple(ordered)


def leave_to_others(world: World, conversation_id: str, lease_id: str) -> None:
    def decide(step: Step) -> None:
        conversation = step.after
        if not conversation.pending:
            return
        if conversation.lease is not None and conversation.lease.id != lease_id:
            return
        step.update(lease=None)
        turns = world.store.turns(conversation_id, after=conversation.answered_seq)
        waiting = next(turn for turn in turns if turn.author is Author.CUSTOMER)
        step.events.append(received(waiting, conversation))
        # A change of its own, also where the lease was free already.
        step.update(active_at=step.now)

    take(world, conversation_id, decide)
