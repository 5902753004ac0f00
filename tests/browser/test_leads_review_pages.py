"""What leads see of the review, and what they decide."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Reviews
from tests.browser.experts_article import ExpertsArticle, answered_by_an_expert
from tests.browser.review_page import ReviewPage
from tests.browser.test_accessibility import is_accessible
from tests.browser.visitor import PHONE
from tests.e2e.deployment import Deployment
from tests.e2e.reviewing import LEAD, REA, RIO, Review, which

ADDRESSES = {
    "/overview": "Overview",
    "/disagreements": "To decide",
    "/articles": "Articles",
    "/withdrawals": "Withdrawals",
}


class Rated:
    """Items that somebody rates, by HTTP."""

    def __init__(self, review: Review) -> None:
        self.review = review

    def put(self, number: int = 1) -> tuple[list[str], list[str], str]:
        """So many items in a new job; returns questions, conversations and the job."""
        for reviewer in (RIO, REA):
            self.review.reviewer(reviewer).rates_all(lambda _: 3)
        mark = uuid4().hex[:8]
        questions = [f"Where is the setting {mark}-{n}?" for n in range(number)]
        ids = self.review.imports([(question, "Under settings.") for question in questions])
        job = self.review.starts_labeling(self.review.sampled(ids))
        return questions, ids, job

    def labeled(self, number: int = 1) -> tuple[list[str], list[str], str]:
        questions, ids, job = self.put(number)
        self.review.reviewer(RIO).rates_all(lambda _: 4)
        self.review.ended(job)
        return questions, ids, job

    def flagged(self) -> tuple[str, list[str]]:
        (question,), ids, job = self.put()
        reviewer = self.review.reviewer(RIO)
        while (item := reviewer.next()) and item["question"] != question:
            reviewer.rates(item, 3)
        assert item
        reviewer.post("/review/flag", **which(item), reason="It holds a name.")
        reviewer.rates_all(lambda _: 3)
        self.review.ended(job)
        return question, ids

    def disagreed(self) -> tuple[str, list[str]]:
        """Labelled by two who could not be further apart."""
        with self.review.policy({"labeling": {"workers_per_object": 2}}):
            (question,), ids, job = self.put()
            self.review.reviewer(RIO).rates_all(lambda _: 1)
            self.review.reviewer(REA).rates_all(lambda _: 5)
            self.review.ended(job)
        return question, ids


@pytest.fixture
def rated(review: Review) -> Rated:
    return Rated(review)


@pytest.fixture
def article(deployment: Deployment) -> Iterator[ExpertsArticle]:
    """An expert's answer that waits for a lead."""
    question = f"Which door code has the Oslo warehouse {uuid4().hex[:8]}?"
    answer = "The code changes each Monday and hangs at the gate."
    with answered_by_an_expert(deployment, question, answer) as article:
        yield article


@pytest.fixture
def proposed(article: ExpertsArticle) -> str:
    """Its question."""
    return str(article.now["question"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_has_an_address_that_can_be_loaded_again(reviews: Reviews, address: str) -> None:
    page = reviews(address, LEAD)
    heading = page.page.get_by_role("heading", name=ADDRESSES[address], level=1)
    expect(heading).to_be_visible()
    page.page.reload()
    expect(heading).to_be_visible()


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_each_page_is_accessible(
    rated: Rated, proposed: str, reviews: Reviews, settings: dict[str, object]
) -> None:
    rated.disagreed()
    page = reviews("/overview", LEAD, **settings)
    for address, title in ADDRESSES.items():
        page.place(title)
        expect(page.page.get_by_text(re.compile(r"^as of \d"))).to_be_visible()
        if address == "/overview":
            page.page.get_by_role("button", name="What these figures mean").click()
        elif address == "/articles":
            expect(page.card(proposed)).to_be_visible()
        is_accessible(page.page, title)


def test_a_reviewer_is_told_that_a_page_is_for_leads(reviews: Reviews) -> None:
    reviewer = reviews("/overview")
    expect(reviewer.page.get_by_text("This page is for leads")).to_be_visible()
    expect(reviewer.places).to_have_count(0)
    is_accessible(reviewer.page, "only for leads")


def test_an_expert_is_told_whom_to_ask(reviews: Reviews, desk: Desks, review: Review) -> None:
    expert = desk()
    expert.visitor.watch.expect("status of 403")
    expert.page.goto(review.deployment.stack.review_url)
    expect(expert.page.get_by_text("No access to the review")).to_be_visible()
    expert.page.get_by_role("link", name="Go to the desk").click()
    expect(expert.bar.get_by_role("link", name="Desk", exact=True)).to_be_visible()


def test_a_lead_goes_from_the_desk_to_the_review_and_back_with_one_sign_in(
    deployment: Deployment, desk: Desks
) -> None:
    lead = desk("", LEAD)
    lead.bar.get_by_role("link", name="Review").click()
    expect(lead.page).to_have_url(deployment.stack.review_url)
    lead.bar.get_by_role("link", name="Desk").click()
    expect(lead.page).to_have_url(deployment.stack.desk_url)
    expect(lead.queue).to_be_visible()


def test_the_overview_shows_agreement_reviewers_jobs_and_what_became_of_the_labels(
    rated: Rated, review: Review, reviews: Reviews
) -> None:
    rated.disagreed()
    questions, _, job = rated.labeled(2)
    dataset = review.dataset_with(*questions)
    lead = reviews("/overview", LEAD)

    expect(
        lead.page.get_by_text(re.compile(r"95 % interval|Krippendorff’s alpha"))
    ).not_to_have_count(0)
    expect(lead.row("Reviewers", RIO.name)).to_contain_text("Counted")
    expect(lead.row("Labelling jobs", job)).to_contain_text("Completed")
    newest = lead.page.get_by_role("table", name="Datasets and models").get_by_role("row").nth(1)
    expect(newest).to_contain_text(str(dataset["version"]))


def test_a_lead_starts_labelling_now(rated: Rated, review: Review, reviews: Reviews) -> None:
    rated.put()
    ids = review.imports([(f"What is {uuid4().hex[:8]}?", "A name.")])
    (candidate,) = review.sampled(ids)
    lead = reviews("/overview", LEAD)

    lead.page.get_by_role("button", name="Start labelling now").click()

    expect(lead.page.get_by_text("A labelling job starts in a moment").last).to_be_visible()
    review.job_of([candidate["candidate_id"]])


def test_a_reviewer_is_set_aside_and_counted_again(
    rated: Rated, review: Review, reviews: Reviews
) -> None:
    _, ids, _ = rated.labeled()
    lead = reviews("/overview", LEAD)
    for button, standing in (("Set aside …", "Set aside"), ("Count again …", "Counted")):
        row = lead.row("Reviewers", RIO.name)
        row.get_by_role("button", name=button).click()
        asked = lead.page.get_by_role("dialog")
        is_accessible(lead.page, button)
        asked.get_by_label("Why").fill("A test.")
        asked.get_by_role("button", name=button.removesuffix(" …"), exact=True).click()
        expect(asked).to_have_count(0)
        expect(row).to_contain_text(standing)
        expect(row).to_contain_text("By a lead: A test.")
    # Nobody else had rated it: it waits for somebody who counts.
    (candidate,) = review.candidates(ids, "waiting")
    assert "every rater was set aside" in candidate["returns"][-1]


def test_a_disagreement_is_decided_by_the_leads_rating(
    rated: Rated, review: Review, reviews: Reviews
) -> None:
    question, ids = rated.disagreed()
    lead = reviews("/disagreements", LEAD)
    card = lead.card(question)
    for name in (RIO.name, REA.name):
        expect(card).to_contain_text(name)

    card.get_by_role("button", name=re.compile("^2 – ")).click()
    card.get_by_label("Note – optional").fill("It names no menu.")
    card.get_by_role("button", name="Label it").click()

    expect(card).to_have_count(0)
    (decided,) = review.candidates(ids, "labeled")
    assert (decided["label"]["rating"], decided["label"]["rule"]) == (2, "adjudicated")


@pytest.mark.parametrize(
    ("button", "status"), [("Let it be rated again", "waiting"), ("Discard it", "discarded")]
)
def test_what_was_flagged_is_rated_again_or_discarded(
    rated: Rated, review: Review, reviews: Reviews, button: str, status: str
) -> None:
    question, ids = rated.flagged()
    lead = reviews("/disagreements", LEAD)
    lead.page.get_by_role("button", name="Flagged").click()
    card = lead.card(question)
    expect(card).to_contain_text("It holds a name.")

    card.get_by_role("button", name=button).click()

    expect(card).to_have_count(0)
    assert len(review.candidates(ids, status)) == 1


def test_an_article_is_edited_approved_and_withdrawn(proposed: str, reviews: Reviews) -> None:
    lead = reviews("/articles", LEAD)
    card = lead.card(proposed)
    _edits(lead, proposed)
    _decides(lead, proposed, "Approve", "Approve the article")
    lead.page.get_by_role("button", name=re.compile("^Published")).click()
    expect(card).to_contain_text("In the knowledge base")
    expect(card).to_contain_text("Ask the guard.")

    _decides(lead, proposed, "Withdraw", "Withdraw the article")
    lead.page.get_by_role("button", name=re.compile("^Withdrawn")).click()
    expect(card).to_be_visible()


def test_an_article_that_somebody_edits_meanwhile_is_not_approved_unseen(
    article: ExpertsArticle, proposed: str, reviews: Reviews
) -> None:
    lead = reviews("/articles", LEAD)
    lead.visitor.watch.expect("status of 409")
    lead.card(proposed).get_by_role("button", name="Approve …").click()
    asked = lead.page.get_by_role("dialog", name="Approve the article")
    asked.get_by_label("Note – optional").fill("True for all.")
    article.edit(answer="Nobody has seen this.")

    asked.get_by_role("button", name="Approve", exact=True).click()

    changed = asked.get_by_role("region", name="Changed meanwhile")
    expect(changed).to_contain_text("hangs at the gate")
    expect(changed).to_contain_text("Nobody has seen this.")
    expect(asked.get_by_label("Note – optional")).to_have_value("True for all.")
    is_accessible(lead.page, "an article that was changed meanwhile")
    assert article.now["status"] == "proposed"
    asked.get_by_role("button", name="Approve as it is now").click()
    expect(asked).to_have_count(0)
    expect(lead.page.get_by_text("Approved. In the knowledge base")).not_to_have_count(0)
    assert article.now["status"] == "published"


def test_two_leads_who_edit_the_same_article_overwrite_nothing_unseen(
    article: ExpertsArticle, proposed: str, reviews: Reviews
) -> None:
    lead = reviews("/articles", LEAD)
    lead.visitor.watch.expect("status of 409")
    lead.card(proposed).get_by_role("button", name="Edit …").click()
    asked = lead.page.get_by_role("dialog", name="Edit the article")
    asked.get_by_role("textbox", name="Answer").fill("Mine.")
    article.edit(answer="Theirs.", product_area="Doors")

    asked.get_by_role("button", name="Save").click()

    expect(asked.get_by_role("region", name="Changed meanwhile")).to_contain_text("Theirs.")
    expect(asked.get_by_role("textbox", name="Answer")).to_have_value("Mine.")
    assert article.now["answer"] == "Theirs."
    is_accessible(lead.page, "an article that two leads edit")
    asked.get_by_role("button", name="Save").click()
    expect(asked).to_have_count(0)
    assert (article.now["answer"], article.now["product_area"]) == ("Mine.", "Doors")


def test_what_the_knowledge_base_does_not_take_is_said_counted_and_over_by_itself(
    deployment: Deployment, review: Review, proposed: str, reviews: Reviews
) -> None:
    lead = reviews("/articles", LEAD)
    with deployment.fault(
        "IngestKnowledgeBaseDocuments", "unindexable", "Oslo warehouse", message="No embedding."
    ):
        _decides(lead, proposed, "Approve", "Approve the article")
        expect(
            lead.page.get_by_text("Approved. Not in the knowledge base as it is here")
        ).not_to_have_count(0)
        lead.page.get_by_role("button", name="Refresh").click()
        lead.page.get_by_role("button", name="Show them").click()
        card = lead.card(proposed)
        expect(card).to_contain_text("No embedding.")
        is_accessible(lead.page, "problems of articles")
    review.reconcile()

    lead.page.get_by_role("button", name="Refresh").click()
    expect(card).to_have_count(0)


def _edits(lead: ReviewPage, proposed: str) -> None:
    lead.card(proposed).get_by_role("button", name="Edit …").click()
    asked = lead.page.get_by_role("dialog", name="Edit the article")
    is_accessible(lead.page, "editing an article")
    asked.get_by_role("textbox", name="Answer").fill("Ask the guard.")
    asked.get_by_label("Expires – optional").fill("2099/12/31")
    asked.get_by_role("button", name="Save").click()
    expect(asked).to_have_count(0)
    expect(lead.card(proposed)).to_contain_text("Ask the guard.")


def _decides(lead: ReviewPage, proposed: str, button: str, dialog: str) -> None:
    lead.card(proposed).get_by_role("button", name=f"{button} …").click()
    asked = lead.page.get_by_role("dialog", name=dialog)
    is_accessible(lead.page, dialog)
    asked.get_by_role("button", name=button, exact=True).click()
    expect(asked).to_have_count(0)
    expect(lead.card(proposed)).to_have_count(0)  # on another list now


def test_a_conversation_is_withdrawn_once_it_is_confirmed(
    rated: Rated, review: Review, reviews: Reviews
) -> None:
    (question,), ids, _ = rated.labeled()
    version = review.dataset_with(question)["version"]
    lead = reviews("/withdrawals", LEAD)
    lead.page.get_by_label("Conversation’s id").fill(ids[0])
    lead.page.get_by_role("button", name="Withdraw …").click()
    asked = lead.page.get_by_role("dialog", name="Withdraw the conversation")
    expect(asked).to_contain_text("This cannot be undone.")
    is_accessible(lead.page, "withdrawing")
    confirm = asked.get_by_role("button", name="Withdraw", exact=True)
    confirm.click()
    expect(asked).to_contain_text("Confirm it here first.")
    asked.get_by_role("checkbox").check()
    confirm.click()

    expect(asked).to_have_count(0)
    expect(lead.row("Withdrawn conversations", ids[0])).to_contain_text(f"version {version}")
    assert review.candidates(ids, "labeled") == []


def test_reading_again_finds_what_others_have_done(rated: Rated, reviews: Reviews) -> None:
    lead = reviews("/disagreements?list=flagged", LEAD)
    expect(lead.page.get_by_text(re.compile(r"^as of \d"))).to_be_visible()
    question, _ = rated.flagged()
    expect(lead.card(question)).to_have_count(0)
    lead.page.get_by_role("button", name="Refresh").click()
    expect(lead.card(question)).to_be_visible()
