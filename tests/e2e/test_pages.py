"""The pages as the deployed distribution serves them."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser.embedding_site import EmbeddingSite
from tests.e2e.deployment import Deployment

CHAT = "/"
DESK = ["/desk", "/desk/", "/desk/overview", "/desk/overview/", "/desk?conversation=any"]
REVIEW = ["/review", "/review/", "/review/overview", "/review/disagreements?list=flagged",
          "/review/articles/", "/review/withdrawals"]  # fmt: skip
MODELS = ["/models", "/models/", "/models/compare", "/models?version=1"]
SIGNED_IN = [*DESK, *REVIEW, *MODELS]


@pytest.fixture
def browser(deployment: Deployment) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=deployment.stack.pages.url, trust_env=False) as client:
        yield client


def meta(page: str, name: str) -> str:
    (found,) = re.findall(rf'<meta [a-z-]+="{name}" content="([^"]*)"', page)
    return html.unescape(found)


@pytest.mark.parametrize("path", [CHAT, *SIGNED_IN])
def test_a_page_knows_the_stack_that_it_belongs_to(
    browser: httpx.Client, deployment: Deployment, path: str
) -> None:
    page = browser.get(path)

    configuration: dict[str, Any] = json.loads(meta(page.text, "tandem"))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert configuration["http_url"] == deployment.stack.http_url
    assert configuration["websocket_url"] == deployment.stack.websocket_url
    assert configuration["desk"]["client_id"] == deployment.outputs["DeskClientId"]


@pytest.mark.parametrize("path", [CHAT, *SIGNED_IN])
def test_a_page_runs_its_own_files_and_connects_to_its_stack_only(
    browser: httpx.Client, deployment: Deployment, path: str
) -> None:
    page = browser.get(path)

    sent = page.headers["content-security-policy"].split("; ")
    connects = meta(page.text, "Content-Security-Policy").removeprefix("connect-src ").split()
    assert {"script-src 'self'", "style-src 'self'", "object-src 'none'"} <= set(sent)
    assert all(url.split("://")[1].startswith(f"127.0.0.1:{deployment.engine.port}/")
               for url in connects)  # fmt: skip
    assert not re.search(r"<style|<script(?![^>]* src=)| on[a-z]+=| style=", page.text)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_pages_of_people_who_sign_in_are_in_no_frame(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


def test_the_chat_is_in_frames_of_named_origins_only(
    browser: httpx.Client, embedding_site: EmbeddingSite
) -> None:
    policy = browser.get(CHAT).headers["content-security-policy"]

    assert f"frame-ancestors 'self' {embedding_site.origin}" in policy.split("; ")


def test_only_the_widgets_loader_may_be_loaded_from_elsewhere(browser: httpx.Client) -> None:
    shared = {
        path: browser.get(path).headers["cross-origin-resource-policy"]
        for path in (CHAT, "/desk", "/widget.js")
    }

    assert shared == {CHAT: "same-origin", "/desk": "same-origin", "/widget.js": "cross-origin"}


def test_what_a_page_names_is_there_compressed_and_kept(browser: httpx.Client) -> None:
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', browser.get(CHAT).text)

    assert named
    for path in named:
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) < 1000 or answer.headers["content-encoding"] == "gzip"


def test_a_page_is_asked_for_again_and_sent_only_if_it_has_changed(browser: httpx.Client) -> None:
    page = browser.get(CHAT)

    assert page.headers["cache-control"] == "no-cache"
    assert browser.get(CHAT, headers={"if-none-match": page.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/nothing", "/desk/nothing", "/desk.html", "/review/nothing", "/assets/../secret"]
)
def test_what_is_not_there_is_said_so(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert "Page not found" in answer.text


def test_the_bucket_itself_is_closed(deployment: Deployment) -> None:
    bucket = deployment.outputs["PagesBucketName"]

    answer = httpx.get(f"{deployment.engine.url}/{bucket}/index.html", trust_env=False)

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_are_only_read(browser: httpx.Client, method: str) -> None:
    assert browser.request(method, CHAT).status_code == 403


def test_the_pages_may_call_the_api_and_other_origins_may_not(deployment: Deployment) -> None:
    def allowed(origin: str) -> str | None:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        answer = deployment.http.options("/conversations", headers=asked)
        found: str | None = answer.headers.get("access-control-allow-origin")
        return found

    pages = deployment.stack.pages.url
    assert allowed(pages) == pages
    assert allowed(deployment.outputs["PagesUrl"]) == deployment.outputs["PagesUrl"]
    assert allowed("https://elsewhere.example") is None
