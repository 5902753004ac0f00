"""The SageMaker stand-in serves models: endpoints, their blue/green updates, InvokeEndpoint."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.sagemaker.deployment import Deployment, Step, deployment
from local.sagemaker.events import ENDPOINT
from tests.fakes import PATIENCE_SECONDS
from tests.ground_truth_stand_in import ACCOUNT, REGION
from tests.sagemaker_stand_in import IMAGE, ROLE, Front, Json, StandIn
from tests.unit.local.test_sagemaker_registry import GROUP, package, version_arn

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/tandem-blue"
INFERENCE = """
import json, pathlib
def model_fn(folder):
    print("loading")
    name = (pathlib.Path(folder) / "name.txt").read_text()
    if name == "broken":
        raise RuntimeError("golden token ids differ")
    return name
def input_fn(body, content_type):
    assert content_type == "application/json", content_type
    return json.loads(body)
def predict_fn(asked, model):
    if asked["inputs"] == "fail":
        raise ValueError("no answer to that")
    return {"generated_text": f"{model}: {asked['inputs']}", "finish_reason": "stop"}
def output_fn(said, accept):
    return json.dumps(said), accept
"""


class Hosting:
    """The stand-in with models of different names."""

    def __init__(self, stand_in: StandIn) -> None:
        self.on = stand_in
        self.client = stand_in.client

    def weights(self, name: str) -> str:
        uri = f"s3://models/runs/{name}/output/model/model/"
        self.on.put(uri, name_dot_txt=name, code__inference_dot_py=INFERENCE)
        return uri

    def config(self, name: str, instances: int = 2) -> str:
        """A model and the configuration of an endpoint that serves it."""
        source = {
            "S3Uri": self.weights(name),
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        self.client.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            EnableNetworkIsolation=True,
            PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}},
        )
        self.client.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant(name, instances)]
        )
        return name

    def serves(self, name: str = "v1") -> None:
        self.client.create_endpoint(
            EndpointName="tandem-blue",
            EndpointConfigName=self.config(name),
            Tags=[{"Key": "tandem:stack", "Value": "tandem"}],
        )
        self.on.goes_on()

    def updates(self, name: str, **changes: Any) -> None:
        self.client.update_endpoint(
            EndpointName="tandem-blue", EndpointConfigName=self.config(name), **changes
        )

    def described(self) -> Json:
        described: Json = self.client.describe_endpoint(EndpointName="tandem-blue")
        return described

    def state(self) -> tuple[str, str]:
        described = self.described()
        return described["EndpointStatus"], described["EndpointConfigName"]

    def becomes(self, status: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.described()["EndpointStatus"] != status:
            assert time.monotonic() < deadline, self.described()
            time.sleep(0.01)

    def says(self, inputs: str = "hello") -> str:
        answer = self.on.runtime.invoke_endpoint(
            EndpointName="tandem-blue",
            ContentType="application/json",
            Accept="application/json",
            Body=json.dumps({"inputs": inputs}),
        )
        assert answer["InvokedProductionVariant"] == "AllTraffic"
        assert answer["ContentType"] == "application/json"
        return str(json.load(answer["Body"])["generated_text"])

    def statuses(self) -> list[str]:
        told: list[str] = self.on.told(ENDPOINT, "EndpointStatus")
        return told


def variant(model: str, instances: int = 2) -> Json:
    return {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
        "InitialVariantWeight": 1.0,
    }


def canary(wait: int = 60, *alarms: str, value: int = 50) -> Json:
    size = {"Type": "CAPACITY_PERCENT", "Value": value}
    named = [{"AlarmName": name} for name in alarms]
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": size,
                "WaitIntervalInSeconds": wait,
            },
            "TerminationWaitInSeconds": 60,
            "MaximumExecutionTimeoutInSeconds": 7200,
        },
        **({"AutoRollbackConfiguration": {"Alarms": named}} if named else {}),
    }


@pytest.fixture
def hosting(front: Front, tmp_path: Path) -> Iterator[Hosting]:
    stand_in = StandIn(tmp_path)
    with stand_in.behind(front):
        yield Hosting(stand_in)


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


# --- an endpoint comes up, answers, and goes -----------------------------------------------------
def test_an_endpoint_answers_with_its_model(hosting: Hosting) -> None:
    hosting.serves()

    assert hosting.state() == ("InService", "v1")
    assert hosting.says() == "v1: hello"
    assert set(hosting.on.assumed) == {ROLE}
    (described,) = hosting.described()["ProductionVariants"]
    assert described["CurrentInstanceCount"] == 2


def test_its_events_have_the_documented_shape(hosting: Hosting) -> None:
    hosting.serves()

    assert hosting.statuses() == ["CREATING", "IN_SERVICE"]
    kind, arn, detail = hosting.on.events[-1]
    assert (kind, arn) == ("SageMaker Endpoint State Change", ARN)
    assert detail == {
        "EndpointName": "tandem-blue",
        "EndpointArn": ARN,
        "EndpointConfigName": "v1",
        "ProductionVariants": [
            {"VariantName": "AllTraffic", "DesiredWeight": 1.0, "DesiredInstanceCount": 2.0}
        ],
        "EndpointStatus": "IN_SERVICE",
        "CreationTime": detail["CreationTime"],
        "LastModifiedTime": detail["LastModifiedTime"],
        "Tags": {"tandem:stack": "tandem"},
    }
    assert hosting.on.control("endpoints/tandem-blue/announce") == 200
    assert hosting.on.control("endpoints/none/announce") == 404
    assert hosting.statuses()[-2:] == ["IN_SERVICE", "IN_SERVICE"]


def test_a_model_that_cannot_be_loaded_fails_it_with_the_reason(hosting: Hosting) -> None:
    hosting.serves("broken")

    described = hosting.described()
    assert described["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert "RuntimeError: golden token ids differ" in described["FailureReason"]
    assert hosting.statuses() == ["CREATING", "FAILED"]


def test_without_the_trainers_python_nothing_is_served_and_it_says_so(hosting: Hosting) -> None:
    hosting.on.model_python = None

    hosting.serves()

    assert "make train" in hosting.described()["FailureReason"]


def test_an_endpoint_fails_on_request(hosting: Hosting) -> None:
    hosting.on.fault("endpoint_fails", match="tandem-blue v1", message="no capacity")

    hosting.serves()

    assert hosting.described()["FailureReason"] == "no capacity"


def test_weights_that_are_gone_fail_it(hosting: Hosting) -> None:
    config = hosting.config("v1")
    hosting.on.objects.clear()
    hosting.client.create_endpoint(EndpointName="tandem-blue", EndpointConfigName=config)
    hosting.on.goes_on()

    assert "Failed to download model data" in hosting.described()["FailureReason"]


def test_what_is_deleted_answers_no_more(hosting: Hosting) -> None:
    hosting.serves()

    hosting.client.delete_endpoint(EndpointName="tandem-blue")
    hosting.on.goes_on()

    assert hosting.statuses()[-1] == "DELETING"
    assert refusal(hosting.client.describe_endpoint, EndpointName="tandem-blue") == (
        "ValidationException",
        f'Could not find endpoint "{ARN}".',
    )
    assert hosting.client.list_endpoints()["Endpoints"] == []


# --- asking it -----------------------------------------------------------------------------------
def test_who_asks_too_early_finds_no_endpoint(hosting: Hosting) -> None:
    hosting.client.create_endpoint(
        EndpointName="tandem-blue", EndpointConfigName=hosting.config("v1")
    )

    code, message = refusal(
        hosting.on.runtime.invoke_endpoint, EndpointName="tandem-blue", Body=b"{}"
    )

    assert (code, message) == (
        "ValidationError",
        f"Endpoint tandem-blue of account {ACCOUNT} not found.",
    )


@pytest.mark.parametrize(
    ("body", "status"), [(b'{"inputs": "fail"}', 500), (b'{"inputs": "x"', 400)]
)
def test_an_error_of_the_model_is_a_model_error(hosting: Hosting, body: bytes, status: int) -> None:
    hosting.serves()

    with pytest.raises(ClientError) as failed:
        hosting.on.runtime.invoke_endpoint(
            EndpointName="tandem-blue", ContentType="application/json", Body=body
        )

    said: Any = failed.value.response
    assert said["Error"]["Code"] == "ModelError"
    assert said["OriginalStatusCode"] == status
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert hosting.says() == "v1: hello"


@pytest.mark.parametrize(
    ("what", "code"), [("model_error", "ModelError"), ("unavailable", "ServiceUnavailable")]
)
def test_an_endpoint_does_not_answer_on_request(hosting: Hosting, what: str, code: str) -> None:
    hosting.serves()
    hosting.on.fault(what, match="tandem-blue")

    assert refusal(hosting.on.runtime.invoke_endpoint, EndpointName="tandem-blue", Body=b"{}")[
        0
    ] == code  # fmt: skip
    assert hosting.says() == "v1: hello"


def test_a_model_whose_process_is_gone_is_a_model_error(hosting: Hosting) -> None:
    hosting.serves()
    fleet = hosting.on.endpoint("tandem-blue").blue
    assert fleet is not None
    fleet.model.stop()

    code, _ = refusal(hosting.on.runtime.invoke_endpoint, EndpointName="tandem-blue", Body=b"{}")

    assert code == "ModelError"


# --- updates -------------------------------------------------------------------------------------
def test_the_old_fleet_answers_until_the_new_one_is_there(hosting: Hosting) -> None:
    hosting.serves()
    hosting.updates("v2")

    described = hosting.described()
    assert hosting.state() == ("Updating", "v1")
    assert described["PendingDeploymentSummary"]["EndpointConfigName"] == "v2"
    assert hosting.says() == "v1: hello"
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v2")
    assert hosting.says() == "v2: hello"
    assert "PendingDeploymentSummary" not in hosting.described()
    assert hosting.statuses()[-2:] == ["UPDATING", "IN_SERVICE"]


def test_a_canary_answers_its_share_first(hosting: Hosting) -> None:
    hosting.serves()
    hosting.updates("v2", DeploymentConfig=canary(1200, "errors"))
    with hosting.on.going_on():
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "v2: hello" not in (said := [hosting.says() for _ in range(4)]):
            assert time.monotonic() < deadline
        assert hosting.state() == ("Updating", "v1")
        said = [hosting.says() for _ in range(4)]
        hosting.becomes("InService")

    assert sorted(said) == ["v1: hello"] * 2 + ["v2: hello"] * 2
    assert hosting.state() == ("InService", "v2")
    assert hosting.described()["LastDeploymentConfig"] == canary(1200, "errors")


def test_an_alarm_takes_an_update_back(hosting: Hosting) -> None:
    hosting.serves()
    hosting.on.gone_off.add("errors")
    hosting.updates("v2", DeploymentConfig=canary(60, "latency", "errors"))
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v1")
    assert hosting.says() == "v1: hello"
    assert "FailureReason" not in hosting.described()
    assert hosting.statuses()[-3:] == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_an_alarm_of_another_endpoint_does_not(hosting: Hosting) -> None:
    hosting.serves()
    hosting.on.gone_off.add("somebody-elses")
    hosting.updates("v2", DeploymentConfig=canary(60, "errors"))
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v2")


def test_alarms_that_the_role_may_not_see_take_it_back(hosting: Hosting) -> None:
    hosting.serves()
    hosting.on.denied.add("alarms")
    hosting.updates("v2", DeploymentConfig=canary(60, "errors"))
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v1")


def test_a_new_fleet_that_does_not_come_up_leaves_the_old_one(hosting: Hosting) -> None:
    hosting.serves()
    hosting.updates("broken")
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v1")
    assert "golden token ids differ" in hosting.described()["FailureReason"]
    assert hosting.says() == "v1: hello"


def test_an_update_that_goes_well_forgets_why_one_before_failed(hosting: Hosting) -> None:
    hosting.serves()
    hosting.updates("broken")
    hosting.on.goes_on()
    hosting.updates("v2")
    hosting.on.goes_on()

    assert hosting.state() == ("InService", "v2")
    assert "FailureReason" not in hosting.described()


@pytest.mark.parametrize(
    ("instances", "config", "shares"),
    [
        (2, None, [1.0, 1.0]),
        (2, canary(), [0.5, 1.0]),
        (4, canary(value=25), [0.25, 1.0]),
        (3, canary(value=10), [1 / 3, 1.0]),
    ],
)
def test_traffic_shifts_in_whole_instances(
    instances: int, config: Json | None, shares: list[float]
) -> None:
    found = deployment(config, instances, minute=1.0)

    assert [step.share for step in found.steps] == pytest.approx(shares)


def test_a_minute_of_waiting_is_shorter_here() -> None:
    assert deployment(canary(600, "errors"), 2, minute=0.5) == Deployment(
        (Step(0.5, 5.0), Step(1.0, 0.5)), ("errors",)
    )


# --- what it refuses -----------------------------------------------------------------------------
def test_a_canary_is_at_most_half_of_the_fleet(hosting: Hosting) -> None:
    hosting.serves()
    config = hosting.config("v2", instances=1)

    code, message = refusal(
        hosting.client.update_endpoint,
        EndpointName="tandem-blue",
        EndpointConfigName=config,
        DeploymentConfig=canary(),
    )

    assert code == "ValidationException"
    assert "CanarySize" in message


def test_one_update_at_a_time(hosting: Hosting) -> None:
    hosting.serves()
    hosting.updates("v2")
    config = hosting.config("v3")

    in_progress = ("ValidationException", f'Cannot update in-progress endpoint "{ARN}".')
    update, delete = hosting.client.update_endpoint, hosting.client.delete_endpoint
    assert refusal(update, EndpointName="tandem-blue", EndpointConfigName=config) == in_progress
    assert refusal(delete, EndpointName="tandem-blue") == in_progress


def test_an_update_needs_the_configuration_that_it_leaves(hosting: Hosting) -> None:
    hosting.serves()
    hosting.client.delete_endpoint_config(EndpointConfigName="v1")

    code, message = refusal(
        hosting.client.update_endpoint,
        EndpointName="tandem-blue",
        EndpointConfigName=hosting.config("v2"),
    )

    assert code == "ValidationException"
    assert "Could not find endpoint configuration" in message


def test_what_is_there_is_not_made_again(hosting: Hosting) -> None:
    hosting.serves()
    client = hosting.client
    container = {"Image": IMAGE, "ModelDataSource": {"S3DataSource": {
        "S3Uri": hosting.weights("v1"), "S3DataType": "S3Prefix", "CompressionType": "None",
    }}}  # fmt: skip

    for call, params, what in (
        (client.create_model, {"ModelName": "v1", "ExecutionRoleArn": ROLE,
                               "PrimaryContainer": container}, "model"),
        (client.create_endpoint_config, {"EndpointConfigName": "v1",
                                         "ProductionVariants": [variant("v1")]},
         "endpoint configuration"),
        (client.create_endpoint, {"EndpointName": "tandem-blue", "EndpointConfigName": "v1"},
         "endpoint"),
    ):  # fmt: skip
        code, message = refusal(call, **params)
        assert code == "ValidationException"
        assert message.startswith(f'Cannot create already existing {what} "arn:')


def test_what_is_not_there_is_not_found(hosting: Hosting) -> None:
    client = hosting.client
    for call, params, what in (
        (client.describe_model, {"ModelName": "none"}, "model"),
        (client.delete_model, {"ModelName": "none"}, "model"),
        (client.create_endpoint_config, {"EndpointConfigName": "v1",
                                         "ProductionVariants": [variant("none")]}, "model"),
        (client.describe_endpoint_config, {"EndpointConfigName": "none"},
         "endpoint configuration"),
        (client.create_endpoint, {"EndpointName": "tandem-blue", "EndpointConfigName": "none"},
         "endpoint configuration"),
        (client.delete_endpoint, {"EndpointName": "none"}, "endpoint"),
    ):  # fmt: skip
        code, message = refusal(call, **params)
        assert code == "ValidationException"
        assert message.startswith(f'Could not find {what} "arn:')


@pytest.mark.parametrize(
    ("lacking", "why"), [("s3://models/runs", "Could not access"), ("", "Could not find")]
)
def test_a_model_needs_weights_that_its_role_may_read(
    hosting: Hosting, lacking: str, why: str
) -> None:
    hosting.weights("v1")
    if lacking:
        hosting.on.denied.add(lacking)
    else:
        hosting.on.objects.clear()
    source = {"S3Uri": "s3://models/runs/v1/output/model/model/", "S3DataType": "S3Prefix",
              "CompressionType": "None"}  # fmt: skip

    code, message = refusal(
        hosting.client.create_model,
        ModelName="v1",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}},
    )

    assert code == "ValidationException"
    assert f"{why} model data at s3://models/runs/v1" in message


def test_a_prefix_of_weights_ends_with_a_slash(hosting: Hosting) -> None:
    source = {"S3Uri": hosting.weights("v1").rstrip("/"), "S3DataType": "S3Prefix",
              "CompressionType": "None"}  # fmt: skip

    _, message = refusal(
        hosting.client.create_model,
        ModelName="v1",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}},
    )

    assert "slash" in message


# --- models of the registry ----------------------------------------------------------------------
def test_a_version_of_the_registry_is_served_once_it_is_approved(hosting: Hosting) -> None:
    client = hosting.client
    hosting.on.put(
        "s3://models/runs/tandem-d1/output/model/model/",
        name_dot_txt="registered",
        code__inference_dot_py=INFERENCE,
    )
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    client.create_model_package(**package())
    made = {
        "ModelName": "v1",
        "ExecutionRoleArn": ROLE,
        "Containers": [{"ModelPackageName": version_arn(1)}],
    }
    assert "is not approved" in refusal(client.create_model, **made)[1]

    client.update_model_package(ModelPackageArn=version_arn(1), ModelApprovalStatus="Approved")
    client.create_model(**made)
    client.create_endpoint_config(EndpointConfigName="v1", ProductionVariants=[variant("v1")])
    client.create_endpoint(EndpointName="tandem-blue", EndpointConfigName="v1")
    hosting.on.goes_on()

    assert hosting.says() == "registered: hello"
    assert client.describe_model(ModelName="v1")["Containers"] == made["Containers"]
    assert [each["ModelName"] for each in client.list_models()["Models"]] == ["v1"]
    assert len(client.list_endpoint_configs()["EndpointConfigs"]) == 1
