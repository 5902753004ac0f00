"""The doors of going live over DynamoDB: from an approval to the trial, to live, and back.
SageMaker, the pointer and the review are in memory."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from local.invoke import EVENTS
from tandem.aws import tuning_bootstrap
from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning.approval import Deciding
from tandem.tuning.erasing import Erasing
from tandem.tuning.models import ModelVersion, Verdict, VersionStatus
from tandem.tuning.ports import GoneOff, TuningWorld
from tandem.tuning.recovery import Parts
from tandem.tuning.training_runs import TrainingMeans
from tandem.tuning.verdict import Judging
from tests import tuning_samples as samples
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.fakes import START
from tests.template.template_file import written
from tests.tuning_fakes import (
    MemoryAlarms,
    MemoryDatasets,
    MemoryHosting,
    MemoryPanel,
    MemoryPointer,
    MemoryRegistry,
    MemoryTrainingJobs,
    MemoryTuningFiles,
)

DOORS = ("promote_model", "watch_trial", "reconcile")
VARIABLES = {
    "TUNING_TABLE_NAME": "tuning",
    "TUNING_POLICY_PARAMETER": "/tuning-policy",
    "MODEL_PARAMETER": "/models",
    "POINTER_PARAMETER": "/pointer",
    "BUS_NAME": "default",
    "REVIEW_TABLE_NAME": "review",
    "REVIEW_BUCKET": "tandem-review",
    "MODELS_BUCKET": "tandem-models",
    "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
    "TRAINING_IMAGE": "trainer",
    "MODEL_PACKAGE_GROUP": "tandem-models",
    "SERVING_IMAGE": "server",
    "SERVING_ROLE_ARN": "arn:aws:iam::123456789012:role/serving",
    "STACK_NAME": "tandem",
    "BLUE_ALARMS": "tandem-blue-errors,tandem-blue-latency",
    "GREEN_ALARMS": "tandem-green-errors,tandem-green-latency",
}
ORIGINAL = ModelReference(model_id="amazon.nova-lite-v1:0")


@pytest.fixture
def doors(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator["Doors"]:
    """Fresh functions' processes, in an account with the tables and parameters."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    for table, name in (("TuningTable", "tuning"), ("ReviewTable", "review")):
        declared = written()["Resources"][table]["Properties"]
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName=name, **{each: declared[each] for each in used}
        )
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/tuning-policy", Value="{}", Type="String")
    ssm.put_parameter(Name="/models", Value="{}", Type="String")
    modules = [f"functions.tuning.{door}.app" for door in DOORS]
    forget(*modules)
    yield Doors()
    forget(*modules)


class Doors:
    def __init__(self) -> None:
        self.promote, self.watch, self.reconcile = (
            importlib.import_module(f"functions.tuning.{name}.app") for name in DOORS
        )
        self.world: TuningWorld = tuning_bootstrap.world()
        self.registry, self.hosting, datasets = MemoryRegistry(), MemoryHosting(), MemoryDatasets()
        self.pointer = MemoryPointer(Models(answer=ORIGINAL, gate=ORIGINAL))
        self.alarms = MemoryAlarms()
        deciding = Deciding(self.registry, datasets, self.hosting, self.pointer)
        judging = Judging(self.registry, MemoryPanel(), datasets, self.pointer)
        files = MemoryTuningFiles()
        means = TrainingMeans(MemoryTrainingJobs(), datasets, files)
        erasing = Erasing(files, datasets, "s3://models/evaluations", "s3://models/runs")
        for door in (self.promote, self.watch):
            vars(door)["DECIDING"] = deciding
        vars(self.watch)["MODELS"] = SimpleNamespace(current=self.pointer.read)
        vars(self.reconcile)["PARTS"] = Parts(means, judging, deciding, erasing, alarms=self.alarms)

    def approved(self) -> ModelVersion:
        """A version that has passed and is approved in the registry."""
        package = self.registry.register(samples.run("r1"), "s3://models/r1", {}, weights=True)
        version = samples.version(
            package.version,
            package_arn=package.arn,
            status=VersionStatus.PASSED,
            verdict=Verdict(passed=True, checks=(), decided_at=START),
            compared_with=ORIGINAL,
        )
        assert self.world.versions.add(version)
        self.registry.decide(package.arn, "Approved", "")
        return version

    def hears(self, door: Any, name: str, **detail: Any) -> Any:
        event = json.loads((EVENTS / f"{name}.json").read_text())
        event["detail"] |= detail
        return door.handler(event, context(name))

    def status(self) -> str:
        (version,) = self.world.versions.all()
        return version.status.value

    def in_trial(self) -> ModelVersion:
        version = self.approved()
        self.hears(self.promote, "model_package_approved")
        assert self.status() == "trial"
        return version

    def of_the_trial(self) -> dict[str, Any]:
        """What an event of a conversation of the trial says of it."""
        trial = self.pointer.models.trial
        assert trial is not None
        return {"conversation_began_at": (trial.since + timedelta(seconds=1)).isoformat()}


def context(name: str) -> SimpleNamespace:
    return SimpleNamespace(
        function_name=name,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
        aws_request_id="request-1",
    )


def test_an_approval_deploys_and_begins_the_trial(doors: Doors) -> None:
    doors.approved()

    said = doors.hears(doors.promote, "model_package_approved")

    assert said == {"version": 1, "status": "trial"}
    assert doors.pointer.models.trial is not None


def test_a_package_of_another_group_is_nobodys(doors: Doors) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/others/1"

    assert doors.hears(doors.promote, "model_package_approved", ModelPackageArn=arn) is None


def test_an_endpoint_that_comes_into_service_goes_on(doors: Doors) -> None:
    doors.hosting.slow = True
    doors.approved()
    doors.hears(doors.promote, "model_package_approved")
    doors.hosting.come_up()

    assert doors.hears(doors.promote, "endpoint_in_service") == {"moved": [1]}
    assert doors.status() == "trial"


def test_an_alarm_of_its_endpoint_rolls_it_back(doors: Doors) -> None:
    doors.in_trial()
    event = json.loads((EVENTS / "endpoint_alarm.json").read_text())
    event["time"] = doors.world.clock.now().isoformat()

    said = doors.promote.handler(event, context("promote"))

    assert said == {"version": 1, "status": "rolled_back"}
    assert doors.pointer.models.trial is None


@pytest.mark.parametrize(
    "detail",
    [
        {"alarmName": "tandem-green-errors"},
        {"alarmName": "others"},
        {"state": {"value": "OK"}},
    ],
)
def test_other_alarms_do_not(doors: Doors, detail: dict[str, Any]) -> None:
    doors.in_trial()

    assert doors.hears(doors.promote, "endpoint_alarm", **detail) is None
    assert doors.status() == "trial"


def test_the_reconciler_finds_an_alarm_that_nobody_heard_of(doors: Doors) -> None:
    doors.in_trial()
    now = doors.world.clock.now()
    doors.alarms.off = [GoneOff("tandem-blue-errors", "blue", now)]

    assert doors.hears(doors.reconcile, "tuning_schedule")["moved"] == 1
    assert doors.status() == "rolled_back"


def test_conversations_of_the_trial_are_counted_once(doors: Doors) -> None:
    version = doors.in_trial()
    began = doors.of_the_trial()
    doors.hears(doors.watch, "message_answered", **began)
    doors.hears(doors.watch, "message_answered", **began)
    doors.hears(doors.watch, "answer_rated", **began)

    figures = doors.world.trials.figures(version.version)
    assert (figures.candidate_conversations + figures.live_conversations) == 1
    assert (figures.candidate_bad + figures.live_bad) == 1


def test_a_call_for_a_person_is_counted(doors: Doors) -> None:
    version = doors.in_trial()
    asked = {"model_id": "m", **doors.of_the_trial()}

    said = doors.hears(doors.watch, "bus/escalation_requested", **asked)

    assert said == {"version": 1, "status": "trial"}
    figures = doors.world.trials.figures(version.version)
    assert (figures.candidate_bad + figures.live_bad) == 1


def test_without_a_trial_nothing_is_read_or_counted(doors: Doors) -> None:
    assert doors.hears(doors.watch, "message_answered") is None


def test_the_reconciler_finds_an_approval_that_nobody_heard_of(doors: Doors) -> None:
    doors.approved()

    found = doors.hears(doors.reconcile, "tuning_schedule")

    assert found["decided"] == 1
    assert doors.status() == "trial"
    assert set(doors.hears(doors.reconcile, "tuning_schedule").values()) == {0}
