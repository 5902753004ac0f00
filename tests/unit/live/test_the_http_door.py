"""The common part of the HTTP doors: a request in, a response out, and no surprise between."""

import base64
import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from tandem.aws.http_door import Request, serve
from tandem.live.customer_api import Message, Open, open_as_guest, read, send
from tandem.live.desk_api import queue_kind
from tandem.live.errors import (
    AccessDenied,
    AlreadyClaimed,
    Busy,
    InvalidMessage,
    NotFound,
    NotSignedIn,
    TooManyRequests,
)
from tandem.live.models import Frozen, Owner
from tandem.live.policy import Policy
from tests.scene import ANNA, Scene


class Order(Frozen):
    pieces: Annotated[int, Field(ge=1)]


class Answer(Frozen):
    text: str


def event(**fields: Any) -> dict[str, Any]:
    return {
        "routeKey": "POST /orders",
        "requestContext": {"http": {"sourceIp": "192.0.2.1"}},
        **fields,
    }


def served(route: Any, **fields: Any) -> tuple[int, dict[str, Any]]:
    response = serve({"POST /orders": route}, event(**fields))
    assert response["headers"]["content-type"] == "application/json"
    assert response["headers"]["cache-control"] == "no-store"
    return response["statusCode"], json.loads(response["body"])


def ordered(request: Request) -> Answer:
    return Answer(text=f"{request.body(Order).pieces} pieces")


def test_a_request_is_answered_as_json() -> None:
    assert served(ordered, body='{"pieces": 3}') == (200, {"text": "3 pieces"})


def test_a_body_may_come_in_base64() -> None:
    body = base64.b64encode(b'{"pieces": 3}').decode()

    assert served(ordered, body=body, isBase64Encoded=True)[0] == 200


@pytest.mark.parametrize(
    "body",
    [None, "", "{", "[]", '{"pieces": 0}', '{"pieces": 1, "more": 2}', '{"pieces": "\\ud800"}'],
)
def test_a_body_that_is_not_asked_for_is_refused_with_the_field_that_is_wrong(
    body: str | None,
) -> None:
    status, answer = served(ordered, body=body)

    assert status == 400
    assert answer["code"] == "invalid_message"
    assert answer["message"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidMessage("x"), 400),
        (NotSignedIn("x"), 401),
        (AccessDenied("x"), 403),
        (NotFound("x"), 404),
        (AlreadyClaimed("x", by="Anna"), 409),
        (TooManyRequests("x"), 429),
        (Busy("x"), 503),
    ],
)
def test_an_error_becomes_its_status_with_a_code_and_details(error: Any, status: int) -> None:
    def refuses(_: Request) -> Answer:
        raise error

    expected = {"code": error.code, "message": "x", "detail": error.detail}
    assert served(refuses) == (status, expected)


def test_a_mistake_of_ours_is_not_dressed_up_as_an_answer() -> None:
    def mistaken(_: Request) -> Answer:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        served(mistaken)


def test_an_unknown_route_is_not_found() -> None:
    assert serve({}, event())["statusCode"] == 404
    assert serve({}, {"requestContext": {}})["statusCode"] == 404


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("17", 17), (None, 0), ("000000000012", 12)]
)
def test_a_number_of_the_query(text: str | None, number: int) -> None:
    query = None if text is None else {"after": text}

    assert Request(event(queryStringParameters=query)).number("after") == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "٣", "²", "1" * 13, " 1"])
def test_what_is_no_number_of_the_query_is_refused(text: str) -> None:
    with pytest.raises(InvalidMessage):
        Request(event(queryStringParameters={"after": text})).number("after")


def test_headers_claims_and_address_are_read_where_the_gateway_puts_them() -> None:
    request = Request(
        {
            "requestContext": {
                "http": {"sourceIp": "192.0.2.7"},
                "authorizer": {"jwt": {"claims": {"sub": "s-1"}}},
            },
            "headers": {"authorization": "Bearer x"},
            "pathParameters": {"conversation_id": "c-1"},
        }
    )

    assert request.address == "192.0.2.7"
    assert request.claims == {"sub": "s-1"}
    assert request.authorization == "Bearer x"
    assert request.path == {"conversation_id": "c-1"}
    assert Request({"requestContext": {}}).claims == {}


# --- what the customer's interface does with it --------------------------------------------------
def test_guests_begin_a_bounded_number_of_conversations_by_address() -> None:
    scene = Scene(Policy.model_validate({"limits": {"guest_conversations_per_minute": 2}}))

    def opened(address: str) -> str:
        return open_as_guest(scene.world, scene.fakes.rate_limit, address, Open()).conversation_id

    assert len({opened("192.0.2.1"), opened("192.0.2.1")}) == 2
    with pytest.raises(TooManyRequests):
        opened("192.0.2.1")
    opened("192.0.2.2")
    scene.fakes.clock.advance(60)
    opened("192.0.2.1")


def test_no_network_address_is_kept() -> None:
    scene = Scene()

    open_as_guest(scene.world, scene.fakes.rate_limit, "192.0.2.1", Open())

    assert "192.0.2.1" not in repr(vars(scene.fakes.rate_limit))
    assert "192.0.2.1" not in repr(scene.fakes.store.commits)


def test_after_a_lost_connection_the_turns_since_the_last_one_are_read() -> None:
    scene = Scene()
    scene.asks("How many endpoints may I run?")
    sent = send(scene.world, scene.conversation_id, Message(client_id="m-9", text="And models?"))

    view = read(scene.world, scene.conversation_id, after=2)

    assert [t.seq for t in view.turns] == [sent.seq] == [3]
    assert (view.answering, view.owner, view.last_seq) == (True, Owner.ASSISTANT, 3)


def test_the_customer_reads_neither_drafts_nor_decisions_nor_who_is_called() -> None:
    scene = Scene()
    scene.asks("I want to talk to a human")
    scene.machine_opens()
    scene.claims(ANNA)

    view = read(scene.world, scene.conversation_id).model_dump_json()

    assert "Because." not in view
    assert "decision" not in view
    assert "wants_person" not in view


@pytest.mark.parametrize(("state", "kind"), [(None, "open"), ("open", "open"), ("follow_up",) * 2])
def test_the_two_queues(state: str | None, kind: str) -> None:
    assert queue_kind(state) == kind


def test_a_third_queue_is_refused() -> None:
    with pytest.raises(InvalidMessage):
        queue_kind("mine")
