"""A model's process: what the container of an endpoint does.

    python serve.py FOLDER

Runs on the trainer's Python, with the standard library and whatever the model's own code needs:
`FOLDER/code/inference.py` with `model_fn`, `input_fn`, `predict_fn` and `output_fn`, the names of
SageMaker's inference toolkit. Standard output gets one line, {"port": n} once the model is loaded,
or {"failed": "why"}; what the model's code prints goes to standard error. Then it answers GET /ping
and POST /invocations, until standard input ends: with whoever started it.
"""

import importlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_JSON = "application/json"


class BadInput(Exception):
    """The model's code does not understand a request."""


class Model:
    """Loaded when it is made; asked by one at a time."""

    def __init__(self, folder: Path) -> None:
        code = folder / "code"
        if not (code / "inference.py").is_file():
            raise FileNotFoundError("the model has no code/inference.py")
        sys.path.insert(0, str(code))
        self._code = importlib.import_module("inference")
        self._model = self._code.model_fn(str(folder))
        self._lock = threading.Lock()

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Raises `BadInput`, or whatever the model raises."""
        try:
            asked = self._code.input_fn(
                body.decode() if _is_text(content_type) else body, content_type
            )
        except Exception as error:
            raise BadInput(f"{type(error).__name__}: {error}") from error
        with self._lock:
            said = self._code.predict_fn(asked, self._model)
        given = self._code.output_fn(said, accept)
        content, kind = given if isinstance(given, tuple) else (given, accept)
        return content if isinstance(content, bytes) else str(content).encode(), kind


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/") or content_type.partition(";")[0].strip() == _JSON


def handler(model: Model) -> type[BaseHTTPRequestHandler]:
    """What answers for the model."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._says(200 if self.path == "/ping" else 404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            kind = self.headers.get("content-type") or _JSON
            accept = self.headers.get("accept") or _JSON
            try:
                content, given = model.answer(body, kind, _JSON if accept == "*/*" else accept)
            except BadInput as error:
                self._says(400, str(error).encode(), "text/plain")
            except Exception as error:  # whatever the model's code raises
                self._says(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
            else:
                self._says(200, content, given)

        def _says(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            print(format % args, file=sys.stderr)

    return Handler


def main() -> int:
    """See the module."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed, by whichever library, is no part of what is told
    try:
        model = Model(Path(sys.argv[1]).resolve())
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(model))
    except BaseException as error:  # whatever the model's code raises, also to end the process
        told.write(json.dumps({"failed": f"{type(error).__name__}: {error}"}) + "\n")
        told.flush()
        return 1
    told.write(json.dumps({"port": server.server_address[1]}) + "\n")
    told.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    # Not by sys.exit: threads of the model's libraries may never end.
    os._exit(main())
