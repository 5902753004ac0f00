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

from tandem.aws import bootstrap, clients, review_bootstrap
from tandem.review.models import Backend, CandidateStatus, Job, JobStatus, Task
from tandem.review.ports import ReviewWorld
from tests.contract.conftest import REGION
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
    _forget()
    yield importlib.import_module(DOOR)
    sys.modules.pop(DOOR)
    _forget()


def _forget() -> None:
    for module in (bootstrap, review_bootstrap, clients):
        for made in vars(module).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()


class Caller:
    """Somebody who is signed in."""

    def __init__(self, door: ModuleType, user: str, group: str) -> None:
        self._door = door
        self._claims = {
            "cognito:groups": f"[{group}]",
            "cognito:username": user,
            "name": user.title(),
        }

    def asks(self, key: str, body: Any = None, **query: str) -> tuple[int, dict[str, Any]]:
        context = {**SAMPLE["requestContext"], "authorizer": {"jwt": {"claims": self._claims}}}
        event = {**SAMPLE, "routeKey": key, "requestContext": context}
        event["queryStringParameters"] = query or None
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

    def gets(self, key: str, body: Any = None, **query: str) -> dict[str, Any]:
        status, answer = self.asks(key, body, **query)
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
    assert rating["Query"] == loading_again["Query"] == 0
    assert sum(rating.values()) <= 2 * HANDFUL, rating
    assert sum(loading_again.values()) <= HANDFUL, loading_again


def test_an_item_that_is_done_is_looked_after_without_reading_its_job(door: ModuleType) -> None:
    opened(door.WORLD, 120, wanted=1)
    rio = Caller(door, "rio", "reviewers")
    item = rio.gets("POST /review/next")["item"]

    with calls_of_dynamodb() as rating:
        rio.gets("POST /review/rate", {**which(item), "rating": 4})

    assert rating["Query"] == 1, rating
    assert sum(rating.values()) <= 2 * HANDFUL + 2, rating
