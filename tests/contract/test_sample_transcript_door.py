"""The door of the transcripts' bucket, over DynamoDB and S3: an event, and a batch."""

import importlib
import json
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from tandem.aws import review_bootstrap
from tandem.review.models import CandidateStatus
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.template.template_file import written

DOOR = "functions.review.sample_transcript.app"
VARIABLES = {
    "REVIEW_TABLE_NAME": "review",
    "REVIEW_BUCKET": "review",
    "BUS_NAME": "default",
    "REVIEW_POLICY_PARAMETER": "/review-policy",
    "GUARDRAIL_CHECKS": "off",
}
POLICY = {"sampling": {"random_share": 1}, "labeling": {"start_at": 2}}
CONTEXT = SimpleNamespace(
    function_name="SampleTranscript",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:SampleTranscript",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 300_000,
)


@pytest.fixture
def door(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    declared = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="review", **{name: declared[name] for name in used}
    )
    for name in ("transcripts", "review"):
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=name)
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name="/review-policy", Value=json.dumps(POLICY), Type="String"
    )
    forget(DOOR)
    yield importlib.import_module(DOOR)
    forget(DOOR)


def put(key: str, *lines: object) -> str:
    body = "\n".join(json.dumps(line) for line in lines)
    boto3.client("s3", region_name=REGION).put_object(
        Bucket="transcripts", Key=key, Body=body.encode()
    )
    return key


def line(question: str) -> dict[str, str]:
    return {"source": f"{question}?, I wrote to jo@example.com about it."}


def created(key: str) -> dict[str, Any]:
    return {"detail": {"bucket": {"name": "transcripts"}, "object": {"key": key}}}


def test_an_event_becomes_candidates_without_personal_data(door: ModuleType) -> None:
    answer = door.handler(created(put("imports/a.jsonl", line("One"), line("Two"))), CONTEXT)

    assert (answer["conversations"], answer["new"]) == (2, 2)
    waiting = list(review_bootstrap.world().candidates.of_status(CandidateStatus.WAITING))
    assert sorted(each.pair.question for each in waiting) == ["One?", "Two?"]
    assert all("jo@example.com" not in each.pair.answer for each in waiting)


def test_the_same_event_again_adds_nothing(door: ModuleType) -> None:
    key = put("imports/a.jsonl", line("One"))
    door.handler(created(key), CONTEXT)

    answer = door.handler(created(key), CONTEXT)

    assert (answer["new"], answer["known"]) == (0, 1)


def test_what_cannot_be_read_is_put_aside(door: ModuleType) -> None:
    answer = door.handler(created(put("imports/a.json", "nothing")), CONTEXT)

    assert answer["unreadable"] == 1
    said = review_bootstrap.files().read("quarantine/imports/a.json.reason.json")
    assert "not JSON" in json.loads(said)["reason"]
    assert review_bootstrap.files().read("quarantine/imports/a.json") == b'"nothing"'


def test_a_batch_says_what_is_to_be_tried_again(
    door: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = put("imports/a.json", line("One")), put("imports/b.json", line("Two"))
    inbox = review_bootstrap.inbox("transcripts")
    opened = inbox.open
    failing = {bad}
    monkeypatch.setattr(
        inbox, "open", lambda key: opened(key) if key not in failing else _not_just_now()
    )
    event = {
        "BatchInput": {"bucket": "transcripts"},
        "Items": [{"Key": good, "Size": 1}, {"Key": bad, "Size": 1}],
    }

    answer = door.handler(event, CONTEXT)

    assert answer["new"] == 1
    assert answer["failed"] == [{"Key": bad, "Size": 1}]
    assert json.loads(json.dumps(answer)) == answer
    failing.clear()
    again = door.handler({**event, "Items": answer["failed"]}, CONTEXT)
    assert (again["new"], again["failed"]) == (1, [])


def _not_just_now() -> None:
    raise ConnectionError("not just now")


def test_an_event_that_is_none_is_an_error(door: ModuleType) -> None:
    with pytest.raises(ValueError, match="bucket"):
        door.handler({"detail": {"object": {"key": "imports/a.json"}}}, CONTEXT)
