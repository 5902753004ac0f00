"""The assistant's own turn, with the adapters that run on AWS: what nobody could answer is answered
once an article says it, and not any more when the article is gone."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from evaluation.turns import Bedrock, bedrock, take
from local.contents import KNOWLEDGE
from tandem.aws.knowledge_ingestion import ArticleFiles, DirectIngestion
from tandem.live.events import EscalationResolved
from tandem.live.models import Person, Trigger
from tandem.live.policy import Policy
from tandem.review import knowledge
from tandem.review.api import DecideArticle
from tandem.review.models import Article
from tandem.review.ports import Exchange
from tandem.review.proposing import propose
from tests.fakes import START
from tests.review_fakes import FakeRedactor, MemoryExchanges, MemoryFiles, ReviewFakes

LEA = Person(user="lea", name="Lea Lead", groups=frozenset({"leads"}))
QUESTION = "Which colour must the visitor badge have in the Lisbon lab?"
ANSWER = "Visitors of the Lisbon lab wear a green badge. Reception hands it out until five."
IN_OTHER_WORDS = ("What badge do visitors wear in Lisbon?", "How do guests of the lab get a badge?")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bedrock]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("TANDEM_OPENAI_BASE_URL", raising=False)
        with bedrock(KNOWLEDGE, tmp_path_factory.mktemp("cache")) as found:
            yield found


class Story:
    """An expert has answered, and marked it."""

    def __init__(self, running: Bedrock) -> None:
        self._running = running
        session = botocore.session.get_session()
        session.set_credentials("local", "local")
        client: Any = session.create_client(
            "bedrock-agent", region_name="us-east-1", endpoint_url=running.url
        )
        files = ArticleFiles(MemoryFiles())
        self._base = DirectIngestion(lambda: client, "TANDEMLOCAL", "ARTICLES", files)
        self._world = ReviewFakes().world
        exchanges = MemoryExchanges()
        exchanges.stored["talk", "escalation"] = Exchange(QUESTION, ANSWER, ())
        resolved = EscalationResolved(
            id="event",
            time=START,
            conversation_id="talk",
            escalation_id="escalation",
            ending="resolved",
            outcome="answered",
            resolved_by="ada",
            knowledge=True,
        )
        article = propose(self._world, self._base, exchanges, FakeRedactor(), resolved)
        assert article is not None
        self.article = article

    def decides(self, decision: Any) -> Article:
        revision = self.article.revision
        wanted = DecideArticle(decision=decision, revision=revision)
        name = self.article.article_id
        self.article = knowledge.decide(self._world, self._base, LEA, name, wanted)
        return self.article

    def asks(self, question: str) -> str | None:
        """The assistant's answer; None where it calls a person for want of documents."""
        outcome = take(self._running.answering, question, Policy())
        if outcome.answer is None:
            assert outcome.decision.trigger is Trigger.NO_GROUNDING
        return outcome.answer


def test_what_nobody_could_answer_is_answered_from_the_article_and_cites_it(
    running: Bedrock,
) -> None:
    story = Story(running)
    assert [story.asks(question) for question in IN_OTHER_WORDS] == [None, None]

    article = story.decides("approve")
    assert article.indexed
    answers = [story.asks(question) for question in IN_OTHER_WORDS]
    assert all(answer is not None and "[1]" in answer for answer in answers)
    assert answers[0] is not None
    assert "green badge" in answers[0]
    best = running.retriever.retrieve(IN_OTHER_WORDS[0], 1)[0]
    assert (best.title, best.uri) == (QUESTION, article.article_id)

    assert story.decides("withdraw").published_revision is None
    assert [story.asks(question) for question in IN_OTHER_WORDS] == [None, None]
