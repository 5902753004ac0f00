"""DynamoDB's typed attribute values, and how times are written into keys."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = dict[str, AttributeValueTypeDef]

MAX_ITEM_BYTES = 400 * 1024


def text(value: str) -> "AttributeValueTypeDef":
    return {"S": value}


def number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def instant(moment: datetime) -> str:
    """UTC with microseconds, always of the same length: sorts as text by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def item_bytes(item: Item) -> int:
    """How much of the 400 KB an item takes: names and values in UTF-8."""
    return sum(
        len(name) + len("".join(str(part) for part in value.values()).encode())
        for name, value in item.items()
    )
