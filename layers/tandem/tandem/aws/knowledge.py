"""Finds passages in a Bedrock knowledge base."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from tandem.aws.bedrock_failures import model_failure
from tandem.live.models import Passage

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agent_runtime.client import AgentsforBedrockRuntimeClient

MAX_QUESTION = 1000
"""Characters of a question that the search uses; a knowledge base takes a bounded query."""
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S[^\n]*)", re.MULTILINE)
_SOURCE_URI = "x-amz-bedrock-kb-source-uri"
_URI_FIELDS = ("uri", "url", "id")


class KnowledgeBase:
    """`Retriever`. Without a knowledge base's id it finds nothing, and makes no client."""

    def __init__(
        self, client: "Callable[[], AgentsforBedrockRuntimeClient]", knowledge_base_id: str
    ) -> None:
        self._client = client
        self._id = knowledge_base_id
        if knowledge_base_id:
            client()

    def retrieve(self, question: str, limit: int) -> list[Passage]:
        if not self._id:
            return []
        try:
            answer = self._client().retrieve(
                knowledgeBaseId=self._id,
                retrievalQuery={"text": question[:MAX_QUESTION]},
                retrievalConfiguration={"vectorSearchConfiguration": {"numberOfResults": limit}},
            )
        except (ClientError, BotoCoreError) as error:
            raise model_failure(error) from error
        results: list[Any] = list(answer["retrievalResults"])
        return [_passage(result) for result in results if result["content"].get("text")]


def _passage(result: dict[str, Any]) -> Passage:
    metadata = result.get("metadata", {})
    uri = _uri(result.get("location", {})) or str(metadata.get(_SOURCE_URI, ""))
    content = result["content"]["text"]
    return Passage(
        text=content,
        title=_title(metadata, content, uri),
        uri=uri,
        score=min(1.0, max(0.0, float(result.get("score", 0.0)))),
    )


def _uri(location: dict[str, Any]) -> str:
    """The location is a union: `{"type": "S3", "s3Location": {"uri": …}}`, and so on."""
    for place in location.values():
        if isinstance(place, dict):
            for field in _URI_FIELDS:
                if place.get(field):
                    return str(place[field])
    return ""


def _title(metadata: dict[str, Any], content: str, uri: str) -> str:
    if title := metadata.get("title"):
        return str(title)
    if heading := _HEADING.search(content):
        return heading[1].strip(" \t#")
    return unquote(urlsplit(uri).path).rstrip("/").rsplit("/", maxsplit=1)[-1] or uri
