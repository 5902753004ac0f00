"""Whatever happens in whatever order, twice, late, interrupted: what must hold, holds.

Customers, experts, workers and the state machine act at random, also in the middle of each other's
steps, while the bus fails now and then. After each action the promises are checked; at the end
everything that was lost must have been found again.
"""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tandem.live import conversation, desk, ladder, turn
from tandem.live.customer_api import read
from tandem.live.errors import LiveError, ModelFailure
from tandem.live.events import EscalationRequested, ExpiryCause, MessageReceived
from tandem.live.frames import WaitingChanged
from tandem.live.lease import take_lease
from tandem.live.models import AuditEntry, Author, EscalationStatus, Judgement, Owner
from tandem.live.policy import Policy
from tandem.live.ports import CannotAnswer, Change
from tandem.live.recovery import reconcile
from tests.fakes import CALM, UPSET, AnswerStep
from tests.scene import ANNA, BORIS, CUSTOMER, ENOUGH_SECONDS, LEA, Scene

POLICY = Policy.model_validate(
    {
        "triggers": {"repeated_question": {"enabled": False}},
        "ladder": [{"name": "primary"}, {"name": "lead", "topic": "leads"}],
    }
)
ANSWERS: tuple[list[AnswerStep], ...] = (
    ["Two endpoints."],
    ["Two endpoints."],
    ["Half an ", ModelFailure("timeout", "cut off")],
    [CannotAnswer("not covered")],
)
JUDGEMENTS: tuple[Judgement | Exception, ...] = (CALM, CALM, UPSET, ModelFailure("timeout", "gate"))

type Action = tuple[str, int, int]
OFTEN = ["writes", "works", "claims", "opens", "says"]
SOMETIMES = [
    "presses",
    "thumbs",
    "worker dies",
    "hands back",
    "reassigns",
    "is present",
    "notifies",
    "waits for claim",
    "waits for resolution",
    "requeues",
    "announces",
    "reconciles",
    "archives",
    "lets time pass",
    "repairs the bus",
]
SELDOM = [
    "breaks the bus",
    "lets much time pass",
    "rates",
    "closes",
    "reopens",
    "resolves",
    "expires",
]
ACTIONS = st.tuples(
    st.sampled_from([*OFTEN * 6, *SOMETIMES * 2, *SELDOM]), st.integers(0, 7), st.integers(0, 3)
)


class Conversations(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(POLICY)
        self.seen: list[AuditEntry] = []
        self.checked = 0
        self.workers = 0

    # --- what may happen --------------------------------------------------------------------
    @rule(action=ACTIONS)
    def something_happens(self, action: Action) -> None:
        self.act(action)

    @rule(first=ACTIONS, second=ACTIONS)
    def something_happens_in_the_middle_of_something_else(
        self, first: Action, second: Action
    ) -> None:
        store = self.scene.fakes.store
        store.before_next_commit = [lambda: self.act(second)]
        self.act(first)
        store.before_next_commit = []

    def act(self, action: Action) -> None:
        name, number, kind = action
        # Refused, or the bus is down: what was stored must hold all the same.
        with suppress(LiveError, ConnectionError, ExceptionGroup):
            getattr(self, f"_{name.replace(' ', '_')}")(number, kind)

    def _lets_time_pass(self, number: int, _: int) -> None:
        self.scene.fakes.clock.advance((1, 5, 20, 46, 61, 61, 121, 400)[number])

    def _lets_much_time_pass(self, number: int, _: int) -> None:
        self.scene.fakes.clock.advance(4000 * (number + 1))

    def _breaks_the_bus(self, *_: int) -> None:
        self.scene.fakes.bus.failure = ConnectionError("no bus")

    def _repairs_the_bus(self, *_: int) -> None:
        self.scene.fakes.bus.failure = None

    # --- the customer
    def _writes(self, number: int, kind: int) -> None:
        self.scene.writes(f"Question {number} about endpoints {kind}", f"m-{number}-{kind}")

    def _presses(self, *_: int) -> None:
        self.scene.presses_the_button()

    def _thumbs(self, number: int, kind: int) -> None:
        if answers := self.scene.answers:
            answer = answers[number % len(answers)]
            conversation.rate_turn(
                self.scene.world,
                self.scene.conversation_id,
                answer.turn_id,
                "up" if kind == 0 else "down",
            )

    def _rates(self, number: int, _: int) -> None:
        conversation.rate_conversation(self.scene.world, self.scene.conversation_id, number % 5 + 1)

    def _closes(self, *_: int) -> None:
        self.scene.closes()

    def _reopens(self, *_: int) -> None:
        conversation.reopen(self.scene.world, self.scene.conversation_id)

    # --- the assistant
    def _works(self, number: int, kind: int) -> None:
        """Any event, also one that was handled long ago."""
        self.scene.answers_with(ANSWERS[kind])
        self.scene.fakes.gate_model.script = [JUDGEMENTS[number % 4]]
        if events := self.scene.fakes.bus.of(MessageReceived):
            event = events[-1 - number % len(events)]
            left = 5.0 if number == 0 else ENOUGH_SECONDS
            turn.handle_message(self.scene.world, self.scene.answering, event, lambda: left)

    def _worker_dies(self, *_: int) -> None:
        self.workers += 1
        take_lease(self.scene.world, self.scene.conversation_id, f"dies-{self.workers}")

    # --- the desk
    def _claims(self, _: int, kind: int) -> None:
        self.scene.claims((ANNA, BORIS, LEA, ANNA)[kind])

    def _says(self, number: int, kind: int) -> None:
        self.scene.says(
            (ANNA, BORIS, LEA, ANNA)[kind], "Hello.", f"d-{number}", use_draft=number % 2 == 0
        )

    def _hands_back(self, _: int, kind: int) -> None:
        self.scene.hands_back((ANNA, BORIS, LEA, ANNA)[kind])

    def _resolves(self, _: int, kind: int) -> None:
        self.scene.resolves((ANNA, BORIS, LEA, ANNA)[kind])

    def _reassigns(self, number: int, kind: int) -> None:
        desk.reassign(
            self.scene.world,
            (ANNA, BORIS, LEA, LEA)[kind],
            self.scene.conversation_id,
            "boris" if number % 2 else None,
        )

    def _is_present(self, _: int, kind: int) -> None:
        desk.show_presence(
            self.scene.world, (ANNA, BORIS, LEA, ANNA)[kind], self.scene.conversation_id
        )

    # --- the state machine: any step of any escalation, in any order
    def _opens(self, number: int, kind: int) -> None:
        if events := self.scene.fakes.bus.of(EscalationRequested):
            event = events[-1 - number % len(events)]
            ladder.open_(self.scene.world, event, f"run-{kind % 2}-{event.id}")

    def _step(self, number: int, step: Callable[[str], object]) -> None:
        if known := self.scene.escalations:
            step(known[-1 - number % len(known)].escalation_id)

    def _notifies(self, number: int, kind: int) -> None:
        scene = self.scene
        self._step(
            number // 2,
            lambda name: ladder.notify(
                scene.world, scene.fakes.notifier, scene.conversation_id, name, kind % 2
            ),
        )

    def _waits_for_claim(self, number: int, kind: int) -> None:
        scene = self.scene
        self._step(
            number // 2,
            lambda name: ladder.wait(
                scene.world, scene.conversation_id, name, f"token-{number}-{kind}", "claim"
            ),
        )

    def _waits_for_resolution(self, number: int, kind: int) -> None:
        scene = self.scene
        self._step(
            number // 2,
            lambda name: ladder.wait(
                scene.world, scene.conversation_id, name, f"token-{number}-{kind}", "resolution"
            ),
        )

    def _requeues(self, number: int, _: int) -> None:
        scene = self.scene
        self._step(
            number // 2,
            lambda name: ladder.requeue(scene.world, scene.conversation_id, name),
        )

    def _expires(self, number: int, kind: int) -> None:
        scene = self.scene
        causes: tuple[ExpiryCause, ...] = ("deadline", "outside_hours", "failure")
        because = causes[kind % len(causes)]
        self._step(
            number // 2,
            lambda name: ladder.expire(
                scene.world,
                scene.fakes.notifier,
                scene.conversation_id,
                name,
                because,
            ),
        )

    def _announces(self, number: int, _: int) -> None:
        scene = self.scene
        self._step(
            number // 2,
            lambda name: ladder.announce(scene.world, scene.conversation_id, name),
        )

    def _reconciles(self, *_: int) -> None:
        reconcile(self.scene.world)

    def _archives(self, *_: int) -> None:
        self.scene.transcripts_are_written()

    # --- what must hold ---------------------------------------------------------------------
    @invariant()
    def turns_are_numbered_without_a_gap(self) -> None:
        turns, now = self.scene.turns, self.scene.now
        assert [t.seq for t in turns] == list(range(1, now.last_seq + 1))
        assert len({t.turn_id for t in turns}) == len(turns)
        ids = [t.client_id for t in turns if t.client_id]
        assert len(set(ids)) == len(ids)
        assert now.answered_seq <= now.received_seq <= now.last_seq
        assert now.delivered_seq <= now.last_seq

    @invariant()
    def exactly_one_owns_the_conversation(self) -> None:
        now = self.scene.now
        still_open = [e for e in self.scene.escalations if e.open]
        called = now.owner in (Owner.WAITING, Owner.EXPERT)
        assert (now.expert is not None) == (now.owner is Owner.EXPERT)
        assert (now.closed_at is not None) == (now.owner is Owner.CLOSED)
        assert [e.escalation_id for e in still_open] == ([now.escalation_id] if called else [])
        for current in still_open:
            claimed = current.status is EscalationStatus.CLAIMED
            assert claimed == (now.owner is Owner.EXPERT)
            assert current.claimed_by == now.expert
            assert (current.execution is not None) == now.escalation_opened

    @invariant()
    def everybody_speaks_only_while_they_have_the_word(self) -> None:
        commits: list[Change] = self.scene.fakes.store.commits
        for change in commits[self.checked :]:
            before = change.before
            for said in change.turns if before else ():
                assert before is not None
                if said.seq <= before.last_seq:
                    continue
                if said.author is Author.ASSISTANT:
                    assert before.owner is Owner.ASSISTANT
                    assert before.lease is not None
                if said.author is Author.EXPERT:
                    assert before.owner is Owner.EXPERT
                    assert said.name == before.expert_name
                if said.author is Author.CUSTOMER:
                    assert before.owner is not Owner.CLOSED
            assert change.after.version == (before.version + 1 if before else 0)
        self.checked = len(commits)

    @invariant()
    def every_message_is_dealt_with_or_pending(self) -> None:
        now = self.scene.now
        dealt_with = max(now.answered_seq, now.history_from)
        left = [t for t in self.scene.turns if t.author is Author.CUSTOMER and t.seq > dealt_with]
        if left and now.owner is Owner.ASSISTANT:
            assert now.pending
            assert left[-1].seq <= now.received_seq

    @invariant()
    def no_message_is_answered_twice(self) -> None:
        replies = [t.in_reply_to for t in self.scene.answers]
        assert len(set(replies)) == len(replies)

    @invariant()
    def the_customer_was_told_how_long_the_wait_is_unless_it_has_yet_to_be_delivered(self) -> None:
        now = self.scene.now
        if now.delivered_seq < now.last_seq:
            return
        if waiting := read(self.scene.world, self.scene.conversation_id).waiting:
            assert self.scene.fakes.push.frames(CUSTOMER, WaitingChanged)[-1].waiting == waiting

    @invariant()
    def the_audit_trail_only_grows(self) -> None:
        trail = self.scene.fakes.store.audit(self.scene.conversation_id)
        assert trail[: len(self.seen)] == self.seen
        self.seen = trail

    @invariant()
    def whatever_is_unfinished_will_be_looked_after(self) -> None:
        now = self.scene.now
        finished = (
            now.owner is Owner.CLOSED
            and now.archived_version == now.version
            and now.delivered_seq == now.last_seq
        )
        assert now.due_at is not None or finished

    def teardown(self) -> None:
        """The bus works, nobody fails, time passes: nothing stays lost."""
        scene = self.scene
        scene.fakes.bus.failure = None
        scene.fakes.store.before_next_commit = []
        scene.answers_with(["Two endpoints."])
        scene.fakes.gate_model.script = [CALM]
        for _ in range(8):
            scene.fakes.clock.advance(61)
            reconcile(scene.world)
            scene.assistant_works()
            for event in scene.fresh(EscalationRequested):
                ladder.open_(scene.world, event, f"last-{event.id}")
            scene.transcripts_are_written()
        now = scene.now
        assert not now.pending
        assert now.delivered_seq == now.last_seq
        assert now.escalation_opened == (now.owner in (Owner.WAITING, Owner.EXPERT))
        if now.owner is Owner.CLOSED:
            assert now.archived_version == now.version


TestConversations = Conversations.TestCase
TestConversations.settings = settings(max_examples=80, stateful_step_count=40)
