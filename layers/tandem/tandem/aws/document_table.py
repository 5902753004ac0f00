"""A DynamoDB table of documents.

Every item is one JSON document (`doc`) beside its keys; what can change has its `revision` beside
it, so that a change is one conditional write. Two indexes, both sparse and with all attributes:
`state` (state_key, state_at) and `time` (time_key, time_at).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from time import sleep
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from tandem.aws.attributes import MAX_ITEM_BYTES, Item, item_bytes, number, text
from tandem.live.errors import Conflict
from tandem.live.models import Frozen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_BATCH_GET = 100
_BATCH_WRITE = 25
_ATTEMPTS = 8
_FIRST_WAIT_SECONDS = 0.1
_CONDITION = "ConditionalCheckFailedException"


class TooLarge(ValueError):
    """A document is over DynamoDB's 400 KB."""


class Throttled(Exception):
    """DynamoDB did not take all of a batch, however often it was asked to."""


class DocumentTable:
    """Documents in a table, whatever they are."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def get[T: Frozen](self, kind: type[T], pk: str, sk: str) -> T | None:
        """Strongly consistent."""
        answer = self.client.get_item(
            TableName=self.name, Key={"pk": text(pk), "sk": text(sk)}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else kind.model_validate_json(item["doc"]["S"])

    def many[T: Frozen](self, kind: type[T], keys: Sequence[tuple[str, str]]) -> list[T]:
        """Those that exist, in the given order. Strongly consistent. Raises `Throttled`."""
        found: dict[tuple[str, str], T] = {}
        for batch in batched(dict.fromkeys(keys), _BATCH_GET, strict=False):
            wanted: Any = {
                self.name: {
                    "Keys": [{"pk": text(pk), "sk": text(sk)} for pk, sk in batch],
                    "ConsistentRead": True,
                }
            }
            # boto3 retries a refused request, not what an accepted one left out: also what is
            # beyond 16 MB.
            refused = 0
            while wanted:
                answer = self.client.batch_get_item(RequestItems=wanted)
                read = answer["Responses"].get(self.name, [])
                for item in read:
                    key = (item["pk"]["S"], item["sk"]["S"])
                    found[key] = kind.model_validate_json(item["doc"]["S"])
                wanted = answer.get("UnprocessedKeys")
                if not wanted or read:
                    refused = 0
                    continue
                refused += 1
                if refused == _ATTEMPTS:
                    raise Throttled(f"{len(wanted[self.name]['Keys'])} items were not read")
                sleep(_FIRST_WAIT_SECONDS * 2**refused)
        return [found[key] for key in keys if key in found]

    def put(self, item: Item, condition: str | None = None, **values: Any) -> bool:
        """False where the condition does not hold. Raises `TooLarge`."""
        options: dict[str, Any] = {}
        if condition is not None:
            options["ConditionExpression"] = condition
        if values:
            options["ExpressionAttributeValues"] = {f":{k}": v for k, v in values.items()}
        try:
            self.client.put_item(TableName=self.name, Item=_checked(item), **options)
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION:
                return False
            raise
        return True

    def add(self, item: Item) -> bool:
        """False if there is an item of this key."""
        return self.put(item, "attribute_not_exists(pk)")

    def replace(self, item: Item, revision: int) -> None:
        """Put an item in the place of the one with this revision. Raises `Conflict`."""
        if not self.put(item, "revision = :before", before=number(revision)):
            raise Conflict(f"{item['pk']['S']} {item['sk']['S']} has changed")

    def delete(self, pk: str, sk: str) -> None:
        self.client.delete_item(TableName=self.name, Key={"pk": text(pk), "sk": text(sk)})

    def put_many(self, items: Iterable[Item]) -> None:
        """Put many small items; no key may come twice. Raises `Throttled`."""
        for batch in batched(items, _BATCH_WRITE, strict=False):
            wanted: Any = {self.name: [{"PutRequest": {"Item": item}} for item in batch]}
            # boto3 retries a refused request, not what an accepted one left undone.
            for attempt in range(_ATTEMPTS):
                if attempt:
                    sleep(_FIRST_WAIT_SECONDS * 2**attempt)
                wanted = self.client.batch_write_item(RequestItems=wanted).get("UnprocessedItems")
                if not wanted:
                    break
            else:
                raise Throttled(f"{len(wanted[self.name])} items were not written")

    def write(self, writes: "Sequence[TransactWriteItemTypeDef]") -> bool:
        """All or nothing; False where a condition does not hold, or another write is under way."""
        try:
            self.client.transact_write_items(TransactItems=writes)
        except self.client.exceptions.TransactionCanceledException:
            return False
        return True

    def to_put(self, item: Item, *, once: bool = False) -> "TransactWriteItemTypeDef":
        """A write of a transaction. Raises `TooLarge`."""
        if once:
            return {
                "Put": {
                    "TableName": self.name,
                    "Item": _checked(item),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
        return {"Put": {"TableName": self.name, "Item": _checked(item)}}

    def below(
        self, pk: str, prefix: str = "", *, backwards: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The items of a partition whose sort key begins so. Strongly consistent."""
        condition, values = "pk = :pk", {":pk": text(pk)}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = text(prefix)
        return self._pages(
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            ScanIndexForward=not backwards,
        )

    def indexed(
        self,
        index: Literal["state", "time"],
        key: str,
        *,
        since: str = "",
        until: str = "",
        backwards: bool = False,
        page: int | None = None,
        without: tuple[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The items of an index under a key, from `since` on or up to and with `until`. Eventually
        consistent.

        `without` names an attribute, a set of texts, and what must not be in it.
        """
        condition, values = f"{index}_key = :key", {":key": text(key)}
        if since:
            condition += f" AND {index}_at >= :since"
            values[":since"] = text(since)
        elif until:
            condition += f" AND {index}_at <= :until"
            values[":until"] = text(until)
        options: dict[str, Any] = {} if page is None else {"Limit": page}
        if without is not None:
            options["FilterExpression"] = "NOT contains(#set, :member)"
            options["ExpressionAttributeNames"] = {"#set": without[0]}
            values[":member"] = text(without[1])
        return self._pages(
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=not backwards,
            **options,
        )

    def count(self, index: Literal["state", "time"], key: str, most: int) -> int:
        """How many items an index has under a key; counting ends soon after `most`."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=index,
            KeyConditionExpression=f"{index}_key = :key",
            ExpressionAttributeValues={":key": text(key)},
            Select="COUNT",
        )
        found = 0
        for page in pages:
            found += page["Count"]
            if found >= most:
                return most
        return found

    def _pages(self, **query: Any) -> Iterator[dict[str, Any]]:
        paginator = self.client.get_paginator("query")
        for page in paginator.paginate(TableName=self.name, **query):
            yield from page["Items"]


def item_of(
    pk: str,
    sk: str,
    document: Frozen,
    *,
    state: tuple[str, str] | None = None,
    time: tuple[str, str] | None = None,
) -> Item:
    """A document's item, with its key and sort value in the indexes that it is in."""
    item: Item = {"pk": text(pk), "sk": text(sk), "doc": text(document.model_dump_json())}
    revision = getattr(document, "revision", None)
    if revision is not None:
        item["revision"] = number(revision)
    for name, place in (("state", state), ("time", time)):
        if place is not None:
            item[f"{name}_key"], item[f"{name}_at"] = text(place[0]), text(place[1])
    return item


def _checked(item: Item) -> Item:
    size = item_bytes(item)
    if size > MAX_ITEM_BYTES:
        raise TooLarge(
            f"{item['pk']['S']} {item['sk']['S']} has {size} bytes; an item takes {MAX_ITEM_BYTES}"
        )
    return item
