"""The review, by what a person sees and hears of it: the reviewers' page, and the leads' pages."""

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, expect

from local.contents import PASSWORD, User
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor


class ReviewPage:
    """Where answers are rated."""

    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor = visitor
        self.page = page = visitor.page
        self.url = url
        self.keyboard = Keyboard(page)
        self.bar = page.get_by_role("banner")
        self.name = page.get_by_role("textbox", name="User name or e-mail address")
        self.password = page.get_by_label("Password", exact=True)
        self.sign_in = page.get_by_role("button", name="Sign in", exact=True)
        self.item = page.get_by_role("region", name="Item", exact=True)
        self.question = self.item.locator("section", has_text=re.compile("^Question")).last
        self.nothing_left = page.get_by_role("heading", name="Nothing to rate right now")
        self.instructions = page.get_by_role("complementary", name="Instructions")
        self.reason = page.get_by_role("textbox", name=re.compile("^Reason"))
        self.better_answer = page.get_by_role("textbox", name=re.compile("^Better answer"))
        self.places = page.get_by_role("navigation", name="Review", exact=True)

    def open(self, address: str = "") -> "ReviewPage":
        """For somebody whose browser knows them already."""
        self.page.goto(f"{self.url}{address}")
        expect(self.bar.get_by_role("link", name="Review", exact=True)).to_be_visible()
        return self

    def signs_in(self, user: User) -> "ReviewPage":
        self.fills_in(user)
        expect(self.page.get_by_role("button", name=user.name)).to_be_visible()
        return self

    def fills_in(self, user: User) -> None:
        """The form of the sign-in, also on a phone, where no name is shown afterwards."""
        self.name.fill(user.email)
        self.password.fill(PASSWORD)
        self.sign_in.click()

    @property
    def rated_today(self) -> int:
        figure = self.page.get_by_role("term").filter(has_text=re.compile("^Today$"))
        text = figure.locator("xpath=following-sibling::dd[1]").inner_text()
        return int(text.replace(",", ""))

    def questions(self) -> Iterator[str]:
        """The questions before the reviewer, one by one, until nothing is left: whoever asks for
        the next one has rated the last."""
        while True:
            expect(self.item.or_(self.nothing_left).first).to_be_visible()
            if self.nothing_left.is_visible():
                return
            before = self.item.get_attribute("data-item")
            yield self.question.locator(".plain").inner_text()
            expect(self.page.locator(f"[data-item='{before}']")).to_have_count(0)

    def goes_to(self, question: str) -> None:
        """What others left in the queue is rated on the way."""
        for asked in self.questions():
            if asked == question:
                return
            self.rates(3)
        raise AssertionError(f"{question} was never shown")

    def rates(self, rating: int, reason: str = "It does not say what was asked for.") -> None:
        """With the keyboard alone."""
        self.keyboard.press(str(rating))
        self.keyboard.press("Enter")
        if rating <= 2:
            expect(self.reason).to_be_focused()
            self.keyboard.type(reason)
            self.keyboard.press("Enter")

    def radio(self, rating: int) -> Locator:
        return self.page.get_by_role("radio", name=re.compile(f"^{rating} "))

    def place(self, name: str) -> None:
        """Go to one of a lead's pages."""
        self.places.get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    def card(self, text: str) -> Locator:
        """A candidate or an article that holds this."""
        return self.page.get_by_role("article").filter(has_text=text)

    def row(self, table: str, text: str) -> Locator:
        rows = self.page.get_by_role("table", name=table).get_by_role("row")
        return rows.filter(has_text=text)
