"""The mailbox of the engine, where the experts' e-mails arrive."""

from playwright.sync_api import Locator, Page

from tests.browser.visitor import Visitor


class MailPage:
    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.url = url

    def open(self, to: str) -> "MailPage":
        """The mail of one address that has come until now."""
        self.page.goto(f"{self.url}?to={to}")
        return self

    def about(self, conversation_id: str) -> Locator:
        return self.page.get_by_role("article").filter(has_text=conversation_id)

    def follow_link_about(self, conversation_id: str) -> Page:
        """The tab that the link to the desk opens."""
        with self.visitor.context.expect_page() as opened:
            self.about(conversation_id).get_by_role("link", name="/desk?").click()
        return opened.value
