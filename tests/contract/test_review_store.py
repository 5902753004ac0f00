"""The review's stores: the fakes and the DynamoDB adapters pass the same tests."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from tandem.aws.document_table import Throttled, TooLarge
from tandem.aws.review_candidates import DynamoCandidates, DynamoCorrections
from tandem.aws.review_labeling import (
    DynamoJobs,
    DynamoRatings,
    DynamoReviewers,
    DynamoSittings,
    DynamoTasks,
)
from tandem.aws.review_records import DynamoArticles, DynamoRecords
from tandem.aws.review_table import ReviewTable
from tandem.live.errors import Conflict
from tandem.review.models import (
    Article,
    ArticleStatus,
    Audit,
    Backend,
    Candidate,
    CandidateStatus,
    Correction,
    DatasetVersion,
    Given,
    Job,
    JobStatus,
    Pair,
    Pick,
    Rating,
    Reviewer,
    Sitting,
    Standing,
    Task,
    TaskStatus,
    TrainedModel,
    Withdrawal,
)
from tandem.review.policy import Sampling
from tandem.review.stores import (
    Articles,
    Candidates,
    Corrections,
    Jobs,
    Ratings,
    Records,
    Reviewers,
    Sittings,
    Tasks,
)
from tests.contract.conftest import REGION
from tests.fakes import START
from tests.review_fakes import ReviewFakes
from tests.template.template_file import written
from tests.unit.review.intake_scene import Bucket, chat, lines

MINUTE = timedelta(minutes=1)


class Stores:
    """One set of stores; `table` is None for the fakes."""

    def __init__(self, table: ReviewTable | None) -> None:
        fakes = ReviewFakes()
        self.table = table
        self.candidates: Candidates = DynamoCandidates(table) if table else fakes.candidates
        self.corrections: Corrections = DynamoCorrections(table) if table else fakes.corrections
        self.jobs: Jobs = DynamoJobs(table) if table else fakes.jobs
        self.tasks: Tasks = DynamoTasks(table) if table else fakes.tasks
        self.ratings: Ratings = DynamoRatings(table) if table else fakes.ratings
        self.reviewers: Reviewers = DynamoReviewers(table) if table else fakes.reviewers
        self.sittings: Sittings = DynamoSittings(table) if table else fakes.sittings
        self.articles: Articles = DynamoArticles(table) if table else fakes.articles
        self.records: Records = DynamoRecords(table) if table else fakes.records


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return Stores(None)
    return Stores(dynamodb(request))


def dynamodb(request: pytest.FixtureRequest) -> ReviewTable:
    """The table as the template declares it."""
    request.getfixturevalue("aws")
    client = boto3.client("dynamodb", region_name=REGION)
    declared: dict[str, Any] = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName="review", **{name: declared[name] for name in used})
    return ReviewTable(client, "review")


def candidate(name: str = "c1", **changes: Any) -> Candidate:
    conversation: str = changes.pop("conversation", "talk-1")
    values: dict[str, Any] = {
        "candidate_id": name,
        "pair": Pair(conversation_id=conversation, turn_id="t", question="Why?", answer="So."),
        "picks": (Pick.ESCALATED,),
        "stratum": "en",
        "topic": "q:1",
        "policy_version": "p",
        "created_at": START,
        "conversations": (conversation,),
    }
    return Candidate(**values | changes)


def changed[T: (Candidate, Job, Task, Article, Sitting)](document: T, **changes: Any) -> T:
    return document.model_copy(update={"revision": document.revision + 1, **changes})


def rating(name: str = "c1", reviewer: str = "rio", **changes: Any) -> Rating:
    values = {"candidate_id": name, "job": "j1", "reviewer": reviewer, "rating": 4, "at": START}
    return Rating(**values | changes)


def job(name: str = "j1", **changes: Any) -> Job:
    values: dict[str, Any] = {
        "name": name,
        "backend": Backend.QUEUE,
        "candidate_ids": ("c1",),
        "workers_per_object": 2,
        "created_at": START,
        "deadline": START + timedelta(days=1),
    }
    return Job(**values | changes)


def task(name: str = "c1", **changes: Any) -> Task:
    values: dict[str, Any] = {
        "job": "j1",
        "candidate_id": name,
        "wanted": 2,
        "task_input": {"question": "Why?", "labels": ["1 - No"]},
        "created_at": START,
    }
    return Task(**values | changes)


def article(name: str = "a1", **changes: Any) -> Article:
    values: dict[str, Any] = {
        "article_id": name,
        "conversation_id": "talk-1",
        "question": "Why?",
        "answer": "So.",
        "answered_by": "ada",
        "created_at": START,
    }
    return Article(**values | changes)


def test_a_candidate_is_stored_once_and_remembers_where_it_came_up(stores: Stores) -> None:
    assert stores.candidates.add(candidate(conversation="talk-1"))
    assert not stores.candidates.add(candidate(conversation="talk-2"))
    assert not stores.candidates.add(candidate(conversation="talk-2"))

    stored = stores.candidates.get("c1")

    assert stored is not None
    assert stored.conversations == ("talk-1", "talk-2")
    assert stores.candidates.of_conversation("talk-2") == [stored]
    assert stores.candidates.of_conversation("talk-3") == []


def test_it_remembers_no_more_than_twenty_conversations(stores: Stores) -> None:
    for number in range(25):
        stores.candidates.add(candidate(conversation=f"talk-{number}"))

    stored = stores.candidates.get("c1")

    assert stored is not None
    assert len(stored.conversations) == 20


def test_of_two_who_change_a_candidate_at_once_one_is_told(stores: Stores) -> None:
    before = candidate()
    stores.candidates.add(before)
    stores.candidates.replace(before, changed(before, note="first"))

    with pytest.raises(Conflict):
        stores.candidates.replace(before, changed(before, note="second"))

    stored = stores.candidates.get("c1")
    assert stored is not None
    assert stored.note == "first"


def test_what_was_picked_for_a_reason_comes_first_then_the_oldest(stores: Stores) -> None:
    picked = {"random": (Pick.RANDOM,), "both": (Pick.RANDOM, Pick.THUMBS_DOWN)}
    stores.candidates.add(candidate("c1", picks=picked["random"]))
    stores.candidates.add(candidate("c2", picks=picked["both"], created_at=START + MINUTE))
    stores.candidates.add(candidate("c3"))
    labeled = candidate("c4")
    stores.candidates.add(labeled)
    stores.candidates.replace(labeled, changed(labeled, status=CandidateStatus.LABELED))

    waiting = stores.candidates.of_status(CandidateStatus.WAITING)
    first = stores.candidates.of_status(CandidateStatus.WAITING, limit=1)

    assert [c.candidate_id for c in waiting] == ["c3", "c2", "c1"]
    assert [c.candidate_id for c in first] == ["c3"]
    assert [c.candidate_id for c in stores.candidates.many(["c4", "none", "c1"])] == ["c4", "c1"]


def test_a_removed_candidate_leaves_nothing(stores: Stores) -> None:
    stores.candidates.add(candidate())
    stores.ratings.put(rating())

    for _ in range(2):
        stores.candidates.remove(candidate())

    assert stores.candidates.get("c1") is None
    assert stores.candidates.of_conversation("talk-1") == []
    assert stores.ratings.of_candidate("c1") == []


def test_the_largest_candidate_that_an_import_can_make_is_taken(stores: Stores) -> None:
    bucket = Bucket(Sampling(random_share=1, context_turns=20))
    faces = [str(number) + "\U0001f600" * 8000 for number in range(21)]
    turns = [text for face in faces[:20] for text in (face, face)]
    bucket.gets("imports/x.json", chat(*turns, "\x01" + faces[20], faces[20], thumb="down"))
    label = {"rating": 3, "better_answers": faces}
    bucket.gets("imports/x.manifest", lines({"source": "What?, That.", "relevance": label}))

    pair = max(bucket.candidates, key=lambda found: len(found.model_dump_json()))
    labelled = next(found.label for found in bucket.candidates if found.label)
    largest = pair.model_copy(update={"label": labelled})

    assert len(largest.model_dump_json().encode()) > 300_000
    assert stores.candidates.add(largest)
    assert stores.candidates.get(largest.candidate_id) == largest


def test_a_stratum_has_so_many_random_candidates_a_day_and_no_more(stores: Stores) -> None:
    asked = [stores.candidates.random_today("2026-11-23", "de|m", 2) for _ in range(3)]

    assert asked == [True, True, False]
    assert stores.candidates.random_today("2026-11-23", "", 2)
    assert stores.candidates.random_today("2026-11-24", "de|m", 2)
    assert not stores.candidates.random_today("2026-11-25", "de|m", 0)
    assert stores.candidates.random_of("2026-11-23") == {"de|m": 2, "": 1}
    assert stores.candidates.random_of("2026-11-25") == {}


def test_corrections_are_kept_once_and_go_with_their_conversation(stores: Stores) -> None:
    values: dict[str, Any] = {"question": "Why?", "expert_answer": "So.", "topic": "q", "at": START}
    first = Correction(correction_id="k1", conversation_id="talk-1", **values)
    second = Correction(correction_id="k2", conversation_id="talk-2", **values)
    for correction in (first, first, second):
        stores.corrections.put(correction)

    removed = stores.corrections.remove_of("talk-1")

    assert removed == 1
    assert list(stores.corrections.all()) == [second]


def test_a_job_is_unfinished_until_it_ended_and_stays_among_the_recent(stores: Stores) -> None:
    first, second = job("j1"), job("j2", created_at=START + MINUTE)
    assert stores.jobs.add(first)
    assert stores.jobs.add(second)
    assert not stores.jobs.add(job("j1", workers_per_object=5))
    ended = changed(first, status=JobStatus.COMPLETED)
    stores.jobs.replace(first, ended)

    with pytest.raises(Conflict):
        stores.jobs.replace(first, changed(first))

    assert stores.jobs.unfinished() == [second]
    assert stores.jobs.recent(1) == [second]
    assert stores.jobs.recent(5) == [second, ended]
    assert stores.jobs.get("j1") == ended
    assert stores.jobs.get("none") is None


def test_open_tasks_come_by_priority_then_age(stores: Stores) -> None:
    urgent = task("c2", priority=0, created_at=START + MINUTE)
    done = task("c3")
    for each in (task("c1"), urgent, done):
        assert stores.tasks.add(each)
    assert not stores.tasks.add(task("c1", wanted=5))
    stores.tasks.replace(done, changed(done, status=TaskStatus.DONE))

    with pytest.raises(Conflict):
        stores.tasks.replace(done, changed(done))

    assert stores.tasks.open(10) == [urgent, task("c1")]
    assert stores.tasks.open(1) == [urgent]
    assert len(stores.tasks.of_job("j1")) == 3
    assert stores.tasks.of_job("j2") == []


def test_what_a_reviewer_has_rated_or_skipped_is_not_open_for_them(stores: Stores) -> None:
    rated = task("c1", rated_by=("rio",))
    skipped = task("c2", skipped_by=("rea", "rio"))
    fresh = task("c3", rated_by=("rea",))
    for each in (rated, skipped, fresh):
        stores.tasks.add(each)

    assert stores.tasks.open(10, besides="rio") == [fresh]
    assert stores.tasks.open(10, besides="rea") == [rated]
    assert stores.tasks.open(1, besides="ria") == [rated]
    assert stores.tasks.open(10) == [rated, skipped, fresh]


def test_the_open_tasks_of_a_job_are_found_and_counted(stores: Stores) -> None:
    for number in range(3):
        stores.tasks.add(task(f"c{number}"))
    other = task("c1", job="j2")
    stores.tasks.add(other)
    done = task("c2")
    stores.tasks.replace(done, changed(done, status=TaskStatus.DONE))

    assert {each.candidate_id for each in stores.tasks.open_of("j1", 10)} == {"c0", "c1"}
    assert len(stores.tasks.open_of("j1", 1)) == 1
    assert stores.tasks.open_of("j2", 10) == [other]
    assert stores.tasks.count_open("j1") == 2
    assert stores.tasks.count_open("none") == 0


def test_a_task_that_is_opened_again_is_found_again(stores: Stores) -> None:
    before = task(rated_by=("rio",))
    stores.tasks.add(before)
    done = changed(before, status=TaskStatus.DONE)
    stores.tasks.replace(before, done)
    again = changed(done, status=TaskStatus.OPEN, rated_by=())
    stores.tasks.replace(done, again)

    assert stores.tasks.open(10, besides="rio") == [again]
    assert stores.tasks.open_of("j1", 10) == [again]


def test_candidates_of_a_state_are_counted_up_to_a_limit(stores: Stores) -> None:
    for number in range(3):
        stores.candidates.add(candidate(f"c{number}"))

    assert stores.candidates.count(CandidateStatus.WAITING, 10) == 3
    assert stores.candidates.count(CandidateStatus.WAITING, 2) == 2
    assert stores.candidates.count(CandidateStatus.LABELED, 10) == 0


def test_of_two_who_judge_a_reviewer_at_once_one_is_told(stores: Stores) -> None:
    before = Reviewer(reviewer="rio")
    assert stores.reviewers.add(before)
    assert not stores.reviewers.add(Reviewer(reviewer="rio", bias=1))
    lead = before.model_copy(update={"by": "lead", "revision": 1})
    stores.reviewers.replace(before, lead)

    with pytest.raises(Conflict):
        stores.reviewers.replace(before, before.model_copy(update={"bias": 1.0, "revision": 1}))

    assert stores.reviewers.get("rio") == lead


def test_a_reviewer_has_one_sitting(stores: Stores) -> None:
    before = Sitting(reviewer="rio", holding=(Given(job="j1", candidate_id="c1"),))
    assert stores.sittings.add(before)
    assert not stores.sittings.add(Sitting(reviewer="rio"))
    after = changed(before, holding=())
    stores.sittings.replace(before, after)

    with pytest.raises(Conflict):
        stores.sittings.replace(before, changed(before))

    assert stores.sittings.get("rio") == after
    assert stores.sittings.get("rea") is None
    assert stores.sittings.all() == [after]


def test_the_newest_rating_of_a_reviewer_counts(stores: Stores) -> None:
    stores.ratings.put(rating(rating=2))
    stores.ratings.put(rating(rating=5, at=START + MINUTE))
    stores.ratings.put(rating(reviewer="rea", rating=3, at=START - MINUTE))

    assert [r.rating for r in stores.ratings.of_candidate("c1")] == [3, 5]

    stores.ratings.remove("c1", "j1", "rio")
    assert [r.rating for r in stores.ratings.of_candidate("c1")] == [3]


def test_ratings_are_found_by_reviewer_and_by_time(stores: Stores) -> None:
    for number in range(4):
        stores.ratings.put(rating(f"c{number}", at=START + number * MINUTE))
    stores.ratings.put(rating("c9", reviewer="rea", at=START + 9 * MINUTE))

    mine = stores.ratings.of_reviewer("rio", 2)
    late = stores.ratings.since(START + 2 * MINUTE, 10)
    newest = stores.ratings.since(START, 2)

    assert [r.candidate_id for r in mine] == ["c3", "c2"]
    assert [r.candidate_id for r in late] == ["c2", "c3", "c9"]
    assert [r.candidate_id for r in newest] == ["c3", "c9"]


def test_reviewers_are_kept_by_their_name(stores: Stores) -> None:
    stores.reviewers.put(Reviewer(reviewer="rio"))
    aside = Reviewer(reviewer="rio", standing=Standing.SET_ASIDE, because="noise")
    stores.reviewers.put(aside)

    assert stores.reviewers.get("rio") == aside
    assert stores.reviewers.get("rea") is None
    assert stores.reviewers.all() == [aside]


def test_articles_are_found_by_state_and_by_conversation(stores: Stores) -> None:
    first, second = article("a1"), article("a2", created_at=START + MINUTE)
    assert stores.articles.add(first)
    assert stores.articles.add(second)
    assert not stores.articles.add(article("a1", answer="Other."))
    published = changed(first, status=ArticleStatus.PUBLISHED)
    stores.articles.replace(first, published)

    with pytest.raises(Conflict):
        stores.articles.replace(first, changed(first))

    assert stores.articles.of_status(ArticleStatus.PROPOSED) == [second]
    assert stores.articles.of_status(ArticleStatus.PUBLISHED) == [published]
    assert stores.articles.of_conversation("talk-1") == [published, second]
    assert stores.articles.get("none") is None


def test_a_conversation_is_withdrawn_once(stores: Stores) -> None:
    first = Withdrawal(conversation_id="talk-1", at=START, by="lea")
    again = Withdrawal(conversation_id="talk-1", at=START + MINUTE, by="lea")

    assert stores.records.withdraw(first)
    assert not stores.records.withdraw(again)
    assert stores.records.withdrawn(["talk-1", "talk-2", "talk-1"]) == {"talk-1"}
    assert stores.records.withdrawals() == [first]


def test_a_version_of_the_dataset_is_taken_once_and_knows_its_models(stores: Stores) -> None:
    def version(number: int, inputs: str) -> DatasetVersion:
        return DatasetVersion(
            version=number, uri="s3://b/d", inputs=inputs, counts={}, conversations=1,
            built_at=START,
        )  # fmt: skip

    model = TrainedModel(model_id="arn:aws:bedrock:m/1", dataset_version=2, at=START)

    assert stores.records.add_dataset(version(2, "x"))
    assert stores.records.add_dataset(version(10, "y"))
    assert not stores.records.add_dataset(version(2, "z"))
    assert [d.version for d in stores.records.datasets()] == [10, 2]

    stores.records.add_model(model)
    stores.records.add_model(model)
    assert stores.records.models_of(2) == [model]
    assert stores.records.models_of(1) == []


def test_a_conversation_knows_the_datasets_that_hold_it(stores: Stores) -> None:
    many = [f"talk-{number}" for number in range(60)]

    stores.records.add_members(2, many)
    stores.records.add_members(10, ["talk-7", "talk-7"])
    stores.records.add_members(2, ["talk-7", "late"])

    assert stores.records.datasets_of("talk-7") == [2, 10]
    assert stores.records.datasets_of("talk-59") == [2]
    assert stores.records.datasets_of("late") == [2]
    assert stores.records.datasets_of("other") == []


def test_a_conversation_knows_which_of_its_labels_each_dataset_holds(stores: Stores) -> None:
    held = {"talk-1": {"c1": "train", "c2": "test"}, "elsewhere": {"c3": "train"}}

    stores.records.add_members(2, ["talk-1", "desk-1"], held)
    stores.records.add_members(10, ["talk-1"])

    assert stores.records.labels_of("talk-1") == {2: {"c1": "train", "c2": "test"}, 10: {}}
    assert stores.records.labels_of("desk-1") == {2: {}}
    assert stores.records.labels_of("elsewhere") == {}


@pytest.mark.parametrize("stores", ["dynamodb"], indirect=True)
def test_what_a_batch_leaves_unwritten_is_written_again(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stores.table is not None
    waited: list[float] = []
    monkeypatch.setattr("tandem.aws.document_table.sleep", waited.append)
    client = stores.table.client
    write, asked = client.batch_write_item, 0

    def busy(RequestItems: Any) -> Any:
        nonlocal asked
        asked += 1
        ((name, requests),) = RequestItems.items()
        half = len(requests) // 2
        write(RequestItems={name: requests[half:]})
        return {"UnprocessedItems": {name: requests[:half]} if half else {}}

    monkeypatch.setattr(client, "batch_write_item", busy)
    stores.records.add_members(1, [f"talk-{number}" for number in range(20)])

    assert [stores.records.datasets_of(f"talk-{number}") for number in range(20)] == [[1]] * 20
    assert waited == sorted(waited)
    assert len(waited) == asked - 1

    monkeypatch.setattr(
        client, "batch_write_item", lambda RequestItems: {"UnprocessedItems": RequestItems}
    )
    with pytest.raises(Throttled, match="2 items"):
        stores.records.add_members(1, ["talk-1", "talk-2"])


@pytest.mark.parametrize("stores", ["dynamodb"], indirect=True)
def test_what_is_left_out_of_a_batch_is_read_again_and_not_for_ever(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stores.table is not None
    waited: list[float] = []
    monkeypatch.setattr("tandem.aws.document_table.sleep", waited.append)
    client = stores.table.client
    get: Any = client.batch_get_item
    asked = 0

    def busy(RequestItems: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked % 2:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        ((name, wanted),) = RequestItems.items()
        first, *rest = wanted["Keys"]
        answer = get(RequestItems={name: {**wanted, "Keys": [first]}})
        left = {name: {**wanted, "Keys": rest}} if rest else {}
        return {"Responses": answer["Responses"], "UnprocessedKeys": left}

    monkeypatch.setattr(client, "batch_get_item", busy)
    names = [f"c{number}" for number in range(3)]
    for name in names:
        stores.candidates.add(candidate(name))

    assert [each.candidate_id for each in stores.candidates.many(names)] == names
    assert len(waited) == 3

    monkeypatch.setattr(
        client,
        "batch_get_item",
        lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},
    )
    with pytest.raises(Throttled, match="3 items were not read"):
        stores.candidates.many(names)
    assert waited[3:] == sorted(waited[3:])


def test_the_audit_trail_is_read_from_its_end(stores: Stores) -> None:
    entries = [
        Audit(entry_id=f"e{n}", at=START + n * timedelta(days=20), actor="lea", action="a",
              subject="s")
        for n in range(3)
    ]  # fmt: skip
    for entry in entries:
        stores.records.note(entry)

    assert stores.records.audit(2) == [entries[2], entries[1]]


@pytest.mark.parametrize("stores", ["dynamodb"], indirect=True)
def test_what_is_too_large_for_an_item_is_said_so(stores: Stores) -> None:
    large = task(task_input={"question": "x" * 500_000})

    with pytest.raises(TooLarge, match="TASK#c1 has 500"):
        stores.tasks.add(large)


def test_a_candidate_that_leaves_a_conversation_is_not_found_by_it_any_more(stores: Stores) -> None:
    stores.candidates.add(candidate(conversation="talk-1"))
    stores.candidates.add(candidate(conversation="talk-2"))
    stored = stores.candidates.get("c1")
    assert stored is not None

    stores.candidates.replace(stored, changed(stored, conversations=("talk-2",)))

    assert stores.candidates.of_conversation("talk-1") == []
    assert [c.candidate_id for c in stores.candidates.of_conversation("talk-2")] == ["c1"]


def test_a_removal_that_breaks_off_is_found_again_by_the_conversation(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = dynamodb(request)
    candidates = DynamoCandidates(table)
    candidates.add(candidate())
    DynamoRatings(table).put(rating())
    delete = table.delete

    def dies_at_the_candidate(pk: str, sk: str) -> None:
        if sk == "CANDIDATE":
            raise RuntimeError("the worker has died")
        delete(pk, sk)

    with monkeypatch.context() as patched:
        patched.setattr(table, "delete", dies_at_the_candidate)
        with pytest.raises(RuntimeError):
            candidates.remove(candidate())

    (found,) = candidates.of_conversation("talk-1")
    candidates.remove(found)
    assert candidates.get("c1") is None
    assert candidates.of_conversation("talk-1") == []
