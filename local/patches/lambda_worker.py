"""Lambda: the process that runs a function's handler, and what it reports."""

import contextvars
import hashlib
import json
import os
import queue
import shutil
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from local.patches.source import replace_once

# A line of JSON follows it. NUL cannot begin an error message that a handler wrote by accident.
_REPORT = "\0tandem-error:"
_END_OF_LOG = "\0tandem-end"
# What the last lines of a handler take through the pipe when the machine is busy.
_LOG_DEADLINE = 2.0
_LOOK_FOR_FREE = 0.02


def _script() -> str:
    from ministack.core import lambda_runtime

    return str(lambda_runtime._PYTHON_WORKER_SCRIPT)


def _set_script(script: str) -> None:
    from ministack.core import lambda_runtime

    lambda_runtime._PYTHON_WORKER_SCRIPT = script


def isolate(runtime_dir: Path) -> None:
    """A function finds its own code, its layers and the runtime's boto3, in this order.

    AWS: `/var/task`, `/opt/python`, the standard library, then what the runtime brings (boto3).
    ministack: the layers come before the function's code, and everything that is installed beside
    ministack can be imported, so that a dependency missing in a layer is seen on AWS only.
    The patch puts the code first and leaves nothing of ministack's own environment on the path
    but `runtime_dir`.
    """
    script = replace_once(
        _script(),
        "    os.environ.update(env)\n    sys.path.insert(0, code_dir)\n",
        "    os.environ.update(env)\n"
        "    sys.path[:] = [p for p in sys.path[1:] if 'site-packages' not in p"
        " and 'dist-packages' not in p]\n"
        "    _own_path = list(sys.path)\n",
    )
    # `addsitedir` appends: what a layer keeps in lib/…/site-packages must still come before
    # the standard library, as on AWS.
    script = replace_once(
        script,
        "    _ms_install_invoke_depth()\n    try:",
        "    _of_layers = [p for p in sys.path if p not in _own_path]\n"
        f"    sys.path[:] = [code_dir, *_of_layers, *_own_path, {str(runtime_dir)!r}]\n"
        "    _ms_install_invoke_depth()\n    try:",
    )
    _set_script(script)


def report_exceptions() -> None:
    """A failed invocation says which exception it was.

    AWS: `errorType` is the exception's class, `stackTrace` its frames; a module that cannot be
    imported is `Runtime.ImportModuleError`, a process that ended is `Runtime.ExitError`. A `Catch`
    of Step Functions compares these names.
    ministack: `errorType` is always `Runtime.HandlerError`, `RuntimeError` when the module cannot
    be imported, and the trace of the latter is lost. It ends the process after each exception,
    which on AWS goes on to serve, with what it holds in memory.
    The patch has the worker script report the exception as it reports a result.
    """
    from ministack.services import lambda_svc

    script = replace_once(
        _script(),
        'json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()})',
        f'json.dumps({{"status": "ok", "result": {{{_REPORT!r}: {{"errorMessage": str(e), '
        '"errorType": type(e).__name__, "requestId": _ms_ctx.get("request_id", ""), '
        '"stackTrace": traceback.format_tb(e.__traceback__)}, '
        '"trace": traceback.format_exc()}})',
    )
    script = replace_once(
        script,
        'json.dumps({"status": "error", "error": str(e)})',
        f'json.dumps({{"status": "error", "error": {_REPORT!r} + json.dumps({{'
        '"errorMessage": f"Unable to import module {module_name!r}: {e}"'
        " if isinstance(e, ImportError) else str(e),"
        '"errorType": "Runtime.ImportModuleError" if isinstance(e, ImportError)'
        ' else "Runtime.HandlerNotFound" if isinstance(e, AttributeError)'
        " and handler_name in str(e) else type(e).__name__,"
        '"stackTrace": traceback.format_tb(e.__traceback__)})})',
    )
    _set_script(script)

    run_warm = lambda_svc._execute_function_warm

    def execute(func: Any, event: Any, request_id: str) -> Any:
        result = run_warm(func, event, request_id)
        body = result.get("body")
        if not isinstance(body, dict):
            return result
        if _REPORT in body:
            log = "\n".join(filter(None, [result.get("log", ""), "[ERROR] " + body["trace"]]))
            return {**result, "body": body[_REPORT], "error": True, "log": log}
        if not result.get("error"):
            return result
        message = str(body.get("errorMessage", ""))
        if _REPORT in message:
            result["body"] = report = json.loads(message.split(_REPORT, 1)[1])
            result["log"] = "[ERROR] " + "".join(
                [f"{report['errorType']}: {report['errorMessage']}\n", *report["stackTrace"]]
            )
        elif message in ("Worker process died", "Worker returned no response"):
            result["body"] = {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"RequestId: {request_id} Error: Runtime exited",
            }
        return result

    lambda_svc._execute_function_warm = execute


def log_as_lambda() -> None:
    """The root logger has Lambda's handler.

    AWS: `logging.getLogger().info(…)` after `setLevel` is in the function's log, one line with
    level, time and request id.
    ministack: the root logger has no handler; what isn't at least a warning is lost.
    The patch installs the handler before the function's module is imported.
    """
    _set_script(
        replace_once(
            _script(),
            "    _ms_install_invoke_depth()\n    try:",
            "    import logging as _logging\n"
            "    _log_handler = _logging.StreamHandler(sys.stderr)\n"
            "    _log_handler.setFormatter(_logging.Formatter("
            "'[%(levelname)s]\\t%(asctime)s\\t%(name)s\\t%(message)s'))\n"
            "    _logging.getLogger().addHandler(_log_handler)\n"
            "    _ms_install_invoke_depth()\n    try:",
        )
    )


def mark_end_of_log() -> None:
    """A response doesn't wait for log lines that nobody wrote.

    AWS: the response leaves when the handler returns.
    ministack: it polls the worker's stderr until 5 ms pass without a line, 50 ms when the handler
    wrote none; lines that are later than that are taken for the next invocation's.
    The patch has the worker write a mark after the handler, and reads up to the mark.
    """
    from ministack.core import lambda_runtime

    _set_script(
        replace_once(
            _script(),
            '"trace": traceback.format_exc()}}) + "\\n")\n        _real_stdout.flush()\n',
            '"trace": traceback.format_exc()}}) + "\\n")\n'
            f'        sys.stderr.write({_END_OF_LOG!r} + "\\n")\n'
            "        sys.stderr.flush()\n"
            "        _real_stdout.flush()\n",
        )
    )
    drain_unmarked = lambda_runtime.Worker._drain_stderr_bounded

    def drain(self: Any, *args: float, **kwargs: float) -> str:
        if self._proc is None or not str(self.config.get("Runtime", "")).startswith("python"):
            return str(drain_unmarked(self, *args, **kwargs))
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_DEADLINE
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._stderr_queue.get(timeout=left)
            except queue.Empty:
                break
            before, mark, _ = line.partition(_END_OF_LOG)
            if before:
                lines.append(before)
            if mark:
                break
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = drain


def resolve_execute_api() -> None:
    """A function reaches an API by the address that it has on AWS.

    AWS: `https://{id}.execute-api.{region}.amazonaws.com/{stage}` is the endpoint of
    `apigatewaymanagementapi`, so the template says just that.
    ministack: serves the same at `{engine}/_aws/execute-api/{id}/{stage}`; `{id}.execute-api.
    localhost` needs a resolver that knows it.
    The patch has botocore in the worker send such calls to the engine, before they are signed.
    """
    registration = (
        '    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", _ms_add_invoke_depth))\n'
    )
    _set_script(replace_once(_script(), registration, registration + _TO_ENGINE))


_TO_ENGINE = r"""
    import re
    _execute_api = re.compile(r"https?://([a-z0-9]+)\.execute-api\.[^/]+(/.*)")

    def _to_engine(params, **kwargs):
        api = _execute_api.fullmatch(params["url"])
        if api:
            engine = os.environ["AWS_ENDPOINT_URL"]
            params["url"] = engine + "/_aws/execute-api/" + api[1] + api[2]

    botocore.handlers.BUILTIN_HANDLERS.append(
        ("before-call.apigatewaymanagementapi", _to_engine))
"""


def share_extracted_code() -> None:
    """Workers of one function share one extracted copy of its code and layers.

    AWS: `/var/task` and `/opt` are mounted read-only.
    ministack: each worker unzips the code and every layer once more, which for a layer of 60 MiB
    takes longer than its imports.
    The patch extracts an archive once, by its digest, and links to it.
    """
    from ministack.core import lambda_runtime

    lock = threading.Lock()
    known: dict[str, Path] = {}

    class SharedZipFile(zipfile.ZipFile):
        def extractall(
            self, path: Any = None, members: Any = None, pwd: bytes | None = None
        ) -> None:
            target = Path(path or ".")
            if members is not None or self.filename is None or any(target.iterdir()):
                super().extractall(path, members, pwd)
                return
            with open(self.filename, "rb") as archive:
                digest = hashlib.file_digest(archive, "sha256").hexdigest()
            with lock:
                shared = known.get(digest)
                if shared is None:
                    # Beside the workers' own folders, so that it goes with the engine's TMPDIR.
                    shared = target.parents[1] / f"tandem-code-{digest[:16]}"
                    partial = shared.with_suffix(".partial")
                    shutil.rmtree(partial, ignore_errors=True)
                    super().extractall(partial)
                    os.replace(partial, shared)
                    known[digest] = shared
            target.rmdir()
            target.symlink_to(shared, target_is_directory=True)

    class SharingZipModule:
        ZipFile = SharedZipFile

        def __getattr__(self, name: str) -> Any:
            return getattr(zipfile, name)

    lambda_runtime.zipfile = SharingZipModule()


def start_few_at_a_time() -> None:
    """A burst of invocations doesn't start a process for each of them at once.

    AWS: starts as many sandboxes as there are invocations without one, each on its own machine.
    ministack: does the same with processes on this machine; fifty that import boto3 on two cores
    take a quarter of a minute, and the last event of the burst waits as long.
    The patch starts as many at a time as there are cores; who waits takes a worker that has
    become free meanwhile, if there is one. Nobody waits for a worker that its own caller holds:
    a start always comes to an end.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    starts = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
    acquire = lambda_runtime.acquire_worker

    def has_free(key: str) -> bool:
        with lambda_runtime._lock:
            return any(not worker.in_use for worker in lambda_runtime._workers.get(key, ()))

    def acquire_worker(
        func_name: str, config: Any, code_zip: bytes, qualifier: str = "$LATEST", **limits: Any
    ) -> Any:
        key = lambda_runtime._worker_key(func_name, config, qualifier)
        while not has_free(key):
            # Looked at in steps, so that a worker which has just started serves its first
            # invocation and is free again before the next one starts.
            if starts.acquire(blocking=False):
                worker, reason = acquire(func_name, config, code_zip, qualifier, **limits)
                if reason == "spawn":
                    worker.tandem_start = starts
                else:
                    starts.release()
                return worker, reason
            time.sleep(_LOOK_FOR_FREE)
        return acquire(func_name, config, code_zip, qualifier, **limits)

    spawn = lambda_runtime.Worker._spawn

    def spawn_and_release(self: Any) -> None:
        try:
            spawn(self)
        finally:
            held = self.__dict__.pop("tandem_start", None)
            if held is not None:
                held.release()

    lambda_runtime.Worker._spawn = spawn_and_release
    lambda_runtime.acquire_worker = acquire_worker
    lambda_svc.acquire_worker = acquire_worker


def queue_throttled_events() -> None:
    """An asynchronous event that meets a full function waits for its turn.

    AWS: throttled events stay in the function's queue until `MaximumEventAgeInSeconds`, without
    using up the retries.
    ministack: counts the throttle as an attempt; with reserved concurrency, a burst ends in the
    failure destination.
    The patch tries again until a slot is free or the event is too old.
    """
    from ministack.services import lambda_svc

    deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar(
        "deadline", default=None
    )
    run_async = lambda_svc.invoke_async_with_retry
    execute = lambda_svc._execute_function

    def invoke_async(func: Any, event: Any) -> None:
        settings = (
            func.get("event_invoke_config")
            or (func.get("event_invoke_configs") or {}).get("$LATEST")
            or {}
        )
        age = float(settings.get("MaximumEventAgeInSeconds", 21_600))
        # The thread that ministack starts copies this context.
        marker = deadline.set(time.monotonic() + age)
        try:
            run_async(func, event)
        finally:
            deadline.reset(marker)

    def execute_when_free(func: Any, event: Any) -> Any:
        until = deadline.get()
        result = execute(func, event)
        while until is not None and result.get("throttle") and time.monotonic() < until:
            time.sleep(0.05)
            result = execute(func, event)
        return result

    lambda_svc.invoke_async_with_retry = invoke_async
    lambda_svc._execute_function = execute_when_free
