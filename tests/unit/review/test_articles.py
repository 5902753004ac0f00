"""An expert's answer becomes an article, and leads decide what becomes of it."""

import json
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from tandem.live.errors import Busy, InvalidMessage, NoLongerOpen, NotFound
from tandem.review.errors import ChangedMeanwhile
from tandem.review.events import KnowledgeAdded, KnowledgeRemoved
from tandem.review.models import Article, ArticleStatus, Withdrawal
from tandem.review.ports import Exchange, IngestionFailed
from tests.fakes import START
from tests.unit.review.desk_of_articles import BEN, ESCALATION, NAME, TALK, Desk, published


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


# --- what they have seen -------------------------------------------------------------------------
def test_a_text_that_the_lead_has_never_seen_is_not_approved() -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    desk.edits(answer="What Lea never saw.", person=BEN)

    with pytest.raises(ChangedMeanwhile, match="Look at it again"):
        desk.decides("approve", seen=opened.revision)

    assert (desk.article.status, desk.article.approved_by) == (ArticleStatus.PROPOSED, None)
    assert desk.held == []


@pytest.mark.parametrize(
    "change",
    [
        {"question": "May I bring two?"},
        {"product_area": "Pets"},
        {"expires_at": START + timedelta(days=3)},
    ],
)
@pytest.mark.parametrize("decision", ["approve", "reject", "withdraw"])
def test_whatever_changed_since_is_looked_at_again_first(
    change: dict[str, Any], decision: str
) -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    desk.edits(person=BEN, **change)

    with pytest.raises(ChangedMeanwhile):
        desk.decides(decision, seen=opened.revision)
    assert desk.article.status is ArticleStatus.PROPOSED


def test_what_another_lead_has_rejected_meanwhile_is_not_published() -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    desk.decides("reject", "Wrong.", person=BEN)

    with pytest.raises(ChangedMeanwhile):
        desk.decides("approve", seen=opened.revision)
    assert desk.held == []


def test_of_two_leads_who_edit_at_once_the_second_is_told_and_the_firsts_text_stays() -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    desk.edits(answer="Ben's.", person=BEN, seen=opened.revision)

    with pytest.raises(ChangedMeanwhile):
        desk.edits(answer="Lea's.", seen=opened.revision)

    assert desk.article.answer == "Ben's."
    looked_again = desk.article
    assert desk.edits(answer="Lea's.", seen=looked_again.revision).answer == "Lea's."


def test_of_two_edits_that_meet_in_the_same_moment_one_is_told() -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    desk.fakes.articles.documents.before_next_replace = [
        lambda: desk.edits(answer="Ben's.", person=BEN, seen=opened.revision)
    ]

    with pytest.raises(ChangedMeanwhile):
        desk.edits(answer="Lea's.", seen=opened.revision)
    assert desk.article.answer == "Ben's."


def test_what_becomes_of_it_in_the_knowledge_base_is_no_change_of_what_was_seen() -> None:
    desk = Desk()
    desk.resolved()
    desk.base.failures = [IngestionFailed("away"), IngestionFailed("away")]
    shown = desk.decides("approve")
    desk.time_passes()
    desk.time_passes()
    assert desk.article.revision > shown.revision

    assert desk.edits(answer="To the third floor.", seen=shown.revision).indexed


def test_a_decision_that_is_sent_again_for_want_of_an_answer_is_the_same_decision() -> None:
    desk = Desk()
    opened = desk.resolved()
    assert opened is not None
    first = desk.decides("approve", seen=opened.revision)
    edited = desk.edits(answer="So.", seen=first.revision)

    assert desk.decides("approve", seen=opened.revision) == edited
    assert desk.edits(answer="So.", seen=first.revision) == edited


# --- lists ---------------------------------------------------------------------------------------
def many(count: int, **changes: Any) -> Desk:
    """A desk with so many articles, of which each ten are of one moment."""
    desk = Desk()
    for number in range(count):
        values: dict[str, Any] = {
            "article_id": f"a{number:03d}",
            "conversation_id": f"talk-{number}",
            "question": "Why?",
            "answer": "So.",
            "answered_by": "ada",
            "created_at": START + timedelta(seconds=number // 10),
            "status": list(ArticleStatus)[number % 5],
        }
        desk.world.articles.add(Article(**values | changes))
    return desk


def pages(desk: Desk, status: str | None = None, limit: int = 0) -> list[list[str]]:
    found, after = [], ""
    for _ in range(20):
        listed = desk.listed(status, limit, after)
        found.append([article.article_id for article in listed.articles])
        if listed.next is None:
            return found
        after = listed.next
    raise AssertionError("it never ends")


def test_articles_are_listed_newest_first_in_pieces_of_which_none_misses_or_repeats_any() -> None:
    desk = many(95)

    listed = pages(desk)

    assert [len(page) for page in listed] == [20, 20, 20, 20, 15]
    assert [*chain(*listed)] == [f"a{number:03d}" for number in reversed(range(95))]
    assert [len(page) for page in pages(desk, limit=50)] == [50, 45]
    assert [len(page) for page in pages(desk, limit=19)] == [19] * 5


def test_articles_are_listed_by_status() -> None:
    desk = many(95)

    assert [*chain(*pages(desk, "expired", 7))] == [
        f"a{number:03d}" for number in reversed(range(95)) if number % 5 == 3
    ]
    assert pages(Desk(), "expired") == [[]]


def test_one_that_comes_between_two_pieces_moves_none_out_of_its_place() -> None:
    desk = many(40)
    first = desk.listed()
    newer = many(1, article_id="newer", created_at=START + timedelta(days=1))
    desk.world.articles.add(next(iter(newer.fakes.articles.documents)))

    assert first.next is not None
    second = desk.listed(after=first.next)
    assert [a.article_id for a in second.articles] == [f"a{n:03d}" for n in reversed(range(20))]


def test_the_longest_list_of_the_longest_articles_fits_into_an_answer() -> None:
    desk = many(60, question="\x01" * 8000, answer="😀" * 8000, product_area="x" * 100)

    listed = desk.listed(limit=50)

    assert len(listed.articles) == 50
    as_the_function_answers = json.dumps(listed.model_dump_json(), ensure_ascii=False)
    assert len(as_the_function_answers.encode()) < 6 * 1024**2


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"limit": 51}, "at most 50"),
        ({"after": "yesterday"}, "as it was"),
        ({"after": "2026-11-23T10:00:00+00:00~"}, "as it was"),
        ({"after": "2026-11-23T10:00:00~a001"}, "as it was"),
        ({"status": "lost"}, "proposed, published, rejected, expired, withdrawn, problem"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_with_what_to_do(
    asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidMessage, match=message):
        many(3).listed(**asked)


def test_what_the_knowledge_base_has_not_taken_or_still_holds_is_counted_and_listed() -> None:
    desk = published()
    assert (desk.listed().problems, pages(desk, "problem")) == (0, [[]])

    desk.base.failures = [IngestionFailed("away")]
    desk.edits(answer="So.")
    assert (desk.listed("proposed").problems, pages(desk, "problem")) == (1, [[NAME]])

    desk.time_passes()
    assert desk.listed().problems == 0
    desk.base.failures = [IngestionFailed("away")]
    desk.decides("withdraw")
    assert (desk.listed().problems, pages(desk, "problem")) == (1, [[NAME]])

    desk.time_passes()
    assert (desk.listed().problems, pages(desk, "problem")) == (0, [[]])


def test_what_is_being_indexed_is_no_problem_and_what_is_still_held_is_one() -> None:
    desk = Desk()
    desk.base.slow = True
    desk.resolved()
    desk.decides("approve")
    assert desk.listed().problems == 0

    desk.base.catch_up()
    desk.time_passes()
    desk.decides("withdraw")
    assert desk.listed().problems == 1


def test_problems_are_listed_in_pieces_too() -> None:
    ended = {"status": ArticleStatus.WITHDRAWN, "may_be_held": True}
    desk = many(45, **ended)

    listed = pages(desk, "problem")

    assert [len(page) for page in listed] == [20, 20, 5]
    assert [*chain(*listed)] == [f"a{number:03d}" for number in reversed(range(45))]


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


def test_an_edit_of_an_expired_article_stays_expired_and_is_what_an_approval_publishes() -> None:
    desk = published()
    desk.decides("expire")

    article = desk.edits(answer="To the third floor.", expires_at=START + timedelta(days=9))
    assert article.status is ArticleStatus.EXPIRED
    assert (article.answer, desk.held) == ("To the third floor.", [])

    assert desk.decides("approve").expires_at == START + timedelta(days=9)
    assert desk.held == ["To the third floor."]


def test_a_product_area_is_one_line() -> None:
    desk = published()

    assert desk.edits(product_area=" Pets\n# and birds ").product_area == "Pets # and birds"


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
