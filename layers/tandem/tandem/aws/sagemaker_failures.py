"""What Amazon SageMaker says when it does not do what it was asked for."""

from botocore.exceptions import ClientError

INVALID = "ValidationException"
EXISTS = "ResourceInUse"
_NOT_FOUND = "ResourceNotFound"


def said(error: ClientError) -> tuple[str, str]:
    """Code and message."""
    return error.response["Error"]["Code"], error.response["Error"].get("Message", "")


def is_missing(error: ClientError) -> bool:
    """As the API's reference says it, or as many operations do: what is missing is invalid."""
    code, message = said(error)
    return code == _NOT_FOUND or (
        code == INVALID and ("not found" in message.lower() or "not exist" in message)
    )
