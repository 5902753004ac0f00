"""Door of the customer's HTTP interface; its contract is `docs/openapi.yaml`."""

from datetime import timedelta
from typing import Any

from tandem.aws import bootstrap
from tandem.aws.http_door import Request, serve
from tandem.aws.observability import observed
from tandem.live import conversation as conversations
from tandem.live import customer_api as api
from tandem.live.access import conversation_token, require_conversation
from tandem.live.chat_settings import ChatSettings, chat_settings
from tandem.live.languages import DEFAULT_LANGUAGE

WORLD = bootstrap.world()
RATE_LIMIT = bootstrap.rate_limit()


def _id(request: Request) -> str:
    """The conversation that the request names, once its token was checked."""
    name = request.path["conversation_id"]
    now = WORLD.clock.now()
    require_conversation(bootstrap.token_secret(), request.authorization, name, now)
    return name


def _opened(conversation_id: str, customer_id: str) -> api.Opened:
    lifetime = timedelta(minutes=WORLD.policies.current().limits.token_minutes)
    token, expires = conversation_token(
        bootstrap.token_secret(), conversation_id, customer_id, WORLD.clock.now(), lifetime
    )
    return api.Opened(
        conversation_id=conversation_id,
        token=token,
        expires_at=expires,
        websocket_url=bootstrap.websocket_url(),
    )


def settings(request: Request) -> ChatSettings:
    return chat_settings(WORLD, request.query.get("language", DEFAULT_LANGUAGE))


def open_as_guest(request: Request) -> api.Opened:
    opened = api.open_as_guest(WORLD, RATE_LIMIT, request.address, request.body(api.Open))
    return _opened(opened.conversation_id, opened.customer_id)


def open_as_customer(request: Request) -> api.Opened:
    body = request.body(api.Open)
    opened = conversations.open_conversation(WORLD, request.claims["sub"], body.language)
    return _opened(opened.conversation_id, opened.customer_id)


def renew_token(request: Request) -> api.Opened:
    name = _id(request)
    return _opened(name, api.customer_of(WORLD, name))


def read(request: Request) -> api.ConversationView:
    return api.read(WORLD, _id(request), after=request.number("after"))


def send(request: Request) -> api.Sent:
    return api.send(WORLD, _id(request), request.body(api.Message))


def person(request: Request) -> api.State:
    return api.State.of(conversations.ask_for_person(WORLD, _id(request)))


def thumb(request: Request) -> api.State:
    name, body = _id(request), request.body(api.Thumb)
    return api.State.of(conversations.rate_turn(WORLD, name, body.turn_id, body.thumb, body.reason))


def rate(request: Request) -> api.State:
    name, body = _id(request), request.body(api.Stars)
    return api.State.of(conversations.rate_conversation(WORLD, name, body.stars, body.reason))


def close(request: Request) -> api.State:
    return api.State.of(conversations.close(WORLD, _id(request)))


def reopen(request: Request) -> api.State:
    return api.State.of(conversations.reopen(WORLD, _id(request)))


ROUTES = {
    "GET /settings": settings,
    "POST /conversations": open_as_guest,
    "POST /customer/conversations": open_as_customer,
    "GET /conversations/{conversation_id}": read,
    "POST /conversations/{conversation_id}/token": renew_token,
    "POST /conversations/{conversation_id}/messages": send,
    "POST /conversations/{conversation_id}/person": person,
    "POST /conversations/{conversation_id}/thumbs": thumb,
    "POST /conversations/{conversation_id}/rating": rate,
    "POST /conversations/{conversation_id}/close": close,
    "POST /conversations/{conversation_id}/reopen": reopen,
}


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return serve(ROUTES, event)
