"""The customer's chat, by what a person sees and hears of it."""

import json
import re
import time
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.visitor import Visitor

_SAID_AT = r", \d{1,2}:\d{2}"
_KEPT = "tandem.conversation"


class ChatPage:
    """`frame` is given where the chat is shown in another page."""

    def __init__(self, visitor: Visitor, url: str, frame: FrameLocator | None = None) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self.url = url
        self.at: Page | FrameLocator = frame or visitor.page
        self.header = self.at.get_by_role("banner")
        self.messages = self.at.get_by_role("region", name="Messages", exact=True)
        self.field = self.at.get_by_role("textbox", name="Your message", exact=True)
        self.send = self.at.get_by_role("button", name="Send", exact=True)
        self.talk_to_person = self.at.get_by_role("button", name="Talk to a person", exact=True)
        self.waiting = self.at.get_by_role("region", name="Waiting for a person", exact=True)
        self.ended = self.at.get_by_role("region", name="This conversation has ended", exact=True)
        self.own = self.by("You")
        self.answers = self.by("Assistant")
        self.greeting = self.messages.get_by_role("group", name="Assistant", exact=True)
        self.streaming = self.messages.get_by_role("group", name="Assistant", exact=True)

    def open(self, query: str = "") -> "ChatPage":
        self.page.goto(f"{self.url}{query}")
        expect(self.field).to_be_visible()
        return self

    def by(self, who: str) -> Locator:
        """The messages that somebody has written, whole."""
        return self.messages.get_by_role("group", name=re.compile(f"^{re.escape(who)}{_SAID_AT}"))

    def says(self, text: str) -> None:
        """Write a message and send it with the keyboard."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.field).to_have_value("")
        expect(self.own.last).to_contain_text(text.strip())

    def asks(self, question: str) -> str:
        """Write a message, and wait for the assistant's answer; returns it."""
        before = self.answers.count()
        self.says(question)
        expect(self.answers).to_have_count(before + 1)
        return self.answers.last.inner_text()

    def ends(self) -> None:
        self.at.get_by_role("button", name="End conversation", exact=True).click()
        expect(self.ended).to_be_visible()

    def rates(self, stars: str, reason: str) -> None:
        self.at.get_by_role("radio", name=stars).check(force=True)
        self.at.get_by_role("textbox", name=re.compile("tell us why")).fill(reason)
        self.at.get_by_role("button", name="Send rating").click()
        expect(self.at.get_by_text("Thank you for your rating.")).to_be_visible()

    @property
    def said(self) -> list[str]:
        """Who has written each message, in order."""
        names = self.messages.get_by_role("group").evaluate_all(
            "(groups) => groups.map((group) => group.getAttribute('aria-label'))"
        )
        return [re.sub(_SAID_AT + ".*", "", name) for name in names]

    # --- what the page keeps ---------------------------------------------------------------------
    @property
    def conversation_id(self) -> str:
        """Once the conversation has been begun: the page shows a message before that."""
        kept = self.page.wait_for_function("(key) => localStorage.getItem(key)", arg=_KEPT)
        return str(json.loads(kept.json_value())["conversation_id"])

    def comes_back_to(self, conversation_id: str, token: str) -> None:
        """Load the page as one that was here before, with this token of the conversation."""
        kept: dict[str, Any] = {
            "conversation_id": conversation_id, "token": token, "customer": None,
            "expires_at": (time.time() + 3600) * 1000, "clock_offset_ms": 0,
            "thumbs": {}, "rated": None,
        }  # fmt: skip
        self.page.evaluate(
            "([key, text]) => localStorage.setItem(key, text)", [_KEPT, json.dumps(kept)]
        )
        self.page.reload()
