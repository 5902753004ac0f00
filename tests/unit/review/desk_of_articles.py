"""The review with articles, a knowledge base, and leads who decide."""

from typing import Any

from tandem.live.events import EscalationResolved
from tandem.live.models import Person
from tandem.review import knowledge, knowledge_upkeep, withdrawal
from tandem.review.api import ArticleList, DecideArticle, EditArticle, Withdraw, WithdrawalView
from tandem.review.models import Article
from tandem.review.policy import Knowledge, ReviewPolicy
from tandem.review.ports import Exchange, KnowledgeBase
from tandem.review.proposing import article_id_of, propose
from tests.fakes import START
from tests.review_fakes import (
    FakeRedactor,
    FixedReviewPolicies,
    MemoryExchanges,
    MemoryKnowledgeBase,
    ReviewFakes,
)

BEN = Person(user="ben", name="Ben Lead", groups=frozenset({"leads"}))
LEA = Person(user="lea", name="Lea Lead", groups=frozenset({"leads"}))
TALK, ESCALATION = "talk-1", "escalation-1"
NAME = article_id_of(TALK, ESCALATION)
DAY = 86_400.0
EXCHANGE = Exchange(
    question="Hi, Jo here. May I bring my hamster?",
    answer="Yes Jo, to the second floor. Write to pets@example.com before.",
    names=("Jo", "Ada"),
)


class Desk:
    """The review with its knowledge base, and what the live module tells it."""

    def __init__(self, **policy: Any) -> None:
        self.fakes = ReviewFakes(
            policies=FixedReviewPolicies(ReviewPolicy(knowledge=Knowledge(**policy)))
        )
        self.world = self.fakes.world
        self.base = MemoryKnowledgeBase()
        self.asked: KnowledgeBase = self.base
        self.exchanges = MemoryExchanges()
        self.exchanges.stored[TALK, ESCALATION] = EXCHANGE

    def resolved(self, *, marked: bool = True, outcome: str = "answered") -> Article | None:
        event = EscalationResolved(
            id="event-1",
            time=START,
            conversation_id=TALK,
            escalation_id=ESCALATION,
            ending="resolved",
            outcome=outcome,
            resolved_by="ada",
            knowledge=marked,
        )
        return propose(self.world, self.asked, self.exchanges, FakeRedactor(), event)

    def decides(
        self, decision: Any, note: str = "", *, person: Person = LEA, seen: int | None = None
    ) -> Article:
        """`seen`: the revision that the lead has before them; as it is now by default."""
        revision = self.revision if seen is None else seen
        wanted = DecideArticle(decision=decision, note=note, revision=revision)
        return knowledge.decide(self.world, self.asked, person, NAME, wanted)

    def edits(self, *, person: Person = LEA, seen: int | None = None, **change: Any) -> Article:
        revision = self.revision if seen is None else seen
        wanted = EditArticle(revision=revision, **change)
        return knowledge.edit(self.world, self.asked, person, NAME, wanted)

    def customer_withdraws(self) -> WithdrawalView:
        request = Withdraw(conversation_id=TALK)
        return withdrawal.withdraw(self.world, self.asked, LEA, request)

    @property
    def revision(self) -> int:
        found = self.world.articles.get(NAME)
        return found.revision if found else 0

    def listed(self, status: str | None = None, limit: int = 0, after: str = "") -> ArticleList:
        return knowledge.articles(self.world, status, limit, after)

    def time_passes(self, seconds: float = 0) -> list[str]:
        self.fakes.clock.advance(seconds)
        return knowledge_upkeep.expire(self.world, self.asked)

    @property
    def article(self) -> Article:
        found = self.world.articles.get(NAME)
        assert found is not None
        return found

    @property
    def held(self) -> list[str]:
        """The answers that the knowledge base would find."""
        return [article.answer for article in self.base.articles.values()]

    @property
    def said(self) -> list[str]:
        return [type(event).__name__ for event in self.fakes.bus.published]

    @property
    def trail(self) -> list[tuple[str, str]]:
        return [(entry.actor, entry.action) for entry in self.fakes.records.entries]

    def failures(self) -> int:
        return len(self.fakes.meter.values("IngestionsFailed"))


def published(**policy: Any) -> Desk:
    desk = Desk(**policy)
    desk.resolved()
    desk.decides("approve")
    return desk
