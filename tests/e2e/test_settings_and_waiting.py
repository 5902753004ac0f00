"""What the pages ask for besides the talk: settings, the wait for a person, people, knowledge."""

from datetime import datetime, timedelta
from typing import Any

from local.contents import USERS
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.waiting import until

RUNGS = [
    {"name": "primary", "topic": "experts", "claim_within_seconds": 1},
    {"name": "lead", "topic": "leads", "claim_within_seconds": 600},
]
CHAT = {
    "title": {"en": "Acme help"},
    "suggestions": {"en": ["Where is my parcel?"], "de": ["Wo ist mein Paket?"]},
}
REPLIES = [{"title": "Hello", "text": "Hello, how can I help?"}]


def test_a_page_shows_the_chats_words_before_it_has_a_token(deployment: Deployment) -> None:
    api = deployment.api()
    with deployment.policy({"chat": CHAT}, "ServeCustomer"):
        german, english = api.get("/settings", language="de-AT"), api.get("/settings")

    assert german == {
        "title": "Acme help",
        "greeting": "Hallo! Was kann ich für Sie tun?",
        "suggestions": ["Wo ist mein Paket?"],
        "max_message_chars": 4000,
        "person": True,
        "assistant": True,
    }
    assert english["greeting"] == "Hello! What can I do for you?"
    assert english["suggestions"] == ["Where is my parcel?"]


def test_the_customer_sees_each_step_of_the_wait_as_it_comes(
    deployment: Deployment, customer: Customer, expert: Expert
) -> None:
    def told(step: int, *, timed: bool) -> dict[str, Any]:
        """The first frame of the wait with this step."""
        found: dict[str, Any] = until(
            lambda: next(
                (
                    frame["waiting"]
                    for frame in customer.socket.all(type="waiting")
                    if frame["waiting"]["step"] == step
                    and (frame["waiting"]["until"] is not None) == timed
                ),
                None,
            ),
            f"the customer sees step {step}",
        )
        return found

    assert customer.read()["waiting"] is None
    with deployment.policy({"ladder": RUNGS}, "AdvanceEscalation", "ReceiveFrame", "ServeCustomer"):
        customer.does("person")
        asked, first, second = told(1, timed=False), told(1, timed=True), told(2, timed=True)
        assert customer.read()["waiting"] == second

    assert {wait["steps"] for wait in (asked, first, second)} == {2}
    assert asked["since"] == first["since"] == second["since"]
    since, one, two = (
        datetime.fromisoformat(moment)
        for moment in (asked["since"], first["until"], second["until"])
    )
    assert since < one < two
    assert two - one >= timedelta(seconds=600)
    waits = customer.socket.all(type="waiting")
    assert len(waits) == 3, "the same is never pushed twice"

    expert.claims(customer.conversation_id)
    assert customer.hears("expert_joined")["owner"] == "expert"
    assert customer.read()["waiting"] is None
    assert customer.socket.all(type="waiting") == waits


def test_the_desk_knows_its_settings_and_who_is_there(
    deployment: Deployment, expert: Expert
) -> None:
    with deployment.policy({"desk": {"canned_replies": REPLIES}}, "ServeDesk"):
        settings = expert.api.get("/desk/settings")

    me = {"user": USERS[0].user, "name": expert.name, "lead": False}
    assert settings == {
        "me": me,
        "heartbeat_seconds": 600,
        "max_message_chars": 4000,
        "canned_replies": REPLIES,
    }

    lead = {"user": USERS[2].user, "name": USERS[2].name, "lead": True}
    with deployment.expert(USERS[2]) as there, deployment.expert(USERS[0]):
        people = there.api.get("/desk/people")["people"]
        assert [person for person in people if person["user"] == me["user"]] == [me]
        assert lead in people
    until(
        lambda: lead not in expert.api.get("/desk/people")["people"],
        "the lead has left the desk",
    )


def test_what_would_become_knowledge_is_shown_without_personal_data(
    customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    assert expert.api.send("GET", f"/desk/conversations/{name}/knowledge").status_code == 404
    customer.does("person")
    expert.sees(name, "waiting")
    expert.claims(name)
    customer.says("Can you send the invoice to jo@example.com?")
    expert.says(name, "It is on its way to jo@example.com.")

    preview = expert.api.get(f"/desk/conversations/{name}/knowledge")
    assert preview == {
        "question": "Can you send the invoice to [email]?",
        "answer": "It is on its way to [email].",
    }

    expert.does("resolve", name, outcome="invoice sent")
    assert expert.api.get(f"/desk/conversations/{name}/knowledge") == preview
    view = expert.read(name)
    assert view["created_at"] < view["closed_at"]
    (escalation,) = view["escalations"]
    assert (escalation["outcome"], escalation["ended_at"]) == ("invoice sent", view["closed_at"])
