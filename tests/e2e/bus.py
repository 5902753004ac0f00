"""A listener on the event bus, as a team's own system would be: a rule with a queue behind it."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from tests.e2e.waiting import until

type Json = dict[str, Any]

FRONT_END = "shop.chat"
"""The source of events that a team's own front end sends."""
_BATCH = 10


class Bus:
    """Keeps all events of the bus, by conversation; and puts events on it."""

    def __init__(self, name: str, events: Any, sqs: Any) -> None:
        self._name, self._events, self._sqs = name, events, sqs
        self._url: str = sqs.create_queue(QueueName=f"listener-{uuid4().hex}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self._rule = f"listener-{uuid4().hex}"
        events.put_rule(
            Name=self._rule,
            EventBusName=name,
            EventPattern=json.dumps({"source": [{"prefix": ""}]}),
        )
        events.put_targets(
            Rule=self._rule,
            EventBusName=name,
            Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}],
        )
        self._heard: list[Json] = []
        self._said_again: set[str] = set()
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._reader.join()

    def _listen(self) -> None:
        while not self._ended.is_set():
            found = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=1
            ).get("Messages", [])
            for message in found:
                event = json.loads(message["Body"])
                self._heard.append(event)
                if event["detail-type"] in self._said_again:
                    self._say_again(event)
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    @contextmanager
    def doubled(self, *detail_types: str) -> Iterator[None]:
        """Every event of these types comes twice."""
        self._said_again = set(detail_types)
        try:
            yield
        finally:
            self._said_again = set()

    def _say_again(self, event: Json) -> None:
        same = [e for e in self._heard if e["detail"].get("id") == event["detail"].get("id")]
        if len(same) == 1:
            self.put((event["detail-type"], event["detail"]), source=event["source"])

    def heard(self, detail_type: str, **fields: Any) -> list[Json]:
        """What came of a type, whatever it is about, in its order."""
        return [
            event["detail"]
            for event in list(self._heard)
            if event["detail-type"] == detail_type
            and all(event["detail"].get(name) == value for name, value in fields.items())
        ]

    def hears(self, detail_type: str, **fields: Any) -> Json:
        """The first one that came, as soon as it has come."""
        return until(
            lambda: self.heard(detail_type, **fields), f"the bus carries {detail_type} {fields}"
        )[0]

    def details(self, conversation_id: str, detail_type: str, **fields: Any) -> list[Json]:
        """What came about a conversation, in its order."""
        return [
            event["detail"]
            for event in list(self._heard)
            if event["detail-type"] == detail_type
            and event["detail"].get("conversation_id") == conversation_id
            and all(event["detail"].get(name) == value for name, value in fields.items())
        ]

    def wait(self, conversation_id: str, detail_type: str, **fields: Any) -> Json:
        return until(
            lambda: self.details(conversation_id, detail_type, **fields),
            f"the bus carries {detail_type} {fields}",
        )[0]

    def repeated(self, conversation_id: str, detail_type: str) -> dict[str, int]:
        """The ids of events that came more than once."""
        times = Counter(detail["id"] for detail in self.details(conversation_id, detail_type))
        return {name: count for name, count in times.items() if count > 1}

    def put(self, *entries: tuple[str, Mapping[str, Any]], source: str = FRONT_END) -> None:
        """Put events on the bus in this order: detail types and details."""
        answer = self._events.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": source,
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail),
                }
                for detail_type, detail in entries
            ]
        )
        assert answer["FailedEntryCount"] == 0, answer


def message_received(
    conversation_id: str, client_id: str, text: str, **fields: Any
) -> tuple[str, Json]:
    """A customer's message, as a front end announces it."""
    return "Message Received", {
        **_head(conversation_id),
        "client_id": client_id,
        "text": text,
        **fields,
    }


def escalation_requested(
    conversation_id: str, escalation_id: str, **fields: Any
) -> tuple[str, Json]:
    """A chatbot's call for a person."""
    return "Escalation Requested", {
        **_head(conversation_id),
        "escalation_id": escalation_id,
        **fields,
    }


def _head(conversation_id: str) -> Json:
    return {
        "version": "1",
        "id": uuid4().hex,
        "time": datetime.now(UTC).isoformat(),
        "conversation_id": conversation_id,
    }
