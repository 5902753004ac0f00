"""Trained models at endpoints and in Bedrock, by the services' own interfaces."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local.bedrock.imports import Imports
from local.bedrock.server import create_app
from local.sagemaker.validation import problems
from tandem.aws.environment import HostingSettings
from tandem.aws.model_hosting import SageMakerEndpoints, TrainedModels
from tandem.aws.model_imports import BedrockImports
from tandem.live.model_pointer import ModelReference
from tandem.tuning.models import ModelVersion
from tandem.tuning.policy import HostingPolicy, TuningPolicy
from tandem.tuning.ports import Refused, Served
from tests.fakes import START
from tests.ground_truth_stand_in import ACCOUNT, REGION
from tests.sagemaker_stand_in import IMAGE, ROLE, Front, Json, MemoryRole, StandIn
from tests.tuning_fakes import FixedTuningPolicies
from tests.tuning_samples import version
from tests.unit.bedrock.conftest import client_of, serving
from tests.unit.local.test_sagemaker_endpoints import INFERENCE

SETTINGS = HostingSettings(
    serving_role_arn=ROLE,
    serving_image=IMAGE,
    data_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
    stack_name="tandem",
    blue_alarms="tandem-blue-errors, tandem-blue-latency",
    green_alarms="",
)
POLICY = HostingPolicy(instance_type="ml.m5.xlarge", canary_minutes=1)
TAGS = [
    {"Key": "tandem:module", "Value": "tuning"},
    {"Key": "tandem:stack", "Value": "tandem"},
]
NO_QUOTA = (
    "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances, with "
    "current utilization of 0 Instances and a request delta of 2 Instances."
)


def trained(number: int = 3, **place: Any) -> ModelVersion:
    folder = f"s3://models/runs/tandem-d{number}/output/model"
    return version(number, folder=folder, **({"slot": "blue"} | place))


class Hosts:
    """The adapter, on the stand-ins."""

    def __init__(self, stand_in: StandIn, **settings: str) -> None:
        self.on = stand_in
        self.client = stand_in.client
        self.requests: list[tuple[str, Json]] = []
        self.client.meta.events.register("provide-client-params.sagemaker.*", self._note)
        self.hosting = TrainedModels(
            SageMakerEndpoints(self.client, SETTINGS.model_copy(update=settings)),
            BedrockImports(_nobody, SETTINGS, FixedTuningPolicies(TuningPolicy())),
        )

    def _note(self, params: Json, model: Any, **_: Any) -> None:
        self.requests.append((model.name, dict(params)))

    def asked(self, operation: str) -> list[Json]:
        return [params for name, params in self.requests if name == operation]

    def weights(self, of: ModelVersion, name: str = "") -> None:
        said = name or f"v{of.version}"
        self.on.put(of.weights_uri, name_dot_txt=said, code__inference_dot_py=INFERENCE)

    def deploys(self, of: ModelVersion, policy: HostingPolicy = POLICY, name: str = "") -> bool:
        self.weights(of, name)
        return self.hosting.deploy(of, policy)

    def serves(self, of: ModelVersion, policy: HostingPolicy = POLICY) -> None:
        assert self.deploys(of, policy)
        self.on.goes_on()
        assert self.hosting.state(of).status == "in_service"

    def says(self, slot: str = "blue") -> str:
        answer = self.on.runtime.invoke_endpoint(
            EndpointName=f"tandem-{slot}",
            ContentType="application/json",
            Accept="application/json",
            Body=json.dumps({"inputs": "hello"}),
        )
        return str(json.load(answer["Body"])["generated_text"])

    def left(self) -> list[str]:
        """Models and configurations that there are."""
        models = [each["ModelName"] for each in self.client.list_models()["Models"]]
        configs = self.client.list_endpoint_configs()["EndpointConfigs"]
        return sorted([*models, *(each["EndpointConfigName"] for each in configs)])


def _nobody() -> Any:
    raise AssertionError("nothing is imported here")


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    made = Front()
    yield made
    made.close()


@pytest.fixture
def hosts(front: Front, tmp_path: Path) -> Iterator[Hosts]:
    stand_in = StandIn(tmp_path / "sagemaker")
    with stand_in.behind(front):
        yield Hosts(stand_in)


# --- an endpoint is made -------------------------------------------------------------------------
def test_a_version_comes_into_service_at_the_endpoint_of_its_slot(hosts: Hosts) -> None:
    three = trained(3)

    assert hosts.deploys(three)
    assert hosts.hosting.state(three) == Served("deploying")
    hosts.on.goes_on()

    reference = ModelReference(model_id=three.package_arn, endpoint="tandem-blue")
    assert hosts.hosting.state(three) == Served("in_service", reference)
    assert hosts.says() == "v3: hello"


def test_what_is_asked_for_is_what_the_policy_says(hosts: Hosts) -> None:
    three = trained(3)
    hosts.deploys(three)

    (model,) = hosts.asked("CreateModel")
    (config,) = hosts.asked("CreateEndpointConfig")
    (endpoint,) = hosts.asked("CreateEndpoint")
    name = model.pop("ModelName")
    assert name.startswith("tandem-v3-")
    tags = [*TAGS, {"Key": "tandem:model-package", "Value": three.package_arn}]
    assert model == {
        "ExecutionRoleArn": ROLE,
        "EnableNetworkIsolation": True,
        "Tags": tags,
        "PrimaryContainer": {
            "Image": IMAGE,
            "ModelDataSource": {
                "S3DataSource": {
                    "S3Uri": "s3://models/runs/tandem-d3/output/model/model/",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                }
            },
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
                "HF_HUB_OFFLINE": "1",
            },
        },
    }
    assert config == {
        "EndpointConfigName": name,
        "KmsKeyId": SETTINGS.data_key_arn,
        "Tags": tags,
        "ProductionVariants": [
            {
                "VariantName": "all",
                "ModelName": name,
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 2,
                "InitialVariantWeight": 1.0,
                "ModelDataDownloadTimeoutInSeconds": 1800,
                "ContainerStartupHealthCheckTimeoutInSeconds": 1800,
            }
        ],
    }
    assert endpoint == {
        "EndpointName": "tandem-blue",
        "EndpointConfigName": name,
        "Tags": TAGS,
    }


@pytest.mark.parametrize("instance_type", ["ml.g5.xlarge", "ml.p4d.24xlarge", "ml.m5d.large"])
def test_an_instance_with_disks_of_its_own_gets_no_key(hosts: Hosts, instance_type: str) -> None:
    hosts.deploys(trained(), HostingPolicy(instance_type=instance_type))

    (config,) = hosts.asked("CreateEndpointConfig")
    assert "KmsKeyId" not in config


def test_begun_twice_is_begun_once(hosts: Hosts) -> None:
    three = trained(3)
    assert hosts.deploys(three)
    assert hosts.deploys(three)
    hosts.on.goes_on()
    assert hosts.deploys(three)

    assert [len(hosts.asked(name)) for name in ("CreateModel", "CreateEndpoint")] == [1, 1]


def test_what_broke_off_before_the_endpoint_was_made_is_gone_on_with(hosts: Hosts) -> None:
    three = trained(3)
    hosts.on.fault("throttling", match="EndpointName")
    with pytest.raises(ClientError):
        hosts.deploys(three)
    hosts.requests.clear()

    hosts.serves(three)

    assert hosts.asked("CreateEndpoint")


# --- another version at the same endpoint --------------------------------------------------------
def test_an_update_is_a_canary_that_alarms_take_back(hosts: Hosts) -> None:
    hosts.serves(trained(3))

    assert hosts.deploys(trained(4), HostingPolicy(instance_type="ml.m5.xlarge", canary_minutes=7))

    (update,) = hosts.asked("UpdateEndpoint")
    assert update["EndpointConfigName"].startswith("tandem-v4-")
    assert update["DeploymentConfig"] == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                "WaitIntervalInSeconds": 420,
            },
            "TerminationWaitInSeconds": 120,
        },
        "AutoRollbackConfiguration": {
            "Alarms": [
                {"AlarmName": "tandem-blue-errors"},
                {"AlarmName": "tandem-blue-latency"},
            ]
        },
    }
    assert problems("UpdateEndpoint", update) == ""


def test_one_instance_is_changed_at_once_and_without_alarms_nothing_takes_it_back(
    hosts: Hosts,
) -> None:
    policy = POLICY.model_copy(update={"instance_count": 1})
    hosts.serves(trained(3, slot="green"), policy)

    assert hosts.deploys(trained(4, slot="green"), policy)

    (update,) = hosts.asked("UpdateEndpoint")
    assert update["DeploymentConfig"] == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60},
            "TerminationWaitInSeconds": 120,
        }
    }


def test_one_that_was_live_before_is_back_without_waiting(hosts: Hosts) -> None:
    hosts.serves(trained(3))
    before = trained(2, live_since=START)

    assert hosts.deploys(before, HostingPolicy(instance_type="ml.m5.xlarge", canary_minutes=10))

    (update,) = hosts.asked("UpdateEndpoint")
    assert update["DeploymentConfig"]["BlueGreenUpdatePolicy"] == {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
        "TerminationWaitInSeconds": 0,
    }
    assert "AutoRollbackConfiguration" in update["DeploymentConfig"]
    assert problems("UpdateEndpoint", update) == ""
    hosts.on.goes_on()
    assert hosts.hosting.state(before).status == "in_service"


def test_the_other_version_takes_the_place(hosts: Hosts) -> None:
    three, four = trained(3), trained(4)
    hosts.serves(three)

    assert hosts.deploys(four)
    assert hosts.hosting.state(four) == Served("deploying")
    assert hosts.hosting.state(three) == Served("gone")
    assert hosts.says() == "v3: hello"
    hosts.on.goes_on()

    assert hosts.hosting.state(four).status == "in_service"
    assert hosts.says() == "v4: hello"


def test_a_busy_endpoint_takes_no_other_version(hosts: Hosts) -> None:
    hosts.deploys(trained(3))

    assert not hosts.deploys(trained(4))
    assert not hosts.hosting.remove(trained(3))
    assert not hosts.hosting.empty("blue")


def test_who_was_slower_is_told_to_ask_again(hosts: Hosts) -> None:
    three, four, five = trained(3), trained(4), trained(5)
    hosts.serves(three)
    for each in (four, five):
        hosts.weights(each)

    def another_is_faster(**_: Any) -> None:
        hosts.client.meta.events.unregister(
            "before-parameter-build.sagemaker.UpdateEndpoint", another_is_faster
        )
        assert hosts.hosting.deploy(five, POLICY)

    hosts.client.meta.events.register(
        "before-parameter-build.sagemaker.UpdateEndpoint", another_is_faster
    )

    assert not hosts.hosting.deploy(four, POLICY)
    assert hosts.hosting.state(five) == Served("deploying")


def test_an_update_that_an_alarm_takes_back_leaves_the_version_before(hosts: Hosts) -> None:
    three, four = trained(3), trained(4)
    hosts.serves(three)
    hosts.on.gone_off.add("tandem-blue-errors")

    hosts.deploys(four)
    hosts.on.goes_on()

    assert hosts.hosting.state(four).status == "gone"
    assert hosts.hosting.state(three).status == "in_service"
    assert hosts.says() == "v3: hello"


def test_an_update_that_does_not_come_up_says_why(hosts: Hosts) -> None:
    three, four = trained(3), trained(4)
    hosts.serves(three)

    hosts.deploys(four, name="broken")
    hosts.on.goes_on()

    state = hosts.hosting.state(four)
    assert state.status == "gone"
    assert "golden token ids differ" in state.reason
    assert hosts.hosting.state(three).status == "in_service"


# --- what does not come up -----------------------------------------------------------------------
def test_a_model_that_does_not_load_fails_with_what_it_said(hosts: Hosts) -> None:
    three = trained(3)
    hosts.deploys(three, name="broken")
    hosts.on.goes_on()

    state = hosts.hosting.state(three)

    assert state.status == "failed"
    assert "golden token ids differ" in state.reason


def test_a_failed_endpoint_is_made_anew(hosts: Hosts) -> None:
    three = trained(3)
    hosts.deploys(three, name="broken")
    hosts.on.goes_on()

    assert not hosts.deploys(three)
    assert not hosts.deploys(three), "it is not gone yet"
    hosts.on.goes_on()
    hosts.serves(three)


def test_weights_that_are_not_there_are_refused(hosts: Hosts) -> None:
    with pytest.raises(Refused, match="Could not find model data"):
        hosts.hosting.deploy(trained(), POLICY)


def test_without_any_quota_it_is_refused(hosts: Hosts) -> None:
    hosts.on.fault("limit", match="CreateEndpoint", message=NO_QUOTA, times=None)

    with pytest.raises(Refused, match="is 0 Instances"):
        hosts.deploys(trained())


@pytest.mark.parametrize(
    ("fault", "message"),
    [("limit", NO_QUOTA.replace("is 0 Instances", "is 2 Instances")), ("throttling", "Slow down")],
)
def test_what_may_pass_is_to_be_tried_again(hosts: Hosts, fault: str, message: str) -> None:
    three = trained(3)
    hosts.on.fault(fault, match="CreateEndpoint", message=message)

    with pytest.raises(ClientError):
        hosts.deploys(three)

    hosts.serves(three)


def test_an_instance_type_that_there_is_not_is_refused(hosts: Hosts) -> None:
    with pytest.raises(Refused, match="InstanceType"):
        hosts.deploys(trained(), HostingPolicy(instance_type="ml.none.large"))


def test_a_version_without_a_place_is_refused_and_gone(hosts: Hosts) -> None:
    nowhere = trained(slot=None)

    with pytest.raises(Refused, match="neither"):
        hosts.hosting.deploy(nowhere, POLICY)
    assert hosts.hosting.state(nowhere) == Served("gone")
    assert hosts.hosting.remove(nowhere)


# --- out of service ------------------------------------------------------------------------------
def test_what_is_removed_leaves_nothing(hosts: Hosts) -> None:
    three = trained(3)
    hosts.serves(three)

    assert hosts.hosting.remove(three)
    assert hosts.hosting.state(three) == Served("gone")
    hosts.on.goes_on()

    assert hosts.hosting.remove(three)
    assert hosts.left() == []


def test_a_version_does_not_remove_another_ones_endpoint(hosts: Hosts) -> None:
    three, four, thirty = trained(3), trained(4), trained(30)
    hosts.serves(three)
    hosts.deploys(four)
    hosts.on.goes_on()

    assert hosts.hosting.remove(three)
    assert hosts.hosting.state(four).status == "in_service"
    assert hosts.hosting.state(thirty) == Served("gone")


def test_a_slot_is_emptied_whatever_it_serves(hosts: Hosts) -> None:
    hosts.serves(trained(3))

    assert hosts.hosting.empty("blue")
    assert not hosts.hosting.empty("blue")
    hosts.on.goes_on()

    assert not hosts.hosting.empty("blue")
    assert not hosts.hosting.empty("green")
    assert hosts.left() == []


def test_the_same_version_at_the_other_endpoint_is_not_touched(hosts: Hosts) -> None:
    blue, green = trained(3), trained(3, slot="green")
    hosts.serves(blue)
    hosts.serves(green)

    hosts.hosting.remove(blue)
    hosts.on.goes_on()

    # An update needs the configuration that it leaves.
    assert hosts.deploys(trained(4, slot="green"))


# --- imports into Bedrock ------------------------------------------------------------------------
class Imported:
    """The adapter, on the Bedrock stand-in; `goes_on` lets jobs do their work."""

    def __init__(self, folder: Path) -> None:
        self.objects: dict[str, bytes] = {}
        self.waiting: list[Callable[[], None]] = []
        self.imports = Imports(
            REGION,
            ACCOUNT,
            lambda _: MemoryRole(self.objects, set(), set()),
            python=lambda: Path(sys.executable),
            folder=folder,
            begin=self.waiting.append,
        )
        self.client: Any = None
        policy = TuningPolicy(hosting=HostingPolicy(on="bedrock", provider="meta"))
        self.hosting = BedrockImports(lambda: self.client, SETTINGS, FixedTuningPolicies(policy))

    def weights(self, of: ModelVersion, **config: Any) -> None:
        told = {"architectures": ["LlamaForCausalLM"], "num_attention_heads": 4, **config}
        self.objects[f"{of.weights_uri}config.json"] = json.dumps(told).encode()
        self.objects[f"{of.weights_uri}name.txt"] = b"v3"
        self.objects[f"{of.weights_uri}model.safetensors"] = b"weights"
        self.objects[f"{of.weights_uri}code/inference.py"] = INFERENCE.encode()

    def goes_on(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


JOB = "v3-r12"


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Imported]:
    account = Imported(tmp_path / "imported")
    with serving(create_app(imports=account.imports)) as url:
        account.client = client_of("bedrock", url)
        yield account


def test_an_imported_model_is_asked_by_its_arn(imported: Imported) -> None:
    three = trained(3, slot=None, import_job=JOB)
    imported.weights(three)

    assert imported.hosting.begin(three, JOB)
    assert imported.hosting.state(JOB) == Served("deploying")
    assert not imported.hosting.remove(JOB), "a job cannot be stopped"
    imported.goes_on()

    state = imported.hosting.state(JOB)
    assert state.status == "in_service"
    assert state.reference is not None
    assert ":imported-model/" in state.reference.model_id
    assert state.reference.provider == "meta"
    found = imported.client.get_imported_model(modelIdentifier="tandem-v3-r12")
    assert found["modelArn"] == state.reference.model_id


def test_an_import_begun_twice_is_begun_once(imported: Imported) -> None:
    three = trained(3, slot=None, import_job=JOB)
    imported.weights(three)

    assert imported.hosting.begin(three, JOB)
    assert imported.hosting.begin(three, JOB)
    imported.goes_on()
    assert imported.hosting.begin(three, JOB)

    assert len(imported.client.list_model_import_jobs()["modelImportJobSummaries"]) == 1


def test_an_import_that_fails_says_why(imported: Imported) -> None:
    three = trained(3, slot=None, import_job=JOB)
    imported.weights(three, num_attention_heads=6)
    imported.hosting.begin(three, JOB)
    imported.goes_on()

    state = imported.hosting.state(JOB)

    assert state.status == "failed"
    assert "no multiple of 4" in state.reason
    assert imported.hosting.remove(JOB)


def test_an_imported_model_is_removed(imported: Imported) -> None:
    three = trained(3, slot=None, import_job=JOB)
    imported.weights(three)
    imported.hosting.begin(three, JOB)
    imported.goes_on()

    assert imported.hosting.remove(JOB)
    assert imported.hosting.state(JOB) == Served("gone")
    assert imported.hosting.remove(JOB)
    assert imported.client.list_imported_models()["modelSummaries"] == []


def test_a_job_that_there_never_was_is_gone(imported: Imported) -> None:
    assert imported.hosting.state(JOB) == Served("gone")
    assert imported.hosting.remove(JOB)


class Stubbed:
    """Answers that the stand-in does not give, held against the service's own model."""

    def __init__(self) -> None:
        session = botocore.session.Session()
        session.set_credentials("testing", "testing")
        self.client: Any = session.create_client("bedrock", region_name=REGION)
        self.stubber = Stubber(self.client)
        self.stubber.activate()
        policies = FixedTuningPolicies(TuningPolicy())
        self.hosting = BedrockImports(lambda: self.client, SETTINGS, policies)


def test_a_model_that_cannot_converse_is_no_model_for_the_chat() -> None:
    stubbed = Stubbed()
    arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:imported-model/abcdefghijkl"
    done = {"status": "Completed", "importedModelArn": arn}
    stubbed.stubber.add_response("get_model_import_job", done, {"jobIdentifier": "tandem-v3-r12"})
    told = {
        "modelArn": arn,
        "instructSupported": False,
        "modelArchitecture": "T5ForConditionalGeneration",
    }
    stubbed.stubber.add_response("get_imported_model", told, {"modelIdentifier": arn})

    state = stubbed.hosting.state(JOB)

    assert state.status == "failed"
    assert "instructSupported" in state.reason
    assert "T5ForConditionalGeneration" in state.reason


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("ValidationException", Refused),
        ("ServiceQuotaExceededException", ClientError),
        ("ThrottlingException", ClientError),
        ("AccessDeniedException", ClientError),
    ],
)
def test_what_bedrock_does_not_take_is_refused_or_tried_again(
    code: str, raised: type[Exception]
) -> None:
    stubbed = Stubbed()
    stubbed.stubber.add_client_error("create_model_import_job", code, "not so")
    stubbed.stubber.add_client_error("get_model_import_job", "ResourceNotFoundException")

    with pytest.raises(raised, match="not so"):
        stubbed.hosting.begin(trained(3, slot=None, import_job=JOB), JOB)
