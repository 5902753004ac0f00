"""axe finds nothing: on each page, in its main states, in light and in dark."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from local.contents import USERS
from tests.browser.accessibility import violations
from tests.browser.conftest import Customers, Desks, Visits
from tests.browser.desk_page import DeskPage
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.mail_page import MailPage
from tests.browser.overview_page import OverviewPage
from tests.browser.visitor import PHONE
from tests.browser.widget_page import WidgetPage, example
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import until

EXPERT, LEAD = USERS[0], USERS[2]
ANGER = "This is a disgrace, I hate it! My bill is a nightmare. How do I delete an endpoint?"
QUESTION = "How do I stop paying for an endpoint that I do not use?"
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_NARROW = 600
_LOOKS = 3
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def is_accessible(page: Page, state: str) -> None:
    size = page.viewport_size
    # On a phone the colours are the same, only the places are not.
    narrow = size is not None and size["width"] < _NARROW
    for scheme in _SCHEMES[:1] if narrow else _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        # What has just come may need a moment to find its size.
        for _ in range(_LOOKS):
            page.evaluate(_DRAWN)
            if not (found := violations(page)):
                break
        assert not found, "\n".join([f"{state}, {scheme}:", *found])
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_the_chat(deployment: Deployment, customer: Customers, settings: dict[str, object]) -> None:
    suggestions = {"suggestions": {"en": [QUESTION, "What does a warm pool cost?"]}}
    with deployment.policy({"chat": suggestions}, "ServeCustomer"):
        chat = customer(**settings)
        expect(chat.at.get_by_role("menuitem").first).to_be_visible()
    is_accessible(chat.page, "nothing said yet")
    chat.asks(QUESTION)
    chat.answers.get_by_role("button", name="Not helpful").click()
    is_accessible(chat.page, "an answer, and why it was not helpful")
    chat.says(ANGER)
    expect(chat.waiting).to_contain_text("Step 1 of 2")
    is_accessible(chat.page, "waiting")
    with deployment.expert() as expert:
        expert.claims(chat.conversation_id)
        expert.says(
            chat.conversation_id, "**Look**:\n\n```\ncode\n```\n\n[here](https://a.example)"
        )
        expect(chat.by("Ada Expert")).to_contain_text("Look")
        is_accessible(chat.page, "with a person")
        expert.does("hand_back", chat.conversation_id)
    expect(chat.messages).to_contain_text("How was your talk with Ada Expert?")
    chat.ends()
    chat.at.get_by_role("radio", name="4 stars").last.check(force=True)
    is_accessible(chat.page, "ended")


def test_the_chat_without_a_network(customer: Customers) -> None:
    chat = customer()
    chat.visitor.watch.expect("ERR_INTERNET_DISCONNECTED")
    chat.visitor.context.set_offline(True)
    chat.says("Hello")
    expect(chat.at.get_by_text("You are offline.")).to_be_visible()
    expect(chat.at.get_by_text("Not sent.")).to_be_visible()
    is_accessible(chat.page, "offline")


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_the_desk(
    deployment: Deployment, customer: Customers, desk: Desks, settings: dict[str, object]
) -> None:
    chat = customer()
    chat.asks(QUESTION)
    chat.says(ANGER)
    expect(chat.waiting).to_be_visible()
    expert = desk(**settings)
    expect(expert.waiting).to_be_visible()
    is_accessible(expert.page, "the queue")
    expert.open(f"?conversation={chat.conversation_id}")
    column = expert.column(chat.conversation_id)
    expect(column.messages).to_contain_text("Withheld answer")
    is_accessible(expert.page, "a conversation that waits")
    column.claims()
    is_accessible(expert.page, "a conversation of one's own")
    asked = column.ending("Hand back …", "Hand back to the assistant")
    asked.get_by_role("checkbox", name="Add to knowledge").check()
    expect(asked).to_contain_text("My bill is a nightmare.")
    is_accessible(expert.page, "handing back")
    asked.get_by_role("button", name="Cancel").click()
    column.more("History")
    expect(expert.page.get_by_role("dialog")).to_contain_text("Audit trail")
    is_accessible(expert.page, "history")


def test_the_sign_in(deployment: Deployment, visit: Visits) -> None:
    desk = DeskPage(visit(), deployment.stack.desk_url)
    desk.page.goto(desk.url)
    expect(desk.sign_in).to_be_visible()
    is_accessible(desk.page, "sign-in")
    desk.name.fill(EXPERT.email)
    desk.password.fill("wrong")
    desk.visitor.watch.expect("status of 400")
    desk.sign_in.click()
    expect(desk.page.get_by_text("User name or password is wrong.")).to_be_visible()
    is_accessible(desk.page, "a wrong password")


def test_the_overview(desk: Desks) -> None:
    overview = OverviewPage(desk("/overview", LEAD))
    overview.figure("Conversations")
    overview.page.get_by_role("button", name="How these are counted").click()
    is_accessible(overview.page, "overview")


def test_the_mailbox(deployment: Deployment, visit: Visits) -> None:
    with deployment.customer() as customer:
        customer.does("person")
        name = customer.conversation_id
        until(lambda: deployment.mails(name, EXPERT.email), "the e-mail has come")
    mail = MailPage(visit(), deployment.stack.mail_url).open(EXPERT.email)
    expect(mail.about(name)).to_be_visible()
    is_accessible(mail.page, "mailbox")


def test_a_page_with_the_widget(
    deployment: Deployment, embedding_site: EmbeddingSite, visit: Visits
) -> None:
    shop = embedding_site.put("shop", example(deployment.stack.pages.url))
    widget = WidgetPage(visit(), shop).open()
    is_accessible(widget.page, "the chat is closed")
    widget.opens_chat()
    is_accessible(widget.page, "the chat is open")
