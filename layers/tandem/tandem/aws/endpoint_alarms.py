"""Alarms of the endpoints that serve trained models, in Amazon CloudWatch."""

from collections.abc import Callable
from typing import Any, Protocol

from tandem.tuning.ports import GoneOff
from tandem.tuning.serving import SlotName


class CloudWatchClient(Protocol):
    """What is used of the service `cloudwatch`, for which there are no type stubs here."""

    def describe_alarms(self, **request: Any) -> Any: ...


class EndpointAlarms:
    """`Alarms`."""

    def __init__(self, client: Callable[[], CloudWatchClient], slots: dict[str, SlotName]) -> None:
        """`slots`: which endpoint an alarm is about, by its name. `client`: asked for only where
        there are alarms to look at."""
        self._client = client
        self._slots = slots

    def gone_off(self) -> list[GoneOff]:
        if not self._slots:
            return []
        # Without names, the service would look at alarms that nobody may see.
        found = self._client().describe_alarms(AlarmNames=[*self._slots])
        return [
            GoneOff(
                alarm=alarm["AlarmName"],
                slot=self._slots[alarm["AlarmName"]],
                since=alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"],
            )
            for alarm in found["MetricAlarms"]
            if alarm["StateValue"] == "ALARM"
        ]
