"""How a conversation changes: read it, decide, store the step whole, then tell everybody.

Each step is conditional on the version that it was decided on. If somebody else was faster, it is
decided again on what is there now, so that exactly one of two claims wins, one of two triggers
escalates, and an answer that comes late finds that it is late.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.live.events import Event, MessageAnswered
from tandem.live.frames import (
    EscalationView,
    QueueChanged,
    ServerFrame,
    TurnSent,
    Waiting,
    WaitingChanged,
)
from tandem.live.models import (
    AuditEntry,
    Author,
    Conversation,
    Escalation,
    Owner,
    Rating,
    Turn,
    seconds,
)
from tandem.live.policy import Policy
from tandem.live.ports import Change, World
from tandem.live.status_lines import status_line
from tandem.live.waiting import stored_wait_of, wait_of

ATTEMPTS = 20
LOOK_AGAIN = timedelta(seconds=60)
"""How long an event or a delivery may be on its way before it counts as lost."""
MACHINE_MARGIN = timedelta(seconds=600)
"""How much longer than its own deadlines the state machine may take before it counts as dead."""


class Step:
    """A change of one conversation in the making."""

    def __init__(self, world: World, before: Conversation, policy: Policy, *, new: bool = False):
        self.world = world
        self.policy = policy
        self.now = world.clock.now()
        self.before = None if new else before
        self.after = before
        self.turns: list[Turn] = []
        self.escalations: list[Escalation] = []
        self.read: dict[str, Escalation] = {}
        self.shown: set[str] = set()
        self.entries: list[AuditEntry] = []
        self.ratings: list[Rating] = []
        self.events: list[Event] = []
        self.wakes: list[tuple[str, dict[str, object]]] = []

    @property
    def changed(self) -> bool:
        return (
            self.before is None
            or self.after is not self.before
            or bool(self.turns or self.escalations or self.entries or self.ratings)
        )

    def update(self, **fields: Any) -> None:
        self.after = self.after.model_copy(update=fields)

    def say(self, author: Author, text: str, **fields: Any) -> Turn:
        """Append a turn."""
        turn = Turn(
            conversation_id=self.after.conversation_id,
            seq=self.after.last_seq + 1,
            turn_id=fields.pop("turn_id", None) or self.world.ids.new(),
            author=author,
            text=text,
            at=self.now,
            **fields,
        )
        self.turns.append(turn)
        self.update(last_seq=turn.seq)
        return turn

    def tell(self, code: str, **values: str) -> Turn:
        """Append a status line in the customer's language; `name` is of the expert it is about."""
        text = status_line(self.policy, code, self.after.language, **values)
        return self.say(Author.SYSTEM, text, code=code, name=values.get("name"))

    def rewrite(self, turn: Turn) -> None:
        """Store a turn of before again, with something added to it."""
        self.turns.append(turn)

    def escalation(self, escalation_id: str) -> Escalation | None:
        """An escalation of this conversation as it is stored: what this step makes of it is told
        apart from that."""
        found = self.world.store.escalation(self.after.conversation_id, escalation_id)
        if found is not None:
            self.read[escalation_id] = found
        return found

    def keep(self, escalation: Escalation, *, shown: bool = True) -> None:
        """Store an escalation. Not `shown`: the desk sees no difference, and is told nothing."""
        if shown:
            self.shown.add(escalation.escalation_id)
        self.escalations = [
            kept for kept in self.escalations if kept.escalation_id != escalation.escalation_id
        ]
        self.escalations.append(escalation)

    def wake(self, escalation: Escalation, state: str) -> None:
        """Have the state machine go on at once, if it waits on this escalation.

        Should this get lost, it finds out at its next deadline: each of its tasks looks first.
        """
        if escalation.task_token:
            self.wakes.append((escalation.task_token, {"state": state}))

    def log(self, actor: str, action: str, escalation_id: str | None = None, **detail: str) -> None:
        """Append to the audit trail."""
        self.entries.append(
            AuditEntry(
                entry_id=self.world.ids.new(),
                conversation_id=self.after.conversation_id,
                escalation_id=escalation_id or self.after.escalation_id,
                at=self.now,
                actor=actor,
                action=action,
                detail=detail,
            )
        )

    def change(self) -> Change:
        version = self.after.version if self.before is None else self.before.version + 1
        after = self.after.model_copy(update={"version": version})
        when = due_at(self.world, after, self.policy, self.now)
        self.after = after = after.model_copy(update={"due_at": when})
        return Change(
            before=self.before,
            after=after,
            turns=tuple(self.turns),
            escalations=tuple(self.escalations),
            audit=tuple(self.entries),
            ratings=tuple(self.ratings),
        )

    @property
    def news_of_the_wait(self) -> Waiting | None:
        """The customer's wait for a person, where this step has changed what they see of it."""
        for escalation in self.escalations:
            if escalation.escalation_id == self.after.escalation_id:
                now = wait_of(self.world, self.after, escalation, self.policy)
                earlier = self.read.get(escalation.escalation_id)
                was = self.before and wait_of(self.world, self.before, earlier, self.policy)
                return now if now != was else None
        return None

    @property
    def new_turns(self) -> list[Turn]:
        """The turns that this step appended."""
        known = self.before.last_seq if self.before else 0
        return [turn for turn in self.turns if turn.seq > known]


def due_at(
    world: World, conversation: Conversation, policy: Policy, now: datetime
) -> datetime | None:
    """When somebody has to look after this conversation, if nothing happens until then."""
    if conversation.pending and conversation.lease:
        return conversation.lease.until + seconds(1)
    if conversation.pending or conversation.delivered_seq < conversation.last_seq:
        return now + LOOK_AGAIN
    if conversation.owner is Owner.CLOSED:
        archived = not world.archive or conversation.archived_version == conversation.version
        return None if archived else now + LOOK_AGAIN
    if conversation.owner is Owner.ASSISTANT or not world.escalation:
        # Without the escalation module, nobody here knows when a person is done: idling ends it.
        return conversation.active_at + timedelta(minutes=policy.limits.idle_minutes)
    return now + (_machines_time(conversation, policy) or LOOK_AGAIN)


def _machines_time(conversation: Conversation, policy: Policy) -> timedelta | None:
    """How long the state machine may leave an escalation alone; None before it has taken it on."""
    if not conversation.escalation_opened:
        return None
    if conversation.owner is Owner.EXPERT:
        return seconds(policy.presence.resolve_within_seconds) + MACHINE_MARGIN
    return seconds(sum(tier.claim_within_seconds for tier in policy.ladder)) + MACHINE_MARGIN


def take[T](world: World, conversation_id: str, decide: Callable[[Step], T]) -> tuple[Step, T]:
    """Take a step: `decide` looks at `step.after` and writes the change into the step.

    Returns the stored step and what `decide` returned. `decide` may run several times. Raises
    `NotFound`, `Busy` when others were faster too often, and whatever `decide` raises; nothing is
    stored then.
    """
    policy = world.policies.current()
    for _ in range(ATTEMPTS):
        before = world.store.get(conversation_id)
        if before is None:
            raise NotFound("There is no such conversation.")
        step = Step(world, before, policy)
        result = decide(step)
        if not step.changed:
            return step, result
        try:
            world.store.commit(step.change())
        except Conflict:
            continue
        tell_everybody(step)
        return step, result
    raise Busy("This conversation is changing too fast. Nothing was stored; please try again.")


def tell_everybody(step: Step) -> None:
    """Push a stored step to all who are connected, and announce it on the bus."""
    world, after = step.world, step.after
    answers = (answered(turn, after) for turn in step.new_turns if is_answer(turn))
    events = [*step.events, *answers]
    if events:
        world.bus.publish(events)
    for token, output in step.wakes:
        world.tokens.succeed(token, output)
    frames: list[ServerFrame] = [TurnSent.of(turn, after.owner) for turn in step.new_turns]
    push_to_customer(
        world, after.conversation_id, [*frames, *_of_the_wait(after, step.news_of_the_wait)]
    )
    with_desk = {after.owner} | ({step.before.owner} if step.before else set())
    if with_desk & {Owner.WAITING, Owner.EXPERT} or step.shown:
        views: list[ServerFrame] = [
            QueueChanged(escalation=EscalationView.of(escalation, step.now))
            for escalation in step.escalations
            if escalation.escalation_id in step.shown
        ]
        # Who gives it back still sees how it ended.
        holder = after.expert or (step.before.expert if step.before else None)
        push_to_desk(world, after, frames, views, holder=holder)
    if step.new_turns:
        known = step.before.last_seq if step.before else 0
        delivered = after.model_copy(update={"delivered_seq": after.last_seq})
        world.store.delivered(after, known, due_at(world, delivered, step.policy, step.now))


def deliver_again(world: World, conversation: Conversation) -> None:
    """Push and announce what may have been lost between storing and telling.

    Everybody knows a turn by its id, so that one which did arrive is not seen twice.
    """
    turns = world.store.turns(conversation.conversation_id, after=conversation.delivered_seq)
    events = [answered(turn, conversation) for turn in turns if is_answer(turn)]
    if events:
        world.bus.publish(events)
    frames: list[ServerFrame] = [TurnSent.of(turn, conversation.owner) for turn in turns]
    frames += _of_the_wait(conversation, stored_wait_of(world, conversation))
    push_to_customer(world, conversation.conversation_id, frames)
    delivered = conversation.model_copy(update={"delivered_seq": conversation.last_seq})
    when = due_at(world, delivered, world.policies.current(), world.clock.now())
    world.store.delivered(conversation, conversation.delivered_seq, when)


def settle(world: World, conversation: Conversation) -> None:
    """Note when somebody has to look again, by what the conversation is like."""
    now = world.clock.now()
    look_again(world, conversation, due_at(world, conversation, world.policies.current(), now))


def look_again(world: World, conversation: Conversation, when: datetime | None) -> None:
    """Note when somebody has to look again, unless the conversation has changed since."""
    # Nothing was delivered: the pointer is moved to where it is.
    still = conversation.model_copy(update={"last_seq": conversation.delivered_seq})
    world.store.delivered(still, conversation.delivered_seq, when)


def _of_the_wait(conversation: Conversation, waiting: Waiting | None) -> list[ServerFrame]:
    if waiting is None:
        return []
    return [WaitingChanged(conversation_id=conversation.conversation_id, waiting=waiting)]


def push_to_customer(world: World, conversation_id: str, frames: list[ServerFrame]) -> None:
    if not frames:
        return
    for connection in world.connections.of_conversation(conversation_id):
        for frame in frames:
            if not world.push.send(connection, frame):
                break


def push_to_desk(
    world: World,
    conversation: Conversation,
    frames: list[ServerFrame],
    views: list[ServerFrame],
    *,
    holder: str | None,
) -> None:
    """The queue's changes go to everybody at the desk; the conversation only to its holder, or,
    while it waits, to all."""
    for connection in world.connections.of_desk():
        person = connection.person
        holds = person is not None and holder == person.user
        wanted = [*views, *(frames if holds or conversation.owner is Owner.WAITING else [])]
        for frame in wanted:
            if not world.push.send(connection.connection_id, frame):
                break


def is_answer(turn: Turn) -> bool:
    return turn.author is not Author.CUSTOMER


def answered(turn: Turn, conversation: Conversation) -> MessageAnswered:
    """The event of a turn; its id is the turn's, so that it can be told from a repetition."""
    assert turn.author is not Author.CUSTOMER
    return MessageAnswered(
        id=turn.turn_id,
        time=turn.at,
        conversation_id=turn.conversation_id,
        turn_id=turn.turn_id,
        seq=turn.seq,
        author=turn.author,
        text=turn.text,
        name=turn.name,
        code=turn.code,
        in_reply_to=turn.in_reply_to,
        model_id=turn.model_id,
        sources=turn.sources,
        conversation_began_at=conversation.created_at,
    )
