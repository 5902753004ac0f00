"""The Bedrock stand-in: bedrock-runtime, bedrock-agent-runtime, bedrock-agent and the imports of
bedrock on one port.

Point AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME,
AWS_ENDPOINT_URL_BEDROCK_AGENT and AWS_ENDPOINT_URL_BEDROCK at it. It speaks

    POST /model/{id}/converse               Converse
    POST /model/{id}/converse-stream        ConverseStream
    POST /model/{id}/invoke                 InvokeModel (messages, {"prompt"}, {"inputText"})
    POST /guardrail-checks/invoke           InvokeGuardrailChecks (of sensitive information)
    POST /knowledgebases/{id}/retrieve      Retrieve
    PUT  …/datasources/{id}/documents       IngestKnowledgeBaseDocuments, see `direct_ingestion`
    POST …/documents[/getDocuments|/deleteDocuments]    List, Get and DeleteKnowledgeBaseDocuments

what stands in `import_routes`, and, for tests, benchmarks and `make run`, what stands in
`controls`. A model id that is the ARN of an imported model is answered by that one.

Signatures are not checked: it listens on loopback and spends nobody's money.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from urllib.parse import unquote
from uuid import uuid4

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.bedrock import guardrail_checks
from local.bedrock.builtin import BuiltinModel
from local.bedrock.controls import Controls, on_bad_control
from local.bedrock.conversation import Conversation
from local.bedrock.converse import read_converse
from local.bedrock.direct_ingestion import UNINDEXABLE
from local.bedrock.faults import ERRORS, Fault, Faults, UnknownFaultError
from local.bedrock.gate import Gate
from local.bedrock.import_routes import ImportRoutes
from local.bedrock.imports import Imports
from local.bedrock.invoke_model import read_invoke
from local.bedrock.knowledge import Source, knowledge_source
from local.bedrock.knowledge_base import KnowledgeBase, place_of, unknown_knowledge_base
from local.bedrock.ledger import Ledger
from local.bedrock.model import Json, LocalModel
from local.bedrock.openai_server import OpenAIServer
from local.bedrock.pace import Clockwork, Pace, PaceError
from local.bedrock.retrieval import Index
from local.bedrock.wire import WireError, as_json
from local.engine import ACCOUNT_ID, REGION
from local.sagemaker import interpreters
from local.sagemaker.roles import assume

_CACHE = Path(".cache/bedrock")
_DOCUMENTS = "/knowledgebases/{knowledge_base_id}/datasources/{data_source_id}/documents"


class Bedrock:
    """The state behind the routes."""

    def __init__(
        self,
        model: LocalModel,
        knowledge: KnowledgeBase,
        pace: Pace,
        knowledge_base_id: str | None = None,
        imports: Imports | None = None,
    ) -> None:
        self.model, self.knowledge = model, knowledge
        self.imports = imports
        self.knowledge_base_id = knowledge_base_id
        self.clockwork = Clockwork(pace)
        self.faults, self.ledger = Faults(), Ledger()

    # -------------------------------------------------------------------- bedrock-runtime

    async def converse(self, request: Request) -> Response:
        """POST /model/{id}/converse."""
        talk, fault = await self._talk("Converse", request)
        async with _closing(talk):
            return _json(await talk.converse(fault), request)

    async def converse_stream(self, request: Request) -> Response:
        """POST /model/{id}/converse-stream."""
        talk, fault = await self._talk("ConverseStream", request)
        async with _closing(talk):
            frames = await talk.stream(fault)
        headers = {"x-amzn-RequestId": str(uuid4())}
        return StreamingResponse(
            frames, media_type="application/vnd.amazon.eventstream", headers=headers
        )

    async def invoke(self, request: Request) -> Response:
        """POST /model/{id}/invoke."""
        talk, fault = await self._talk("InvokeModel", request)
        async with _closing(talk):
            body, headers = await talk.invoke(fault)
            return _json(body, request, headers)

    async def _talk(self, operation: str, request: Request) -> tuple[Conversation, Fault | None]:
        raw = await request.body()
        model_id = unquote(request.path_params["model_id"])
        entry = self.ledger.opened(operation, model_id=model_id)
        try:
            body = as_json(raw)
            prompt = (read_invoke if operation == "InvokeModel" else read_converse)(model_id, body)
            entry |= {
                "question": prompt.question[:2000],
                "turns": len(prompt.messages),
                "tools": [tool.name for tool in prompt.tools],
                "choice": prompt.choice,
            }
            fault = self.faults.take(operation, model_id, raw.decode(errors="replace"))
            await _fail(fault, request)
            model = (self.imports and self.imports.answering(model_id)) or self.model
        except WireError as error:
            self.ledger.closed(entry, error.code)
            raise
        talk = Conversation(
            model, prompt, body, clockwork=self.clockwork, ledger=self.ledger, entry=entry
        )
        return talk, fault

    async def check(self, request: Request) -> Response:
        """POST /guardrail-checks/invoke."""
        raw = await request.body()
        entry = self.ledger.opened(guardrail_checks.OPERATION)
        try:
            body = as_json(raw)
            text = raw.decode(errors="replace")
            await _fail(self.faults.take(guardrail_checks.OPERATION, text), request)
            answer = await run_in_threadpool(guardrail_checks.invoke, body)
        except WireError as error:
            self.ledger.closed(entry, error.code)
            raise
        self.ledger.closed(entry, "answered")
        return _json(answer, request)

    # -------------------------------------------------------------- bedrock-agent-runtime

    async def retrieve(self, request: Request) -> Response:
        """POST /knowledgebases/{id}/retrieve."""
        raw = await request.body()
        wanted = unquote(request.path_params["knowledge_base_id"])
        entry = self.ledger.opened("Retrieve", knowledge_base_id=wanted)
        try:
            body = as_json(raw)
            entry["question"] = str(body.get("retrievalQuery", {}).get("text", ""))[:2000]
            fault = self.faults.take("Retrieve", wanted, raw.decode(errors="replace"))
            await _fail(fault, request)
            if self.knowledge_base_id not in (None, wanted):
                raise unknown_knowledge_base(wanted)
            await asyncio.sleep(self.clockwork.seconds(self.clockwork.pace.retrieve_ms))
            found = await run_in_threadpool(self.knowledge.retrieve, wanted, body)
        except WireError as error:
            self.ledger.closed(entry, error.code)
            raise
        if fault and fault.error == "empty":
            found["retrievalResults"] = []
        results = found["retrievalResults"]
        self.ledger.closed(entry, "answered", found=[[place_of(r), r["score"]] for r in results])
        return _json(found, request)

    # ---------------------------------------------------------------------- bedrock-agent

    async def ingest_documents(self, request: Request) -> Response:
        """PUT /knowledgebases/{id}/datasources/{id}/documents."""
        return await self._documents("IngestKnowledgeBaseDocuments", request, 202)

    async def list_documents(self, request: Request) -> Response:
        """POST /knowledgebases/{id}/datasources/{id}/documents."""
        return await self._documents("ListKnowledgeBaseDocuments", request)

    async def get_documents(self, request: Request) -> Response:
        """POST /knowledgebases/{id}/datasources/{id}/documents/getDocuments."""
        return await self._documents("GetKnowledgeBaseDocuments", request)

    async def delete_documents(self, request: Request) -> Response:
        """POST /knowledgebases/{id}/datasources/{id}/documents/deleteDocuments."""
        return await self._documents("DeleteKnowledgeBaseDocuments", request, 202)

    async def _documents(self, operation: str, request: Request, status: int = 200) -> Response:
        raw = await request.body()
        wanted = unquote(request.path_params["knowledge_base_id"])
        source = unquote(request.path_params["data_source_id"])
        entry = self.ledger.opened(operation, knowledge_base_id=wanted)
        try:
            body = as_json(raw)
            fault = self.faults.take(operation, wanted, raw.decode(errors="replace"))
            await _fail(fault, request)
            if self.knowledge_base_id not in (None, wanted):
                raise unknown_knowledge_base(wanted)
            failing = ""
            if fault and fault.error == "unindexable":
                failing = fault.message or UNINDEXABLE
            answer = await run_in_threadpool(
                self.knowledge.documents, operation, wanted, source, body, failing
            )
        except WireError as error:
            self.ledger.closed(entry, error.code)
            raise
        self.ledger.closed(entry, "answered")
        return _json(answer, request, status=status)


async def _fail(fault: Fault | None, request: Request) -> None:
    if fault is None:
        return
    if fault.error == "hang":
        while (await request.receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect
    if error := fault.wire_error(ERRORS):
        raise error


@asynccontextmanager
async def _closing(talk: Conversation) -> AsyncIterator[None]:
    """Note a failed call in the ledger, whatever made it fail."""
    try:
        yield
    except WireError as error:
        talk.failed(error.code)
        raise
    except BaseException as error:
        talk.failed(type(error).__name__)
        raise


def _json(
    body: Json, request: Request, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    named = {"x-amzn-RequestId": request.headers.get("amz-sdk-invocation-id", str(uuid4()))}
    return JSONResponse(body, status, headers={**named, **(headers or {})})


def _error(error: WireError) -> Response:
    return JSONResponse(
        {"message": error.message},
        status_code=error.status,
        headers={
            "x-amzn-RequestId": str(uuid4()),
            "x-amzn-ErrorType": f"{error.code}:http://internal.amazon.com/coral/com.amazon.bedrock/",
        },
    )


async def _on_wire_error(_request: Request, error: Exception) -> Response:
    return _error(error if isinstance(error, WireError) else ERRORS["internal"])


async def _on_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)


def create_app(
    *,
    model: LocalModel | None = None,
    source: Source | None = None,
    pace: Pace | None = None,
    cache: Path = _CACHE,
    knowledge_base_id: str | None = None,
    refresh_every: float = 2.0,
    imports: Imports | None = None,
) -> Starlette:
    """The stand-in as an ASGI application.

    Args:
        model: who answers; the built-in one by default.
        source: where documents come from; may be named later by POST /_tandem/knowledge.
        pace: how long answers take; by default no time is added.
        cache: a folder for what is expensive to compute; made when missing.
        knowledge_base_id: the only id that Retrieve knows; None accepts any.
        refresh_every: seconds between looks at the source.
        imports: models that are imported; without, the one above answers for their ARNs, too.
    """
    knowledge = KnowledgeBase(Index(cache), source, refresh_every)
    judge = Gate()
    state = Bedrock(
        model or BuiltinModel(judge), knowledge, pace or Pace(), knowledge_base_id, imports
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        knowledge.start()
        # In a thread: the first judgement waits for the weights, the first greeting does not.
        Thread(target=judge.warm, daemon=True).start()
        try:
            yield
        finally:
            await run_in_threadpool(knowledge.stop)
            await state.model.close()
            if imports is not None:
                await imports.close()

    def route(path: str, handler: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
        return Route(path, handler, methods=list(methods))

    app = Starlette(
        routes=[
            # A model id may be an ARN: percent-encoded by the SDK, decoded again by the server.
            route("/model/{model_id:path}/converse", state.converse, "POST"),
            route("/model/{model_id:path}/converse-stream", state.converse_stream, "POST"),
            route("/model/{model_id:path}/invoke", state.invoke, "POST"),
            route("/guardrail-checks/invoke", state.check, "POST"),
            route("/knowledgebases/{knowledge_base_id}/retrieve", state.retrieve, "POST"),
            route(_DOCUMENTS, state.ingest_documents, "PUT"),
            route(_DOCUMENTS, state.list_documents, "POST"),
            route(f"{_DOCUMENTS}/getDocuments", state.get_documents, "POST"),
            route(f"{_DOCUMENTS}/deleteDocuments", state.delete_documents, "POST"),
            *(ImportRoutes(state, imports).routes() if imports is not None else []),
            *Controls(state).routes(),
        ],
        exception_handlers={
            WireError: _on_wire_error,
            UnknownFaultError: on_bad_control,
            PaceError: on_bad_control,
            ClientDisconnect: _on_gone,
        },
        lifespan=lifespan,
    )
    app.state.bedrock = state
    return app


def app_from_environment() -> Starlette:
    """The application that the environment asks for (`uvicorn --factory`).

    TANDEM_KNOWLEDGE_BUCKET and TANDEM_KNOWLEDGE_PREFIX (S3 as boto3 finds it), or
    TANDEM_KNOWLEDGE_FOLDER; TANDEM_CACHE; TANDEM_FIRST_TOKEN_MS, TANDEM_TOKEN_MS, TANDEM_GATE_MS,
    TANDEM_RETRIEVE_MS, TANDEM_JITTER, TANDEM_SEED; TANDEM_OPENAI_BASE_URL, TANDEM_OPENAI_MODEL,
    TANDEM_OPENAI_API_KEY. Models are imported from the engine at AWS_ENDPOINT_URL, if any.
    """
    environment = os.environ
    return create_app(
        model=OpenAIServer.from_environment(environment),
        source=knowledge_source(
            {
                "folder": environment.get("TANDEM_KNOWLEDGE_FOLDER"),
                "bucket": environment.get("TANDEM_KNOWLEDGE_BUCKET"),
                "prefix": environment.get("TANDEM_KNOWLEDGE_PREFIX"),
            }
        ),
        pace=Pace.from_environment(environment),
        cache=Path(environment.get("TANDEM_CACHE", _CACHE)),
        imports=_imports(environment),
    )


def _imports(environment: Mapping[str, str]) -> Imports | None:
    endpoint = environment.get("AWS_ENDPOINT_URL")
    if endpoint is None:
        return None
    settings = {"endpoint_url": endpoint, "region_name": REGION}
    roles = assume(settings, "BedrockModelImport", "bedrock")
    folder = Path(mkdtemp(prefix="tandem-imported-"))
    return Imports(REGION, ACCOUNT_ID, roles, python=interpreters.trainer, folder=folder)
