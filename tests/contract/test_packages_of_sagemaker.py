"""The model registry: the request is one that the service takes, and a run has one package."""

import unicodedata
from typing import Any

import pytest
from botocore.stub import Stubber

from local.sagemaker.validation import problems
from tandem.aws.environment import RegistrySettings
from tandem.aws.model_registry import SageMakerRegistry
from tandem.tuning.ports import Package, Refused
from tests.fakes import START
from tests.ground_truth_stand_in import session
from tests.tuning_samples import run

type Json = dict[str, Any]

GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package"
ARN = f"{GROUP}/tandem-models/7"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0"
EXISTS = "Model Package Group already exists."
FOLDER = "s3://models/runs/tandem-0123abcd-d3/output/model"
SETTINGS = RegistrySettings(
    model_package_group="tandem-models", serving_image=IMAGE, stack_name="tandem"
)


def new_client() -> Any:
    return session().create_client("sagemaker", region_name="us-east-1")


class Asked:
    """An adapter, and what it asks the service for."""

    def __init__(self, **settings: str) -> None:
        self.client = new_client()
        self.stubber = Stubber(self.client)
        self.adapter = SageMakerRegistry(self.client, SETTINGS.model_copy(update=settings))
        self.requests: list[tuple[str, Json]] = []
        self.client.meta.events.register("provide-client-params.sagemaker.*", self._note)
        self.stubber.activate()

    def _note(self, params: Json, model: Any, **_: Any) -> None:
        self.requests.append((model.name, dict(params)))

    def lists(self, *packages: Json) -> None:
        self.stubber.add_response("list_model_packages", {"ModelPackageSummaryList": [*packages]})

    def registers(
        self, properties: dict[str, str] | None = None, *, weights: bool = True
    ) -> tuple[Package, Json]:
        self.lists()
        self.stubber.add_response("create_model_package", {"ModelPackageArn": ARN})
        package = self.adapter.register(run(), FOLDER, properties or {"kl": "1"}, weights=weights)
        (_, listed), (_, created) = self.requests
        assert problems("ListModelPackages", listed) == ""
        assert problems("CreateModelPackage", created) == ""
        return package, created

    def describes(self, **more: Any) -> None:
        answer = {
            "ModelPackageName": "tandem-models",
            "ModelPackageArn": ARN,
            "ModelPackageVersion": 7,
            "CreationTime": START,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelApprovalStatus": "PendingManualApproval",
        }
        self.stubber.add_response("describe_model_package", answer | more)


def test_a_model_waits_for_approval_with_where_it_lies_and_what_it_is() -> None:
    package, request = Asked().registers({"kl": "1.5"})

    assert package == Package(7, ARN, "PendingManualApproval")
    token = request.pop("ClientToken")
    assert len(token) == 36
    assert request == {
        "ModelPackageGroupName": "tandem-models",
        "ModelPackageDescription": "Training run tandem-0123abcd-d3, dataset version 3",
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": {"kl": "1.5"},
        "MetadataProperties": {"GeneratedBy": "tandem-0123abcd-d3"},
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": f"{FOLDER}/run.json"}
            }
        },
        "SkipModelValidation": "All",
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": IMAGE,
                    "ModelDataSource": {
                        "S3DataSource": {
                            "S3Uri": f"{FOLDER}/model/",
                            "S3DataType": "S3Prefix",
                            "CompressionType": "None",
                        }
                    },
                }
            ],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    }


def test_a_reward_model_alone_has_nothing_that_an_endpoint_could_serve() -> None:
    _, request = Asked().registers(weights=False)

    assert "InferenceSpecification" not in request
    assert request["SourceUri"] == f"{FOLDER}/reward/reward_model.json"


def test_a_run_always_has_the_same_token_and_another_run_another() -> None:
    first, second = Asked(), Asked()
    assert first.registers()[1]["ClientToken"] == second.registers()[1]["ClientToken"]

    other = Asked()
    other.lists()
    other.stubber.add_response("create_model_package", {"ModelPackageArn": ARN})
    other.adapter.register(run("tandem-0123abcd-d4"), FOLDER, {"kl": "1"}, weights=True)
    assert other.requests[-1][1]["ClientToken"] != first.requests[-1][1]["ClientToken"]


def test_a_run_that_has_a_package_gets_that_one_however_long_ago() -> None:
    asked = Asked()
    summary = {
        "ModelPackageArn": ARN,
        "CreationTime": START,
        "ModelPackageStatus": "Completed",
    }
    other = {**summary, "ModelPackageArn": f"{GROUP}/tandem-models/8"}
    asked.stubber.add_response(
        "list_model_packages", {"ModelPackageSummaryList": [other], "NextToken": "more"}
    )
    mine = "Training run tandem-0123abcd-d3, dataset version 3"
    asked.lists({**summary, "ModelPackageDescription": mine})
    asked.describes(ModelApprovalStatus="Approved", ApprovalDescription="Lea: better")

    found = asked.adapter.register(run(), FOLDER, {}, weights=True)

    assert found == Package(7, ARN, "Approved", "Lea: better")
    asked.stubber.assert_no_pending_responses()


def test_what_a_package_says_of_itself_is_what_the_service_takes() -> None:
    said = {
        "why": "It's better; «much», by 40 % (95 %: 0.2…0.6)\nand longer",
        "base": "flan-t5-xl",
        "größe": "x" * 1000,
        "empty": "",
        "???": "no name",
        "k" * 300: "long name",
        **{f"figure/{number}": "1" for number in range(100)},
    }

    _, request = Asked().registers(said)

    kept = request["CustomerMetadataProperties"]
    assert kept["why"] == "It s better much by 40 95 : 0.2 0.6 and longer"
    assert len(kept["größe"]) == 256
    assert len(kept) == 50
    for name, value in kept.items():
        assert 1 <= len(name) <= 128
        assert 1 <= len(value) <= 256
        for character in name + value:
            assert character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"


def test_the_approval_of_a_package_is_read_with_what_was_said() -> None:
    asked = Asked()
    asked.describes(ModelApprovalStatus="Rejected", ApprovalDescription="too long")

    assert asked.adapter.get(ARN) == Package(7, ARN, "Rejected", "too long")


def test_a_package_that_there_is_not_is_none() -> None:
    asked = Asked()
    asked.stubber.add_client_error(
        "describe_model_package", "ValidationException", f"ModelPackage {ARN} does not exist."
    )

    assert asked.adapter.get(ARN) is None


def test_a_decision_is_written_in_one_line() -> None:
    asked = Asked()
    asked.stubber.add_response("update_model_package", {"ModelPackageArn": ARN})

    asked.adapter.decide(ARN, "Approved", "lea:\n" + "good " * 400)

    (_, request) = asked.requests[-1]
    assert problems("UpdateModelPackage", request) == ""
    assert request["ModelApprovalStatus"] == "Approved"
    assert request["ApprovalDescription"].startswith("lea: good good")
    assert len(request["ApprovalDescription"]) <= 1024


def test_a_note_is_added_and_an_empty_one_asks_for_nothing() -> None:
    asked = Asked()
    asked.stubber.add_response("update_model_package", {"ModelPackageArn": ARN})

    asked.adapter.note(ARN, {"verdict": "passed", "nothing": ""})
    asked.adapter.note(ARN, {"nothing": ""})

    ((_, request),) = asked.requests
    assert request["CustomerMetadataProperties"] == {"verdict": "passed"}
    assert "ModelApprovalStatus" not in request


def test_what_the_service_calls_invalid_is_refused_and_all_else_may_pass() -> None:
    asked = Asked()
    for code, expected in (
        ("ValidationException", Refused),
        ("ConflictException", asked.client.exceptions.ClientError),
        ("ResourceLimitExceeded", asked.client.exceptions.ClientError),
    ):
        asked.lists()
        asked.stubber.add_client_error("create_model_package", code, "so it is")
        with pytest.raises(expected, match="so it is"):
            asked.adapter.register(run(), FOLDER, {"kl": "1"}, weights=True)
        for _ in range(2):
            asked.stubber.add_client_error("update_model_package", code, "so it is")
        with pytest.raises(expected, match="so it is"):
            asked.adapter.decide(ARN, "Approved", "lea")
        with pytest.raises(expected, match="so it is"):
            asked.adapter.note(ARN, {"verdict": "passed"})


def test_what_the_client_does_not_even_send_is_refused() -> None:
    asked = Asked(model_package_group="")
    asked.lists()

    with pytest.raises(Refused, match="ModelPackageGroupName"):
        asked.adapter.register(run(), FOLDER, {}, weights=True)


@pytest.mark.parametrize("known_at", ["list_model_packages", "create_model_package"])
@pytest.mark.parametrize("another_is_faster", [False, True])
def test_the_first_model_makes_the_group(known_at: str, another_is_faster: bool) -> None:
    asked = Asked()
    if known_at == "create_model_package":
        asked.lists()
    asked.stubber.add_client_error(known_at, "ValidationException", "The group does not exist.")
    if another_is_faster:
        asked.stubber.add_client_error("create_model_package_group", "ValidationException", EXISTS)
    else:
        arn = {"ModelPackageGroupArn": f"{GROUP}-group/tandem-models"}
        asked.stubber.add_response("create_model_package_group", arn)
    asked.stubber.add_response("create_model_package", {"ModelPackageArn": ARN})

    package = asked.adapter.register(run(), FOLDER, {}, weights=True)

    assert package.arn == ARN
    *_, (operation, group), _ = asked.requests
    assert operation == "CreateModelPackageGroup"
    assert problems(operation, group) == ""
    assert group["ModelPackageGroupName"] == "tandem-models"
    assert {"Key": "tandem:stack", "Value": "tandem"} in group["Tags"]


def test_what_else_is_missing_is_a_refusal() -> None:
    asked = Asked()
    missing = "Could not find the model data."
    asked.lists()
    asked.stubber.add_client_error("create_model_package", "ValidationException", missing)
    asked.stubber.add_client_error("create_model_package_group", "ValidationException", EXISTS)
    asked.stubber.add_client_error("create_model_package", "ValidationException", missing)

    with pytest.raises(Refused, match="model data"):
        asked.adapter.register(run(), FOLDER, {}, weights=True)
