"""A customer's right to erasure: what the review has of a conversation goes, and stays away."""

from datetime import timedelta
from typing import Any

import pytest

from tandem.live.errors import Busy, InvalidMessage
from tandem.live.models import Person
from tandem.review import knowledge, knowledge_upkeep, withdrawal
from tandem.review.api import (
    DecideArticle,
    EditArticle,
    Withdraw,
    WithdrawalList,
    WithdrawalView,
)
from tandem.review.events import KnowledgeRemoved, LabelingJobDrained
from tandem.review.models import (
    Article,
    ArticleStatus,
    Backend,
    Candidate,
    CandidateStatus,
    ContextTurn,
    Correction,
    DatasetVersion,
    Job,
    JobStatus,
    Label,
    Pair,
    Pick,
    Rating,
    Return,
    Task,
    TaskStatus,
    TrainedModel,
    Withdrawal,
)
from tandem.review.ports import IngestionFailed
from tests.fakes import START
from tests.review_fakes import MemoryKnowledgeBase, ReviewFakes

LEA = Person(user="lea", name="Lea Lead", groups=frozenset({"leads"}))
BEN = Person(user="ben", name="Ben Lead", groups=frozenset({"leads"}))
TALK, OTHER = "talk-1", "talk-2"
SECRET = "the hamster of the third floor"
DAY = 86_400.0


class Review:
    """A review that has seen some conversations."""

    def __init__(self) -> None:
        self.fakes = ReviewFakes()
        self.world = self.fakes.world
        self.base = MemoryKnowledgeBase()

    def withdraws(self, person: Person = LEA, reason: str = "asked by mail") -> WithdrawalView:
        request = Withdraw(conversation_id=TALK, reason=reason)
        return withdrawal.withdraw(self.world, self.base, person, request)

    def candidate(self, *conversations: str, **changes: Any) -> Candidate:
        values: dict[str, Any] = {
            "candidate_id": "c1",
            "pair": Pair(
                conversation_id=conversations[0],
                turn_id="turn-7",
                question="May I?",
                answer="You may.",
                context=(ContextTurn(author="customer", text=SECRET),),
            ),
            "picks": (Pick.ESCALATED,),
            "stratum": "en",
            "topic": "q:1",
            "policy_version": "p",
            "created_at": START,
            "conversations": conversations,
        }
        made = Candidate(**values | changes)
        self.world.candidates.add(made)
        return made

    def job(self, *candidate_ids: str, name: str = "job-1") -> Job:
        made = Job(
            name=name,
            backend=Backend.QUEUE,
            status=JobStatus.OPEN,
            candidate_ids=candidate_ids,
            workers_per_object=2,
            created_at=START,
            deadline=START + timedelta(days=1),
        )
        self.world.jobs.add(made)
        return made

    def task(self, candidate_id: str = "c1", job: str = "job-1", **changes: Any) -> Task:
        shown = {"question": SECRET, "answer": SECRET, "context": [SECRET], "labels": ["1", "5"]}
        values: dict[str, Any] = {
            "job": job,
            "candidate_id": candidate_id,
            "wanted": 2,
            "task_input": shown,
            "created_at": START,
        }
        made = Task(**values | changes)
        self.world.tasks.add(made)
        return made

    def stored_task(self, candidate_id: str = "c1", job: str = "job-1") -> Task:
        found = self.world.tasks.get(job, candidate_id)
        assert found is not None
        return found

    def stored_candidate(self) -> Candidate:
        found = self.world.candidates.get("c1")
        assert found is not None
        return found

    def article(self, conversation: str = TALK, name: str = "article-1") -> Article:
        self.world.articles.add(
            Article(
                article_id=name,
                conversation_id=conversation,
                question=SECRET,
                answer=SECRET,
                answered_by="ada",
                created_at=START,
            )
        )
        approve = DecideArticle(decision="approve", revision=0)
        return knowledge.decide(self.world, self.base, LEA, name, approve)

    def correction(self, name: str, conversation: str) -> None:
        self.world.corrections.put(
            Correction(
                correction_id=name,
                conversation_id=conversation,
                question="Why?",
                expert_answer="So.",
                topic="q:1",
                at=START,
            )
        )

    def listed(self, limit: int = 0, after: str = "") -> WithdrawalList:
        return withdrawal.withdrawals(self.world, limit, after)

    @property
    def drained(self) -> list[str]:
        return [event.job for event in self.fakes.bus.of(LabelingJobDrained)]

    @property
    def trail(self) -> list[str]:
        return [entry.action for entry in self.fakes.records.entries]


def test_a_withdrawal_is_recorded_with_who_and_why() -> None:
    review = Review()

    view = review.withdraws()

    assert (view.conversation_id, view.at, view.by) == (TALK, START, "lea")
    assert view.reason == "asked by mail"
    assert review.world.records.withdrawn([TALK, OTHER]) == {TALK}
    assert review.listed().withdrawals == (view,)
    assert review.trail == ["withdrew conversation"]


def test_the_same_again_changes_nothing() -> None:
    review = Review()
    first = review.withdraws()
    review.fakes.clock.advance(60)

    assert review.withdraws(BEN, "again") == first
    assert review.trail == ["withdrew conversation"]


# --- candidates, ratings, corrections ------------------------------------------------------------
def test_its_candidates_go_with_their_ratings() -> None:
    review = Review()
    review.candidate(TALK)
    review.world.ratings.put(
        Rating(candidate_id="c1", job="job-1", reviewer="rio", rating=2, reason=SECRET, at=START)
    )

    review.withdraws()

    assert review.world.candidates.get("c1") is None
    assert review.world.ratings.of_candidate("c1") == []


@pytest.mark.parametrize("status", list(CandidateStatus))
def test_a_candidate_goes_whatever_has_become_of_it(status: CandidateStatus) -> None:
    review = Review()
    review.candidate(TALK, status=status)

    review.withdraws()

    assert review.world.candidates.get("c1") is None


def test_a_pair_that_came_up_elsewhere_as_well_stays_theirs_without_this_ones_words() -> None:
    review = Review()
    label = Label(rating=4, rule="median", raters=2, job="job-1", at=START)
    review.candidate(TALK, OTHER, "talk-3", status=CandidateStatus.LABELED, label=label)

    review.withdraws()

    stored = review.stored_candidate()
    assert stored.conversations == (OTHER, "talk-3")
    assert stored.pair.conversation_id == OTHER
    assert stored.pair.turn_id != "turn-7"
    assert (stored.pair.question, stored.pair.answer) == ("May I?", "You may.")
    assert stored.label == label
    assert SECRET not in stored.model_dump_json()
    assert review.world.candidates.of_conversation(TALK) == []


def test_a_pair_that_was_told_elsewhere_keeps_what_was_said_before_it_there() -> None:
    review = Review()
    told = review.candidate(OTHER, TALK)

    review.withdraws()

    stored = review.stored_candidate()
    assert stored.pair == told.pair
    assert stored.conversations == (OTHER,)


def test_its_corrections_go_and_those_of_others_stay() -> None:
    review = Review()
    review.correction("x1", TALK)
    review.correction("x2", OTHER)

    review.withdraws()

    assert [c.correction_id for c in review.world.corrections.all()] == ["x2"]


# --- tasks ---------------------------------------------------------------------------------------
def test_an_open_task_is_given_to_nobody_any_more_and_shows_nothing() -> None:
    review = Review()
    review.job("c1")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    review.task()

    review.withdraws()

    task = review.stored_task()
    assert task.status is TaskStatus.UNLABELED
    assert "withdrawn" in task.note
    assert SECRET not in task.model_dump_json()
    assert task.task_input["labels"] == ["1", "5"]
    assert review.world.tasks.open(10) == []


def test_the_tasks_of_earlier_jobs_show_nothing_either() -> None:
    review = Review()
    returned = Return(job="job-0", reason="nobody rated it in time", at=START)
    label = Label(rating=4, rule="median", raters=2, job="job-1", at=START)
    review.candidate(TALK, status=CandidateStatus.LABELED, label=label, returns=(returned,))
    review.task(job="job-0", status=TaskStatus.UNLABELED)
    review.task(job="job-1", status=TaskStatus.DONE, rated_by=("rio", "rea"))

    review.withdraws()

    assert SECRET not in review.stored_task(job="job-0").model_dump_json()
    done = review.stored_task(job="job-1")
    assert SECRET not in done.model_dump_json()
    assert (done.status, done.rated_by) == (TaskStatus.DONE, ("rio", "rea"))


def test_a_job_whose_last_task_goes_is_over() -> None:
    review = Review()
    review.job("c1", "c2")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    review.task()
    review.task("c2", status=TaskStatus.DONE)

    review.withdraws()

    assert review.drained == ["job-1"]


def test_a_job_with_other_open_tasks_goes_on() -> None:
    review = Review()
    review.job("c1", "c2")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    review.task()
    review.task("c2")

    review.withdraws()

    assert review.drained == []
    assert [task.candidate_id for task in review.world.tasks.open(10)] == ["c2"]


def test_the_task_of_a_pair_that_stays_goes_on_without_this_ones_words() -> None:
    review = Review()
    review.job("c1")
    review.candidate(TALK, OTHER, status=CandidateStatus.LABELING, job="job-1")
    review.task(task_input={"question": "May I?", "answer": "You may.", "context": [SECRET]})

    review.withdraws()

    task = review.stored_task()
    assert task.status is TaskStatus.OPEN
    assert task.task_input == {"question": "May I?", "answer": "You may.", "context": []}


def test_a_reviewer_who_rates_meanwhile_is_not_lost_and_the_task_closes() -> None:
    review = Review()
    review.job("c1")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    before = review.task()
    rated = before.model_copy(update={"rated_by": ("rio",), "revision": 1})
    review.fakes.tasks.documents.before_next_replace = [
        lambda: review.world.tasks.replace(before, rated)
    ]

    review.withdraws()

    assert review.stored_task().rated_by == ("rio",)
    assert review.stored_task().status is TaskStatus.UNLABELED


# --- articles ------------------------------------------------------------------------------------
def test_its_articles_leave_the_knowledge_base_and_lose_their_texts() -> None:
    review = Review()
    review.article()
    review.article(OTHER, "article-2")

    review.withdraws()

    article = review.world.articles.get("article-1")
    assert article is not None
    assert article.status is ArticleStatus.WITHDRAWN
    assert SECRET not in article.model_dump_json()
    assert list(review.base.articles) == ["article-2"]
    assert [event.article_id for event in review.fakes.bus.of(KnowledgeRemoved)] == ["article-1"]


def test_a_knowledge_base_that_is_away_does_not_hold_up_the_rest() -> None:
    review = Review()
    review.candidate(TALK)
    review.article()
    review.base.failures = [IngestionFailed("away")]

    review.withdraws()

    assert review.world.candidates.get("c1") is None
    assert list(review.base.articles) == ["article-1"]
    assert knowledge_upkeep.expire(review.world, review.base) == ["article-1"]
    assert review.base.articles == {}


def test_an_article_that_the_knowledge_base_still_holds_is_named_with_what_keeps_it() -> None:
    review = Review()
    review.article()
    review.base.failures = [IngestionFailed("ThrottlingException: too many")]

    view = review.withdraws()

    assert view.left == ("article-1",)
    assert view.problem == "The knowledge base may still hold it: ThrottlingException: too many"
    assert review.listed().withdrawals == (view,)
    assert list(review.base.articles) == ["article-1"]


def test_withdrawing_it_again_takes_out_what_was_left() -> None:
    review = Review()
    review.article()
    review.base.failures = [IngestionFailed("away")]
    review.withdraws()

    view = review.withdraws()

    assert (view.left, view.problem) == ((), "")
    assert review.base.articles == {}


def test_what_a_knowledge_base_lets_go_of_in_its_own_time_is_left_until_then() -> None:
    review = Review()
    review.article()
    review.base.slow = True

    view = review.withdraws()
    assert (view.left, view.problem) == (("article-1",), "")

    review.base.catch_up()
    knowledge_upkeep.expire(review.world, review.base)
    (view,) = review.listed().withdrawals
    assert view.left == ()


def test_an_article_that_a_lead_withdrew_before_loses_its_text_and_is_not_left() -> None:
    review = Review()
    article = review.article()
    wanted = DecideArticle(decision="withdraw", revision=article.revision)
    knowledge.decide(review.world, review.base, LEA, "article-1", wanted)

    assert review.withdraws().left == ()
    stored = review.world.articles.get("article-1")
    assert stored is not None
    assert SECRET not in stored.model_dump_json()


def test_the_text_of_before_a_refused_edit_leaves_the_knowledge_base_too() -> None:
    review = Review()
    article = review.article()
    review.base.failures = [IngestionFailed("away")]
    change = EditArticle(answer="Another.", revision=article.revision)
    knowledge.edit(review.world, review.base, LEA, "article-1", change)
    assert review.base.articles["article-1"].answer == SECRET

    view = review.withdraws()

    assert review.base.articles == {}
    assert (view.left, view.problem) == ((), "")


# --- what has seen it ----------------------------------------------------------------------------
def test_it_says_which_datasets_hold_it_and_which_models_have_seen_it() -> None:
    review = Review()
    records = review.world.records
    for version in (1, 2, 3):
        records.add_dataset(
            DatasetVersion(
                version=version,
                uri=f"s3://review/datasets/v{version}/",
                inputs=str(version),
                counts={},
                conversations=1,
                built_at=START,
            )
        )
    records.add_members(1, [TALK, OTHER])
    records.add_members(2, [OTHER])
    records.add_members(3, [TALK])
    for version, model in ((1, "model-a"), (2, "model-b"), (3, "model-a"), (3, "model-c")):
        records.add_model(TrainedModel(model_id=model, dataset_version=version, at=START))

    view = review.withdraws()

    assert view.datasets == (1, 3)
    assert view.models == ("model-a", "model-c")


def test_a_version_whose_build_was_given_up_is_not_named() -> None:
    review = Review()
    records = review.world.records
    records.add_members(1, [TALK])
    records.add_members(2, [OTHER])
    built = DatasetVersion(
        version=2, uri="s3://review/d", inputs="2", counts={}, conversations=1, built_at=START
    )
    records.add_dataset(built)

    assert review.withdraws().datasets == ()


# --- the list ------------------------------------------------------------------------------------
def test_withdrawals_are_listed_newest_first_in_pieces() -> None:
    review = Review()
    names = [f"talk-{number:03d}" for number in range(45)]
    for number, name in enumerate(names):
        at = START + timedelta(seconds=number // 10)
        review.world.records.withdraw(Withdrawal(conversation_id=name, at=at, by="lea"))

    first = review.listed()
    second = review.listed(after=first.next or "")
    third = review.listed(limit=100, after=second.next or "")

    pieces = [first, second, third]
    assert [len(piece.withdrawals) for piece in pieces] == [20, 20, 5]
    assert third.next is None
    assert [view.conversation_id for piece in pieces for view in piece.withdrawals] == names[::-1]


@pytest.mark.parametrize("asked", [{"limit": 101}, {"after": "yesterday"}])
def test_a_list_that_makes_no_sense_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        Review().listed(**asked)


# --- what breaks off, and what comes late --------------------------------------------------------
def test_a_withdrawal_that_breaks_off_is_completed_when_it_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review = Review()
    review.job("c1")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    review.task()
    review.correction("x1", TALK)
    review.article()

    def breaks(_: Candidate) -> None:
        raise RuntimeError("the worker has died")

    with monkeypatch.context() as patched:
        patched.setattr(review.fakes.candidates, "remove", breaks)
        with pytest.raises(RuntimeError):
            review.withdraws()
    assert review.world.records.withdrawn([TALK]) == {TALK}

    review.withdraws()

    assert review.world.candidates.get("c1") is None
    assert list(review.world.corrections.all()) == []
    assert review.base.articles == {}


def test_the_schedule_completes_what_broke_off_or_came_late() -> None:
    review = Review()
    review.withdraws()
    review.candidate(TALK)
    review.correction("late", TALK)

    assert withdrawal.complete(review.world, review.base) == [TALK]

    assert review.world.candidates.get("c1") is None
    assert list(review.world.corrections.all()) == []
    assert withdrawal.complete(review.world, review.base) == []


def test_the_schedule_looks_after_a_withdrawal_for_a_week() -> None:
    review = Review()
    review.withdraws()
    review.candidate(TALK)

    review.fakes.clock.advance(7 * DAY + 1)

    assert withdrawal.complete(review.world, review.base) == []


def test_the_schedule_looks_after_all_of_very_many_withdrawals() -> None:
    review = Review()
    for number in range(250):
        one = Withdrawal(conversation_id=f"talk-{number + 100}", at=START, by="lea")
        review.world.records.withdraw(one)
        review.correction(f"late-{number}", one.conversation_id)

    assert len(withdrawal.complete(review.world, review.base)) == 250
    assert list(review.world.corrections.all()) == []


def test_a_pair_in_a_job_of_ground_truth_which_has_no_tasks_here_goes() -> None:
    review = Review()
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")

    view = review.withdraws()

    assert review.world.candidates.get("c1") is None
    assert view.in_jobs == ("job-1",)


def test_whoever_meets_too_many_others_is_told_and_it_is_recorded_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review = Review()
    review.job("c1")
    review.candidate(TALK, status=CandidateStatus.LABELING, job="job-1")
    review.task()
    get = review.fakes.tasks.get

    def always_behind(job: str, candidate_id: str) -> Task | None:
        found = get(job, candidate_id)
        assert found is not None
        return found.model_copy(update={"revision": found.revision - 1})

    with monkeypatch.context() as patched:
        patched.setattr(review.fakes.tasks, "get", always_behind)
        with pytest.raises(Busy, match="It is recorded"):
            review.withdraws()

    assert review.world.records.withdrawn([TALK]) == {TALK}
    assert withdrawal.complete(review.world, review.base) == [TALK]
    assert review.world.candidates.get("c1") is None
