"""What Bedrock's errors mean for a turn."""

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from urllib3.exceptions import ReadTimeoutError as StreamTimeout

from tandem.live.errors import ModelFailure

END_OF_LIFE = "reached the end of its life"
"""Bedrock says this in a message, not in a code."""

_KINDS = {
    "throttlingexception": "throttled",
    "servicequotaexceededexception": "throttled",
    "toomanyrequestsexception": "throttled",
    "modeltimeoutexception": "timeout",
    "validationexception": "validation",
    "accessdeniedexception": "access_denied",
    "unrecognizedclientexception": "access_denied",
    "expiredtokenexception": "access_denied",
    "resourcenotfoundexception": "validation",
}


def model_failure(error: Exception) -> ModelFailure:
    """The failure that an exception of a Bedrock call, or of its event stream, stands for.

    Kinds: throttled, timeout, validation, access_denied, end_of_life, unavailable.
    """
    message = str(error)
    if isinstance(error, ModelFailure):
        return error
    if END_OF_LIFE in message:
        return ModelFailure("end_of_life", message)
    if isinstance(error, ClientError):
        # Errors within an event stream have their code in camelCase.
        code = error.response.get("Error", {}).get("Code", "").lower()
        return ModelFailure(_KINDS.get(code, "unavailable"), message)
    # Within an event stream, the HTTP library's own timeout comes through.
    if isinstance(error, ReadTimeoutError | ConnectTimeoutError | StreamTimeout | TimeoutError):
        return ModelFailure("timeout", message)
    return ModelFailure("unavailable", f"{type(error).__name__}: {message}")
