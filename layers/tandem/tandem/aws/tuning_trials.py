"""What customers make of a candidate, counted in the tuning module's table.

Each conversation is an item of its own, written in one transaction with the figures: counted once,
whatever is told twice or late; it expires as the conversation does. The figures stay, spread over
shards, so that many conversations at once do not wait for one item.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tandem.aws.attributes import Item, instant, number, text
from tandem.aws.tuning_table import TuningTable
from tandem.live.ports import Clock
from tandem.tuning.models import Arm, TrialFigures, TrialRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

SHARDS = 16
_ATTEMPTS = 8
_FIGURES = tuple(TrialFigures.model_fields)


class DynamoTrials:
    """`Trials`."""

    def __init__(self, table: TuningTable, clock: Clock, retention: timedelta) -> None:
        self._table = table
        self._clock = clock
        self._retention = retention

    def note(self, record: TrialRecord) -> bool:
        """Raises `RuntimeError` when too many write at once; the event comes again."""
        for _ in range(_ATTEMPTS):
            known = self._get(record.version, record.conversation_id)
            if known is None:
                first = {"conversations": 1} | ({"bad": 1} if record.bad else {})
                writes = [self._first(record), self._count(record, record.arm, first)]
            elif record.bad and not known["bad"]["BOOL"]:
                arm: Any = known["arm"]["S"]
                writes = [self._gone_badly(record), self._count(record, arm, {"bad": 1})]
            else:
                return False
            if self._table.write(writes):
                return True
        raise RuntimeError(f"trial of version {record.version}: too many write it at once")

    def arm_of(self, version: int, conversation_id: str) -> Arm | None:
        known = self._get(version, conversation_id)
        arm: Any = known and known["arm"]["S"]
        return arm or None

    def note_call(self, version: int, conversation_id: str, at: datetime) -> None:
        called = text(instant(at))
        item: Item = {
            "pk": text(f"TRIAL#{version}"),
            "sk": text(f"CALLED#{conversation_id}"),
            "called_at": called,
            "expires_at": self._expires_at(),
        }
        self._table.put(item, "attribute_not_exists(pk) OR called_at < :called", called=called)

    def called_at(self, version: int, conversation_id: str) -> datetime | None:
        called = self._item(version, f"CALLED#{conversation_id}")
        return None if called is None else datetime.fromisoformat(called["called_at"]["S"])

    def figures(self, version: int) -> TrialFigures:
        totals = dict.fromkeys(_FIGURES, 0)
        for shard in self._table.below(f"TRIAL#{version}", "FIGURES#"):
            for figure in _FIGURES:
                totals[figure] += int(shard.get(figure, {"N": "0"})["N"])
        return TrialFigures(**totals)

    def _get(self, version: int, conversation_id: str) -> dict[str, Any] | None:
        return self._item(version, f"CONVERSATION#{conversation_id}")

    def _item(self, version: int, sk: str) -> dict[str, Any] | None:
        answer = self._table.client.get_item(
            TableName=self._table.name,
            Key={"pk": text(f"TRIAL#{version}"), "sk": text(sk)},
            ConsistentRead=True,
        )
        return answer.get("Item")

    def _first(self, record: TrialRecord) -> "TransactWriteItemTypeDef":
        return self._table.to_put(
            {
                "pk": text(f"TRIAL#{record.version}"),
                "sk": text(f"CONVERSATION#{record.conversation_id}"),
                "arm": text(record.arm),
                "bad": {"BOOL": record.bad},
                "expires_at": self._expires_at(),
            },
            once=True,
        )

    def _gone_badly(self, record: TrialRecord) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": {
                    "pk": text(f"TRIAL#{record.version}"),
                    "sk": text(f"CONVERSATION#{record.conversation_id}"),
                },
                "UpdateExpression": "SET bad = :yes, expires_at = :end",
                "ConditionExpression": "bad = :no",
                "ExpressionAttributeValues": {
                    ":yes": {"BOOL": True},
                    ":no": {"BOOL": False},
                    ":end": self._expires_at(),
                },
            }
        }

    def _expires_at(self) -> Any:
        return number(int((self._clock.now() + self._retention).timestamp()))

    def _count(
        self, record: TrialRecord, arm: Arm, more: dict[str, int]
    ) -> "TransactWriteItemTypeDef":
        shard = crc32(record.conversation_id.encode()) % SHARDS
        added = {f":{kind}": number(by) for kind, by in more.items()}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": {"pk": text(f"TRIAL#{record.version}"), "sk": text(f"FIGURES#{shard:02d}")},
                "UpdateExpression": "ADD " + ", ".join(f"{arm}_{kind} :{kind}" for kind in more),
                "ExpressionAttributeValues": added,
            }
        }
