"""A lead reads in figures what has just happened at the desk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.contents import USERS
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert, Json
from tests.e2e.waiting import until

PATH = "/desk/overview"
LEAD = USERS[2]


@pytest.fixture
def lead(deployment: Deployment) -> Iterator[Expert]:
    with deployment.expert(LEAD) as lead:
        yield lead


@pytest.fixture
def begin(deployment: Deployment) -> datetime:
    """When the test begins: what others have done lies before it."""
    deployment.settles()
    return datetime.now(UTC)


def read(lead: Expert, begin: datetime) -> Json:
    """What happened since the test began."""
    until_when = datetime.now(UTC) + timedelta(seconds=1)
    return lead.api.get(PATH, **{"from": begin.isoformat(), "to": until_when.isoformat()})


def test_a_lead_reads_what_was_just_done(
    deployment: Deployment, begin: datetime, lead: Expert, expert: Expert
) -> None:
    with deployment.customer() as helped, deployment.customer() as answered:
        _is_helped(helped, expert)
        _is_answered(answered)
        found = until(
            lambda: (o := read(lead, begin))["ratings"]["thumbs_up"] and o,
            "the overview shows the last that was done",
        )

    assert (found["conversations"], found["with_person"], found["share"]) == (2, 1, 0.5)
    assert found["reasons"] == [{"trigger": "button", "count": 1}]
    assert (found["escalations"], found["claimed"]) == (1, 1)
    assert (found["expired"], found["open"]) == (0, 0)
    assert found["claim_seconds"]["count"] == found["resolve_seconds"]["count"] == 1
    assert 0 <= found["claim_seconds"]["median"] <= (datetime.now(UTC) - begin).total_seconds()
    assert found["ratings"] == {
        "stars": [0, 0, 0, 0, 1], "average": 5.0, "thumbs_up": 1, "thumbs_down": 0,
    }  # fmt: skip
    assert sum(hour["conversations"] for hour in found["hours"]) == 2
    assert datetime.fromisoformat(found["from"]) == begin


def _is_helped(customer: Customer, expert: Expert) -> None:
    """By a person, who ends the conversation; it is rated twice, and the second time counts."""
    name = customer.conversation_id
    customer.does("person")
    expert.sees(name, "waiting")
    expert.claims(name)
    expert.does("resolve", name, outcome="solved")
    customer.does("rate", stars=1)
    customer.does("rate", stars=5)


def _is_answered(customer: Customer) -> None:
    answer = customer.asks("How do I stop paying for an endpoint that I do not use?")
    customer.does("thumb", turn_id=answer["turn_id"], thumb="up")


def test_who_waits_is_open_until_nobody_is_called_any_more(
    begin: datetime, lead: Expert, customer: Customer
) -> None:
    customer.does("person")
    waiting = until(lambda: (o := read(lead, begin))["open"] and o, "the call is counted")
    customer.does("close")
    gone = until(lambda: not (o := read(lead, begin))["open"] and o, "the call has ended")

    assert (waiting["escalations"], waiting["claimed"], waiting["open"]) == (1, 0, 1)
    assert (gone["escalations"], gone["claimed"], gone["expired"]) == (1, 0, 0)


def test_an_expert_does_not_read_it(expert: Expert, begin: datetime) -> None:
    later = begin + timedelta(hours=1)
    periods: list[Json] = [{"from": begin.isoformat(), "to": later.isoformat()}, {}]
    for period in periods:
        refused = expert.api.send("GET", PATH, **period)

        assert refused.status_code == 403
        assert refused.json()["code"] == "access_denied"


def test_what_is_no_period_is_refused_with_its_reason(lead: Expert, begin: datetime) -> None:
    month = begin + timedelta(days=32)
    refusals: list[tuple[Json, str]] = [
        ({}, "“from” is missing"),
        ({"from": begin.isoformat(), "to": "later"}, "“to” is no time"),
        ({"from": begin.isoformat(), "to": begin.isoformat()}, "must be after"),
        ({"from": begin.isoformat(), "to": month.isoformat()}, "more than 31 days"),
    ]
    for period, reason in refusals:
        refused = lead.api.send("GET", PATH, **period)

        assert refused.status_code == 400, refused.text
        assert refused.json()["code"] == "invalid_message"
        assert reason in refused.json()["message"]
