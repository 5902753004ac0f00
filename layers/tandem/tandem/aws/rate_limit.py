"""Counts how often something happens in a window of time, in the table of the conversations."""

from hashlib import sha256
from typing import TYPE_CHECKING

from tandem.aws.attributes import number, text
from tandem.live.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoRateLimit:
    """`RateLimit` with fixed windows: around the border of two, up to twice `limit` pass."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def allow(self, key: str, limit: int, window_seconds: int) -> bool:
        window = int(self._clock.now().timestamp()) // window_seconds
        # The key may be a person's network address: only its hash is stored.
        hashed = sha256(key.encode()).hexdigest()
        item = self._client.update_item(
            TableName=self._table,
            Key={"pk": text(f"L#{hashed}"), "sk": text(f"{window_seconds}#{window}")},
            UpdateExpression="ADD hits :one SET expires_at = :end",
            ExpressionAttributeValues={
                ":one": number(1),
                ":end": number((window + 2) * window_seconds),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(item["Attributes"]["hits"]["N"]) <= limit
