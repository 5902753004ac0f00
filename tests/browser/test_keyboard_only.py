"""Everything that matters is done without a mouse, and one sees where one is."""

import re

from playwright.sync_api import expect

from local.contents import PASSWORD, USERS
from tests.browser.conftest import Customers, Visits
from tests.browser.desk_page import DeskPage
from tests.browser.keyboard import Keyboard
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer
from tests.e2e.waiting import until

QUESTION = "How do I stop paying for an endpoint that I do not use?"
EXPERT = USERS[0]


def test_a_customer_asks_rates_calls_ends_and_rates_again(customer: Customers) -> None:
    chat = customer()
    keyboard = Keyboard(chat.page)
    expect(chat.field).to_be_focused()  # at once
    keyboard.type(QUESTION)
    keyboard.press("Enter")
    expect(chat.answers).to_have_count(1)
    expect(chat.field).to_be_focused()

    keyboard.go_to(chat.answers.get_by_role("button", name="Not helpful"), "Shift+Tab")
    keyboard.press("Enter")
    keyboard.go_to(chat.answers.get_by_role("radio").first)
    keyboard.press("ArrowDown")
    keyboard.go_to(chat.answers.get_by_role("button", name="Send"))
    keyboard.press("Enter")
    expect(chat.answers).to_contain_text("Thank you, that helps us.")

    keyboard.go_to(chat.talk_to_person, "Shift+Tab")
    keyboard.press("Enter")
    expect(chat.waiting).to_be_visible()
    keyboard.go_to(chat.at.get_by_role("button", name="End conversation"))
    keyboard.press("Enter")
    expect(chat.ended).to_be_visible()
    keyboard.go_to(chat.at.get_by_role("radio", name="1 star"))
    keyboard.press("ArrowRight")
    expect(chat.at.get_by_role("radio", name="2 stars")).to_be_checked()
    keyboard.go_to(chat.at.get_by_role("button", name="Send rating"))
    keyboard.press("Enter")
    expect(chat.at.get_by_text("Thank you for your rating.")).to_be_visible()


def test_an_expert_signs_in_takes_over_answers_and_hands_back(
    deployment: Deployment, visit: Visits
) -> None:
    visitor = visit()
    desk = DeskPage(visitor, deployment.stack.desk_url)
    keyboard = Keyboard(desk.page)
    with deployment.customer() as customer:
        customer.says("My endpoint is gone. I want to talk to a human!")
        customer.hears("person_coming")
        desk.page.goto(desk.url)
        expect(desk.name).to_be_focused()  # at once
        keyboard.type(EXPERT.email)
        keyboard.go_to(desk.password)
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        _takes_the_newest_call(desk, keyboard, customer)

        column = desk.column(customer.conversation_id)
        keyboard.type("Hello")
        keyboard.press("Enter")
        keyboard.type("I am here.")
        keyboard.press("Control+Enter")
        said = customer.socket.wait(type="turn", author="expert")
        assert said["text"] == "Hello\nI am here."
        expect(column.field).to_be_focused()

        keyboard.go_to(column.at.get_by_role("button", name="Hand back …"))
        keyboard.press("Enter")
        asked = desk.page.get_by_role("dialog", name="Hand back to the assistant")
        keyboard.go_to(asked.get_by_role("textbox", name="Outcome"))
        keyboard.type("helped")
        keyboard.go_to(asked.get_by_role("checkbox", name="Add to knowledge"))
        keyboard.press("Space")
        expect(asked).to_contain_text("My endpoint is gone.")
        keyboard.go_to(asked.get_by_role("button", name="Hand back"))
        keyboard.press("Enter")
        customer.hears("handed_back")
        expect(asked).to_have_count(0)
        until(
            lambda: not keyboard.focused.startswith("body"),
            "the focus is somewhere, not thrown back to the beginning of the page",
        )


def _takes_the_newest_call(desk: DeskPage, keyboard: Keyboard, customer: Customer) -> None:
    """From the queue, by its arrows."""
    entries = desk.queue.get_by_role("list", name="Waiting").get_by_role("button")
    expect(entries.first).to_be_visible()
    keyboard.press("Alt+q")
    expect(entries.first).to_be_focused()
    for _ in range(entries.count() - 1):
        keyboard.press("ArrowDown")
    expect(entries.last).to_be_focused()
    keyboard.press("Enter")
    column = desk.column(customer.conversation_id)
    expect(column.messages).to_contain_text("My endpoint is gone.")
    keyboard.press("Alt+o")
    expect(column.field).to_be_focused()
    expect(column.at.get_by_text("You hold it")).to_be_visible()


def test_the_shortcuts_are_told(deployment: Deployment, visit: Visits) -> None:
    desk = DeskPage(visit(), deployment.stack.desk_url)
    desk.page.goto(desk.url)
    desk.signs_in(EXPERT)
    keyboard = Keyboard(desk.page)
    help_button = desk.page.get_by_role("button", name="Keyboard shortcuts")
    keyboard.go_to(help_button)
    keyboard.press("Enter")
    told = desk.page.get_by_role("dialog")
    expect(told).to_contain_text(re.compile(r"Alt\+O"))
    keyboard.press("Escape")
    expect(told).to_have_count(0)
    expect(help_button).to_be_focused()
