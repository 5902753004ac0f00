"""What the service refuses, by its own model: botocore checks no more than types and minima."""

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

_LONGEST_TASK = 8 * 3600
_ENDINGS = ("-metadata", "-ref")


@cache
def _model() -> ServiceModel:
    return botocore.session.Session().get_service_model("sagemaker")


def problems(operation: str, params: dict[str, Any]) -> str:
    """What is wrong with a request, for people; empty: nothing."""
    shape = _model().operation_model(operation).input_shape
    if shape is None:
        return ""
    report = ParamValidator().validate(params, shape)
    found = [report.generate_report()] if report.has_errors() else _walk(params, shape, "")
    if operation == "CreateLabelingJob" and not found:
        found = _of_a_custom_job(params)
    return "; ".join(found)


def _walk(value: Any, shape: Any, place: str) -> list[str]:
    """Maxima, patterns and choices, which are the service's to check."""
    if shape.type_name == "structure":
        return [
            problem
            for name, part in value.items()
            for problem in _walk(part, shape.members[name], f"{place}.{name}".lstrip("."))
        ]
    own = _limits(value, shape, place)
    if shape.type_name == "list":
        parts = enumerate(value)
        return own + [p for n, part in parts for p in _walk(part, shape.member, f"{place}[{n}]")]
    return own


def _limits(value: Any, shape: Shape, place: str) -> list[str]:
    limits: dict[str, Any] = shape.metadata
    size = value if isinstance(value, int) else len(value)
    found = []
    if size > limits.get("max", size):
        found.append(f"{place} is more than {limits['max']}")
    pattern = limits.get("pattern", "")
    # Classes of Unicode are no part of Python's patterns.
    if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, value):
        found.append(f"{place} does not satisfy {pattern}")
    if "enum" in limits and value not in limits["enum"]:
        found.append(f"{place} is none of {', '.join(limits['enum'])}")
    return found


def _of_a_custom_job(params: dict[str, Any]) -> list[str]:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html"""
    found = []
    task = params["HumanTaskConfig"]
    if task["TaskTimeLimitInSeconds"] > _LONGEST_TASK:
        found.append(f"TaskTimeLimitInSeconds is more than {_LONGEST_TASK}")
    if params["LabelAttributeName"].endswith(_ENDINGS):
        found.append(f"LabelAttributeName ends with one of {', '.join(_ENDINGS)}")
    return found
