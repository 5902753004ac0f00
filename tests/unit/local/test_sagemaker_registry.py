"""The SageMaker stand-in keeps a model registry: groups, versions, approvals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.sagemaker.events import MODEL_PACKAGE
from tests.ground_truth_stand_in import ACCOUNT, REGION
from tests.sagemaker_stand_in import IMAGE, Front, Json, StandIn

GROUP = "tandem-models"
GROUP_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/{GROUP}"
WEIGHTS = "s3://models/runs/tandem-d1/output/model/model/"


def version_arn(number: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{GROUP}/{number}"


def package(**changes: Any) -> Json:
    """A CreateModelPackage request as the tuning module makes it."""
    source = {"S3Uri": WEIGHTS, "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {
        "ModelPackageGroupName": GROUP,
        "ModelPackageDescription": "rl on dataset 1",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": f"{WEIGHTS}run.json"}
            }
        },
        "CustomerMetadataProperties": {"run": "tandem-d1"},
        **changes,
    }


@pytest.fixture
def registry(front: Front, tmp_path: Path) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path)
    with stand_in.behind(front):
        stand_in.client.create_model_package_group(
            ModelPackageGroupName=GROUP, Tags=[{"Key": "tandem:stack", "Value": "tandem"}]
        )
        yield stand_in


def described(registry: StandIn, number: int = 1) -> Json:
    found: Json = registry.client.describe_model_package(ModelPackageName=version_arn(number))
    return found


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


# --- groups --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [GROUP, GROUP_ARN])
def test_a_group_is_described_by_its_name_or_its_arn(registry: StandIn, name: str) -> None:
    found = registry.client.describe_model_package_group(ModelPackageGroupName=name)

    assert found["ModelPackageGroupArn"] == GROUP_ARN
    assert found["ModelPackageGroupStatus"] == "Completed"
    (tag,) = registry.client.list_tags(ResourceArn=GROUP_ARN)["Tags"]
    assert tag == {"Key": "tandem:stack", "Value": "tandem"}


def test_a_group_is_made_once(registry: StandIn) -> None:
    create = registry.client.create_model_package_group

    code, message = refusal(create, ModelPackageGroupName=GROUP)

    assert (code, message) == (
        "ValidationException",
        f"Model Package Group already exists: {GROUP_ARN}",
    )


def test_a_group_is_deleted_when_it_is_empty(registry: StandIn) -> None:
    registry.client.create_model_package(**package())
    delete = registry.client.delete_model_package_group

    assert refusal(delete, ModelPackageGroupName=GROUP)[0] == "ConflictException"
    registry.client.delete_model_package(ModelPackageName=version_arn(1))
    delete(ModelPackageGroupName=GROUP)

    assert registry.client.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    code, message = refusal(
        registry.client.describe_model_package_group, ModelPackageGroupName=GROUP
    )
    assert (code, message) == (
        "ValidationException",
        f"ModelPackageGroup {GROUP_ARN} does not exist.",
    )


# --- versions ------------------------------------------------------------------------------------
def test_versions_are_numbered_from_one_and_no_number_comes_twice(registry: StandIn) -> None:
    create = registry.client.create_model_package

    made = [create(**package())["ModelPackageArn"] for _ in range(2)]
    registry.client.delete_model_package(ModelPackageName=version_arn(2))
    made.append(create(**package())["ModelPackageArn"])

    assert made == [version_arn(number) for number in (1, 2, 3)]


def test_a_version_says_what_it_was_given(registry: StandIn) -> None:
    registry.client.create_model_package(**package())

    found = described(registry)

    asked = package()
    for name in ("InferenceSpecification", "ModelMetrics", "CustomerMetadataProperties"):
        assert found[name] == asked[name]
    assert found["ModelPackageStatus"] == "Completed"
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["ModelPackageVersion"] == 1


def test_the_same_token_makes_one_version(registry: StandIn) -> None:
    create = registry.client.create_model_package

    made = {create(**package(ClientToken="tandem-d1"))["ModelPackageArn"] for _ in range(2)}

    assert made == {version_arn(1)}
    assert len(registry.events) == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"ModelPackageGroupName": "none"}, "none does not exist"),
        ({"Tags": [{"Key": "k", "Value": "v"}]}, "Tags"),
        ({"CustomerMetadataProperties": {"k": "v" * 257}}, "CustomerMetadataProperties"),
        ({"CustomerMetadataProperties": {str(n): "v" for n in range(51)}}, "more than 50"),
        ({"ModelPackageName": "one"}, "Both"),
    ],
)
def test_what_the_service_refuses_of_a_version(
    registry: StandIn, changes: Json, wrong: str
) -> None:
    code, message = refusal(registry.client.create_model_package, **package(**changes))

    assert code == "ValidationException"
    assert wrong in message


def test_a_version_is_approved_and_says_why(registry: StandIn) -> None:
    registry.client.create_model_package(**package())

    registry.client.update_model_package(
        ModelPackageArn=version_arn(1),
        ModelApprovalStatus="Approved",
        ApprovalDescription="lea: better in 14 of 20 pairs",
        CustomerMetadataProperties={"verdict": "passed"},
    )

    found = described(registry)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "lea: better in 14 of 20 pairs"
    assert found["CustomerMetadataProperties"] == {"run": "tandem-d1", "verdict": "passed"}


def test_notes_of_a_version_are_removed(registry: StandIn) -> None:
    registry.client.create_model_package(**package())

    registry.client.update_model_package(
        ModelPackageArn=version_arn(1), CustomerMetadataPropertiesToRemove=["run"]
    )

    assert "CustomerMetadataProperties" not in described(registry)


def test_versions_are_listed_by_their_approval(registry: StandIn) -> None:
    for _ in range(3):
        registry.client.create_model_package(**package())
    registry.client.update_model_package(
        ModelPackageArn=version_arn(2), ModelApprovalStatus="Approved"
    )

    def listed(**params: Any) -> list[int]:
        found = registry.client.list_model_packages(ModelPackageGroupName=GROUP, **params)
        return [each["ModelPackageVersion"] for each in found["ModelPackageSummaryList"]]

    assert listed() == [1, 2, 3]
    assert listed(SortOrder="Descending", MaxResults=1) == [3]
    assert listed(ModelApprovalStatus="Approved") == [2]
    assert registry.client.list_model_packages()["ModelPackageSummaryList"] == []


def test_a_version_that_is_not_there_is_not_found(registry: StandIn) -> None:
    code, message = refusal(registry.client.describe_model_package, ModelPackageName=version_arn(7))

    assert (code, message) == (
        "ValidationException",
        f"ModelPackage {version_arn(7)} does not exist.",
    )


# --- events --------------------------------------------------------------------------------------
def test_registering_and_deciding_are_events_and_a_note_is_none(registry: StandIn) -> None:
    registry.client.create_model_package(**package())
    update = registry.client.update_model_package
    update(ModelPackageArn=version_arn(1), CustomerMetadataProperties={"verdict": "passed"})
    update(ModelPackageArn=version_arn(1), ModelApprovalStatus="Rejected")
    update(ModelPackageArn=version_arn(1), ModelApprovalStatus="Rejected")

    told = registry.told(MODEL_PACKAGE, "ModelApprovalStatus")
    assert told == ["PendingManualApproval", "Rejected"]


def test_an_event_has_the_documented_shape(registry: StandIn) -> None:
    registry.client.create_model_package(**package())

    ((kind, arn, detail),) = registry.events
    assert (kind, arn) == ("SageMaker Model Package State Change", version_arn(1))
    assert detail == {
        "ModelPackageGroupName": GROUP,
        "ModelPackageVersion": 1,
        "ModelPackageArn": version_arn(1),
        "CreationTime": detail["CreationTime"],
        "InferenceSpecification": package()["InferenceSpecification"],
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelMetrics": package()["ModelMetrics"],
        "CustomerMetadataProperties": {"run": "tandem-d1"},
        "LastModifiedTime": detail["LastModifiedTime"],
    }
    assert detail["CreationTime"].endswith("Z")


def test_an_event_is_sent_again_on_request(registry: StandIn) -> None:
    registry.client.create_model_package(**package())

    assert registry.control(f"model-packages/{GROUP}/1/announce") == 200
    assert registry.control(f"model-packages/{GROUP}/2/announce") == 404
    assert len(registry.events) == 2
