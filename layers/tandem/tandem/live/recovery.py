"""Finds what a lost event or a dead worker left behind, and brings it on its way again."""

from dataclasses import dataclass, field

from tandem.live import conversation as conversations
from tandem.live.conversation import received
from tandem.live.escalation import requested, restart
from tandem.live.events import ConversationClosed
from tandem.live.models import Author, Conversation, Owner
from tandem.live.ports import World
from tandem.live.steps import LOOK_AGAIN, deliver_again, look_again, settle


@dataclass(slots=True)
class Found:
    """What was found, by kind, as conversation ids."""

    turns: list[str] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    escalations: list[str] = field(default_factory=list)
    transcripts: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)


def reconcile(world: World, limit: int = 200) -> Found:
    """Look after every conversation that is due.

    Emitting an event again is safe: each consumer looks at the store first. One conversation that
    cannot be handled does not keep the others waiting: its error is raised at the end.
    """
    found = Found()
    errors: list[Exception] = []
    for conversation in world.store.due(world.clock.now(), limit):
        try:
            # First of all: what cannot be handled must not stand at the head of the queue for ever.
            look_again(world, conversation, world.clock.now() + LOOK_AGAIN)
            look_after(world, conversation, found)
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("some conversations could not be looked after", errors)
    return found


def look_after(world: World, conversation: Conversation, found: Found) -> None:
    name = conversation.conversation_id
    undelivered = conversation.delivered_seq < conversation.last_seq
    if undelivered and not conversation.pending:
        found.deliveries.append(name)
        deliver_again(world, conversation)
        conversation = world.store.get(name) or conversation
    if conversation.pending and not _at_work(world, conversation):
        found.turns.append(name)
        _announce_message(world, conversation)
    elif conversation.pending:
        settle(world, conversation)
    elif conversation.owner is Owner.CLOSED:
        if conversation.archived_version == conversation.version or not world.archive:
            settle(world, conversation)
        else:
            found.transcripts.append(name)
            _announce_closed(world, conversation)
    elif conversation.owner is Owner.ASSISTANT or not world.escalation:
        closed = conversations.close(world, name, by="idle")
        if closed.owner is Owner.CLOSED:
            found.idle.append(name)
        else:
            settle(world, closed)
    elif not conversation.escalation_opened:
        found.escalations.append(name)
        _announce_escalation(world, conversation)
    elif not undelivered and restart(world, conversation):
        found.escalations.append(name)


def _at_work(world: World, conversation: Conversation) -> bool:
    """A worker has the lease (renewed since the conversation was due)."""
    return conversation.lease is not None and conversation.lease.until > world.clock.now()


def _announce_message(world: World, conversation: Conversation) -> None:
    turns = world.store.turns(conversation.conversation_id, after=conversation.answered_seq)
    for turn in turns:
        if turn.author is Author.CUSTOMER:
            world.bus.publish([received(turn, conversation)])
            return


def _announce_escalation(world: World, conversation: Conversation) -> None:
    assert conversation.escalation_id is not None
    escalation = world.store.escalation(conversation.conversation_id, conversation.escalation_id)
    if escalation is not None:
        world.bus.publish([requested(escalation, conversation)])


def _announce_closed(world: World, conversation: Conversation) -> None:
    assert conversation.closed_at is not None
    world.bus.publish(
        [
            ConversationClosed(
                id=f"{conversation.conversation_id}.v{conversation.version}",
                time=conversation.closed_at,
                conversation_id=conversation.conversation_id,
                closed_by=conversation.closed_by or "customer",
                conversation_version=conversation.version,
            )
        ]
    )
