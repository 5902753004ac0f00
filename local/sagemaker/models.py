"""Models: a container's image, its weights, and the role that may read them."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.account import Account
from local.sagemaker.errors import invalid
from local.sagemaker.listing import listed
from local.sagemaker.model_packages import ModelPackages
from local.sagemaker.roles import split_uri

type Json = dict[str, Any]


class Models:
    def __init__(self, account: Account, packages: ModelPackages) -> None:
        self._on = account
        self._packages = packages
        self._models: dict[str, Json] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateModel": self._create,
            "DescribeModel": lambda params: self.get(params["ModelName"]),
            "DeleteModel": self._delete,
            "ListModels": self._list,
        }

    def get(self, name: str) -> Json:
        """As DescribeModel gives it. Raises `ServiceError`."""
        model = self._models.get(name.lower())
        if model is None:
            raise invalid(f'Could not find model "{self._on.names.arn("model", name)}".')
        return model

    def data_uri(self, name: str) -> str:
        """Where the weights are: a prefix with a slash at its end, or a `.tar.gz`. Raises
        `ServiceError`."""
        return self._data_uri(self.get(name))

    def _create(self, params: Json) -> Json:
        name = params["ModelName"]
        arn = self._on.names.arn("model", name)
        if "ExecutionRoleArn" not in params:
            raise invalid("ExecutionRoleArn must be given.")
        if len([*_containers(params)]) != 1:
            raise invalid("The local engine serves models of one container.")
        self._check(params)
        with self._lock:
            if name.lower() in self._models:
                raise invalid(f'Cannot create already existing model "{arn}".')
            self._models[name.lower()] = {
                **{key: value for key, value in params.items() if key != "Tags"},
                "ModelArn": arn,
                "CreationTime": datetime.now(UTC).timestamp(),
            }
        self._on.tags.put(arn, params.get("Tags", []))
        return {"ModelArn": arn}

    def _check(self, model: Json) -> None:
        """The service looks, as the role, whether the weights are there."""
        uri, role = self._data_uri(model), model["ExecutionRoleArn"]
        bucket, key = split_uri(uri)
        try:
            found = next(iter(self._on.assume(role).keys(bucket, key)), None)
        except ClientError as error:
            raise invalid(
                f"Could not access model data at {uri}. Please ensure that the role "
                f'"{role}" exists and that its trust relationship policy allows the action '
                '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also '
                'ensure that the role has "s3:GetObject" permissions and that the object is '
                f"located in {self._on.names.region}. ({error})"
            ) from error
        if found is None:
            raise invalid(f"Could not find model data at {uri}.")

    def _data_uri(self, model: Json) -> str:
        (container,) = _containers(model)
        if "ModelPackageName" in container:
            package = self._packages.get(container["ModelPackageName"])
            if package.fields["ModelApprovalStatus"] != "Approved":
                raise invalid(f"Model package {package.arn} is not approved.")
            container = package.fields.get("InferenceSpecification", {"Containers": [{}]})
            container = container["Containers"][0]
        source = container.get("ModelDataSource", {}).get("S3DataSource")
        if source is None:
            uri = str(container.get("ModelDataUrl", ""))
            if not uri.endswith(".tar.gz"):
                raise invalid("ModelDataUrl must be the URI of a .tar.gz archive.")
            return uri
        plain = source["S3DataType"] == "S3Prefix" and source["CompressionType"] == "None"
        if not plain or not source["S3Uri"].endswith("/"):
            raise invalid(
                "ModelDataSource: here S3DataType is S3Prefix, CompressionType is None, and S3Uri "
                "ends with a slash."
            )
        return str(source["S3Uri"])

    def _delete(self, params: Json) -> Json:
        arn = self.get(params["ModelName"])["ModelArn"]
        self._models.pop(params["ModelName"].lower(), None)
        self._on.tags.forget(arn)
        return {}

    def _list(self, params: Json) -> Json:
        told = ("ModelName", "ModelArn", "CreationTime")
        models = ({name: model[name] for name in told} for model in self._models.values())
        return listed(models, params, into="Models", kind="Model", order="Descending")


def _containers(model: Json) -> list[Json]:
    first = [model["PrimaryContainer"]] if "PrimaryContainer" in model else []
    return [*first, *model.get("Containers", [])]
