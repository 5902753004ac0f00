"""A conversation between a customer, the assistant and the desk, played in a world of fakes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tandem.live import conversation, desk, ladder, turn
from tandem.live.answering import Answering
from tandem.live.events import (
    ConversationClosed,
    EscalationRequested,
    Event,
    ExpiryCause,
    MessageReceived,
)
from tandem.live.frames import Delta, TurnSent, Withdrawn
from tandem.live.models import (
    Author,
    Conversation,
    Escalation,
    Passage,
    Person,
    Turn,
)
from tandem.live.policy import Policy
from tandem.live.ports import AnswerModel, Connection, World
from tandem.live.transcript import archive
from tests.fakes import PATIENCE_SECONDS, AnswerStep, Fakes, FixedPolicies, ScriptedAnswerModel

QUOTAS = Passage(
    text="A new account may run two endpoints.", title="Quotas", uri="quotas.md", score=0.8
)
COSTS = Passage(text="An idle endpoint costs the same.", title="Costs", uri="costs.md", score=0.6)

ANNA = Person(user="anna", name="Anna", groups=frozenset({"experts"}))
BORIS = Person(user="boris", name="Boris", groups=frozenset({"experts"}))
LEA = Person(user="lea", name="Lea", groups=frozenset({"leads"}))

CUSTOMER = "socket-customer"
ENOUGH_SECONDS = 900.0
LONG = "All of this is in the documentation. " * 8
"""A piece of an answer that is long enough to be sent at once."""


class Scene:
    """One conversation, with its customer connected, and Anna, Boris and Lea at the desk.

    What the bus would do happens when the test says so: `assistant_works` hands over the messages,
    `machine_opens` the escalation requests, `transcripts_are_written` the closings.
    """

    def __init__(self, policy: Policy | None = None, *, language: str = "en") -> None:
        self.fakes = Fakes(policies=FixedPolicies(policy))
        self.fakes.retriever.passages = [QUOTAS, COSTS]
        self.world: World = self.fakes.world
        self.conversation_id = conversation.open_conversation(
            self.world, "guest:1", language
        ).conversation_id
        self.grounded = True
        self.answer_model: AnswerModel | None = None
        """In place of the scripted one."""
        self.fakes.connections.add(Connection(CUSTOMER, conversation_id=self.conversation_id))
        for person in (ANNA, BORIS, LEA):
            self.fakes.connections.add(Connection(f"socket-{person.user}", person=person))
        self._messages = 0
        self._seen: dict[type, int] = {}

    # --- what is there ----------------------------------------------------------------------
    @property
    def now(self) -> Conversation:
        stored = self.fakes.store.get(self.conversation_id)
        assert stored is not None
        return stored

    @property
    def turns(self) -> list[Turn]:
        return self.fakes.store.turns(self.conversation_id)

    @property
    def codes(self) -> list[str | None]:
        """The status lines, in order."""
        return [t.code for t in self.turns if t.author is Author.SYSTEM]

    @property
    def answers(self) -> list[Turn]:
        return [t for t in self.turns if t.author is Author.ASSISTANT]

    @property
    def escalations(self) -> list[Escalation]:
        return self.fakes.store.escalations(self.conversation_id)

    @property
    def escalation(self) -> Escalation:
        """The newest."""
        return self.escalations[-1]

    @property
    def actions(self) -> list[tuple[str, str]]:
        """The audit trail: who did what."""
        return [(e.actor, e.action) for e in self.fakes.store.audit(self.conversation_id)]

    def deltas(self, connection: str = CUSTOMER) -> list[Delta]:
        return self.fakes.push.frames(connection, Delta)

    def withdrawn(self) -> list[Withdrawn]:
        return self.fakes.push.frames(CUSTOMER, Withdrawn)

    def shown(self, connection: str = CUSTOMER) -> list[str]:
        """The texts of whole turns that a socket got."""
        return [frame.text for frame in self.fakes.push.frames(connection, TurnSent)]

    # --- the customer -----------------------------------------------------------------------
    def writes(self, text: str, client_id: str | None = None) -> Turn:
        self._messages += 1
        name = client_id or f"message-{self._messages}"
        return conversation.receive(self.world, self.conversation_id, name, text)[0]

    def presses_the_button(self) -> None:
        conversation.ask_for_person(self.world, self.conversation_id)

    def closes(self) -> None:
        conversation.close(self.world, self.conversation_id)

    def asks(self, text: str) -> Turn:
        """Writes, and the assistant deals with it."""
        message = self.writes(text)
        self.assistant_works()
        return self.turns[message.seq - 1]

    # --- the assistant ----------------------------------------------------------------------
    def answers_with(self, *scripts: Sequence[AnswerStep]) -> ScriptedAnswerModel:
        model = self.fakes.answer_model
        model.scripts = [list(script) for script in scripts]
        return model

    @property
    def answering(self) -> Answering:
        return Answering(
            self.fakes.retriever,
            self.answer_model or self.fakes.answer_model,
            self.fakes.gate_model,
            self.grounded,
            judges=self.fakes.judges,
        )

    def assistant_works(self, seconds_left: Callable[[], float] = lambda: ENOUGH_SECONDS) -> None:
        """The function behind `Message Received` handles each event that is new on the bus."""
        for event in self.fresh(MessageReceived):
            turn.handle_message(self.world, self.answering, event, seconds_left)

    @contextmanager
    def assistant_at_work(self) -> Iterator[None]:
        """The assistant works beside what happens in the block, and is done after it."""
        errors: list[BaseException] = []

        def work() -> None:
            try:
                self.assistant_works()
            except BaseException as error:
                errors.append(error)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        yield
        worker.join(PATIENCE_SECONDS)
        assert not worker.is_alive(), "the assistant never finished"
        if errors:
            raise errors[0]

    # --- the desk and the state machine -----------------------------------------------------
    def machine_opens(self, execution: str = "run-1") -> dict[str, object]:
        answer: dict[str, object] = {}
        for event in self.fresh(EscalationRequested):
            answer = ladder.open_(self.world, event, execution)
        return answer

    def machine_notifies(self, tier_index: int = 0) -> dict[str, object]:
        return ladder.notify(
            self.world,
            self.fakes.notifier,
            self.conversation_id,
            self.escalation.escalation_id,
            tier_index,
        )

    def machine_waits_for_claim(self, token: str = "claim-token") -> None:
        ladder.wait(self.world, self.conversation_id, self.escalation.escalation_id, token, "claim")

    def machine_waits_for_resolution(self, token: str = "resolution-token") -> None:
        ladder.wait(
            self.world, self.conversation_id, self.escalation.escalation_id, token, "resolution"
        )

    def machine_requeues(self) -> dict[str, object]:
        return ladder.requeue(self.world, self.conversation_id, self.escalation.escalation_id)

    def machine_expires(self, because: ExpiryCause = "deadline") -> dict[str, object]:
        return ladder.expire(
            self.world,
            self.fakes.notifier,
            self.conversation_id,
            self.escalation.escalation_id,
            because,
        )

    def machine_announces(self) -> dict[str, object]:
        return ladder.announce(self.world, self.conversation_id, self.escalation.escalation_id)

    def is_called_for(self) -> None:
        """The customer pressed the button, the machine has called the first tier and waits."""
        self.presses_the_button()
        self.machine_opens(f"run-{len(self.escalations)}")
        self.machine_notifies()
        self.machine_waits_for_claim(f"claim-token-{len(self.escalations)}")

    def is_claimed_by(self, person: Person) -> None:
        """The button was pressed, the person has claimed, the machine waits for the resolution."""
        self.is_called_for()
        self.claims(person)
        self.machine_waits_for_resolution(f"resolution-token-{len(self.escalations)}")

    def claims(self, person: Person) -> None:
        desk.claim(self.world, person, self.conversation_id)

    def says(self, person: Person, text: str, client_id: str = "desk-1", **how: bool) -> Turn:
        return desk.say(self.world, person, self.conversation_id, client_id, text, **how)[0]

    def hands_back(
        self, person: Person, outcome: str = "solved", note: str = "", *, knowledge: bool = False
    ) -> None:
        desk.hand_back(
            self.world,
            person,
            self.conversation_id,
            desk.Ending(outcome, note, knowledge),
        )

    def resolves(
        self, person: Person, outcome: str = "solved", note: str = "", *, knowledge: bool = False
    ) -> None:
        desk.resolve(
            self.world,
            person,
            self.conversation_id,
            desk.Ending(outcome, note, knowledge),
        )

    # --- the archive ------------------------------------------------------------------------
    def transcripts_are_written(self) -> list[str | None]:
        return [
            archive(self.world, self.fakes.transcripts, event.conversation_id)
            for event in self.fresh(ConversationClosed)
        ]

    def fresh[E: Event](self, kind: type[E]) -> list[E]:
        """The events of a kind that were not handled yet."""
        events = [event for event in self.fakes.bus.events if isinstance(event, kind)]
        known = self._seen.get(kind, 0)
        self._seen[kind] = len(events)
        return events[known:]
