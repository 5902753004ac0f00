"""Which Python runs what a container would."""

import sys
from pathlib import Path

_TRAINER = Path(__file__).parents[2] / ".venv-train"


def trainer() -> Path | None:
    """The Python that has torch; None as long as `make train` has not set it up."""
    ready = (_TRAINER / ".complete").is_file()
    return _TRAINER / "bin" / "python" if ready else None


def apps_own() -> Path:
    """With it, only reward models can be trained."""
    return Path(sys.executable)


def for_training() -> Path:
    """The trainer's, or else the app's own."""
    return trainer() or apps_own()
