"""In-memory fakes of everything that the live module needs of the world.

They pass the same contract tests as the AWS adapters (`tests/contract`). Timing is controlled by
events: a scripted model stops at a `Hold` until the test lets it go on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from threading import RLock
from typing import Literal

from tandem.live.errors import Conflict
from tandem.live.events import Event
from tandem.live.facts import ConversationFact, EscalationFact, Fact, RatingFact
from tandem.live.frames import ServerFrame
from tandem.live.models import (
    AuditEntry,
    Conversation,
    Escalation,
    Judgement,
    Passage,
    Rating,
    Turn,
)
from tandem.live.policy import Policy
from tandem.live.ports import (
    BEGINNING,
    AnswerJudge,
    CannotAnswer,
    Change,
    Connection,
    Finished,
    Piece,
    PredictedRating,
    Prompt,
    World,
)

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENCE_SECONDS = 10.0
"""How long a held script waits before it fails the test instead of blocking it."""


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


class SequentialIds:
    """`id-000001`, `id-000002`, …"""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._last = 0
        self._lock = RLock()

    def new(self) -> str:
        with self._lock:
            self._last += 1
            return f"{self._prefix}-{self._last:06d}"


class MemoryStore:
    """`ConversationStore` in dictionaries. One lock makes each call atomic.

    `before_next_commit` holds actions that run, one for each commit, before it looks at the stored
    version: what they commit has been faster.
    """

    MAX_ITEMS = 100

    def __init__(self) -> None:
        self._lock = RLock()
        self._conversations: dict[str, Conversation] = {}
        self._turns: dict[str, dict[int, Turn]] = {}
        self._receipts: dict[tuple[str, str], int] = {}
        self._escalations: dict[tuple[str, str], Escalation] = {}
        self._audit: dict[str, list[AuditEntry]] = {}
        self._ratings: dict[tuple[str, str | None], Rating] = {}
        self.commits: list[Change] = []
        self.before_next_commit: list[Callable[[], object]] = []

    def get(self, conversation_id: str) -> Conversation | None:
        with self._lock:
            return self._conversations.get(conversation_id)

    def commit(self, change: Change) -> None:
        if self.before_next_commit:
            self.before_next_commit.pop(0)()
        before, after = change.before, change.after
        new = [t for t in change.turns if before is None or t.seq > before.last_seq]
        receipts = [(t.conversation_id, t.client_id, t.seq) for t in new if t.client_id]
        parts = (change.turns, receipts, change.escalations, change.audit, change.ratings)
        if 1 + sum(map(len, parts)) > self.MAX_ITEMS:
            raise ValueError(f"a change may have at most {self.MAX_ITEMS} items")
        with self._lock:
            self._check(before, after, new)
            if before is not None:
                after = self._keep_moving_parts(before, after)
            conversation_id = after.conversation_id
            self._conversations[conversation_id] = after
            turns = self._turns.setdefault(conversation_id, {})
            turns.update({turn.seq: turn for turn in change.turns})
            for _, client_id, seq in receipts:
                self._receipts[conversation_id, client_id] = seq
            for escalation in change.escalations:
                self._escalations[conversation_id, escalation.escalation_id] = escalation
            self._audit.setdefault(conversation_id, []).extend(change.audit)
            for rating in change.ratings:
                self._ratings[conversation_id, rating.turn_id] = rating
            self.commits.append(change)

    def _check(self, before: Conversation | None, after: Conversation, new: list[Turn]) -> None:
        stored = self._conversations.get(after.conversation_id)
        if (stored and stored.version) != (before and before.version):
            raise Conflict(f"{after.conversation_id} has changed")
        for turn in new:
            if (turn.conversation_id, turn.client_id) in self._receipts:
                raise Conflict(f"{turn.client_id} is stored already")

    def _keep_moving_parts(self, before: Conversation, after: Conversation) -> Conversation:
        """What `renew` and `delivered` changed since `before` was read stays, unless the change
        is about it."""
        stored = self._conversations[after.conversation_id]
        if after.lease == before.lease:
            after = after.model_copy(update={"lease": stored.lease})
        if after.delivered_seq == before.delivered_seq:
            after = after.model_copy(update={"delivered_seq": stored.delivered_seq})
        return after

    def turns(self, conversation_id: str, after: int = 0) -> list[Turn]:
        with self._lock:
            turns = self._turns.get(conversation_id, {})
            return [turns[seq] for seq in sorted(turns) if seq > after]

    def turn_of_client(self, conversation_id: str, client_id: str) -> Turn | None:
        with self._lock:
            seq = self._receipts.get((conversation_id, client_id))
            return None if seq is None else self._turns[conversation_id][seq]

    def escalation(self, conversation_id: str, escalation_id: str) -> Escalation | None:
        with self._lock:
            return self._escalations.get((conversation_id, escalation_id))

    def escalations(self, conversation_id: str) -> list[Escalation]:
        with self._lock:
            found = [e for (owner, _), e in self._escalations.items() if owner == conversation_id]
        return sorted(found, key=_requested)

    def audit(self, conversation_id: str) -> list[AuditEntry]:
        with self._lock:
            entries = list(self._audit.get(conversation_id, []))
        return sorted(entries, key=lambda entry: (entry.at, entry.entry_id))

    def ratings(self, conversation_id: str) -> list[Rating]:
        with self._lock:
            found = [r for (owner, _), r in self._ratings.items() if owner == conversation_id]
        return sorted(found, key=lambda rating: rating.at)

    def renew(self, conversation_id: str, lease_id: str, until: datetime) -> bool:
        with self._lock:
            stored = self._conversations.get(conversation_id)
            if stored is None or stored.lease is None or stored.lease.id != lease_id:
                return False
            due_at = stored.due_at and max(stored.due_at, until)
            lease = stored.lease.model_copy(update={"until": until})
            self._conversations[conversation_id] = stored.model_copy(
                update={"lease": lease, "due_at": due_at}
            )
            return True

    def delivered(self, conversation: Conversation, from_seq: int, due_at: datetime | None) -> None:
        with self._lock:
            stored = self._conversations.get(conversation.conversation_id)
            if stored is None or stored.delivered_seq != from_seq:
                return
            changes: dict[str, object] = {"delivered_seq": conversation.last_seq}
            if stored.version == conversation.version:
                changes["due_at"] = due_at
            self._conversations[conversation.conversation_id] = stored.model_copy(update=changes)

    def queue(self, kind: Literal["open", "follow_up"]) -> list[Escalation]:
        with self._lock:
            every = list(self._escalations.values())
        if kind == "open":
            return sorted((e for e in every if e.open), key=_requested)
        return sorted((e for e in every if e.follow_up and not e.open), key=_requested)

    def due(self, now: datetime, limit: int = 100) -> list[Conversation]:
        with self._lock:
            found = [(c.due_at, c) for c in self._conversations.values() if c.due_at]
        found = [(due_at, c) for due_at, c in found if due_at <= now]
        found.sort(key=lambda pair: pair[0])
        return [conversation for _, conversation in found[:limit]]


class MemoryFacts:
    """`Facts` of what a `MemoryStore` holds now."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def between(self, start: datetime, end: datetime) -> Iterator[Fact]:
        return (fact for fact in self._all() if start <= fact.at < end)

    def _all(self) -> list[Fact]:
        store = self._store
        with store._lock:
            return [
                *map(ConversationFact.of, store._conversations.values()),
                *map(EscalationFact.of, store._escalations.values()),
                *map(RatingFact.of, store._ratings.values()),
            ]


def _requested(escalation: Escalation) -> tuple[datetime, str]:
    return escalation.requested_at, escalation.escalation_id


class MemoryConnections:
    def __init__(self, clock: ManualClock | None = None) -> None:
        self._clock = clock or ManualClock()
        self._connections: dict[str, Connection] = {}
        self._since: dict[str, datetime] = {}

    def add(self, connection: Connection) -> None:
        self._connections[connection.connection_id] = connection
        self._since[connection.connection_id] = self._clock.now()

    def remove(self, connection_id: str) -> None:
        self._connections.pop(connection_id, None)

    def forget(self, connection_id: str) -> None:
        since = self._since.get(connection_id)
        if since is None or self._clock.now() - since >= BEGINNING:
            self.remove(connection_id)

    def get(self, connection_id: str) -> Connection | None:
        connection = self._connections.get(connection_id)
        return connection if connection and self._open(connection) else None

    def of_conversation(self, conversation_id: str) -> list[str]:
        return sorted(
            c.connection_id
            for c in self._connections.values()
            if c.conversation_id == conversation_id and self._open(c)
        )

    def of_desk(self) -> list[Connection]:
        found = [c for c in self._connections.values() if c.person and self._open(c)]
        return sorted(found, key=lambda connection: connection.connection_id)

    def _open(self, connection: Connection) -> bool:
        return connection.expires_at is None or connection.expires_at > self._clock.now()


class MemoryPush:
    """Keeps what was sent. Connections in `gone` do not take anything, and are forgotten; the next
    frame to one in `failing` is lost."""

    def __init__(self, connections: MemoryConnections | None = None) -> None:
        self._connections = connections
        self._lock = RLock()
        self.sent: list[tuple[str, ServerFrame]] = []
        self.gone: set[str] = set()
        self.failing: set[str] = set()
        self.before_send: Callable[[str, ServerFrame], object] | None = None

    def send(self, connection_id: str, frame: ServerFrame) -> bool:
        if self.before_send:
            self.before_send(connection_id, frame)
        with self._lock:
            if connection_id in self.failing:
                self.failing.remove(connection_id)
                return False
            if connection_id in self.gone:
                if self._connections:
                    self._connections.remove(connection_id)
                return False
            self.sent.append((connection_id, frame))
            return True

    def frames[F: ServerFrame](self, connection_id: str, kind: type[F]) -> list[F]:
        """What a connection got of one kind, in order."""
        return [f for to, f in self.sent if to == connection_id and isinstance(f, kind)]

    def all_frames(self, connection_id: str) -> list[ServerFrame]:
        return [frame for to, frame in self.sent if to == connection_id]


class MemoryBus:
    """Keeps what was published. While `failure` is set, publishing raises it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.failure: Exception | None = None

    def publish(self, events: Sequence[Event]) -> None:
        if self.failure:
            raise self.failure
        self.events.extend(events)

    def of[E: Event](self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass(frozen=True)
class Mail:
    topic: str
    subject: str
    body: str


class MemoryNotifier:
    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.failure: Exception | None = None

    def notify(self, topic: Literal["experts", "leads"], subject: str, body: str) -> None:
        if self.failure:
            raise self.failure
        self.mails.append(Mail(topic, subject, body))


class MemoryMeter:
    """Keeps what was recorded: name, value, unit."""

    def __init__(self) -> None:
        self.records: list[tuple[str, float, str]] = []

    def record(
        self, name: str, value: float, unit: Literal["Count", "Milliseconds", "Seconds"]
    ) -> None:
        self.records.append((name, value, unit))

    def values(self, name: str) -> list[float]:
        return [value for recorded, value, _ in self.records if recorded == name]


class MemoryTaskTokens:
    """Tokens in `invalid` are ones that the machine has moved on from."""

    def __init__(self) -> None:
        self.succeeded: list[tuple[str, dict[str, object]]] = []
        self.heartbeats: list[str] = []
        self.invalid: set[str] = set()

    def succeed(self, token: str, output: dict[str, object]) -> None:
        if token not in self.invalid:
            self.succeeded.append((token, output))

    def heartbeat(self, token: str) -> None:
        if token not in self.invalid:
            self.heartbeats.append(token)


class Hold:
    """A place in a script. `reached` says that the script is there; it goes on after `release`."""

    def __init__(self) -> None:
        self._reached = Flag()
        self._released = Flag()

    def wait(self) -> None:
        """Called by the script."""
        self._reached.set()
        if not self._released.wait(PATIENCE_SECONDS):
            raise AssertionError("a held script was never released")

    def reached(self) -> None:
        """Wait until the script is here."""
        if not self._reached.wait(PATIENCE_SECONDS):
            raise AssertionError("the script never came to this hold")

    def release(self) -> None:
        self._released.set()


class ScriptedRetriever:
    """Finds the same passages for every question, after the holds and failures in `script`."""

    def __init__(self, *passages: Passage) -> None:
        self.passages = list(passages)
        self.script: list[Hold | Exception] = []
        self.questions: list[tuple[str, int]] = []

    def retrieve(self, question: str, limit: int) -> list[Passage]:
        self.questions.append((question, limit))
        _play(self.script)
        return self.passages[:limit]


type AnswerStep = str | CannotAnswer | Finished | Exception | Hold | Callable[[], object]


class ScriptedAnswerModel:
    """Answers by scripts, one for each call; the last one is played for all further calls.

    A step is a text (a piece of the answer), `CannotAnswer`, `Finished`, an exception to raise, a
    `Hold`, or something to call. A script that lacks `Finished` ends well.
    """

    def __init__(self, *scripts: Iterable[AnswerStep], model_id: str = "test.answer") -> None:
        self.model_id = model_id
        self.scripts = [list(script) for script in scripts] or [["Because."]]
        self.prompts: list[Prompt] = []
        self._lock = RLock()

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        with self._lock:  # drafts are asked for at the same time
            self.prompts.append(prompt)
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        for step in script:
            match step:
                case str():
                    yield Piece(step)
                case CannotAnswer():
                    yield step
                case Finished():
                    yield step
                    return
                case Exception():
                    raise step
                case Hold():
                    step.wait()
                case _:
                    step()
        yield Finished(self.model_id, "end", {"input": 10, "output": 5})


@dataclass(frozen=True)
class JudgeCall:
    question: str
    context: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]
    low: float


class ScriptedJudges:
    """`AnswerJudges` that knows what people would give each answer; `others` for all not named.

    There is no judge at all until `installed`. While `failure` is set, predicting raises it.
    """

    def __init__(self) -> None:
        self.installed = False
        self.ratings: dict[str, PredictedRating] = {}
        self.others = PredictedRating(4.0, 0.05)
        self.failure: Exception | None = None
        self.asked_for: list[str] = []
        self.calls: list[JudgeCall] = []

    def rates(self, **ratings: float) -> None:
        """`rates(Yes=4.5)`: what answers that begin with this word would be given."""
        self.installed = True
        for word, rating in ratings.items():
            self.ratings[word] = PredictedRating(rating, 0.9 if rating < 2.5 else 0.05)

    def for_conversation(self, conversation: Conversation) -> AnswerJudge | None:
        self.asked_for.append(conversation.conversation_id)
        return self if self.installed else None

    def predict(
        self,
        question: str,
        context: Sequence[tuple[str, str]],
        answers: Sequence[str],
        low: float,
    ) -> list[PredictedRating]:
        self.calls.append(JudgeCall(question, tuple(context), tuple(answers), low))
        if self.failure:
            raise self.failure
        return [self._of(answer) for answer in answers]

    def _of(self, answer: str) -> PredictedRating:
        words = answer.split()
        return self.ratings.get(words[0].strip(".,") if words else "", self.others)


CALM = Judgement(sentiment=0.1, wants_person=False, reason="calm")
UPSET = Judgement(sentiment=-0.9, wants_person=False, reason="upset")


class ScriptedGateModel:
    """Judges by a script: each call plays holds until it comes to a judgement or an exception.

    The last judgement is used for all further calls.
    """

    def __init__(self, *script: Judgement | Exception | Hold, model_id: str = "test.gate") -> None:
        self.model_id = model_id
        self.script: list[Judgement | Exception | Hold] = list(script) or [CALM]
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def judge(self, message: str, earlier: Sequence[str]) -> Judgement:
        self.calls.append((message, tuple(earlier)))
        while True:
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            match step:
                case Judgement():
                    return step
                case Hold():
                    step.wait()
                case Exception():
                    raise step


def _play(script: list[Hold | Exception]) -> None:
    while script:
        step = script.pop(0)
        if isinstance(step, Exception):
            raise step
        step.wait()


class MemoryTranscripts:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, conversation_id: str, version: int, closed_at: datetime, body: bytes) -> str:
        day = closed_at.astimezone(UTC).strftime("%Y/%m/%d")
        uri = f"s3://transcripts/transcripts/{day}/{conversation_id}/v{version}.json"
        self.objects.setdefault(uri, body)
        return uri


class FixedPolicies:
    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()

    def current(self) -> Policy:
        return self.policy


class MemoryRateLimit:
    def __init__(self, clock: ManualClock | None = None) -> None:
        self._clock = clock or ManualClock()
        self._hits: dict[tuple[str, int], int] = {}

    def allow(self, key: str, limit: int, window_seconds: int) -> bool:
        window = int(self._clock.now().timestamp()) // window_seconds
        self._hits[key, window] = self._hits.get((key, window), 0) + 1
        return self._hits[key, window] <= limit


@dataclass
class Fakes:
    """A whole world of fakes; replace any of them by naming it."""

    clock: ManualClock = field(default_factory=ManualClock)
    ids: SequentialIds = field(default_factory=SequentialIds)
    store: MemoryStore = field(default_factory=MemoryStore)
    bus: MemoryBus = field(default_factory=MemoryBus)
    policies: FixedPolicies = field(default_factory=FixedPolicies)
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)
    task_tokens: MemoryTaskTokens = field(default_factory=MemoryTaskTokens)
    meter: MemoryMeter = field(default_factory=MemoryMeter)
    transcripts: MemoryTranscripts = field(default_factory=MemoryTranscripts)
    retriever: ScriptedRetriever = field(default_factory=ScriptedRetriever)
    answer_model: ScriptedAnswerModel = field(default_factory=ScriptedAnswerModel)
    gate_model: ScriptedGateModel = field(default_factory=ScriptedGateModel)
    judges: ScriptedJudges = field(default_factory=ScriptedJudges)
    assistant: bool = True
    escalation: bool = True
    archive: bool = True
    desk_url: str = "https://desk.example"

    def __post_init__(self) -> None:
        self.connections = MemoryConnections(self.clock)
        self.push = MemoryPush(self.connections)
        self.rate_limit = MemoryRateLimit(self.clock)
        self.facts = MemoryFacts(self.store)

    @property
    def world(self) -> World:
        return World(
            store=self.store,
            connections=self.connections,
            push=self.push,
            bus=self.bus,
            policies=self.policies,
            tokens=self.task_tokens,
            clock=self.clock,
            ids=self.ids,
            meter=self.meter,
            assistant=self.assistant,
            escalation=self.escalation,
            archive=self.archive,
            desk_url=self.desk_url,
        )

    def set_policy(self, policy: Policy) -> None:
        self.policies.policy = policy
