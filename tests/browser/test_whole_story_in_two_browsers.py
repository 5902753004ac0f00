"""From the first question to the transcript, as customer, expert and lead see it."""

import re
from typing import Any

from playwright.sync_api import expect

from local.contents import USERS
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Customers, Desks, Visits
from tests.browser.desk_page import Column, DeskPage
from tests.browser.mail_page import MailPage
from tests.browser.overview_page import OverviewPage
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import until

EXPERT, LEAD = USERS[0], USERS[2]
QUESTION = "How do I stop paying for an endpoint that I do not use?"
ANGER = (
    "This is a disgrace, I hate it! My bill is a nightmare. How do I delete an endpoint? "
    "(+1 415 555 0134)"
)
EDITED = "Delete the endpoint in the console. Its configuration costs nothing."


def test_question_anger_a_person_hand_back_rating_and_archive(
    deployment: Deployment, customer: Customers, visit: Visits, desk: Desks
) -> None:
    overview = OverviewPage(desk("/overview", LEAD))
    before = {name: overview.figure(name) for name in ("Conversations", "Calls for a person")}
    chat = customer()

    _the_answer_streams_and_names_its_source(deployment, chat)
    _the_customer_is_told_what_happens_and_until_when(chat)
    column = _the_mail_leads_to_the_conversation(deployment, chat, visit)
    _nobody_writes_there_before_taking_over(chat, column)
    _each_sees_the_other_typing(chat, column)
    _the_draft_is_sent_edited(chat, column)
    _it_is_handed_back_with_what_others_may_learn(chat, column)
    answer = chat.asks(QUESTION)
    assert "Source" in answer
    chat.ends()
    chat.rates("5 stars: very good", "a person, at last")

    _the_archive_has_it_all(deployment, chat)
    overview.refresh()
    after = {name: count + 1 for name, count in before.items()}
    until(lambda: {name: overview.figure(name) for name in before} == after, "it is counted")


def _the_answer_streams_and_names_its_source(deployment: Deployment, chat: ChatPage) -> None:
    with deployment.pace(token_ms=500):
        chat.says(QUESTION)
        expect(chat.streaming).to_contain_text(re.compile(r"\w+ \w+"))
        begun = chat.streaming.inner_text().splitlines()[-1]
        deployment.hurry()
        expect(chat.answers).to_have_count(1)
    whole = chat.answers.inner_text()
    assert begun in whole
    assert "Source: " in whole


def _the_customer_is_told_what_happens_and_until_when(chat: ChatPage) -> None:
    chat.says(ANGER)
    expect(chat.messages).to_contain_text("I am calling a colleague to help you.")
    expect(chat.header).to_contain_text("Waiting for a person")
    expect(chat.waiting).to_contain_text(re.compile(r"Waiting since \d\d:\d\d"))
    expect(chat.waiting).to_contain_text("Step 1 of 2")
    expect(chat.waiting).to_contain_text(
        re.compile(r"If nobody is free by \d\d:\d\d .M, further colleagues are called\.")
    )
    expect(chat.talk_to_person).to_be_disabled()
    expect(chat.answers).to_have_count(1)


def _the_mail_leads_to_the_conversation(
    deployment: Deployment, chat: ChatPage, visit: Visits
) -> Column:
    name = chat.conversation_id
    until(lambda: deployment.mails(name, EXPERT.email), "the expert has the e-mail")
    expert = visit()
    mail = MailPage(expert, deployment.stack.mail_url).open(EXPERT.email)
    expect(mail.about(name)).not_to_contain_text("555 0134")

    expert.page = mail.follow_link_about(name)
    desk = DeskPage(expert, deployment.stack.desk_url)
    expect(desk.page.get_by_text("Opening it decides nothing.")).to_be_visible()
    desk.signs_in(EXPERT)

    column = desk.column(name)
    expect(column.messages).to_contain_text(ANGER)
    expect(column.at).to_have_count(1)
    expect(desk.page.get_by_role("log")).to_have_count(1)
    return column


def _nobody_writes_there_before_taking_over(chat: ChatPage, column: Column) -> None:
    expect(column.take_over).to_be_visible()
    expect(column.field).to_have_count(0)
    expect(chat.header).to_contain_text("Waiting for a person")
    column.claims()
    expect(chat.messages).to_contain_text("Ada Expert has joined the conversation.")
    expect(chat.header).to_contain_text("You are talking to Ada Expert")
    expect(chat.waiting).to_have_count(0)


def _each_sees_the_other_typing(chat: ChatPage, column: Column) -> None:
    chat.says("Are you there?")
    expect(column.messages).to_contain_text("Are you there?")
    column.field.press_sequentially("Hello, I am here.")
    expect(chat.at.get_by_text("Ada Expert is typing…")).to_be_visible()
    column.field.press("Control+Enter")
    expect(chat.by("Ada Expert")).to_contain_text("Hello, I am here.")
    expect(chat.at.get_by_text("Ada Expert is typing…")).to_have_count(0)

    chat.field.press_sequentially("Nobody stopped it.")
    expect(column.messages.get_by_text(re.compile(r"^Guest \w+ is typing …$"))).to_be_visible()
    chat.field.press("Enter")
    expect(column.messages).to_contain_text("Nobody stopped it.")


def _the_draft_is_sent_edited(chat: ChatPage, column: Column) -> None:
    expect(column.messages).to_contain_text("Withheld answer")
    column.at.get_by_role("button", name="Edit", exact=True).click()
    expect(column.field).not_to_have_value("")
    column.says(EDITED)
    expect(chat.by("Ada Expert").last).to_contain_text(EDITED)
    expect(chat.by("Ada Expert").last).to_contain_text("Source")
    expect(column.messages).not_to_contain_text("Withheld answer")


def _it_is_handed_back_with_what_others_may_learn(chat: ChatPage, column: Column) -> None:
    asked = column.ending("Hand back …", "Hand back to the assistant")
    asked.get_by_role("textbox", name="Outcome").fill("helped")
    asked.get_by_role("checkbox", name="Add to knowledge").check()
    expect(asked).to_contain_text("How do I delete an endpoint? ([phone])")
    expect(asked).not_to_contain_text("555 0134")
    expect(asked).to_contain_text(EDITED)
    asked.get_by_role("button", name="Hand back").click()
    expect(asked).to_have_count(0)
    expect(chat.messages).to_contain_text("Ada Expert has left. The assistant answers again.")
    expect(chat.messages).to_contain_text("How was your talk with Ada Expert?")
    expect(column.field).to_have_count(0)


def _the_archive_has_it_all(deployment: Deployment, chat: ChatPage) -> None:
    """As the customer has seen it, with the rating that came after the end."""

    def rated() -> dict[str, Any] | None:
        newest = list(deployment.transcripts(chat.conversation_id).values())[-1:]
        return newest[0] if newest and newest[0]["ratings"] else None

    newest = until(rated, "the transcript with the late rating is there")
    authors = [turn["author"] for turn in newest["turns"] if turn["author"] != "system"]
    assert authors == [
        "customer", "assistant", "customer", "customer", "expert", "customer", "expert",
        "customer", "assistant",
    ]  # fmt: skip
    shown = chat.messages.inner_text()
    for turn in newest["turns"]:
        assert turn["text"] in shown
    assert [rating["stars"] for rating in newest["ratings"]] == [5]
    (escalation,) = newest["escalations"]
    assert escalation["trigger"] == "negative_sentiment"
    assert escalation["outcome"] == "helped"
    assert escalation["knowledge"] is True
