"""An endpoint: its state, which fleet answers, and what the service says of it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.sagemaker.fleets import Fleet

type Json = dict[str, Any]

_EVENT_STATUS = {
    "Creating": "CREATING",
    "InService": "IN_SERVICE",
    "Updating": "UPDATING",
    "RollingBack": "ROLLING_BACK",
    "Failed": "FAILED",
    "Deleting": "DELETING",
}
"""What events say for what the API says."""


@dataclass
class Endpoint:
    """`config`: that is in force; during an update still the old one, `pending` the new one.

    `blue` is the fleet in service, `green` the one that is to take its place; `share` of the
    traffic goes there. `gone` is set when it is to be deleted.
    """

    name: str
    arn: str
    config: str
    variant: Json
    created: datetime
    status: str = "Creating"
    reason: str = ""
    pending: str = ""
    pending_since: datetime | None = None
    deployment_config: Json | None = None
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    blue: Fleet | None = None
    green: Fleet | None = None
    share: float = 0.0
    gone: threading.Event = field(default_factory=threading.Event)
    _asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def becomes(self, status: str, reason: str = "") -> None:
        self.status, self.reason, self.modified = status, reason, datetime.now(UTC)

    def next_fleet(self) -> Fleet | None:
        """Who answers the next request; None: nobody does, (not) yet."""
        with self._lock:
            blue, green = self.blue, self.green
            if blue is None or green is None:
                return blue
            # Of any n requests in a row, as near to the share as can be.
            self._asked += 1
            to_green = int(self._asked * self.share) > int((self._asked - 1) * self.share)
            return green if to_green else blue

    def shift(self, share: float) -> None:
        with self._lock:
            self.share, self._asked = share, 0

    def take(self, green: Fleet) -> None:
        """A second fleet is there; nothing goes to it yet."""
        with self._lock:
            self.green, self.share, self._asked = green, 0.0, 0

    def settle(self, fleet: Fleet | None) -> list[Fleet]:
        """This one alone answers from now on; returns those that did before."""
        with self._lock:
            before = [each for each in (self.blue, self.green) if each not in (None, fleet)]
            self.blue, self.green, self.share = fleet, None, 0.0
            return [each for each in before if each is not None]

    def summary(self) -> Json:
        """Of ListEndpoints."""
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "CreationTime": self.created.timestamp(),
            "LastModifiedTime": self.modified.timestamp(),
            "EndpointStatus": self.status,
        }

    def described(self) -> Json:
        """Of DescribeEndpoint."""
        described = {**self.summary(), "EndpointConfigName": self.config}
        if self.blue is not None:
            described["ProductionVariants"] = [_variant(self.variant)]
        if self.reason:
            described["FailureReason"] = self.reason
        if self.pending and self.pending_since is not None:
            described["PendingDeploymentSummary"] = {
                "EndpointConfigName": self.pending,
                "StartTime": self.pending_since.timestamp(),
            }
        if self.deployment_config is not None:
            described["LastDeploymentConfig"] = self.deployment_config
        return described

    def event(self, tags: dict[str, str]) -> Json:
        """The detail of its state change, whose times are milliseconds."""
        variant = _variant(self.variant)
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config,
            "ProductionVariants": [
                {
                    "VariantName": variant["VariantName"],
                    "DesiredWeight": variant["DesiredWeight"],
                    "DesiredInstanceCount": float(variant["DesiredInstanceCount"]),
                }
            ],
            "EndpointStatus": _EVENT_STATUS[self.status],
            "CreationTime": self.created.timestamp() * 1000,
            "LastModifiedTime": self.modified.timestamp() * 1000,
            "Tags": tags,
        }


def _variant(variant: Json) -> Json:
    count = int(variant.get("InitialInstanceCount", 1))
    weight = float(variant.get("InitialVariantWeight", 1.0))
    return {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }
