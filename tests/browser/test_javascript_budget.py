"""What a customer's browser has to load: JavaScript as it travels, compressed."""

from playwright.sync_api import Page, Response, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Visits
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.widget_page import WidgetPage, example
from tests.e2e.deployment import Deployment

CHAT_BYTES = 250_000
LOADER_BYTES = 60_000
QUESTION = "How do I stop paying for an endpoint that I do not use?"


def _collect(page: Page) -> list[Response]:
    scripts: list[Response] = []
    page.on(
        "response",
        lambda response: (
            scripts.append(response) if response.request.resource_type == "script" else None
        ),
    )
    return scripts


def _bytes(scripts: list[Response]) -> int:
    for script in scripts:
        assert script.headers["content-encoding"] in ("gzip", "br"), script.url
    return sum(script.request.sizes()["responseBodySize"] for script in scripts)


def test_the_chat_with_all_that_it_loads_later_stays_within_its_budget(
    deployment: Deployment, visit: Visits
) -> None:
    chat = ChatPage(visit(), deployment.stack.chat_url)
    scripts = _collect(chat.page)
    chat.open()
    chat.asks(QUESTION)
    chat.answers.get_by_role("button", name="Not helpful").click()
    chat.talk_to_person.click()
    expect(chat.waiting).to_be_visible()
    chat.ends()
    chat.rates("3 stars: fair", "")

    assert len(scripts) > 1
    assert 0 < _bytes(scripts) <= CHAT_BYTES


def test_the_loader_stays_within_its_budget_until_the_chat_is_opened(
    deployment: Deployment, embedding_site: EmbeddingSite, visit: Visits
) -> None:
    visitor = visit()
    scripts = _collect(visitor.page)
    shop = embedding_site.put("shop", example(deployment.stack.pages.url))
    WidgetPage(visitor, shop).open()
    visitor.page.wait_for_load_state("networkidle")

    assert len(scripts) == 1
    assert 0 < _bytes(scripts) <= LOADER_BYTES
