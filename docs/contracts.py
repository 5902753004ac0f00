"""Writes the contracts that others build on, from the code: JSON Schemas, OpenAPI, AsyncAPI.

`make docs` writes them; a test fails when what lies in `docs/` is not what this would write.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

import yaml
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from tandem.live import customer_api, desk, desk_api, frames
from tandem.live.chat_settings import ChatSettings
from tandem.live.desk_settings import DeskSettings
from tandem.live.events import EVENTS, SOURCE, Event
from tandem.live.frames import EscalationView
from tandem.live.knowledge_preview import KnowledgePreview
from tandem.live.overview import Overview
from tandem.live.people import People
from tandem.live.policy import Policy
from tandem.live.transcript import Transcript

FOLDER = Path(__file__).parent
_VERSION = "1"


@dataclass(frozen=True)
class Route:
    """One address of the HTTP API: what goes in, what comes out, and who may."""

    summary: str
    answer: type[BaseModel]
    access: str
    body: type[BaseModel] | None = None
    query: tuple[tuple[str, str, str], ...] = ()
    """Name, type, description."""
    must_give: tuple[str, ...] = ()
    """The names of `query` that cannot be left out."""
    errors: tuple[int, ...] = ()


_GUEST, _TOKEN, _CUSTOMER, _DESK = "", "conversationToken", "customerIdentity", "deskIdentity"
_C = "/conversations/{conversation_id}"
_D = "/desk/conversations/{conversation_id}"

ROUTES: dict[str, Route] = {
    "GET /settings": Route(
        "What the chat shows before the first message, and what it can do.",
        ChatSettings, _GUEST,
        query=(("language", "string", "Such as `de` or `de-AT`; English by default."),),
    ),
    "POST /conversations": Route(
        "Begin a conversation as a guest. Limited by network address.",
        customer_api.Opened, _GUEST, customer_api.Open, errors=(400, 429),
    ),
    "POST /customer/conversations": Route(
        "Begin a conversation as a customer of your own identity provider.",
        customer_api.Opened, _CUSTOMER, customer_api.Open, errors=(400, 401),
    ),
    f"GET {_C}": Route(
        "The conversation; with `after`, only the turns since: what was missed while away.",
        customer_api.ConversationView, _TOKEN,
        query=(("after", "integer", "The `seq` of the last turn that was seen."),),
        errors=(400, 401, 403, 404),
    ),
    f"POST {_C}/token": Route(
        "A fresh token for the same conversation.",
        customer_api.Opened, _TOKEN, errors=(401, 403, 404),
    ),
    f"POST {_C}/messages": Route(
        "Send a message. The answer comes by the socket, or by reading again.",
        customer_api.Sent, _TOKEN, customer_api.Message, errors=(400, 401, 403, 409, 413),
    ),
    f"POST {_C}/person": Route(
        "Ask for a person. Works on an empty conversation, too.",
        customer_api.State, _TOKEN, errors=(401, 403, 409),
    ),
    f"POST {_C}/thumbs": Route(
        "Rate one answer up or down.",
        customer_api.State, _TOKEN, customer_api.Thumb, errors=(400, 401, 403, 404),
    ),
    f"POST {_C}/rating": Route(
        "Rate the whole conversation, 1 to 5; also after its end.",
        customer_api.State, _TOKEN, customer_api.Stars, errors=(400, 401, 403),
    ),
    f"POST {_C}/close": Route(
        "End the conversation.", customer_api.State, _TOKEN, errors=(401, 403),
    ),
    f"POST {_C}/reopen": Route(
        "Open a closed conversation again.", customer_api.State, _TOKEN, errors=(401, 403),
    ),
    "GET /desk/settings": Route(
        "Who has signed in, and the rules and texts that they work with.",
        DeskSettings, _DESK, errors=(401, 403),
    ),
    "GET /desk/people": Route(
        "Who has the desk open now.", People, _DESK, errors=(401, 403),
    ),
    "GET /desk/queue": Route(
        "Who waits and who is being helped, by deadline; `state=follow_up`: who has to be got "
        "back to.",
        desk_api.Queue, _DESK,
        query=(("state", "string", "`open` (default) or `follow_up`."),),
        errors=(400, 401, 403),
    ),
    "GET /desk/overview": Route(
        "What happened in a period, in figures; for leads.",
        Overview, _DESK,
        query=(
            ("from", "string", "ISO 8601 with a time zone; the period begins with this moment."),
            ("to", "string", "The period ends before this moment; at most 31 days after `from`."),
        ),
        must_give=("from", "to"),
        errors=(400, 401, 403),
    ),
    "POST /desk/ticket": Route(
        "A ticket that opens the desk's WebSocket within a minute.",
        desk_api.Ticket, _DESK, errors=(401, 403),
    ),
    f"GET {_D}": Route(
        "A conversation with gate decisions, sources and the withheld draft.",
        desk.ConversationView, _DESK, errors=(401, 403, 404),
    ),
    f"GET {_D}/audit": Route(
        "Who did what, when, to which escalation.",
        desk_api.AuditTrail, _DESK, errors=(401, 403, 404),
    ),
    f"GET {_D}/knowledge": Route(
        "What would be kept as knowledge of the present or last exchange with an expert, without "
        "personal data.",
        KnowledgePreview, _DESK, errors=(401, 403, 404),
    ),
    f"POST {_D}/claim": Route(
        "Take the conversation over. Of many who try, exactly one wins.",
        EscalationView, _DESK, errors=(401, 403, 404, 409),
    ),
    f"POST {_D}/messages": Route(
        "Write to the customer, or send the draft, as it is or edited.",
        desk_api.Said, _DESK, desk_api.Say, errors=(400, 401, 403, 404, 409, 413),
    ),
    f"POST {_D}/hand-back": Route(
        "Give the conversation back to the assistant.",
        desk_api.State, _DESK, desk_api.Ending, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/resolve": Route(
        "End escalation and conversation, with an outcome.",
        desk_api.State, _DESK, desk_api.Ending, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/reassign": Route(
        "Give the conversation back to the queue, for somebody or for anybody.",
        desk_api.State, _DESK, desk_api.Reassign, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/presence": Route(
        "A sign of life; without one for too long, the conversation goes back to the queue.",
        desk_api.Done, _DESK, errors=(401, 403, 404, 409),
    ),
    f"POST {_D}/follow-up": Route(
        "Note that somebody got back to the customer of an expired escalation.",
        EscalationView, _DESK, desk_api.FollowUp, errors=(400, 401, 403, 404, 409),
    ),
}  # fmt: skip

_MEANINGS = {
    400: "The request is not what the interface asks for.",
    401: "No token, or one that is forged, expired or of another issuer.",
    403: "The token does not open this.",
    404: "There is no such thing.",
    409: "The conversation's state does not allow it (closed, claimed, not yours).",
    413: "The message is too long.",
    429: "Too many requests; wait a minute.",
}

CUSTOMER_SENDS = (
    frames.SendMessage, frames.AskForPerson, frames.Thumb, frames.Rate, frames.Close,
    frames.Reopen, frames.Typing, frames.Ping,
)  # fmt: skip
DESK_SENDS = (
    frames.Claim, frames.Say, frames.HandBack, frames.Resolve, frames.Reassign, frames.Present,
    frames.Typing, frames.Ping,
)  # fmt: skip
CUSTOMER_GETS = (
    frames.TurnSent, frames.Delta, frames.Withdrawn, frames.Received, frames.TypingShown,
    frames.WaitingChanged, frames.Refused, frames.Done, frames.Pong,
)  # fmt: skip
DESK_GETS = (
    frames.QueueChanged, frames.TurnSent, frames.Received, frames.TypingShown, frames.Refused,
    frames.Done, frames.Pong,
)  # fmt: skip


_UNIONS: dict[str, tuple[tuple[type[BaseModel], ...], JsonSchemaMode, str]] = {
    "CustomerFrame": (CUSTOMER_SENDS, "validation", "What a customer sends."),
    "DeskFrame": (DESK_SENDS, "validation", "What an expert sends."),
    "CustomerGets": (CUSTOMER_GETS, "serialization", "What a customer gets."),
    "DeskGets": (DESK_GETS, "serialization", "What an expert gets."),
}


def documents() -> dict[str, str]:
    """Everything that is generated: the file's name below `docs/`, and its text."""
    schemas: dict[str, type[BaseModel]] = {
        **{_file(event): event for event in EVENTS},
        "transcript.json": Transcript,
        "policy.json": Policy,
    }
    made = {
        f"schemas/{name}": json.dumps(_schema(model), indent=2, ensure_ascii=False) + "\n"
        for name, model in schemas.items()
    }
    made["schemas/frames.json"] = json.dumps(frames_schema(), indent=2, ensure_ascii=False) + "\n"
    made["openapi.yaml"] = _yaml(openapi())
    made["asyncapi.yaml"] = _yaml(asyncapi())
    return made


def openapi() -> dict[str, Any]:
    """The HTTP API as OpenAPI 3.1."""
    answers = {route.answer for route in ROUTES.values()}
    bodies = {route.body for route in ROUTES.values() if route.body}
    references, definitions = _definitions(
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
        if "{conversation_id}" in path:
            parameters.insert(
                0,
                {
                    "name": "conversation_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                },
            )
        operation: dict[str, Any] = {
            "summary": route.summary,
            "operationId": _operation_id(method, path),
            "security": [{route.access: []}] if route.access else [],
            "responses": {
                "200": _response("Done.", references[route.answer]),
                **{
                    str(status): _response(
                        _MEANINGS[status], {"$ref": "#/components/schemas/Error"}
                    )
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
            "version": _VERSION,
            "description": "The customer's and the desk's HTTP interface. The base address is the "
            "stack's output `HttpUrl`. Written by `make docs`; do not edit.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                _TOKEN: {**bearer, "description": "The token that `POST /conversations` gave."},
                _CUSTOMER: {
                    **bearer,
                    "description": "A token of your identity provider (parameter CustomerIssuer).",
                },
                _DESK: {
                    **bearer,
                    "description": "An id token of the stack's user pool, of a member of the "
                    "groups experts or leads.",
                },
            },
            "schemas": dict(sorted(definitions.items())),
        },
    }


def asyncapi() -> dict[str, Any]:
    """The WebSocket and the event bus as AsyncAPI 3.0."""
    sockets = (*CUSTOMER_SENDS, *DESK_SENDS, *CUSTOMER_GETS, *DESK_GETS)
    references, definitions = _definitions(
        "#/components/schemas/{model}",
        sent={*CUSTOMER_GETS, *DESK_GETS},
        # Events are taken from others as well.
        taken={*CUSTOMER_SENDS, *DESK_SENDS, *EVENTS},
    )
    messages: dict[str, Any] = {}
    every: tuple[type[BaseModel], ...] = (*sockets, *EVENTS)
    for model in dict.fromkeys(every):
        message: dict[str, Any] = {"payload": references[model], "contentType": "application/json"}
        if model.__doc__ and model.__doc__ != Event.__doc__:
            message["summary"] = _first_line(model.__doc__)
        if issubclass(model, Event):
            message["title"] = model.detail_type
        messages[model.__name__] = message

    def channel(address: str, text: str, models: Iterable[type[BaseModel]]) -> dict[str, Any]:
        names = dict.fromkeys(model.__name__ for model in models)
        return {
            "address": address,
            "description": text,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }

    def operation(action: str, where: str, models: Iterable[type[BaseModel]]) -> dict[str, Any]:
        return {
            "action": action,
            "channel": {"$ref": f"#/channels/{where}"},
            "messages": [
                {"$ref": f"#/channels/{where}/messages/{model.__name__}"} for model in models
            ],
        }

    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tandem",
            "version": _VERSION,
            "description": "The WebSocket (the stack's output `WebSocketUrl`) and the event bus "
            f"(output `BusName`; Tandem's own events have the source `{SOURCE}`). Operations are "
            "described from Tandem's side. Written by `make docs`; do not edit.",
        },
        "channels": {
            "customer": channel(
                "?token={conversation token}",
                "A customer's socket. Each frame is one JSON document. Every action is answered by "
                "`received`, `done`, `pong` or `error`; what is said comes as `delta` and `turn`.",
                (*CUSTOMER_SENDS, *CUSTOMER_GETS),
            ),
            "desk": channel(
                "?token={desk ticket}",
                "An expert's socket. The queue's changes go to everybody; what is said in a "
                "conversation goes to who holds it, and to all while it waits.",
                (*DESK_SENDS, *DESK_GETS),
            ),
            "bus": channel(
                "EventBridge",
                "The `detail` of the events. `Message Received` and `Escalation Requested` may "
                "come from a team's own chatbot, with a source of its own.",
                EVENTS,
            ),
        },
        "operations": {
            "fromCustomer": operation("receive", "customer", CUSTOMER_SENDS),
            "toCustomer": operation("send", "customer", CUSTOMER_GETS),
            "fromDesk": operation("receive", "desk", DESK_SENDS),
            "toDesk": operation("send", "desk", DESK_GETS),
            "fromBus": operation("receive", "bus", (*EVENTS[:1], EVENTS[3])),
            "toBus": operation("send", "bus", EVENTS),
        },
        "components": {"messages": messages, "schemas": dict(sorted(definitions.items()))},
    }


def frames_schema() -> dict[str, Any]:
    """The frames of the WebSocket as a JSON Schema (2020-12), for programs that make types of it.

    `$defs` has each frame under its name, and what a side may send as `CustomerFrame` and
    `DeskFrame`, what it gets as `CustomerGets` and `DeskGets`. What a client may leave out is not
    required of it; what the server always sends is.
    """
    modes: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for models, mode, _ in _UNIONS.values():
        modes |= dict.fromkeys((model, mode) for model in models)
    by_model, whole = models_json_schema(list(modes), schema_generator=_AsSent)
    definitions: dict[str, Any] = whole["$defs"]
    for name, (models, mode, text) in _UNIONS.items():
        every = [by_model[model, mode] for model in models]
        definitions[name] = {"title": name, "description": text, "anyOf": every}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Frame",
        "description": "One message of the WebSocket. Written by `make docs`; do not edit.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in _UNIONS],
        "$defs": dict(sorted(definitions.items())),
    }


class _AsSent(GenerateJsonSchema):
    """What is sent is sent with all its fields. Only models have titles: each title becomes a type
    of that name."""

    @override
    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def write() -> None:
    for name, text in documents().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _definitions(
    template: str, *, sent: set[type[BaseModel]], taken: set[type[BaseModel]]
) -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    """References to the models' schemas, and these, with those that they refer to, by name.

    What is sent has all its fields; of what is taken, those with a default may be missing.
    """
    modes: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(taken, "validation")
    modes |= dict.fromkeys(sent, "serialization")
    wanted = sorted(modes.items(), key=lambda pair: (pair[0].__module__, pair[0].__name__))
    by_model, whole = models_json_schema(wanted, ref_template=template, schema_generator=_AsSent)
    return {model: by_model[model, mode] for model, mode in wanted}, whole.get("$defs", {})


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="validation", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _response(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _operation_id(method: str, path: str) -> str:
    words = [part for part in path.replace("-", "/").split("/") if part and "{" not in part]
    return "_".join([method.lower(), *words, *(["one"] if path.endswith("}") else [])])


def _file(event: type[Event]) -> str:
    return event.detail_type.lower().replace(" ", "_") + ".json"


def _first_line(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


if __name__ == "__main__":
    write()
