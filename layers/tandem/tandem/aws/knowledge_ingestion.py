"""Articles in a Bedrock knowledge base: ingested directly, or as files of its S3 data source.

Never both: an S3 data source cannot leave a prefix out, and would have the same article a second
time, and keep one that is withdrawn until its next sync.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from tandem.review.article_document import attributes, markdown
from tandem.review.models import Article
from tandem.review.ports import Files, InBase, IngestionFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_bedrock_agent.client import AgentsforBedrockClient

_MOST_DOCUMENTS = 10
"""Of one request."""
_STATES: Mapping[str, Literal["absent", "pending", "held", "failed"]] = {
    "INDEXED": "held",
    # The text can be found; only filters by what stands beside it cannot.
    "METADATA_PARTIALLY_INDEXED": "held",
    "METADATA_UPDATE_FAILED": "held",
    "STARTING": "pending",
    "PENDING": "pending",
    "IN_PROGRESS": "pending",
    "DELETING": "pending",
    "DELETE_IN_PROGRESS": "pending",
    "NOT_FOUND": "absent",
    "PARTIALLY_INDEXED": "failed",
    "FAILED": "failed",
    "IGNORED": "failed",
}
"""https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_KnowledgeBaseDocumentDetail.html"""


class ArticleFiles:
    """`KnowledgeBase`: Markdown objects with their metadata beside them, for an S3 data source,
    which the team synchronizes as it likes.

    https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    def put(self, article: Article) -> InBase:
        beside = json.dumps({"metadataAttributes": attributes(article)}, ensure_ascii=False)
        with _told_plainly():
            # The metadata first: a sync in between reads no text without it.
            self._files.write(
                f"{_key(article.article_id)}.metadata.json", beside.encode(), "application/json"
            )
            self._files.write(
                _key(article.article_id), markdown(article).encode(), "text/markdown; charset=utf-8"
            )
        return InBase("next_sync")

    def remove(self, article_id: str) -> InBase:
        with _told_plainly():
            self._files.delete(_key(article_id))
            self._files.delete(f"{_key(article_id)}.metadata.json")
        return InBase("next_sync")

    def states(self, article_ids: Sequence[str]) -> dict[str, InBase]:
        """Of none: what the knowledge base has read of the bucket, it does not say."""
        del article_ids
        return {}


class DirectIngestion:
    """`KnowledgeBase`: documents of a data source of type CUSTOM.

    `files` are those of before there was one: they go when the article is put or removed.
    """

    def __init__(
        self,
        client: "Callable[[], AgentsforBedrockClient]",
        knowledge_base_id: str,
        data_source_id: str,
        files: ArticleFiles,
    ) -> None:
        self._client = client
        self._place: Any = {"knowledgeBaseId": knowledge_base_id, "dataSourceId": data_source_id}
        self._files = files

    def put(self, article: Article) -> InBase:
        document: Any = {
            "content": {
                "dataSourceType": "CUSTOM",
                "custom": {
                    "customDocumentIdentifier": {"id": article.article_id},
                    "sourceType": "IN_LINE",
                    "inlineContent": {"type": "TEXT", "textContent": {"data": markdown(article)}},
                },
            },
            "metadata": {
                "type": "IN_LINE_ATTRIBUTE",
                "inlineAttributes": [
                    {"key": name, "value": {"type": "STRING", "stringValue": value}}
                    for name, value in attributes(article).items()
                ],
            },
        }
        with _told_plainly():
            answer = self._client().ingest_knowledge_base_documents(
                **self._place, documents=[document], clientToken=client_token(article)
            )
        self._files.remove(article.article_id)
        return _state_of(answer, article.article_id, InBase("pending"))

    def remove(self, article_id: str) -> InBase:
        # Without a token of ours: one that was put again in between is to go again.
        with _told_plainly():
            answer = self._client().delete_knowledge_base_documents(
                **self._place, documentIdentifiers=[_identifier(article_id)]
            )
        self._files.remove(article_id)
        return _state_of(answer, article_id, InBase("absent"))

    def states(self, article_ids: Sequence[str]) -> dict[str, InBase]:
        found: dict[str, InBase] = {}
        for some in batched(article_ids, _MOST_DOCUMENTS, strict=False):
            with _told_plainly():
                answer = self._client().get_knowledge_base_documents(
                    **self._place, documentIdentifiers=[_identifier(name) for name in some]
                )
            found |= {name: _state_of(answer, name, InBase("absent")) for name in some}
        return found


def client_token(article: Article) -> str:
    """The same for the same revision: the service takes it once, however often it is sent."""
    return hashlib.sha256(f"{article.article_id} {article.revision}".encode()).hexdigest()


def _key(article_id: str) -> str:
    return f"articles/{article_id}.md"


def _identifier(article_id: str) -> Any:
    return {"dataSourceType": "CUSTOM", "custom": {"id": article_id}}


def _state_of(answer: Any, article_id: str, otherwise: InBase) -> InBase:
    for detail in answer.get("documentDetails", []):
        if detail["identifier"].get("custom", {}).get("id") == article_id:
            state = _STATES.get(detail["status"], "pending")
            reason = detail.get("statusReason", "")
            if state == "failed":
                reason = reason or f"its status is {detail['status']}, without a reason."
            return InBase(state, reason)
    return otherwise


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What AWS answers as `IngestionFailed`, in words that a lead can pass on."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        raise IngestionFailed(f"{told['Code']}: {told.get('Message', '')}".rstrip(": ")) from error
    except BotoCoreError as error:
        raise IngestionFailed(str(error)) from error
