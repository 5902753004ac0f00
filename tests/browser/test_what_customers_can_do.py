"""What the chat offers beside question and answer."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Customers, Visits
from tests.browser.visitor import GERMAN
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment

QUESTION = "How do I stop paying for an endpoint that I do not use?"


def test_a_person_is_called_before_anything_was_written(
    deployment: Deployment, customer: Customers
) -> None:
    chat = customer()
    chat.talk_to_person.click()

    expect(chat.messages).to_contain_text("I am calling a colleague to help you.")
    expect(chat.waiting).to_contain_text("You can go on writing.")
    with deployment.expert() as expert:
        assert expert.sees(chat.conversation_id, "waiting")["trigger"] == "button"


def test_a_thumb_down_asks_why_and_both_are_kept(bus: Bus, customer: Customers) -> None:
    chat = customer()
    chat.asks(QUESTION)
    chat.answers.get_by_role("button", name="Not helpful").click()
    chat.answers.get_by_role("radio", name="It is not correct").check()
    chat.answers.get_by_role("textbox", name="In your own words").fill("It is cheaper now.")
    chat.answers.get_by_role("button", name="Send").click()

    expect(chat.answers).to_contain_text("Thank you, that helps us.")
    rated = bus.wait(
        chat.conversation_id, "Answer Rated", reason="It is not correct: It is cheaper now."
    )
    assert rated["thumb"] == "down"
    chat.page.reload()
    thumb = chat.answers.get_by_role("button", name="Not helpful")
    expect(thumb).to_have_attribute("aria-pressed", "true")


def test_nobody_comes_and_the_customer_is_told_the_truth(
    deployment: Deployment, customer: Customers
) -> None:
    ladder = [
        {"name": "primary", "topic": "experts", "claim_within_seconds": 1},
        {"name": "lead", "topic": "leads", "claim_within_seconds": 1},
    ]
    chat = customer()
    with deployment.policy({"ladder": ladder}, "AdvanceEscalation"):
        chat.talk_to_person.click()
        expect(chat.messages).to_contain_text("Nobody was free yet.")
        expect(chat.messages).to_contain_text("I am sorry: nobody could come in time.")
    expect(chat.waiting).to_have_count(0)
    expect(chat.header).to_contain_text("You are talking to the assistant")
    expect(chat.talk_to_person).to_be_enabled()
    assert "Source" in chat.asks(QUESTION)


def test_a_conversation_that_has_ended_is_continued_or_another_one_begun(
    customer: Customers,
) -> None:
    chat = customer()
    chat.asks(QUESTION)
    name = chat.conversation_id
    chat.ends()
    expect(chat.field).to_have_count(0)
    chat.ended.get_by_role("button", name="Continue this conversation").click()
    expect(chat.messages).to_contain_text("The conversation is open again.")
    chat.asks("Where do I find the logs of a training job?")
    assert chat.conversation_id == name

    chat.ends()
    chat.ended.get_by_role("button", name="Begin a new conversation").click()
    expect(chat.greeting).to_be_visible()
    assert chat.said == ["Assistant"]
    chat.says("Hello")
    expect(chat.at.get_by_text("Sending…")).to_have_count(0)
    expect(chat.own).to_have_count(1)
    assert chat.conversation_id != name


def test_a_question_is_chosen_from_the_suggestions(
    deployment: Deployment, customer: Customers
) -> None:
    suggestions = {"suggestions": {"en": [QUESTION, "What does a warm pool cost?"]}}
    with deployment.policy({"chat": suggestions}, "ServeCustomer"):
        chat = customer()
        chat.at.get_by_role("menuitem", name=QUESTION).click()
        expect(chat.answers).to_contain_text("Source")
    assert chat.said == ["You", "Assistant"]


def test_a_message_that_is_too_long_is_not_sent_and_says_by_how_much(
    customer: Customers,
) -> None:
    chat = customer()
    chat.field.fill("x" * 4003)
    expect(chat.field).to_have_accessible_description(re.compile("over the limit: 3$"))
    chat.field.press("Enter")
    expect(chat.own).to_have_count(0)
    expect(chat.field).to_have_value("x" * 4003)


def test_shift_and_enter_begin_a_new_line_and_enter_sends_all(customer: Customers) -> None:
    chat = customer()
    chat.field.press_sequentially("one")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("two")
    chat.field.press("Enter")
    expect(chat.own).to_have_text(re.compile("one\ntwo"), use_inner_text=True)


def test_a_german_customer_reads_german(deployment: Deployment, visit: Visits) -> None:
    chat = {
        "title": {"en": "Help", "de": "Hilfe"},
        "greeting": {"de": "Guten Tag! Was möchten Sie wissen?"},
    }
    with deployment.policy({"chat": chat}, "ServeCustomer"):
        page = visit(**GERMAN).page
        page.goto(deployment.stack.chat_url)
        expect(page.get_by_role("heading", name="Hilfe")).to_be_visible()
        expect(page).to_have_title("Hilfe")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.get_by_text("Guten Tag! Was möchten Sie wissen?")).to_be_visible()
        expect(page.get_by_text("Sie sprechen mit dem Assistenten")).to_be_visible()
        page.get_by_role("button", name="Mit einem Menschen sprechen").click()
        expect(page.get_by_role("region", name="Nachrichten")).to_contain_text(
            "Ich hole eine Kollegin oder einen Kollegen dazu."
        )
        expect(page.get_by_role("region", name="Es wird ein Mensch gerufen")).to_contain_text(
            re.compile(r"Ist bis \d\d:\d\d niemand frei, werden weitere gerufen\.")
        )
