"""The doors of labelling over DynamoDB, S3 and the bus: from candidates to labels, by samples."""

import importlib
import json
import logging
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from local import consolidation_sample
from local.invoke import EVENTS
from tandem.aws import clients, review_bootstrap
from tandem.aws.ground_truth import SageMakerGroundTruth
from tandem.live.models import Person
from tandem.review.annotation import BadRequest
from tandem.review.api import Rate
from tandem.review.deeds import rate
from tandem.review.labeling import Backends
from tandem.review.models import Backend, CandidateStatus, JobStatus
from tandem.review.queue import next_item
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.review_fakes import FakeAnnotationFunctions, MemoryKnowledgeBase
from tests.template.template_file import written
from tests.unit.review.labeling_scene import candidate

DOORS = ("start_labeling", "pre_annotation", "post_annotation", "finish_labeling", "reconcile")
VARIABLES = {
    "REVIEW_TABLE_NAME": "review",
    "REVIEW_BUCKET": "review",
    "BUS_NAME": "default",
    "REVIEW_POLICY_PARAMETER": "/review-policy",
    "PRE_ANNOTATION_FUNCTION": "pre",
    "POST_ANNOTATION_FUNCTION": "post",
    "GUARDRAIL_CHECKS": "off",
    "KNOWLEDGE_BUCKET": "knowledge",
    "WORKTEAM_ARN": "",
    "GROUND_TRUTH_ROLE_ARN": "",
}
POLICY = {"labeling": {"start_at": 2, "workers_per_object": 1}}
CONTEXT = SimpleNamespace(
    function_name="StartLabeling",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:StartLabeling",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 300_000,
)
RIO = Person(user="rio", name="Rio", groups=frozenset({"reviewers"}))


@pytest.fixture
def account(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A fresh function's process, in an account with the review's table and buckets."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    declared = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="review", **{name: declared[name] for name in used}
    )
    for name in ("review", "knowledge"):
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=name)
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name="/review-policy", Value=json.dumps(POLICY), Type="String"
    )
    forget(*(f"functions.review.{door}.app" for door in DOORS))
    yield monkeypatch
    forget(*(f"functions.review.{door}.app" for door in DOORS))


class Doors:
    """All doors; what they would invoke by Lambda they reach directly."""

    def __init__(self) -> None:
        modules = [importlib.import_module(f"functions.review.{name}.app") for name in DOORS]
        self.start, self.pre, self.post, self.finish, self.reconcile = modules
        functions = FakeAnnotationFunctions(self._asks(self.pre), self._asks(self.post))
        for door in (self.start, self.finish, self.reconcile):
            vars(door)["BACKENDS"] = Backends(functions, None)
        vars(self.reconcile)["KNOWLEDGE_BASE"] = MemoryKnowledgeBase()
        self.world = review_bootstrap.world()

    @staticmethod
    def _asks(door: ModuleType) -> Callable[[Any], Any]:
        return lambda request: json.loads(
            json.dumps(door.handler(json.loads(json.dumps(request)), CONTEXT))
        )

    def candidates(self, *names: str) -> None:
        for name in names:
            self.world.candidates.add(candidate(name))


@pytest.fixture
def doors(account: pytest.MonkeyPatch) -> Doors:
    return Doors()


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def test_enough_that_wait_make_a_job(doors: Doors) -> None:
    doors.candidates("c1")
    assert doors.start.handler(sample("candidates_waiting"), CONTEXT) == []
    doors.candidates("c2")

    (name,) = doors.start.handler(sample("candidates_waiting"), CONTEXT)

    job = doors.world.jobs.get(name)
    assert job is not None
    assert job.status is JobStatus.OPEN
    assert doors.start.handler(sample("candidates_waiting"), CONTEXT) == []


@pytest.mark.parametrize("event", ["labeling_schedule", "bus/labeling_requested"])
def test_the_schedule_and_whoever_asks_take_whatever_waits(doors: Doors, event: str) -> None:
    assert doors.start.handler(sample(event), CONTEXT) == []
    doors.candidates("c1")

    assert len(doors.start.handler(sample(event), CONTEXT)) == 1


def test_what_a_reviewer_sees_and_what_becomes_of_what_they_say(doors: Doors) -> None:
    doors.candidates("c1", "c2")
    (name,) = doors.start.handler(sample("candidates_waiting"), CONTEXT)
    for _ in range(2):
        item = next_item(doors.world, RIO).item
        assert item is not None
        assert item.question.startswith("What about")
        said = Rate(
            job=item.job,
            candidate_id=item.candidate_id,
            rating=4,
            better_answer="Ask jo@example.com.",
        )
        rate(doors.world, RIO, said)
    drained = {**sample("labeling_job_drained")}
    drained["detail"] = {**drained["detail"], "job": name}

    answer = doors.finish.handler(drained, CONTEXT)

    assert answer == {"job": name, "status": "completed", "labeled": 2, "returned": 0}
    assert doors.finish.handler(drained, CONTEXT) == answer
    label = next(doors.world.candidates.of_status(CandidateStatus.LABELED)).label
    assert label is not None
    assert label.rating == 4
    assert "jo@example.com" not in label.better_answers[0]


def test_the_samples_of_both_functions_are_answered(doors: Doors) -> None:
    stack: Any = SimpleNamespace(client=lambda name: boto3.client(name, region_name=REGION))
    consolidation_sample.put(stack, EVENTS, VARIABLES)
    text = json.dumps(sample("post_annotation")).replace("${REVIEW_BUCKET}", "review")

    shown = doors.pre.handler(sample("pre_annotation"), CONTEXT)["taskInput"]
    (label,) = doors.post.handler(json.loads(text), CONTEXT)

    assert shown["question"] == "How do I change my delivery address?"
    assert label["consolidatedAnnotation"]["content"]["relevance"]["rating"] == 3.5


def test_jobs_of_others_are_ignored_and_noted(
    doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert doors.finish.handler(sample("ground_truth_job_ended"), CONTEXT) is None
        assert doors.finish.handler(sample("labeling_job_drained"), CONTEXT) is None
    assert "no labelling job of this stack, or not over" in caplog.text


def test_the_state_change_names_the_job_by_its_arn(doors: Doors) -> None:
    doors.candidates("c1")
    (name,) = doors.start.handler(sample("labeling_schedule"), CONTEXT)
    job = doors.world.jobs.get(name)
    assert job is not None
    doors.world.jobs.replace(
        job, job.model_copy(update={"revision": job.revision + 1, "backend": Backend.GROUND_TRUTH})
    )
    event = sample("ground_truth_job_ended")
    event["resources"] = [f"arn:aws:sagemaker:us-east-1:123456789012:labeling-job/{name}"]

    # The stack has no work team (any more).
    assert doors.finish.handler(event, CONTEXT)["status"] == "failed"


def test_a_request_that_says_nothing_of_use_fails(doors: Doors) -> None:
    with pytest.raises(BadRequest):
        doors.pre.handler({}, CONTEXT)
    with pytest.raises(BadRequest):
        doors.post.handler(sample("pre_annotation"), CONTEXT)


def test_the_reconciler_counts_what_it_looked_after(doors: Doors) -> None:
    doors.candidates("c1", "c2")

    found = doors.reconcile.handler(sample("review_schedule"), CONTEXT)

    assert found["started"] == 1
    assert doors.reconcile.handler({}, CONTEXT) == dict.fromkeys(found, 0)


# --- wiring --------------------------------------------------------------------------------------
def test_without_a_work_team_there_is_no_client_of_ground_truth(
    account: pytest.MonkeyPatch,
) -> None:
    assert review_bootstrap.backends().ground_truth is None
    assert clients.sagemaker.cache_info().currsize == 0
    account.delenv("WORKTEAM_ARN")
    forget(*(f"functions.review.{door}.app" for door in DOORS))
    assert review_bootstrap.backends().ground_truth is None


def test_with_a_work_team_there_is_one(account: pytest.MonkeyPatch) -> None:
    account.setenv("WORKTEAM_ARN", "arn:aws:sagemaker:us-east-1:123456789012:workteam/x/y")

    backends = review_bootstrap.backends()

    assert isinstance(backends.ground_truth, SageMakerGroundTruth)
    assert review_bootstrap.backends() is backends
