"""Builds the pages into `web/dist`, only when something that goes into them has changed.

    python -m web.build

It lies here and not in `local/` because the same build goes to AWS and into the embedded engine.
Node and the packages are what `local/setup.py node` has set up.
"""

import os
import subprocess
import sys
from pathlib import Path

from local.build import BuildError
from local.fingerprint import files_of, fingerprint
from local.setup import NODE

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "web"
DIST = PAGES / "dist"
# Beside what it speaks of: who removes the build removes the stamp.
_STAMP = DIST / ".built-from"
_INPUTS = ("web", "docs/openapi.yaml", "docs/schemas/frames.json", "requirements/node.txt")
_MADE = ("node_modules", "dist", "contracts")
_LINES_OF_AN_ERROR = 30


def build() -> bool:
    """Check the types and build the pages. Returns whether there was work to do.

    Raises `BuildError` with what `npm run build` said.
    """
    sources = (path for path in files_of(_INPUTS, without=_MADE) if path.suffix != ".py")
    wanted = fingerprint("npm run build", sources)
    if _STAMP.is_file() and _STAMP.read_text() == wanted:
        return False
    run("build")
    _STAMP.write_text(wanted)
    return True


def run(script: str) -> None:
    """Run a script of web/package.json. Raises `BuildError` with what it said."""
    if not (NODE / "npm").exists():
        raise BuildError(f"`npm run {script}` needs Node: run `python3 local/setup.py node` first.")
    done = subprocess.run(
        # What npm has to say of itself would only hide what the script says.
        [str(NODE / "npm"), "run", "--silent", script],
        cwd=PAGES,
        env={**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-_LINES_OF_AN_ERROR:]
        raise BuildError("\n".join([f"`npm run {script}` failed in web/:", *said]))


if __name__ == "__main__":
    try:
        build()
    except BuildError as error:
        sys.exit(f"build: {error}")
