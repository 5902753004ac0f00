"""The mailbox, against an engine's answer as it was seen."""

import base64
import hashlib
import html
import json
import re
import threading
import time
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
        self.answer: bytes | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = (
                    outer.answer or json.dumps({"messages": {"000000000000": outer.mails}}).encode()
                )
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


def shown(engine: KeptMail, text: str) -> str:
    """A mail's text as the page shows it."""
    engine.mails = [kept("subject", text, 1.0)]
    page = TestClient(create_app(engine.url)).get("/mail").text
    return page.partition('<pre dir="auto">')[2].partition("</pre>")[0]


def links(text: str) -> list[str]:
    return re.findall(r'<a [^>]*?href="([^"]*)"', text)


def links_within(page: str) -> list[str]:
    """Those of the page itself, without those to other pages."""
    return links(page.partition("<main>")[2])


def test_an_address_in_a_mail_is_a_link_to_itself(engine: KeptMail) -> None:
    text = shown(engine, "Open https://desk.example/desk?conversation=a%2Fb&x=1.\nOr not.")

    address = "https://desk.example/desk?conversation=a%2Fb&amp;x=1"
    link = f'<a dir="ltr" href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
    assert text == f"Open {link}.\nOr not."


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(see http://a.example/x).", "http://a.example/x"),
        ("HTTPS://A.EXAMPLE/", "HTTPS://A.EXAMPLE/"),
        ("<http://a.example>", "http://a.example"),
        ('http://a.example/"onmouseover="alert(1)', "http://a.example/"),
        (
            "http://a.example/'onmouseover='alert(1)",
            "http://a.example/&#x27;onmouseover=&#x27;alert(1",
        ),
        ("http://a.example/<script>alert(1)</script>", "http://a.example/"),
        ("http://a.example/\u202egro.elpmaxe", "http://a.example/"),
        ("http://a.example/caf\u00e9", "http://a.example/caf"),
        ("javascript:alert(1)//http://a.example", "http://a.example"),
    ],
)
def test_a_link_ends_where_the_address_does(engine: KeptMail, text: str, address: str) -> None:
    page = shown(engine, text)

    assert links(page) == [address]
    assert "<script" not in page
    assert html.unescape(re.sub(r"</?a[^>]*>", "", page)) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "https://",
        "http:// a",
        "www.example.com",
    ],
)
def test_nothing_but_an_address_of_the_web_is_a_link(engine: KeptMail, text: str) -> None:
    assert links(shown(engine, text)) == []


def test_a_mail_full_of_beginnings_is_shown_at_once(engine: KeptMail) -> None:
    text = "http://" + "." * 100_000

    began = time.monotonic()

    assert links(shown(engine, text)) == []
    assert time.monotonic() - began < 2


def test_the_page_loads_itself_again_only_for_whoever_asked_for_it(engine: KeptMail) -> None:
    client = TestClient(create_app(engine.url))
    engine.mails = [kept("for refresh", "", 1.0, to="refresh@example.com")]

    page = client.get("/mail?to=refresh@example.com").text
    (asking,) = links_within(page)
    asked = client.get(html.unescape(asking)).text
    (ending,) = links_within(asked)

    assert 'http-equiv="refresh"' not in page
    assert '<meta http-equiv="refresh" content="10">' in asked
    assert "for refresh" in asked
    assert client.get(html.unescape(ending)).text == page


def test_what_stands_in_the_pages_address_stays_text(engine: KeptMail) -> None:
    page = TestClient(create_app(engine.url)).get('/mail?to="><script>alert(1)</script>').text

    assert "<script" not in page


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


def test_a_mark_that_turns_the_direction_ends_with_what_it_stands_in(engine: KeptMail) -> None:
    engine.mails = [kept("\u202etcejbus", "\u202etxet", 1.0, to="\u202e@x")]

    page = TestClient(create_app(engine.url)).get("/mail").text

    assert '<h2 dir="auto">\u202etcejbus</h2>' in page
    assert "to <bdi>\u202e@x</bdi> · <time" in page
    assert '<pre dir="auto">\u202etxet</pre>' in page


def test_the_chat_and_the_desk_are_one_link_away(engine: KeptMail) -> None:
    assert links(TestClient(create_app(engine.url)).get("/mail").text)[:2] == ["/", "/desk"]


# --- what cannot be shown ------------------------------------------------------------------------
NOBODY = "http://127.0.0.1:9"


def test_a_date_that_is_none_is_refused_with_a_way_back(engine: KeptMail) -> None:
    client = TestClient(create_app(engine.url))
    engine.mails = [kept("here", "", 1.0, to="a@x")]

    refused = client.get("/mail?to=a@x&after=<b>yesterday")
    (back,) = links_within(refused.text)

    assert refused.status_code == 400
    assert refused.headers["content-type"].startswith("text/html")
    assert "“&lt;b&gt;yesterday” is no date" in refused.text
    assert "here" in client.get(html.unescape(back)).text


def test_an_engine_that_is_gone_is_said_with_a_way_to_try_again() -> None:
    answer = TestClient(create_app(NOBODY)).get("/mail?to=a@x")

    assert answer.status_code == 503
    assert "The engine doesn&#x27;t answer" in answer.text
    assert [html.unescape(link) for link in links_within(answer.text)] == ["/mail?to=a@x"]
    assert "refresh" not in answer.text


def test_whoever_waits_for_new_mail_waits_for_the_engine_too() -> None:
    answer = TestClient(create_app(NOBODY)).get("/mail?refresh=on")

    assert '<meta http-equiv="refresh" content="10">' in answer.text


@pytest.mark.parametrize("path", ["/mail", "/mail?after=yesterday", "/mail?after=2026-11-23"])
def test_what_is_said_instead_of_mail_is_held_by_the_same_policy(path: str) -> None:
    client = TestClient(create_app(NOBODY))
    answer = client.get(path)
    style = answer.text.partition("<style>")[2].partition("</style>")[0]

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert (
        f"default-src 'none'; style-src 'sha256-{digest}';"
        in (answer.headers["content-security-policy"])
    )


def test_programs_are_refused_a_date_that_is_none_as_json(engine: KeptMail) -> None:
    answer = TestClient(create_app(engine.url)).get("/api/mail?after=yesterday")

    assert answer.status_code == 400
    assert "“yesterday” is no date" in answer.json()["message"]


def test_programs_are_told_as_json_that_the_engine_is_gone() -> None:
    answer = TestClient(create_app(NOBODY)).get("/api/mail")

    assert answer.status_code == 503
    assert "The engine doesn't answer" in answer.json()["message"]


def test_an_engine_that_talks_nonsense_is_not_the_readers_fault(engine: KeptMail) -> None:
    engine.answer = b"<html>"

    assert TestClient(create_app(engine.url)).get("/api/mail").status_code == 503
