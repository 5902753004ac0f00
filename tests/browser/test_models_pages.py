"""What leads see and decide of the models, and what reviewers compare."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import StorageState, expect

from local.contents import USERS, User
from tandem.tuning.models import VersionStatus
from tests.browser.conftest import Desks, Visits
from tests.browser.models_answers import ModelsAnswers, ago, detail, pair, sample, version
from tests.browser.models_page import ModelsPage
from tests.browser.test_accessibility import is_accessible
from tests.browser.visitor import PHONE, runs_over
from tests.e2e.deployment import Deployment

EXPERT, LEAD, REVIEWER = USERS[0], USERS[2], USERS[3]
NOBODYS = 999_999
"""A version that there never is."""

type Models = Callable[..., ModelsPage]


@pytest.fixture
def models(
    visit: Visits, deployment: Deployment, signed_in: Callable[[User], StorageState]
) -> Models:
    """A lead or a reviewer whom their browser knows opens the models; `answers` stand for the
    server."""

    def come(
        address: str = "",
        user: User = LEAD,
        answers: ModelsAnswers | None = None,
        **settings: object,
    ) -> ModelsPage:
        visitor = visit(storage_state=signed_in(user), **settings)
        if answers is not None:
            answers.serve(visitor.page)
        return ModelsPage(visitor, f"{deployment.stack.pages.url}/models").open(address)

    return come


def in_trial() -> ModelsAnswers:
    """Version 3 is live, 4 in a trial, 5 waits for a lead."""
    live = version(3, VersionStatus.LIVE, share=0.9, live_since=ago(days=9), deeds=("roll_back",))
    candidate = version(4, VersionStatus.TRIAL, share=0.1, deeds=("promote", "roll_back"))
    passed = version(5, VersionStatus.PASSED, deeds=("approve", "reject"))
    return ModelsAnswers([detail(one) for one in (live, candidate, passed)])


# --- on the deployed stack -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("", "Models"),
        ("/", "Models"),
        ("/compare", "Compare answers"),
        (f"?version={NOBODYS}", f"Version {NOBODYS}"),
    ],
)
def test_each_page_has_an_address_that_can_be_loaded_again(
    models: Models, address: str, heading: str
) -> None:
    page = models()
    page.visitor.watch.expect("status of 404")
    page.open(address)
    expect(page.heading(heading)).to_be_attached()
    page.page.reload()
    expect(page.heading(heading)).to_be_attached()


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_what_there_is_is_shown(models: Models, settings: dict[str, object]) -> None:
    lead = models(**settings)
    expect(lead.live).to_contain_text("%")
    lead.page.get_by_role("button", name="What these figures mean").click()
    is_accessible(lead.page, "models as they are")
    lead.places.get_by_role("link", name="Compare").click()
    expect(lead.pair.or_(lead.nothing_left).first).to_be_visible()
    is_accessible(lead.page, "comparing")


def test_a_reviewer_is_told_that_the_models_are_for_leads(models: Models) -> None:
    reviewer = models("", REVIEWER)
    expect(reviewer.page.get_by_text("This page is for leads")).to_be_visible()
    is_accessible(reviewer.page, "only for leads")
    reviewer.page.get_by_role("link", name="Compare answers").click()
    expect(reviewer.pair.or_(reviewer.nothing_left).first).to_be_visible()


def test_an_expert_is_told_whom_to_ask(deployment: Deployment, desk: Desks) -> None:
    expert = desk()
    expert.page.goto(f"{deployment.stack.pages.url}/models")
    expect(expert.page.get_by_text("No access to the models")).to_be_visible()
    is_accessible(expert.page, "no access")


def test_a_lead_goes_from_the_desk_to_the_models_and_on_to_the_review(
    deployment: Deployment, desk: Desks
) -> None:
    lead = desk("", LEAD)
    lead.bar.get_by_role("link", name="Models").click()
    expect(lead.page).to_have_url(f"{deployment.stack.pages.url}/models")
    lead.bar.get_by_role("link", name="Review").click()
    expect(lead.page).to_have_url(deployment.stack.review_url)
    lead.bar.get_by_role("link", name="Models").click()
    expect(lead.page.get_by_role("list", name="Models that answer")).to_be_visible()


# --- with models that it takes weeks to have -----------------------------------------------------
@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_models_in_a_trial_are_accessible(models: Models, settings: dict[str, object]) -> None:
    lead = models("", answers=in_trial(), **settings)
    expect(lead.live).to_contain_text("10%")
    expect(lead.page.get_by_text("Not decided yet")).to_be_visible()
    is_accessible(lead.page, "a trial")
    assert runs_over(lead.page) == 0
    lead.page.get_by_role("link", name="Version 4").first.click()
    expect(lead.heading("Version 4")).to_be_visible()
    expect(lead.row("Verdict", "Near its base")).to_contain_text("It has moved 1.9 nats.")
    is_accessible(lead.page, "a version")
    assert runs_over(lead.page) == 0
    lead.deed("Make live", 4).click()
    expect(lead.dialog).to_contain_text("Its trial has not ended")
    is_accessible(lead.page, "what a deed will do")


def test_a_lead_approves_what_is_proven(models: Models) -> None:
    answers = in_trial()
    lead = models("?version=5", answers=answers)
    lead.does("Approve", 5, "Good at billing.")
    expect(lead.page.get_by_text("Version 5 is approved").last).to_be_visible()
    expect(lead.deed("Approve", 5)).to_have_count(0)
    assert answers.sent("/models/versions/5/approve") == [
        {"seen": "passed", "reason": "Good at billing."}
    ]


def test_a_lead_rolls_back_with_the_keyboard_alone(models: Models) -> None:
    answers = in_trial()
    lead = models("", answers=answers)
    expect(lead.live).to_be_visible()
    lead.keyboard.go_to(lead.deed("Roll back", 3))
    lead.keyboard.press("Enter")
    expect(lead.dialog.get_by_label("Reason")).to_be_focused()
    lead.keyboard.type("It insults people.")
    lead.keyboard.go_to(lead.dialog.get_by_role("button", name="Roll back", exact=True))
    lead.keyboard.press("Enter")
    expect(lead.page.get_by_text("Version 3 is rolled back.").last).to_be_visible()
    assert answers.sent("/models/versions/3/roll_back")[0]["seen"] == "live"


def test_what_another_lead_has_done_meanwhile_is_shown_before_anything_is_done(
    models: Models,
) -> None:
    answers = in_trial()
    lead = models("?version=5", answers=answers)
    lead.visitor.watch.expect("status of 409")
    expect(lead.deed("Reject", 5)).to_be_visible()
    answers.change(5, status=VersionStatus.DEPLOYING, approved_by="lea", deeds=())
    lead.does("Reject", 5, "Not convinced.")
    changes = lead.dialog.get_by_role("region", name="Changed meanwhile")
    expect(changes).to_contain_text("Being deployed")
    is_accessible(lead.page, "changed meanwhile")
    expect(lead.dialog.get_by_role("button", name="Close").last).to_be_focused()
    lead.keyboard.press("Escape")
    expect(lead.dialog).to_have_count(0)
    assert answers.details[5].version.status is VersionStatus.DEPLOYING


def test_answers_are_text_whatever_they_hold(models: Models) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    shown = detail(version(5, VersionStatus.PASSED), samples=(sample(hostile),))
    compared = pair("1", question=hostile, first=hostile, second=hostile)
    answers = ModelsAnswers([shown], [compared])
    lead = models("?version=5", answers=answers)
    expect(lead.page.get_by_role("article")).to_contain_text(hostile)
    lead.open("/compare")
    expect(lead.pair).to_contain_text(hostile)
    assert lead.page.locator("main img, main script").count() == 0
    assert lead.page.title() == "Compare – Models"


# --- the comparison ------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_pairs_are_compared_with_the_keyboard_alone(
    models: Models, settings: dict[str, object]
) -> None:
    answers = ModelsAnswers(pairs=[pair(name) for name in ("a", "b", "c", "d")])
    reviewer = models("/compare", REVIEWER, answers, **settings)
    for name, key in (("a", "1"), ("b", "2"), ("c", "3"), ("d", "0")):
        expect(reviewer.pair).to_contain_text(f"Question {name}?")
        expect(reviewer.pair).to_be_focused()
        reviewer.keyboard.press(key)
        if name == "a":
            is_accessible(reviewer.page, "a pair")
            assert runs_over(reviewer.page) == 0
        reviewer.keyboard.press("Enter")
    expect(reviewer.nothing_left).to_be_visible()
    assert [said.choice for said in answers.chosen] == ["first", "second", "same", "same"]
    is_accessible(reviewer.page, "nothing left to compare")


def test_nothing_is_confirmed_by_accident(models: Models) -> None:
    answers = ModelsAnswers(pairs=[pair("a"), pair("b")])
    reviewer = models("/compare", REVIEWER, answers)
    expect(reviewer.pair).to_contain_text("Question a?")
    reviewer.keyboard.press("Enter")
    expect(reviewer.page.get_by_role("alert")).to_have_text("Choose first: 1, 2 or 3.")
    reviewer.keyboard.press("?")
    expect(reviewer.dialog).to_contain_text("Answer 1 is better")
    is_accessible(reviewer.page, "what the keys do")
    reviewer.keyboard.press("1")
    reviewer.keyboard.press("Escape")
    expect(reviewer.dialog).to_have_count(0)
    expect(reviewer.radio(1)).not_to_be_checked()
    assert answers.chosen == []


def test_a_pair_that_went_to_somebody_else_is_said_and_the_next_one_comes(models: Models) -> None:
    answers = ModelsAnswers(pairs=[pair("a"), pair("b")])
    reviewer = models("/compare", REVIEWER, answers)
    reviewer.visitor.watch.expect("status of 409")
    expect(reviewer.pair).to_contain_text("Question a?")
    del answers.pairs[0]
    reviewer.keyboard.press("1")
    reviewer.keyboard.press("Enter")
    expect(reviewer.pair).to_contain_text("Question b?")
    expect(reviewer.page.get_by_text("The last pair is not yours any more")).to_be_visible()
    expect(reviewer.radio(1)).not_to_be_checked()
    assert answers.chosen == []
    is_accessible(reviewer.page, "a pair that is gone")


def test_a_reviewer_finds_the_comparison_from_the_review(
    deployment: Deployment, visit: Visits, signed_in: Callable[[User], StorageState]
) -> None:
    reviewer = visit(storage_state=signed_in(REVIEWER))
    reviewer.page.goto(deployment.stack.review_url)
    reviewer.page.get_by_role("banner").get_by_role("link", name="Compare").click()
    expect(reviewer.page).to_have_url(re.compile(r"/models/compare$"))
