"""Labelling jobs of Ground Truth: the request is one that the service takes, and a whole job runs
from candidates to labels against the stand-in, by the wire."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from local.ground_truth.validation import problems
from tandem.aws.environment import GroundTruthSettings
from tandem.aws.ground_truth import SageMakerGroundTruth
from tandem.live.models import Person
from tandem.review.annotation import answer_content
from tandem.review.api import Withdraw
from tandem.review.finishing import finish
from tandem.review.labeling import Backends, start
from tandem.review.models import Backend, Job, JobStatus
from tandem.review.policy import Labeling
from tandem.review.ports import GroundTruthState, JobRefused
from tandem.review.recovery import reconcile
from tandem.review.withdrawal import withdraw
from tests.fakes import START
from tests.ground_truth_stand_in import (
    KEY,
    POST,
    PRE,
    ROLE,
    WORKTEAM,
    Json,
    StandIn,
    served,
    session,
)
from tests.unit.review.labeling_scene import LabelingScene

SETTINGS = GroundTruthSettings(
    workteam_arn=WORKTEAM,
    ground_truth_role_arn=ROLE,
    data_key_arn=KEY,
    pre_annotation_arn=PRE,
    post_annotation_arn=POST,
    stack_name="tandem",
)
MANIFEST = "s3://review/jobs/tandem-0123456789abcdef0123/input.manifest"
TEMPLATE = "s3://review/templates/0123456789abcdef.liquid.html"


def job(**changes: Any) -> Job:
    values = {
        "name": "tandem-0123456789abcdef0123",
        "backend": Backend.GROUND_TRUTH,
        "candidate_ids": tuple(f"c{n}" for n in range(20)),
        "workers_per_object": 3,
        "created_at": START,
        "deadline": START + timedelta(days=14),
        **changes,
    }
    return Job(**values)


def new_client() -> Any:
    return session().create_client("sagemaker", region_name="us-east-1")


class Asked:
    """An adapter, and what it asks the service for."""

    def __init__(self, settings: GroundTruthSettings = SETTINGS) -> None:
        self.client = new_client()
        self.stubber = Stubber(self.client)
        self.adapter = SageMakerGroundTruth(self.client, settings)
        self.requests: list[Json] = []
        self.client.meta.events.register(
            "provide-client-params.sagemaker.*",
            lambda params, **_: self.requests.append(dict(params)),
        )
        self.stubber.activate()

    def answers(self, operation: str, answer: Json) -> None:
        self.stubber.add_response(operation, answer)

    def fails(self, operation: str, code: str, message: str = "") -> None:
        self.stubber.add_client_error(operation, code, message)

    def creates(self, made: Job | None = None, **labeling: Any) -> Json:
        self.answers("create_labeling_job", {"LabelingJobArn": "arn:aws:sagemaker:::labeling-job"})
        self.adapter.create(made or job(), MANIFEST, TEMPLATE, Labeling(**labeling))
        return self.requests[-1]


# --- the request ---------------------------------------------------------------------------------
def test_the_request_is_what_was_asked_for() -> None:
    assert Asked().creates(title="Rate", description="Rate it.") == {
        "LabelingJobName": "tandem-0123456789abcdef0123",
        "LabelAttributeName": "relevance",
        "InputConfig": {
            "DataSource": {"S3DataSource": {"ManifestS3Uri": MANIFEST}},
            "DataAttributes": {"ContentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]},
        },
        "OutputConfig": {
            "S3OutputPath": "s3://review/jobs/tandem-0123456789abcdef0123/output",
            "KmsKeyId": KEY,
        },
        "RoleArn": ROLE,
        "HumanTaskConfig": {
            "WorkteamArn": WORKTEAM,
            "UiConfig": {"UiTemplateS3Uri": TEMPLATE},
            "PreHumanTaskLambdaArn": PRE,
            "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": POST},
            "TaskKeywords": ["relevance", "question", "answer", "rating"],
            "TaskTitle": "Rate",
            "TaskDescription": "Rate it.",
            "NumberOfHumanWorkersPerDataObject": 3,
            "TaskTimeLimitInSeconds": 3600,
            "TaskAvailabilityLifetimeInSeconds": 14 * 86400,
            "MaxConcurrentTaskCount": 20,
        },
        "Tags": [
            {"Key": "tandem:module", "Value": "review"},
            {"Key": "tandem:stack", "Value": "tandem"},
        ],
    }


@pytest.mark.parametrize(
    ("made", "labeling"),
    [
        ({}, {}),
        ({"deadline": START + timedelta(seconds=9)}, {}),
        ({"deadline": START + timedelta(days=30)}, {}),
        ({"deadline": START + timedelta(days=300)}, {}),
        ({"workers_per_object": 1}, {"title": "t" * 128, "description": "d" * 255}),
        ({"workers_per_object": 9}, {"workteam_arn": f"{WORKTEAM}-2"}),
        ({"name": "t" + "0" * 62}, {}),
        ({"candidate_ids": ("c1",)}, {}),
        ({"candidate_ids": tuple(f"c{n}" for n in range(6000))}, {}),
    ],
)
def test_whatever_the_policy_allows_the_service_takes(made: Json, labeling: Json) -> None:
    request = Asked().creates(job(**made), **labeling)

    assert problems("CreateLabelingJob", request) == ""
    task = request["HumanTaskConfig"]
    assert task["TaskTimeLimitInSeconds"] <= task["TaskAvailabilityLifetimeInSeconds"]


def test_a_team_of_the_policy_comes_before_the_deployments() -> None:
    request = Asked().creates(workteam_arn=f"{WORKTEAM}-2")

    assert request["HumanTaskConfig"]["WorkteamArn"] == f"{WORKTEAM}-2"


def test_a_stack_without_a_name_has_no_tag_of_it() -> None:
    request = Asked(SETTINGS.model_copy(update={"stack_name": ""})).creates()

    assert request["Tags"] == [{"Key": "tandem:module", "Value": "review"}]


# --- what the service says -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "message"),
    [("ResourceInUse", ""), ("ValidationException", "A labeling job named x already exists")],
)
def test_a_job_that_exists_has_been_started(code: str, message: str) -> None:
    asked = Asked()
    asked.fails("create_labeling_job", code, message)

    asked.adapter.create(job(), MANIFEST, TEMPLATE, Labeling())


def test_what_the_service_calls_invalid_is_refused_for_good() -> None:
    asked = Asked()
    asked.fails("create_labeling_job", "ValidationException", "workteam/none does not exist")

    with pytest.raises(JobRefused, match="workteam/none does not exist"):
        asked.adapter.create(job(), MANIFEST, TEMPLATE, Labeling())


def test_what_the_client_does_not_even_send_is_refused_for_good() -> None:
    asked = Asked(SETTINGS.model_copy(update={"ground_truth_role_arn": ""}))
    asked.answers("create_labeling_job", {"LabelingJobArn": "arn:aws:sagemaker:::labeling-job"})

    with pytest.raises(JobRefused, match="RoleArn"):
        asked.adapter.create(job(), MANIFEST, TEMPLATE, Labeling())


@pytest.mark.parametrize(
    "code", ["ResourceLimitExceeded", "ThrottlingException", "AccessDeniedException"]
)
def test_what_may_pass_is_raised_and_tried_again(code: str) -> None:
    asked = Asked()
    asked.fails("create_labeling_job", code)

    with pytest.raises(asked.client.exceptions.ClientError, match=code):
        asked.adapter.create(job(), MANIFEST, TEMPLATE, Labeling())


def described(status: str, **more: Any) -> Json:
    return {
        "LabelingJobStatus": status,
        "LabelCounters": {},
        "CreationTime": START,
        "LastModifiedTime": START,
        "JobReferenceCode": "1",
        "LabelingJobName": "tandem-1",
        "LabelingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:labeling-job/tandem-1",
        "InputConfig": {"DataSource": {}},
        "OutputConfig": {"S3OutputPath": "s3://review/jobs"},
        "RoleArn": ROLE,
        "HumanTaskConfig": {
            "WorkteamArn": WORKTEAM,
            "UiConfig": {},
            "TaskTitle": "t",
            "TaskDescription": "d",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 60,
        },
        **more,
    }


OUTPUT = {"LabelingJobOutput": {"OutputDatasetS3Uri": "s3://review/output.manifest"}}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (described("Initializing"), GroundTruthState("open")),
        (described("InProgress"), GroundTruthState("open")),
        (described("Stopping"), GroundTruthState("open")),
        (
            described("Completed", **OUTPUT),
            GroundTruthState("ended", "s3://review/output.manifest"),
        ),
        (
            described("Failed", FailureReason="ClientError: no access"),
            GroundTruthState("ended", None, "ClientError: no access"),
        ),
        (described("Failed"), GroundTruthState("ended", None, "the job was failed")),
        (
            described("Stopped", **OUTPUT),
            GroundTruthState("ended", "s3://review/output.manifest", "the job was stopped"),
        ),
    ],
)
def test_a_job_is_open_or_has_ended(answer: Json, state: GroundTruthState) -> None:
    asked = Asked()
    asked.answers("describe_labeling_job", answer)

    assert asked.adapter.describe("tandem-1") == state


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFound", ""),
        ("ValidationException", "Requested resource not found."),
        ("ValidationException", "The labeling job does not exist."),
    ],
)
def test_a_job_that_is_not_there_is_none(code: str, message: str) -> None:
    asked = Asked()
    asked.fails("describe_labeling_job", code, message)
    asked.fails("stop_labeling_job", code, message)

    assert asked.adapter.describe("tandem-1") is None
    asked.adapter.stop("tandem-1")


def test_stopping_what_has_ended_is_no_error_and_having_no_right_to_is() -> None:
    asked = Asked()
    asked.fails("stop_labeling_job", "ValidationException", "The job is in status Completed.")
    asked.fails("stop_labeling_job", "AccessDeniedException")
    asked.fails("describe_labeling_job", "AccessDeniedException")

    asked.adapter.stop("tandem-1")
    for call in (asked.adapter.stop, asked.adapter.describe):
        with pytest.raises(asked.client.exceptions.ClientError, match="AccessDenied"):
            call("tandem-1")
    assert asked.requests[0] == {"LabelingJobName": "tandem-1"}


# --- a whole job, by the wire --------------------------------------------------------------------
class WholeJob(LabelingScene):
    """Candidates of a policy that asks for Ground Truth, which is the stand-in."""

    def __init__(self, client: Any, url: str, stand_in: StandIn, **policy: Any) -> None:
        super().__init__(3, backend="ground_truth", start_at=100, **policy)
        self.service = SageMakerGroundTruth(client, SETTINGS)
        self.backends = Backends(self.functions, self.service)
        self.stand_in = stand_in
        self.http = httpx.Client(base_url=url, trust_env=False)
        # The bucket is one, whoever reads it.
        stand_in.objects = Bucket(self.fakes.files.stored)
        stand_in.functions = {PRE: self.functions.pre, POST: self.functions.post}

    def begins(self) -> Job:
        begun = start(self.world, self.backends)
        assert begun is not None
        self.stand_in.goes_on()
        return begun

    def worker_says(self, begun: Job, name: str, rating: int | None, worker: str = "w1") -> None:
        assert begun.manifest_uri is not None
        lines = self.stand_in.objects[begun.manifest_uri].decode().splitlines()
        number = [json.loads(line)["candidate-id"] for line in lines].index(name)
        content = answer_content(
            rating, "Not a question." if rating is None else "", "", Labeling()
        )
        answer = self.http.post(
            f"/worker/{begun.name}/{number}",
            params={"worker": worker},
            data={"answer": json.dumps(content)},
        )
        assert answer.status_code == 303

    def expires(self, begun: Job) -> None:
        self.http.post(f"/_tandem/jobs/{begun.name}/expire").raise_for_status()

    def hears(self) -> list[Job | None]:
        """What comes of each event of the service."""
        names = [arn.rpartition("/")[2] for arn, _ in self.stand_in.events]
        return [finish(self.world, self.backends, name) for name in names]


class Bucket(dict[str, bytes]):
    """The review bucket's objects by their URI."""

    def __init__(self, stored: dict[str, bytes]) -> None:
        super().__init__()
        self._stored = stored

    def __getitem__(self, uri: str) -> bytes:
        return self._stored[uri.removeprefix("s3://review/")]

    def __setitem__(self, uri: str, body: bytes) -> None:
        self._stored[uri.removeprefix("s3://review/")] = body


@pytest.fixture
def whole() -> Iterator[WholeJob]:
    stand_in = StandIn()
    with served(stand_in) as (url, client):
        scene = WholeJob(client, url, stand_in, workers_per_object=1, days=1)
        with scene.http:
            yield scene


def test_candidates_become_labels(whole: WholeJob) -> None:
    begun = whole.begins()
    page = whole.http.get(f"/worker/{begun.name}", params={"worker": "w1"}).text
    assert "What about c0?" in page
    assert "secret-model" not in page
    for name, rating in (("c0", 5), ("c1", 2)):
        whole.worker_says(begun, name, rating)
    whole.worker_says(begun, "c2", None)

    (ended,) = whole.hears()

    assert ended is not None
    assert (ended.status, ended.labeled, ended.returned) == (JobStatus.COMPLETED, 2, 1)
    assert whole.fates() == {"c0": "labeled", "c1": "labeled", "c2": "flagged"}
    label = whole.candidate("c0").label
    assert label is not None
    assert (label.rating, label.raters, label.job) == (5, 1, begun.name)
    assert whole.candidate("c2").note == "Not a question."
    whole.settled()


def test_the_services_own_files_name_workers_and_nothing_else_does(whole: WholeJob) -> None:
    begun = whole.begins()
    for name in whole.fates():
        whole.worker_says(begun, name, 4, "worker-of-flesh")
    whole.hears()

    naming = [key for key, body in whole.fakes.files.stored.items() if b"of-flesh" in body]
    assert naming
    assert all("/annotations/" in key for key in naming)
    assert "of-flesh" not in whole.everything_outside_the_table()


def test_what_a_customer_withdraws_goes_from_the_services_own_files(whole: WholeJob) -> None:
    begun = whole.begins()
    for name in whole.fates():
        whole.worker_says(begun, name, 4)
    whole.hears()
    stored = whole.fakes.files.stored
    holding = [key for key, body in stored.items() if b"What about c1?" in body]
    assert len(holding) == 3, "input, consolidation request and output"

    lea = Person(user="lea", name="Lea", groups=frozenset({"leads"}))
    withdraw(whole.world, whole.base, lea, Withdraw(conversation_id="talk-c1"))
    assert reconcile(whole.world, whole.backends, whole.base).erased == [begun.name]

    assert not any(b"What about c1?" in body or b"That is c1." in body for body in stored.values())
    assert sum(b"What about c2?" in body for body in stored.values()) == 3
    (answers,) = [body for key, body in stored.items() if "/worker-response/iteration-1/1/" in key]
    assert json.loads(answers) == {"answers": []}


def test_a_second_start_meets_the_job_that_exists(whole: WholeJob) -> None:
    begun = whole.begins()

    whole.service.create(begun, str(begun.manifest_uri), TEMPLATE, Labeling())

    assert whole.service.describe(begun.name) == GroundTruthState("open")


def test_a_job_that_the_service_refuses_comes_back_with_why(whole: WholeJob) -> None:
    wrong = SETTINGS.model_copy(update={"workteam_arn": "reviewers"})
    client: Any = whole.service._client
    whole.backends = replace(whole.backends, ground_truth=SageMakerGroundTruth(client, wrong))

    ended = whole.begins()

    assert ended.status is JobStatus.FAILED
    assert "WorkteamArn" in whole.candidate("c0").returns[0].reason
    whole.settled()


def test_a_job_that_fails_half_way_comes_back_with_why(whole: WholeJob) -> None:
    whole.http.post("/_tandem/faults", json={"fail_at_batch": 1})
    begun = whole.begins()
    for name in whole.fates():
        whole.worker_says(begun, name, 4)

    (ended,) = whole.hears()

    assert ended is not None
    assert ended.status is JobStatus.FAILED
    assert "broke off" in whole.candidate("c0").returns[0].reason
    whole.settled()


def test_what_nobody_rates_comes_back_and_a_lost_event_is_found(whole: WholeJob) -> None:
    whole.http.post("/_tandem/faults", json={"events": 0})
    begun = whole.begins()
    whole.worker_says(begun, "c0", 5)
    whole.expires(begun)
    assert whole.hears() == []

    reconcile(whole.world, whole.backends, whole.base)

    assert whole.fates() == {"c0": "labeled", "c1": "waiting", "c2": "waiting"}
    assert "expired" in whole.candidate("c1").returns[0].reason
    whole.settled()


def test_a_job_that_does_not_end_is_stopped_and_keeps_its_labels(whole: WholeJob) -> None:
    begun = whole.begins()
    whole.worker_says(begun, "c0", 5)
    whole.passes(days=1, hours=1)

    assert reconcile(whole.world, whole.backends, whole.base).stopped == [begun.name]
    (ended,) = whole.hears()

    assert ended is not None
    assert (ended.labeled, ended.reason) == (1, "the job was stopped")
    whole.settled()
