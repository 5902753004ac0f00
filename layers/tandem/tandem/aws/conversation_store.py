"""Conversations in one DynamoDB table.

Every item is one JSON document (`doc`) beside its keys. Of a conversation's head, what moves
without a new version (lease, delivered_seq, due_at) stands in attributes of its own: so `renew` and
`delivered` are single conditional updates, and a commit that is not about the lease cannot set back
one that was renewed meanwhile.

| item | pk | sk | further attributes |
|---|---|---|---|
| head | `C#<conversation>` | `META` | version, delivered_seq, lease_*, due_shard, due_at, fact |
| turn | | `T#<seq, ten digits>` | |
| receipt of a sender's id | | `M#<client_id>` | seq |
| escalation | | `E#<escalation>` | queue_key, queued_at, fact |
| audit entry | | `A#<time>#<entry>` | |
| rating | | `R#<turn>`, or `R#` of the whole | fact |

Indexes, all sparse: `due` (due_shard, due_at; keys only), `queue` (queue_key, queued_at; all) and
`day` (see `tandem.aws.facts`, which also says what stands beside each `fact`).
"""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

from botocore.exceptions import ClientError

from tandem.aws.attributes import MAX_ITEM_BYTES, Item, instant, item_bytes, number, text
from tandem.aws.facts import fact_attributes
from tandem.live.errors import Conflict
from tandem.live.facts import ConversationFact, EscalationFact, RatingFact
from tandem.live.models import AuditEntry, Conversation, Escalation, Lease, Rating, Turn
from tandem.live.ports import Change, Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

type _Attributes = dict[str, AttributeValueTypeDef | None]
"""New values of an item; None removes the attribute."""

DUE_SHARDS = 8
"""A partition of an index takes 1,000 writes a second; every turn moves `due_at`."""
MAX_TRANSACTION_ITEMS = 100
_MOVING = frozenset({"lease", "delivered_seq", "due_at"})
_LAST_TURN = 9_999_999_999
_BATCH_GET = 100
_COLLISIONS = 10
_PAUSE_SECONDS = 0.01
_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DynamoStore:
    """`ConversationStore`. Errors of the service other than conflicts propagate."""

    def __init__(
        self, client: "DynamoDBClient", table: str, clock: Clock, retention: timedelta
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._retention = retention

    # --- writing -----------------------------------------------------------------------------
    def commit(self, change: Change) -> None:
        """Store the step in one transaction.

        Raises `Conflict`; `ValueError` if the change has more than 100 items or one of over 400 KB.
        """
        writes = list(self._writes(change))
        if len(writes) > MAX_TRANSACTION_ITEMS:
            raise ValueError(
                f"a change of {change.after.conversation_id} has {len(writes)} items; "
                f"a transaction takes at most {MAX_TRANSACTION_ITEMS}: store it in several steps"
            )
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if _is_conflict(error):
                raise Conflict(f"{change.after.conversation_id} has changed") from error
            raise

    def _writes(self, change: Change) -> "Iterator[TransactWriteItemTypeDef]":
        known_seq = change.before.last_seq if change.before else 0
        yield self._head(change.before, change.after)
        for turn in change.turns:
            new = turn.seq > known_seq
            yield self._put(_turn_key(turn.seq), turn, once=new)
            if new and turn.client_id:
                yield self._put_item(
                    turn.conversation_id,
                    f"M#{turn.client_id}",
                    {"seq": number(turn.seq)},
                    once=True,
                )
        for escalation in change.escalations:
            attributes = _queue(escalation) | fact_attributes(EscalationFact.of(escalation))
            yield self._put(f"E#{escalation.escalation_id}", escalation, attributes)
        for entry in change.audit:
            yield self._put(f"A#{instant(entry.at)}#{entry.entry_id}", entry, once=True)
        for rating in change.ratings:
            attributes = fact_attributes(RatingFact.of(rating))
            yield self._put(f"R#{rating.turn_id or ''}", rating, attributes)

    def _head(self, before: Conversation | None, after: Conversation) -> "TransactWriteItemTypeDef":
        attributes: _Attributes = {
            "doc": text(after.model_dump_json(exclude=set(_MOVING))),
            "version": number(after.version),
            "expires_at": self._expires_at(),
            **_due(after.conversation_id, after.due_at),
        }
        if before is None:
            attributes |= fact_attributes(ConversationFact.of(after))
        if before is None or after.lease != before.lease:
            attributes |= _lease(after.lease)
        if before is None or after.delivered_seq != before.delivered_seq:
            attributes["delivered_seq"] = number(after.delivered_seq)
        key = _key(after.conversation_id, "META")
        written = {name: value for name, value in attributes.items() if value is not None}
        self._check_size(after.conversation_id, "META", key | written)
        if before is None:
            update = _update(attributes, "attribute_not_exists(pk)", {})
        else:
            update = _update(attributes, "#version = :before", {":before": number(before.version)})
        whole: Any = {"TableName": self._table, "Key": key, **update}
        return {"Update": whole}

    def _put(
        self,
        sk: str,
        document: Turn | Escalation | AuditEntry | Rating,
        attributes: Item | None = None,
        *,
        once: bool = False,
    ) -> "TransactWriteItemTypeDef":
        values = {"doc": text(document.model_dump_json()), **(attributes or {})}
        return self._put_item(document.conversation_id, sk, values, once=once)

    def _put_item(
        self, conversation_id: str, sk: str, values: Item, *, once: bool
    ) -> "TransactWriteItemTypeDef":
        item = {**_key(conversation_id, sk), **values, "expires_at": self._expires_at()}
        self._check_size(conversation_id, sk, item)
        if once:
            return {
                "Put": {
                    "TableName": self._table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
        return {"Put": {"TableName": self._table, "Item": item}}

    def _check_size(self, conversation_id: str, sk: str, item: Item) -> None:
        size = item_bytes(item)
        if size > MAX_ITEM_BYTES:
            raise ValueError(
                f"{sk} of {conversation_id} has {size} bytes; an item takes {MAX_ITEM_BYTES}"
            )

    def _expires_at(self) -> Any:
        return number(int((self._clock.now() + self._retention).timestamp()))

    def renew(self, conversation_id: str, lease_id: str, until: datetime) -> bool:
        """Extend the lease that has this id, and with it `due_at`, where that is earlier."""
        moment = text(instant(until))
        mine = "#lease_id = :lease"
        given: Item = {":lease": text(lease_id)}
        both: _Attributes = {"lease_until": moment, "due_at": moment}
        early = f"{mine} AND #due_at < :due_at"
        return self._update_head(conversation_id, both, early, given) or self._update_head(
            conversation_id, {"lease_until": moment}, mine, given
        )

    def delivered(self, conversation: Conversation, from_seq: int, due_at: datetime | None) -> None:
        """Note a delivery; without effect where another one has moved `delivered_seq`."""
        name = conversation.conversation_id
        attributes: _Attributes = {"delivered_seq": number(conversation.last_seq)}
        follows = "#delivered_seq = :from_seq"
        given: Item = {":from_seq": number(from_seq)}
        self._update_head(
            name,
            attributes | _due(name, due_at),
            f"{follows} AND #version = :version",
            given | {":version": number(conversation.version)},
        ) or self._update_head(name, attributes, follows, given)

    def _update_head(
        self, conversation_id: str, attributes: _Attributes, condition: str, given: Item
    ) -> bool:
        """One conditional update of the head; False if the condition does not hold."""
        update = _update(attributes, condition, given)
        for collision in range(_COLLISIONS):
            try:
                self._client.update_item(
                    TableName=self._table, Key=_key(conversation_id, "META"), **update
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            except self._client.exceptions.TransactionConflictException:
                # A commit is under way; when it is done, the condition decides.
                time.sleep(_PAUSE_SECONDS * (collision + 1))
            else:
                return True
        return False

    # --- reading -----------------------------------------------------------------------------
    def get(self, conversation_id: str) -> Conversation | None:
        item = self._get(conversation_id, "META")
        return _conversation(item) if item else None

    def turns(self, conversation_id: str, after: int = 0) -> list[Turn]:
        items = self._between(conversation_id, _turn_key(after + 1), _turn_key(_LAST_TURN))
        return [Turn.model_validate_json(_doc(item)) for item in items]

    def turn_of_client(self, conversation_id: str, client_id: str) -> Turn | None:
        receipt = self._get(conversation_id, f"M#{client_id}")
        if receipt is None:
            return None
        item = self._get(conversation_id, _turn_key(int(receipt["seq"]["N"])))
        return Turn.model_validate_json(_doc(item)) if item else None

    def escalation(self, conversation_id: str, escalation_id: str) -> Escalation | None:
        item = self._get(conversation_id, f"E#{escalation_id}")
        return Escalation.model_validate_json(_doc(item)) if item else None

    def escalations(self, conversation_id: str) -> list[Escalation]:
        items = self._beginning(conversation_id, "E#")
        return _oldest_first(Escalation.model_validate_json(_doc(item)) for item in items)

    def audit(self, conversation_id: str) -> list[AuditEntry]:
        items = self._beginning(conversation_id, "A#")
        return [AuditEntry.model_validate_json(_doc(item)) for item in items]

    def ratings(self, conversation_id: str) -> list[Rating]:
        items = self._beginning(conversation_id, "R#")
        found = [Rating.model_validate_json(_doc(item)) for item in items]
        return sorted(found, key=lambda rating: rating.at)

    def queue(self, kind: Literal["open", "follow_up"]) -> list[Escalation]:
        items = self._query(
            IndexName="queue",
            KeyConditionExpression="queue_key = :kind",
            ExpressionAttributeValues={":kind": text(kind)},
        )
        return _oldest_first(Escalation.model_validate_json(_doc(item)) for item in items)

    def due(self, now: datetime, limit: int = 100) -> list[Conversation]:
        keys: list[tuple[str, str]] = []
        for shard in range(DUE_SHARDS):
            page = self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                ExpressionAttributeValues={
                    ":shard": text(f"DUE#{shard}"),
                    ":now": text(instant(now)),
                },
                Limit=limit,
            )
            keys += [(item["due_at"]["S"], item["pk"]["S"]) for item in page["Items"]]
        found = self._heads(list(dict.fromkeys(pk for _, pk in sorted(keys)))[:limit])
        still_due = [(c.due_at, c) for c in found if c.due_at and c.due_at <= now]
        still_due.sort(key=lambda pair: pair[0])
        return [conversation for _, conversation in still_due]

    def _heads(self, pks: Sequence[str]) -> list[Conversation]:
        """The heads as they are now; an index lags behind its table."""
        found: list[Conversation] = []
        for some in batched(pks, _BATCH_GET, strict=False):
            keys: list[Item] = [{"pk": text(pk), "sk": text("META")} for pk in some]
            while keys:
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
                )
                found += [_conversation(i) for i in answer["Responses"].get(self._table, [])]
                rest = answer.get("UnprocessedKeys", {}).get(self._table)
                keys = [dict(key) for key in rest["Keys"]] if rest else []
        return found

    def _get(self, conversation_id: str, sk: str) -> Item | None:
        return self._client.get_item(
            TableName=self._table, Key=_key(conversation_id, sk), ConsistentRead=True
        ).get("Item")

    def _between(self, conversation_id: str, first: str, last: str) -> Iterator[Item]:
        return self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": text(f"C#{conversation_id}"),
                ":first": text(first),
                ":last": text(last),
            },
            ConsistentRead=True,
        )

    def _beginning(self, conversation_id: str, prefix: str) -> Iterator[Item]:
        return self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": text(f"C#{conversation_id}"),
                ":prefix": text(prefix),
            },
            ConsistentRead=True,
        )

    def _query(self, **query: Any) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        return (item for page in pages for item in page["Items"])


def due_shard(conversation_id: str) -> str:
    """The partition of the due index: the same in every process."""
    return f"DUE#{crc32(conversation_id.encode()) % DUE_SHARDS}"


def _key(conversation_id: str, sk: str) -> Item:
    return {"pk": text(f"C#{conversation_id}"), "sk": text(sk)}


def _turn_key(seq: int) -> str:
    return f"T#{seq:010d}"


def _doc(item: Item) -> str:
    return item["doc"]["S"]


def _due(conversation_id: str, due_at: datetime | None) -> _Attributes:
    if due_at is None:
        return {"due_shard": None, "due_at": None}
    return {"due_shard": text(due_shard(conversation_id)), "due_at": text(instant(due_at))}


def _lease(lease: Lease | None) -> _Attributes:
    if lease is None:
        return {"lease_id": None, "lease_until": None, "lease_attempt": None}
    return {
        "lease_id": text(lease.id),
        "lease_until": text(instant(lease.until)),
        "lease_attempt": number(lease.attempt),
    }


def _queue(escalation: Escalation) -> Item:
    kind = "open" if escalation.open else "follow_up" if escalation.follow_up else None
    if kind is None:
        return {}
    return {"queue_key": text(kind), "queued_at": text(instant(escalation.requested_at))}


def _update(attributes: _Attributes, condition: str, given: Item) -> dict[str, Any]:
    """The expressions of a conditional update.

    `#name` in the condition stands for an attribute, `:name` for its new value or for one of
    `given`. All names are escaped like this, for some are reserved words.
    """
    gone = [name for name, value in attributes.items() if value is None]
    values = {name: value for name, value in attributes.items() if value is not None}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    named = {*attributes, *re.findall(r"#(\w+)", condition)}
    update: dict[str, Any] = {
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in named},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()} | given,
    }
    return update


def _conversation(item: Item) -> Conversation:
    lease = None
    if "lease_id" in item:
        lease = Lease(
            id=item["lease_id"]["S"],
            until=datetime.fromisoformat(item["lease_until"]["S"]),
            attempt=int(item["lease_attempt"]["N"]),
        )
    due_at = datetime.fromisoformat(item["due_at"]["S"]) if "due_at" in item else None
    return Conversation.model_validate_json(_doc(item)).model_copy(
        update={
            "lease": lease,
            "delivered_seq": int(item["delivered_seq"]["N"]),
            "due_at": due_at,
        }
    )


def _oldest_first(escalations: Iterator[Escalation]) -> list[Escalation]:
    return sorted(escalations, key=lambda e: (e.requested_at, e.escalation_id))


def _is_conflict(error: ClientError) -> bool:
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        return False
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") in _CONFLICTS for reason in reasons)
