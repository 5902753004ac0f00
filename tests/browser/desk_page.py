"""The experts' desk and the leads' overview, by what a person sees and hears of them."""

import re

from playwright.sync_api import Locator, Page, expect

from local.contents import PASSWORD, User
from tests.browser.visitor import Visitor


class DeskPage:
    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor = visitor
        self.page = page = visitor.page
        self.url = url
        self.queue = page.get_by_role("navigation", name="Queue", exact=True)
        self.waiting = self.queue.get_by_role("list", name="Waiting", exact=True)
        self.mine = self.queue.get_by_role("list", name="Mine", exact=True)
        self.bar = page.get_by_role("banner")
        self.name = page.get_by_role("textbox", name="User name or e-mail address")
        self.password = page.get_by_label("Password", exact=True)
        self.sign_in = page.get_by_role("button", name="Sign in", exact=True)

    def open(self, query: str = "") -> "DeskPage":
        """For somebody whose browser knows them already."""
        self.page.goto(f"{self.url}{query}")
        expect(self.bar.get_by_role("link", name="Desk", exact=True)).to_be_visible()
        return self

    def signs_in(self, user: User) -> "DeskPage":
        self.name.fill(user.email)
        self.password.fill(PASSWORD)
        self.sign_in.click()
        expect(self.page.get_by_role("button", name=user.name)).to_be_visible()
        return self

    def column(self, conversation_id: str) -> "Column":
        # Two guests may be called alike, so not by the heading.
        return Column(self.page, self.page.locator(f"[data-conversation='{conversation_id}']"))


class Column:
    """One conversation at the desk."""

    def __init__(self, page: Page, at: Locator) -> None:
        self.page = page
        self.at = at
        self.messages = at.get_by_role("log", name="Messages", exact=True)
        self.take_over = at.get_by_role("button", name="Take over", exact=True)
        self.field = at.get_by_role("textbox", name=re.compile("^Message to "))
        self.send = at.get_by_role("button", name="Send", exact=True)
        self.draft = at.get_by_role("listitem", name="Withheld answer")

    def claims(self) -> None:
        self.take_over.click()
        expect(self.at.get_by_text("You hold it")).to_be_visible()
        expect(self.field).to_be_focused()

    def says(self, text: str) -> None:
        """Write to the customer and send it with the keyboard."""
        self.field.fill(text)
        self.field.press("Control+Enter")
        expect(self.field).to_have_value("")

    def ending(self, button: str, dialog: str) -> Locator:
        """The dialog that asks how it ended."""
        self.at.get_by_role("button", name=button).click()
        asked = self.page.get_by_role("dialog", name=dialog)
        expect(asked).to_be_visible()
        return asked

    def more(self, item: str) -> None:
        """Choose from the conversation's menu."""
        self.at.get_by_role("button", name=re.compile("^More about ")).click()
        self.page.get_by_role("menuitem", name=item).click()
