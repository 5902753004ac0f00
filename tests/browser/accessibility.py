"""axe-core's rules, run in a page. https://github.com/dequelabs/axe-core/blob/develop/doc/API.md"""

from typing import Any

from playwright.sync_api import Frame, Page

from local.stack import ROOT

_SOURCE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    """What axe finds in the page and in its frames, one line for each rule that is broken."""
    return [found for frame in page.frames for found in _violations(frame)]


def _violations(frame: Frame) -> list[str]:
    if not frame.evaluate("() => 'axe' in window"):
        # Evaluated, not added as an element: the page's policy stays as it is.
        frame.evaluate(_SOURCE.read_text())
    # Each frame by itself: axe would send messages between them.
    found: dict[str, Any] = frame.evaluate(
        "() => axe.run(document, { resultTypes: ['violations'], iframes: false })"
    )
    return [
        f"{broken['id']} ({broken['impact']}): {broken['help']}: "
        + "; ".join(f"{node['target']} {node['html'][:200]}" for node in broken["nodes"][:3])
        for broken in found["violations"]
    ]
