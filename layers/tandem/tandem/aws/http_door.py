"""The HTTP doors' common part: a request of API Gateway in, a response out.

API Gateway has matched the route already (payload format 2.0 names it in `routeKey`), so a door is
a table from route to function.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tandem.aws.observability import logger
from tandem.live.errors import InvalidMessage, LiveError
from tandem.live.socket import explain

_NO_BODY = "{}"


class Request:
    """An HTTP API request (payload format 2.0)."""

    def __init__(self, event: dict[str, Any]):
        self._event = event
        self.path: dict[str, str] = event.get("pathParameters") or {}
        self.query: dict[str, str] = event.get("queryStringParameters") or {}
        context = event["requestContext"]
        self.address: str = context.get("http", {}).get("sourceIp", "")
        self.authorization: str | None = (event.get("headers") or {}).get("authorization")
        self.claims: dict[str, Any] = (
            (context.get("authorizer") or {}).get("jwt", {}).get("claims", {})
        )

    def body[T: BaseModel](self, model: type[T]) -> T:
        """The body as `model`. Raises `InvalidMessage`, saying what is wrong with it."""
        text: str | bytes = self._event.get("body") or _NO_BODY
        if self._event.get("isBase64Encoded"):
            text = base64.b64decode(text)
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise InvalidMessage(explain(error)) from error

    def number(self, name: str) -> int:
        """A whole number of the query string, 0 if it is not given. Raises `InvalidMessage`."""
        text = self.query.get(name, "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise InvalidMessage(f"{name} must be a whole number.")
        return int(text)


type Routes = Mapping[str, Callable[[Request], BaseModel]]


def serve(routes: Routes, event: dict[str, Any]) -> dict[str, Any]:
    """Answer a request. A `LiveError` becomes its status with `{"code", "message", "detail"}`."""
    route = routes.get(event.get("routeKey", ""))
    if route is None:
        return _response(404, {"code": "not_found", "message": "There is no such address."})
    try:
        answer = route(Request(event))
    except LiveError as error:
        logger.info("refused", extra={"code": error.code, "route": event["routeKey"]})
        return _response(
            error.status,
            {"code": error.code, "message": error.message, "detail": error.detail},
        )
    return _response(200, answer.model_dump_json())


def _response(status: int, body: str | dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": body if isinstance(body, str) else json.dumps(body),
    }
