"""A training job's process: what would run in its container."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class JobProcess:
    """Started when it is made. What it writes is added to `log`."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        with log.open("ab") as written:
            self._guard = subprocess.Popen(
                [sys.executable, str(_GUARD), *command],
                cwd=folder,
                env={
                    **{name: os.environ[name] for name in _INHERITED if name in os.environ},
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, seconds: float) -> int | None:
        """Its status; None where it still runs after that time."""
        try:
            status = self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._let_go()
        return status

    def stop(self, grace: float) -> None:
        """SIGTERM, and SIGKILL where it has not ended after `grace` seconds."""
        self._guard.terminate()
        if self.wait(grace) is None:
            self.kill()

    def kill(self) -> None:
        """SIGKILL for it and for all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        self._guard.wait()
        self._let_go()

    def _let_go(self) -> None:
        # Of what it may have left behind, too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
