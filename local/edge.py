"""An edge of CloudFront on this machine: browsers ask it, and it asks the engine's distribution.

On AWS a browser reaches an edge by the distribution's domain and by TLS. The engine knows a
distribution by that domain, too, but no browser here can resolve it: so requests go to the loopback
interface, and on to the engine with the domain as their Host and as if TLS had ended here. What the
browser gets (files, behaviours, headers, errors) is what the deployed distribution says.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
_COMPRESSED_FROM_BYTES = 1000
_MADE_BY_A_DISTRIBUTION = "x-amz-cf-id"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Of the connection, not of the request; and what is decided here.
_NOT_PASSED_ON = {
    "accept-encoding", "connection", "content-length", "date", "host", "keep-alive", "te",
    "trailer", "transfer-encoding", "upgrade", "x-forwarded-proto",
}  # fmt: skip


class Edge:
    """Serves the distribution that `serve` names; until then it says that there is none yet."""

    def __init__(self, engine_url: str) -> None:
        self._engine = httpx.URL(engine_url)
        self._domain: str | None = None

    def serve(self, domain: str) -> None:
        """From now on, answer with the distribution of this domain (`….cloudfront.net`)."""
        self._domain = domain

    def app(self, beside: dict[str, ASGIApp] | None = None) -> Starlette:
        """The edge as an application, and others `beside` it at their paths."""

        @asynccontextmanager
        async def client(_: Starlette) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
            async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
                yield {"http": http}

        return Starlette(
            routes=[
                *(Route(path, app) for path, app in (beside or {}).items()),
                Route("/{path:path}", self._answer, methods=_METHODS),
            ],
            # The engine does not do it, whatever the behaviour says.
            middleware=[Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES)],
            lifespan=client,
        )

    async def _answer(self, request: Request) -> Response:
        if self._domain is None:
            return PlainTextResponse("The pages are not deployed (yet).", 503)
        target: bytes = request.scope["raw_path"]
        if query := request.scope["query_string"]:
            target += b"?" + query
        passed_on = {k: v for k, v in request.headers.items() if k not in _NOT_PASSED_ON}
        http: httpx.AsyncClient = request.state.http
        try:
            answer = await http.request(
                request.method,
                self._engine.copy_with(raw_path=target),
                headers={
                    **passed_on,
                    "host": self._domain,
                    "x-forwarded-proto": "https",
                    "accept-encoding": "identity",
                },
                content=await request.body(),
            )
        except httpx.TransportError as error:
            return PlainTextResponse(f"The engine doesn't answer: {error!r}", 502)
        if _MADE_BY_A_DISTRIBUTION not in answer.headers:
            # The engine has addresses of its own, which come before those of a distribution.
            return PlainTextResponse("There is no such page.", 404)
        kept = {k: v for k, v in answer.headers.items() if k not in _NOT_PASSED_ON}
        if request.method == "HEAD" and "content-length" in answer.headers:
            kept["content-length"] = answer.headers["content-length"]
        return Response(answer.content, answer.status_code, kept)
