"""Waiting for what happens elsewhere: by looking again until a deadline, never for a fixed time."""

import time
from collections.abc import Callable
from typing import Literal

PATIENCE_SECONDS = 30.0
"""Far more than anything takes; only a test that fails waits so long."""
_LOOK_EVERY_SECONDS = 0.05


def until[T](
    look: Callable[[], T | Literal[False] | None], what: str, *, within: float = PATIENCE_SECONDS
) -> T:
    """What `look` returns as soon as that is true. Raises `AssertionError` at the deadline."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:.0f} s in vain until {what}")
        time.sleep(_LOOK_EVERY_SECONDS)
    return found
