"""The door of the dataset on AWS: its three events, against table, bucket and bus."""

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tandem.aws.files import S3Files
from tandem.aws.review_candidates import DynamoCandidates
from tandem.aws.review_records import DynamoRecords
from tandem.aws.review_table import ReviewTable
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.review_fakes import ReviewFakes
from tests.template.template_file import ROOT, written
from tests.unit.review.dataset_scene import labels

BUCKET = "review-bucket"
DOOR = "functions.review.build_dataset.app"


@dataclass
class Context(LambdaContext):
    function_name: str = "BuildDataset"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:1:function:BuildDataset"
    aws_request_id: str = "r"


@dataclass
class Door:
    module: ModuleType
    candidates: DynamoCandidates
    records: DynamoRecords
    files: S3Files
    queue: str

    def takes(self, event: dict[str, Any]) -> None:
        self.module.handler(event, Context())

    def announced(self) -> list[dict[str, Any]]:
        sqs = boto3.client("sqs", region_name=REGION)
        messages = sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in messages.get("Messages", [])]


@pytest.fixture
def door(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The door, initialized as by Lambda; nothing of it is left for other tests."""
    variables = {
        "REVIEW_TABLE_NAME": "review",
        "REVIEW_BUCKET": BUCKET,
        "BUS_NAME": "tandem",
        "REVIEW_POLICY_PARAMETER": "/tandem/review-policy",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    declared: dict[str, Any] = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    dynamodb.create_table(TableName="review", **{name: declared[name] for name in used})
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET)
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name=variables["REVIEW_POLICY_PARAMETER"], Type="String", Value="{}"
    )
    forget()
    table = ReviewTable(dynamodb, "review")
    yield Door(
        importlib.import_module(DOOR),
        DynamoCandidates(table),
        DynamoRecords(table),
        S3Files(s3, BUCKET),
        _queue_of_announcements(),
    )
    sys.modules.pop(DOOR)
    forget()


def _queue_of_announcements() -> str:
    sqs = boto3.client("sqs", region_name=REGION)
    events = boto3.client("events", region_name=REGION)
    queue: str = sqs.create_queue(QueueName="announcements")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events.create_event_bus(Name="tandem")
    pattern = json.dumps({"source": ["tandem.review"], "detail-type": ["Dataset Built"]})
    events.put_rule(Name="built", EventBusName="tandem", EventPattern=pattern)
    targets = [{"Id": "queue", "Arn": arn["QueueArn"]}]
    events.put_targets(Rule="built", EventBusName="tandem", Targets=targets)
    return queue


def sample(name: str) -> dict[str, Any]:
    (path,) = (ROOT / "events").rglob(f"{name}.json")
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def label_forty(door: Door) -> None:
    fakes = ReviewFakes()
    labels(fakes, range(40), topics=25)
    for candidate in fakes.candidates.documents:
        door.candidates.add(candidate)


def test_labels_become_a_version_that_is_announced_once(door: Door) -> None:
    label_forty(door)

    door.takes(sample("labeling_completed"))
    door.takes(sample("labeling_completed"))
    door.takes(sample("schedule"))

    (dataset,) = door.records.datasets()
    assert dataset.version == 1
    assert dataset.counts["ratings"] == 40
    assert dataset.uri == f"s3://{BUCKET}/datasets/v000001/"
    manifest = json.loads(door.files.read("datasets/v000001/manifest.json"))
    for file in manifest["files"]:
        assert len(door.files.read(f"datasets/v000001/{file['path']}")) == file["size"]
    assert door.records.datasets_of("talk-7") == [1]
    assert list(door.records.labels_of("talk-7")[1]) == ["c00007"]
    ledger = json.loads(door.files.read("datasets/builds/000001.json"))["ledger"]
    assert sum(len(ledger[split]) for split in ("train", "validation", "test")) == 25
    with pytest.raises(KeyError):
        door.files.read("datasets/builds/000002.json")
    (event,) = door.announced()
    assert event["detail"]["id"] == "dataset-built-1"
    assert event["detail"]["counts"] == dataset.counts


def test_the_schedule_of_a_stack_without_labels_does_nothing(door: Door) -> None:
    door.takes(sample("schedule"))

    assert door.records.datasets() == []
    assert door.announced() == []


def test_a_registered_model_is_remembered(door: Door) -> None:
    event = sample("candidate_registered")

    door.takes(event)
    door.takes(event)

    (model,) = door.records.models_of(3)
    assert model.model_id == event["detail"]["model_id"]
    assert model.at.isoformat() == "2026-11-20T10:15:30+00:00"
