"""The knowledge base behind Retrieve: an index of its source's documents, and of those that came by
direct ingestion."""

import logging
import time
from threading import Event, Lock, Thread
from typing import Any

from local.bedrock.direct_ingestion import CustomDocuments
from local.bedrock.knowledge import Document, Source
from local.bedrock.model import Json
from local.bedrock.retrieval import Hit, Index
from local.bedrock.wire import WireError, check_request, validation_error

_log = logging.getLogger(__name__)
_DEFAULT_RESULTS, _MOST_RESULTS = 5, 100


class KnowledgeBase:
    """An index and the thread that keeps it up to date.

    The source may appear later (the bucket is made by the deployment) or change; while it cannot
    be listed, what is indexed stays.
    """

    def __init__(self, index: Index, source: Source | None = None, every: float = 2.0) -> None:
        self._index, self._source, self._every = index, source, every
        self._custom = CustomDocuments()
        self._listed: list[Document] = []
        self._lock = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self._state: dict[str, Any] = {"refreshed_at": None, "error": None}

    def start(self) -> None:
        """Begin to follow the source, in a thread."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = Thread(target=self._follow, name="knowledge", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
            self._thread = None

    def follow(self, source: Source) -> None:
        """Take the documents from another source from now on."""
        self._source = source

    def refresh(self) -> dict[str, Any]:
        """Read what has changed, now. Returns `state`."""
        source = self._source
        with self._lock:
            if source is not None:
                try:
                    self._listed = list(source.documents())
                    self._state = {"refreshed_at": time.time(), "error": None}
                except OSError as error:
                    if self._state["error"] is None:
                        _log.warning("knowledge: %s", error)
                    self._state = {**self._state, "error": str(error)}
            self._read()
        return self.state()

    def _read(self) -> None:
        self._index.refresh([*self._listed, *self._custom.documents()])
        self._custom.indexed()

    def documents(
        self, operation: str, knowledge_base_id: str, data_source_id: str, body: Json, failing: str
    ) -> Json:
        """Answer a request about the documents of a data source of type CUSTOM; see
        `direct_ingestion`.

        Raises:
            WireError: as `CustomDocuments.answer`.
        """
        with self._lock:
            answer = self._custom.answer(
                operation, knowledge_base_id, data_source_id, body, failing
            )
            if operation.startswith(("Ingest", "Delete")):
                self._read()
        return answer

    def state(self) -> dict[str, Any]:
        """Where the documents come from, how many are indexed, and when they were last read."""
        return {
            "source": self._source.uri if self._source else None,
            "documents": len(self._index),
            **self._state,
        }

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self.refresh()
            self._stopping.wait(self._every)

    def retrieve(self, knowledge_base_id: str, body: Json) -> Json:
        """Answer one Retrieve request.

        Raises:
            WireError: a ValidationException, also for what the stand-in does not support.
        """
        check_request(
            "bedrock-agent-runtime", "Retrieve", {"knowledgeBaseId": knowledge_base_id, **body}
        )
        query, count = _read_retrieve(body)
        return {"retrievalResults": [self._result(hit) for hit in self._index.search(query, count)]}

    def _result(self, hit: Hit) -> Json:
        content = {"type": "TEXT", "text": hit.text}
        custom = self._custom.of_key(hit.key)
        if custom is not None:
            place = {"id": custom.document_id}
            return {
                "content": content,
                "location": {"type": "CUSTOM", "customDocumentLocation": place},
                "score": hit.score,
                "metadata": {
                    "x-amz-bedrock-kb-data-source-id": custom.data_source_id,
                    **custom.attributes,
                },
            }
        base = self._source.uri if self._source else "s3://knowledge"
        uri = f"{base}/{hit.key}"
        return {
            "content": content,
            "location": {"type": "S3", "s3Location": {"uri": uri}},
            "score": hit.score,
            "metadata": {
                "x-amz-bedrock-kb-source-uri": uri,
                "title": hit.title,
                "source": hit.key,
            },
        }


def place_of(result: Json) -> str:
    """Where a result of Retrieve is from, in short: a document's key or id."""
    location: Json = result["location"]
    custom = location.get("customDocumentLocation")
    return str(custom["id"] if custom else result["metadata"]["source"])


def _read_retrieve(body: Json) -> tuple[str, int]:
    query = body["retrievalQuery"]
    text = query.get("text", "")
    if query.get("type", "TEXT") != "TEXT" or "image" in query or not text.strip():
        raise validation_error("The retrievalQuery must have a text that is not blank.")
    if "nextToken" in body:
        raise validation_error("The nextToken is not valid.")
    if "guardrailConfiguration" in body:
        raise validation_error("This knowledge base does not support guardrailConfiguration.")
    configuration = body.get("retrievalConfiguration", {})
    if len(configuration) > 1:
        raise validation_error("Only one member of retrievalConfiguration may be given.")
    search: Json = next(iter(configuration.values()), {})
    for name in ("filter", "implicitFilterConfiguration", "rerankingConfiguration"):
        if name in search:
            raise validation_error(f"This knowledge base does not support {name}.")
    count = search.get("numberOfResults", _DEFAULT_RESULTS)
    if not 1 <= count <= _MOST_RESULTS:
        raise validation_error(f"numberOfResults must be from 1 to {_MOST_RESULTS}.")
    return text, count


def unknown_knowledge_base(knowledge_base_id: str) -> WireError:
    """The service's answer to an id that it does not know."""
    return WireError(
        404,
        "ResourceNotFoundException",
        f"Knowledge Base with id {knowledge_base_id} does not exist.",
    )
