"""Publishes events on EventBridge."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tandem.aws.observability import logger
from tandem.bus_event import BusEvent

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
_TIME_BYTES = 14
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.1


class NotPublished(Exception):
    """The bus did not take some events; the text names them and says why."""


class EventBridgeBus:
    """`Bus`, of every module.

    Raises `NotPublished`; an event may have been published twice, never in part.
    """

    def __init__(
        self,
        client: "EventBridgeClient",
        bus_name: str,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client
        self._bus_name = bus_name
        self._sleep = sleep

    def publish(self, events: Sequence[BusEvent]) -> None:
        entries = [self._entry(event) for event in events]
        refused = [line for batch in _batches(entries) for line in self._put(batch)]
        if refused:
            raise NotPublished("; ".join(refused))

    def _entry(self, event: BusEvent) -> "PutEventsRequestEntryTypeDef":
        entry: PutEventsRequestEntryTypeDef = {
            "Time": event.time,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.model_dump_json(),
            "EventBusName": self._bus_name,
        }
        if _size(entry) > MAX_BYTES:
            raise NotPublished(
                f"{event.detail_type} {event.id} has {_size(entry)} bytes; "
                f"the bus takes {MAX_BYTES}"
            )
        return entry

    def _put(self, entries: "list[PutEventsRequestEntryTypeDef]") -> list[str]:
        """Publish one batch; what the bus refuses is tried again. Returns why what remains does."""
        refused: list[str] = []
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
            answer = self._client.put_events(Entries=entries)
            results = list(zip(entries, answer["Entries"], strict=True))
            refused = [
                f"{entry['DetailType']}: {result['ErrorCode']} {result.get('ErrorMessage', '')}"
                for entry, result in results
                if "ErrorCode" in result
            ]
            if not refused:
                return []
            logger.warning("the bus refused events", extra={"refused": refused})
            entries = [entry for entry, result in results if "ErrorCode" in result]
        return refused


def _batches(
    entries: "Sequence[PutEventsRequestEntryTypeDef]",
) -> "Iterator[list[PutEventsRequestEntryTypeDef]]":
    """At most ten entries and 256 KB each, in order."""
    batch: list[PutEventsRequestEntryTypeDef] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == MAX_ENTRIES or size + _size(entry) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += _size(entry)
    if batch:
        yield batch


def _size(entry: "PutEventsRequestEntryTypeDef") -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(part.encode()) for part in texts)
