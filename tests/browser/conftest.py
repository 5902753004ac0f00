"""Chromium on the pages of the deployed stack, an own browser context for each person in a test."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from local.contents import USERS, User
from tests.browser import chromium
from tests.browser.chat_page import ChatPage
from tests.browser.desk_page import DeskPage
from tests.browser.embedding_site import EmbeddingSite
from tests.browser.review_page import ReviewPage
from tests.browser.visitor import Visitor
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import PATIENCE_SECONDS

type Visits = Callable[..., Visitor]
type Customers = Callable[..., ChatPage]
type Desks = Callable[..., DeskPage]
type Reviews = Callable[..., ReviewPage]

_FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def _nothing_failed(nothing_failed: None) -> None:
    """In any test."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = chromium.start(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def hosts(deployment: Deployment, embedding_site: EmbeddingSite) -> frozenset[str]:
    """All that a page may call."""
    stack = deployment.stack
    return frozenset(
        urlsplit(address).netloc
        for address in (
            stack.pages.url,
            stack.http_url,
            stack.websocket_url,
            stack.engine.url,
            embedding_site.origin,
        )
    )


@pytest.fixture
def visit(
    browser: Browser, hosts: frozenset[str], request: pytest.FixtureRequest
) -> Iterator[Visits]:
    """Somebody comes with a browser of their own; they leave when the test ends."""
    with ExitStack() as until_the_end:

        def visit(also: Iterable[str] = (), **settings: Any) -> Visitor:
            may_call = hosts | {urlsplit(origin).netloc for origin in also}
            visitor = until_the_end.enter_context(Visitor(browser, may_call, **settings))
            until_the_end.callback(_tell_what_was_seen, visitor, request.node)
            return visitor

        yield visit


def _tell_what_was_seen(visitor: Visitor, test: pytest.Item) -> None:
    """For the report of a test that failed: the pages as a screen reader has them."""
    if not test.stash.get(_FAILED, False):
        return
    for page in visitor.context.pages:
        print(f"\n{page.url}\n{page.locator('body').aria_snapshot()}")


@pytest.fixture
def customer(visit: Visits, deployment: Deployment) -> Customers:
    """Somebody opens the chat."""

    def come(query: str = "", **settings: Any) -> ChatPage:
        return ChatPage(visit(**settings), deployment.stack.chat_url).open(query)

    return come


@pytest.fixture(scope="session")
def signed_in(
    browser: Browser, hosts: frozenset[str], deployment: Deployment
) -> Callable[[User], StorageState]:
    """What somebody's browser knows after they have signed in at the page that is theirs."""
    known: dict[str, StorageState] = {}
    stack = deployment.stack

    def state(user: User) -> StorageState:
        if user.email not in known:
            with Visitor(browser, hosts) as visitor:
                page: DeskPage | ReviewPage = (
                    ReviewPage(visitor, stack.review_url)
                    if "reviewers" in user.groups
                    else DeskPage(visitor, stack.desk_url)
                )
                page.page.goto(page.url)
                page.signs_in(user)
                known[user.email] = visitor.context.storage_state()
        return known[user.email]

    return state


@pytest.fixture
def desk(visit: Visits, deployment: Deployment, signed_in: Callable[[User], StorageState]) -> Desks:
    """An expert whom their browser knows opens the desk."""

    def come(query: str = "", user: User = USERS[0], **settings: Any) -> DeskPage:
        visitor = visit(storage_state=signed_in(user), **settings)
        return DeskPage(visitor, deployment.stack.desk_url).open(query)

    return come


@pytest.fixture
def reviews(
    visit: Visits, deployment: Deployment, signed_in: Callable[[User], StorageState]
) -> Reviews:
    """A reviewer, or a lead, whom their browser knows opens the review."""

    def come(address: str = "", user: User = USERS[3], **settings: Any) -> ReviewPage:
        visitor = visit(storage_state=signed_in(user), **settings)
        return ReviewPage(visitor, deployment.stack.review_url).open(address)

    return come


@pytest.fixture
def bus(deployment: Deployment) -> Bus:
    return deployment.bus
