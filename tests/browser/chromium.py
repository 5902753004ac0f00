"""Which Chromium the pages are opened in, and how it is started."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMED_BY = "TANDEM_CHROMIUM"
_ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first has no windows at all, and spends half the time of the others."""
_MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing but the pages is asked of the network; also as root, and in a container."""


class NoChromium(RuntimeError):
    """The message is one line for the person at the terminal."""


def start(playwright: Playwright) -> Browser:
    """A browser without a window. Raises `NoChromium`."""
    own = Path(playwright.chromium.executable_path)
    return playwright.chromium.launch(
        executable_path=find([own]), args=list(_ARGUMENTS), headless=True
    )


def find(further: Iterable[Path] = ()) -> Path:
    """The one that the environment names, else the machine's own, else one of `further`.

    Raises `NoChromium`.
    """
    if named := os.environ.get(NAMED_BY):
        if not Path(named).is_file():
            raise NoChromium(f"{NAMED_BY} names {named}, which is not there.")
        return Path(named)
    installed = [Path(path) for name in _ON_PATH if (path := shutil.which(name))]
    for candidate in [*installed, *map(Path, _MAC_APPLICATIONS), *further]:
        if candidate.is_file():
            return candidate
    raise NoChromium(
        "There is no Chromium here: run `.venv/bin/playwright install chromium` "
        f"(Debian, Ubuntu: apt install chromium), or name one with {NAMED_BY}=/path/to/chromium."
    )
