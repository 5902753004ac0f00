"""Model versions in Amazon SageMaker's model registry: packages of one group.

The group is made here, with the first package. It outlives the stack (one with packages cannot be
deleted, and in a new one numbers would begin anew): a template that made it could be deployed once
only.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError, ParamValidationError

from tandem.aws.environment import RegistrySettings
from tandem.aws.sagemaker_failures import INVALID, is_missing, is_there_already, said
from tandem.tuning.models import TrainingRun
from tandem.tuning.ports import Package, Refused

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.client import SageMakerClient

_JSON = "application/json"
_PROPERTIES, _KEY, _VALUE = 50, 128, 256
"""Most that a package says of itself, and how long each may be."""
_DESCRIPTION = 1024
_ALSO = frozenset("_.:/=+-@")
"""What keys and values may have besides letters, numbers and blanks."""


class SageMakerRegistry:
    """`Registry`. A package has the tags of its group: it takes none of its own."""

    def __init__(self, client: "SageMakerClient", settings: RegistrySettings) -> None:
        self._client = client
        self._settings = settings

    def register(
        self, run: TrainingRun, folder: str, properties: dict[str, str], *, weights: bool
    ) -> Package:
        try:
            try:
                return self._made_before(run) or self._make(run, folder, properties, weights)
            except ClientError as error:
                if not is_missing(error):
                    raise
            self._make_group()
            return self._make(run, folder, properties, weights)
        except ParamValidationError as error:
            raise Refused(str(error)) from error
        except ClientError as error:
            raise _refused(error) from error

    def _made_before(self, run: TrainingRun) -> Package | None:
        """The service keeps a client token for some time only."""
        pages = self._client.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=self._settings.model_package_group,
            CreationTimeAfter=run.started_at,
        )
        for page in pages:
            for found in page["ModelPackageSummaryList"]:
                if found.get("ModelPackageDescription") == _description(run):
                    return self.get(found["ModelPackageArn"])
        return None

    def _make_group(self) -> None:
        try:
            self._client.create_model_package_group(
                ModelPackageGroupName=self._settings.model_package_group,
                ModelPackageGroupDescription="Models that Tandem has trained",
                Tags=[
                    {"Key": "tandem:module", "Value": "tuning"},
                    {"Key": "tandem:stack", "Value": self._settings.stack_name},
                ],
            )
        except ClientError as error:
            if not is_there_already(error):
                raise

    def _make(
        self, run: TrainingRun, folder: str, properties: dict[str, str], weights: bool
    ) -> Package:
        request: dict[str, Any] = {
            "ModelPackageGroupName": self._settings.model_package_group,
            "ModelPackageDescription": _description(run),
            "ModelApprovalStatus": "PendingManualApproval",
            "ClientToken": hashlib.sha256(run.name.encode()).hexdigest()[:36],
            "MetadataProperties": {"GeneratedBy": run.name},
            "ModelMetrics": {
                "ModelQuality": {
                    "Statistics": {"ContentType": _JSON, "S3Uri": f"{folder}/run.json"}
                }
            },
            # An endpoint checks the model when it starts, and better (golden answers).
            "SkipModelValidation": "All",
        }
        if said_of_it := _metadata(properties):
            request["CustomerMetadataProperties"] = said_of_it
        if weights:
            request["InferenceSpecification"] = self._inference(folder)
        else:
            # Nothing to be served: a reward model picks among the drafts of the live model.
            request["SourceUri"] = f"{folder}/reward/reward_model.json"
        arn = self._client.create_model_package(**request)["ModelPackageArn"]
        return Package(_number(arn), arn, "PendingManualApproval")

    def _inference(self, folder: str) -> dict[str, Any]:
        source = {
            "S3Uri": f"{folder}/model/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        return {
            "Containers": [
                {
                    "Image": self._settings.serving_image,
                    "ModelDataSource": {"S3DataSource": source},
                }
            ],
            "SupportedContentTypes": [_JSON],
            "SupportedResponseMIMETypes": [_JSON],
        }

    def get(self, arn: str) -> Package | None:
        try:
            found = self._client.describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return Package(
            found.get("ModelPackageVersion", _number(arn)),
            found["ModelPackageArn"],
            found.get("ModelApprovalStatus", "PendingManualApproval"),
            found.get("ApprovalDescription", ""),
        )

    def decide(
        self,
        arn: str,
        approval: Literal["PendingManualApproval", "Approved", "Rejected"],
        description: str,
    ) -> None:
        # One line: the service takes no line breaks in it.
        said_with_it = " ".join(description.split())[:_DESCRIPTION]
        try:
            self._client.update_model_package(
                ModelPackageArn=arn, ModelApprovalStatus=approval, ApprovalDescription=said_with_it
            )
        except ClientError as error:
            raise _refused(error) from error

    def note(self, arn: str, properties: dict[str, str]) -> None:
        said_of_it = _metadata(properties)
        if not said_of_it:
            return
        try:
            self._client.update_model_package(
                ModelPackageArn=arn, CustomerMetadataProperties=said_of_it
            )
        except ClientError as error:
            raise _refused(error) from error


def _description(run: TrainingRun) -> str:
    return f"Training run {run.name}, dataset version {run.dataset_version}"


def _number(arn: str) -> int:
    return int(arn.rpartition("/")[2])


def _refused(error: ClientError) -> Exception:
    code, message = said(error)
    return Refused(message) if code == INVALID else error


def _metadata(properties: dict[str, str]) -> dict[str, str]:
    """As the service takes it: so many, so long, and of these characters."""
    plain = ((_plain(name)[:_KEY], _plain(value)[:_VALUE]) for name, value in properties.items())
    return dict([(name, value) for name, value in plain if name and value][:_PROPERTIES])


def _plain(text: str) -> str:
    kept = (c if c in _ALSO or unicodedata.category(c)[0] in "LZN" else " " for c in text)
    return " ".join("".join(kept).split())
