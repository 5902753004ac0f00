"""A request of Bedrock's as it comes over HTTP: read, checked, or refused in the service's words.

Source: botocore's service models of `bedrock-runtime` and `bedrock-agent-runtime` (shapes).
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from local.bedrock.model import Json


@dataclass
class WireError(Exception):
    """An error of the real service: HTTP `status`, exception `code`, `message` for people."""

    status: int
    code: str
    message: str

    @property
    def event_name(self) -> str:
        """The code as an event stream spells it: `throttlingException`."""
        return self.code[:1].lower() + self.code[1:]


def validation_error(message: str) -> WireError:
    """The service's answer to a request it does not understand."""
    return WireError(400, "ValidationException", message)


def as_json(raw: bytes) -> dict[str, Any]:
    """A request's body as an object.

    Raises:
        WireError: a SerializationException, as the service's front end answers.
    """
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise WireError(400, "SerializationException", "The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise WireError(400, "SerializationException", "The request body is not a JSON object.")
    return body


@cache
def _service(name: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(name)


def check_request(service: str, operation: str, params: Json) -> None:
    """Hold a request against botocore's own model of the operation.

    Raises:
        WireError: a ValidationException that names what is missing or of a wrong type.
    """
    shape = _service(service).operation_model(operation).input_shape
    if shape is None:  # an operation without input has nothing to check
        return
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        raise validation_error(report.generate_report())
