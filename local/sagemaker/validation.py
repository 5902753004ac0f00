"""What the service refuses, by its own model: botocore checks no more than types and minima."""

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator


@cache
def _model() -> ServiceModel:
    return botocore.session.Session().get_service_model("sagemaker")


def _operation(name: str) -> OperationModel:
    return _model().operation_model(name)


def problems(operation: str, params: dict[str, Any]) -> str:
    """What is wrong with a request, for people; empty: nothing."""
    return _problems(params, _operation(operation).input_shape)


def answer_problems(operation: str, answer: dict[str, Any]) -> str:
    """What is wrong with an answer of the stand-in; empty: nothing."""
    shape = _operation(operation).output_shape
    return _problems(answer, shape) if shape is not None else "" if not answer else "no answer"


def _problems(value: dict[str, Any], shape: Shape | None) -> str:
    if shape is None:
        return ""
    report = ParamValidator().validate(value, shape)
    found = [report.generate_report()] if report.has_errors() else _walk(value, shape, "")
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
    if shape.type_name == "map":
        for key, part in value.items():
            own += _walk(key, shape.key, f"{place} key {key!r}")
            own += _walk(part, shape.value, f"{place}[{key!r}]")
    return own


def _limits(value: Any, shape: Shape, place: str) -> list[str]:
    limits: dict[str, Any] = shape.metadata
    size = len(value) if isinstance(value, str | list | dict) else value
    found = []
    if "max" in limits and size > limits["max"]:
        found.append(f"{place} is more than {limits['max']}")
    pattern = limits.get("pattern", "")
    # Classes of Unicode are no part of Python's patterns.
    if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, value):
        found.append(f"{place} does not satisfy {pattern}")
    if "enum" in limits and value not in limits["enum"]:
        found.append(f"{place} is none of {', '.join(limits['enum'])}")
    return found
