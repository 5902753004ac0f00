"""Trained models at the endpoints of Amazon SageMaker, `<stack>-blue` and `<stack>-green`.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html

What a version is served with (a model and the configuration of an endpoint, both of one name) never
changes once it is made: `<stack>-v<version>-<digest of slot and content>`. The configuration's name
also tells which version an endpoint serves.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from botocore.exceptions import ClientError, ParamValidationError

from tandem.aws.environment import HostingSettings
from tandem.aws.instance_types import takes_volume_key
from tandem.aws.model_imports import BedrockImports
from tandem.aws.sagemaker_failures import (
    INVALID,
    is_busy,
    is_missing,
    is_there_already,
    said,
)
from tandem.live.model_pointer import ModelReference
from tandem.tuning.models import ModelVersion
from tandem.tuning.policy import HostingPolicy
from tandem.tuning.ports import Refused, Served

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.client import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import (
        CapacitySizeTypeDef,
        DeploymentConfigTypeDef,
        DescribeEndpointOutputTypeDef,
        ProductionVariantTypeDef,
        TagTypeDef,
        TrafficRoutingConfigTypeDef,
    )

type _Slot = Literal["blue", "green"]

VARIANT = "all"
_STARTS_WITHIN = 1800
"""Seconds for fetching the weights, and again for loading them."""
_OLD_FLEET_STAYS = 120
"""Seconds after the last of the traffic has gone to the new one; alarms still count."""
_AT_REST = frozenset({"InService", "Failed", "OutOfService", "UpdateRollbackFailed"})
"""In these an endpoint can be deleted."""
_BROKEN = _AT_REST - {"InService"}
_LIMIT = "ResourceLimitExceeded"
_NO_QUOTA = re.compile(r"limit '[^']*' is 0 ")
_ENVIRONMENT = {
    # The toolkit of Hugging Face has no task for what is trained here: `code/inference.py` answers.
    "SAGEMAKER_PROGRAM": "inference.py",
    # Each would load a model of its own, onto the same GPU.
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
    "HF_HUB_OFFLINE": "1",
}


class TrainedModels:
    """`Hosting`: a version is where its place says, at an endpoint or in Bedrock."""

    def __init__(self, endpoints: "SageMakerEndpoints", imports: BedrockImports) -> None:
        self._endpoints = endpoints
        self._imports = imports

    def deploy(self, version: ModelVersion, hosting: HostingPolicy) -> bool:
        if version.slot is not None:
            return self._endpoints.deploy(version, version.slot, hosting)
        if version.import_job is not None:
            return self._imports.begin(version, version.import_job)
        raise Refused(f"version {version.version} has neither an endpoint nor an import job")

    def state(self, version: ModelVersion) -> Served:
        if version.slot is not None:
            return self._endpoints.state(version, version.slot)
        if version.import_job is not None:
            return self._imports.state(version.import_job)
        return Served("gone")

    def remove(self, version: ModelVersion) -> bool:
        if version.slot is not None:
            return self._endpoints.remove(version, version.slot)
        if version.import_job is not None:
            return self._imports.remove(version.import_job)
        return True

    def empty(self, slot: _Slot) -> bool:
        return self._endpoints.empty(slot)


class SageMakerEndpoints:
    """One endpoint for each slot, with one version at a time."""

    def __init__(self, client: "SageMakerClient", settings: HostingSettings) -> None:
        self._client = client
        self._settings = settings

    # --- bringing up -----------------------------------------------------------------------------
    def deploy(self, version: ModelVersion, slot: _Slot, hosting: HostingPolicy) -> bool:
        found = self._describe(slot)
        if found is not None:
            if found["EndpointStatus"] in _BROKEN:
                # It cannot be updated any more; it is made anew as soon as it is gone.
                self._delete(found)
                return False
            if self._serves(found, version):
                return True
            if found["EndpointStatus"] != "InService":
                return False
        try:
            config = self._made(version, slot, hosting)
            try:
                if found is None:
                    self._create(slot, config)
                else:
                    self._update(version, slot, config, hosting)
            except ClientError as error:
                if is_busy(error) or is_there_already(error) or is_missing(error):
                    # Another worker was faster, maybe with the same.
                    return self._serves(self._describe(slot), version)
                raise
        except ParamValidationError as error:
            raise Refused(str(error)) from error
        except ClientError as error:
            raise _refused(error) from error
        return True

    def _made(self, version: ModelVersion, slot: _Slot, hosting: HostingPolicy) -> str:
        """The name of its model and its endpoint's configuration, both of which are there."""
        model, variant = self._model(version), self._variant(hosting)
        parts = json.dumps([slot, model, variant, self._settings.data_key_arn], sort_keys=True)
        digest = hashlib.sha256(parts.encode()).hexdigest()[:6]
        name = f"{self._prefix(version)}{digest}"
        package: TagTypeDef = {"Key": "tandem:model-package", "Value": version.package_arn}
        tags = [*self._tags(), package]
        with _unless(is_there_already):
            self._client.create_model(ModelName=name, Tags=tags, **model)
        options: dict[str, Any] = {}
        if self._settings.data_key_arn and takes_volume_key(hosting.instance_type):
            options["KmsKeyId"] = self._settings.data_key_arn
        with _unless(is_there_already):
            self._client.create_endpoint_config(
                EndpointConfigName=name,
                ProductionVariants=[{**variant, "ModelName": name}],
                Tags=tags,
                **options,
            )
        return name

    def _model(self, version: ModelVersion) -> dict[str, Any]:
        # From its weights, not from its package: a package that is no longer approved would be
        # refused, and going back to a model must not depend on that.
        source = {
            "S3Uri": version.weights_uri,
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        return {
            "ExecutionRoleArn": self._settings.serving_role_arn,
            "EnableNetworkIsolation": True,
            "PrimaryContainer": {
                "Image": self._settings.serving_image,
                "ModelDataSource": {"S3DataSource": source},
                "Environment": _ENVIRONMENT,
            },
        }

    def _variant(self, hosting: HostingPolicy) -> "ProductionVariantTypeDef":
        return {
            "VariantName": VARIANT,
            # A name that the client does not know may be new; the service knows it.
            "InstanceType": cast("Any", hosting.instance_type),
            "InitialInstanceCount": hosting.instance_count,
            "InitialVariantWeight": 1.0,
            "ModelDataDownloadTimeoutInSeconds": _STARTS_WITHIN,
            "ContainerStartupHealthCheckTimeoutInSeconds": _STARTS_WITHIN,
        }

    def _create(self, slot: _Slot, config: str) -> None:
        self._client.create_endpoint(
            EndpointName=self._endpoint(slot), EndpointConfigName=config, Tags=self._tags()
        )

    def _update(
        self, version: ModelVersion, slot: _Slot, config: str, hosting: HostingPolicy
    ) -> None:
        # One that was live is gone back to: it has answered before, and who answers now is to go.
        is_urgent = version.live_since is not None
        waits = 0 if is_urgent else hosting.canary_minutes * 60
        routing: TrafficRoutingConfigTypeDef = {
            "Type": "ALL_AT_ONCE",
            "WaitIntervalInSeconds": waits,
        }
        if hosting.instance_count > 1 and not is_urgent:
            # The service takes at most half of the fleet: one of two, or of more, always fits.
            size: CapacitySizeTypeDef = {"Type": "INSTANCE_COUNT", "Value": 1}
            routing = {"Type": "CANARY", "CanarySize": size, "WaitIntervalInSeconds": waits}
        deployment: DeploymentConfigTypeDef = {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing,
                "TerminationWaitInSeconds": 0 if is_urgent else _OLD_FLEET_STAYS,
            }
        }
        if alarms := self._alarms(slot):
            deployment["AutoRollbackConfiguration"] = {
                "Alarms": [{"AlarmName": name} for name in alarms]
            }
        self._client.update_endpoint(
            EndpointName=self._endpoint(slot),
            EndpointConfigName=config,
            DeploymentConfig=deployment,
        )

    # --- how it is -------------------------------------------------------------------------------
    def state(self, version: ModelVersion, slot: _Slot) -> Served:
        found = self._describe(slot)
        if found is None or found["EndpointStatus"] == "Deleting":
            return Served("gone")
        status, reason = found["EndpointStatus"], found.get("FailureReason", "")
        if not self._is_of(found["EndpointConfigName"], version):
            taken_back = status == "RollingBack" or not self._serves(found, version)
            return Served("gone", reason=reason) if taken_back else Served("deploying")
        if status == "Creating":
            return Served("deploying")
        if status in _BROKEN:
            return Served("failed", reason=reason or f"the endpoint is {status}")
        if status != "RollingBack" and not self._serves(found, version):
            return Served("gone")  # another one is about to take its place
        endpoint = ModelReference(model_id=version.package_arn, endpoint=self._endpoint(slot))
        return Served("in_service", endpoint)

    # --- going out of service --------------------------------------------------------------------
    def remove(self, version: ModelVersion, slot: _Slot) -> bool:
        found = self._describe(slot)
        if found is None or not self._serves(found, version):
            return True
        return self._delete(found)

    def empty(self, slot: _Slot) -> bool:
        found = self._describe(slot)
        return found is not None and self._delete(found)

    def _delete(self, found: "DescribeEndpointOutputTypeDef") -> bool:
        """False while the service is busy with it."""
        if found["EndpointStatus"] not in _AT_REST:
            return False
        config = found["EndpointConfigName"]
        try:
            self._client.delete_endpoint(EndpointName=found["EndpointName"])
        except ClientError as error:
            if is_busy(error):
                return False
            if not is_missing(error):
                raise
        with _unless(is_missing):
            self._client.delete_endpoint_config(EndpointConfigName=config)
        with _unless(is_missing):
            self._client.delete_model(ModelName=config)
        return True

    # --- names -----------------------------------------------------------------------------------
    def _describe(self, slot: _Slot) -> "DescribeEndpointOutputTypeDef | None":
        try:
            return self._client.describe_endpoint(EndpointName=self._endpoint(slot))
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def _serves(self, found: "DescribeEndpointOutputTypeDef | None", version: ModelVersion) -> bool:
        """Whether it serves a version, or will when the update that is under way has ended."""
        if found is None or found["EndpointStatus"] == "Deleting":
            return False
        pending = found.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        return self._is_of(pending or found["EndpointConfigName"], version)

    def _is_of(self, config: str, version: ModelVersion) -> bool:
        return config.startswith(self._prefix(version))

    def _prefix(self, version: ModelVersion) -> str:
        return f"{self._settings.stack_name}-v{version.version}-"

    def _endpoint(self, slot: _Slot) -> str:
        return f"{self._settings.stack_name}-{slot}"

    def _alarms(self, slot: _Slot) -> list[str]:
        named = self._settings.blue_alarms if slot == "blue" else self._settings.green_alarms
        return [name.strip() for name in named.split(",") if name.strip()]

    def _tags(self) -> "list[TagTypeDef]":
        return [
            {"Key": "tandem:module", "Value": "tuning"},
            {"Key": "tandem:stack", "Value": self._settings.stack_name},
        ]


@contextmanager
def _unless(done: Callable[[ClientError], bool]) -> Iterator[None]:
    """An error that says that it is done already is none."""
    try:
        yield
    except ClientError as error:
        if not done(error):
            raise


def _refused(error: ClientError) -> Exception:
    """What asking again would not help, as `Refused`; a limit that is reached may have room later,
    unless there is no quota at all."""
    code, message = said(error)
    if code == INVALID or (code == _LIMIT and _NO_QUOTA.search(message)):
        return Refused(message)
    return error
