"""What a customer does: open a conversation, write, ask for a person, rate, close, come back."""

from typing import Literal

from tandem.live import escalation, gate
from tandem.live.errors import (
    Conflict,
    ConversationClosed,
    InvalidMessage,
    MessageTooLong,
    NotFound,
)
from tandem.live.events import (
    AnswerRated,
    MessageReceived,
)
from tandem.live.events import (
    ConversationClosed as ConversationClosedEvent,
)
from tandem.live.frames import TypingShown
from tandem.live.models import (
    Author,
    Conversation,
    GateDecision,
    Owner,
    Rating,
    Trigger,
    Turn,
)
from tandem.live.ports import World
from tandem.live.steps import (
    Step,
    push_to_customer,
    push_to_desk,
    take,
    tell_everybody,
)

DESK_IDS = "desk."
"""What the ids of experts' messages begin with: a customer's never meets them."""
CLOSED_TEXT = "This conversation is closed. Reopen it, or begin a new one."


def open_conversation(
    world: World,
    customer_id: str,
    language: str = "en",
    *,
    conversation_id: str | None = None,
    channel: Literal["socket", "bus"] = "socket",
) -> Conversation:
    """Begin a conversation. With an id that exists already, that conversation is returned."""
    now = world.clock.now()
    conversation = Conversation(
        conversation_id=conversation_id or world.ids.new(),
        customer_id=customer_id,
        channel=channel,
        language=language,
        created_at=now,
        active_at=now,
    )
    step = Step(world, conversation, world.policies.current(), new=True)
    try:
        world.store.commit(step.change())
    except Conflict:
        existing = world.store.get(conversation.conversation_id)
        if existing is None:
            raise
        return existing
    tell_everybody(step)
    return step.after


def receive(
    world: World,
    conversation_id: str,
    client_id: str,
    text: str,
    *,
    announce: bool = True,
    assistant: bool = True,
) -> tuple[Turn, bool]:
    """Store a customer's message. Returns its turn, and whether it was there before.

    Where the assistant owns the conversation, the message becomes pending for it, and (with
    `announce`) `Message Received` is emitted; where a person does, it goes to them at once. Where
    no assistant answers at all (`assistant=False`: the team's own chatbot does), it is only kept.

    Raises `InvalidMessage`, `MessageTooLong`, `ConversationClosed`, `NotFound`, `Busy`.
    """

    if client_id.startswith(DESK_IDS):
        raise InvalidMessage(f"client_id must not begin with “{DESK_IDS}”.")

    def decide(step: Step) -> tuple[Turn, bool]:
        known = world.store.turn_of_client(conversation_id, client_id)
        if known is not None:
            return known, True
        _check_text(text, step.policy.limits.max_message_chars)
        if step.after.owner is Owner.CLOSED:
            raise ConversationClosed(CLOSED_TEXT)
        turn = step.say(Author.CUSTOMER, text, client_id=client_id)
        step.update(active_at=step.now)
        if step.after.owner is Owner.ASSISTANT and assistant:
            step.update(received_seq=turn.seq)
            if announce:
                step.events.append(received(turn, step.after))
        return turn, False

    _, (turn, duplicate) = take(world, conversation_id, decide)
    return turn, duplicate


def _check_text(text: str, limit: int) -> None:
    if not text.strip():
        raise InvalidMessage("The message is empty. Write something and send it again.")
    if len(text) > limit:
        raise MessageTooLong(
            f"The message has {len(text)} characters; at most {limit} are allowed. "
            "Shorten it, or send it in parts.",
            limit=str(limit),
        )


def receive_from_bus(
    world: World, event: MessageReceived, *, assistant: bool = True
) -> tuple[Turn, bool]:
    """Store a message that came as an event; a conversation that is not known yet begins."""
    if world.store.get(event.conversation_id) is None:
        open_conversation(
            world,
            event.customer_id,
            event.language,
            conversation_id=event.conversation_id,
            channel="bus",
        )
    return receive(
        world,
        event.conversation_id,
        event.client_id,
        event.text,
        announce=False,
        assistant=assistant,
    )


def received(turn: Turn, conversation: Conversation) -> MessageReceived:
    """The event of a customer's turn."""
    return MessageReceived(
        id=turn.turn_id,
        time=turn.at,
        conversation_id=turn.conversation_id,
        client_id=turn.client_id or turn.turn_id,
        text=turn.text,
        customer_id=conversation.customer_id,
        language=conversation.language,
    )


def ask_for_person(world: World, conversation_id: str) -> Conversation:
    """The button "talk to a person". Pressed twice, it calls once.

    Raises `ConversationClosed`, `NotFound`, `Busy`.
    """

    def decide(step: Step) -> None:
        if step.after.owner is Owner.CLOSED:
            raise ConversationClosed(CLOSED_TEXT)
        step.update(active_at=step.now)
        decision = GateDecision(
            person=True, trigger=Trigger.BUTTON, reason="the customer pressed “talk to a person”"
        )
        escalation.call_person(step, decision, actor="customer")

    return take(world, conversation_id, decide)[0].after


def rate_turn(
    world: World,
    conversation_id: str,
    turn_id: str,
    thumb: Literal["up", "down"],
    reason: str = "",
) -> Conversation:
    """A customer's thumb on an answer; a later thumb on the same answer replaces the earlier one.

    Several thumbs-down call a person, if the policy says so. Raises `NotFound`, `InvalidMessage`.
    """

    def decide(step: Step) -> None:
        turn = next((t for t in world.store.turns(conversation_id) if t.turn_id == turn_id), None)
        if turn is None:
            raise NotFound("There is no such answer in this conversation.")
        if turn.author not in (Author.ASSISTANT, Author.EXPERT):
            raise InvalidMessage("Only answers can be rated.")
        earlier = {r.turn_id: r.thumb for r in world.store.ratings(conversation_id)}
        rating = Rating(
            conversation_id=conversation_id,
            turn_id=turn_id,
            thumb=thumb,
            reason=reason,
            at=step.now,
        )
        step.ratings.append(rating)
        step.events.append(rated(step, rating, turn.model_id))
        counts = turn.author is Author.ASSISTANT and turn.seq > step.after.history_from
        if counts and earlier.get(turn_id) != thumb:
            down = {"down": 1, "up": -1}[thumb] if earlier.get(turn_id) or thumb == "down" else 0
            step.update(thumbs_down=max(0, step.after.thumbs_down + down))
        decision = gate.by_thumbs(step.after.thumbs_down, step.policy)
        if decision is not None and thumb == "down" and step.after.owner is Owner.ASSISTANT:
            escalation.call_person(step, decision)
        if step.after.owner is Owner.CLOSED:
            announce_closed(step)

    return take(world, conversation_id, decide)[0].after


def rate_conversation(
    world: World, conversation_id: str, stars: int, reason: str = ""
) -> Conversation:
    """The rating of the whole conversation, 1 to 5. It may come after the end."""

    def decide(step: Step) -> None:
        rating = Rating(
            conversation_id=conversation_id,
            turn_id=None,
            stars=stars,
            reason=reason,
            at=step.now,
        )
        step.ratings.append(rating)
        step.events.append(rated(step, rating, None))
        if step.after.owner is Owner.CLOSED:
            # The transcript lacks this rating: it is archived anew.
            announce_closed(step)

    return take(world, conversation_id, decide)[0].after


def rated(step: Step, rating: Rating, model_id: str | None) -> AnswerRated:
    return AnswerRated(
        id=step.world.ids.new(),
        time=rating.at,
        conversation_id=rating.conversation_id,
        turn_id=rating.turn_id,
        thumb=rating.thumb,
        stars=rating.stars,
        reason=rating.reason,
        model_id=model_id,
        conversation_began_at=step.after.created_at,
    )


def close(
    world: World, conversation_id: str, by: Literal["customer", "idle"] = "customer"
) -> Conversation:
    """End the conversation. An open escalation ends with it. Closing twice changes nothing."""

    def decide(step: Step) -> None:
        conversation = step.after
        if conversation.owner is Owner.CLOSED:
            return
        if by == "idle" and not _idle(step):
            return
        if conversation.escalation_id:
            escalation.end_by_customer(step)
        shut(step, by, "system" if by == "idle" else "customer")

    return take(world, conversation_id, decide)[0].after


def shut(step: Step, by: Literal["customer", "expert", "idle"], actor: str) -> None:
    """Close the conversation as part of a step."""
    step.tell("closed_idle" if by == "idle" else "closed")
    step.update(
        owner=Owner.CLOSED,
        closed_at=step.now,
        closed_by=by,
        answered_seq=step.after.received_seq,
        lease=None,
        expert=None,
        expert_name=None,
        escalation_id=None,
        escalation_opened=False,
    )
    step.log(actor, "closed", by=by)
    announce_closed(step)


def announce_closed(step: Step) -> None:
    """Have the transcript written (anew)."""
    conversation = step.after
    version = (step.before.version + 1) if step.before else conversation.version
    step.events.append(
        ConversationClosedEvent(
            id=f"{conversation.conversation_id}.v{version}",
            time=step.now,
            conversation_id=conversation.conversation_id,
            closed_by=conversation.closed_by or "customer",
            conversation_version=version,
        )
    )


def reopen(world: World, conversation_id: str) -> Conversation:
    """Open a closed conversation again. The assistant owns it and starts with a fresh history."""

    def decide(step: Step) -> None:
        if step.after.owner is not Owner.CLOSED:
            return
        escalation.open_again(step, "customer")

    return take(world, conversation_id, decide)[0].after


def show_typing(
    world: World, conversation_id: str, author: Author, name: str | None = None
) -> None:
    """Tell the other side that somebody is typing. Nothing is stored."""
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    frame = TypingShown(conversation_id=conversation_id, author=author, name=name)
    if author is Author.CUSTOMER:
        if conversation.owner is Owner.EXPERT:
            push_to_desk(world, conversation, [frame], [], holder=conversation.expert)
    else:
        push_to_customer(world, conversation_id, [frame])


def _idle(step: Step) -> bool:
    conversation = step.after
    quiet = (step.now - conversation.active_at).total_seconds() / 60
    return (
        (conversation.owner is Owner.ASSISTANT or not step.world.escalation)
        and not conversation.pending
        and quiet >= step.policy.limits.idle_minutes
    )
