"""What an expert has answered, on its way into the knowledge base; by HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.deployment import Deployment
from tests.e2e.people import Json
from tests.e2e.reviewing import Review
from tests.e2e.waiting import until


class ExpertsArticle:
    """It waits for a lead. Leads are told apart by what they send, not by who they are."""

    def __init__(self, deployment: Deployment, conversation_id: str) -> None:
        self._lead = Review(deployment).lead()
        self.conversation_id = conversation_id
        self.id: str = until(self._find, "the expert's answer is an article")["article_id"]

    @property
    def now(self) -> Json:
        found = self._find()
        assert found
        return found

    def edit(self, **change: str) -> Json:
        return self._change("edit", **change)

    def decide(self, decision: str) -> Json:
        return self._change("decide", decision=decision)

    def _change(self, how: str, **body: str) -> Json:
        path = f"/review/articles/{self.id}/{how}"
        return self._lead.post(path, revision=self.now["revision"], **body)

    def _find(self) -> Json | None:
        found: list[Json] = self._lead.get("/review/articles", limit=50)["articles"]
        return next((a for a in found if a["conversation_id"] == self.conversation_id), None)


@contextmanager
def answered_by_an_expert(
    deployment: Deployment, question: str, answer: str
) -> Iterator[ExpertsArticle]:
    """A customer asks, an expert answers and marks it as knowledge. Withdrawn in the end."""
    with deployment.customer() as customer, deployment.expert() as expert:
        name = customer.conversation_id
        customer.says(question)
        customer.does("person")
        expert.sees(name, "waiting")
        expert.claims(name)
        expert.says(name, answer)
        expert.does("resolve", name, outcome="answered", knowledge=True)
    article = ExpertsArticle(deployment, name)
    yield article
    article.decide("withdraw")
    deployment.settles()
