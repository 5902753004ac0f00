"""The HTTP API as OpenAPI."""

import re
from typing import Any

from docs.contracts.json_schemas import VERSION, definitions_of
from docs.contracts.routes import CUSTOMER, DESK, MEANINGS, ROUTES, TOKEN

_PLACES = re.compile(r"\{(\w+)\}")


def openapi() -> dict[str, Any]:
    """The HTTP API as OpenAPI 3.1."""
    answers = {route.answer for route in ROUTES.values()}
    bodies = {route.body for route in ROUTES.values() if route.body}
    references, definitions = definitions_of(
        "#/components/schemas/{model}", sent=answers, taken=bodies
    )
    paths: dict[str, dict[str, Any]] = {}
    for key, route in ROUTES.items():
        method, path = key.split(" ")
        parameters: list[dict[str, Any]] = [
            {
                "name": name,
                "in": "query",
                "description": text,
                **({"required": True} if name in route.must_give else {}),
                "schema": {"type": kind},
            }
            for name, kind, text in route.query
        ]
        parameters[:0] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PLACES.findall(path)
        ]
        operation: dict[str, Any] = {
            "summary": route.summary,
            "operationId": _operation_id(method, path),
            "security": [{route.access: []}] if route.access else [],
            "responses": {
                "200": _response("Done.", references[route.answer]),
                **{
                    str(status): _response(MEANINGS[status], {"$ref": "#/components/schemas/Error"})
                    for status in route.errors
                },
            },
        }
        if parameters:
            operation["parameters"] = parameters
        if route.body:
            content = {"application/json": {"schema": references[route.body]}}
            operation["requestBody"] = {"content": content}
        paths.setdefault(path, {})[method.lower()] = operation
    definitions["Error"] = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "description": "Stable; for programs."},
            "message": {"type": "string", "description": "Says what to do; for people."},
            "detail": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tandem",
            "version": VERSION,
            "description": "The HTTP interface of customers, of the desk, of the review and of "
            "the models. The base address is the stack's output `HttpUrl`. Written by `make docs`; "
            "do not edit.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                TOKEN: {**bearer, "description": "The token that `POST /conversations` gave."},
                CUSTOMER: {
                    **bearer,
                    "description": "A token of your identity provider (parameter CustomerIssuer).",
                },
                DESK: {
                    **bearer,
                    "description": "An id token of the stack's user pool, of a member of the "
                    "groups experts or leads; for `/review` and `/models/compare`, of reviewers "
                    "or leads; for the rest of `/models`, of leads.",
                },
            },
            "schemas": dict(sorted(definitions.items())),
        },
    }


def _response(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _operation_id(method: str, path: str) -> str:
    words = [part for part in path.replace("-", "/").split("/") if part and "{" not in part]
    return "_".join([method.lower(), *words, *(["one"] if path.endswith("}") else [])])
