"""Inside the engine's process: ministack with the patches, served until its owner ends it.

Started by `local.engine.Engine`, not by hand.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from local.engine import EXIT_PORT_IN_USE, HOST

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

# What a function finds on AWS besides its own code: the runtime's boto3 and what that needs.
_RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


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


def _with_workers(app: "ASGIFramework") -> "ASGIFramework":
    """ministack's application, and `GET /_tandem/workers` beside it."""

    async def application(
        scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        if scope["type"] != "http" or scope["path"] != "/_tandem/workers":
            await app(scope, receive, send)
            return
        body = json.dumps(_workers_now()).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

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

    await serve(_with_workers(app), config, shutdown_trigger=until_ended)


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
    parser.add_argument("--sagemaker-url")
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
                sagemaker_url=arguments.sagemaker_url,
            )
        )
    status = 0
    try:
        asyncio.run(_serve(port))
    except OSError as error:
        print(error, file=sys.stderr)
        status = EXIT_PORT_IN_USE
    finally:
        from ministack.core import lambda_runtime

        lambda_runtime.reset()
        shutil.rmtree(arguments.temporary, ignore_errors=True)
    sys.stdout.flush()
    # ministack's threads that wait for task tokens, schedules and queues never end by themselves.
    os._exit(status)


if __name__ == "__main__":
    main()
