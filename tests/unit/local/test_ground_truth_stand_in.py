"""The Ground Truth stand-in: it refuses, calls, writes and sends what the service does."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.ground_truth.validation import problems
from tests.ground_truth_stand_in import POST, PRE, ROLE, Json, StandIn, job_request

TEMPLATE = "<crowd-form><p>{{ task.input.text }}</p></crowd-form>"
LINES: list[Json] = [
    {"source": "First?", "prompt": "First?", "candidate-id": "c1"},
    {"source": "Second?\u2028", "prompt": "Second?", "candidate-id": "c2"},
    {"source-ref": "s3://review/third.txt", "candidate-id": "c3"},
]
ARN = "arn:aws:sagemaker:us-east-1:123456789012:labeling-job/tandem-1"


def pre(request: Json) -> Json:
    return {"taskInput": {"text": request["dataObject"].get("source", "by reference")}}


class Service:
    """The stand-in with a manifest, a template and functions that note what they are asked."""

    def __init__(self) -> None:
        self.stand_in = StandIn()
        self.http = TestClient(self.stand_in.app, follow_redirects=False)
        self.asked: list[Json] = []
        self.objects = self.stand_in.objects
        self.manifest(LINES)
        self.objects["s3://review/templates/1.liquid.html"] = TEMPLATE.encode()
        self.pre: Callable[[Json], Json] = pre
        functions = self.stand_in.functions
        functions[PRE] = lambda request: self._noted(request, self.pre)
        functions[POST] = lambda request: self._noted(request, self.post)

    def _noted(self, request: Json, function: Any) -> Any:
        self.asked.append(request)
        return function(request)

    def post(self, request: Json) -> list[Json]:
        """Each object's label is the first worker's answer."""
        objects = json.loads(self.objects[request["payload"]["s3Uri"]])
        return [
            {
                "datasetObjectId": each["datasetObjectId"],
                "consolidatedAnnotation": {
                    "content": {
                        request["labelAttributeName"]: json.loads(
                            each["annotations"][0]["annotationData"]["content"]
                        )
                    }
                },
            }
            for each in objects
        ]

    def manifest(self, lines: list[Json]) -> None:
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        self.objects["s3://review/jobs/1/input.manifest"] = text.encode()

    def call(self, operation: str, **params: Any) -> tuple[int, Json]:
        answer = self.http.post(
            "/",
            headers={"x-amz-target": f"SageMaker.{operation}"},
            content=json.dumps(params).encode(),
        )
        return answer.status_code, answer.json()

    def creates(self, **changes: Any) -> None:
        status, said = self.call("CreateLabelingJob", **job_request(**changes))
        assert (status, said) == (200, {"LabelingJobArn": ARN})
        self.stand_in.goes_on()

    def described(self) -> Json:
        return self.call("DescribeLabelingJob", LabelingJobName="tandem-1")[1]

    def answers(self, number: int, worker: str = "w1", content: object = None) -> int:
        answer = self.http.post(
            f"/worker/tandem-1/{number}",
            params={"worker": worker},
            data={"answer": json.dumps(content or {"relevance": number})},
        )
        return answer.status_code

    def expires(self) -> None:
        assert self.http.post("/_tandem/jobs/tandem-1/expire").status_code == 200

    def output(self) -> list[Json]:
        uri = self.described()["LabelingJobOutput"]["OutputDatasetS3Uri"]
        return [json.loads(line) for line in self.objects[uri].decode().strip().split("\n")]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    with made.http:
        yield made


# --- what it refuses -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"LabelingJobName": "x" * 64}, "LabelingJobName"),
        ({"LabelingJobName": "no_underscores"}, "LabelingJobName"),
        ({"RoleArn": "arn:aws:iam::1:role/x"}, "RoleArn"),
        ({"LabelAttributeName": "relevance-metadata"}, "LabelAttributeName"),
        ({"task": {"WorkteamArn": "team"}}, "WorkteamArn"),
        ({"task": {"TaskTitle": "t" * 129}}, "TaskTitle"),
        ({"task": {"TaskDescription": "d" * 256}}, "TaskDescription"),
        ({"task": {"TaskDescription": "two\nlines"}}, "TaskDescription"),
        ({"task": {"TaskKeywords": []}}, "TaskKeywords"),
        ({"task": {"TaskKeywords": list("abcdef")}}, "TaskKeywords"),
        ({"task": {"TaskKeywords": ["a!"]}}, "TaskKeywords"),
        ({"task": {"NumberOfHumanWorkersPerDataObject": 10}}, "NumberOfHumanWorkersPerDataObject"),
        ({"task": {"NumberOfHumanWorkersPerDataObject": 0}}, "NumberOfHumanWorkersPerDataObject"),
        ({"task": {"TaskTimeLimitInSeconds": 29}}, "TaskTimeLimitInSeconds"),
        ({"task": {"TaskTimeLimitInSeconds": 28801}}, "TaskTimeLimitInSeconds"),
        ({"task": {"TaskAvailabilityLifetimeInSeconds": 59}}, "TaskAvailabilityLifetimeInSeconds"),
        ({"task": {"MaxConcurrentTaskCount": 5001}}, "MaxConcurrentTaskCount"),
        ({"task": {"PreHumanTaskLambdaArn": "stack-PreAnnotation"}}, "PreHumanTaskLambdaArn"),
        ({"Tags": [{"Key": "k"}]}, "Tags"),
        (
            {
                "InputConfig": {
                    "DataSource": {"S3DataSource": {"ManifestS3Uri": "/tmp/manifest"}},
                    "DataAttributes": {"ContentClassifiers": ["FreeOfEverything"]},
                }
            },
            "FreeOfPersonallyIdentifiableInformation",
        ),
    ],
)
def test_what_the_service_refuses_is_refused_and_named(
    service: Service, changes: Json, wrong: str
) -> None:
    status, said = service.call("CreateLabelingJob", **job_request(**changes))

    assert (status, said["__type"]) == (400, "ValidationException")
    assert wrong in said["message"]


def test_what_is_right_is_taken() -> None:
    assert problems("CreateLabelingJob", job_request()) == ""


@pytest.mark.parametrize("name", ["tandem-1", "Tandem-1"])
def test_a_name_is_taken_once_whatever_its_case(service: Service, name: str) -> None:
    service.creates()

    status, said = service.call("CreateLabelingJob", **job_request(name))

    assert (status, said["__type"]) == (400, "ResourceInUse")


@pytest.mark.parametrize("operation", ["DescribeLabelingJob", "StopLabelingJob"])
def test_a_job_that_is_not_there_is_not_found(service: Service, operation: str) -> None:
    status, said = service.call(operation, LabelingJobName="none")

    assert (status, said["__type"]) == (400, "ResourceNotFound")


def test_an_operation_that_it_lacks_is_said_to_be_lacking(service: Service) -> None:
    status, said = service.call("CreateNotebookInstance")

    assert (status, said["__type"]) == (400, "UnknownOperationException")


# --- what it calls and writes --------------------------------------------------------------------
def test_the_pre_annotation_function_gets_each_line_by_the_jobs_role(service: Service) -> None:
    service.creates()

    assert service.asked == [
        {"version": "2018-10-16", "labelingJobArn": ARN, "dataObject": line} for line in LINES
    ]
    assert set(service.stand_in.assumed) == {ROLE}
    assert service.described()["LabelingJobStatus"] == "InProgress"


def test_the_post_annotation_function_gets_what_workers_said_in_a_file(service: Service) -> None:
    service.creates()
    service.asked.clear()
    service.answers(0, "w1", {"relevance": {"label": "5"}})
    service.answers(2, "w2", {"relevance": {"label": "3"}})
    service.expires()

    (request,) = service.asked
    assert request == {
        "version": "2018-10-16",
        "labelingJobArn": ARN,
        "labelCategories": None,
        "labelAttributeName": "relevance",
        "roleArn": ROLE,
        "payload": {"s3Uri": request["payload"]["s3Uri"]},
    }
    assert json.loads(service.objects[request["payload"]["s3Uri"]]) == [
        {
            "datasetObjectId": "0",
            "dataObject": {"content": "First?"},
            "annotations": [
                {
                    "workerId": "w1",
                    "annotationData": {"content": '{"relevance": {"label": "5"}}'},
                }
            ],
        },
        {
            "datasetObjectId": "2",
            "dataObject": {"s3Uri": "s3://review/third.txt"},
            "annotations": [
                {
                    "workerId": "w2",
                    "annotationData": {"content": '{"relevance": {"label": "3"}}'},
                }
            ],
        },
    ]


def test_the_output_manifest_lies_where_the_service_puts_it(service: Service) -> None:
    service.creates()
    service.answers(0, content={"rating": 5})
    service.expires()

    described = service.described()
    assert described["LabelingJobStatus"] == "Completed"
    assert described["LabelingJobOutput"] == {
        "OutputDatasetS3Uri": "s3://review/jobs/1/output/tandem-1/manifests/output/output.manifest"
    }
    labeled, *rest = service.output()
    assert labeled == {
        **LINES[0],
        "relevance": {"rating": 5},
        "relevance-metadata": {
            "type": "groundtruth/custom",
            "job-name": "tandem-1",
            "human-annotated": "yes",
            "creation-date": labeled["relevance-metadata"]["creation-date"],
        },
    }
    for line, given in zip(rest, LINES[1:], strict=True):
        assert {key: line[key] for key in given} == given
        assert "relevance" not in line
        assert "expired" in line["relevance-metadata"]["failure-reason"]
    assert described["LabelCounters"] == {
        "TotalLabeled": 1,
        "HumanLabeled": 1,
        "MachineLabeled": 0,
        "FailedNonRetryableError": 2,
        "Unlabeled": 0,
    }


def test_what_each_worker_said_is_kept_with_their_id_and_time(service: Service) -> None:
    service.creates()
    service.http.get("/worker/tandem-1", params={"worker": "w1"})
    service.answers(0, "w1", {"relevance": 5})
    service.expires()

    (key,) = [key for key in service.objects if "/annotations/worker-response/" in key]
    (answer,) = json.loads(service.objects[key])["answers"]
    assert (answer["workerId"], answer["answerContent"]) == ("w1", {"relevance": 5})
    assert answer["acceptanceTime"] <= answer["submissionTime"]
    assert answer["workerMetadata"]["identityData"]["sub"] == "w1"


def test_each_object_waits_for_as_many_workers_as_are_wanted(service: Service) -> None:
    service.creates(task={"NumberOfHumanWorkersPerDataObject": 2})

    for number in range(3):
        assert service.answers(number, "w1") == 303
    assert service.described()["LabelingJobStatus"] == "InProgress"
    assert service.answers(0, "w1") == 409
    assert "No task is left" in service.http.get("/worker/tandem-1?worker=w1").text
    for number in range(3):
        assert service.answers(number, "w2") == 303

    assert service.described()["LabelingJobStatus"] == "Completed"
    assert service.answers(0, "w3") == 409
    assert service.answers(99, "w3") == 409


def test_nobody_is_asked_where_the_function_says_so(service: Service) -> None:
    service.pre = lambda _: {"taskInput": {}, "isHumanAnnotationRequired": False}

    service.creates()

    assert service.described()["LabelingJobStatus"] == "Completed"
    assert all("relevance" not in line for line in service.output())


@pytest.mark.parametrize(
    ("lines", "why"),
    [([], "no line"), ([{"text": "x"}], "neither source nor source-ref")],
)
def test_a_manifest_that_is_none_fails_the_job(
    service: Service, lines: list[Json], why: str
) -> None:
    service.manifest(lines)

    service.creates()

    assert service.described()["LabelingJobStatus"] == "Failed"
    assert why in service.described()["FailureReason"]
    assert service.stand_in.events == [(ARN, {"LabelingJobStatus": "Failed"})]


def test_a_function_that_fails_fails_the_job(service: Service) -> None:
    def fails(_: Json) -> Json:
        raise RuntimeError("broken function")

    service.pre = fails
    service.creates()

    assert "broken function" in service.described()["FailureReason"]


def test_a_job_that_is_stopped_keeps_what_it_has(service: Service) -> None:
    service.creates()
    service.answers(0)

    assert service.call("StopLabelingJob", LabelingJobName="tandem-1") == (200, {})
    assert service.call("StopLabelingJob", LabelingJobName="tandem-1") == (200, {})

    assert service.described()["LabelingJobStatus"] == "Stopped"
    assert "relevance" in service.output()[0]
    assert service.stand_in.events == [(ARN, {"LabelingJobStatus": "Stopped"})]


def test_a_job_that_is_stopped_before_it_has_begun_stays_stopped(service: Service) -> None:
    service.call("CreateLabelingJob", **job_request())
    service.call("StopLabelingJob", LabelingJobName="tandem-1")
    service.stand_in.goes_on()

    assert service.described()["LabelingJobStatus"] == "Stopped"


def test_jobs_are_listed_by_a_part_of_their_name(service: Service) -> None:
    service.creates()

    def listed(part: str) -> list[str]:
        found = service.call("ListLabelingJobs", NameContains=part)[1]["LabelingJobSummaryList"]
        return [each["LabelingJobName"] for each in found]

    assert (listed("dem"), listed("other")) == (["tandem-1"], [])


# --- what it sends, and what goes wrong on request -----------------------------------------------
def test_the_event_says_no_more_than_the_state_and_the_arn(service: Service) -> None:
    service.creates()
    for number in range(3):
        service.answers(number)

    assert service.stand_in.events == [(ARN, {"LabelingJobStatus": "Completed"})]


@pytest.mark.parametrize("times", [0, 2])
def test_an_event_is_lost_or_doubled_on_request(service: Service, times: int) -> None:
    service.http.post("/_tandem/faults", json={"events": times})
    service.creates()
    service.expires()

    assert len(service.stand_in.events) == times
    assert service.http.post("/_tandem/jobs/tandem-1/announce").status_code == 200
    assert len(service.stand_in.events) == times + 1


def test_a_job_breaks_off_half_way_on_request(service: Service) -> None:
    service.http.post("/_tandem/faults", json={"fail_at_batch": 1})
    service.creates()
    service.answers(0)
    service.expires()

    described = service.described()
    assert described["LabelingJobStatus"] == "Failed"
    assert "broke off" in described["FailureReason"]
    assert "LabelingJobOutput" not in described


@pytest.mark.parametrize("what", ["expire", "announce"])
def test_a_test_that_names_no_job_is_told(service: Service, what: str) -> None:
    assert service.http.post(f"/_tandem/jobs/none/{what}").status_code == 404


# --- the workers' page ---------------------------------------------------------------------------
def test_a_worker_sees_their_next_task_in_the_jobs_template(service: Service) -> None:
    service.creates()

    assert "<crowd-form><p>First?</p>" in service.http.get("/worker/tandem-1?worker=w1").text
    service.answers(0, "w1")
    assert "<p>Second?" in service.http.get("/worker/tandem-1?worker=w1").text


def test_hostile_texts_stay_texts(service: Service) -> None:
    attack = "<script>alert(1)</script>"
    service.manifest([{"source": attack}])
    service.creates(task={"TaskTitle": attack, "NumberOfHumanWorkersPerDataObject": 2})

    for address in ("/worker", "/worker/tandem-1", "/worker/none<script>alert(1)"):
        assert "<script>alert" not in service.http.get(address).text
    page = service.http.get("/worker/tandem-1", params={"worker": f'w";</script>{attack}'})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize("sent", [{}, {"answer": "{broken"}])
def test_an_answer_that_is_none_is_refused(service: Service, sent: dict[str, str]) -> None:
    service.creates()

    assert service.http.post("/worker/tandem-1/0?worker=w1", data=sent).status_code == 400
