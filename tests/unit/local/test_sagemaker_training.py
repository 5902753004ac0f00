"""The SageMaker stand-in trains: a process in the container's layout, channels to artifacts."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.sagemaker.events import TRAINING_JOB
from tests.fakes import PATIENCE_SECONDS
from tests.ground_truth_stand_in import ACCOUNT, REGION
from tests.sagemaker_stand_in import ROLE, Front, Json, StandIn, training_request

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/tandem-d1"
BEGINNING = """
import json, os, pathlib, signal, sys, time
root = pathlib.Path(os.environ["TANDEM_ML_ROOT"])
"""
TRAINS = """
seen = {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()
        and p.name != "run_training.py"}
(root / "model" / "reward").mkdir()
(root / "model" / "run.json").write_text(json.dumps({"seen": seen, "env": dict(os.environ)}))
(root / "model" / "reward" / "reward_model.json").write_text("{}")
print("step=1 reward/mean=2.5 kl=0.1")
print("step=2 reward/mean=3.25 kl=1e-1")
"""
RESUMES = """
folder = root / "checkpoints"
saved = folder / "step.json"
step = json.loads(saved.read_text()) if saved.exists() else 0
while step < 6:
    step += 1
    print(f"step={step}")
    (folder / "new").write_text(json.dumps(step))
    (folder / "new").replace(saved)
    while step in (2, 3) and not (pathlib.Path(os.environ["GATES"]) / str(step)).exists():
        time.sleep(0.01)
(root / "model" / "last").write_text(str(step))
"""
WAITS = """
signal.signal(signal.SIGTERM, lambda *_: (print("asked to end"), sys.exit(0)))
(root / "model" / "half").write_text("done")
print("ready")
time.sleep(60)
"""
DOES_NOT_LISTEN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready")
time.sleep(60)
"""


class Training:
    """The stand-in with a dataset, and a job that runs a given script."""

    def __init__(self, stand_in: StandIn) -> None:
        self.on = stand_in
        self.client = stand_in.client
        self._gates = stand_in.folder.with_name("gates")
        stand_in.put("s3://models/dataset/1/", manifest_dot_json='{"version": 1}')

    def creates(self, script: str = TRAINS, **changes: Any) -> None:
        self.on.put("s3://models/code/1/", run_training_dot_py=BEGINNING + script)
        made = self.client.create_training_job(**training_request(**changes))
        assert made["TrainingJobArn"] == ARN

    def runs(self, script: str = TRAINS, **changes: Any) -> Json:
        self.creates(script, **changes)
        self.on.goes_on()
        return self.described()

    def described(self) -> Json:
        described: Json = self.client.describe_training_job(TrainingJobName="tandem-d1")
        return described

    def resumes(self) -> None:
        """Creates a job that waits after its second and third step until `passes`."""
        self._gates.mkdir()
        self.creates(RESUMES, Environment={"GATES": str(self._gates)})

    def passes(self, *steps: int) -> None:
        for step in steps:
            (self._gates / str(step)).touch()

    def log(self) -> str:
        return self.on.http.get("/_tandem/training-jobs/tandem-d1/log").text

    def says(self, text: str) -> None:
        """Wait until it stands in the job's log."""
        self._until(lambda: text in self.log())

    def has_saved(self, step: int) -> None:
        """Wait until its checkpoint of that step is in S3."""
        saved = "s3://models/checkpoints/tandem-d1/step.json"
        self._until(lambda: self.on.objects.get(saved) == str(step).encode())

    def is_interrupted(self) -> None:
        self._until(lambda: "Interrupted" in self.secondary())

    def _until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.01)

    def secondary(self) -> list[str]:
        told: list[str] = self.on.told(TRAINING_JOB, "SecondaryStatus")
        return told

    def model(self) -> dict[str, bytes]:
        return self.on.below("s3://models/runs/tandem-d1/output/model/")


@pytest.fixture
def training(front: Front, tmp_path: Path) -> Iterator[Training]:
    stand_in = StandIn(tmp_path / "sagemaker")
    with stand_in.behind(front):
        yield Training(stand_in)


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


# --- a job that goes well ------------------------------------------------------------------------
def test_the_process_finds_what_a_container_finds(training: Training) -> None:
    training.runs()

    run = json.loads(training.model()["run.json"])
    seen = {path: json.loads(text) for path, text in run["seen"].items()}
    assert seen == {
        "input/config/hyperparameters.json": {"method": "auto", "seed": "1"},
        "input/config/inputdataconfig.json": {
            name: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for name in ("code", "dataset")
        },
        "input/config/resourceconfig.json": {
            "current_host": "algo-1",
            "hosts": ["algo-1"],
            "network_interface_name": "eth0",
            "current_instance_type": "ml.m5.large",
        },
        "input/data/dataset/manifest.json": {"version": 1},
    }
    assert run["env"]["TRAINING_JOB_NAME"] == "tandem-d1"
    assert run["env"]["TRAINING_JOB_ARN"] == ARN
    assert not [name for name in run["env"] if "SECRET" in name or "ENDPOINT_URL" in name]


def test_everything_is_read_and_written_as_the_jobs_role(training: Training) -> None:
    training.runs()

    assert set(training.on.assumed) == {ROLE}


def test_the_model_lies_uncompressed_where_the_service_puts_it(training: Training) -> None:
    described = training.runs()

    assert described["TrainingJobStatus"] == "Completed"
    artifacts = described["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifacts == "s3://models/runs/tandem-d1/output/model/"
    assert set(training.model()) == {"run.json", "reward/reward_model.json"}


def test_without_that_wish_it_is_one_archive(training: Training) -> None:
    described = training.runs(OutputDataConfig={"S3OutputPath": "s3://models/runs/"})

    artifacts = described["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifacts == "s3://models/runs/tandem-d1/output/model.tar.gz"
    assert training.on.objects[artifacts][:2] == b"\x1f\x8b"


def test_the_log_gives_the_metrics_their_last_values(training: Training) -> None:
    described = training.runs()

    found = {each["MetricName"]: each["Value"] for each in described["FinalMetricDataList"]}
    assert found == {"reward/mean": pytest.approx(3.25), "kl": pytest.approx(0.1)}
    assert "step=2 reward/mean=3.25" in training.log()


def test_what_was_asked_for_is_described_with_its_times(training: Training) -> None:
    described = training.runs()

    request = training_request()
    for name in ("HyperParameters", "InputDataConfig", "OutputDataConfig", "StoppingCondition"):
        assert described[name] == request[name]
    assert described["EnableManagedSpotTraining"] is True
    assert described["CreationTime"] <= described["TrainingStartTime"]
    assert described["TrainingStartTime"] <= described["TrainingEndTime"]
    assert 1 <= described["BillableTimeInSeconds"] <= described["TrainingTimeInSeconds"]
    statuses = [each["Status"] for each in described["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def test_tags_are_kept_of_any_resource(training: Training) -> None:
    training.creates()
    training.client.add_tags(ResourceArn=ARN, Tags=[{"Key": "more", "Value": "1"}])
    training.client.delete_tags(ResourceArn=ARN, TagKeys=["tandem:module"])

    assert training.client.list_tags(ResourceArn=ARN)["Tags"] == [{"Key": "more", "Value": "1"}]


def test_nothing_of_it_stays_on_this_machine_but_its_log(training: Training) -> None:
    training.runs()

    left = [path for path in training.on.folder.rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["tandem-d1.log"]


# --- what it tells -------------------------------------------------------------------------------
def test_each_secondary_status_is_an_event(training: Training) -> None:
    training.runs()

    statuses = ["InProgress"] * 4 + ["Completed"]
    assert training.secondary() == [
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert training.on.told(TRAINING_JOB, "TrainingJobStatus") == statuses


def test_an_event_has_the_documented_shape(training: Training) -> None:
    training.runs()

    kind, arn, detail = training.on.events[-1]
    assert (kind, arn) == ("SageMaker Training Job State Change", ARN)
    assert set(detail) == {
        "TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus",
        "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig",
        "OutputDataConfig", "ResourceConfig", "StoppingCondition", "CreationTime",
        "TrainingStartTime", "TrainingEndTime", "LastModifiedTime",
        "SecondaryStatusTransitions", "Tags",
    }  # fmt: skip
    assert detail["Tags"] == {"tandem:module": "tuning"}
    assert detail["CreationTime"].isdecimal()
    assert len(detail["CreationTime"]) == 13


@pytest.mark.parametrize(("what", "times"), [("event_lost", 0), ("event_doubled", 2)])
def test_an_event_is_lost_or_doubled_on_request(training: Training, what: str, times: int) -> None:
    training.on.fault(what, match='"TrainingJobStatus": "Completed"')
    training.runs()

    assert training.secondary().count("Completed") == times
    assert training.on.control("training-jobs/tandem-d1/announce") == 200
    assert training.secondary().count("Completed") == times + 1


# --- a job that goes wrong -----------------------------------------------------------------------
def test_the_failure_file_is_the_reason(training: Training) -> None:
    script = '(root / "output" / "failure").write_text("Too few ratings: 12 are missing.")'
    described = training.runs(f"{script}\nsys.exit(1)")

    assert described["TrainingJobStatus"] == "Failed"
    reason = "AlgorithmError: Too few ratings: 12 are missing., exit code: 1"
    assert described["FailureReason"] == reason
    assert training.on.events[-1][2]["FailureReason"] == reason
    assert training.model() == {}


def test_a_reason_is_cut_where_the_service_cuts_it(training: Training) -> None:
    script = '(root / "output" / "failure").write_text("x" * 5000)'

    assert len(training.runs(f"{script}\nsys.exit(1)")["FailureReason"]) == 1024


def test_what_lies_in_output_is_kept_also_of_a_failure(training: Training) -> None:
    training.runs('(root / "output" / "data" / "trace").write_text("t")\nsys.exit(3)')

    assert training.on.below("s3://models/runs/tandem-d1/output/data/") == {"trace": b"t"}


@pytest.mark.parametrize(
    ("denied", "why"),
    [
        ("s3://models/dataset", "Data download failed"),
        ("s3://models/checkpoints", "AccessDenied"),
        ("s3://models/runs", "Artifact upload failed"),
    ],
)
def test_what_the_role_may_not_reach_fails_the_job(
    training: Training, denied: str, why: str
) -> None:
    training.on.denied.add(denied)

    described = training.runs()

    assert described["TrainingJobStatus"] == "Failed"
    assert why in described["FailureReason"]


def test_a_channel_without_objects_fails_the_job(training: Training) -> None:
    training.on.objects.clear()

    described = training.runs()

    assert 'No S3 objects found under S3 URL "s3://models/dataset/1/"' in described["FailureReason"]


def test_the_service_itself_fails_a_job_on_request(training: Training) -> None:
    training.on.fault("job_fails", match="tandem", after="ready")

    described = training.runs(WAITS)

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("InternalServerError")


def test_what_the_service_fails_is_tried_again_as_often_as_was_asked(training: Training) -> None:
    training.on.fault("job_fails", times=2)

    described = training.runs(
        f"time.sleep(0.3)\n{TRAINS}", RetryStrategy={"MaximumRetryAttempts": 2}
    )

    assert described["TrainingJobStatus"] == "Completed"
    assert training.secondary().count("Restarting") == 2


def test_and_no_oftener(training: Training) -> None:
    training.on.fault("job_fails", times=None)

    described = training.runs(WAITS, RetryStrategy={"MaximumRetryAttempts": 1})

    assert described["TrainingJobStatus"] == "Failed"
    assert training.secondary().count("Restarting") == 1


# --- stopping ------------------------------------------------------------------------------------
def test_a_job_that_is_stopped_may_end_in_order(training: Training) -> None:
    training.creates(WAITS)
    with training.on.going_on():
        training.says("ready")
        training.client.stop_training_job(TrainingJobName="tandem-d1")
        assert training.described()["TrainingJobStatus"] in ("Stopping", "Stopped")

    assert training.described()["TrainingJobStatus"] == "Stopped"
    assert "asked to end" in training.log()
    assert training.model() == {"half": b"done"}
    assert training.secondary()[-2:] == ["Stopping", "Stopped"]


def test_one_that_does_not_listen_is_killed(training: Training) -> None:
    training.creates(DOES_NOT_LISTEN)
    with training.on.going_on():
        training.says("ready")
        training.client.stop_training_job(TrainingJobName="tandem-d1")

    assert training.described()["TrainingJobStatus"] == "Stopped"


def test_a_job_that_is_stopped_before_it_has_begun_runs_nothing(training: Training) -> None:
    training.creates()
    training.client.stop_training_job(TrainingJobName="tandem-d1")
    training.on.goes_on()

    assert training.described()["TrainingJobStatus"] == "Stopped"
    assert training.log() == ""


def test_a_job_that_takes_too_long_is_stopped(training: Training) -> None:
    described = training.runs(
        WAITS, StoppingCondition={"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 60}
    )

    assert described["TrainingJobStatus"] == "Stopped"
    assert described["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert training.model() == {"half": b"done"}


def test_what_has_ended_cannot_be_stopped(training: Training) -> None:
    training.runs()

    code, message = refusal(training.client.stop_training_job, TrainingJobName="tandem-d1")

    assert code == "ValidationException"
    assert "in status Completed" in message


# --- spot instances ------------------------------------------------------------------------------
def test_a_job_that_is_interrupted_goes_on_from_its_checkpoints(training: Training) -> None:
    training.on.fault("job_interrupted", after="step=3")
    training.resumes()
    with training.on.going_on():
        training.has_saved(2)
        assert "Interrupted" not in training.secondary()
        training.passes(2)
        training.is_interrupted()
        training.passes(3)

    assert training.described()["TrainingJobStatus"] == "Completed"
    assert training.secondary() == [
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    steps = [int(line.partition("=")[2]) for line in training.log().split() if "step=" in line]
    assert steps[-1] == 6
    assert steps.count(1) == 1, "it began where it was, not at the beginning"
    assert training.model() == {"last": b"6"}


def test_it_is_interrupted_once_its_first_checkpoint_is_safe(training: Training) -> None:
    training.on.fault("job_interrupted")
    training.resumes()
    with training.on.going_on():
        training.is_interrupted()
        training.passes(2, 3)

    assert training.described()["TrainingJobStatus"] == "Completed"
    assert training.secondary().count("Interrupted") == 1
    assert training.log().count("step=1\n") == 1


def test_a_test_takes_the_instance_away_when_it_likes(training: Training) -> None:
    training.resumes()
    with training.on.going_on():
        training.passes(2)
        training.says("step=3")
        assert training.on.control("training-jobs/tandem-d1/interrupt") == 200
        training.is_interrupted()
        training.passes(3)

    assert training.secondary().count("Interrupted") == 1
    assert training.described()["TrainingJobStatus"] == "Completed"


def test_an_interruption_has_an_end_when_there_is_no_time_left(training: Training) -> None:
    training.on.fault("job_interrupted", after="ready")
    training.creates(WAITS)
    # Most of the time that it may wait has passed before there was an instance.
    training.on.job("tandem-d1").created -= timedelta(seconds=7200)
    training.on.goes_on()

    assert training.described()["TrainingJobStatus"] == "Stopped"
    assert training.described()["SecondaryStatus"] == "MaxWaitTimeExceeded"


def test_on_demand_there_is_nothing_to_be_interrupted_for(training: Training) -> None:
    training.on.fault("job_interrupted", after="ready")

    described = training.runs(
        WAITS, EnableManagedSpotTraining=False, StoppingCondition={"MaxRuntimeInSeconds": 60}
    )

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("InternalServerError")


def test_a_checkpoint_that_is_removed_is_removed_in_s3(training: Training) -> None:
    training.on.put("s3://models/checkpoints/tandem-d1/", old="0")
    training.on.put("s3://models/checkpoints/tandem-d10/", of_another="0")
    training.runs(
        'assert (root / "checkpoints" / "old").read_text() == "0"\n'
        'assert not (root / "checkpoints" / "of_another").exists()\n'
        '(root / "checkpoints" / "old").unlink()\n'
        '(root / "checkpoints" / "new").write_text("1")'
    )

    assert training.on.below("s3://models/checkpoints/tandem-d1/") == {"new": b"1"}
    assert training.on.below("s3://models/checkpoints/tandem-d10/") == {"of_another": b"0"}


# --- what it refuses -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"TrainingJobName": "no_underscores"}, "TrainingJobName"),
        ({"RoleArn": "arn:aws:iam::1:role/x"}, "RoleArn"),
        ({"HyperParameters": {"k": "v" * 2501}}, "HyperParameters"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 60}}, "MaxWaitTimeInSeconds"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59}},
            "MaxWaitTimeInSeconds",
        ),
        ({"EnableManagedSpotTraining": False}, "MaxWaitTimeInSeconds"),
        ({"ResourceConfig": {"InstanceType": "ml.none", "VolumeSizeInGB": 1}}, "InstanceType"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}},
            "InstanceCount",
        ),
        ({"algorithm": {"TrainingInputMode": "Pipe"}, "InputDataConfig": []}, "InputDataConfig"),
        ({"algorithm": {"ContainerEntrypoint": []}}, "ContainerEntrypoint"),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/tmp/c"}}, "LocalPath"),
        ({"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}, "Tags"),
    ],
)
def test_what_the_service_refuses_is_refused_and_named(
    training: Training, changes: Json, wrong: str
) -> None:
    answer = training.on.http.post(
        "/",
        headers={"x-amz-target": "SageMaker.CreateTrainingJob"},
        json=training_request(**changes),
    )

    assert (answer.status_code, answer.json()["__type"]) == (400, "ValidationException")
    assert wrong in answer.json()["message"]


def test_a_name_is_taken_once_whatever_its_case(training: Training) -> None:
    training.creates()

    code, message = refusal(training.client.create_training_job, **training_request("Tandem-D1"))

    assert code == "ResourceInUse"
    assert ARN in message


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job"])
def test_a_job_that_is_not_there_is_not_found(training: Training, operation: str) -> None:
    call = getattr(training.client, operation)

    assert refusal(call, TrainingJobName="none") == (
        "ValidationException",
        "Requested resource not found.",
    )


@pytest.mark.parametrize(
    ("what", "code"), [("limit", "ResourceLimitExceeded"), ("throttling", "ThrottlingException")]
)
def test_the_account_has_its_limits_on_request(training: Training, what: str, code: str) -> None:
    training.on.fault(what, match="CreateTrainingJob")

    assert refusal(training.client.create_training_job, **training_request())[0] == code
    training.runs()


def test_jobs_are_listed_page_by_page(training: Training) -> None:
    for number in range(12):
        training.client.create_training_job(**training_request(f"tandem-d{number:02}"))

    def names(**params: Any) -> list[str]:
        pages = training.client.get_paginator("list_training_jobs").paginate(**params)
        return [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]

    first = training.client.list_training_jobs()
    assert (len(first["TrainingJobSummaries"]), "NextToken" in first) == (10, True)
    assert names() == [f"tandem-d{number:02}" for number in range(12)]
    assert names(NameContains="d1", SortOrder="Descending") == ["tandem-d11", "tandem-d10"]
    assert names(StatusEquals="Completed") == []


@pytest.mark.parametrize(
    "asked",
    [{"what": "nothing"}, {"what": "limit", "times": 0}, {"what": "limit", "who": "me"}],
)
def test_a_fault_that_does_not_exist_is_refused(training: Training, asked: Json) -> None:
    assert training.on.http.post("/_tandem/tuning/faults", json=asked).status_code == 400


def test_faults_are_taken_away(training: Training) -> None:
    training.on.fault("limit", times=None)

    assert training.on.http.delete("/_tandem/tuning/faults").json() == {"faults": []}
    training.runs()


@pytest.mark.parametrize("what", ["announce", "interrupt"])
def test_a_test_that_names_no_job_is_told(training: Training, what: str) -> None:
    assert training.on.control(f"training-jobs/none/{what}") == 404
    assert training.on.http.get("/_tandem/training-jobs/none/log").status_code == 404
