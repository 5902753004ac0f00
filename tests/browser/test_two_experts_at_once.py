"""Many reach for one conversation at the desk."""

from playwright.sync_api import Route, expect

from local.contents import USERS
from tests.browser.conftest import Customers, Desks


def test_of_two_experts_who_take_over_at_once_one_wins_and_the_other_sees_who(
    customer: Customers, desk: Desks
) -> None:
    chat = customer()
    chat.talk_to_person.click()
    expect(chat.waiting).to_be_visible()
    name = chat.conversation_id
    desks = {user.name: desk(f"?conversation={name}", user) for user in USERS[:2]}
    columns = {who: desk.column(name) for who, desk in desks.items()}
    claims: list[Route] = []

    def arrives(claim: Route) -> None:
        claims.append(claim)
        if len(claims) == len(desks):
            for both in claims:
                both.continue_()

    for who, column in columns.items():
        # The slower one's request is refused, which Chromium writes into the console.
        desks[who].visitor.watch.expect("status of 409")
        desks[who].page.route("**/claim", arrives)
        column.take_over.click()
    expect(chat.header).to_contain_text("You are talking to")
    (winner,) = [who for who in columns if who in chat.header.inner_text()]
    (loser,) = set(columns) - {winner}

    expect(columns[loser].at.get_by_role("alert")).to_contain_text(
        f"{winner} was faster and has taken this conversation over."
    )
    expect(columns[winner].at.get_by_text("You hold it")).to_be_visible()
    expect(columns[loser].at.get_by_text(f"{winner} holds it")).to_be_visible()
    expect(columns[loser].field).to_have_count(0)
    # In the queue, the entry of a conversation that stands in a column says so.
    expect(desks[winner].mine.get_by_text("open", exact=True)).to_be_visible()
    expect(desks[loser].mine.get_by_text("open", exact=True)).to_have_count(0)
    expect(chat.messages.get_by_text("has joined the conversation.")).to_have_count(1)

    columns[winner].says("I am here.")
    expect(chat.by(winner)).to_contain_text("I am here.")
    columns[loser].at.get_by_role("button", name="Read again").click()
    expect(columns[loser].messages).to_contain_text("I am here.")
