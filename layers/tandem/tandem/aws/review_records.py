"""Articles, withdrawals, datasets, models and the audit trail in the review's table."""

from collections.abc import Iterable
from itertools import islice

from tandem.aws.attributes import Item, instant
from tandem.aws.review_table import ReviewTable, item_of
from tandem.review.models import (
    Article,
    ArticleStatus,
    Audit,
    DatasetVersion,
    TrainedModel,
    Withdrawal,
)


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

    def of_status(self, status: ArticleStatus) -> list[Article]:
        items = self._table.indexed("state", f"ARTICLE#{status.value}", backwards=True)
        return [Article.model_validate_json(item["doc"]["S"]) for item in items]

    def of_conversation(self, conversation_id: str) -> list[Article]:
        traces = self._table.below(f"CONVERSATION#{conversation_id}", "ARTICLE#")
        return self._table.many(Article, [(trace["sk"]["S"], "ARTICLE") for trace in traces])


def _article(article: Article) -> Item:
    state = (f"ARTICLE#{article.status.value}", instant(article.created_at))
    return item_of(f"ARTICLE#{article.article_id}", "ARTICLE", article, state=state)


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

    def withdrawals(self) -> list[Withdrawal]:
        items = self._table.indexed("state", "WITHDRAWN", backwards=True)
        return [Withdrawal.model_validate_json(item["doc"]["S"]) for item in items]

    def add_dataset(self, dataset: DatasetVersion) -> bool:
        return self._table.add(item_of("DATASETS", f"{dataset.version:010d}", dataset))

    def add_members(self, version: int, conversation_ids: Iterable[str]) -> None:
        self._table.put_traces(
            (f"CONVERSATION#{name}", f"DATASET#{version:010d}")
            for name in dict.fromkeys(conversation_ids)
        )

    def datasets_of(self, conversation_id: str) -> list[int]:
        traces = self._table.below(f"CONVERSATION#{conversation_id}", "DATASET#")
        return [int(trace["sk"]["S"].removeprefix("DATASET#")) for trace in traces]

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
