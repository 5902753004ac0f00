"""The embedded engine: ministack, patched, as a process of its own on this machine.

    with Engine(port=4566, state_dir=Path(".cache/engine")) as engine:
        boto3.client("dynamodb", **engine.client_settings())

It serves AWS's API on the loopback interface only and runs Lambda functions as subprocesses of
itself. It ends, with its functions and its temporary files, when `stop` is called, on SIGTERM or
SIGINT, and when the process that started it is gone, however that came about.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
# ministack's root caller: with IAM enforced this key may do everything, and its signature isn't
# checked. Keys of roles that functions run with are made by the engine and are checked.
ADMIN_KEY = "test"
ADMIN_SECRET = "test"  # noqa: S105

_REPOSITORY = Path(__file__).parents[1]
EXIT_PORT_IN_USE = 98
_READY_WITHIN = 30.0
# ministack ends its workers within 2 s, its open requests within 1 s.
_STOP_WITHIN = 3.0
# Nothing else of the caller's environment reaches the engine or a function: no AWS profile, no
# proxy, no PYTHONPATH.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
_EXECUTE_API = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<api>[a-z0-9]+)\.execute-api\.[^/]+(?P<path>/.*)?"
)


class EngineError(RuntimeError):
    """The engine could not be started. The message is for the person at the terminal."""


class PortInUse(EngineError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use: stop what listens on it, or choose another port.")


@dataclass(frozen=True)
class Worker:
    """One process that runs a function's handler. `busy`: an invocation is in it now."""

    function: str
    pid: int
    busy: bool


class Engine:
    """One engine, started by `start` or by entering the context.

    `state_dir` holds the log (`engine.log`) and, while it runs, the temporary files.
    `auth`: whether IAM decides; then each function may do what its role allows and no more.
    `bedrock_url`: the stand-in that answers calls to Bedrock. They go through the engine, so
    that IAM decides about them too; without it ministack's own canned answers come back.
    `sagemaker_url`: the same for SageMaker; without it there is no such service.
    `environment`: more variables for the engine and all functions.
    `patched`: False runs ministack as it is; for the tests of the patches.
    """

    def __init__(
        self,
        *,
        port: int = 4566,
        state_dir: Path,
        auth: bool = True,
        bedrock_url: str | None = None,
        sagemaker_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        patched: bool = True,
    ) -> None:
        self.port = port
        self.state_dir = state_dir
        self.auth = auth
        self.bedrock_url = bedrock_url
        self._sagemaker_url = sagemaker_url
        self._environment = dict(environment or {})
        self._patched = patched
        self._process: subprocess.Popen[bytes] | None = None
        self._temporary = state_dir.resolve() / f"tmp-{port}"

    # -- what a caller needs to know of it

    @property
    def url(self) -> str:
        """The endpoint of every AWS service, for `endpoint_url` or AWS_ENDPOINT_URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.state_dir / "engine.log"

    @property
    def pid(self) -> int | None:
        """The engine's process, which is also its process group; None when it isn't running."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    def environment(self) -> dict[str, str]:
        """Variables with which AWS's tools (`sam`, `aws`, boto3) reach the engine as its admin."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ADMIN_KEY,
            "AWS_SECRET_ACCESS_KEY": ADMIN_SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            # No credentials, profiles or regions of the person's own.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client_settings(self) -> dict[str, Any]:
        """Keyword arguments for `boto3.client`, as the engine's admin."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": ADMIN_KEY,
            "aws_secret_access_key": ADMIN_SECRET,
        }

    def http_url(self, api_id: str, stage: str = "$default") -> str:
        """Base of an HTTP API, without a trailing slash."""
        suffix = "" if stage == "$default" else f"/{stage}"
        return f"{self.url}/_aws/execute-api/{api_id}{suffix}"

    def websocket_url(self, api_id: str, stage: str) -> str:
        """Where a client connects; the token goes behind it as query string."""
        return f"ws://{HOST}:{self.port}/_aws/execute-api/{api_id}/{stage}"

    def connections_url(self, api_id: str, stage: str) -> str:
        """`endpoint_url` of apigatewaymanagementapi outside of functions.

        Functions use the address that the API has on AWS; their requests are led here.
        """
        return f"{self.url}/_aws/execute-api/{api_id}/{stage}"

    def local_url(self, url: str) -> str:
        """The local form of an execute-api address, e.g. of a stack's output; others unchanged."""
        found = _EXECUTE_API.fullmatch(url)
        if not found:
            return url
        scheme = "ws" if found["scheme"].startswith("ws") else "http"
        path = found["path"] or ""
        return f"{scheme}://{HOST}:{self.port}/_aws/execute-api/{found['api']}{path}"

    # -- its life

    def start(self) -> Self:
        """Start and wait until it answers. Raises `PortInUse`, `EngineError`."""
        if self.pid is not None:
            return self
        if not port_is_free(self.port):
            raise PortInUse(self.port)
        self.state_dir.mkdir(parents=True, exist_ok=True)
        # The port is ours alone, so what lies there was left by an engine that was killed, or is
        # being removed by one that is just ending: a name of its own keeps clear of that.
        for left in self.state_dir.glob(f"tmp-{self.port}-*"):
            shutil.rmtree(left, ignore_errors=True)
        prefix = f"tmp-{self.port}-"
        self._temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=self.state_dir.resolve()))
        command = [
            sys.executable,
            "-m",
            "local.engine_process",
            "--temporary",
            str(self._temporary),
        ]
        if self.bedrock_url is not None:
            command += ["--bedrock-url", self.bedrock_url]
        if self._sagemaker_url is not None:
            command += ["--sagemaker-url", self._sagemaker_url]
        if not self._patched:
            command.append("--unpatched")
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=_REPOSITORY,
                env=self._process_environment(),
                # Never written to. It closes with this process, and that ends the engine.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for this process, which then stops the engine in order.
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the engine, its functions and its temporary files. Does nothing when it is over."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.terminate()
            process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # As a rule nobody is left; macOS says so by PermissionError.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- its workers

    def workers(self, function: str | None = None) -> list[Worker]:
        """The processes that run handlers, of one function (by its name) or of all."""
        with urllib.request.urlopen(f"{self.url}/_tandem/workers", timeout=10) as answer:  # noqa: S310
            found = [Worker(**worker) for worker in json.load(answer)]
        return [w for w in found if function in (None, w.function)]

    def kill_worker(self, function: str, *, within: float = 10.0) -> Worker:
        """Kill a process that is in the middle of an invocation of `function`; wait for one.

        The worker that was killed is returned. Raises `TimeoutError` when no invocation is seen.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for worker in self.workers(function):
                if worker.busy:
                    os.kill(worker.pid, signal.SIGKILL)
                    return worker
            time.sleep(0.005)
        raise TimeoutError(f"No invocation of {function} within {within} s")

    # -- parts

    def _process_environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "AUTH": "true" if self.auth else "false",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            # In addresses that ministack makes up, such as an API's endpoint.
            "MINISTACK_HOST": "localhost",
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self._temporary}/no-docker.sock",
            "TMPDIR": str(self._temporary),
            "PYTHONUNBUFFERED": "1",
            # For the functions.
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._environment,
        }

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            status = self._process.poll()
            if status == EXIT_PORT_IN_USE:
                raise PortInUse(self.port)
            if status is not None:
                raise EngineError(f"The engine ended at its start:\n{self._log_tail()}")
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=2):  # noqa: S310
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise EngineError(
            f"The engine didn't answer within {_READY_WITHIN:.0f} s:\n{self._log_tail()}"
        )

    def _log_tail(self) -> str:
        text = self.log_path.read_text(errors="replace")
        return "\n".join(text.splitlines()[-15:])


def port_is_free(port: int) -> bool:
    """Whether one can listen on this port of the loopback interface."""
    with socket.socket() as probe:
        # A port in TIME_WAIT is free; one that is listened on isn't.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
