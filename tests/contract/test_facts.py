"""What the overview relies on when it counts what is stored."""

from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from tandem.aws.conversation_store import DynamoStore
from tandem.aws.facts import DAY_SHARDS, DynamoFacts, day_shard
from tandem.live.facts import ConversationFact, EscalationFact, Fact, RatingFact
from tandem.live.models import (
    Author,
    Conversation,
    Escalation,
    EscalationStatus,
    Owner,
    Rating,
    Trigger,
    Turn,
)
from tandem.live.ports import Change, ConversationStore, Facts
from tests.contract.conftest import REGION, TABLE
from tests.fakes import START, ManualClock, MemoryFacts, MemoryStore

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


class Ledger:
    """A store, and the facts of it."""

    def __init__(self, store: ConversationStore, facts: Facts) -> None:
        self._store = store
        self._facts = facts

    def begins(self, name: str = "c1", at: datetime = START) -> None:
        begun = Conversation(
            conversation_id=name, customer_id="guest:1", created_at=at, active_at=at
        )
        self._store.commit(Change(before=None, after=begun))

    def changes(
        self, name: str = "c1", *, parts: dict[str, Any] | None = None, **head: Any
    ) -> None:
        before = self._store.get(name)
        assert before is not None
        after = before.model_copy(update={"version": before.version + 1, **head})
        self._store.commit(Change(before, after, **(parts or {})))

    def says(self, name: str = "c1", at: datetime = START) -> None:
        turn = Turn(
            conversation_id=name, seq=1, turn_id="t1", author=Author.CUSTOMER, text="Hello", at=at
        )
        self.changes(name, parts={"turns": (turn,)}, last_seq=1, active_at=at)

    def keeps(self, escalation: Escalation) -> None:
        self.changes(escalation.conversation_id, parts={"escalations": (escalation,)})

    def is_rated(self, at: datetime = START, name: str = "c1", **rating: Any) -> None:
        rated = Rating(conversation_id=name, at=at, **{"turn_id": None, **rating})
        self.changes(name, parts={"ratings": (rated,)})

    def between(self, start: datetime, end: datetime) -> list[Fact]:
        return sorted(self._facts.between(start, end), key=lambda fact: (fact.at, fact.kind))

    @property
    def all(self) -> list[Fact]:
        return self.between(START - timedelta(days=1), START + timedelta(days=30))


def dynamo_ledger(request: pytest.FixtureRequest, clock: ManualClock) -> Ledger:
    table = request.getfixturevalue("table")
    client = boto3.client("dynamodb", region_name=REGION)
    return Ledger(DynamoStore(client, table, clock, timedelta(days=30)), DynamoFacts(client, table))


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest, clock: ManualClock) -> Ledger:
    if request.param == "memory":
        store = MemoryStore()
        return Ledger(store, MemoryFacts(store))
    return dynamo_ledger(request, clock)


@pytest.fixture
def dynamo(request: pytest.FixtureRequest, clock: ManualClock) -> Ledger:
    return dynamo_ledger(request, clock)


CALLED = Escalation(
    escalation_id="e1",
    conversation_id="c1",
    trigger=Trigger.NO_GROUNDING,
    reason="nothing was found",
    customer_id="guest:1",
    requested_at=START + HOUR,
)


def called(**later: Any) -> Escalation:
    return CALLED.model_copy(update=later)


class TestCounting:
    def test_of_nothing_there_are_no_facts(self, ledger: Ledger) -> None:
        assert ledger.all == []

    def test_a_conversation_counts_once_when_it_began(self, ledger: Ledger) -> None:
        ledger.begins()
        ledger.says(at=START + HOUR)
        ledger.changes(owner=Owner.CLOSED, closed_at=START + 2 * HOUR)

        assert ledger.all == [ConversationFact(conversation_id="c1", at=START)]

    def test_an_escalation_counts_when_it_was_requested_with_what_became_of_it(
        self, ledger: Ledger
    ) -> None:
        ledger.begins()
        ledger.keeps(called())
        requested = ledger.all[1]
        claimed_at, ended_at = START + 2 * HOUR, START + 3 * HOUR
        ledger.keeps(called(status=EscalationStatus.CLAIMED, claimed_at=claimed_at))
        claimed = ledger.all[1]
        ledger.keeps(
            called(status=EscalationStatus.RESOLVED, claimed_at=claimed_at, ended_at=ended_at)
        )
        resolved = ledger.all[1]

        assert len(ledger.all) == 2
        assert requested == EscalationFact(
            conversation_id="c1",
            at=START + HOUR,
            trigger=Trigger.NO_GROUNDING,
            open=True,
            expired=False,
        )
        assert claimed == requested.model_copy(update={"claimed_at": claimed_at})
        assert resolved == claimed.model_copy(update={"open": False, "ended_at": ended_at})

    def test_an_expired_escalation_stays_expired_after_its_follow_up(self, ledger: Ledger) -> None:
        ledger.begins()
        expired = called(status=EscalationStatus.EXPIRED, ended_at=START + 2 * HOUR, follow_up=True)
        ledger.keeps(expired)
        ledger.keeps(expired.model_copy(update={"follow_up": False}))

        fact = ledger.all[1]
        assert isinstance(fact, EscalationFact)
        assert (fact.expired, fact.open, fact.claimed_at) == (True, False, None)

    def test_each_escalation_of_a_conversation_counts(self, ledger: Ledger) -> None:
        ledger.begins()
        ledger.keeps(called())
        ledger.keeps(called(escalation_id="e2", trigger=Trigger.BUTTON))

        triggers = {fact.trigger for fact in ledger.all if isinstance(fact, EscalationFact)}
        assert triggers == {Trigger.NO_GROUNDING, Trigger.BUTTON}

    def test_ratings_of_answers_and_of_the_whole_count_each(self, ledger: Ledger) -> None:
        ledger.begins()
        ledger.is_rated(START + HOUR, turn_id="t1", thumb="up")
        ledger.is_rated(START + 2 * HOUR, turn_id="t2", thumb="down", reason="too long")
        ledger.is_rated(START + 3 * HOUR, stars=4)

        assert ledger.all[1:] == [
            RatingFact(conversation_id="c1", at=START + HOUR, thumb="up"),
            RatingFact(conversation_id="c1", at=START + 2 * HOUR, thumb="down"),
            RatingFact(conversation_id="c1", at=START + 3 * HOUR, stars=4),
        ]

    def test_a_later_rating_of_the_same_counts_instead(self, ledger: Ledger) -> None:
        ledger.begins()
        ledger.is_rated(START + HOUR, stars=1)
        ledger.is_rated(START + 2 * HOUR, stars=5)

        assert ledger.all[1:] == [RatingFact(conversation_id="c1", at=START + 2 * HOUR, stars=5)]


class TestPeriods:
    def test_the_beginning_is_in_the_period_and_the_end_is_not(self, ledger: Ledger) -> None:
        end = START + HOUR
        moments = {"before": START - INSTANT, "first": START, "last": end - INSTANT, "after": end}
        for name, at in moments.items():
            ledger.begins(name, at)

        found = ledger.between(START, end)

        assert [fact.conversation_id for fact in found] == ["first", "last"]

    def test_bounds_may_be_of_any_time_zone(self, ledger: Ledger) -> None:
        ledger.begins("c1", START)
        ledger.begins("c2", (START + HOUR).astimezone(timezone(timedelta(hours=9))))
        abroad = timezone(-timedelta(hours=7))

        found = ledger.between(
            START.astimezone(abroad), (START + HOUR + INSTANT).astimezone(abroad)
        )

        assert [fact.conversation_id for fact in found] == ["c1", "c2"]

    def test_a_period_between_two_conversations_is_empty(self, ledger: Ledger) -> None:
        ledger.begins("c1", START)
        ledger.begins("c2", START + HOUR)

        assert ledger.between(START + INSTANT, START + HOUR) == []

    def test_facts_of_many_conversations_are_all_found(self, ledger: Ledger) -> None:
        names = {f"c{n}" for n in range(50)}
        for name in names:
            ledger.begins(name)

        assert {fact.conversation_id for fact in ledger.all} == names


class TestDynamoDB:
    """What only the table has."""

    def attributes(self, sk: str) -> dict[str, Any]:
        """What stands in the index of an item of `c1`, beside its keys."""
        client = boto3.client("dynamodb", region_name=REGION)
        item = client.get_item(TableName=TABLE, Key={"pk": {"S": "C#c1"}, "sk": {"S": sk}})["Item"]
        return {name: item.get(name) for name in ("day_shard", "day_at", "fact")}

    def test_a_turn_does_not_write_the_index(self, dynamo: Ledger) -> None:
        dynamo.begins()
        before = self.attributes("META")
        dynamo.says(at=START + HOUR)

        assert all(before.values())
        assert self.attributes("META") == before
        assert not any(self.attributes("T#0000000001").values())

    def test_nor_does_what_the_ladder_does_until_somebody_comes(self, dynamo: Ledger) -> None:
        dynamo.begins()
        dynamo.keeps(called())
        before = self.attributes("E#e1")
        dynamo.keeps(
            called(
                status=EscalationStatus.WAITING,
                execution="run-1",
                tier="lead",
                tier_index=1,
                deadline=START + HOUR,
                task_token="token",
                waiting_for="claim",
            )
        )

        assert self.attributes("E#e1") == before

    def test_pages_are_read_to_the_end(
        self, dynamo: Ledger, table: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def one_at_a_time(params: dict[str, Any], **_: Any) -> None:
            params["Limit"] = 1

        client = boto3.client("dynamodb", region_name=REGION)
        client.meta.events.register("before-parameter-build.dynamodb.Query", one_at_a_time)
        for n in range(3 * DAY_SHARDS):
            dynamo.begins(f"c{n}")

        found = list(DynamoFacts(client, table).between(START, START + HOUR))

        assert len(found) == 3 * DAY_SHARDS

    def test_the_index_is_spread_by_a_stable_hash(self) -> None:
        shards = [day_shard(f"conversation-{n}") for n in range(1000)]

        assert day_shard("c1") == "DAY#1"
        assert {shards.count(f"DAY#{n}") > 80 for n in range(DAY_SHARDS)} == {True}
