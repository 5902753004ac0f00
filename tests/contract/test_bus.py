"""Events reach the bus whole, in batches that it takes, or the caller is told."""

import json
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import boto3
import pytest

from tandem.aws.bus import MAX_BYTES, EventBridgeBus, NotPublished
from tandem.live.events import ConversationClosed, Event, MessageReceived
from tests.contract.conftest import REGION
from tests.fakes import START, MemoryBus

BUS = "tandem"

type Published = Callable[[], list[dict[str, Any]]]


def message(number: int, text: str = "hello") -> MessageReceived:
    return MessageReceived(
        id=f"id-{number}", time=START, conversation_id="c1", client_id=f"m{number}", text=text
    )


CLOSED = ConversationClosed(
    id="c1.v3", time=START, conversation_id="c1", closed_by="idle", conversation_version=3
)


@pytest.fixture
def published(aws: None) -> Published:
    """What arrives in a queue behind a rule for everything of the live module."""
    events = boto3.client("events", region_name=REGION)
    sqs = boto3.client("sqs", region_name=REGION)
    queue = sqs.create_queue(QueueName="arrivals")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    events.create_event_bus(Name=BUS)
    pattern = json.dumps({"source": ["tandem.live"]})
    events.put_rule(Name="all", EventBusName=BUS, EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])

    def arrived() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            found += [json.loads(each["Body"]) for each in page]
        return found

    return arrived


def bus(client: Any = None, sleep: Callable[[float], object] = lambda _: None) -> EventBridgeBus:
    return EventBridgeBus(client or boto3.client("events", region_name=REGION), BUS, sleep)


def test_an_event_arrives_as_its_model_under_its_address(published: Published) -> None:
    bus().publish([message(1), CLOSED])
    arrived = {each["detail-type"]: each for each in published()}
    assert arrived.keys() == {"Message Received", "Conversation Closed"}
    assert arrived["Message Received"]["source"] == "tandem.live"
    assert MessageReceived.model_validate(arrived["Message Received"]["detail"]) == message(1)
    assert ConversationClosed.model_validate(arrived["Conversation Closed"]["detail"]) == CLOSED


def test_more_than_ten_events_arrive(published: Published) -> None:
    bus().publish([message(n) for n in range(23)])
    assert sorted(each["detail"]["id"] for each in published()) == sorted(
        f"id-{n}" for n in range(23)
    )


def test_events_that_are_large_together_arrive(published: Published) -> None:
    bus().publish([message(n, "ü" * 50_000) for n in range(6)])
    assert len(published()) == 6


def test_nothing_to_publish_calls_nobody() -> None:
    calls = Calls()
    bus(calls).publish([])
    MemoryBus().publish([])
    assert calls.batches == []


class Calls:
    """The client's answers, one for each call: the numbers of the entries that it refuses."""

    def __init__(self, *refused: Sequence[int]) -> None:
        self.refused = list(refused)
        self.batches: list[list[str]] = []
        self.sizes: list[int] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.batches.append([json.loads(entry["Detail"])["id"] for entry in Entries])
        self.sizes.append(sum(len(entry["Detail"].encode()) for entry in Entries))
        refused = self.refused.pop(0) if self.refused else ()
        return {
            "FailedEntryCount": len(refused),
            "Entries": [
                {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
                if index in refused
                else {"EventId": "x"}
                for index, _ in enumerate(Entries)
            ],
        }


def test_batches_have_ten_entries_in_order() -> None:
    calls = Calls()
    bus(calls).publish([message(n) for n in range(23)])
    assert [len(batch) for batch in calls.batches] == [10, 10, 3]
    assert list(chain(*calls.batches)) == [f"id-{n}" for n in range(23)]


def test_batches_stay_below_the_limit_in_bytes() -> None:
    calls = Calls()
    bus(calls).publish([message(n, "ü" * 50_000) for n in range(6)])
    assert [len(batch) for batch in calls.batches] == [2, 2, 2]
    assert max(calls.sizes) <= MAX_BYTES


def test_only_refused_entries_are_tried_again_and_more_slowly_each_time() -> None:
    calls, pauses = Calls([1, 2], [0]), list[float]()
    bus(calls, pauses.append).publish([message(1), message(2), message(3)])
    assert calls.batches == [["id-1", "id-2", "id-3"], ["id-2", "id-3"], ["id-2"]]
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_what_is_refused_to_the_end_is_named_with_the_reason() -> None:
    calls = Calls([0], [0], [0], [0])
    with pytest.raises(NotPublished, match="Message Received: ThrottlingException slow down"):
        bus(calls).publish([message(1)])


def test_a_refused_batch_does_not_keep_back_the_others() -> None:
    calls = Calls(*[range(10)] * 4)
    with pytest.raises(NotPublished):
        bus(calls).publish([message(n) for n in range(12)])
    assert calls.batches[-1] == ["id-10", "id-11"]


def test_an_event_that_no_batch_can_hold_is_refused_before_anything_is_sent() -> None:
    class Huge(Event):
        detail_type = "Huge"
        text: str

    calls = Calls()
    huge = Huge(id="h1", time=START, conversation_id="c1", text="x" * MAX_BYTES)
    with pytest.raises(NotPublished, match="Huge h1 has"):
        bus(calls).publish([message(1), huge])
    assert calls.batches == []
