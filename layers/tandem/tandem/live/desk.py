"""What an expert does: claim, read, write, use the draft, hand back, resolve, reassign."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from zlib import crc32

from tandem.live import escalation as escalations
from tandem.live.conversation import DESK_IDS, shut
from tandem.live.errors import (
    AlreadyClaimed,
    InvalidMessage,
    MessageTooLong,
    NoLongerOpen,
    NotFound,
    NotYours,
)
from tandem.live.frames import EscalationView
from tandem.live.models import (
    AuditEntry,
    Author,
    Conversation,
    Draft,
    Escalation,
    EscalationStatus,
    Frozen,
    Owner,
    Person,
    Rating,
    Source,
    Turn,
)
from tandem.live.ports import World
from tandem.live.steps import Step, take

_LONGEST_ID = 128


class ConversationView(Frozen):
    """A conversation as the desk reads it: everything but the server's secrets."""

    conversation_id: str
    owner: Owner
    customer_id: str
    language: str
    created_at: datetime
    closed_at: datetime | None
    expert: str | None
    expert_name: str | None
    turns: tuple[Turn, ...]
    escalations: tuple[EscalationView, ...]
    draft: Draft | None
    """The withheld answer of the open escalation."""
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """How an expert ends an escalation."""

    outcome: str
    note: str = ""
    knowledge: bool = False


def queue(world: World, kind: Literal["open", "follow_up"] = "open") -> list[EscalationView]:
    """The escalations that wait or are being handled, or that want a follow-up; by deadline,
    those without one by age."""
    now = world.clock.now()
    found = sorted(world.store.queue(kind), key=lambda found: found.deadline or found.requested_at)
    return [EscalationView.of(escalation, now) for escalation in found]


def read(world: World, conversation_id: str) -> ConversationView:
    """Raises `NotFound`."""
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    now = world.clock.now()
    all_of_them = world.store.escalations(conversation_id)
    current = [e for e in all_of_them if e.escalation_id == conversation.escalation_id]
    return ConversationView(
        conversation_id=conversation_id,
        owner=conversation.owner,
        customer_id=conversation.customer_id,
        language=conversation.language,
        created_at=conversation.created_at,
        closed_at=conversation.closed_at,
        expert=conversation.expert,
        expert_name=conversation.expert_name,
        turns=tuple(world.store.turns(conversation_id)),
        escalations=tuple(EscalationView.of(escalation, now) for escalation in all_of_them),
        draft=current[0].draft if current else None,
        ratings=tuple(world.store.ratings(conversation_id)),
    )


def audit_trail(world: World, conversation_id: str) -> list[AuditEntry]:
    """Raises `NotFound`."""
    if world.store.get(conversation_id) is None:
        raise NotFound("There is no such conversation.")
    return world.store.audit(conversation_id)


def claim(world: World, person: Person, conversation_id: str) -> EscalationView:
    """Take the conversation over. Of many who try, exactly one wins; for the winner, claiming again
    changes nothing.

    Raises `AlreadyClaimed` (naming who was first), `NoLongerOpen`, `NotFound`.
    """

    def decide(step: Step) -> Escalation:
        escalation = _current(step)
        if escalation.status is EscalationStatus.CLAIMED:
            if escalation.claimed_by == person.user:
                return escalation
            name = escalation.claimed_name or "somebody else"
            raise AlreadyClaimed(f"{name} has taken this conversation over already.", by=name)
        step.wake(escalation, "claimed")
        claimed = escalation.model_copy(
            update={
                "status": EscalationStatus.CLAIMED,
                "claimed_by": person.user,
                "claimed_name": person.name,
                "claimed_at": step.now,
                "deadline": None,
                "task_token": None,
                "waiting_for": None,
            }
        )
        step.keep(claimed)
        step.update(
            owner=Owner.EXPERT, expert=person.user, expert_name=person.name, active_at=step.now
        )
        step.tell("expert_joined", name=person.name)
        step.log(person.user, "claimed", escalation.escalation_id)
        return claimed

    step, escalation = take(world, conversation_id, decide)
    if step.escalations:
        waited = step.now - escalation.requested_at
        world.meter.record("EscalationsClaimed", 1, "Count")
        world.meter.record("ClaimWaitSeconds", waited.total_seconds(), "Seconds")
    return EscalationView.of(escalation, world.clock.now())


def say(
    world: World,
    person: Person,
    conversation_id: str,
    client_id: str,
    text: str,
    *,
    use_draft: bool = False,
) -> tuple[Turn, bool]:
    """Write to the customer. Returns the turn, and whether it was there before.

    With `use_draft` and no text the assistant's withheld draft is sent as it is, under the expert's
    name; with text, that text counts as the edited draft. Raises `NotYours`, `InvalidMessage`,
    `MessageTooLong`, `NotFound`.
    """
    limit = world.policies.current().limits.max_message_chars
    if len(text) > limit:
        raise MessageTooLong(f"At most {limit} characters are allowed.", limit=str(limit))

    def decide(step: Step) -> tuple[Turn, bool]:
        known = world.store.turn_of_client(conversation_id, _client_id(person, client_id))
        if known is not None:
            return known, True
        escalation = _held(step, person)
        written = text
        sources: tuple[Source, ...] = ()
        if use_draft:
            if escalation.draft is None:
                raise InvalidMessage("There is no draft to send. Write the answer yourself.")
            written = text or escalation.draft.text
            sources = escalation.draft.sources
        if not written.strip():
            raise InvalidMessage("The message is empty. Write something and send it again.")
        turn = step.say(
            Author.EXPERT,
            written,
            name=person.name,
            client_id=_client_id(person, client_id),
            sources=sources,
        )
        step.update(active_at=step.now)
        how = "said" if not use_draft else "sent the draft" if not text else "edited the draft"
        step.log(person.user, how, escalation.escalation_id, turn_id=turn.turn_id)
        return turn, False

    step, answer = take(world, conversation_id, decide)
    _show_life(world, step.after)
    return answer


def hand_back(world: World, person: Person, conversation_id: str, ending: Ending) -> Conversation:
    """Give the conversation back to the assistant. Raises `NotYours`, `NotFound`."""

    def decide(step: Step) -> None:
        escalation = _held(step, person)
        step.tell("handed_back", name=person.name)
        _end(step, person, escalation, EscalationStatus.HANDED_BACK, ending)
        escalations.back_to_assistant(step)

    return take(world, conversation_id, decide)[0].after


def resolve(world: World, person: Person, conversation_id: str, ending: Ending) -> Conversation:
    """End the escalation and the conversation. An expired escalation's follow-up ends likewise.

    Raises `InvalidMessage` without an outcome, `NotYours`, `NotFound`.
    """
    if not ending.outcome.strip():
        raise InvalidMessage("Say how it ended: the outcome is empty.")

    def decide(step: Step) -> None:
        escalation = _held(step, person)
        _end(step, person, escalation, EscalationStatus.RESOLVED, ending)
        shut(step, "expert", person.user)

    return take(world, conversation_id, decide)[0].after


def follow_up_done(
    world: World, person: Person, conversation_id: str, escalation_id: str, ending: Ending
) -> EscalationView:
    """Note that somebody got back to the customer of an expired escalation."""

    def decide(step: Step) -> Escalation:
        escalation = step.escalation(escalation_id)
        if escalation is None:
            raise NotFound("There is no such escalation.")
        if not escalation.follow_up:
            raise NoLongerOpen("No follow-up is due for this escalation.")
        done = escalation.model_copy(
            update={
                "follow_up": False,
                "outcome": ending.outcome or escalation.outcome,
                "note": ending.note,
                "knowledge": ending.knowledge,
            }
        )
        step.keep(done)
        step.log(person.user, "followed up", escalation_id, outcome=ending.outcome)
        return done

    _, escalation = take(world, conversation_id, decide)
    return EscalationView.of(escalation, world.clock.now())


def reassign(
    world: World, person: Person, conversation_id: str, to: str | None = None, note: str = ""
) -> Conversation:
    """Give the conversation back to the queue, marked for `to` if given; the ladder starts anew.

    A lead may reassign what another holds. Raises `NotYours`, `NotFound`, `NoLongerOpen`.
    """

    def decide(step: Step) -> None:
        escalation = _current(step) if person.is_lead else _held(step, person)
        if escalation.status is not EscalationStatus.CLAIMED:
            step.keep(escalation.model_copy(update={"assigned_to": to}))
            step.log(person.user, "assigned", escalation.escalation_id, to=to or "", note=note)
            return
        escalations.back_to_queue(step, escalation, code="reassigned", actor=person.user, to=to)
        if note:
            step.log(person.user, "noted", escalation.escalation_id, note=note)

    return take(world, conversation_id, decide)[0].after


def show_presence(world: World, person: Person, conversation_id: str) -> None:
    """The expert is still there: the heartbeat of the waiting state machine.

    Raises `NotYours`, `NotFound`.
    """
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    if conversation.owner is not Owner.EXPERT or conversation.expert != person.user:
        raise NotYours("You do not hold this conversation (any more). Claim it first.")
    _show_life(world, conversation)


def _show_life(world: World, conversation: Conversation) -> None:
    if conversation.escalation_id is None:
        return
    escalation = world.store.escalation(conversation.conversation_id, conversation.escalation_id)
    if escalation and escalation.task_token and escalation.waiting_for == "resolution":
        world.tokens.heartbeat(escalation.task_token)


def _end(
    step: Step,
    person: Person,
    escalation: Escalation,
    status: EscalationStatus,
    ending: Ending,
) -> None:
    step.wake(escalation, "over")
    step.keep(
        escalation.model_copy(
            update={
                "status": status,
                "outcome": ending.outcome,
                "note": ending.note,
                "knowledge": ending.knowledge,
                "ended_at": step.now,
                "task_token": None,
                "waiting_for": None,
            }
        )
    )
    step.log(
        person.user,
        status.value,
        escalation.escalation_id,
        outcome=ending.outcome,
        knowledge=str(ending.knowledge).lower(),
    )


def _current(step: Step) -> Escalation:
    conversation = step.after
    if conversation.escalation_id is None:
        raise NoLongerOpen("Nobody is called for in this conversation (any more).")
    escalation = step.escalation(conversation.escalation_id)
    if escalation is None or not escalation.open:
        raise NoLongerOpen("Nobody is called for in this conversation (any more).")
    return escalation


def _held(step: Step, person: Person) -> Escalation:
    conversation = step.after
    if conversation.owner is not Owner.EXPERT or conversation.expert != person.user:
        holder = conversation.expert_name
        hint = f"{holder} holds it." if holder else "Claim it first."
        raise NotYours(f"You do not hold this conversation (any more). {hint}", by=holder or "")
    return _current(step)


def _client_id(person: Person, client_id: str) -> str:
    # In a space of its own for each person: an expert's id never meets a customer's.
    name = f"{DESK_IDS}{crc32(person.user.encode()):08x}.{client_id}"
    if len(name) <= _LONGEST_ID:
        return name
    return f"{DESK_IDS}{sha256(name.encode()).hexdigest()}"
