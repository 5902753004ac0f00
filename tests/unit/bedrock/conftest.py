"""A running stand-in, and clients of the real SDK that talk to it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import httpx
import pytest
import uvicorn
from botocore.config import Config
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from starlette.types import ASGIApp

from local.bedrock.knowledge import Folder
from local.bedrock.server import create_app

KNOWLEDGE_BASE = "TANDEMKB01"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
DOCUMENTS = {
    "parental-leave.md": "# Parental leave\n\nEmployees may take twelve months of parental leave. "
    "The leave is requested eight weeks ahead with the form P7.\n\n## Pay during the leave\n\n"
    "Seventy percent of the salary is paid during the first six months.\n",
    "bicycle.md": "# Company bicycles\n\nEvery employee can lease two bicycles. The monthly rate "
    "is deducted from the gross salary.\n\n## Repairs\n\nOrange Bikes in Mill Street repairs them "
    "free of charge. See [parental leave](parental-leave.md) for leases during a leave.\n",
    "printer.md": "# Printing\n\nThe printers are called `InkRoom1` and `InkRoom2`. Badges release "
    "print jobs.\n\n```\nlpadmin -p InkRoom1\n```\n\n| Name | Floor |\n|---|---|\n"
    "| InkRoom1 | 3 |\n",
}


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """An application on a free port of loopback; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the application did not start"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def client_of(service: str, url: str) -> Any:
    """A boto3 client of that service that makes one attempt only."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
    )


class StandIn:
    """The running stand-in with its clients and its control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10)
        self.runtime = client_of("bedrock-runtime", url)
        self.agent = client_of("bedrock-agent-runtime", url)
        self.builder = client_of("bedrock-agent", url)

    def fail(self, **fault: Any) -> httpx.Response:
        return self.http.post("/_tandem/faults", json=fault)

    def pace(self, **pace: Any) -> httpx.Response:
        return self.http.post("/_tandem/pace", json=pace)

    def stats(self) -> dict[str, Any]:
        report: dict[str, Any] = self.http.get("/_tandem/stats").json()
        return report

    def calm(self) -> None:
        self.http.delete("/_tandem/faults")
        self.http.delete("/_tandem/stats")
        self.pace(first_token_ms=0, token_ms=0, gate_ms=0, retrieve_ms=0, jitter=0)

    def close(self) -> None:
        self.http.close()
        self.runtime.close()
        self.agent.close()
        self.builder.close()


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def running(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    app = create_app(
        source=Folder(documents),
        cache=tmp_path_factory.mktemp("cache"),
        knowledge_base_id=KNOWLEDGE_BASE,
        refresh_every=0.2,
    )
    with serving(app) as url:
        stand_in = StandIn(url)
        stand_in.http.post("/_tandem/knowledge", json={})
        yield stand_in
        stand_in.close()


@pytest.fixture
def bedrock(running: StandIn) -> Iterator[StandIn]:
    """The stand-in without faults, latency or memory of earlier calls."""
    running.calm()
    yield running
    running.calm()


def output_shape(service: str, operation: str) -> Shape:
    """What botocore says that the service answers."""
    model = botocore.session.Session().get_service_model(service)
    shape = model.operation_model(operation).output_shape
    assert shape is not None
    return shape


def departures(shape: Shape, value: Any, path: str = "") -> list[str]:
    """Where a raw body differs from botocore's shape: missing, mistyped or unknown members."""
    report = ParamValidator().validate(value, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found + _unknown(shape, value, path)


def _unknown(shape: Shape, value: Any, path: str) -> list[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return []
        extra = [f"{path}.{name}" for name in value if name not in shape.members]
        known = [(n, shape.members[n]) for n in value if n in shape.members]
        return extra + [e for n, s in known for e in _unknown(s, value[n], f"{path}.{n}")]
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [e for i, v in enumerate(value) for e in _unknown(shape.member, v, f"{path}[{i}]")]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return [e for k, v in value.items() for e in _unknown(shape.value, v, f"{path}.{k}")]
    return []


def question(text: str, *passages: str) -> str:
    """The prompt of an answer call."""
    written = "".join(
        f'<passage index="{i}" title="Page {i}" source="page-{i}.md">\n{p}\n</passage>\n'
        for i, p in enumerate(passages, 1)
    )
    return f"<passages>\n{written}</passages>\n<question>\n{text}\n</question>"


def user(text: str) -> list[dict[str, Any]]:
    """A conversation of one message."""
    return [{"role": "user", "content": [{"text": text}]}]


CANNOT_ANSWER = {
    "toolSpec": {
        "name": "cannot_answer",
        "description": "The passages do not answer the question.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"reason": {"type": "string"}},
                "required": ["reason"],
            }
        },
    }
}
JUDGEMENT = {
    "toolSpec": {
        "name": "Judgement",
        "description": "Does the message need a person?",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "sentiment": {"type": "number", "minimum": -1, "maximum": 1},
                    "wants_person": {"type": "boolean"},
                    "reason": {"type": "string"},
                },
                "required": ["sentiment", "wants_person", "reason"],
            }
        },
    }
}
LEAVE = "Employees may take twelve months of parental leave. The cafeteria opens at eight."
