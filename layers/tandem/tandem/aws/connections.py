"""Open sockets, in the table of the conversations.

`W#<connection>` / `META` says whose a connection is; `C#<conversation>` / `W#<connection>` and
`DESK` / `W#<connection>` list the connections of a conversation and of the desk.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from tandem.aws.attributes import Item, instant, number, text
from tandem.live.ports import BEGINNING, Clock, Connection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LONGEST_CONNECTION = timedelta(hours=2, minutes=5)
"""API Gateway closes a WebSocket after two hours: what is older was not signed off."""
_CONNECTION = TypeAdapter(Connection)


class DynamoConnections:
    """`Connections`. A connection whose `expires_at` has passed counts as gone."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def add(self, connection: Connection) -> None:
        expires_at = connection.expires_at or self._clock.now() + LONGEST_CONNECTION
        values: Item = {
            "doc": text(_CONNECTION.dump_json(connection).decode()),
            "since": text(instant(self._clock.now())),
            "expires_at": number(int(expires_at.timestamp())),
        }
        puts: list[Any] = [
            {"Put": {"TableName": self._table, "Item": {**key, **values}}}
            for key in _keys(connection)
        ]
        self._client.transact_write_items(TransactItems=puts)

    def remove(self, connection_id: str) -> None:
        connection = self._stored(connection_id)
        for key in _keys(connection or Connection(connection_id)):
            self._client.delete_item(TableName=self._table, Key=key)

    def forget(self, connection_id: str) -> None:
        connection = self._stored(connection_id)
        for key in _keys(connection or Connection(connection_id)):
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=key,
                    ConditionExpression="attribute_not_exists(since) OR since <= :begun",
                    ExpressionAttributeValues={
                        ":begun": text(instant(self._clock.now() - BEGINNING))
                    },
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return

    def get(self, connection_id: str) -> Connection | None:
        connection = self._stored(connection_id)
        return connection if connection and self._open(connection) else None

    def of_conversation(self, conversation_id: str) -> list[str]:
        return [c.connection_id for c in self._listed(f"C#{conversation_id}")]

    def of_desk(self) -> list[Connection]:
        return self._listed("DESK")

    def _stored(self, connection_id: str) -> Connection | None:
        item = self._client.get_item(
            TableName=self._table,
            Key={"pk": text(f"W#{connection_id}"), "sk": text("META")},
            ConsistentRead=True,
        ).get("Item")
        return _CONNECTION.validate_json(item["doc"]["S"]) if item else None

    def _listed(self, pk: str) -> list[Connection]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": text(pk), ":prefix": text("W#")},
            ConsistentRead=True,
        )
        found = (_CONNECTION.validate_json(i["doc"]["S"]) for page in pages for i in page["Items"])
        return [connection for connection in found if self._open(connection)]

    def _open(self, connection: Connection) -> bool:
        # The table's own expiry may come days late.
        expires_at: datetime | None = connection.expires_at
        return expires_at is None or expires_at > self._clock.now()


def _keys(connection: Connection) -> list[Item]:
    listed = text(f"W#{connection.connection_id}")
    keys: list[Item] = []
    if connection.conversation_id is not None:
        keys.append({"pk": text(f"C#{connection.conversation_id}"), "sk": listed})
    if connection.person is not None:
        keys.append({"pk": text("DESK"), "sk": listed})
    return [*keys, {"pk": listed, "sk": text("META")}]
