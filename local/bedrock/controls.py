"""What tests, benchmarks and `make run` ask of the Bedrock stand-in beside what AWS has.

GET                /_tandem/health      {"ready", "model", "knowledge"}
GET POST DELETE    /_tandem/faults      failures on request, see `faults`
GET POST           /_tandem/pace        how long answers take, see `pace`
GET DELETE         /_tandem/stats       what was asked and answered, see `ledger`
GET POST           /_tandem/knowledge   where documents come from; POST {} reads what changed
"""

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bedrock.knowledge import knowledge_source
from local.bedrock.pace import Clockwork
from local.bedrock.wire import as_json

if TYPE_CHECKING:
    from local.bedrock.server import Bedrock


class Controls:
    """Of one stand-in."""

    def __init__(self, bedrock: "Bedrock") -> None:
        self._on = bedrock

    def routes(self) -> list[Route]:
        return [
            Route("/_tandem/health", self.health, methods=["GET"]),
            Route("/_tandem/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_tandem/pace", self.pace, methods=["GET", "POST"]),
            Route("/_tandem/stats", self.stats, methods=["GET", "DELETE"]),
            Route("/_tandem/knowledge", self.knowledge, methods=["GET", "POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """GET /_tandem/health."""
        return JSONResponse(
            {"ready": True, "model": self._on.model.name, "knowledge": self._on.knowledge.state()}
        )

    async def faults(self, request: Request) -> Response:
        """GET, POST and DELETE /_tandem/faults."""
        if request.method == "POST":
            asked = as_json(await request.body())
            self._on.faults.arm(asked)
        elif request.method == "DELETE":
            self._on.faults.clear()
        return JSONResponse({"faults": self._on.faults.armed()})

    async def pace(self, request: Request) -> Response:
        """GET and POST /_tandem/pace."""
        if request.method == "POST":
            pace = self._on.clockwork.pace.changed(as_json(await request.body()))
            self._on.clockwork = Clockwork(pace)
        pace = self._on.clockwork.pace
        names = ("first_token_ms", "token_ms", "gate_ms", "retrieve_ms", "jitter", "seed")
        return JSONResponse({name: getattr(pace, name) for name in names})

    async def stats(self, request: Request) -> Response:
        """GET and DELETE /_tandem/stats."""
        if request.method == "DELETE":
            self._on.ledger.clear()
        return JSONResponse(self._on.ledger.report())

    async def knowledge(self, request: Request) -> Response:
        """GET and POST /_tandem/knowledge."""
        if request.method == "GET":
            return JSONResponse(self._on.knowledge.state())
        asked = as_json(await request.body())
        if source := knowledge_source(asked):
            self._on.knowledge.follow(source)
        return JSONResponse(await run_in_threadpool(self._on.knowledge.refresh))


async def on_bad_control(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
