"""What no page may do in any test: log errors, throw, break its own policy, call other hosts."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
_LEFT = "net::ERR_ABORTED"
"""A request that ended because its page was left or had enough: nobody waits for it."""
_INSIDE = ("data", "blob", "about")
_NOT_ON_AWS = re.compile("using a custom Amazon Amazon Cognito User Pool endpoint")
"""What Amplify says of the engine's address."""


class Watch:
    """Sees everything in a browser context. `hosts`: the only ones, with port, that may be called.

    A test that breaks something on purpose says so by `expect`.
    """

    def __init__(self, context: BrowserContext, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._expected: list[re.Pattern[str]] = []
        self.problems: list[str] = []
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("page", self._page)

    def expect(self, *patterns: str) -> None:
        """From now on, what matches one of these regular expressions is no problem."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def _note(self, problem: str) -> None:
        if not any(pattern.search(problem) for pattern in self._expected):
            self.problems.append(problem)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _NOT_ON_AWS.search(message.text):
            at = message.location.get("url", "")
            self._note(f"console {message.type}: {message.text} ({at})")

    def _error(self, error: WebError) -> None:
        self._note(f"uncaught: {error.error.stack or error.error}")

    def _request(self, request: Request) -> None:
        self._called(request.url)

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self._note(f"request failed: {request.method} {request.url}: {request.failure}")

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        self._called(socket.url)

    def _called(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _INSIDE and parts.netloc not in self._hosts:
            # Never expected: no test has a reason to call others.
            self.problems.append(f"foreign host: {url}")
