"""A team's own page with the chat in its corner, by what a person sees and hears of it."""

import re

from playwright.sync_api import expect

from local.build import ROOT
from tests.browser.chat_page import ChatPage
from tests.browser.visitor import Visitor

_EXAMPLE = ROOT / "examples" / "widget.html"


def example(pages: str) -> str:
    """The example's page, for the pages of this stack."""
    return _EXAMPLE.read_text().replace("https://PAGES", pages)


class WidgetPage:
    def __init__(self, visitor: Visitor, address: str) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.address = address
        # With a dot on it, its name says so.
        self.button = self.page.get_by_role("button", name=re.compile("^Chat"))
        self.frame = self.page.locator("iframe")
        self.chat = ChatPage(visitor, address, self.page.frame_locator("iframe"))

    def open(self) -> "WidgetPage":
        self.page.goto(self.address)
        expect(self.button).to_be_visible()
        return self

    def opens_chat(self) -> ChatPage:
        self.button.click()
        expect(self.chat.field).to_be_visible()
        return self.chat
