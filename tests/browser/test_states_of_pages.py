"""Nothing there yet, not there at all, or the server in trouble: each page says what is, and goes
on when it can."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from local.contents import USERS
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Customers, Desks, Visits
from tests.browser.desk_page import DeskPage
from tests.browser.overview_page import OverviewPage
from tests.browser.visitor import Visitor
from tests.e2e.deployment import Deployment

EXPERT, LEAD = USERS[0], USERS[2]
QUESTION = "How do I stop paying for an endpoint that I do not use?"
_TROUBLE = ("ERR_FAILED", "status of 5", "status of 4", "WebSocket connection")


def _path(pattern: str) -> re.Pattern[str]:
    """Addresses of the API, which the engine serves below this one; the query does not matter."""
    return re.compile(rf"/_aws/execute-api/\w+{pattern}(\?.*)?$")


@contextmanager
def trouble(
    visitor: Visitor, path: str, status: int | None = None, code: str = ""
) -> Iterator[None]:
    """The server is not reached at this path of the API, or answers so."""

    def answer(route: Route) -> None:
        if status is None:
            route.abort()
            return
        origin = urlsplit(visitor.page.url)
        route.fulfill(
            status=status,
            json={"message": "Trouble", "detail": {}} | ({"code": code} if code else {}),
            headers={"access-control-allow-origin": f"{origin.scheme}://{origin.netloc}"},
        )

    visitor.watch.expect(*_TROUBLE)
    visitor.page.route(_path(path), answer)
    yield
    visitor.page.unroute(_path(path), answer)


@contextmanager
def held_up(page: Page, path: str) -> Iterator[None]:
    """Nothing is answered at this path of the API before the block ends."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(_path(path), hold)
    yield
    for route in held:
        route.continue_()
    page.unroute(_path(path), hold)


# --- the chat ------------------------------------------------------------------------------------
def test_the_chat_is_usable_before_its_settings_are_there_and_finds_them_later(
    deployment: Deployment, visit: Visits
) -> None:
    chat = ChatPage(visit(), deployment.stack.chat_url)
    with trouble(chat.visitor, "/settings"):
        chat.open()
        expect(chat.greeting).to_have_count(0)
        chat.field.fill("Hello")
        expect(chat.send).to_be_enabled()
    expect(chat.greeting).to_be_visible()
    expect(chat.field).to_have_value("Hello")


@pytest.mark.parametrize("status", [None, 503], ids=["not reached", "in trouble"])
def test_a_first_message_that_finds_no_server_is_kept_and_sent_later(
    customer: Customers, status: int | None
) -> None:
    chat = customer()
    with trouble(chat.visitor, "/conversations", status):
        chat.says(QUESTION)
        expect(chat.own).to_contain_text("Not sent.")
        expect(chat.at.get_by_text("The chat cannot be reached")).to_be_visible()
    chat.own.get_by_role("button", name="Try again").click()
    expect(chat.answers).to_have_count(1)
    assert chat.said == ["You", "Assistant"]
    expect(chat.at.get_by_text("The chat cannot be reached")).to_have_count(0)


def test_too_many_conversations_are_refused_with_what_to_do(customer: Customers) -> None:
    chat = customer()
    with trouble(chat.visitor, "/conversations", 429, "too_many_requests"):
        chat.says(QUESTION)
        expect(chat.at.get_by_text("Too many conversations were begun")).to_be_visible()
    chat.own.get_by_role("button", name="Try again").click()
    expect(chat.answers).to_have_count(1)


def test_a_conversation_that_is_being_loaded_says_so(customer: Customers) -> None:
    chat = customer()
    chat.asks(QUESTION)
    with held_up(chat.page, f"/conversations/{chat.conversation_id}"):
        chat.page.reload()
        expect(chat.at.get_by_text("Loading your conversation…")).to_be_visible()
    expect(chat.answers).to_have_count(1)
    expect(chat.at.get_by_text("Loading your conversation…")).to_have_count(0)


def test_an_action_that_fails_is_said_and_can_be_done_again(customer: Customers) -> None:
    chat = customer()
    chat.asks(QUESTION)
    with trouble(chat.visitor, "/conversations/.+/person", 500):
        chat.talk_to_person.click()
        expect(chat.at.get_by_text("That did not work.")).to_be_visible()
    chat.talk_to_person.click()
    expect(chat.waiting).to_be_visible()
    expect(chat.at.get_by_text("That did not work.")).to_have_count(0)


# --- the desk ------------------------------------------------------------------------------------
def test_an_empty_queue_says_so(desk: Desks) -> None:
    expert = desk()
    expert.page.route(_path("/desk/queue"), _nothing)
    expert.open()
    expect(expert.queue).to_contain_text("Nobody is waiting.")
    expect(expert.queue).to_contain_text("You hold no conversation.")
    expect(expert.page.get_by_text("Choose a conversation from the queue.")).to_be_visible()


def _nothing(route: Route) -> None:
    origin = {"access-control-allow-origin": "*"}
    route.fulfill(json={"escalations": []}, headers=origin)


def test_a_desk_whose_server_is_not_reached_says_so_and_opens_when_it_is(
    deployment: Deployment, desk: Desks
) -> None:
    expert = desk()
    with trouble(expert.visitor, "/desk/settings"):
        expert.page.reload()
        expect(expert.page.get_by_text("The desk’s server is not reached.")).to_be_visible()
        expect(expert.page.get_by_role("button", name="Try again")).to_be_enabled()
    expect(expert.queue).to_be_visible()


def test_a_queue_that_is_being_read_says_so(desk: Desks) -> None:
    expert = desk()
    with held_up(expert.page, "/desk/queue"):
        expert.page.reload()
        expect(expert.queue.get_by_role("status", name="Loading").first).to_be_visible()
    expect(expert.queue.get_by_role("status", name="Loading")).to_have_count(0)


def test_a_conversation_that_cannot_be_read_says_so_until_it_can(
    customer: Customers, desk: Desks
) -> None:
    chat = customer()
    chat.talk_to_person.click()
    expect(chat.waiting).to_be_visible()
    expert = desk()
    column = expert.column(chat.conversation_id)
    with trouble(expert.visitor, f"/desk/conversations/{chat.conversation_id}", 503):
        expert.open(f"?conversation={chat.conversation_id}")
        expect(column.at).to_contain_text("The conversation could not be read.")
        expect(column.at.get_by_role("button", name="Try again")).to_be_enabled()
    expect(column.take_over).to_be_visible()


def test_a_conversation_that_is_not_there_says_so(desk: Desks) -> None:
    expert = desk()
    expert.visitor.watch.expect("status of 404")
    expert.open("?conversation=nowhere")
    expect(expert.column("nowhere").at).to_contain_text("There is no such conversation")


def test_somebody_who_is_neither_expert_nor_lead_is_told_whom_to_ask(desk: Desks) -> None:
    expert = desk()
    with trouble(expert.visitor, "/desk/.*", 403, "access_denied"):
        expert.page.reload()
        expect(expert.page.get_by_role("heading", name="No access to the desk")).to_be_visible()


def test_whoever_signs_out_has_to_sign_in_again(deployment: Deployment, visit: Visits) -> None:
    desk = DeskPage(visit(), deployment.stack.desk_url)
    desk.page.goto(desk.url)
    desk.signs_in(EXPERT)
    # Chromium says so when somebody signs out while the desk still connects.
    desk.visitor.watch.expect("WebSocket is closed before the connection is established")
    desk.page.get_by_role("button", name=EXPERT.name).click()
    desk.page.get_by_role("menuitem", name="Sign out").click()
    expect(desk.sign_in).to_be_visible()
    desk.page.reload()
    expect(desk.sign_in).to_be_visible()
    assert desk.page.evaluate("() => Object.keys(localStorage).join()") == ""


# --- the overview --------------------------------------------------------------------------------
def test_an_overview_that_is_being_counted_keeps_its_place(desk: Desks) -> None:
    overview = OverviewPage(desk("/overview", LEAD))
    with held_up(overview.page, "/desk/overview"):
        overview.page.reload()
        expect(overview.heading).to_be_visible()
        expect(overview.page.get_by_role("button", name="Export as CSV")).to_be_disabled()
    overview.figure("Conversations")


def test_a_period_without_conversations_says_so(desk: Desks) -> None:
    overview = OverviewPage(desk("/overview?period=yesterday", LEAD))
    expect(overview.page.get_by_text("No conversation was begun in this period.")).to_be_visible()
    assert overview.figure("Conversations") == 0


def test_an_overview_that_cannot_be_read_says_so_and_keeps_older_figures(desk: Desks) -> None:
    overview = OverviewPage(desk("/overview", LEAD))
    overview.figure("Conversations")
    with trouble(overview.visitor, "/desk/overview", 503):
        overview.refresh()
        expect(overview.page.get_by_text("they could not be refreshed")).to_be_visible()
        overview.figure("Conversations")
        overview.page.reload()
        expect(
            overview.page.get_by_text("The figures could not be read", exact=True)
        ).to_be_visible()
    overview.failure.click()
    overview.figure("Conversations")


def test_an_expert_is_told_that_the_overview_is_for_leads(desk: Desks) -> None:
    expert = desk()
    expect(expert.bar.get_by_role("link", name="Overview")).to_have_count(0)
    expert.visitor.watch.expect("status of 403")
    expert.open("/overview")
    expect(expert.page.get_by_text("The overview is for leads")).to_be_visible()


# --- other addresses -----------------------------------------------------------------------------
def test_an_address_that_is_none_says_so(deployment: Deployment, visit: Visits) -> None:
    visitor = visit()
    visitor.watch.expect("status of 404")
    answer = visitor.page.goto(f"{deployment.stack.pages.url}/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(visitor.page.get_by_role("heading")).to_be_visible()
