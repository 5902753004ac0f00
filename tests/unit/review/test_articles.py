"""An expert's answer becomes an article, a lead decides, and the knowledge base holds what it
should."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tandem.live.errors import Busy, InvalidMessage, NoLongerOpen, NotFound
from tandem.live.events import EscalationResolved
from tandem.live.models import Person
from tandem.review import knowledge, knowledge_upkeep
from tandem.review.api import ArticleList, DecideArticle, EditArticle
from tandem.review.events import KnowledgeAdded, KnowledgeRemoved
from tandem.review.models import Article, ArticleStatus, Withdrawal
from tandem.review.policy import Knowledge, ReviewPolicy
from tandem.review.ports import Exchange, InBase, IngestionFailed
from tandem.review.proposing import article_id_of, propose
from tests.fakes import START
from tests.review_fakes import (
    FakeRedactor,
    FixedReviewPolicies,
    MemoryExchanges,
    MemoryKnowledgeBase,
    ReviewFakes,
)

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
        return propose(self.world, self.base, self.exchanges, FakeRedactor(), event)

    def decides(
        self, decision: Any, note: str = "", *, person: Person = LEA, seen: int | None = None
    ) -> Article:
        """`seen`: the revision that the lead has before them; as it is now by default."""
        revision = self.revision if seen is None else seen
        wanted = DecideArticle(decision=decision, note=note, revision=revision)
        return knowledge.decide(self.world, self.base, person, NAME, wanted)

    def edits(self, *, person: Person = LEA, seen: int | None = None, **change: Any) -> Article:
        revision = self.revision if seen is None else seen
        wanted = EditArticle(revision=revision, **change)
        return knowledge.edit(self.world, self.base, person, NAME, wanted)

    @property
    def revision(self) -> int:
        found = self.world.articles.get(NAME)
        return found.revision if found else 0

    def listed(self, status: str | None = None, limit: int = 0, after: str = "") -> ArticleList:
        return knowledge.articles(self.world, status, limit, after)

    def time_passes(self, seconds: float = 0) -> list[str]:
        self.fakes.clock.advance(seconds)
        return knowledge_upkeep.expire(self.world, self.base)

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


# --- from an escalation to an article ------------------------------------------------------------
def test_what_an_expert_marked_waits_for_a_lead_without_personal_data() -> None:
    desk = Desk()

    article = desk.resolved()

    assert article == desk.article
    assert article.status is ArticleStatus.PROPOSED
    assert article.question == "Hi, [name] here. May I bring my hamster?"
    assert article.answer == "Yes [name], to the second floor. Write to [email] before."
    assert (article.answered_by, article.created_at) == ("ada", START)
    assert desk.held == []
    assert desk.trail == [("ada", "proposed article")]


def test_what_nobody_marked_becomes_no_article() -> None:
    desk = Desk()

    assert desk.resolved(marked=False) is None
    assert desk.listed().articles == ()


def test_the_same_event_again_makes_no_second_article_and_changes_nothing() -> None:
    desk = published()
    before = desk.article

    desk.resolved()

    assert desk.article == before
    assert desk.said == ["KnowledgeAdded"]
    assert [action for _, action in desk.trail] == ["proposed article", "approved article"]


def test_where_the_policy_asks_for_no_approval_it_is_published_at_once() -> None:
    desk = Desk(approval="none")

    desk.resolved()

    assert desk.article.status is ArticleStatus.PUBLISHED
    assert desk.article.approved_by == "policy"
    assert desk.held == [desk.article.answer]
    assert desk.trail[-1] == ("policy", "approved article")


def test_an_event_that_broke_off_before_the_knowledge_base_goes_on_when_it_comes_again() -> None:
    desk = Desk(approval="none")
    desk.base.failures = [IngestionFailed("gone for a moment")]
    desk.resolved()
    assert desk.held == []

    desk.resolved()

    assert desk.held == [desk.article.answer]
    assert desk.article.problem == ""


@pytest.mark.parametrize(
    ("exchange", "because"),
    [
        (None, "there is no such escalation any more"),
        (Exchange("", "An answer.", ()), "the customer has written nothing"),
        (Exchange("A question?", " \n ", ()), "the expert has written nothing"),
    ],
    ids=["gone", "no question", "no answer"],
)
def test_where_there_is_nothing_to_keep_the_audit_trail_says_why(
    exchange: Exchange | None, because: str
) -> None:
    desk = Desk()
    desk.exchanges.stored = {} if exchange is None else {(TALK, ESCALATION): exchange}

    assert desk.resolved() is None
    assert desk.fakes.records.entries[-1].detail == {"because": because}


def test_a_very_long_exchange_is_shortened_to_what_an_article_takes() -> None:
    desk = Desk()
    desk.exchanges.stored[TALK, ESCALATION] = Exchange("Why? " * 3000, "So. " * 3000, ())

    article = desk.resolved()

    assert article is not None
    assert (len(article.question), len(article.answer)) == (8000, 8000)
    assert article.answer.endswith("…")


@pytest.mark.parametrize(
    ("areas", "outcome", "area"),
    [
        (("Pets", "Billing"), "pets allowed", "Pets"),
        (("Pets", "Hamster"), "pets allowed", ""),
        (("Pet",), "pets allowed", ""),
        ((), "pets allowed", ""),
    ],
    ids=["named", "two of them", "part of a word", "free text"],
)
def test_the_product_area_is_the_one_that_is_named(
    areas: tuple[str, ...], outcome: str, area: str
) -> None:
    desk = Desk(product_areas=areas)

    article = desk.resolved(outcome=outcome)

    assert article is not None
    assert article.product_area == area


def test_a_withdrawn_conversation_becomes_no_article() -> None:
    desk = Desk()
    desk.world.records.withdraw(Withdrawal(conversation_id=TALK, at=START, by="lea"))

    assert desk.resolved() is None
    assert desk.listed().articles == ()


def test_a_conversation_that_is_withdrawn_meanwhile_leaves_no_text_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(approval="none")
    add = desk.fakes.articles.add

    def withdrawn_first(article: Article) -> bool:
        added = add(article)
        desk.world.records.withdraw(Withdrawal(conversation_id=TALK, at=START, by="lea"))
        return added

    monkeypatch.setattr(desk.fakes.articles, "add", withdrawn_first)
    desk.resolved()

    assert desk.article.status is ArticleStatus.WITHDRAWN
    assert "hamster" not in desk.article.model_dump_json()
    assert desk.held == []


# --- what leads decide ---------------------------------------------------------------------------
def test_an_approved_article_is_in_the_knowledge_base_and_says_so() -> None:
    desk = Desk()
    desk.resolved()

    article = desk.decides("approve")

    assert article.status is ArticleStatus.PUBLISHED
    assert (article.approved_by, article.approved_at) == ("lea", START)
    assert article.published_revision == article.revision
    assert article.indexed
    assert desk.held == [article.answer]
    (added,) = desk.fakes.bus.of(KnowledgeAdded)
    assert (added.article_id, added.approved_by) == (NAME, "lea")
    assert ("lea", "approved article") in desk.trail


@pytest.mark.parametrize("decision", ["approve", "withdraw", "expire"])
def test_deciding_the_same_again_changes_nothing(decision: str) -> None:
    desk = published()
    first = desk.decides(decision)
    said, trail = list(desk.said), list(desk.trail)

    assert desk.decides(decision) == first
    assert (desk.said, desk.trail) == (said, trail)


def test_a_rejected_article_never_reaches_the_knowledge_base() -> None:
    desk = Desk()
    desk.resolved()

    article = desk.decides("reject", "Only true for one customer.")

    assert article.status is ArticleStatus.REJECTED
    assert article.note == "Only true for one customer."
    assert desk.base.taken == []
    assert desk.said == []


@pytest.mark.parametrize(
    ("decision", "status", "because"),
    [
        ("withdraw", ArticleStatus.WITHDRAWN, "withdrawn"),
        ("expire", ArticleStatus.EXPIRED, "expired"),
    ],
)
def test_an_ended_article_leaves_the_knowledge_base(
    decision: str, status: ArticleStatus, because: str
) -> None:
    desk = published()

    article = desk.decides(decision, "No longer so.")

    assert (article.status, article.note) == (status, "No longer so.")
    assert article.published_revision is None
    assert desk.held == []
    (removed,) = desk.fakes.bus.of(KnowledgeRemoved)
    assert (removed.article_id, removed.because) == (NAME, because)


@pytest.mark.parametrize(
    ("before", "decision", "message"),
    [
        ("approve", "reject", "withdraw it"),
        ("withdraw", "expire", "Only a published article"),
        ("reject", "expire", "Only a published article"),
    ],
)
def test_what_the_state_does_not_allow_is_refused_with_what_to_do(
    before: str, decision: str, message: str
) -> None:
    desk = Desk()
    desk.resolved()
    desk.decides(before)

    with pytest.raises(NoLongerOpen, match=message):
        desk.decides(decision)


@pytest.mark.parametrize("ended", ["withdraw", "expire", "reject"])
def test_an_ended_article_may_be_approved_after_all(ended: str) -> None:
    desk = Desk()
    desk.resolved()
    if ended == "expire":
        desk.decides("approve")
    desk.decides(ended, "a mistake")

    article = desk.decides("approve")

    assert desk.held == [article.answer]
    assert article.note == ""


def test_an_article_of_a_withdrawn_conversation_is_never_approved() -> None:
    desk = Desk()
    desk.resolved()
    desk.world.records.withdraw(Withdrawal(conversation_id=TALK, at=START, by="lea"))

    with pytest.raises(NoLongerOpen, match="is withdrawn"):
        desk.decides("approve")
    assert desk.held == []


def test_an_article_that_does_not_exist_is_not_found() -> None:
    desk = Desk()

    with pytest.raises(NotFound, match="no such article"):
        desk.decides("approve")
    with pytest.raises(NotFound, match="no such article"):
        desk.edits(answer="So.")


def test_of_two_decisions_at_once_the_second_is_made_on_what_the_first_left() -> None:
    desk = published()
    desk.fakes.articles.documents.before_next_replace = [lambda: desk.decides("withdraw")]

    with pytest.raises(NoLongerOpen, match="Only a published article"):
        desk.decides("expire")

    assert desk.article.status is ArticleStatus.WITHDRAWN


def test_whoever_is_always_too_late_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.resolved()
    number = iter(range(100))
    replace = desk.fakes.articles.replace

    def somebody_else_first(before: Article, after: Article) -> None:
        stored = desk.article
        edited = {"answer": f"So {next(number)}.", "revision": stored.revision + 1}
        replace(stored, stored.model_copy(update=edited))
        replace(before, after)

    monkeypatch.setattr(desk.fakes.articles, "replace", somebody_else_first)
    with pytest.raises(Busy, match="Try again"):
        desk.decides("approve")


def test_articles_are_listed_by_status_newest_first() -> None:
    desk = published()
    newer = desk.article.model_copy(
        update={
            "article_id": "article-2",
            "created_at": START + timedelta(days=1),
            "status": ArticleStatus.PROPOSED,
        }
    )
    desk.world.articles.add(newer)

    assert [a.article_id for a in desk.listed().articles] == ["article-2", NAME]
    assert [a.article_id for a in desk.listed("published").articles] == [NAME]


# --- editing -------------------------------------------------------------------------------------
def test_an_edited_article_takes_the_place_of_the_first_in_the_knowledge_base() -> None:
    desk = published()

    article = desk.edits(answer="Yes, to the third floor. Call 0800 1234567.")

    assert desk.held == ["Yes, to the third floor. Call 0800 1234567."]
    assert article.question == "Hi, [name] here. May I bring my hamster?"
    assert article.published_revision == article.revision
    assert desk.said == ["KnowledgeAdded", "KnowledgeAdded"]
    assert desk.fakes.records.entries[-1].detail == {"changed": "answer"}


def test_an_edit_of_a_proposed_article_publishes_nothing() -> None:
    desk = Desk()
    desk.resolved()

    article = desk.edits(question="May I bring a hamster?")

    assert article.status is ArticleStatus.PROPOSED
    assert desk.base.taken == []


def test_an_edit_that_changes_nothing_moves_no_revision() -> None:
    desk = published()
    before = desk.article

    assert desk.edits(answer=before.answer) == before
    assert len(desk.base.taken) == 1


def test_a_withdrawn_article_cannot_be_edited() -> None:
    desk = published()
    desk.decides("withdraw")

    with pytest.raises(NoLongerOpen, match="cannot be changed"):
        desk.edits(answer="So.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "  "}, "The answer is empty"),
        ({"product_area": "Cars"}, "one of: Pets, Billing"),
        ({"expires_at": START}, "in the future"),
        ({"expires_at": datetime(2020, 1, 1)}, "in the future"),
    ],
    ids=["empty", "product area", "now", "past, without a time zone"],
)
def test_an_edit_that_makes_no_sense_is_refused_with_what_to_do(
    change: dict[str, Any], message: str
) -> None:
    desk = Desk(product_areas=("Pets", "Billing"))
    desk.resolved()
    before = desk.article

    with pytest.raises(InvalidMessage, match=message):
        desk.edits(**change)
    assert desk.article == before


def test_an_end_that_is_given_as_null_is_taken_away_and_one_that_is_not_given_stays() -> None:
    desk = published(expire_after_days=30)
    assert desk.article.expires_at == START + timedelta(days=30)

    assert desk.edits(product_area="Pets").expires_at == START + timedelta(days=30)
    assert desk.edits(expires_at=None).expires_at is None


# --- what time does ------------------------------------------------------------------------------
def test_an_article_expires_after_the_days_of_the_policy() -> None:
    desk = published(expire_after_days=30)

    assert desk.time_passes(30 * DAY - 1) == []
    assert desk.held == [desk.article.answer]

    assert desk.time_passes(1) == [NAME]
    assert desk.article.status is ArticleStatus.EXPIRED
    assert desk.held == []
    assert desk.fakes.bus.of(KnowledgeRemoved)[0].because == "expired"
    assert desk.trail[-1] == ("policy", "expired article")
    assert desk.time_passes(DAY) == []


def test_an_article_that_is_approved_anew_expires_anew() -> None:
    desk = published(expire_after_days=30)
    desk.time_passes(31 * DAY)

    article = desk.decides("approve")

    assert article.expires_at == desk.fakes.clock.now() + timedelta(days=30)


def test_what_the_knowledge_base_refuses_is_published_all_the_same_and_tried_again() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.failures = [IngestionFailed("ThrottlingException: too many")]

    article = desk.decides("approve")

    assert article.status is ArticleStatus.PUBLISHED
    assert article.published_revision is None
    assert "ThrottlingException: too many" in article.problem
    assert desk.failures() == 1
    assert desk.said == []

    assert desk.time_passes() == [NAME]
    assert desk.article.problem == ""
    assert desk.held == [article.answer]
    assert desk.said == ["KnowledgeAdded"]


def test_a_worker_that_died_between_the_decision_and_the_knowledge_base_is_made_good() -> None:
    desk = Desk()
    desk.resolved()
    stored = desk.article
    changes = {"status": ArticleStatus.PUBLISHED, "approved_by": "lea", "revision": 1}
    desk.fakes.articles.replace(stored, stored.model_copy(update=changes))

    assert desk.time_passes() == [NAME]
    assert desk.held == [desk.article.answer]


def test_what_could_not_be_indexed_says_why_and_is_put_again() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.unindexable[NAME] = "No embedding was made."

    article = desk.decides("approve")

    assert "could not index it: No embedding was made." in article.problem
    assert desk.failures() == 1

    desk.base.unindexable.clear()
    desk.time_passes()
    assert desk.article.indexed
    assert desk.article.problem == ""
    revisions = [article.revision for article in desk.base.taken]
    assert len(set(revisions)) == 2, "the knowledge base takes the same revision only once"


def test_it_is_announced_when_the_knowledge_base_finds_it_not_when_it_is_asked_to() -> None:
    desk = Desk()
    desk.base.slow = True
    desk.resolved()

    article = desk.decides("approve")
    assert (article.published_revision, article.indexed) == (article.revision, False)
    assert desk.time_passes() == []
    assert desk.said == []

    desk.base.catch_up()
    assert desk.time_passes() == [NAME]
    assert desk.article.indexed
    assert desk.said == ["KnowledgeAdded"]
    assert len(desk.base.taken) == 1


def test_one_that_fails_only_later_is_put_again() -> None:
    desk = Desk()
    desk.base.slow = True
    desk.resolved()
    desk.decides("approve")
    desk.base.unindexable[NAME] = "too strange"
    desk.base.catch_up()

    desk.time_passes()
    assert "too strange" in desk.article.problem

    desk.base.unindexable.clear()
    desk.time_passes()
    desk.base.catch_up()
    desk.time_passes()
    assert desk.article.indexed


def test_an_article_counts_as_removed_only_when_it_is_gone() -> None:
    desk = published()
    desk.base.slow = True

    article = desk.decides("withdraw")
    assert article.published_revision is not None
    assert desk.fakes.bus.of(KnowledgeRemoved) == []

    desk.base.catch_up()
    assert desk.time_passes() == [NAME]
    assert desk.article.published_revision is None
    assert len(desk.fakes.bus.of(KnowledgeRemoved)) == 1


def test_a_removal_that_is_refused_is_shown_and_tried_again() -> None:
    desk = published()
    desk.base.failures = [IngestionFailed("gone for a moment")]

    article = desk.decides("withdraw", "wrong")

    assert "may still hold it: gone for a moment" in article.problem
    assert article.note == "wrong"
    assert desk.failures() == 1

    desk.time_passes()
    assert desk.held == []
    assert desk.article.problem == ""


def test_a_slow_publication_does_not_bring_back_what_was_withdrawn_meanwhile() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.before_next_put = [lambda: desk.decides("withdraw")]

    article = desk.decides("approve")

    assert article.status is ArticleStatus.WITHDRAWN
    assert desk.held == []
    assert article.published_revision is None


def test_a_slow_publication_does_not_bring_back_the_text_of_before_an_edit() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.before_next_put = [lambda: desk.edits(answer="To the third floor.")]

    article = desk.decides("approve")

    assert article.answer == "To the third floor."
    assert desk.held == ["To the third floor."]
    last = desk.base.taken[-1]
    assert last.revision not in [taken.revision for taken in desk.base.taken[:-1]]


def test_what_the_knowledge_base_has_lost_is_back_within_a_day() -> None:
    desk = published()
    desk.base.articles.clear()

    changed = [name for _ in range(288) for name in desk.time_passes(300)]

    assert changed == [NAME]
    assert desk.held == [desk.article.answer]


def test_what_the_knowledge_base_should_not_hold_is_gone_within_a_day() -> None:
    desk = published()
    late = desk.article
    desk.decides("withdraw")
    desk.base.articles[NAME] = late

    changed = [name for _ in range(288) for name in desk.time_passes(300)]

    assert changed == [NAME]
    assert desk.held == []


def test_what_somebody_else_deleted_before_it_was_indexed_is_put_again() -> None:
    desk = Desk()
    desk.base.slow = True
    desk.resolved()
    desk.decides("approve")
    desk.base.remove(NAME)
    desk.base.catch_up()

    desk.time_passes()
    assert "has lost it" in desk.article.problem

    desk.base.slow = False
    desk.time_passes()
    assert desk.article.indexed


def test_a_knowledge_base_that_cannot_be_asked_leaves_articles_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = published()
    before = desk.article

    def away(_: Sequence[str]) -> dict[str, InBase]:
        raise IngestionFailed("away")

    monkeypatch.setattr(desk.base, "states", away)

    assert [name for _ in range(288) for name in desk.time_passes(300)] == []
    assert desk.article == before
    assert desk.failures() == 1


def test_one_article_that_is_fought_over_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = published(expire_after_days=1)
    other = desk.article.model_copy(update={"article_id": "other"})
    desk.world.articles.add(other)
    get = desk.fakes.articles.get
    newest = {"article_id": "fought-over", "created_at": START + timedelta(days=1)}
    desk.world.articles.add(desk.article.model_copy(update=newest))

    def always_behind(article_id: str) -> Article | None:
        found = get(article_id)
        if article_id != "fought-over" or found is None:
            return found
        return found.model_copy(update={"revision": found.revision - 1})

    monkeypatch.setattr(desk.fakes.articles, "get", always_behind)
    assert sorted(desk.time_passes(2 * DAY)) == sorted([NAME, "other"])
