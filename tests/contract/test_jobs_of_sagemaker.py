"""Training jobs of SageMaker: the request is one that the service takes, and what it answers is
understood."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from local.sagemaker.validation import problems
from tandem.aws.environment import TrainingSettings
from tandem.aws.instance_types import takes_volume_key
from tandem.aws.sagemaker_training import SageMakerTraining
from tandem.aws.training_code import (
    EMBEDDING,
    ENTRYPOINT,
    TrainingCode,
    bundled_code,
    metric_definitions,
)
from tandem.tuning.models import TrainingRun
from tandem.tuning.policy import Training
from tandem.tuning.ports import JobState, Refused
from tandem.tuning.rewards import static_embedding
from tests.fakes import START
from tests.ground_truth_stand_in import session
from tests.tuning_fakes import MemoryTuningFiles
from tests.tuning_samples import run

type Json = dict[str, Any]

KEY = "arn:aws:kms:us-east-1:123456789012:key/data"
ROLE = "arn:aws:iam::123456789012:role/training"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0"
SETTINGS = TrainingSettings(
    models_bucket="models",
    training_role_arn=ROLE,
    training_image=IMAGE,
    base_model_uri="s3://models/bases/flan-t5-xl",
    data_key_arn=KEY,
    stack_name="tandem",
)
NAME = "tandem-0123abcd-d3"
CREATED = {"TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{NAME}"}


def new_client() -> Any:
    return session().create_client("sagemaker", region_name="us-east-1")


class Asked:
    """An adapter, and what it asks the service for."""

    def __init__(self, **settings: str) -> None:
        self.client = new_client()
        self.stubber = Stubber(self.client)
        self.files = MemoryTuningFiles()
        code = TrainingCode(
            self.files, "models", lambda: [(ENTRYPOINT, b"train()"), ("training/a.py", b"")]
        )
        self.adapter = SageMakerTraining(
            self.client, SETTINGS.model_copy(update=settings), code, metric_definitions
        )
        self.requests: list[Json] = []
        self.client.meta.events.register(
            "provide-client-params.sagemaker.*",
            lambda params, **_: self.requests.append(dict(params)),
        )
        self.stubber.activate()

    def creates(self, of: TrainingRun | None = None, **training: Any) -> Json:
        self.stubber.add_response("create_training_job", CREATED)
        self.adapter.create(of or run(), Training(**training))
        return self.requests[-1]

    def fails(self, operation: str, code: str, message: str = "") -> None:
        self.stubber.add_client_error(operation, code, message)

    def described(self, status: str, secondary: str = "", **more: Any) -> JobState | None:
        self.describes(status, secondary, **more)
        return self.adapter.describe(NAME)

    def describes(self, status: str, secondary: str = "", **more: Any) -> None:
        answer = {
            "TrainingJobName": NAME,
            "TrainingJobArn": CREATED["TrainingJobArn"],
            "ModelArtifacts": {"S3ModelArtifacts": f"s3://models/runs/{NAME}/output/model/"},
            "TrainingJobStatus": status,
            "SecondaryStatus": secondary or status,
            "StoppingCondition": {},
            "CreationTime": START,
        }
        self.stubber.add_response("describe_training_job", answer | more)


# --- the request ---------------------------------------------------------------------------------
def test_the_request_is_what_was_asked_for() -> None:
    asked = Asked()
    request = asked.creates(
        instance_type="ml.g5.2xlarge", volume_gb=80, most_hours=2, spot_wait_hours=1
    )

    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]
        for channel in request.pop("InputDataConfig")
    }
    (code,) = (uri for uri in asked.files.stored if uri.endswith(ENTRYPOINT))
    assert {name: source["S3Uri"] for name, source in channels.items()} == {
        "dataset": "s3://review/datasets/v000003/",
        "code": code.removesuffix(ENTRYPOINT),
        "base": "s3://models/bases/flan-t5-xl/",
    }
    assert all(source["S3DataType"] == "S3Prefix" for source in channels.values())
    assert request == {
        "TrainingJobName": NAME,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/run_training.py"],
            "MetricDefinitions": metric_definitions(),
        },
        "HyperParameters": {"method": "auto"},
        "OutputDataConfig": {
            "S3OutputPath": "s3://models/runs",
            "CompressionType": "NONE",
            "KmsKeyId": KEY,
        },
        "ResourceConfig": {
            "InstanceType": "ml.g5.2xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 80,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 10_800},
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": f"s3://models/checkpoints/{NAME}/"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "EnableNetworkIsolation": True,
        "Environment": {"PYTHONUNBUFFERED": "1"},
        "Tags": [
            {"Key": "tandem:module", "Value": "tuning"},
            {"Key": "tandem:dataset", "Value": "3"},
            {"Key": "tandem:stack", "Value": "tandem"},
        ],
    }


@pytest.mark.parametrize(
    ("of", "training"),
    [
        ({}, {}),
        ({"name": "tandem-0123abcd-d4294967295-r99"}, {"spot": False}),
        ({}, {"instance_type": "ml.m5.large", "spot_wait_hours": 0, "most_hours": 0.1}),
        ({}, {"most_hours": 120, "spot_wait_hours": 120, "volume_gb": 16_384}),
        ({"hyperparameters": {f"h{n}": "x" * 2500 for n in range(92)}}, {}),
    ],
)
def test_whatever_the_policy_allows_the_service_takes(of: Json, training: Json) -> None:
    request = Asked().creates(run(**of), **training)

    assert problems("CreateTrainingJob", request) == ""
    stopping = request["StoppingCondition"]
    if request["EnableManagedSpotTraining"]:
        assert stopping["MaxWaitTimeInSeconds"] >= stopping["MaxRuntimeInSeconds"]
    else:
        assert "MaxWaitTimeInSeconds" not in stopping


def test_without_a_base_there_is_no_channel_for_it() -> None:
    request = Asked(base_model_uri="").creates()

    assert [each["ChannelName"] for each in request["InputDataConfig"]] == ["dataset", "code"]


def test_without_a_key_and_a_name_of_the_stack_nothing_says_so() -> None:
    request = Asked(data_key_arn="", stack_name="").creates(instance_type="ml.m5.large")

    assert problems("CreateTrainingJob", request) == ""
    assert KEY not in str(request)
    assert "tandem:stack" not in str(request)


@pytest.mark.parametrize(
    ("instance_type", "takes"),
    [
        ("ml.m5.large", True),
        ("ml.m7i-flex.xlarge", True),
        ("ml.c5n.18xlarge", True),
        ("ml.r5.large", True),
        ("ml.t3.medium", True),
        ("ml.p3.2xlarge", True),
        ("ml.inf2.xlarge", True),
        ("ml.r5d.large", False),
        ("ml.c6id.large", False),
        ("ml.g4dn.xlarge", False),
        ("ml.g5.2xlarge", False),
        ("ml.g6e.48xlarge", False),
        ("ml.p3dn.24xlarge", False),
        ("ml.p4d.24xlarge", False),
        ("ml.p5.48xlarge", False),
        ("ml.trn1.2xlarge", False),
        ("ml.not-known-yet.xlarge", False),
    ],
)
def test_a_volume_has_a_key_where_it_is_one_of_ebs(instance_type: str, takes: bool) -> None:
    request = Asked().creates(instance_type=instance_type)

    assert takes_volume_key(instance_type) is takes
    assert request["ResourceConfig"].get("VolumeKmsKeyId") == (KEY if takes else None)


def test_the_figures_that_are_read_out_of_the_log_are_few_enough_and_found_in_a_line() -> None:
    definitions = Asked().creates()["AlgorithmSpecification"]["MetricDefinitions"]
    regexes = {each["Name"]: each["Regex"] for each in definitions}

    found = re.search(regexes["kl"], "step=12 reward/mean=3.1042 kl=0.8213 length=21.40")

    assert len(definitions) <= 40
    assert found is not None
    assert found.group(1) == "0.8213"


# --- what the service says -----------------------------------------------------------------------
def test_a_job_that_exists_has_been_started() -> None:
    asked = Asked()
    asked.fails("create_training_job", "ResourceInUse", "Training job names must be unique")
    asked.describes("InProgress", OutputDataConfig={"S3OutputPath": "s3://models/runs"})

    asked.adapter.create(run(), Training())


def test_a_job_from_before_the_stack_was_made_anew_is_not_taken_for_this_one() -> None:
    asked = Asked()
    asked.fails("create_training_job", "ResourceInUse", "Training job names must be unique")
    asked.describes("InProgress", OutputDataConfig={"S3OutputPath": "s3://models-of-before/runs"})

    with pytest.raises(Refused, match="switched off and on again"):
        asked.adapter.create(run(), Training())


def test_what_the_service_calls_invalid_is_refused_for_good() -> None:
    asked = Asked()
    asked.fails("create_training_job", "ValidationException", "No S3 objects found under s3://x")

    with pytest.raises(Refused, match="No S3 objects found"):
        asked.adapter.create(run(), Training())


def test_what_the_client_does_not_even_send_is_refused_for_good() -> None:
    asked = Asked(training_role_arn="")
    asked.stubber.add_response("create_training_job", CREATED)

    with pytest.raises(Refused, match="RoleArn"):
        asked.adapter.create(run(), Training())


@pytest.mark.parametrize(
    "code", ["ResourceLimitExceeded", "ThrottlingException", "AccessDeniedException"]
)
def test_what_may_pass_is_raised_and_tried_again(code: str) -> None:
    asked = Asked()
    asked.fails("create_training_job", code)

    with pytest.raises(asked.client.exceptions.ClientError, match=code):
        asked.adapter.create(run(), Training())


@pytest.mark.parametrize(
    ("status", "secondary", "more", "state"),
    [
        ("InProgress", "Interrupted", {}, JobState("open")),
        ("Stopping", "Stopping", {}, JobState("open")),
        (
            "Completed",
            "Completed",
            {"BillableTimeInSeconds": 600, "TrainingTimeInSeconds": 900},
            JobState("completed", f"s3://models/runs/{NAME}/output/model", seconds=600),
        ),
        (
            "Failed",
            "Failed",
            {"FailureReason": "AlgorithmError: no ratings", "TrainingTimeInSeconds": 9},
            JobState("failed", reason="AlgorithmError: no ratings", seconds=9),
        ),
        ("Failed", "Failed", {}, JobState("failed")),
        (
            "Stopped",
            "MaxRuntimeExceeded",
            {},
            JobState("stopped", reason="the training took longer than the policy's most_hours"),
        ),
        (
            "Stopped",
            "MaxWaitTimeExceeded",
            {},
            JobState(
                "stopped",
                reason="there was no spare capacity within the policy's spot_wait_hours",
            ),
        ),
        ("Stopped", "Stopped", {}, JobState("stopped", reason="the training job was stopped")),
    ],
)
def test_the_state_of_a_job_is_what_the_service_says(
    status: str, secondary: str, more: Json, state: JobState
) -> None:
    assert Asked().described(status, secondary, **more) == state


@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", "Requested resource not found."), ("ResourceNotFound", "")],
)
def test_a_job_that_there_is_not_is_none(code: str, message: str) -> None:
    asked = Asked()
    asked.fails("describe_training_job", code, message)

    assert asked.adapter.describe(NAME) is None


def test_a_job_that_cannot_be_looked_at_is_not_one_that_is_gone() -> None:
    asked = Asked()
    asked.fails("describe_training_job", "ThrottlingException")

    with pytest.raises(asked.client.exceptions.ClientError):
        asked.adapter.describe(NAME)


def test_a_job_is_stopped_and_one_that_has_ended_or_is_gone_stays_so() -> None:
    asked = Asked()
    asked.stubber.add_response("stop_training_job", {})
    asked.adapter.stop(NAME)
    asked.fails("stop_training_job", "ValidationException", "The request was rejected because")
    asked.adapter.stop(NAME)
    asked.fails("stop_training_job", "ResourceNotFound")
    asked.adapter.stop(NAME)
    asked.fails("stop_training_job", "ThrottlingException")
    with pytest.raises(asked.client.exceptions.ClientError):
        asked.adapter.stop(NAME)


# --- the code ------------------------------------------------------------------------------------
def test_code_is_uploaded_once_and_what_starts_it_last() -> None:
    files = MemoryTuningFiles()
    loaded: list[int] = []

    def load() -> list[tuple[str, bytes]]:
        loaded.append(1)
        return [(ENTRYPOINT, b"train()"), ("training/a.py", b"a"), ("zz.py", b"")]

    code = TrainingCode(files, "models", load)
    uri = code.uri()

    assert re.fullmatch(r"s3://models/code/[0-9a-f]{16}/", uri)
    assert [*files.stored][-1] == uri + ENTRYPOINT
    assert {path.removeprefix(uri): body for path, body in files.stored.items()} == dict(load())
    files.stored[uri + "zz.py"] = b"as it was"
    assert code.uri() == uri
    assert TrainingCode(files, "models", load).uri() == uri
    assert files.stored[uri + "zz.py"] == b"as it was"


def test_an_upload_that_broke_off_is_done_again() -> None:
    files = MemoryTuningFiles()
    code = [(ENTRYPOINT, b"train()"), ("training/a.py", b"a")]
    uri = TrainingCode(files, "models", lambda: code).uri()
    del files.stored[uri + ENTRYPOINT]
    del files.stored[uri + "training/a.py"]

    TrainingCode(files, "models", lambda: code).uri()

    assert files.stored[uri + "training/a.py"] == b"a"


def test_other_code_lies_elsewhere() -> None:
    files = MemoryTuningFiles()

    def uri(**more: bytes) -> str:
        code = {ENTRYPOINT: b"1", **more}
        return TrainingCode(files, "models", code.items).uri()

    assert len({uri(), uri(a=b""), uri(b=b""), uri(a=b"1"), uri(a=b"1", b=b"")}) == 5


def test_the_trainers_own_code_has_what_starts_it_and_what_it_imports() -> None:
    code = dict(bundled_code())

    assert {ENTRYPOINT, "training/train.py", "tandem/tuning/rewards/reward_model.py"} <= set(code)
    assert not [path for path in code if "__pycache__" in path or path.startswith("/")]


def test_the_embedding_goes_with_the_code_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("own", "layer/tandem_embedding"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "config.json").write_text(folder)
    monkeypatch.syspath_prepend(str(tmp_path / "layer"))
    where = "tandem/tuning/rewards/embedding/config.json"

    assert dict(bundled_code())[where] == b"layer/tandem_embedding"
    assert dict(bundled_code(str(tmp_path / "own")))[where] == b"own"


def test_the_embedding_has_the_name_by_which_it_is_looked_for() -> None:
    makefile = Path(__file__).parents[2] / "layers/training/Makefile"

    assert EMBEDDING == static_embedding.PACKAGE
    assert f'"$(SITE)/{EMBEDDING}"' in makefile.read_text()
