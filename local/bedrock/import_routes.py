"""Custom model import over HTTP, as the service `bedrock` speaks it.

    POST GET  /model-import-jobs         CreateModelImportJob, ListModelImportJobs
    GET       /model-import-jobs/{id}    GetModelImportJob
    GET       /imported-models[/{id}]    ListImportedModels, GetImportedModel
    DELETE    /imported-models/{id}      DeleteImportedModel
    POST      /listTagsForResource       ListTagsForResource, of an imported model

The fault `import_fails` of CreateModelImportJob takes the job and lets it fail.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bedrock.faults import ERRORS
from local.bedrock.imports import OPERATION, Imports
from local.bedrock.model import Json
from local.bedrock.wire import WireError, as_json

if TYPE_CHECKING:
    from local.bedrock.server import Bedrock

IMPORT_FAILS = "The model could not be imported."


class ImportRoutes:
    """Of one stand-in, which has imports."""

    def __init__(self, bedrock: "Bedrock", imports: Imports) -> None:
        self._on = bedrock
        self._imports = imports

    def routes(self) -> list[Route]:
        return [
            Route("/model-import-jobs", self.create, methods=["POST"]),
            Route("/model-import-jobs", self.jobs, methods=["GET"]),
            # An identifier may be an ARN, whose slash the server has decoded.
            Route("/model-import-jobs/{identifier:path}", self.job, methods=["GET"]),
            Route("/imported-models", self.models, methods=["GET"]),
            Route("/imported-models/{identifier:path}", self.model, methods=["GET"]),
            Route("/imported-models/{identifier:path}", self.delete, methods=["DELETE"]),
            Route("/listTagsForResource", self.tags, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """POST /model-import-jobs."""
        raw = await request.body()
        entry = self._on.ledger.opened(OPERATION)
        try:
            body = as_json(raw)
            fault = self._on.faults.take(OPERATION, raw.decode(errors="replace"))
            if fault and (error := fault.wire_error(ERRORS)):
                raise error
            fails = (fault.message or IMPORT_FAILS) if fault else ""
            made = await run_in_threadpool(self._imports.create_job, body, fails)
        except WireError as error:
            self._on.ledger.closed(entry, error.code)
            raise
        self._on.ledger.closed(entry, "answered")
        return JSONResponse(made, 201)

    async def jobs(self, request: Request) -> Response:
        """GET /model-import-jobs."""
        return JSONResponse(self._imports.jobs(_query(request)))

    async def job(self, request: Request) -> Response:
        """GET /model-import-jobs/{identifier}."""
        return JSONResponse(self._imports.job(_identifier(request)))

    async def models(self, request: Request) -> Response:
        """GET /imported-models."""
        return JSONResponse(self._imports.models(_query(request)))

    async def model(self, request: Request) -> Response:
        """GET /imported-models/{identifier}."""
        return JSONResponse(self._imports.model(_identifier(request)))

    async def tags(self, request: Request) -> Response:
        """POST /listTagsForResource."""
        return JSONResponse(self._imports.tags(as_json(await request.body())))

    async def delete(self, request: Request) -> Response:
        """DELETE /imported-models/{identifier}."""
        gone: Json = await self._imports.delete_model(_identifier(request))
        return JSONResponse(gone)


def _identifier(request: Request) -> str:
    return unquote(request.path_params["identifier"])


def _query(request: Request) -> Mapping[str, str]:
    return dict(request.query_params)
