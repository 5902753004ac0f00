"""The models, by what a person sees and hears of them: the leads' pages, and the comparison."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor


class ModelsPage:
    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor = visitor
        self.page = page = visitor.page
        self.url = url
        self.keyboard = Keyboard(page)
        self.bar = page.get_by_role("banner")
        self.places = page.get_by_role("navigation", name="Models", exact=True)
        self.live = page.get_by_role("list", name="Models that answer")
        self.dialog = page.get_by_role("dialog")
        self.pair = page.get_by_role("region", name="Pair", exact=True)
        self.nothing_left = page.get_by_role("heading", name="Nothing to compare right now")

    def open(self, address: str = "") -> "ModelsPage":
        """For somebody whose browser knows them already."""
        self.page.goto(f"{self.url}{address}")
        expect(self.bar.get_by_role("link", name="Models", exact=True)).to_be_visible()
        return self

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True, level=1)

    def row(self, table: str, text: str) -> Locator:
        rows = self.page.get_by_role("table", name=table, exact=True).get_by_role("row")
        return rows.filter(has_text=text)

    def deed(self, name: str, version: int) -> Locator:
        """The button that opens its dialog."""
        return self.page.get_by_role("button", name=f"{name} … version {version}", exact=True)

    def does(self, name: str, version: int, reason: str) -> None:
        """With the dialog's own button, whose words are the deed's."""
        self.deed(name, version).click()
        self.dialog.get_by_label(re.compile("^Reason")).fill(reason)
        self.dialog.get_by_role("button", name=name, exact=True).click()

    def radio(self, number: int) -> Locator:
        return self.page.get_by_role("radio", name=re.compile(f"^{number} "))
