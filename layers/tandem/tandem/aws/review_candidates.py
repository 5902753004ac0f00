"""Candidates and corrections in the review's table."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tandem.aws.attributes import Item, instant, number, text
from tandem.aws.document_table import item_of
from tandem.aws.review_table import ReviewTable
from tandem.review.models import (
    MOST_CONVERSATIONS,
    Candidate,
    CandidateStatus,
    Correction,
    Pick,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ATTEMPTS = 5
_KEPT_COUNT = timedelta(days=3)
_OF_STRATUM = "s#"


class DynamoCandidates:
    """`Candidates`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def add(self, candidate: Candidate) -> bool:
        for _ in range(_ATTEMPTS):
            writes = [self._table.to_put(_item(candidate), once=True)]
            writes += self._traces(candidate.candidate_id, candidate.conversations)
            if self._table.write(writes):
                return True
            stored = self.get(candidate.candidate_id)
            if stored is not None and self._also_in(stored, candidate.conversations):
                return False
        raise RuntimeError(f"candidate {candidate.candidate_id}: too many write it at once")

    def _also_in(self, stored: Candidate, conversations: Sequence[str]) -> bool:
        """False if somebody else changed the candidate meanwhile."""
        new = [c for c in conversations if c not in stored.conversations]
        new = new[: MOST_CONVERSATIONS - len(stored.conversations)]
        if not new:
            return True
        after = stored.model_copy(
            update={
                "conversations": (*stored.conversations, *new),
                "revision": stored.revision + 1,
            }
        )
        replaced: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table.name,
                "Item": _item(after),
                "ConditionExpression": "revision = :before",
                "ExpressionAttributeValues": {":before": number(stored.revision)},
            }
        }
        return self._table.write([replaced, *self._traces(stored.candidate_id, new)])

    def _traces(
        self, candidate_id: str, conversations: Sequence[str]
    ) -> "list[TransactWriteItemTypeDef]":
        traces: list[Item] = [
            {"pk": text(f"CONVERSATION#{name}"), "sk": text(f"CANDIDATE#{candidate_id}")}
            for name in conversations
        ]
        return [self._table.to_put(trace) for trace in traces]

    def get(self, candidate_id: str) -> Candidate | None:
        return self._table.get(Candidate, f"CANDIDATE#{candidate_id}", "CANDIDATE")

    def many(self, candidate_ids: Sequence[str]) -> list[Candidate]:
        return self._table.many(Candidate, [(f"CANDIDATE#{c}", "CANDIDATE") for c in candidate_ids])

    def replace(self, before: Candidate, after: Candidate) -> None:
        self._table.replace(_item(after), before.revision)
        self._forget(before, set(before.conversations) - set(after.conversations))

    def remove(self, candidate: Candidate) -> None:
        pk = f"CANDIDATE#{candidate.candidate_id}"
        for item in self._table.below(pk, "RATING#"):
            self._table.delete(pk, item["sk"]["S"])
        self._table.delete(pk, "CANDIDATE")
        # The traces last: as long as one is there, a removal that broke off is found again.
        self._forget(candidate, candidate.conversations)

    def _forget(self, candidate: Candidate, conversations: Iterable[str]) -> None:
        for name in conversations:
            self._table.delete(f"CONVERSATION#{name}", f"CANDIDATE#{candidate.candidate_id}")

    def of_status(self, status: CandidateStatus, limit: int | None = None) -> Iterator[Candidate]:
        items = self._table.indexed("state", f"CANDIDATE#{status.value}", page=limit)
        return (Candidate.model_validate_json(i["doc"]["S"]) for i in islice(items, limit))

    def count(self, status: CandidateStatus, most: int) -> int:
        return self._table.count("state", f"CANDIDATE#{status.value}", most)

    def of_conversation(self, conversation_id: str) -> list[Candidate]:
        traces = self._table.below(f"CONVERSATION#{conversation_id}", "CANDIDATE#")
        return self.many([trace["sk"]["S"].removeprefix("CANDIDATE#") for trace in traces])

    def random_today(self, day: str, stratum: str, most: int) -> bool:
        if most <= 0:
            return False
        forgotten = datetime.fromisoformat(day).replace(tzinfo=UTC) + _KEPT_COUNT
        try:
            self._table.client.update_item(
                TableName=self._table.name,
                Key={"pk": text(f"DAY#{day}"), "sk": text("RANDOM")},
                UpdateExpression="ADD #stratum :one SET expires_at = :forgotten",
                ConditionExpression="attribute_not_exists(#stratum) OR #stratum < :most",
                ExpressionAttributeNames={"#stratum": f"{_OF_STRATUM}{stratum}"},
                ExpressionAttributeValues={
                    ":one": number(1),
                    ":most": number(most),
                    ":forgotten": number(int(forgotten.timestamp())),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def random_of(self, day: str) -> dict[str, int]:
        answer = self._table.client.get_item(
            TableName=self._table.name, Key={"pk": text(f"DAY#{day}"), "sk": text("RANDOM")}
        )
        return {
            name.removeprefix(_OF_STRATUM): int(value["N"])
            for name, value in answer.get("Item", {}).items()
            if name.startswith(_OF_STRATUM)
        }


def _item(candidate: Candidate) -> Item:
    # What was picked for a reason comes before what was picked by chance.
    urgency = "1" if set(candidate.picks) == {Pick.RANDOM} else "0"
    return item_of(
        f"CANDIDATE#{candidate.candidate_id}",
        "CANDIDATE",
        candidate,
        state=(
            f"CANDIDATE#{candidate.status.value}",
            f"{urgency}#{instant(candidate.created_at)}#{candidate.candidate_id}",
        ),
    )


class DynamoCorrections:
    """`Corrections`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def put(self, correction: Correction) -> None:
        self._table.put(
            item_of(
                f"CONVERSATION#{correction.conversation_id}",
                f"CORRECTION#{correction.correction_id}",
                correction,
                state=("CORRECTION", instant(correction.at)),
            )
        )

    def all(self) -> Iterator[Correction]:
        return (_correction(item) for item in self._table.indexed("state", "CORRECTION"))

    def remove_of(self, conversation_id: str) -> int:
        pk = f"CONVERSATION#{conversation_id}"
        found = [item["sk"]["S"] for item in self._table.below(pk, "CORRECTION#")]
        for sk in found:
            self._table.delete(pk, sk)
        return len(found)


def _correction(item: dict[str, Any]) -> Correction:
    return Correction.model_validate_json(item["doc"]["S"])
