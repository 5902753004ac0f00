"""The door of the review, with all that it is wired to: a table, buckets, a bus."""

import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from tandem.aws import clients
from tandem.review.models import (
    Article,
    ArticleStatus,
    Backend,
    CandidateStatus,
    DatasetVersion,
    Job,
    JobStatus,
    Task,
    TrainedModel,
    Withdrawal,
)
from tandem.review.ports import ReviewWorld
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.template.template_file import written
from tests.unit.review.desk_of_reviewers import candidate

DOOR = "functions.review.serve_review.app"
SAMPLE = json.loads((Path(__file__).parents[2] / "events" / "review_next.json").read_text())
HANDFUL = 6


@pytest.fixture
def door(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function as Lambda initializes it, in an account with the review's own table."""
    declared: dict[str, Any] = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="review", **{name: declared[name] for name in used}
    )
    for bucket in ("review", "knowledge"):
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=bucket)
    boto3.client("ssm", region_name=REGION).put_parameter(Name="/review", Value="{}", Type="String")
    variables = {
        "REVIEW_TABLE_NAME": "review",
        "REVIEW_BUCKET": "review",
        "REVIEW_POLICY_PARAMETER": "/review",
        "BUS_NAME": "default",
        "KNOWLEDGE_BUCKET": "knowledge",
        "KNOWLEDGE_BASE_ID": "",
        "KNOWLEDGE_DATA_SOURCE_ID": "",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    forget()
    yield importlib.import_module(DOOR)
    sys.modules.pop(DOOR)
    forget()


class Caller:
    """Somebody who is signed in."""

    def __init__(self, door: ModuleType, user: str, group: str) -> None:
        self._door = door
        self._claims = {
            "cognito:groups": f"[{group}]",
            "cognito:username": user,
            "name": user.title(),
        }

    def asks(
        self, key: str, body: Any = None, *, article_id: str | None = None, **query: str
    ) -> tuple[int, dict[str, Any]]:
        context = {**SAMPLE["requestContext"], "authorizer": {"jwt": {"claims": self._claims}}}
        event = {**SAMPLE, "routeKey": key, "requestContext": context}
        event["queryStringParameters"] = query or None
        event["pathParameters"] = {"article_id": article_id} if article_id else None
        if body is not None:
            event["body"] = json.dumps(body)
        lambda_context = SimpleNamespace(
            function_name="f",
            memory_limit_in_mb=1024,
            invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
            aws_request_id="r",
        )
        response = self._door.handler(event, lambda_context)
        return response["statusCode"], json.loads(response["body"])

    def gets(
        self, key: str, body: Any = None, *, article_id: str | None = None, **query: str
    ) -> dict[str, Any]:
        status, answer = self.asks(key, body, article_id=article_id, **query)
        assert status == 200, answer
        return answer


def opened(world: ReviewWorld, items: int, wanted: int = 2) -> None:
    """A labelling job on the queue."""
    now = world.clock.now()
    names = [f"c{number:03d}" for number in range(items)]
    world.jobs.add(
        Job(
            name="j1",
            backend=Backend.QUEUE,
            status=JobStatus.OPEN,
            candidate_ids=tuple(names),
            workers_per_object=wanted,
            created_at=now,
            deadline=now + timedelta(days=14),
        )
    )
    for name in names:
        world.candidates.add(candidate(name, status=CandidateStatus.LABELING, job="j1"))
        world.tasks.add(
            Task(
                job="j1",
                candidate_id=name,
                wanted=wanted,
                task_input={"question": f"What is {name}?", "answer": "So.", "context": []},
                created_at=now,
            )
        )


def which(item: dict[str, Any]) -> dict[str, Any]:
    return {"job": item["job"], "candidate_id": item["candidate_id"]}


@contextmanager
def calls_of_dynamodb() -> Iterator[Counter[str]]:
    """How often each operation is called."""
    seen: Counter[str] = Counter()
    events = clients.dynamodb().meta.events

    def count(model: Any, **_: Any) -> None:
        seen[model.name] += 1

    events.register("before-call.dynamodb", count)
    try:
        yield seen
    finally:
        events.unregister("before-call.dynamodb", count)


def test_the_sample_event_is_answered(door: ModuleType) -> None:
    status, answer = Caller(door, "rio", "reviewers").asks("POST /review/next")

    assert status == 200
    assert answer == {
        "item": None,
        "progress": {
            "rated_today": 0, "rated": 0, "skipped": 0, "left": 0, "can_undo": False,
        },
    }  # fmt: skip


def test_a_job_is_rated_from_its_first_item_to_its_last(door: ModuleType) -> None:
    opened(door.WORLD, 3, wanted=2)
    rio, rea = Caller(door, "rio", "reviewers"), Caller(door, "rea", "reviewers")
    lead = Caller(door, "lea", "leads")

    for reviewer in (rio, rea):
        item = reviewer.gets("POST /review/next")["item"]
        while item is not None:
            reviewer.gets("POST /review/heartbeat", which(item))
            said = {**which(item), "rating": 4, "seconds": 2.5}
            item = reviewer.gets("POST /review/rate", said)["item"]

    progress = rio.gets("GET /review/progress")
    assert (progress["rated"], progress["left"]) == (3, 0)
    assert rio.gets("GET /review/fate")["rated"] == 3
    overview = lead.gets("GET /review/overview")
    assert overview["candidates"]["labeling"] == 3
    assert [each["open"] for each in overview["jobs"]] == [0]
    assert {r["name"]: r["ratings"] for r in overview["reviewers"]} == {"Rio": 3, "Rea": 3}
    undone = rio.gets("POST /review/undo")
    assert undone["rating"] == 4
    assert rio.gets("POST /review/release", which(undone["item"])) == {"released": True}


def test_what_is_refused_says_why_by_a_code(door: ModuleType) -> None:
    opened(door.WORLD, 1)
    rio, lead = Caller(door, "rio", "reviewers"), Caller(door, "lea", "leads")
    item = rio.gets("POST /review/next")["item"]

    low = rio.asks("POST /review/rate", {**which(item), "rating": 1})
    never = rio.asks("POST /review/rate", {"job": "j1", "candidate_id": "none", "rating": 5})
    nothing = rio.asks("POST /review/undo")
    early = lead.asks("POST /review/adjudicate", {"candidate_id": "c000", "decision": "discard"})
    none_waits = lead.asks("POST /review/labeling")

    assert [(status, answer["code"]) for status, answer in (
        low, never, nothing, early, none_waits,
    )] == [
        (400, "reason_missing"),
        (404, "not_found"),
        (409, "nothing_to_undo"),
        (409, "not_decidable"),
        (409, "nothing_waits"),
    ]  # fmt: skip


def test_the_next_item_takes_a_handful_of_calls_however_long_the_queue_is(
    door: ModuleType,
) -> None:
    opened(door.WORLD, 120)
    rio = Caller(door, "rio", "reviewers")
    item = rio.gets("POST /review/next")["item"]

    with calls_of_dynamodb() as rating:
        after = rio.gets("POST /review/rate", {**which(item), "rating": 4})["item"]
    with calls_of_dynamodb() as loading_again:
        rio.gets("POST /review/next")

    assert after is not None
    # One asks who is set aside: all reviewers lie in one short partition.
    assert rating["Query"] == loading_again["Query"] == 1
    assert sum(rating.values()) <= 2 * HANDFUL, rating
    assert sum(loading_again.values()) <= HANDFUL, loading_again


def test_an_item_that_is_done_is_looked_after_without_reading_its_job(door: ModuleType) -> None:
    opened(door.WORLD, 120, wanted=1)
    rio = Caller(door, "rio", "reviewers")
    item = rio.gets("POST /review/next")["item"]

    with calls_of_dynamodb() as rating:
        rio.gets("POST /review/rate", {**which(item), "rating": 4})

    assert rating["Query"] == 2, rating
    assert sum(rating.values()) <= 2 * HANDFUL + 2, rating


# --- articles ------------------------------------------------------------------------------------
EDIT, DECIDE = (f"POST /review/articles/{{article_id}}/{what}" for what in ("edit", "decide"))
SECRET = "To the second floor"


def proposed(world: ReviewWorld, name: str = "article-1", **changes: Any) -> Article:
    values: dict[str, Any] = {
        "article_id": name,
        "conversation_id": "talk-1",
        "question": "May I bring my hamster?",
        "answer": SECRET,
        "answered_by": "ada",
        "created_at": world.clock.now(),
    }
    article = Article(**values | changes)
    assert world.articles.add(article)
    return article


def knowledge_files() -> list[str]:
    found = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="knowledge")
    return [item["Key"] for item in found.get("Contents", [])]


def test_an_article_is_edited_approved_and_withdrawn(door: ModuleType) -> None:
    name = proposed(door.WORLD).article_id
    lead = Caller(door, "lea", "leads")
    (shown,) = lead.gets("GET /review/articles", status="proposed")["articles"]

    change = {"product_area": "Pets", "revision": shown["revision"]}
    edited = lead.gets(EDIT, change, article_id=name)
    approval = {"decision": "approve", "revision": edited["revision"]}
    approved = lead.gets(DECIDE, approval, article_id=name)

    assert (approved["status"], approved["approved_by"]) == ("published", "lea")
    assert (approved["indexed"], approved["at_next_sync"]) == (False, True)
    assert len(knowledge_files()) == 2, "the text, and the metadata beside it"
    assert lead.gets("GET /review/articles", status="published")["articles"] == [approved]
    ending = {"decision": "withdraw", "revision": approved["revision"], "note": "No longer so."}
    withdrawn = lead.gets(DECIDE, ending, article_id=name)
    assert (withdrawn["status"], withdrawn["note"]) == ("withdrawn", "No longer so.")
    assert (withdrawn["may_be_held"], withdrawn["at_next_sync"]) == (False, True)
    assert knowledge_files() == []
    assert lead.gets("GET /review/articles") == {
        "articles": [withdrawn], "next": None, "problems": 0,
    }  # fmt: skip


def test_what_of_an_article_is_refused_says_why_by_a_code(door: ModuleType) -> None:
    name = proposed(door.WORLD).article_id
    lea, ben = Caller(door, "lea", "leads"), Caller(door, "ben", "leads")
    ben.gets(EDIT, {"answer": "What Lea never saw.", "revision": 0}, article_id=name)

    unseen = lea.asks(DECIDE, {"decision": "approve", "revision": 0}, article_id=name)
    blind = lea.asks(DECIDE, {"decision": "approve"}, article_id=name)
    over = lea.asks(EDIT, {"answer": "Mine.", "revision": 0}, article_id=name)
    early = lea.asks(DECIDE, {"decision": "expire", "revision": 1}, article_id=name)
    never = lea.asks(DECIDE, {"decision": "approve", "revision": 1}, article_id="none")

    assert [(status, answer["code"]) for status, answer in (unseen, blind, over, early, never)] == [
        (409, "changed_meanwhile"),
        (400, "invalid_message"),
        (409, "changed_meanwhile"),
        (409, "no_longer_open"),
        (404, "not_found"),
    ]
    assert knowledge_files() == []


def test_articles_are_given_out_piece_by_piece(door: ModuleType) -> None:
    world = door.WORLD
    now = world.clock.now()
    for number in range(45):
        at = now + timedelta(microseconds=number // 3)
        proposed(world, f"a{number:02d}", created_at=at)
    lead = Caller(door, "lea", "leads")

    first = lead.gets("GET /review/articles")
    second = lead.gets("GET /review/articles", after=first["next"], status="proposed")
    third = lead.gets("GET /review/articles", after=second["next"], limit="7")

    pieces = [first, second, third]
    assert [len(piece["articles"]) for piece in pieces] == [20, 20, 5]
    assert third["next"] is None
    assert [a["article_id"] for piece in pieces for a in piece["articles"]] == [
        f"a{number:02d}" for number in reversed(range(45))
    ]


def test_articles_that_the_knowledge_base_still_holds_are_counted_and_listed(
    door: ModuleType,
) -> None:
    ended = {"status": ArticleStatus.WITHDRAWN, "may_be_held": True}
    left = proposed(door.WORLD, "left", **ended, problem="The knowledge base may still hold it.")
    proposed(door.WORLD, "other")
    lead = Caller(door, "lea", "leads")

    listed = lead.gets("GET /review/articles", status="proposed")
    assert (len(listed["articles"]), listed["problems"]) == (1, 1)
    (problem,) = lead.gets("GET /review/articles", status="problem")["articles"]
    assert problem["article_id"] == left.article_id


@pytest.mark.parametrize(
    "query", [{"limit": "51"}, {"limit": "some"}, {"after": "yesterday"}, {"status": "lost"}]
)
def test_a_list_that_makes_no_sense_is_refused(door: ModuleType, query: dict[str, str]) -> None:
    status, answer = Caller(door, "lea", "leads").asks("GET /review/articles", **query)

    assert (status, answer["code"]) == (400, "invalid_message")


# --- withdrawals ---------------------------------------------------------------------------------
def test_a_conversation_is_withdrawn_and_it_says_what_still_holds_it(door: ModuleType) -> None:
    world: ReviewWorld = door.WORLD
    name = proposed(world).article_id
    opened(world, 1)
    world.records.add_members(3, ["talk-1"])
    world.records.add_dataset(dataset(world, 3))
    world.records.add_model(
        TrainedModel(model_id="model-a", dataset_version=3, at=world.clock.now())
    )
    lead = Caller(door, "lea", "leads")
    lead.gets(DECIDE, {"decision": "approve", "revision": 0}, article_id=name)
    (conversation,) = world.candidates.many(["c000"])[0].conversations

    view = lead.gets("POST /review/withdrawals", {"conversation_id": "talk-1", "reason": "mail"})
    told = lead.gets("POST /review/withdrawals", {"conversation_id": conversation})

    assert (view["by"], view["reason"]) == ("lea", "mail")
    assert (view["datasets"], view["models"]) == ([3], ["model-a"])
    assert (view["left"], view["until_sync"], view["in_jobs"]) == ([], [name], [])
    assert told["in_jobs"] == ["j1"]
    assert knowledge_files() == []
    assert SECRET not in json.dumps(lead.gets("GET /review/articles"))
    again = lead.gets("POST /review/withdrawals", {"conversation_id": "talk-1"})
    assert again == view
    listed = lead.gets("GET /review/withdrawals")
    assert (listed["withdrawals"], listed["next"]) == ([told, view], None)


def dataset(world: ReviewWorld, version: int) -> DatasetVersion:
    return DatasetVersion(
        version=version,
        uri=f"s3://review/datasets/v{version}/",
        inputs=str(version),
        counts={},
        conversations=1,
        built_at=world.clock.now(),
    )


def test_many_withdrawals_of_many_versions_are_listed_with_few_calls(door: ModuleType) -> None:
    world: ReviewWorld = door.WORLD
    names = [f"talk-{number:03d}" for number in range(110)]
    for version in range(1, 5):
        world.records.add_members(version, names)
        world.records.add_dataset(dataset(world, version))
    now = world.clock.now()
    for number, name in enumerate(names):
        at = now + timedelta(seconds=number // 2)
        world.records.withdraw(Withdrawal(conversation_id=name, at=at, by="lea"))
    lead = Caller(door, "lea", "leads")

    with calls_of_dynamodb() as calls:
        first = lead.gets("GET /review/withdrawals", limit="100")
    assert sum(calls.values()) <= 2 * 100 + 10, calls
    second = lead.gets("GET /review/withdrawals", limit="100", after=first["next"])

    assert first["withdrawals"][0]["datasets"] == list(range(1, 5))
    assert [w["conversation_id"] for w in first["withdrawals"] + second["withdrawals"]] == [
        *reversed(names)
    ]
    assert second["next"] is None
    assert lead.asks("GET /review/withdrawals", limit="101")[0] == 400


@pytest.mark.parametrize(
    "key",
    ["GET /review/articles", EDIT, DECIDE, "GET /review/withdrawals", "POST /review/withdrawals"],
)
def test_knowledge_and_withdrawals_are_for_leads(door: ModuleType, key: str) -> None:
    name = proposed(door.WORLD).article_id
    body = {"decision": "approve", "revision": 0, "conversation_id": "talk-1"}

    status, answer = Caller(door, "rio", "reviewers").asks(key, body, article_id=name)

    assert (status, answer["code"]) == (403, "access_denied")
    assert door.WORLD.records.withdrawals() == []
