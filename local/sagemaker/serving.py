"""A model served by a process of its own, on the trainer's Python."""

import contextlib
import http.client
import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

from local.engine import HOST

_SERVE = Path(__file__).with_name("serve.py")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_LOAD_SECONDS = 180.0
_ANSWER_SECONDS = 60.0
"""As long as SageMaker waits for a model."""
_STOP_SECONDS = 5.0
NO_PYTHON = (
    "nothing here can serve a model: `make train` sets up what is needed for it (.venv-train)"
)
# Two threads of torch that share a small machine are several times slower than one. The machine's
# network cannot be kept from a process; that libraries do not look for it can be asked of them.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class NotServed(Exception):
    """The model could not be loaded; the text says why."""


class NoAnswer(Exception):
    """The process is gone, or takes too long."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the process answers: 200, 400 for a request it does not understand, 500."""

    status: int
    content_type: str
    content: bytes


class ServedModel:
    """`start` loads the model, `stop` ends its process."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process = process
        self._port = port
        self._asking = 0
        self._idle = threading.Condition()

    @classmethod
    def start(
        cls,
        python: Path | None,
        folder: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
        within: float = _LOAD_SECONDS,
    ) -> Self:
        """Loads the model that lies in `folder`. Raises `NotServed`."""
        if python is None:
            raise NotServed(NO_PYTHON)
        with log.open("ab") as written:
            process = subprocess.Popen(
                [str(python), str(_SERVE), str(folder)],
                cwd=folder,
                env={
                    **{name: os.environ[name] for name in _INHERITED if name in os.environ},
                    **(environment or {}),
                    **_ENVIRONMENT,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                # Ctrl-C is for whoever started this one.
                start_new_session=True,
            )
        try:
            told = json.loads(_first_line(process, within) or "{}")
            if "port" not in told:
                raise NotServed(told.get("failed") or "its process ended without a word")
        except BaseException:
            _end(process)
            raise
        return cls(process, told["port"])

    def ask(self, body: bytes, content_type: str, accept: str) -> Said:
        """Raises `NoAnswer`."""
        with self._idle:
            self._asking += 1
        try:
            return self._ask(body, {"content-type": content_type, "accept": accept})
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        finally:
            with self._idle:
                self._asking -= 1
                self._idle.notify_all()

    def _ask(self, body: bytes, headers: dict[str, str]) -> Said:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("POST", "/invocations", body, headers)
            answer = connection.getresponse()
            kind = answer.headers.get("content-type", "application/json")
            return Said(answer.status, kind, answer.read())
        finally:
            connection.close()

    def stop(self) -> None:
        """What is being answered may end first."""
        with self._idle:
            self._idle.wait_for(lambda: not self._asking, _STOP_SECONDS)
        _end(self._process)


def _first_line(process: "subprocess.Popen[bytes]", within: float) -> bytes:
    """Raises `NotServed`."""
    output = process.stdout
    assert output is not None
    lines: SimpleQueue[bytes] = SimpleQueue()
    reader = threading.Thread(target=lambda: lines.put(output.readline()), daemon=True)
    reader.start()
    try:
        return lines.get(timeout=within)
    except Empty:
        process.kill()  # which ends the reader, too
        reader.join()
        raise NotServed(f"it was not loaded within {within:.0f} s") from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
