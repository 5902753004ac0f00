"""SageMaker: which permissions a call needs."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.patches.iam import Check, passing

_SERVICE = "sagemaker"
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
_OPERATION = re.compile(r"(?:Create|Describe|Update|Delete|Stop)(\w+)")
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker.html
_NAMED = {
    "LabelingJob": ("labeling-job", "LabelingJobName"),
    "TrainingJob": ("training-job", "TrainingJobName"),
    "ModelPackageGroup": ("model-package-group", "ModelPackageGroupName"),
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
}
"""How the ARN of what an operation is about is made, by what follows the verb in its name."""


def authorize() -> None:
    """Calls to SageMaker are checked as AWS checks them.

    AWS: the operation's action on the ARN of what it is about, `sagemaker:InvokeEndpoint` on the
    endpoint's; and besides that `iam:PassRole` on a role that is given, `sagemaker:AddTags` where
    there are tags, and the same action on the endpoint configuration where an endpoint is made of
    one.
    ministack: does not know the service, and lets anyone call it.
    The patch says which action and which resource a call is about; `further`, for `forward`, what
    is asked besides.
    """
    from ministack.core import iam_actions

    find_action = iam_actions.extract_iam_action
    find_resource = iam_actions.extract_resource_arn
    iam_actions.SERVICE_TO_IAM_NAMESPACE[_SERVICE] = _SERVICE

    def action(*args: Any, **kwargs: Any) -> str | None:
        service, _, path = args[:3]
        if service == _SERVICE and _INVOCATION.fullmatch(path):
            return "sagemaker:InvokeEndpoint"
        found: str | None = find_action(*args, **kwargs)
        return found

    def resource(
        service: str, method: str, path: str, headers: Any, body: bytes, *request: Any
    ) -> str:
        if service != _SERVICE:
            return str(find_resource(service, method, path, headers, body, *request))
        if invocation := _INVOCATION.fullmatch(path):
            return _arn("endpoint", invocation[1])
        return _about(_operation(headers), _params(body))

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource


def _operation(headers: dict[str, str]) -> str:
    return headers.get("x-amz-target", "").rpartition(".")[2]


def _params(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}


def _arn(kind: str, name: str) -> str:
    from ministack.core.responses import get_account_id, get_region

    if name.startswith("arn:"):
        return name
    return f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{kind}/{name.lower()}"


def _about(operation: str, params: dict[str, Any]) -> str:
    """The ARN of what an operation is about; `*` for those that list."""
    if "ResourceArn" in params:
        return str(params["ResourceArn"])
    if operation == "CreateModelPackage":
        group = str(params.get("ModelPackageGroupName", ""))
        return _arn("model-package", f"{group.rpartition('/')[2]}/*")
    if operation in ("DescribeModelPackage", "DeleteModelPackage", "UpdateModelPackage"):
        name = params.get("ModelPackageArn") or params.get("ModelPackageName", "")
        return _arn("model-package", str(name))
    found = _OPERATION.fullmatch(operation)
    kind, field = _NAMED.get(found[1] if found else "", ("", ""))
    return _arn(kind, str(params.get(field, ""))) if kind else "*"


def further(headers: dict[str, str], body: bytes) -> Iterator[Check]:
    """What is asked of IAM besides the operation itself."""
    operation = _operation(headers)
    if not operation:
        return  # an invocation, whose body is nobody's business
    params = _params(body)
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        config = _arn("endpoint-config", str(params.get("EndpointConfigName", "")))
        yield Check(f"sagemaker:{operation}", config)
    if operation.startswith("Create") and params.get("Tags"):
        yield Check("sagemaker:AddTags", _about(operation, params))
    for field in ("RoleArn", "ExecutionRoleArn"):
        if field in params:
            yield passing(str(params[field]), "sagemaker.amazonaws.com")
