"""Articles, withdrawals, datasets, models and the audit trail in the review's table."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from typing import Literal

from tandem.aws.attributes import Item, instant, text
from tandem.aws.document_table import item_of
from tandem.aws.review_table import ReviewTable
from tandem.live.models import Frozen
from tandem.review.models import (
    Article,
    ArticleStatus,
    Audit,
    DatasetVersion,
    Erasure,
    TrainedModel,
    Withdrawal,
)
from tandem.review.publishing import is_settled
from tandem.review.stores import Place

_UNSETTLED = "ARTICLE#unsettled"


class DynamoArticles:
    """`Articles`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def add(self, article: Article) -> bool:
        trace = item_of(
            f"CONVERSATION#{article.conversation_id}", f"ARTICLE#{article.article_id}", article
        )
        del trace["doc"]
        return self._table.write(
            [self._table.to_put(_article(article), once=True), self._table.to_put(trace)]
        )

    def get(self, article_id: str) -> Article | None:
        return self._table.get(Article, f"ARTICLE#{article_id}", "ARTICLE")

    def replace(self, before: Article, after: Article) -> None:
        self._table.replace(_article(after), before.revision)

    def of_status(
        self, status: ArticleStatus, limit: int | None = None, after: Place | None = None
    ) -> list[Article]:
        return self._listed("state", f"ARTICLE#{status.value}", limit, after)

    def unsettled(self, limit: int | None = None) -> list[Article]:
        return self._listed("time", _UNSETTLED, limit)

    def _listed(
        self,
        index: Literal["state", "time"],
        key: str,
        limit: int | None,
        after: Place | None = None,
    ) -> list[Article]:
        return _newest_first(
            self._table, (index, key), Article, _place_of_article, limit=limit, after=after
        )

    def of_conversation(self, conversation_id: str) -> list[Article]:
        traces = self._table.below(f"CONVERSATION#{conversation_id}", "ARTICLE#")
        return self._table.many(Article, [(trace["sk"]["S"], "ARTICLE") for trace in traces])


def _article(article: Article) -> Item:
    at = instant(article.created_at)
    return item_of(
        f"ARTICLE#{article.article_id}",
        "ARTICLE",
        article,
        state=(f"ARTICLE#{article.status.value}", at),
        time=None if is_settled(article) else (_UNSETTLED, at),
    )


def _place_of_article(article: Article) -> Place:
    return Place(article.created_at, article.article_id)


def _newest_first[T: Frozen](
    table: ReviewTable,
    where: tuple[Literal["state", "time"], str],
    kind: type[T],
    place_of: Callable[[T], Place],
    *,
    limit: int | None,
    after: Place | None,
) -> list[T]:
    """The documents of an index (`where` is its name, and the key). It has those of one moment in
    no order: they are put into that of their names."""
    index, key = where

    def order(document: T) -> tuple[datetime, str]:
        place = place_of(document)
        return place.at, place.name

    def found() -> Iterator[T]:
        until = instant(after.at) if after else ""
        page = None if limit is None else limit + 1
        items = table.indexed(index, key, until=until, backwards=True, page=page)
        for _, same in groupby(items, key=lambda item: item[f"{index}_at"]["S"]):
            documents = [kind.model_validate_json(item["doc"]["S"]) for item in same]
            for document in sorted(documents, key=order, reverse=True):
                if after is None or order(document) < (after.at, after.name):
                    yield document

    return list(islice(found(), limit))


class DynamoRecords:
    """`Records`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def withdraw(self, withdrawal: Withdrawal) -> bool:
        return self._table.add(
            item_of(
                f"CONVERSATION#{withdrawal.conversation_id}",
                "WITHDRAWN",
                withdrawal,
                state=("WITHDRAWN", instant(withdrawal.at)),
            )
        )

    def withdrawn(self, conversation_ids: Iterable[str]) -> set[str]:
        keys = [(f"CONVERSATION#{name}", "WITHDRAWN") for name in dict.fromkeys(conversation_ids)]
        return {found.conversation_id for found in self._table.many(Withdrawal, keys)}

    def withdrawal(self, conversation_id: str) -> Withdrawal | None:
        return self._table.get(Withdrawal, f"CONVERSATION#{conversation_id}", "WITHDRAWN")

    def withdrawals(self, limit: int | None = None, after: Place | None = None) -> list[Withdrawal]:
        where: tuple[Literal["state"], str] = ("state", "WITHDRAWN")
        return _newest_first(
            self._table, where, Withdrawal, _place_of_withdrawal, limit=limit, after=after
        )

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        for erasure in erasures:
            self._table.put(item_of("ERASURES", _erasure_key(erasure), erasure))

    def erasures(self) -> list[Erasure]:
        items = self._table.below("ERASURES")
        return [Erasure.model_validate_json(item["doc"]["S"]) for item in items]

    def erased(self, erasure: Erasure) -> None:
        self._table.delete("ERASURES", _erasure_key(erasure))

    def add_dataset(self, dataset: DatasetVersion) -> bool:
        return self._table.add(item_of("DATASETS", f"{dataset.version:010d}", dataset))

    def add_members(
        self,
        version: int,
        conversation_ids: Iterable[str],
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._table.put_many(
            _member(version, name, (labels or {}).get(name, {}))
            for name in dict.fromkeys(conversation_ids)
        )

    def datasets_of(self, conversation_id: str) -> list[int]:
        return list(self.labels_of(conversation_id))

    def labels_of(self, conversation_id: str) -> dict[int, dict[str, str]]:
        traces = self._table.below(f"CONVERSATION#{conversation_id}", "DATASET#")
        return {
            int(trace["sk"]["S"].removeprefix("DATASET#")): {
                name: split["S"] for name, split in trace.get("labels", {"M": {}})["M"].items()
            }
            for trace in traces
        }

    def datasets(self) -> list[DatasetVersion]:
        items = self._table.below("DATASETS", backwards=True)
        return [DatasetVersion.model_validate_json(item["doc"]["S"]) for item in items]

    def add_model(self, model: TrainedModel) -> None:
        self._table.put(item_of(f"MODELS#{model.dataset_version}", model.model_id, model))

    def models_of(self, dataset_version: int) -> list[TrainedModel]:
        items = self._table.below(f"MODELS#{dataset_version}")
        return [TrainedModel.model_validate_json(item["doc"]["S"]) for item in items]

    def note(self, entry: Audit) -> None:
        at = f"{instant(entry.at)}#{entry.entry_id}"
        self._table.put(item_of(f"AUDIT#{entry.at:%Y-%m}", at, entry, state=("AUDIT", at)))

    def audit(self, limit: int) -> list[Audit]:
        items = self._table.indexed("state", "AUDIT", backwards=True, page=limit)
        return [Audit.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]


def _place_of_withdrawal(withdrawal: Withdrawal) -> Place:
    return Place(withdrawal.at, withdrawal.conversation_id)


def _erasure_key(erasure: Erasure) -> str:
    return f"{erasure.conversation_id}#{erasure.job}#{erasure.candidate_id}"


def _member(version: int, conversation_id: str, labels: Mapping[str, str]) -> Item:
    member: Item = {
        "pk": text(f"CONVERSATION#{conversation_id}"),
        "sk": text(f"DATASET#{version:010d}"),
    }
    if labels:
        member["labels"] = {"M": {name: text(split) for name, split in labels.items()}}
    return member
