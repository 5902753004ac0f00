"""Trained models in Amazon Bedrock: custom model import.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-import-model.html

Import jobs send no event: whoever waits for one asks again.
"""

from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError, ParamValidationError

from tandem.aws.environment import HostingSettings
from tandem.live.model_pointer import ModelReference
from tandem.tuning.models import ModelVersion
from tandem.tuning.ports import Refused, Served, TuningPolicies

_MISSING = "ResourceNotFoundException"
_EXISTS = "ConflictException"
_REFUSALS = frozenset({"ValidationException", "TooManyTagsException"})


class BedrockClient(Protocol):
    """What is used of the service `bedrock`, for which there are no type stubs here."""

    def create_model_import_job(self, **request: Any) -> Any: ...

    def get_model_import_job(self, *, jobIdentifier: str) -> Any: ...

    def get_imported_model(self, *, modelIdentifier: str) -> Any: ...

    def delete_imported_model(self, *, modelIdentifier: str) -> Any: ...


class BedrockImports:
    """Jobs and the models that they bring, both named `<stack>-<import job>`."""

    def __init__(
        self,
        client: Callable[[], BedrockClient],
        settings: HostingSettings,
        policies: TuningPolicies,
    ) -> None:
        """`client`: asked for only where something is imported."""
        self._client = client
        self._settings = settings
        self._policies = policies

    def begin(self, version: ModelVersion, job: str) -> bool:
        name = self._name(job)
        tags = [
            {"key": "tandem:module", "value": "tuning"},
            {"key": "tandem:stack", "value": self._settings.stack_name},
            {"key": "tandem:model-package", "value": version.package_arn},
        ]
        options: dict[str, Any] = {}
        if self._settings.data_key_arn:
            options["importedModelKmsKeyId"] = self._settings.data_key_arn
        try:
            self._client().create_model_import_job(
                jobName=name,
                importedModelName=name,
                roleArn=self._settings.serving_role_arn,
                modelDataSource={"s3DataSource": {"s3Uri": version.weights_uri}},
                jobTags=tags,
                importedModelTags=tags,
                **options,
            )
        except ParamValidationError as error:
            raise Refused(str(error)) from error
        except ClientError as error:
            # Begun before: a job's name is never taken again.
            if _code(error) == _EXISTS or (_code(error) in _REFUSALS and self._job(job)):
                return True
            if _code(error) in _REFUSALS:
                raise Refused(error.response["Error"].get("Message", str(error))) from error
            raise
        return True

    def state(self, job: str) -> Served:
        found = self._job(job)
        if found is None:
            return Served("gone")
        if found["status"] == "Failed":
            return Served("failed", reason=found.get("failureMessage") or "the import failed")
        if found["status"] != "Completed":
            return Served("deploying")
        model = self._model(found["importedModelArn"])
        if model is None:
            return Served("gone")
        architecture = model.get("modelArchitecture", "")
        if not model.get("instructSupported", False):
            return Served("failed", reason=_no_conversation(architecture))
        hosting = self._policies.current().hosting
        reference = ModelReference(
            model_id=model["modelArn"],
            provider=hosting.provider or architecture or "imported",
            base_model_id=hosting.base_model_id,
        )
        return Served("in_service", reference)

    def remove(self, job: str) -> bool:
        found = self._job(job)
        if found is None or found["status"] == "Failed":
            return True
        if found["status"] != "Completed":
            return False  # a job cannot be stopped
        try:
            self._client().delete_imported_model(modelIdentifier=found["importedModelArn"])
        except ClientError as error:
            if _code(error) == _EXISTS:
                return False
            if _code(error) != _MISSING:
                raise
        return True

    def _job(self, job: str) -> Any | None:
        try:
            return self._client().get_model_import_job(jobIdentifier=self._name(job))
        except ClientError as error:
            if _code(error) == _MISSING:
                return None
            raise

    def _model(self, arn: str) -> Any | None:
        try:
            return self._client().get_imported_model(modelIdentifier=arn)
        except ClientError as error:
            if _code(error) == _MISSING:
                return None
            raise

    def _name(self, job: str) -> str:
        return f"{self._settings.stack_name}-{job}"


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _no_conversation(architecture: str) -> str:
    return (
        f"Bedrock has imported the model ({architecture or 'of an unknown architecture'}), but "
        "Converse does not answer for it (instructSupported is false): have the policy's hosting "
        "on an endpoint, or train a base that follows instructions and has a chat template"
    )
