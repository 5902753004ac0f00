"""What the live module relies on when it stores conversations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Lock
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tandem.aws.conversation_store import DynamoStore, due_shard
from tandem.live.errors import Conflict
from tandem.live.models import (
    AuditEntry,
    Author,
    Conversation,
    Draft,
    Escalation,
    EscalationStatus,
    Lease,
    Owner,
    Rating,
    Trigger,
    Turn,
)
from tandem.live.ports import Change, ConversationStore
from tests.contract.conftest import REGION, TABLE
from tests.fakes import START, ManualClock, MemoryStore


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> ConversationStore:
    if request.param == "memory":
        return MemoryStore()
    return dynamo_store(request, clock)


@pytest.fixture
def dynamo(request: pytest.FixtureRequest, clock: ManualClock) -> DynamoStore:
    return dynamo_store(request, clock)


def dynamo_store(request: pytest.FixtureRequest, clock: ManualClock) -> DynamoStore:
    table = request.getfixturevalue("table")
    client = boto3.client("dynamodb", region_name=REGION)
    return DynamoStore(client, table, clock, timedelta(days=30))


def conversation(name: str = "c1", **fields: Any) -> Conversation:
    return Conversation(
        conversation_id=name, customer_id="guest:1", created_at=START, active_at=START, **fields
    )


def turn(seq: int, name: str = "c1", **fields: Any) -> Turn:
    return Turn(
        conversation_id=name,
        seq=seq,
        turn_id=f"t{seq}",
        author=fields.pop("author", Author.CUSTOMER),
        text=fields.pop("text", f"message {seq}"),
        at=START,
        **fields,
    )


def escalation(name: str = "e1", conversation_id: str = "c1", **fields: Any) -> Escalation:
    return Escalation(
        escalation_id=name,
        conversation_id=conversation_id,
        trigger=Trigger.BUTTON,
        reason="pressed",
        customer_id="guest:1",
        requested_at=fields.pop("requested_at", START),
        **fields,
    )


def entry(name: str, at: datetime = START) -> AuditEntry:
    return AuditEntry(
        entry_id=name, conversation_id="c1", at=at, actor="system", action="requested"
    )


def begin(store: ConversationStore, name: str = "c1", **fields: Any) -> Conversation:
    stored = conversation(name, **fields)
    store.commit(Change(before=None, after=stored))
    return stored


def step(before: Conversation, **fields: Any) -> Conversation:
    return before.model_copy(update={"version": before.version + 1, **fields})


def read(store: ConversationStore, name: str = "c1") -> Conversation:
    stored = store.get(name)
    assert stored is not None
    return stored


class TestCommitting:
    def test_a_conversation_comes_back_as_it_was_stored(self, store: ConversationStore) -> None:
        lease = Lease(id="l1", until=START + timedelta(seconds=45, microseconds=7), attempt=2)
        stored = begin(
            store,
            language="de",
            last_seq=3,
            delivered_seq=2,
            lease=lease,
            due_at=START + timedelta(minutes=1),
        )
        assert store.get("c1") == stored

    def test_an_unknown_conversation_is_none(self, store: ConversationStore) -> None:
        assert store.get("c1") is None
        assert store.turns("c1") == []
        assert store.escalation("c1", "e1") is None

    def test_a_change_is_stored_with_all_its_parts(self, store: ConversationStore) -> None:
        before = begin(store)
        rating = Rating(conversation_id="c1", turn_id="t1", thumb="up", at=START)
        after = step(before, last_seq=1, owner=Owner.WAITING)
        store.commit(Change(before, after, (turn(1),), (escalation(),), (entry("a1"),), (rating,)))
        assert store.get("c1") == after
        assert store.turns("c1") == [turn(1)]
        assert store.escalation("c1", "e1") == escalation()
        assert store.audit("c1") == [entry("a1")]
        assert store.ratings("c1") == [rating]

    def test_a_change_of_an_older_version_is_a_conflict_and_stores_nothing(
        self, store: ConversationStore
    ) -> None:
        before = begin(store)
        faster = step(before, last_seq=1)
        store.commit(Change(before, faster, (turn(1, text="faster"),)))
        with pytest.raises(Conflict):
            store.commit(
                Change(
                    before,
                    step(before, last_seq=1),
                    (turn(1, text="slower"),),
                    (escalation(),),
                    (entry("a1"),),
                )
            )
        assert store.get("c1") == faster
        assert [t.text for t in store.turns("c1")] == ["faster"]
        assert store.escalations("c1") == []
        assert store.audit("c1") == []

    def test_a_conversation_begins_once(self, store: ConversationStore) -> None:
        begin(store, language="de")
        with pytest.raises(Conflict):
            begin(store, language="fr")
        assert read(store).language == "de"

    def test_a_change_of_a_conversation_that_is_not_there_is_a_conflict(
        self, store: ConversationStore
    ) -> None:
        with pytest.raises(Conflict):
            store.commit(Change(conversation(), step(conversation())))

    def test_the_same_client_id_is_stored_once(self, store: ConversationStore) -> None:
        first = step(begin(store), last_seq=1)
        store.commit(Change(conversation(), first, (turn(1, client_id="m1"),)))
        with pytest.raises(Conflict):
            store.commit(Change(first, step(first, last_seq=2), (turn(2, client_id="m1"),)))
        assert store.turn_of_client("c1", "m1") == turn(1, client_id="m1")
        assert read(store) == first

    def test_a_client_id_counts_within_its_conversation(self, store: ConversationStore) -> None:
        for name in ("c1", "c2"):
            before = begin(store, name)
            after = step(before, last_seq=1)
            store.commit(Change(before, after, (turn(1, name, client_id="m1"),)))
        assert store.turn_of_client("c2", "m1") == turn(1, "c2", client_id="m1")
        assert store.turn_of_client("c3", "m1") is None

    def test_a_stored_turn_can_be_written_again(self, store: ConversationStore) -> None:
        first = step(begin(store), last_seq=1)
        store.commit(Change(conversation(), first, (turn(1, client_id="m1"),)))
        rewritten = turn(1, client_id="m1", model_id="added")
        store.commit(Change(first, step(first), (rewritten,)))
        assert store.turns("c1") == [rewritten]
        assert store.turn_of_client("c1", "m1") == rewritten

    def test_a_change_of_over_a_hundred_items_is_refused_whole(
        self, store: ConversationStore
    ) -> None:
        before = begin(store)
        after = step(before, last_seq=100)
        with pytest.raises(ValueError, match="100"):
            store.commit(Change(before, after, tuple(turn(seq) for seq in range(1, 101))))
        assert store.get("c1") == before

    def test_a_change_of_a_hundred_items_is_stored(self, store: ConversationStore) -> None:
        before = begin(store)
        after = step(before, last_seq=99)
        store.commit(Change(before, after, tuple(turn(seq) for seq in range(1, 100))))
        assert len(store.turns("c1")) == 99


class TestRaces:
    @pytest.fixture(params=["memory", "dynamodb"])
    def racing_store(self, request: pytest.FixtureRequest, clock: ManualClock) -> ConversationStore:
        if request.param == "memory":
            return MemoryStore()
        store = dynamo_store(request, clock)
        one_call_at_a_time(store)
        return store

    def test_of_twenty_who_claim_at_once_one_wins(self, racing_store: ConversationStore) -> None:
        before = begin(racing_store)

        def claim(who: int) -> bool:
            try:
                racing_store.commit(Change(before, step(before, expert=f"expert-{who}")))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(20) as threads:
            won = [who for who, ok in enumerate(threads.map(claim, range(20))) if ok]
        assert len(won) == 1
        assert read(racing_store).expert == f"expert-{won[0]}"

    def test_of_twenty_who_begin_a_conversation_at_once_one_wins(
        self, racing_store: ConversationStore
    ) -> None:
        def open_as(who: int) -> bool:
            try:
                begin(racing_store, language=f"x{who}")
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(20) as threads:
            assert sum(threads.map(open_as, range(20))) == 1


class TestReading:
    def test_turns_come_in_order_and_after_a_seq(self, store: ConversationStore) -> None:
        before = begin(store)
        for first in (1, 6, 11):
            seqs = range(first, first + 5)
            after = step(before, last_seq=seqs[-1])
            store.commit(Change(before, after, tuple(turn(seq) for seq in reversed(seqs))))
            before = after
        assert [t.seq for t in store.turns("c1")] == list(range(1, 16))
        assert [t.seq for t in store.turns("c1", after=9)] == list(range(10, 16))
        assert store.turns("c1", after=15) == []

    def test_more_than_a_megabyte_of_turns_comes_back_whole(self, store: ConversationStore) -> None:
        before = begin(store)
        for first in range(1, 25, 6):
            turns = tuple(turn(seq, text="ü" * 30_000) for seq in range(first, first + 6))
            after = step(before, last_seq=first + 5)
            store.commit(Change(before, after, turns))
            before = after
        turns_read = store.turns("c1")
        assert [t.seq for t in turns_read] == list(range(1, 25))
        assert sum(len(t.text.encode()) for t in turns_read) > 1_400_000

    def test_nothing_of_another_conversation_is_read(self, store: ConversationStore) -> None:
        for name in ("c1", "c10"):
            before = begin(store, name)
            store.commit(
                Change(
                    before,
                    step(before, last_seq=1),
                    (turn(1, name),),
                    (escalation("e1", name),),
                )
            )
        assert [t.conversation_id for t in store.turns("c1")] == ["c1"]
        assert [e.conversation_id for e in store.escalations("c1")] == ["c1"]

    def test_the_audit_trail_is_in_order_and_only_grows(self, store: ConversationStore) -> None:
        before = begin(store)
        later = START + timedelta(microseconds=1)
        first = step(before)
        store.commit(Change(before, first, audit=(entry("a9", later), entry("a2"), entry("a1"))))
        second = step(first)
        store.commit(Change(first, second, audit=(entry("a3", START + timedelta(hours=1)),)))
        assert [e.entry_id for e in store.audit("c1")] == ["a1", "a2", "a9", "a3"]

    def test_the_newest_rating_of_a_turn_counts(self, store: ConversationStore) -> None:
        before = begin(store)
        for minute, (turn_id, thumb, stars) in enumerate(
            [("t1", "up", None), ("t2", "up", None), ("t1", "down", None), (None, None, 4)]
        ):
            after = step(before)
            rating = Rating(
                conversation_id="c1",
                turn_id=turn_id,
                thumb=thumb,
                stars=stars,
                at=START + timedelta(minutes=minute),
            )
            store.commit(Change(before, after, ratings=(rating,)))
            before = after
        kept = {r.turn_id: (r.thumb, r.stars) for r in store.ratings("c1")}
        assert kept == {"t1": ("down", None), "t2": ("up", None), None: (None, 4)}

    def test_escalations_come_oldest_first(self, store: ConversationStore) -> None:
        before = begin(store)
        found = (
            escalation("e1", requested_at=START + timedelta(hours=1)),
            escalation("e2", requested_at=START),
        )
        store.commit(Change(before, step(before), escalations=found))
        assert [e.escalation_id for e in store.escalations("c1")] == ["e2", "e1"]


class TestLeases:
    UNTIL = START + timedelta(seconds=45)
    LATER = START + timedelta(seconds=90)

    def test_the_holder_renews_its_lease(self, store: ConversationStore) -> None:
        begin(store, lease=Lease(id="l1", until=self.UNTIL, attempt=2))
        assert store.renew("c1", "l1", self.LATER)
        assert read(store).lease == Lease(id="l1", until=self.LATER, attempt=2)
        assert read(store).version == 0

    def test_nobody_else_does(self, store: ConversationStore) -> None:
        begin(store, lease=Lease(id="l1", until=self.UNTIL))
        begin(store, "free")
        assert not store.renew("c1", "l2", self.LATER)
        assert not store.renew("free", "l1", self.LATER)
        assert not store.renew("unknown", "l1", self.LATER)
        assert read(store).lease == Lease(id="l1", until=self.UNTIL)
        assert store.get("unknown") is None

    def test_a_renewed_lease_is_not_due_before_it_ends(self, store: ConversationStore) -> None:
        begin(store, lease=Lease(id="l1", until=self.UNTIL), due_at=self.UNTIL)
        store.renew("c1", "l1", self.LATER)
        assert store.due(self.UNTIL) == []
        assert [c.conversation_id for c in store.due(self.LATER)] == ["c1"]

    def test_renewing_never_brings_the_look_forward(self, store: ConversationStore) -> None:
        hour = START + timedelta(hours=1)
        begin(store, lease=Lease(id="l1", until=self.UNTIL), due_at=hour)
        begin(store, "never", lease=Lease(id="l1", until=self.UNTIL))
        assert store.renew("c1", "l1", self.LATER)
        assert store.renew("never", "l1", self.LATER)
        assert read(store).due_at == hour
        assert read(store, "never").due_at is None

    def test_a_commit_decided_before_a_renewal_does_not_shorten_the_lease(
        self, store: ConversationStore
    ) -> None:
        before = begin(store, lease=Lease(id="l1", until=self.UNTIL))
        store.renew("c1", "l1", self.LATER)
        store.commit(Change(before, step(before, last_seq=1), (turn(1),)))
        assert read(store).lease == Lease(id="l1", until=self.LATER)
        assert read(store).last_seq == 1

    def test_a_renewal_after_the_lease_was_released_is_refused(
        self, store: ConversationStore
    ) -> None:
        before = begin(store, lease=Lease(id="l1", until=self.UNTIL))
        store.commit(Change(before, step(before, lease=None)))
        assert not store.renew("c1", "l1", self.LATER)
        assert read(store).lease is None

    def test_a_renewal_keeps_what_was_committed_meanwhile(self, store: ConversationStore) -> None:
        before = begin(store, lease=Lease(id="l1", until=self.UNTIL))
        store.commit(Change(before, step(before, last_seq=1, language="de"), (turn(1),)))
        assert store.renew("c1", "l1", self.LATER)
        stored = read(store)
        assert (stored.version, stored.last_seq, stored.language) == (1, 1, "de")


class TestDelivery:
    SOON = START + timedelta(minutes=1)
    IDLE = START + timedelta(hours=1)

    def test_a_delivery_is_noted_without_a_new_version(self, store: ConversationStore) -> None:
        stored = begin(store, last_seq=2, due_at=self.SOON)
        store.delivered(stored, 0, self.IDLE)
        assert read(store) == stored.model_copy(update={"delivered_seq": 2, "due_at": self.IDLE})

    def test_nothing_is_due_any_more_if_the_delivery_says_so(
        self, store: ConversationStore
    ) -> None:
        stored = begin(store, last_seq=2, due_at=self.SOON)
        store.delivered(stored, 0, None)
        assert read(store).due_at is None
        assert store.due(self.IDLE) == []

    def test_a_delivery_of_an_older_version_leaves_the_look_as_it_is(
        self, store: ConversationStore
    ) -> None:
        before = begin(store, last_seq=1, due_at=self.SOON)
        store.commit(Change(before, step(before, last_seq=2, due_at=self.SOON), (turn(2),)))
        store.delivered(before, 0, self.IDLE)
        stored = read(store)
        assert (stored.delivered_seq, stored.due_at, stored.version) == (1, self.SOON, 1)

    def test_a_delivery_that_leaves_a_gap_is_not_noted(self, store: ConversationStore) -> None:
        stored = begin(store, last_seq=3, due_at=self.SOON)
        store.delivered(stored, 2, self.IDLE)
        assert (read(store).delivered_seq, read(store).due_at) == (0, self.SOON)

    def test_a_commit_decided_before_a_delivery_does_not_undo_it(
        self, store: ConversationStore
    ) -> None:
        before = begin(store, last_seq=1, due_at=self.SOON)
        store.delivered(before, 0, self.IDLE)
        store.commit(Change(before, step(before, last_seq=2, due_at=self.SOON), (turn(2),)))
        assert read(store).delivered_seq == 1

    def test_a_delivery_in_an_unknown_conversation_makes_none(
        self, store: ConversationStore
    ) -> None:
        store.delivered(conversation("unknown"), 0, self.IDLE)
        assert store.get("unknown") is None


class TestQueue:
    def put(self, store: ConversationStore, *found: Escalation) -> None:
        for each in found:
            before = store.get(each.conversation_id) or begin(store, each.conversation_id)
            store.commit(Change(before, step(before), escalations=(each,)))

    def test_open_escalations_come_oldest_first(self, store: ConversationStore) -> None:
        self.put(
            store,
            escalation("e1", "c1", requested_at=START + timedelta(minutes=2)),
            escalation("e2", "c2", status=EscalationStatus.CLAIMED),
            escalation(
                "e3",
                "c3",
                status=EscalationStatus.WAITING,
                requested_at=START + timedelta(minutes=1),
            ),
        )
        assert [e.escalation_id for e in store.queue("open")] == ["e2", "e3", "e1"]

    def test_an_escalation_that_ended_leaves_the_queue(self, store: ConversationStore) -> None:
        self.put(store, escalation("e1"))
        self.put(store, escalation("e1", status=EscalationStatus.RESOLVED))
        assert store.queue("open") == []
        assert store.queue("follow_up") == []
        assert len(store.escalations("c1")) == 1

    def test_an_expired_one_waits_for_its_follow_up(self, store: ConversationStore) -> None:
        expired = escalation("e1", status=EscalationStatus.EXPIRED, follow_up=True)
        self.put(store, escalation("e1"), expired)
        assert store.queue("open") == []
        assert store.queue("follow_up") == [expired]
        self.put(store, expired.model_copy(update={"follow_up": False}))
        assert store.queue("follow_up") == []

    def test_a_queue_of_more_than_a_megabyte_comes_back_whole(
        self, store: ConversationStore
    ) -> None:
        draft = Draft(
            turn_id="t1", in_reply_to=1, text="x" * 60_000, withheld_because="gate", at=START
        )
        self.put(store, *(escalation(f"e{n:02d}", f"c{n}", draft=draft) for n in range(20)))
        assert len(store.queue("open")) == 20


class TestDue:
    def test_what_is_due_comes_earliest_first(self, store: ConversationStore) -> None:
        for n in range(30):
            begin(store, f"c{n:02d}", due_at=START + timedelta(seconds=(n * 7) % 30))
        now = START + timedelta(seconds=10)
        due = store.due(now)
        moments = [c.due_at for c in due if c.due_at]
        assert len(moments) == 11
        assert moments == sorted(moments)

    def test_the_limit_takes_the_earliest(self, store: ConversationStore) -> None:
        for n in range(30):
            begin(store, f"c{n:02d}", due_at=START + timedelta(seconds=30 - n))
        due = store.due(START + timedelta(minutes=1), limit=3)
        assert [c.conversation_id for c in due] == ["c29", "c28", "c27"]

    def test_more_than_a_hundred_can_be_asked_for(self, store: ConversationStore) -> None:
        for n in range(130):
            begin(store, f"c{n}", due_at=START)
        assert len(store.due(START, limit=200)) == 130

    def test_what_has_no_due_time_is_never_due(self, store: ConversationStore) -> None:
        before = begin(store, due_at=START)
        store.commit(Change(before, step(before, due_at=None)))
        assert store.due(START + timedelta(days=365)) == []

    def test_a_moment_of_another_time_zone_counts_as_what_it_is(
        self, store: ConversationStore
    ) -> None:
        begin(store, due_at=(START + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=5))))
        assert store.due(START) == []
        assert (
            len(store.due((START + timedelta(seconds=1)).astimezone(timezone(-timedelta(hours=5)))))
            == 1
        )


class TestDynamoDB:
    """What only the table has."""

    def items(self) -> list[dict[str, Any]]:
        client = boto3.client("dynamodb", region_name=REGION)
        items: list[dict[str, Any]] = client.scan(TableName=TABLE)["Items"]
        return items

    def test_items_expire_after_the_retention_and_the_head_lives_on_with_each_change(
        self, dynamo: DynamoStore, clock: ManualClock
    ) -> None:
        before = begin(dynamo)
        clock.advance(3600)
        dynamo.commit(Change(before, step(before, last_seq=1), (turn(1, client_id="m1"),)))
        ends = {item["sk"]["S"]: int(item["expires_at"]["N"]) for item in self.items()}
        end = int((START + timedelta(days=30, hours=1)).timestamp())
        assert ends == {"META": end, "T#0000000001": end, "M#m1": end}

    def test_an_item_of_over_400_kilobytes_is_refused_by_name(self, dynamo: DynamoStore) -> None:
        before = begin(dynamo)
        with pytest.raises(ValueError, match=r"T#0000000001 of c1 has .* bytes"):
            dynamo.commit(Change(before, step(before, last_seq=1), (turn(1, text="x" * 410_000),)))
        assert dynamo.get("c1") == before

    def test_what_the_index_says_is_looked_up_anew(
        self, dynamo: DynamoStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = begin(dynamo, due_at=START)
        client = dynamo._client
        lagging = client.query(
            TableName=TABLE,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": due_shard("c1")}},
        )
        dynamo.commit(Change(before, step(before, due_at=START + timedelta(hours=1))))
        monkeypatch.setattr(client, "query", lambda **_: lagging)
        assert dynamo.due(START) == []

    def test_the_due_index_is_spread_over_its_shards_by_a_stable_hash(self) -> None:
        shards = [due_shard(f"conversation-{n}") for n in range(1000)]
        assert shards == [due_shard(f"conversation-{n}") for n in range(1000)]
        assert due_shard("c1") == "DUE#1"
        assert {shards.count(f"DUE#{n}") > 80 for n in range(8)} == {True}

    def test_a_collision_of_transactions_is_a_conflict(
        self, dynamo: DynamoStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = begin(dynamo)
        error = cancelled("None", "TransactionConflict")
        monkeypatch.setattr(dynamo._client, "transact_write_items", error)
        with pytest.raises(Conflict):
            dynamo.commit(Change(before, step(before)))

    @pytest.mark.parametrize("code", ["ThrottlingError", "ValidationError", "None"])
    def test_any_other_cancellation_propagates(
        self, dynamo: DynamoStore, monkeypatch: pytest.MonkeyPatch, code: str
    ) -> None:
        before = begin(dynamo)
        monkeypatch.setattr(dynamo._client, "transact_write_items", cancelled(code))
        with pytest.raises(ClientError, match="TransactionCanceledException"):
            dynamo.commit(Change(before, step(before)))

    def test_a_renewal_waits_for_a_commit_that_is_under_way(
        self, dynamo: DynamoStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin(dynamo, lease=Lease(id="l1", until=START))
        update = dynamo._client.update_item
        collisions = [1, 1]

        def collide_twice(**request: Any) -> Any:
            if collisions:
                collisions.pop()
                raise dynamo._client.exceptions.TransactionConflictException(
                    {"Error": {"Code": "TransactionConflictException", "Message": ""}},
                    "UpdateItem",
                )
            return update(**request)

        monkeypatch.setattr(dynamo._client, "update_item", collide_twice)
        assert dynamo.renew("c1", "l1", START + timedelta(seconds=45))


def one_call_at_a_time(store: DynamoStore) -> None:
    """Make moto's calls atomic, as the service's are: its transactions roll back the whole account
    and so undo what other threads have written meanwhile."""
    lock = Lock()

    def begin_call(**_: Any) -> None:
        lock.acquire()

    def end_call(**_: Any) -> None:
        lock.release()

    store._client.meta.events.register_first("before-call.dynamodb", begin_call)
    store._client.meta.events.register_last("after-call.dynamodb", end_call)


def cancelled(*codes: str) -> Callable[..., None]:
    def cancel(**_: Any) -> None:
        raise ClientError(
            {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": code} for code in codes],
            },
            "TransactWriteItems",
        )

    return cancel
