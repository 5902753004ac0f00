"""The WebSocket and the event bus as AsyncAPI."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from docs.contracts.json_schemas import VERSION, definitions_of
from docs.contracts.socket_frames import CUSTOMER_GETS, CUSTOMER_SENDS, DESK_GETS, DESK_SENDS
from tandem.bus_event import BusEvent
from tandem.live import events as live
from tandem.review import events as review
from tandem.tuning import events as tuning

EVENTS: tuple[type[BusEvent], ...] = (*live.EVENTS, *review.EVENTS, *tuning.EVENTS)
_FROM_OTHERS = (live.MessageReceived, live.EscalationRequested, review.CandidateRegistered)
"""Such as a team's own chatbot and training send."""
_PLAIN = {BusEvent.__doc__, live.Event.__doc__}


def asyncapi() -> dict[str, Any]:
    """The WebSocket and the event bus as AsyncAPI 3.0."""
    sockets = (*CUSTOMER_SENDS, *DESK_SENDS, *CUSTOMER_GETS, *DESK_GETS)
    references, definitions = definitions_of(
        "#/components/schemas/{model}",
        sent={*CUSTOMER_GETS, *DESK_GETS},
        # Events are taken from others as well.
        taken={*CUSTOMER_SENDS, *DESK_SENDS, *EVENTS},
    )
    messages: dict[str, Any] = {}
    every: tuple[type[BaseModel], ...] = (*sockets, *EVENTS)
    for model in dict.fromkeys(every):
        message: dict[str, Any] = {"payload": references[model], "contentType": "application/json"}
        if model.__doc__ and model.__doc__ not in _PLAIN:
            message["summary"] = _first_line(model.__doc__)
        if issubclass(model, BusEvent):
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
            "version": VERSION,
            "description": "The WebSocket (the stack's output `WebSocketUrl`) and the event bus "
            f"(output `BusName`; Tandem's own events have the sources `{live.SOURCE}`, "
            f"`{review.SOURCE}` and `{tuning.SOURCE}`). Operations are described from Tandem's "
            "side. Written by `make docs`; do not edit.",
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
                "come from a team's own chatbot, with a source of its own; `Candidate Registered` "
                "also comes from a training of your own, with the source "
                f"`{review.CandidateRegistered.source}`.",
                EVENTS,
            ),
        },
        "operations": {
            "fromCustomer": operation("receive", "customer", CUSTOMER_SENDS),
            "toCustomer": operation("send", "customer", CUSTOMER_GETS),
            "fromDesk": operation("receive", "desk", DESK_SENDS),
            "toDesk": operation("send", "desk", DESK_GETS),
            "fromBus": operation("receive", "bus", _FROM_OTHERS),
            "toBus": operation("send", "bus", EVENTS),
        },
        "components": {"messages": messages, "schemas": dict(sorted(definitions.items()))},
    }


def _first_line(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())
