"""The documents of data sources of type CUSTOM: ingested, looked at and deleted by the API alone.

Source: botocore's service model of `bedrock-agent` (shapes), and
https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion.html. The service answers
202 and indexes in its own time; here a document is indexed by the time the answer is out, but the
answer still says STARTING, or DELETING. Documents live as long as the process does.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from local.bedrock.knowledge import Document
from local.bedrock.model import Json
from local.bedrock.wire import check_request, validation_error

OPERATIONS = (
    "IngestKnowledgeBaseDocuments",
    "GetKnowledgeBaseDocuments",
    "DeleteKnowledgeBaseDocuments",
    "ListKnowledgeBaseDocuments",
)
_MOST_DOCUMENTS, _MOST_LISTED, _LISTED = 10, 1000, 100
_TOKENS_KEPT = 1000
_TOKEN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")
_SCHEME = "custom://"
UNINDEXABLE = "The document could not be parsed."


@dataclass(frozen=True, slots=True)
class Custom:
    """A document of a data source."""

    data_source_id: str
    document_id: str
    text: bytes
    attributes: Mapping[str, Any]
    updated_at: datetime
    status: str = "STARTING"
    reason: str = ""

    @property
    def key(self) -> str:
        # The dot lets the index find no words in what is no file's name.
        return f"{_SCHEME}{self.data_source_id}/.{self.document_id}"

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


class CustomDocuments:
    """All documents of all data sources of type CUSTOM. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._documents: dict[tuple[str, str], Custom] = {}
        self._tokens: dict[str, None] = {}

    def documents(self) -> Iterator[Document]:
        """What is to be indexed."""
        with self._lock:
            kept = [custom for custom in self._documents.values() if custom.status != "FAILED"]
        for custom in kept:
            yield Document(custom.key, custom.etag, _reader(custom.text))

    def of_key(self, key: str) -> Custom | None:
        """The document behind a key of the index; None if it is another source's."""
        with self._lock:
            return next((c for c in self._documents.values() if c.key == key), None)

    def indexed(self) -> None:
        """The index has taken all of `documents`."""
        with self._lock:
            for place, custom in self._documents.items():
                if custom.status == "STARTING":
                    self._documents[place] = replace(custom, status="INDEXED")

    # --------------------------------------------------------------------------- operations

    def answer(
        self, operation: str, knowledge_base_id: str, data_source_id: str, body: Json, failing: str
    ) -> Json:
        """Answer a request; `failing` is the reason for which its documents cannot be indexed.

        Raises:
            WireError: a ValidationException, also for what the stand-in does not support.
        """
        place = {"knowledgeBaseId": knowledge_base_id, "dataSourceId": data_source_id}
        check_request("bedrock-agent", operation, {**place, **body})
        _check_token(body)
        with self._lock:
            if operation == "ListKnowledgeBaseDocuments":
                return self._list(place, body)
            if operation == "IngestKnowledgeBaseDocuments":
                details = self._ingest(place, body, failing)
            else:
                find = self._delete if operation.startswith("Delete") else self._get
                wanted = [_identified(each) for each in _few(body["documentIdentifiers"])]
                details = [find(place, name) for name in wanted]
        return {"documentDetails": details}

    def _ingest(self, place: Json, body: Json, failing: str) -> list[Json]:
        now = datetime.now(UTC)
        source = place["dataSourceId"]
        read = [_read(source, each, now) for each in _few(body["documents"])]
        if len({custom.document_id for custom in read}) < len(read):
            raise validation_error("The request has a document identifier more than once.")
        if self._repeated(body):
            return [self._get(place, custom.document_id) for custom in read]
        for custom in read:
            why = failing or ("" if custom.text.strip() else UNINDEXABLE)
            kept = replace(custom, status="FAILED", reason=why) if why else custom
            self._documents[source, custom.document_id] = kept
        return [_detail(place, custom.document_id, "STARTING", now) for custom in read]

    def _repeated(self, body: Json) -> bool:
        """The service ignores a request whose token it knows, and says nothing of it."""
        token = body.get("clientToken")
        if token is None:
            return False
        known = token in self._tokens
        self._tokens[token] = None
        while len(self._tokens) > _TOKENS_KEPT:
            del self._tokens[next(iter(self._tokens))]
        return known

    def _get(self, place: Json, document_id: str) -> Json:
        custom = self._documents.get((place["dataSourceId"], document_id))
        if custom is None:
            return _detail(place, document_id, "NOT_FOUND", None)
        detail = _detail(place, document_id, custom.status, custom.updated_at)
        return {**detail, "statusReason": custom.reason} if custom.reason else detail

    def _delete(self, place: Json, document_id: str) -> Json:
        custom = self._documents.pop((place["dataSourceId"], document_id), None)
        status = "NOT_FOUND" if custom is None else "DELETING"
        return _detail(place, document_id, status, datetime.now(UTC))

    def _list(self, place: Json, body: Json) -> Json:
        most = body.get("maxResults", _LISTED)
        start = body.get("nextToken", "0")
        if not 1 <= most <= _MOST_LISTED:
            raise validation_error(f"maxResults must be from 1 to {_MOST_LISTED}.")
        if not start.isdecimal():
            raise validation_error("The nextToken is not valid.")
        names = sorted(name for source, name in self._documents if source == place["dataSourceId"])
        end = int(start) + most
        answer: Json = {
            "documentDetails": [self._get(place, name) for name in names[int(start) : end]]
        }
        return {**answer, "nextToken": str(end)} if end < len(names) else answer


def _check_token(body: Json) -> None:
    token = body.get("clientToken")
    if token is not None and (len(token) > 256 or not _TOKEN.fullmatch(token)):
        raise validation_error("The clientToken is not valid.")


def _few(documents: list[Any]) -> list[Any]:
    if len(documents) > _MOST_DOCUMENTS:
        raise validation_error(f"A request has at most {_MOST_DOCUMENTS} documents.")
    return documents


def _identified(identifier: Json) -> str:
    if identifier["dataSourceType"] != "CUSTOM" or "custom" not in identifier:
        raise validation_error("This data source is of type CUSTOM.")
    return str(identifier["custom"]["id"])


def _read(data_source_id: str, document: Json, now: datetime) -> Custom:
    content = document["content"]
    if content["dataSourceType"] != "CUSTOM" or "custom" not in content:
        raise validation_error("This data source is of type CUSTOM.")
    custom = content["custom"]
    if custom["sourceType"] != "IN_LINE" or "inlineContent" not in custom:
        raise validation_error("This data source supports content of type IN_LINE only.")
    metadata = document.get("metadata")
    if metadata is not None and metadata["type"] != "IN_LINE_ATTRIBUTE":
        raise validation_error("Content that is in line has metadata that is in line.")
    return Custom(
        data_source_id,
        str(custom["customDocumentIdentifier"]["id"]),
        _text(custom["inlineContent"]),
        {
            each["key"]: _value(each["value"])
            for each in (metadata or {}).get("inlineAttributes", [])
        },
        now,
    )


def _text(inline: Json) -> bytes:
    if inline["type"] == "TEXT" and "textContent" in inline:
        return str(inline["textContent"]["data"]).encode()
    if inline["type"] == "BYTE" and "byteContent" in inline:
        if not inline["byteContent"]["mimeType"].startswith("text/"):
            raise validation_error("This knowledge base reads bytes of text/* only.")
        return base64.b64decode(inline["byteContent"]["data"])
    raise validation_error("The inlineContent has not what its type says.")


def _value(value: Json) -> Any:
    member = {
        "STRING": "stringValue",
        "NUMBER": "numberValue",
        "BOOLEAN": "booleanValue",
        "STRING_LIST": "stringListValue",
    }.get(value["type"])
    if member is None or member not in value:
        raise validation_error("A metadata attribute has not the value that its type says.")
    return value[member]


def _detail(place: Json, document_id: str, status: str, at: datetime | None) -> Json:
    detail: Json = {
        **place,
        "status": status,
        "identifier": {"dataSourceType": "CUSTOM", "custom": {"id": document_id}},
    }
    return {**detail, "updatedAt": f"{at:%Y-%m-%dT%H:%M:%SZ}"} if at else detail


def _reader(text: bytes) -> Callable[[], bytes]:
    return lambda: text
