"""What the pages weigh, and how soon a customer sees something.

The pages are loaded in Chromium from the deployed stack, as its distribution serves them, each
load with a browser context of its own (cold: an empty cache) or again in the same one (warm).
Beside each load stands one of an empty page from the same server, so that the ratio says what the
page adds on this machine. The network is the loopback interface: what compressed bytes cost on the
way is not in the times.
"""

import gzip
import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local.stack import Stack
from tests.browser import chromium
from tests.browser.chat_page import ChatPage
from tests.browser.visitor import Visitor
from web.build import DIST

EMPTY = "not-found.html"
"""The smallest page that is published: one line of text and one style."""
BUDGET = {
    "chat, all of it": 250_000,
    "widget's loader": 60_000,
    "review, a reviewer's": 275_000,
    "review with the leads' pages": 375_000,
}
"""Compressed bytes of JavaScript."""
QUESTION = "Where do I find the logs of a training job?"
_PAINTED = """
() => new Promise((resolve) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  if (seen()) return resolve(seen());
  const observer = new PerformanceObserver(() => seen() && resolve(seen()));
  observer.observe({ type: "paint", buffered: true });
})
"""
_WATCH = """
() => {
  const log = document.querySelector("main");
  const at = (globalThis.tandemSeen = {});
  const enter = (key) => { if (key.key === "Enter") at.sent = performance.now(); };
  addEventListener("keydown", enter, true);
  new MutationObserver(() => {
    const groups = [...log.querySelectorAll('[role="group"]')];
    const by = (group, who) => group?.getAttribute("aria-label")?.startsWith(who);
    if (at.sent && !at.own && groups.some((group) => by(group, "You"))) at.own = performance.now();
    const last = groups.at(-1);
    if (at.own && !at.word && by(last, "Assistant") && last.innerText.split(/\\s+/).length > 4) {
      at.word = performance.now();
    }
  }).observe(log, { subtree: true, childList: true, characterData: true });
}
"""


@dataclass(slots=True)
class Figures:
    """Milliseconds, one entry for each load or message."""

    paint: dict[str, list[float]] = field(default_factory=dict)
    """First contentful paint, from the start of the navigation."""
    usable: dict[str, list[float]] = field(default_factory=dict)
    """Until the customer can write, from the start of the navigation."""
    own: list[float] = field(default_factory=list)
    """From pressing Enter until the customer's own message stands in the conversation."""
    word: list[float] = field(default_factory=list)
    """From pressing Enter until the first words of the answer do."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Compressed bytes that were transferred."""


def main(rounds: int) -> Figures:
    with Stack(port=0) as stack, sync_playwright() as playwright:
        browser = chromium.start(playwright)
        figures = Figures()
        stack.control_bedrock(
            "pace", {"first_token_ms": 0, "token_ms": 0, "gate_ms": 0, "retrieve_ms": 0}
        )
        for number in range(rounds + 1):
            _load_and_talk(browser, stack, figures if number else Figures())
        figures.sizes = _sizes(browser, stack)
        browser.close()
    return figures


def _load_and_talk(browser: Browser, stack: Stack, figures: Figures) -> None:
    """One round: the empty page and the chat, each cold and warm, and one question."""
    for name, url in (("empty page", f"{stack.pages.url}/{EMPTY}"), ("chat", stack.chat_url)):
        context = browser.new_context()
        for state in ("cold", "warm"):
            page = context.new_page()
            page.goto(url)
            figures.paint.setdefault(f"{name}, {state}", []).append(page.evaluate(_PAINTED))
            if name == "chat":
                page.get_by_role("textbox").wait_for()
                figures.usable.setdefault(state, []).append(
                    page.evaluate("() => performance.now()")
                )
                if state == "warm":
                    _talk(page, figures)
            page.close()
        context.close()


def _talk(page: Page, figures: Figures) -> None:
    """Ask, and read the times in the page itself, so that the driver's way is not in them."""
    page.evaluate(_WATCH)
    field = page.get_by_role("textbox")
    field.fill(QUESTION)
    field.press("Enter")
    page.wait_for_function("() => globalThis.tandemSeen.word")
    seen = page.evaluate("() => globalThis.tandemSeen")
    figures.own.append(seen["own"] - seen["sent"])
    figures.word.append(seen["word"] - seen["sent"])


def _sizes(browser: Browser, stack: Stack) -> dict[str, int]:
    """Bytes on the wire of the chat with everything that it loads later, by kind; and of files."""
    hosts = frozenset(
        urlsplit(url).netloc for url in (stack.pages.url, stack.http_url, stack.websocket_url)
    )
    with Visitor(browser, hosts) as visitor:
        transferred = _transferred(visitor.context)
        chat = ChatPage(visitor, stack.chat_url).open()
        first = sum(size for url, size in transferred.items() if url.endswith(".js"))
        chat.asks(QUESTION)
        expect(chat.answers.last).to_contain_text("Source")
        whole = dict(transferred)
    return {
        "chat, before the first answer": first,
        "chat, all of it": sum(size for url, size in whole.items() if url.endswith(".js")),
        "chat's styles": sum(size for url, size in whole.items() if url.endswith(".css")),
        "chat's fonts": sum(size for url, size in whole.items() if url.endswith(".woff2")),
        "widget's loader": _compressed(DIST / "widget.js"),
        "desk and overview, all of it": _loaded_by("desk.html", later=True),
        "review, a reviewer's": _loaded_by("review.html", later=False),
        "review with the leads' pages": _loaded_by("review.html", later=True),
    }


def _transferred(context: BrowserContext) -> dict[str, int]:
    """Filled while the context loads: by address, the compressed size of the body."""
    sizes: dict[str, int] = {}
    context.on(
        "requestfinished",
        lambda request: sizes.__setitem__(request.url, request.sizes()["responseBodySize"]),
    )
    return sizes


def _loaded_by(page: str, *, later: bool) -> int:
    """Bytes of the scripts that a page loads at once; with `later`, also of those that it loads
    when they are needed. https://vite.dev/guide/backend-integration"""
    manifest: dict[str, dict[str, Any]] = json.loads((DIST / ".vite/manifest.json").read_text())
    found: set[str] = set()
    to_load = [page]
    while to_load:
        chunk = to_load.pop()
        if chunk not in found:
            found.add(chunk)
            to_load += manifest[chunk].get("imports", [])
            to_load += manifest[chunk].get("dynamicImports", []) if later else []
    return sum(_compressed(DIST / manifest[chunk]["file"]) for chunk in found)


def _compressed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def table(figures: Figures) -> str:
    lines = ["| JavaScript and more, compressed | kB | budget |", "|---|---|---|"]
    for name, size in figures.sizes.items():
        budget = f"{BUDGET[name] / 1000:.0f}" if name in BUDGET else ""
        lines.append(f"| {name} | {size / 1000:.1f} | {budget} |")
    lines += ["", "| first paint | median ms | 95th ms | over empty page |", "|---|---|---|---|"]
    for name, times in figures.paint.items():
        empty = figures.paint[f"empty page, {name.rsplit(' ', 1)[1]}"]
        ratio = statistics.median(times) / statistics.median(empty)
        lines.append(f"| {name} | {_times(times)} | {ratio:.2f} |")
    lines += [f"| can write, {state} | {_times(t)} | |" for state, t in figures.usable.items()]
    lines += ["", "| after Enter | median ms | 95th ms |", "|---|---|---|"]
    lines.append(f"| own message is shown | {_times(figures.own)} |")
    lines.append(f"| first words of the answer (a model without delay) | {_times(figures.word)} |")
    return "\n".join(lines)


def _times(values: list[float]) -> str:
    high = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return f"{statistics.median(values):.0f} | {high:.0f}"


if __name__ == "__main__":
    print(table(main(10)))
