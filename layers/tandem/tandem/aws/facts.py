"""The facts of the overview, beside the items that they are about.

| attribute | what it is |
|---|---|
| day_shard | partition of the index `day`: `DAY#<n>`, by a hash of the conversation |
| day_at | when it happened |
| fact | the fact, as JSON |

The index `day` is sparse and projects `fact` alone. DynamoDB writes an index only where a projected
attribute changes: a fact that stays as it is costs nothing, however often its item is written.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zlib import crc32

from pydantic import ConfigDict, Field, TypeAdapter

from tandem.aws.attributes import Item, instant, text
from tandem.live.facts import ConversationFact, EscalationFact, Fact, RatingFact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DAY_SHARDS = 8
"""A partition of an index takes 1,000 writes a second, and all that happens now has the same end of
the index."""
_FACT: TypeAdapter[Fact] = TypeAdapter(
    Annotated[ConversationFact | EscalationFact | RatingFact, Field(discriminator="kind")],
    config=ConfigDict(defer_build=True),
)
_MOMENT = timedelta(microseconds=1)


def fact_attributes(fact: Fact) -> Item:
    """What an item carries to be in the index."""
    return {
        "day_shard": text(day_shard(fact.conversation_id)),
        "day_at": text(instant(fact.at)),
        "fact": text(fact.model_dump_json(exclude_none=True)),
    }


def day_shard(conversation_id: str) -> str:
    """The partition of the index `day`: the same in every process."""
    return f"DAY#{crc32(conversation_id.encode()) % DAY_SHARDS}"


class DynamoFacts:
    """`Facts`, read page by page."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def between(self, start: datetime, end: datetime) -> Iterator[Fact]:
        for shard in range(DAY_SHARDS):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="day",
                KeyConditionExpression="day_shard = :shard AND day_at BETWEEN :first AND :last",
                ProjectionExpression="fact",
                ExpressionAttributeValues={
                    ":shard": text(f"DAY#{shard}"),
                    ":first": text(instant(start)),
                    # BETWEEN takes both ends in.
                    ":last": text(instant(end - _MOMENT)),
                },
            )
            for page in pages:
                yield from (_FACT.validate_json(item["fact"]["S"]) for item in page["Items"])
