"""Takes the pictures of `docs/images` from the pages of a stack of its own, in light and dark.

`make images` runs it. Questions, answers and people are those of the embedded engine; the figures
of the overview are invented, a week of them, so that its charts have something to show, and so is
what leads see of the review (`invented_review.py`) and of the models (`invented_models.py`).
"""

import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from docs.invented_models import invent_models
from docs.invented_review import import_transcripts, invent_reviews
from local.contents import USERS, User
from local.stack import Stack
from tandem.aws.clock import SystemClock
from tandem.aws.conversation_store import DynamoStore
from tandem.live.models import Conversation, Escalation, EscalationStatus, Owner, Rating, Trigger
from tandem.live.ports import Change
from tests.browser import chromium
from tests.browser.chat_page import ChatPage
from tests.browser.desk_page import DeskPage
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.mail_page import MailPage
from tests.browser.models_page import ModelsPage
from tests.browser.overview_page import OverviewPage
from tests.browser.review_page import ReviewPage
from tests.browser.visitor import PHONE, Visitor

IMAGES = Path(__file__).parent / "images"
EXPERT, _, LEAD, REVIEWER, _ = USERS
QUESTION = "How do I stop paying for an endpoint?"
ANGER = "This is useless, my bill is a nightmare. I want to talk to a human!"
_PACE = {"first_token_ms": 0, "token_ms": 0, "gate_ms": 0, "retrieve_ms": 0}
_PATIENCE_MS = 20_000
_SEED = 7
_WAITS = re.compile("Waiting for a person|Es wird ein Mensch gerufen")
"""In the header, in the languages that are spoken here."""

type Scheme = Literal["light", "dark"]


class Photographer:
    """Opens pages in one of the two schemes and takes pictures of them."""

    def __init__(self, browser: Browser, stack: Stack, hosts: frozenset[str], scheme: Scheme):
        self._browser, self._hosts = browser, hosts
        self._stack, self._scheme = stack, scheme

    @contextmanager
    def visitor(self, width: int, height: int, **settings: object) -> Iterator[Visitor]:
        size = {"width": width, "height": height}
        given = {"viewport": size, "color_scheme": self._scheme, **settings}
        with Visitor(self._browser, self._hosts, **given) as visitor:
            yield visitor

    def take(self, page: Page, name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(
            path=IMAGES / f"{name}-{self._scheme}.png", animations="disabled", caret="hide"
        )

    def chat_and_desk(self) -> None:
        """A question, anger, the wait, and the talk, side by side with others at the desk."""
        with self.visitor(860, 640) as visitor:
            chat = ChatPage(visitor, self._stack.chat_url).open()
            chat.asks(QUESTION)
            self.take(chat.page, "chat")
            chat.says(ANGER)
            expect(chat.waiting).to_contain_text("Step 1 of 2")
            self.take(chat.page, "waiting")
            with self._others(), self.visitor(1440, 860) as expert:
                self._desk(expert, chat)
            chat.ends()

    @contextmanager
    def _others(self) -> Iterator[None]:
        """More customers who want a person; they leave in the end."""
        wishes = (
            ("", "Why was my notebook deleted over night? All my work is gone, I am furious!"),
            ("?language=de", "Ich möchte bitte mit einem Menschen sprechen."),
            ("", "Can you tell me what the weather will be like in Lisbon tomorrow?"),
        )
        chats: list[tuple[Visitor, ChatPage]] = []
        for query, text in wishes:
            visitor = Visitor(self._browser, self._hosts)
            chat = ChatPage(visitor, self._stack.chat_url)
            chat.page.goto(f"{chat.url}{query}")
            field = chat.page.get_by_role("textbox").first
            field.fill(text)
            field.press("Enter")
            expect(chat.page.locator("header")).to_contain_text(_WAITS)
            chats.append((visitor, chat))
        try:
            yield
        finally:
            for visitor, _ in chats:
                visitor.context.close()

    def _desk(self, expert: Visitor, chat: ChatPage) -> None:
        desk = DeskPage(expert, self._stack.desk_url)
        mail = MailPage(expert, self._stack.mail_url).open(EXPERT.email)
        expect(mail.about(chat.conversation_id)).to_be_visible()
        expert.page.set_viewport_size({"width": 860, "height": 640})
        self.take(expert.page, "mail")
        expert.page.set_viewport_size({"width": 1440, "height": 860})
        expert.page.goto(f"{self._stack.desk_url}?conversation={chat.conversation_id}")
        desk.signs_in(EXPERT)
        column = desk.column(chat.conversation_id)
        column.claims()
        column.says("Hello, I am Ada. I see your endpoint, let me look at what it costs you.")
        chat.says("Thank you. It has been running since last week, I think.")
        expect(column.messages).to_contain_text("since last week")
        desk.waiting.get_by_role("button").filter(has_text="upset").first.click()
        expect(desk.page.get_by_role("log")).to_have_count(2)
        column.field.click()
        self.take(desk.page, "desk")
        asked = column.ending("Hand back …", "Hand back to the assistant")
        asked.get_by_role("button", name="Hand back").click()
        expect(chat.messages).to_contain_text("The assistant answers again.")

    def phone(self) -> None:
        with self.visitor(390, 780, **{"has_touch": PHONE["has_touch"]}) as visitor:
            chat = ChatPage(visitor, self._stack.chat_url).open()
            expect(chat.page.get_by_role("menuitem", name=QUESTION)).to_be_visible()
            chat.asks("Where do I find the logs of a training job?")
            self.take(chat.page, "chat-phone")

    def overview(self) -> None:
        with self.visitor(1280, 1180) as visitor:
            desk = DeskPage(visitor, self._stack.desk_url)
            desk.page.goto(f"{self._stack.desk_url}/overview?period=7d")
            desk.signs_in(LEAD)
            overview = OverviewPage(desk)
            overview.figure("Conversations")
            self.take(desk.page, "overview")

    def review(self) -> None:
        """An item before a reviewer, with a rating chosen."""
        with self.visitor(1280, 860) as visitor:
            reviewer = self._review(visitor, "", REVIEWER)
            # A labelling job starts in its own time; the page looks for it by itself.
            expect(reviewer.item).to_be_visible(timeout=3 * _PATIENCE_MS)
            reviewer.keyboard.press("2")
            reviewer.keyboard.press("Enter")
            reviewer.keyboard.type("It does not say how.")
            self.take(reviewer.page, "review")
        with self.visitor(390, 780, **{"has_touch": PHONE["has_touch"]}) as visitor:
            reviewer = ReviewPage(visitor, self._stack.review_url)
            reviewer.page.goto(reviewer.url)
            reviewer.fills_in(REVIEWER)
            expect(reviewer.item).to_be_visible()
            reviewer.keyboard.press("4")
            self.take(reviewer.page, "review-phone")

    def leads_review(self) -> None:
        for address, name, height in (
            ("/overview", "review-overview", 1180),
            ("/disagreements", "review-disagreements", 860),
            ("/articles", "review-articles", 860),
            ("/withdrawals", "review-withdrawals", 760),
        ):
            with self.visitor(1280, height) as visitor:
                lead = self._review(visitor, address, LEAD)
                expect(lead.page.get_by_text(re.compile(r"^as of \d"))).to_be_visible()
                self.take(lead.page, name)

    def _review(self, visitor: Visitor, address: str, user: User) -> ReviewPage:
        page = ReviewPage(visitor, self._stack.review_url)
        page.page.goto(f"{page.url}{address}")
        return page.signs_in(user)

    def models(self) -> None:
        """What is live, a candidate in its trial, and the versions."""
        with self.visitor(1280, 1672) as visitor:
            lead = self._models(visitor, "", LEAD)
            expect(lead.live).to_contain_text("In trial")
            expect(lead.row("Versions", "Being compared")).to_be_visible()
            self.take(lead.page, "models")

    def compare(self) -> None:
        """A pair before a reviewer, with an answer chosen."""
        with self.visitor(1280, 700) as visitor:
            reviewer = self._models(visitor, "/compare", REVIEWER)
            expect(reviewer.pair).to_be_focused()
            reviewer.keyboard.press("1")
            expect(reviewer.radio(1)).to_be_checked()
            self.take(reviewer.page, "compare")

    def _models(self, visitor: Visitor, address: str, user: User) -> ModelsPage:
        page = ModelsPage(visitor, self._stack.models_url)
        page.page.goto(f"{page.url}{address}")
        ReviewPage(visitor, page.url).signs_in(user)
        return page

    def widget(self, site: EmbeddingSite) -> None:
        pages = self._stack.pages.url
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="color-scheme" content="light dark"><title>A shop</title>'
            f'<script src="{pages}/widget.js" defer></script></head>'
            "<body><h1>A page of your own</h1><p>The chat is one line in it.</p></body></html>"
        )
        policy = f"default-src 'none'; script-src {pages}; frame-src {pages}"
        with self.visitor(860, 760) as visitor:
            page = visitor.page
            page.goto(site.put("shop", html, policy))
            page.get_by_role("button", name="Chat").click()
            chat = ChatPage(visitor, self._stack.chat_url, page.frame_locator("iframe"))
            chat.asks("How does managed spot training save money?")
            self.take(page, "widget")


def invent_a_week(stack: Stack) -> None:
    """Conversations of the last seven days, more by day than by night."""
    chance = random.Random(_SEED)  # noqa: S311 - pictures, no secrets
    store = DynamoStore(
        stack.client("dynamodb"), stack.outputs["TableName"], SystemClock(), timedelta(days=1)
    )
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(420):
        hour = min(23.9, max(0.0, chance.gauss(13, 3.5)))
        at = midnight - timedelta(days=chance.randrange(7)) + timedelta(hours=hour)
        if at < now - timedelta(minutes=30):
            store.commit(_invented(f"invented-{number}", at, chance))


def _invented(name: str, at: datetime, chance: random.Random) -> Change:
    conversation = Conversation(
        conversation_id=name, version=1, owner=Owner.CLOSED, customer_id="guest:invented",
        created_at=at, active_at=at, closed_at=at, closed_by="customer", archived_version=1,
    )  # fmt: skip
    escalations: tuple[Escalation, ...] = ()
    if chance.random() < 0.27:
        weights = [6, 5, 4, 7, 2, 0, 1, 1, 2, 0]
        (trigger,) = chance.choices(list(Trigger), weights)
        requested = at + timedelta(minutes=2)
        claimed = requested + timedelta(seconds=chance.lognormvariate(4, 0.8))
        came = chance.random() < 0.94
        escalations = (
            Escalation(
                escalation_id=f"{name}.e", conversation_id=name, trigger=trigger, reason="",
                customer_id="guest:invented", requested_at=requested,
                status=EscalationStatus.RESOLVED if came else EscalationStatus.EXPIRED,
                claimed_at=claimed if came else None,
                ended_at=claimed + timedelta(seconds=chance.lognormvariate(6, 0.6)),
            ),
        )  # fmt: skip
    ratings: list[Rating] = []
    if chance.random() < 0.35:
        (stars,) = chance.choices(range(1, 6), [1, 1, 2, 5, 8])
        ratings.append(Rating(conversation_id=name, turn_id=None, stars=stars, at=at))
    if chance.random() < 0.4:
        thumb: Literal["up", "down"] = "up" if chance.random() < 0.8 else "down"
        ratings.append(Rating(conversation_id=name, turn_id=f"{name}.t", thumb=thumb, at=at))
    return Change(before=None, after=conversation, escalations=escalations, ratings=tuple(ratings))


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    expect.set_options(timeout=_PATIENCE_MS)
    state = Path(tempfile.mkdtemp())
    with (
        EmbeddingSite() as site,
        Stack(
            port=0, state=state, parameters=lambda _: {"WidgetOrigins": site.origin}, say=print
        ) as stack,
        sync_playwright() as playwright,
    ):
        stack.control_bedrock("pace", dict(_PACE))
        invent_a_week(stack)
        invent_reviews(stack, datetime.now(UTC))
        import_transcripts(stack)
        invent_models(stack, datetime.now(UTC))
        addresses = (stack.pages.url, stack.http_url, stack.websocket_url, stack.engine.url)
        hosts = frozenset(urlsplit(url).netloc for url in (*addresses, site.origin))
        browser = chromium.start(playwright)
        for scheme in get_args(Scheme.__value__):
            photographer = Photographer(browser, stack, hosts, scheme)
            photographer.phone()
            photographer.widget(site)
            photographer.overview()
            photographer.review()
            photographer.leads_review()
            photographer.models()
            photographer.compare()
            photographer.chat_and_desk()
            print(f"  {scheme}: done", flush=True)
        browser.close()
    shutil.rmtree(state, ignore_errors=True)


if __name__ == "__main__":
    main()
