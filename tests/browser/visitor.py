"""Somebody with a browser of their own: an own context, watched for what no page may do."""

from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, Page

from tests.browser.watch import Watch

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
GERMAN: dict[str, Any] = {"locale": "de-DE"}
_ANYBODY: dict[str, Any] = {
    "locale": "en-US",
    "timezone_id": "UTC",
    "viewport": {"width": 1280, "height": 900},
    # Nothing moves, so nothing has to be waited for.
    "reduced_motion": "reduce",
}


class Visitor:
    """`hosts`: what their pages may call. `settings` are those of a browser context."""

    def __init__(self, browser: Browser, hosts: frozenset[str], **settings: Any) -> None:
        self.context = browser.new_context(**{**_ANYBODY, **settings})
        self.watch = Watch(self.context, hosts)
        self.page: Page = self.context.new_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.close()
        if error is None:
            assert not self.watch.problems, "\n".join(self.watch.problems)


def runs_over(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 when nothing has to be scrolled."""
    width: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width
