"""What Amazon SageMaker says when it does not do what it was asked for."""

from botocore.exceptions import ClientError

INVALID = "ValidationException"
EXISTS = "ResourceInUse"
_NOT_FOUND = "ResourceNotFound"
_MISSING = ("not found", "not exist", "could not find")


def said(error: ClientError) -> tuple[str, str]:
    """Code and message."""
    return error.response["Error"]["Code"], error.response["Error"].get("Message", "")


def is_missing(error: ClientError) -> bool:
    """As the API's reference says it, or as many operations do: what is missing is invalid."""
    code, message = said(error)
    return code == _NOT_FOUND or (code == INVALID and any(w in message.lower() for w in _MISSING))


def is_there_already(error: ClientError) -> bool:
    """Something of this name; with models, endpoints and their configurations that is invalid."""
    code, message = said(error)
    return code == EXISTS or (code == INVALID and "already exist" in message.lower())


def is_busy(error: ClientError) -> bool:
    """With an endpoint that is being made, updated, or deleted, that is invalid, too."""
    code, message = said(error)
    return code == INVALID and "in-progress" in message.lower()
