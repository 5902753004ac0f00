"""The Bedrock stand-in in a process of its own, which ends with this one."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

from local.build import ROOT
from local.engine import HOST, Engine, EngineError, PortInUse, port_is_free

_READY_SECONDS = 60.0
_STOP_SECONDS = 5.0


class BedrockProcess:
    """The Bedrock stand-in, as a process of its own."""

    def __init__(self, port: int, engine_port: int, state: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self._port = port
        self._engine = Engine(port=engine_port, state_dir=state)
        self._log = state / "bedrock.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not port_is_free(self._port):
            raise PortInUse(self._port)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.bedrock", "--port", str(self._port)],
                cwd=ROOT,
                env={
                    **os.environ,
                    **self._engine.environment(),
                    "PYTHONPATH": str(ROOT / "layers" / "tandem"),
                    "TANDEM_CACHE": str(ROOT / ".cache" / "bedrock"),
                },
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def wait(self) -> None:
        """Wait until it answers. Raises `EngineError`."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/_tandem/health", timeout=2).close()  # noqa: S310
            except OSError:
                time.sleep(0.05)
            else:
                return
        said = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        raise EngineError(f"The Bedrock stand-in did not start:\n{said}")

    def __exit__(self, *_: object) -> None:
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
