"""Somebody else's site, on an origin of its own."""

from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.service import Service


class EmbeddingSite:
    """Serves the pages that a test puts on it, each under its path."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[str, str | None]] = {}
        self._service = Service(Starlette(routes=[Route("/{name}", self._page)]))

    @property
    def origin(self) -> str:
        return self._service.url

    def put(self, name: str, html: str, policy: str | None = None) -> str:
        """The address of a page; `policy` is its Content-Security-Policy."""
        self._pages[name] = (html, policy)
        return f"{self.origin}/{name}"

    async def _page(self, request: Request) -> Response:
        found = self._pages.get(request.path_params["name"])
        if found is None:
            return Response(status_code=204)  # the browser's own wish for an icon
        html, policy = found
        return HTMLResponse(html, headers={"content-security-policy": policy} if policy else None)

    def __enter__(self) -> Self:
        self._service.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._service.stop()
