"""Errors of SageMaker's API."""

from dataclasses import dataclass


@dataclass
class ServiceError(Exception):
    """What the service answers instead: its code, the message for people, the HTTP status."""

    code: str
    message: str
    status: int = 400


def invalid(message: str) -> ServiceError:
    """What most of SageMaker's refusals are, also of what is not there."""
    return ServiceError("ValidationException", message)
