"""What a browser has to load: JavaScript as it travels, compressed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, StorageState, expect

from local.contents import User
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Visits
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.models_page import ModelsPage
from tests.browser.review_page import ReviewPage
from tests.browser.widget_page import WidgetPage, example
from tests.e2e.deployment import Deployment
from tests.e2e.reviewing import LEAD, RIO

CHAT_BYTES = 250_000
LOADER_BYTES = 60_000
REVIEWER_BYTES = 275_000
"""Sign-in, and rating or comparing; a lead's pages are loaded when they are looked at."""
LEAD_BYTES = 375_000
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
    sizes = [script.request.sizes()["responseBodySize"] for script in scripts]
    for script, size in zip(scripts, sizes, strict=True):
        compressed = script.headers.get("content-encoding") in ("gzip", "br")
        # CloudFront leaves alone what is smaller.
        assert compressed or size < 1000, script.url
    return sum(sizes)


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


@pytest.fixture
def first_visit(
    deployment: Deployment, visit: Visits, signed_in: Callable[[User], StorageState]
) -> Callable[[User], ReviewPage]:
    """Somebody whose browser knows them, but nothing of the pages yet."""

    def come(user: User) -> ReviewPage:
        return ReviewPage(visit(storage_state=signed_in(user)), deployment.stack.review_url)

    return come


def test_a_reviewer_does_not_load_what_only_leads_see(
    first_visit: Callable[[User], ReviewPage],
) -> None:
    reviewer = first_visit(RIO)
    scripts = _collect(reviewer.page)
    reviewer.open()
    expect(reviewer.item.or_(reviewer.nothing_left).first).to_be_visible()

    assert 0 < _bytes(scripts) <= REVIEWER_BYTES


def test_the_leads_pages_stay_within_their_budget(
    first_visit: Callable[[User], ReviewPage],
) -> None:
    lead = first_visit(LEAD)
    scripts = _collect(lead.page)
    lead.open("/overview")
    for title in ("To decide", "Articles", "Withdrawals", "Overview"):
        lead.place(title)

    assert 0 < _bytes(scripts) <= LEAD_BYTES


@pytest.fixture
def first_visit_to_models(
    deployment: Deployment, visit: Visits, signed_in: Callable[[User], StorageState]
) -> Callable[[User], ModelsPage]:
    """The same at the models."""

    def come(user: User) -> ModelsPage:
        url = f"{deployment.stack.pages.url}/models"
        return ModelsPage(visit(storage_state=signed_in(user)), url)

    return come


def test_who_compares_does_not_load_what_only_leads_see(
    first_visit_to_models: Callable[[User], ModelsPage],
) -> None:
    reviewer = first_visit_to_models(RIO)
    scripts = _collect(reviewer.page)
    reviewer.open("/compare")
    expect(reviewer.pair.or_(reviewer.nothing_left).first).to_be_visible()

    assert 0 < _bytes(scripts) <= REVIEWER_BYTES


def test_the_models_pages_of_leads_stay_within_their_budget(
    first_visit_to_models: Callable[[User], ModelsPage],
) -> None:
    lead = first_visit_to_models(LEAD)
    scripts = _collect(lead.page)
    lead.open()
    expect(lead.live).to_be_visible()

    assert 0 < _bytes(scripts) <= LEAD_BYTES
