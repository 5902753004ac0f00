"""The mailbox, against an engine's answer as it was seen."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.mailbox import Mailbox, create_app


def kept(subject: str, text: str, at: object, to: str = "expert@example.com") -> dict[str, Any]:
    return {
        "MessageId": subject,
        "Source": "AWS Notifications <no-reply@sns.amazonaws.com>",
        "To": [to],
        "CC": [],
        "BCC": [],
        "Subject": subject,
        "BodyText": text,
        "BodyHtml": None,
        "Timestamp": at,
        "Type": "SNS",
    }


class KeptMail:
    """An engine that has kept these mails."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"messages": {"000000000000": outer.mails}}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def engine() -> Iterator[KeptMail]:
    running = KeptMail()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def test_the_newest_mail_comes_first(engine: KeptMail) -> None:
    engine.mails = [kept("old", "", 1.0), kept("new", "", "1970-01-01T00:00:02Z")]
    assert [mail.subject for mail in Mailbox(engine.url).list()] == ["new", "old"]


def test_mail_is_found_by_address_and_time(engine: KeptMail) -> None:
    engine.mails = [
        kept("a", "", 1.0),
        kept("b", "", 3.0),
        kept("c", "", 3.0, to="lead@example.com"),
    ]
    found = Mailbox(engine.url).list(to="Expert@example.com", after=datetime.fromtimestamp(2, UTC))
    assert [mail.subject for mail in found] == ["b"]


def test_the_page_shows_mail_as_text(engine: KeptMail) -> None:
    engine.mails = [kept("<b>hi</b>", '<script>alert("1")</script>', 1.0, to="<i>@x")]
    answer = TestClient(create_app(engine.url)).get("/mail")
    assert "<script>" not in answer.text
    assert "<b>hi" not in answer.text
    assert "<i>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_page_allows_no_script_and_no_inline_style_but_its_own(engine: KeptMail) -> None:
    policy = TestClient(create_app(engine.url)).get("/mail").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_an_empty_mailbox_says_so(engine: KeptMail) -> None:
    assert "No mail yet" in TestClient(create_app(engine.url)).get("/mail").text


def test_programs_read_the_same_as_json(engine: KeptMail) -> None:
    engine.mails = [kept("hello", "text", 1.0)]
    answer = TestClient(create_app(engine.url)).get("/api/mail?to=expert@example.com").json()
    assert answer["mail"] == [
        {
            "id": "hello",
            "sender": "AWS Notifications <no-reply@sns.amazonaws.com>",
            "to": ["expert@example.com"],
            "subject": "hello",
            "text": "text",
            "at": "1970-01-01T00:00:01+00:00",
        }
    ]


def test_a_date_that_is_none_is_refused(engine: KeptMail) -> None:
    client = TestClient(create_app(engine.url))
    assert client.get("/api/mail?after=yesterday").status_code == 400


def test_an_engine_that_is_gone_is_said() -> None:
    answer = TestClient(create_app("http://127.0.0.1:9")).get("/api/mail")
    assert answer.status_code == 503
