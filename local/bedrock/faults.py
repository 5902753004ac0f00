"""Failures of the real service, on request.

A test or a benchmark asks for a failure by name; the next calls that match get it. Messages are
those of the service where they are public.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

from local.bedrock import direct_ingestion, guardrail_checks, imports
from local.bedrock.wire import WireError

MODEL_OPERATIONS = ("Converse", "ConverseStream", "InvokeModel")
OPERATIONS = (
    *MODEL_OPERATIONS,
    guardrail_checks.OPERATION,
    "Retrieve",
    *direct_ingestion.OPERATIONS,
    imports.OPERATION,
)

# Answered instead of a response.
ERRORS: Mapping[str, WireError] = {
    "throttling": WireError(
        429, "ThrottlingException", "Too many requests, please wait before trying again."
    ),
    "validation": WireError(
        400, "ValidationException", "The provided model identifier is invalid."
    ),
    "access_denied": WireError(
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ),
    "end_of_life": WireError(
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS "
        "documentation for more details.",
    ),
    "not_found": WireError(404, "ResourceNotFoundException", "The resource was not found."),
    "model_timeout": WireError(
        408, "ModelTimeoutException", "Model has timed out in processing the request. Try again."
    ),
    "model_error": WireError(
        424, "ModelErrorException", "The model returned an unexpected error. Try again."
    ),
    "model_not_ready": WireError(
        429, "ModelNotReadyException", "Model is not ready for inference. Wait and try again."
    ),
    "quota": WireError(
        400, "ServiceQuotaExceededException", "Your request exceeds the service quota."
    ),
    "internal": WireError(
        500, "InternalServerException", "The system encountered an unexpected error. Try again."
    ),
    "unavailable": WireError(
        503, "ServiceUnavailableException", "Bedrock is unable to process your request."
    ),
    "dependency": WireError(
        424, "DependencyFailedException", "The vector store could not be reached."
    ),
}

# Sent as an exception event after some tokens of a stream.
STREAM_ERRORS: Mapping[str, WireError] = {
    "stream_model_error": WireError(
        424, "ModelStreamErrorException", "The model failed while it was streaming. Try again."
    ),
    "stream_throttling": ERRORS["throttling"],
    "stream_internal": ERRORS["internal"],
    "stream_unavailable": ERRORS["unavailable"],
    "stream_validation": ERRORS["validation"],
}

# Neither an error nor a normal answer.
BEHAVIORS: Mapping[str, str] = {
    "guardrail": "the answer is replaced by the guardrail's text, stopReason guardrail_intervened",
    "max_tokens": "the answer is cut after `after_tokens` tokens, stopReason max_tokens",
    "disconnect": "the connection ends after `after_tokens` tokens, without a last event",
    "hang": "no answer until the caller goes away",
    "empty": "Retrieve finds nothing; a model answers with no content at all",
    "unindexable": "the documents are taken and then FAILED, `message` is the reason",
    "import_fails": "the import job is taken and then Failed, `message` is the reason",
}

_ONLY: Mapping[str, tuple[str, ...]] = {
    "dependency": ("Retrieve",),
    "end_of_life": MODEL_OPERATIONS,
    "model_timeout": MODEL_OPERATIONS,
    "model_error": MODEL_OPERATIONS,
    "model_not_ready": MODEL_OPERATIONS,
    "unavailable": (*MODEL_OPERATIONS, guardrail_checks.OPERATION),
    "guardrail": MODEL_OPERATIONS,
    "max_tokens": MODEL_OPERATIONS,
    "disconnect": ("ConverseStream",),
    "empty": (*MODEL_OPERATIONS, "Retrieve"),
    "unindexable": ("IngestKnowledgeBaseDocuments",),
    "import_fails": (imports.OPERATION,),
} | dict.fromkeys(STREAM_ERRORS, ("ConverseStream",))


@dataclass
class Fault:
    """A failure waiting for its calls. `times` None means until it is taken away."""

    operation: str
    error: str
    times: int | None = 1
    match: str = ""
    message: str = ""
    after_tokens: int = 3
    used: int = 0
    fault_id: str = field(default_factory=lambda: uuid4().hex[:8])

    def wire_error(self, catalog: Mapping[str, WireError]) -> WireError | None:
        """The error of that catalog, with this fault's own message where it has one."""
        known = catalog.get(self.error)
        if known is None or not self.message:
            return known
        return WireError(known.status, known.code, self.message)


class UnknownFaultError(ValueError):
    """The request for a failure names something that does not exist."""


class Faults:
    """The failures that are armed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: list[Fault] = []

    def arm(self, asked: Mapping[str, Any]) -> Fault:
        """Arm one failure from {"operation", "error", "times", "match", "message", "after_tokens"}.

        `operation` is one of OPERATIONS or "*"; `match` is a text that must occur in the model id
        or the request's body; `times` counts HTTP attempts (an SDK retries some errors itself).

        Raises:
            UnknownFaultError: for an unknown key, operation, error or combination.
        """
        unknown = set(asked) - {"operation", "error", "times", "match", "message", "after_tokens"}
        if unknown:
            raise UnknownFaultError(f"unknown: {', '.join(sorted(unknown))}")
        operation, error = str(asked.get("operation", "*")), str(asked.get("error", ""))
        if operation not in (*OPERATIONS, "*"):
            raise UnknownFaultError(f"operation is one of {', '.join(OPERATIONS)} or *")
        if error not in (known := {*ERRORS, *STREAM_ERRORS, *BEHAVIORS}):
            raise UnknownFaultError(f"error is one of {', '.join(sorted(known))}")
        if operation != "*" and operation not in _ONLY.get(error, OPERATIONS):
            raise UnknownFaultError(f"{operation} has no {error}")
        times = asked.get("times", 1)
        if times is not None and (not isinstance(times, int) or times < 1):
            raise UnknownFaultError("times is a whole number from 1, or null")
        after = asked.get("after_tokens", 3)
        if not isinstance(after, int) or after < 0:
            raise UnknownFaultError("after_tokens is a whole number from 0")
        fault = Fault(
            operation,
            error,
            times,
            str(asked.get("match", "")),
            str(asked.get("message", "")),
            after,
        )
        with self._lock:
            self._armed.append(fault)
        return fault

    def take(self, operation: str, *texts: str) -> Fault | None:
        """The first armed failure for this call, counted as used; or None."""
        with self._lock:
            for fault in self._armed:
                fits = fault.operation == operation or (
                    fault.operation == "*" and operation in _ONLY.get(fault.error, OPERATIONS)
                )
                if fits and (not fault.match or any(fault.match in text for text in texts)):
                    fault.used += 1
                    if fault.times is not None and fault.used >= fault.times:
                        self._armed.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Take all failures away."""
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[dict[str, Any]]:
        """What is still armed, for the control endpoint."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]
