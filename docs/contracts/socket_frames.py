"""The frames of the WebSocket: who sends which, and their JSON Schema."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from docs.contracts.json_schemas import DIALECT, AsSent
from tandem.live import frames

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


def frames_schema() -> dict[str, Any]:
    """The frames of the WebSocket as a JSON Schema (2020-12), for programs that make types of it.

    `$defs` has each frame under its name, and what a side may send as `CustomerFrame` and
    `DeskFrame`, what it gets as `CustomerGets` and `DeskGets`. What a client may leave out is not
    required of it; what the server always sends is.
    """
    modes: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for models, mode, _ in _UNIONS.values():
        modes |= dict.fromkeys((model, mode) for model in models)
    by_model, whole = models_json_schema(list(modes), schema_generator=AsSent)
    definitions: dict[str, Any] = whole["$defs"]
    for name, (models, mode, text) in _UNIONS.items():
        every = [by_model[model, mode] for model in models]
        definitions[name] = {"title": name, "description": text, "anyOf": every}
    return {
        "$schema": DIALECT,
        "title": "Frame",
        "description": "One message of the WebSocket. Written by `make docs`; do not edit.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in _UNIONS],
        "$defs": dict(sorted(definitions.items())),
    }
