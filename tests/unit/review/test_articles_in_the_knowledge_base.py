"""The knowledge base holds what it should of an article, whatever it refuses, loses or keeps."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from tandem.review.events import KnowledgeRemoved
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import InBase, IngestionFailed
from tests.fakes import START
from tests.unit.review.desk_of_articles import DAY, NAME, Desk, published

FIVE_MINUTES = 300.0
ENDINGS: dict[str, Callable[[Desk], object]] = {
    "withdrawn": lambda desk: desk.decides("withdraw"),
    "expired by a lead": lambda desk: desk.decides("expire"),
    "its time is over": lambda desk: desk.time_passes(31 * DAY),
    "its conversation is withdrawn": lambda desk: desk.customer_withdraws(),
}


@pytest.fixture(params=ENDINGS.values(), ids=list(ENDINGS))
def ends(request: pytest.FixtureRequest) -> Callable[[Desk], object]:
    found: Callable[[Desk], object] = request.param
    return found


# --- what is refused, then ends ------------------------------------------------------------------
def test_the_text_of_before_a_refused_edit_is_taken_out_when_the_article_ends(
    ends: Callable[[Desk], object],
) -> None:
    desk = published(expire_after_days=30)
    of_before = desk.article.answer
    desk.base.failures = [IngestionFailed("ThrottlingException: too many")]
    desk.edits(answer="To the third floor.")
    assert desk.held == [of_before]

    ends(desk)

    assert desk.held == []
    assert (desk.article.may_be_held, desk.article.problem) == (False, "")
    assert desk.said[-1] == "KnowledgeRemoved"


def test_what_it_took_without_saying_so_is_taken_out_when_the_article_ends(
    ends: Callable[[Desk], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(expire_after_days=30)
    desk.resolved()
    put = desk.base.put

    def answer_is_lost(article: Article) -> InBase:
        put(article)
        raise IngestionFailed("ReadTimeoutError: no answer within 60 seconds")

    with monkeypatch.context() as patched:
        patched.setattr(desk.base, "put", answer_is_lost)
        article = desk.decides("approve")
    assert (article.published_revision, article.may_be_held) == (None, True)
    assert len(desk.held) == 1

    ends(desk)

    assert desk.held == []
    assert not desk.article.may_be_held


def test_what_it_took_of_a_worker_that_died_then_is_taken_out_when_the_article_ends(
    ends: Callable[[Desk], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(expire_after_days=30)
    desk.resolved()
    put = desk.base.put

    def dies(article: Article) -> InBase:
        put(article)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(desk.base, "put", dies)
        with pytest.raises(SystemExit):
            desk.decides("approve")
    assert len(desk.held) == 1

    ends(desk)

    assert desk.held == []


def test_the_end_of_an_article_that_it_never_took_is_asked_for_all_the_same() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.failures = [IngestionFailed("away"), IngestionFailed("still away")]
    desk.decides("approve")

    article = desk.decides("withdraw")
    assert article.problem == "The knowledge base may still hold it: still away"
    assert article.may_be_held

    assert desk.time_passes(FIVE_MINUTES) == [NAME]
    assert (desk.article.may_be_held, desk.article.problem) == (False, "")


def test_an_article_that_has_ended_no_longer_says_that_it_was_not_taken() -> None:
    desk = published()
    desk.base.failures = [IngestionFailed("away")]
    assert "did not take it" in desk.edits(answer="To the third floor.").problem
    desk.base.slow = True

    article = desk.decides("withdraw")

    assert (article.problem, article.may_be_held) == ("", True)


def test_a_knowledge_base_that_fails_for_many_hours_says_so_once_and_has_it_in_the_end() -> None:
    desk = published()
    desk.base.failures = [IngestionFailed("away")] * 200
    desk.edits(answer="To the third floor.")

    for _ in range(199):
        desk.time_passes(FIVE_MINUTES)
        assert desk.article.problem == "The knowledge base did not take it: away"
    assert desk.failures() == 200
    assert desk.held == ["Yes [name], to the second floor. Write to [email] before."]
    assert desk.said == ["KnowledgeAdded"]

    assert desk.time_passes(FIVE_MINUTES) == [NAME]
    assert desk.held == ["To the third floor."]
    assert (desk.article.problem, desk.article.indexed) == ("", True)
    assert desk.time_passes(FIVE_MINUTES) == []


def test_a_removal_that_fails_for_many_hours_is_asked_for_until_it_is_done() -> None:
    desk = published()
    desk.base.failures = [IngestionFailed("away")] * 200
    desk.decides("withdraw")

    changed = [name for _ in range(199) for name in desk.time_passes(FIVE_MINUTES)]
    assert changed == [], "it says so once"
    assert len(desk.held) == 1

    assert desk.time_passes(FIVE_MINUTES) == [NAME]
    assert desk.held == []


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
