"""The network goes and comes back: nothing is lost, nothing is there twice."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Route, WebSocketRoute, expect

from tandem.live.access import conversation_token
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Customers, Desks, Visits
from tests.e2e.deployment import POLICY, Deployment, Json
from tests.e2e.waiting import until

ENDPOINT = "How do I stop paying for an endpoint that I do not use?"
LOGS = "Where do I find the logs of a training job?"
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection")
"""What Chromium writes into the console, and what fails, without a network."""
_A_LOOK = re.compile(r"\w+ \w+")


class Line:
    """The way of a page's sockets to the server, which can be cut, or die without a word."""

    def __init__(self, chat: ChatPage) -> None:
        self.dead = False
        self._open: list[WebSocketRoute] = []
        chat.page.route_web_socket(re.compile("/live"), self._connect)

    def _connect(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        dies = not self._open
        page.on_message(lambda text: None if dies and self.dead else server.send(text))
        server.on_message(lambda text: None if dies and self.dead else page.send(text))
        self._open.append(page)

    def cut(self) -> None:
        self._open[-1].close(code=1011, reason="cut")


def _is_answered(deployment: Deployment, chat: ChatPage, times: int = 1) -> None:
    def answered() -> bool:
        turns: list[Json] = deployment.as_customer(chat.conversation_id)["turns"]
        return [turn["author"] for turn in turns].count("assistant") == times

    until(answered, "the answer is stored")


def test_an_answer_missed_offline_appears_once_and_a_message_written_offline_is_sent_once(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    chat.visitor.watch.expect(*OFFLINE)
    with deployment.pace(token_ms=500):
        chat.says(ENDPOINT)
        expect(chat.streaming).to_contain_text(_A_LOOK)
        chat.visitor.context.set_offline(True)
        expect(chat.at.get_by_text("You are offline.")).to_be_visible()
        deployment.hurry()
        _is_answered(deployment, chat)
        chat.says(LOGS)
        expect(chat.at.get_by_text("Sending…")).to_be_visible()
        expect(chat.answers).to_have_count(0)

        chat.visitor.context.set_offline(False)
        expect(chat.answers).to_have_count(2)
    expect(chat.at.get_by_text("You are offline.")).to_have_count(0)
    deployment.settles()
    stored = deployment.as_customer(chat.conversation_id)["turns"]
    assert [turn["text"] for turn in stored if turn["author"] == "customer"] == [ENDPOINT, LOGS]
    assert chat.said == ["You", "Assistant", "You", "Assistant"]


def test_a_socket_that_is_cut_in_the_middle_of_an_answer_comes_back_by_itself(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    line = Line(chat)
    with deployment.pace(token_ms=500):
        chat.says(ENDPOINT)
        expect(chat.streaming).to_contain_text(_A_LOOK)
        line.cut()
        deployment.hurry()
        expect(chat.answers).to_have_count(1)
    chat.asks(LOGS)
    assert chat.said == ["You", "Assistant", "You", "Assistant"]


def test_a_message_into_a_dead_connection_arrives_all_the_same_and_is_answered(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    line = Line(chat)
    chat.asks(ENDPOINT)
    line.dead = True

    chat.says(LOGS)

    expect(chat.answers).to_have_count(2)
    assert chat.said == ["You", "Assistant", "You", "Assistant"]


def test_a_page_loaded_again_in_the_middle_of_an_answer_shows_it_once(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    with deployment.pace(token_ms=500):
        chat.says(ENDPOINT)
        expect(chat.streaming).to_contain_text(_A_LOOK)
        begun = chat.streaming.text_content() or ""
        chat.page.reload()
        expect(chat.own).to_contain_text(ENDPOINT)
        # What was there of it before, and how it goes on.
        expect(chat.streaming).to_contain_text(begun)
        deployment.hurry()
        expect(chat.answers).to_have_count(1)
    assert chat.said == ["You", "Assistant"]


def test_what_was_typed_and_not_sent_is_there_after_a_reload(customer: Customers) -> None:
    chat = customer()
    chat.field.fill("Half a thou")
    chat.page.reload()
    expect(chat.field).to_have_value("Half a thou")


def test_a_token_is_renewed_before_it_expires(deployment: Deployment, customer: Customers) -> None:
    limits = {**POLICY["limits"], "token_minutes": 1}
    with deployment.policy({"limits": limits}, "ServeCustomer"):
        chat = customer()
        chat.asks(ENDPOINT)
        with chat.page.expect_response(re.compile("/token$")) as renewed:
            chat.page.reload()
        assert renewed.value.ok
        chat.asks(LOGS)


def test_a_conversation_that_cannot_be_opened_any_more_gives_way_to_another(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    line = Line(chat)
    chat.asks(ENDPOINT)
    name = chat.conversation_id
    chat.visitor.watch.expect("status of 401")
    chat.page.route(f"**/conversations/{name}**", _refuse)
    line.cut()
    expect(chat.at.get_by_text("This conversation cannot be opened any more.")).to_be_visible()
    chat.at.get_by_role("button", name="Begin a new conversation").click()
    chat.asks(LOGS)
    assert chat.said == ["You", "Assistant"]
    assert chat.conversation_id != name


def _refuse(route: Route) -> None:
    """As the API does with a token that it does not accept."""
    body = {"code": "not_signed_in", "message": "Sign in again.", "detail": {}}
    cors = {"access-control-allow-origin": "*"}
    route.fulfill(status=401, json=body, headers=cors)


def test_a_token_that_expired_long_ago_is_forgotten_without_a_word(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    chat.asks(ENDPOINT)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    expired, _ = conversation_token(
        deployment.token_secret(), chat.conversation_id, "guest", long_ago, timedelta(hours=1)
    )
    chat.visitor.watch.expect("status of 401", "WebSocket connection")
    with chat.page.expect_response(re.compile("/conversations/")) as answered:
        chat.comes_back_to(chat.conversation_id, expired)
    assert answered.value.status == 401
    expect(chat.greeting).to_be_visible()
    assert chat.said == ["Assistant"]
    expect(chat.at.get_by_role("button", name="End conversation")).to_have_count(0)


def test_the_desk_reads_what_it_missed_and_sends_what_was_written_meanwhile_once(
    deployment: Deployment, customer: Customers, desk: Desks
) -> None:
    chat = customer()
    chat.talk_to_person.click()
    expect(chat.waiting).to_be_visible()
    expert = desk(f"?conversation={chat.conversation_id}")
    column = expert.column(chat.conversation_id)
    column.claims()
    expect(chat.header).to_contain_text("Ada Expert")

    expert.visitor.watch.expect(*OFFLINE)
    expert.visitor.context.set_offline(True)
    expect(expert.page.get_by_text("You are offline")).to_be_visible()
    chat.says("Is anybody there?")
    expect(chat.at.get_by_text("Sending…")).to_have_count(0)
    column.says("I am back.")
    expect(column.messages).to_contain_text("Not sent.")
    expert.visitor.context.set_offline(False)
    expect(chat.by("Ada Expert")).to_contain_text("I am back.")
    expect(column.messages).to_contain_text("Is anybody there?")
    expect(column.messages).not_to_contain_text("Not sent.")
    deployment.settles()
    stored = deployment.as_customer(chat.conversation_id)["turns"]
    said = [turn["text"] for turn in stored if turn["author"] in ("customer", "expert")]
    assert said == ["Is anybody there?", "I am back."]


def test_two_tabs_of_one_customer_show_the_same_conversation(
    customer: Customers, visit: Visits
) -> None:
    chat = customer()
    chat.asks(ENDPOINT)
    visitor = chat.visitor
    first = visitor.page
    visitor.page = visitor.context.new_page()
    second = ChatPage(visitor, chat.url).open()
    visitor.page = first
    expect(second.answers).to_have_count(1)

    chat.asks(LOGS)

    expect(second.answers).to_have_count(2)
    assert second.said == chat.said == ["You", "Assistant", "You", "Assistant"]
