"""Failures of the service, on request.

A test asks for one by name; what fits next gets it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

from local.sagemaker.errors import ServiceError

KINDS: Mapping[str, str] = {
    "event_lost": "the event is not sent; `match` is in its type, its ARN or its detail",
    "event_doubled": "the event is sent twice",
    "job_interrupted": "the training is killed as when a spot instance is taken away: once `after` "
    "stands in its log, or once its first checkpoint is in S3; `match` is in its name",
    "job_fails": "the service itself fails a training (once `after` stands in its log); a job with "
    "a RetryStrategy is tried again as often as that says",
    "endpoint_fails": "a fleet of instances does not come up; `match` is in the names of its "
    "endpoint and its configuration, `message` is the reason",
    "limit": "Create and Update answer ResourceLimitExceeded; `match` is in operation or request",
    "throttling": "any operation answers ThrottlingException",
    "model_error": "InvokeEndpoint answers ModelError; `match` is in the endpoint's name",
    "unavailable": "InvokeEndpoint answers ServiceUnavailable",
}
_LIMIT = (
    "The account-level service limit 'instances for this usage' is 0 Instances, with current "
    "utilization of 0 Instances and a request delta of 1 Instances."
)


class UnknownFaultError(ValueError):
    """The request for a failure names something that does not exist."""


@dataclass
class Fault:
    """A failure that waits for what it fits. `times` None: until it is taken away."""

    what: str
    match: str = ""
    times: int | None = 1
    message: str = ""
    after: str = ""
    used: int = 0
    fault_id: str = field(default_factory=lambda: uuid4().hex[:8])


class Faults:
    """The failures that are armed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: list[Fault] = []

    def arm(self, asked: Mapping[str, Any]) -> Fault:
        """Arm one failure: {"what", "match", "times", "message", "after"}, see `KINDS` and `Fault`.

        Raises `UnknownFaultError`.
        """
        unknown = set(asked) - {"what", "match", "times", "message", "after"}
        if unknown:
            raise UnknownFaultError(f"unknown: {', '.join(sorted(unknown))}")
        what, times = str(asked.get("what", "")), asked.get("times", 1)
        if what not in KINDS:
            raise UnknownFaultError(f"what is one of {', '.join(KINDS)}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise UnknownFaultError("times is a whole number from 1, or null")
        match, message, after = (str(asked.get(n, "")) for n in ("match", "message", "after"))
        fault = Fault(what, match, times, message, after)
        with self._lock:
            self._armed.append(fault)
        return fault

    def waiting(self, what: str, *texts: str) -> Fault | None:
        """The first one that fits, which stays armed; or None."""
        with self._lock:
            return self._find(what, texts)

    def take(self, what: str, *texts: str) -> Fault | None:
        """The first one that fits, counted as used; or None."""
        with self._lock:
            fault = self._find(what, texts)
            if fault is None:
                return None
            fault.used += 1
            if fault.times is not None and fault.used >= fault.times:
                self._armed.remove(fault)
            return fault

    def _find(self, what: str, texts: tuple[str, ...]) -> Fault | None:
        fitting = (
            fault
            for fault in self._armed
            if fault.what == what and any(fault.match in text for text in texts)
        )
        return next(fitting, None)

    def refuse(self, operation: str, request: str) -> None:
        """Raises the `ServiceError` that is armed for this call."""
        if fault := self.take("throttling", operation, request):
            raise ServiceError("ThrottlingException", fault.message or "Rate exceeded")
        if not operation.startswith(("Create", "Update")):
            return
        if fault := self.take("limit", operation, request):
            raise ServiceError("ResourceLimitExceeded", fault.message or _LIMIT)

    def clear(self) -> None:
        """Take all failures away."""
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._armed]
