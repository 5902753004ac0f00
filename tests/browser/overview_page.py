"""The leads' overview, by what a person sees and hears of it."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.desk_page import DeskPage


class OverviewPage:
    def __init__(self, desk: DeskPage) -> None:
        self.desk = desk
        self.visitor, self.page = desk.visitor, desk.page
        self.heading = self.page.get_by_role("heading", name="Overview", exact=True)
        self.as_of = self.page.get_by_text(re.compile(r"^as of "))
        self.failure = self.page.get_by_role("button", name="Try again")

    def figure_of(self, name: str) -> Locator:
        """A key figure, with what it is of."""
        term = self.page.get_by_role("term").filter(has_text=re.compile(f"^{re.escape(name)}$"))
        return term.locator("xpath=following-sibling::dd[1]")

    def figure(self, name: str) -> int:
        """A key figure that is a count."""
        expect(self.figure_of(name)).to_contain_text(re.compile(r"^[\d,]+"))
        found = re.match(r"[\d,]+", self.figure_of(name).inner_text())
        assert found
        return int(found[0].replace(",", ""))

    def refresh(self) -> None:
        with self.page.expect_response(re.compile("/desk/overview")):
            self.page.get_by_role("button", name="Refresh").click()
