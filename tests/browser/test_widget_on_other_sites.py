"""The chat on a page of somebody else's origin, with a strict policy of its own."""

import json
import re

import pytest
from playwright.sync_api import ConsoleMessage, expect

from tests.browser.conftest import Visits
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.widget_page import WidgetPage, example
from tests.e2e.deployment import Deployment
from tests.e2e.people import Expert
from tests.e2e.provider import Provider

QUESTION = "How do I stop paying for an endpoint that I do not use?"
REFUSED = ("frame-ancestors", "ERR_BLOCKED_BY_RESPONSE")
FRAME = "<!doctype html><title>Frame</title><iframe src='{address}'></iframe>"


@pytest.fixture
def shop(deployment: Deployment, embedding_site: EmbeddingSite) -> str:
    """The address of the example's page; its policy stands in itself."""
    return embedding_site.put("shop", example(deployment.stack.pages.url))


@pytest.fixture
def widget(visit: Visits, shop: str) -> WidgetPage:
    return WidgetPage(visit(), shop).open()


def test_the_chat_opens_answers_and_closes_by_the_keyboard(widget: WidgetPage) -> None:
    widget.button.focus()
    widget.page.keyboard.press("Enter")
    expect(widget.button).to_have_attribute("aria-expanded", "true")
    expect(widget.chat.field).to_be_focused()
    assert "Source" in widget.chat.asks(QUESTION)

    widget.page.keyboard.press("Escape")
    expect(widget.frame).to_be_hidden()
    expect(widget.button).to_be_focused()
    expect(widget.button).to_have_attribute("aria-expanded", "false")
    widget.button.press("Enter")
    expect(widget.chat.answers).to_have_count(1)


def test_the_conversation_goes_on_on_the_next_page_of_the_site(
    widget: WidgetPage, shop: str
) -> None:
    widget.opens_chat().asks(QUESTION)
    widget.page.goto(shop)
    expect(widget.opens_chat().answers).to_have_count(1)


def test_a_dot_tells_of_news_while_the_chat_is_closed(
    deployment: Deployment, widget: WidgetPage
) -> None:
    chat = widget.opens_chat()
    with (
        deployment.expert() as expert,
        widget.page.expect_response(re.compile("/conversations$")) as opened,
    ):
        chat.talk_to_person.click()
        expect(chat.waiting).to_be_visible()
        name = opened.value.json()["conversation_id"]
        _joins(expert, name)
        expect(chat.header).to_contain_text("You are talking to Ada Expert")
        widget.page.get_by_role("button", name="Chat", exact=True).click()
        expect(widget.frame).to_be_hidden()

        expert.says(name, "Are you still there?")
        expect(widget.button).to_have_accessible_name("Chat: new message")

    widget.button.click()
    expect(widget.button).to_have_accessible_name("Chat")
    expect(chat.by("Ada Expert")).to_contain_text("Are you still there?")


def _refused(message: ConsoleMessage) -> bool:
    return "frame-ancestors" in message.text


def _joins(expert: Expert, name: str) -> None:
    expert.sees(name, "waiting")
    expert.claims(name)


def test_the_page_says_who_its_customer_is(
    deployment: Deployment, provider: Provider, widget: WidgetPage
) -> None:
    widget.page.evaluate(
        "(token) => Tandem.identify(() => Promise.resolve(token))", provider.sign_in()
    )
    chat = widget.opens_chat()
    with widget.page.expect_response(re.compile("/customer/conversations$")) as opened:
        chat.asks(QUESTION)
    name = json.loads(opened.value.text())["conversation_id"]
    with deployment.expert() as expert:
        seen = expert.api.get(f"/desk/conversations/{name}")
    assert not seen["customer_id"].startswith("guest")

    widget.page.evaluate("() => Tandem.identify(null)")
    expect(chat.answers).to_have_count(0)
    expect(chat.greeting).to_be_visible()


def test_a_page_of_another_origin_cannot_frame_the_chat(
    deployment: Deployment, visit: Visits
) -> None:
    with EmbeddingSite() as stranger:
        visitor = visit(also=[stranger.origin])
        widget = WidgetPage(
            visitor, stranger.put("shop", example(deployment.stack.pages.url))
        ).open()
        visitor.watch.expect(*REFUSED)
        with widget.page.expect_console_message(_refused):
            widget.button.click()
        expect(widget.chat.field).to_have_count(0)


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/overview", "/review", "/review/articles", "/models", "/models/compare"]
)
def test_nobody_can_frame_the_desk(
    deployment: Deployment, embedding_site: EmbeddingSite, visit: Visits, path: str
) -> None:
    visitor = visit()
    framed = FRAME.format(address=f"{deployment.stack.pages.url}{path}")
    visitor.watch.expect(*REFUSED)
    with visitor.page.expect_console_message(_refused):
        visitor.page.goto(embedding_site.put("frame", framed))
    expect(visitor.page.frame_locator("iframe").get_by_role("banner")).to_have_count(0)
