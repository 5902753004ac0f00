"""The Bedrock stand-in on a port of its own, with a model that says what the test tells it."""

import asyncio
import json
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import uvicorn
from botocore.config import Config

from local.bedrock.knowledge import Folder
from local.bedrock.model import Finish, Piece, Prompt, Text, ToolCall
from local.bedrock.server import create_app
from tests.fakes import PATIENCE_SECONDS, Hold


class ToldModel:
    """Says `script`: texts, tool calls, ends, and holds at which it waits for the test."""

    name = "told"

    def __init__(self) -> None:
        self.script: list[str | ToolCall | Finish | Hold] = []
        self.prompts: list[Prompt] = []

    async def close(self) -> None:
        """Nothing is open."""

    async def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        self.prompts.append(prompt)
        called = False
        for step in self.script:
            if isinstance(step, Hold):
                await asyncio.to_thread(step.wait)
                continue
            called = called or isinstance(step, ToolCall)
            yield Text(step) if isinstance(step, str) else step
            if isinstance(step, Finish):
                return
        yield Finish("tool_use" if called else "end_turn", 12, 34)


class StandIn:
    """The running stand-in."""

    def __init__(self, model: ToldModel, port: int) -> None:
        self.model = model
        self.url = f"http://127.0.0.1:{port}"

    def client(self, service: str, read_timeout: float = PATIENCE_SECONDS) -> Any:
        session = botocore.session.get_session()
        session.set_credentials("testing", "testing")
        patience = Config(read_timeout=read_timeout, retries={"total_max_attempts": 1})
        return session.create_client(
            service, region_name="us-east-1", endpoint_url=self.url, config=patience
        )

    def fail(self, operation: str, error: str, **fields: Any) -> None:
        """Have the next call of an operation fail."""
        self._call("faults", "POST", {"operation": operation, "error": error, **fields})

    def reset(self) -> None:
        self._call("faults", "DELETE")
        self.model.script = []
        self.model.prompts = []

    def _call(self, path: str, method: str, body: Any = None) -> None:
        request = urllib.request.Request(
            f"{self.url}/_tandem/{path}",
            json.dumps(body).encode() if body is not None else None,
            {"content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            answer.read()


@contextmanager
def stand_in(documents: Path, cache: Path) -> Iterator[StandIn]:
    """Run the stand-in on a free port of loopback, with the Markdown files of a folder."""
    model = ToldModel()
    app = create_app(model=model, source=Folder(documents), cache=cache)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        running = StandIn(model, listener.getsockname()[1])
        try:
            _wait_until_started(server, thread)
            running.reset()
            running._call("knowledge", "POST", {})
            yield running
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    # A listener whose server died would keep callers waiting until they lose patience.
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise AssertionError("the Bedrock stand-in did not start; its log says why")
