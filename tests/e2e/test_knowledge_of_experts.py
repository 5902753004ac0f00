"""An expert's answer becomes knowledge: the next customer has it from the assistant, which cites
it, until a lead or the first customer takes it back."""

from collections.abc import Iterator

import pytest

from tests.e2e.deployment import Deployment, Json
from tests.e2e.people import Customer, Expert
from tests.e2e.reviewing import Review, Reviewer
from tests.e2e.waiting import until

QUESTION = "Which colour must the visitor badge have in the Lisbon lab?"
ANSWER = (
    "Visitors of the Lisbon lab wear a green badge. Reception hands it out until five in the "
    "afternoon."
)
IN_OTHER_WORDS = "What badge do visitors wear in Lisbon?"


@pytest.fixture
def lead(review: Review) -> Reviewer:
    return review.lead()


@pytest.fixture
def proposed(
    deployment: Deployment, customer: Customer, expert: Expert, lead: Reviewer
) -> Iterator[Json]:
    """What an expert answered and marked; nothing of it is left for other tests."""
    name = customer.conversation_id
    customer.says(QUESTION)
    customer.hears("cannot_answer")
    expert.sees(name, "waiting")
    expert.claims(name)
    customer.says("My address is jo@example.com, by the way.")
    expert.hears(name, "My address is jo@example.com, by the way.")
    expert.says(name, ANSWER)
    expert.does("resolve", name, outcome="answered", knowledge=True)
    article = until(lambda: article_of(lead, name), "the expert's answer is an article")
    yield article
    left = article_of(lead, name)
    assert left is not None
    decide(lead, left, "withdraw")
    deployment.settles()


def article_of(lead: Reviewer, conversation_id: str) -> Json | None:
    found = lead.get("/review/articles")["articles"]
    return next((a for a in found if a["conversation_id"] == conversation_id), None)


def decide(lead: Reviewer, article: Json, decision: str) -> Json:
    path = f"/review/articles/{article['article_id']}/decide"
    return lead.post(path, decision=decision, revision=article["revision"])


def nobody_knows(deployment: Deployment) -> None:
    """Another customer asks the same, and a person is called."""
    with deployment.customer() as asking:
        asking.says(IN_OTHER_WORDS)
        asking.hears("cannot_answer")
        asking.hears("person_coming")


def the_assistant_knows(deployment: Deployment, article: Json) -> Json:
    """Another customer asks the same, and is answered from the article; returns the source."""
    with deployment.customer() as asking:
        answer = asking.asks(IN_OTHER_WORDS)
    assert "green badge" in answer["text"]
    (source,) = answer["sources"]
    assert source["uri"] == article["article_id"]
    assert source["numbers"] == [1]
    assert "[1]" in answer["text"]
    found: Json = source
    return found


def test_an_experts_answer_is_cited_once_a_lead_approved_it_and_until_it_is_withdrawn(
    deployment: Deployment, lead: Reviewer, proposed: Json
) -> None:
    assert proposed["status"] == "proposed"
    assert (proposed["answer"], proposed["answered_by"]) == (ANSWER, "ada")
    assert "jo@example.com" not in proposed["question"]
    nobody_knows(deployment)

    path = f"/review/articles/{proposed['article_id']}/edit"
    edited = lead.post(
        path, question=QUESTION, product_area="Visits", revision=proposed["revision"]
    )
    unseen = {"decision": "approve", "revision": proposed["revision"]}
    refused = lead.send("POST", path.replace("/edit", "/decide"), unseen)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
    article = decide(lead, edited, "approve")
    assert (article["status"], article["approved_by"]) == ("published", "lea")
    assert (article["indexed"], article["problem"]) == (True, "")
    assert the_assistant_knows(deployment, article)["title"] == QUESTION

    withdrawn = decide(lead, article, "withdraw")
    assert (withdrawn["status"], withdrawn["published_revision"]) == ("withdrawn", None)
    nobody_knows(deployment)


def test_a_rejected_answer_is_never_cited(
    deployment: Deployment, lead: Reviewer, proposed: Json
) -> None:
    assert decide(lead, proposed, "reject")["status"] == "rejected"

    nobody_knows(deployment)


def test_a_customer_who_withdraws_the_conversation_takes_the_article_away(
    deployment: Deployment, review: Review, lead: Reviewer, proposed: Json
) -> None:
    article = decide(lead, proposed, "approve")
    the_assistant_knows(deployment, article)

    conversation_id = article["conversation_id"]
    view = lead.post("/review/withdrawals", conversation_id=conversation_id, reason="by mail")

    assert (view["by"], view["reason"]) == ("lea", "by mail")
    assert view in lead.get("/review/withdrawals")["withdrawals"]
    erased = article_of(lead, conversation_id)
    assert erased is not None
    assert erased["status"] == "withdrawn"
    assert "badge" not in erased["question"] + erased["answer"]
    nobody_knows(deployment)
    approval = {"decision": "approve", "revision": erased["revision"]}
    refused = lead.send("POST", f"/review/articles/{article['article_id']}/decide", approval)
    assert refused.status_code == 409
    review.reconcile()
    nobody_knows(deployment)


def test_an_article_that_the_knowledge_base_does_not_take_is_in_it_a_little_later(
    deployment: Deployment, review: Review, lead: Reviewer, proposed: Json
) -> None:
    with deployment.fault(
        "IngestKnowledgeBaseDocuments", "unindexable", "green badge", message="No embedding."
    ):
        article = decide(lead, proposed, "approve")
    assert "No embedding." in article["problem"]
    assert article["indexed"] is False

    review.reconcile()

    now = article_of(lead, article["conversation_id"])
    assert now is not None
    assert (now["indexed"], now["problem"]) == (True, "")
    the_assistant_knows(deployment, now)
