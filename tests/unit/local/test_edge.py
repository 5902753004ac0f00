"""The edge on this machine, before an engine that tells what it was asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from local.edge import Edge
from local.service import Service

DOMAIN = "d1234.cloudfront.net"
LARGE = "x" * 5000


@dataclass
class FakeEngine:
    """Stands for the engine: answers each path with what a test has laid there."""

    answers: dict[str, Response] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        await request.body()
        return self.answers.get(request.url.path, Response(status_code=404))

    def lay(self, path: str, body: str = "", status: int = 200, **headers: str) -> None:
        """As a distribution answers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Response(body, status, {"x-amz-cf-id": "1", **named})


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def edge(engine: FakeEngine) -> Iterator[Edge]:
    methods = ["GET", "HEAD", "POST"]
    app = Starlette(routes=[Route("/{path:path}", engine.answer, methods=methods)])
    service = Service(app)
    service.start()
    yield Edge(service.url)
    service.stop()


@pytest.fixture
def browser(edge: Edge) -> Iterator[TestClient]:
    edge.serve(DOMAIN)

    async def mail(_: Request) -> Response:
        return PlainTextResponse("mail")

    beside = Starlette(routes=[Route("/mail", mail)])
    with TestClient(edge.app(beside={"/mail": beside}), "http://127.0.0.1:4568") as client:
        yield client


def test_the_distribution_is_asked_by_its_domain_as_if_by_tls(
    engine: FakeEngine, browser: TestClient
) -> None:
    engine.lay("/desk", "desk")

    assert browser.get("/desk?conversation=a%2Fb").text == "desk"
    (asked,) = engine.asked
    assert asked.headers["host"] == DOMAIN
    assert asked.headers["x-forwarded-proto"] == "https"
    assert asked.scope["query_string"] == b"conversation=a%2Fb"


def test_a_path_reaches_the_distribution_as_it_was_written(
    engine: FakeEngine, browser: TestClient
) -> None:
    browser.get("/a%2Fb/%C3%A9")

    assert engine.asked[0].scope["raw_path"] == b"/a%2Fb/%C3%A9"


def test_a_browser_gets_the_headers_and_the_status_of_the_distribution(
    engine: FakeEngine, browser: TestClient
) -> None:
    engine.lay("/gone", "gone", 404, content_security_policy="script-src 'self'")

    answer = browser.get("/gone")

    assert answer.status_code == 404
    assert answer.headers["content-security-policy"] == "script-src 'self'"


def test_what_a_browser_has_already_is_not_sent_again(
    engine: FakeEngine, browser: TestClient
) -> None:
    engine.lay("/", "", 304, etag='"1"')

    assert browser.get("/", headers={"if-none-match": '"1"'}).status_code == 304
    assert engine.asked[0].headers["if-none-match"] == '"1"'


def test_large_files_are_compressed_for_browsers_that_can_read_it(
    engine: FakeEngine, browser: TestClient
) -> None:
    engine.lay("/assets/large.js", LARGE, content_type="text/javascript")

    compressed = browser.get("/assets/large.js", headers={"accept-encoding": "gzip"})
    plain = browser.get("/assets/large.js", headers={"accept-encoding": "identity"})

    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.text == LARGE
    assert "content-encoding" not in plain.headers


def test_the_engines_own_addresses_are_no_pages(engine: FakeEngine, browser: TestClient) -> None:
    engine.answers["/_engine/health"] = PlainTextResponse("healthy")

    assert browser.get("/_engine/health").status_code == 404


def test_the_mailbox_lies_beside_the_pages(engine: FakeEngine, browser: TestClient) -> None:
    assert browser.get("/mail").text == "mail"
    assert engine.asked == []


def test_before_the_stack_is_deployed_it_says_so(edge: Edge) -> None:
    with TestClient(edge.app()) as browser:
        answer = browser.get("/")

    assert answer.status_code == 503
    assert "not deployed" in answer.text


def test_an_engine_that_is_gone_is_said() -> None:
    edge = Edge("http://127.0.0.1:9")
    edge.serve(DOMAIN)

    with TestClient(edge.app()) as browser:
        assert browser.get("/").status_code == 502
