"""Open sockets: whose they are, and who is reached through them."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from tandem.aws.connections import LONGEST_CONNECTION, DynamoConnections
from tandem.live.models import Person
from tandem.live.ports import BEGINNING, Connection, Connections
from tests.contract.conftest import REGION, TABLE
from tests.fakes import START, ManualClock, MemoryConnections

ANNA = Person(user="anna", name="Anna", groups=frozenset({"experts", "leads"}))


@pytest.fixture(params=["memory", "dynamodb"])
def connections(request: pytest.FixtureRequest, clock: ManualClock) -> Connections:
    if request.param == "memory":
        return MemoryConnections(clock)
    table = request.getfixturevalue("table")
    return DynamoConnections(boto3.client("dynamodb", region_name=REGION), table, clock)


def test_a_customers_connection_is_found_by_its_conversation(connections: Connections) -> None:
    connections.add(Connection("w1=", conversation_id="c1"))
    connections.add(Connection("w2=", conversation_id="c1"))
    connections.add(Connection("w3=", conversation_id="c2"))
    assert sorted(connections.of_conversation("c1")) == ["w1=", "w2="]
    assert connections.get("w1=") == Connection("w1=", conversation_id="c1")
    assert connections.of_desk() == []


def test_a_persons_connection_is_found_at_the_desk(connections: Connections) -> None:
    connection = Connection("w1=", person=ANNA)
    connections.add(connection)
    assert connections.of_desk() == [connection]
    assert connections.get("w1=") == connection


def test_a_removed_connection_is_nowhere(connections: Connections) -> None:
    connections.add(Connection("w1=", conversation_id="c1"))
    connections.add(Connection("w2=", person=ANNA))
    connections.remove("w1=")
    connections.remove("w2=")
    assert connections.get("w1=") is None
    assert connections.of_conversation("c1") == []
    assert connections.of_desk() == []


def test_removing_twice_or_what_was_never_there_is_no_error(connections: Connections) -> None:
    connections.add(Connection("w1=", conversation_id="c1"))
    connections.remove("w1=")
    connections.remove("w1=")
    connections.remove("unknown")


def test_a_connection_that_cannot_be_sent_to_is_forgotten_unless_it_has_just_begun(
    connections: Connections, clock: ManualClock
) -> None:
    connections.add(Connection("w1=", conversation_id="c1"))
    connections.add(Connection("w2=", person=ANNA))
    connections.forget("w1=")
    connections.forget("w2=")
    assert connections.of_conversation("c1") == ["w1="]
    assert [connection.connection_id for connection in connections.of_desk()] == ["w2="]

    clock.advance(BEGINNING.total_seconds())
    connections.forget("w1=")
    connections.forget("w2=")
    connections.forget("unknown")
    assert connections.get("w1=") is None
    assert connections.of_conversation("c1") == []
    assert connections.of_desk() == []


def test_a_connection_whose_time_is_over_counts_as_gone(
    connections: Connections, clock: ManualClock
) -> None:
    end = START + timedelta(minutes=1)
    connections.add(Connection("w1=", conversation_id="c1", expires_at=end))
    connections.add(Connection("w2=", person=ANNA, expires_at=end))
    assert connections.get("w1=") is not None
    clock.advance(60)
    assert connections.get("w1=") is None
    assert connections.of_conversation("c1") == []
    assert connections.of_desk() == []


def test_a_connection_that_was_never_signed_off_leaves_the_table(
    table: str, clock: ManualClock
) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    DynamoConnections(client, table, clock).add(Connection("w1=", conversation_id="c1"))
    items: list[dict[str, Any]] = client.scan(TableName=TABLE)["Items"]
    end = str(int((START + LONGEST_CONNECTION).timestamp()))
    assert [item["expires_at"]["N"] for item in items] == [end, end]
