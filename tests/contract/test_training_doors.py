"""The doors of trainings over DynamoDB and S3: from a dataset to a candidate, by samples."""

import importlib
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from local.invoke import EVENTS
from tandem.aws import tuning_bootstrap
from tandem.aws.review_datasets import ReviewDatasets
from tandem.aws.sagemaker_training import SageMakerTraining
from tandem.review.models import DatasetVersion
from tandem.tuning.models import RunStatus, VersionStatus
from tandem.tuning.training_runs import TrainingMeans
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.fakes import START
from tests.review_fakes import MemoryRecords
from tests.template.template_file import written
from tests.tuning_fakes import MemoryRegistry, MemoryTrainingJobs
from tests.tuning_samples import summary
from tests.unit.tuning.training_scene import manifest, rated

DOORS = ("start_training", "register_candidate")
VARIABLES = {
    "TUNING_TABLE_NAME": "tuning",
    "TUNING_POLICY_PARAMETER": "/tuning-policy",
    "BUS_NAME": "default",
    "REVIEW_TABLE_NAME": "review",
    "REVIEW_BUCKET": "tandem-review",
    "MODELS_BUCKET": "tandem-models",
    "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
    "TRAINING_IMAGE": "trainer",
    "MODEL_PACKAGE_GROUP": "tandem-models",
    "SERVING_IMAGE": "server",
}
CONTEXT = SimpleNamespace(
    function_name="StartTraining",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:StartTraining",
    aws_request_id="request-1",
)
DATASET = "s3://tandem-review/datasets/v000003/"


@pytest.fixture
def account(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A fresh function's process, in an account with the tables and buckets."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    for table, name in (("TuningTable", "tuning"), ("ReviewTable", "review")):
        declared = written()["Resources"][table]["Properties"]
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName=name, **{each: declared[each] for each in used}
        )
    for name in ("tandem-review", "tandem-models"):
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=name)
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name="/tuning-policy",
        Value=json.dumps({"training": {"minimum_ratings": 30, "method": "rl"}}),
        Type="String",
    )
    doors = [f"functions.tuning.{door}.app" for door in DOORS]
    forget(*doors)
    yield monkeypatch
    forget(*doors)


class Doors:
    """Both doors; SageMaker and the review are in memory."""

    def __init__(self) -> None:
        self.jobs, self.registry = MemoryTrainingJobs(), MemoryRegistry()
        self.reviewed = MemoryRecords()
        files = tuning_bootstrap.files()
        means = TrainingMeans(self.jobs, ReviewDatasets(self.reviewed), files)
        self.start, self.register = (
            importlib.import_module(f"functions.tuning.{name}.app") for name in DOORS
        )
        for door in (self.start, self.register):
            vars(door)["MEANS"] = means
        vars(self.register)["REGISTRY"] = self.registry
        self.world = tuning_bootstrap.world()
        self.files = files

    def dataset(self, ratings: int) -> None:
        rows = rated(ratings)
        said = manifest(3, rows, built_at=START)
        for name, body in (
            ("rows.txt", "".join(f"{row}\n" for row in rows)),
            ("manifest.json", said.model_dump_json()),
        ):
            self.files.write_uri(f"{DATASET}{name}", body.encode(), "text/plain")
        self.reviewed.add_dataset(
            DatasetVersion(
                version=3, uri=DATASET, inputs="", counts={}, conversations=1, built_at=START
            )
        )

    def job_ends(self, name: str, **said: Any) -> dict[str, Any]:
        """The event of it."""
        folder = f"s3://tandem-models/runs/{name}/output/model"
        body = summary(dataset_version=3, **said).model_dump_json().encode()
        self.files.write_uri(f"{folder}/run.json", body, "application/json")
        self.jobs.end(name, output_uri=folder)
        return about(name)


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def about(job: str, status: str = "Completed") -> dict[str, Any]:
    event = sample("training_job_ended")
    changes = {"TrainingJobName": job, "TrainingJobStatus": status}
    return {**event, "detail": {**event["detail"], **changes}}


@pytest.fixture
def doors(account: pytest.MonkeyPatch) -> Doors:
    return Doors()


def test_a_dataset_with_enough_ratings_starts_a_training(doors: Doors) -> None:
    doors.dataset(40)

    name = doors.start.handler(sample("dataset_built"), CONTEXT)

    assert doors.jobs.jobs.keys() == {name}
    run = doors.world.runs.get(name)
    assert run is not None
    assert (run.status, run.ratings) == (RunStatus.RUNNING, 40)
    assert run.hyperparameters == {"method": "rl", "dataset_version": "3"}
    assert doors.start.handler(sample("dataset_built"), CONTEXT) is None


def test_a_dataset_with_too_few_does_not_and_the_log_says_why(
    doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    doors.dataset(10)

    with caplog.at_level(logging.INFO):
        assert doors.start.handler(sample("dataset_built"), CONTEXT) is None

    (record,) = [each for each in caplog.records if each.message == "no training"]
    assert "20 are missing" in vars(record)["reason"]


def test_a_lead_starts_one_without_an_event_of_a_dataset(doors: Doors) -> None:
    doors.dataset(40)

    name = doors.start.handler(sample("training_requested"), CONTEXT)

    run = doors.world.runs.get(name)
    assert run is not None
    assert run.asked_by == "lea"


def test_the_end_of_a_job_makes_a_candidate(doors: Doors) -> None:
    doors.dataset(40)
    name = doors.start.handler(sample("dataset_built"), CONTEXT)
    event = doors.job_ends(name)

    answer = doors.register.handler(event, CONTEXT)

    assert answer == {"run": name, "status": "registered", "version": 1}
    (version,) = doors.world.versions.all()
    assert version.status is VersionStatus.REGISTERED
    assert doors.register.handler(event, CONTEXT) == answer


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_an_event_of_a_job_that_has_not_ended_asks_nobody(doors: Doors, status: str) -> None:
    doors.dataset(40)
    name = doors.start.handler(sample("dataset_built"), CONTEXT)
    doors.job_ends(name)

    assert doors.register.handler(about(name, status), CONTEXT) is None
    assert doors.world.versions.all() == []


def test_jobs_of_others_are_left_alone(doors: Doors) -> None:
    assert doors.register.handler(sample("training_job_ended"), CONTEXT) is None


def test_an_event_that_is_none_is_an_error_and_starts_nothing(doors: Doors) -> None:
    event = sample("training_requested")
    del event["detail"]["requested_by"]

    with pytest.raises(ValidationError):
        doors.start.handler(event, CONTEXT)


def test_what_is_wired_is_made_once(account: pytest.MonkeyPatch) -> None:
    means = tuning_bootstrap.training()

    assert isinstance(means.jobs, SageMakerTraining)
    assert tuning_bootstrap.training() is means
    assert tuning_bootstrap.withdrawn() is means.datasets
    assert tuning_bootstrap.registry() is tuning_bootstrap.registry()
    assert tuning_bootstrap.world().policies.current().training.method == "rl"
