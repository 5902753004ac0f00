"""A frame reaches its socket or it does not; either way the turn goes on."""

import json
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from tandem.aws.push import SocketPush
from tandem.live.frames import Delta, Pong
from tandem.live.ports import BEGINNING, Connection
from tests.fakes import ManualClock, MemoryConnections, MemoryPush

URL = "https://api.example/prod"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    return session.create_client(
        "apigatewaymanagementapi", region_name="us-east-1", endpoint_url=URL
    )


@pytest.fixture
def connections(clock: ManualClock) -> MemoryConnections:
    connections = MemoryConnections(clock)
    connections.add(Connection("w1=", conversation_id="c1"))
    clock.advance(BEGINNING.total_seconds())
    return connections


def test_a_frame_is_sent_as_json(client: Any, connections: MemoryConnections) -> None:
    frame = Delta(conversation_id="c1", turn_id="t1", attempt=1, index=0, text="grüß")
    sent: list[bytes] = []
    client.meta.events.register(
        "before-parameter-build.apigatewaymanagementapi.PostToConnection",
        lambda params, **_: sent.append(params["Data"]),
    )
    with Stubber(client) as stub:
        stub.add_response("post_to_connection", {})
        assert SocketPush(client, connections).send("w1=", frame)
    assert json.loads(sent[0]) == json.loads(frame.model_dump_json())


@pytest.mark.parametrize("code", ["GoneException", "ForbiddenException"])
def test_a_socket_that_is_gone_is_forgotten(
    client: Any, connections: MemoryConnections, code: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("post_to_connection", code)
        assert not SocketPush(client, connections).send("w1=", Pong())
    assert connections.get("w1=") is None


def test_a_socket_that_is_about_to_open_stays_known(
    client: Any, connections: MemoryConnections
) -> None:
    connections.add(Connection("w2=", conversation_id="c1"))
    with Stubber(client) as stub:
        stub.add_client_error("post_to_connection", "GoneException")
        assert not SocketPush(client, connections).send("w2=", Pong())
    assert connections.get("w2=") is not None


@pytest.mark.parametrize("code", ["LimitExceededException", "PayloadTooLargeException", "Internal"])
def test_another_failure_is_no_error_and_the_socket_stays_known(
    client: Any, connections: MemoryConnections, code: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("post_to_connection", code)
        assert not SocketPush(client, connections).send("w1=", Pong())
    assert connections.get("w1=") is not None


def test_a_socket_api_that_hangs_is_no_error(
    client: Any, connections: MemoryConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url=URL)

    monkeypatch.setattr(client, "post_to_connection", hang)
    assert not SocketPush(client, connections).send("w1=", Pong())


def test_the_fake_forgets_what_is_gone_too(connections: MemoryConnections) -> None:
    push = MemoryPush(connections)
    assert push.send("w1=", Pong())
    push.gone.add("w1=")
    assert not push.send("w1=", Pong())
    assert connections.get("w1=") is None


def test_a_connection_lives_longer_than_api_gateway_lets_it() -> None:
    from tandem.aws.connections import LONGEST_CONNECTION

    assert timedelta(hours=2) < LONGEST_CONNECTION
