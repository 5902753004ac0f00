"""The embedded engine: ministack, patched, as a process of its own on this machine.

    with Engine(port=4566, state_dir=Path(".cache/engine")) as engine:
        boto3.client("dynamodb", **engine.client_settings())

It serves AWS's API on the loopback interface only and runs Lambda functions as subprocesses of
itself. It ends, with its functions and its temporary files, when `stop` is called, on SIGTERM or
SIGINT, and when the process that started it is gone, however that came about.
"""

import argparse
import asyncio
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
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
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
_EXIT_PORT_IN_USE = 98
_READY_WITHIN = 30.0
# ministack ends its workers within 2 s, its open requests within 1 s.
_STOP_WITHIN = 3.0
# What a function finds on AWS besides its own code: the runtime's boto3 and what that needs.
_RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
# Nothing else of the caller's environment reaches the engine or a function: no AWS profile, no
# proxy, no PYTHONPATH.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
_EXECUTE_API = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<api>[a-z0-9]+)\.execute-api\.[^/]+(?P<path>/.*)?"
)

type _Message = dict[str, Any]
type _App = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]


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
        environment: Mapping[str, str] | None = None,
        patched: bool = True,
    ) -> None:
        self.port = port
        self.state_dir = state_dir
        self.auth = auth
        self.bedrock_url = bedrock_url
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
        command = [sys.executable, "-m", "local.engine", "--temporary", str(self._temporary)]
        if self.bedrock_url is not None:
            command += ["--bedrock-url", self.bedrock_url]
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
            if status == _EXIT_PORT_IN_USE:
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


# -- inside the engine's process


def _link_runtime(directory: Path) -> Path:
    """A folder with what the Lambda runtime brings, linked from this environment."""
    directory.mkdir(exist_ok=True)
    for name in _RUNTIME_PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        source = Path(spec.origin)
        source = source.parent if source.name == "__init__.py" else source
        (directory / source.name).symlink_to(source)
    return directory


def _workers_now() -> list[dict[str, object]]:
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        pooled = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    return [
        {"function": worker.func_name, "pid": worker._proc.pid, "busy": bool(worker.in_use)}
        for worker in pooled
        if worker._proc is not None and worker._proc.poll() is None
    ]


def _with_workers(app: _App) -> _App:
    """ministack's application, and `GET /_tandem/workers` beside it."""

    async def application(
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http" or scope["path"] != "/_tandem/workers":
            await app(scope, receive, send)
            return
        body = json.dumps(_workers_now()).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


async def _serve(port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)

    def watch_parent() -> None:
        # Blocks until the other end is closed, which the parent's death does as well.
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch_parent, daemon=True, name="parent").start()

    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.shutdown_timeout = 1
    config.loglevel = "WARNING"

    async def until_ended() -> None:
        await ended.wait()

    await serve(_with_workers(app), config, shutdown_trigger=until_ended)  # type: ignore[arg-type]


def _raise_file_limit() -> None:
    """Each worker takes three pipes and each connection a socket."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    """The engine's process; started by `Engine`, not by hand."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--temporary", type=Path, required=True)
    parser.add_argument("--bedrock-url")
    parser.add_argument("--unpatched", action="store_true")
    arguments = parser.parse_args()
    port = int(os.environ["GATEWAY_PORT"])
    _raise_file_limit()
    if not arguments.unpatched:
        from local import patches

        patches.apply(
            patches.Settings(
                runtime_dir=_link_runtime(arguments.temporary / "runtime"),
                bedrock_url=arguments.bedrock_url,
            )
        )
    status = 0
    try:
        asyncio.run(_serve(port))
    except OSError as error:
        print(error, file=sys.stderr)
        status = _EXIT_PORT_IN_USE
    finally:
        from ministack.core import lambda_runtime

        lambda_runtime.reset()
        shutil.rmtree(arguments.temporary, ignore_errors=True)
    sys.stdout.flush()
    # ministack's threads that wait for task tokens, schedules and queues never end by themselves.
    os._exit(status)


if __name__ == "__main__":
    main()
