"""`sam build` for the embedded engine, only when something that goes into it has changed."""

import os
import subprocess
import sys
from pathlib import Path

from local.fingerprint import files_of, fingerprint

ROOT = Path(__file__).resolve().parents[1]
SAM = ROOT / ".venv-sam" / "bin" / "sam"
BUILT = ROOT / ".aws-sam" / "local"
_STAMP = ROOT / ".aws-sam" / "local-built-from"
INPUTS = ("template.yaml", "functions", "layers", "statemachine", "requirements", "training")
"""What the template's artifacts are made of; a layer carries the trainer."""


class BuildError(RuntimeError):
    """The message is for the person at the terminal."""


def build() -> bool:
    """Build the template's artifacts into `.aws-sam/local`. Returns whether there was work to do.

    Raises `BuildError` with what `sam build` said.
    """
    wanted = fingerprint(sys.version, files_of(INPUTS))
    if (BUILT / "template.yaml").is_file() and _STAMP.is_file() and _STAMP.read_text() == wanted:
        return False
    done = subprocess.run(
        # Not SAM's own cache: it looks at a layer's folder only, not at the locks and scripts that
        # a makefile reads besides, and would keep what is out of date.
        [str(SAM), "build", "--no-cached", "--parallel", "--build-dir", str(BUILT)],
        cwd=ROOT,
        # Wheels for this machine, which may not be what Lambda runs on.
        env={**environment(), "BUILD_FOR": "here"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"`sam build` failed:\n{_tail(done.stdout + done.stderr)}")
    _STAMP.write_text(wanted)
    return True


def environment() -> dict[str, str]:
    """For the SAM CLI: the runtime's interpreter first on PATH, no telemetry."""
    interpreter = Path(sys.base_prefix) / "bin"
    return {
        **os.environ,
        "PATH": f"{interpreter}{os.pathsep}{os.environ.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        "PYTHONWARNINGS": "ignore",
    }


def _tail(text: str, lines: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


if __name__ == "__main__":
    try:
        build()
    except BuildError as error:
        sys.exit(str(error))
