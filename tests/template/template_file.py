"""`template.yaml` as the tests read it: as it is written, and as CloudFormation sees it."""

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from cfnlint.decode.cfn_yaml import load
from samtranslator.translator.transform import transform

ROOT = Path(__file__).parents[2]

type Node = dict[str, Any]


@cache
def written() -> Node:
    """The template as it is written, with short forms (`!Ref`) as their long ones."""
    loaded: Node = json.loads(json.dumps(load(str(ROOT / "template.yaml")), default=str))
    return loaded


@cache
def deployed() -> Node:
    """The template after SAM's transform: what CloudFormation deploys."""
    template = copy.deepcopy(written())
    for resource in template["Resources"].values():
        # The transform takes code only from where `sam deploy` has uploaded it to.
        for place in ("CodeUri", "ContentUri", "DefinitionUri"):
            if place in resource["Properties"]:
                resource["Properties"][place] = "s3://bucket/key"
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        whole: Node = transform(template, {}, SimpleNamespace(load=dict))
    return whole


def of_type(template: Node, *types: str) -> dict[str, Node]:
    """The resources of these types, by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] in types
    }


def functions() -> dict[str, Node]:
    """Properties of the functions that are deployed, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in of_type(deployed(), "AWS::Lambda::Function").items()
    }


def walk(node: Any) -> Iterator[Any]:
    """A node and everything in it."""
    yield node
    if isinstance(node, dict):
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def names(node: Any) -> set[str]:
    """Logical ids and parameters that a node refers to."""
    found: set[str] = set()
    for part in walk(node):
        if not isinstance(part, dict):
            continue
        if isinstance(part.get("Ref"), str):
            found.add(part["Ref"])
        if "Fn::GetAtt" in part:
            target = part["Fn::GetAtt"]
            found.add(target[0] if isinstance(target, list) else target.split(".")[0])
        if "Fn::Sub" in part:
            text = part["Fn::Sub"]
            text = text[0] if isinstance(text, list) else text
            found |= {piece.split("}")[0].split(".")[0] for piece in text.split("${")[1:]}
    return found


def resolve(node: Any, values: Mapping[str, Any]) -> Any:
    """Compute a node's functions. `values`: parameters, pseudo parameters and references
    (`Queue.Arn`); what is not among them stands for itself."""
    if isinstance(node, list):
        return [item for part in node if (item := resolve(part, values)) != _NO_VALUE]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (function, argument), *_ = node.items()
        if function in _FUNCTIONS:
            return _FUNCTIONS[function](argument, values)
    resolved = {key: resolve(value, values) for key, value in node.items()}
    return {key: value for key, value in resolved.items() if value != _NO_VALUE}


def holds(condition: Any, values: Mapping[str, Any]) -> bool:
    """Whether a condition, given by its name or as an expression, is true."""
    if isinstance(condition, str):
        condition = written()["Conditions"][condition]
    ((function, argument),) = condition.items()
    match function:
        case "Fn::Equals":
            left, right = (resolve(side, values) for side in argument)
            return str(left) == str(right)
        case "Fn::Not":
            return not holds(argument[0], values)
        case "Fn::And":
            return all(holds(part, values) for part in argument)
        case "Fn::Or":
            return any(holds(part, values) for part in argument)
        case "Condition":
            return holds(argument, values)
    raise ValueError(f"{function} is no function of CloudFormation's conditions")


def defaults(**given: str) -> dict[str, str]:
    """Values of all parameters: those given, and the defaults of the others."""
    parameters = written()["Parameters"]
    assert given.keys() <= parameters.keys()
    return {name: str(parameter["Default"]) for name, parameter in parameters.items()} | given


_NO_VALUE = {"Ref": "AWS::NoValue"}


def _ref(name: str, values: Mapping[str, Any]) -> Any:
    return _NO_VALUE if name == "AWS::NoValue" else values.get(name, name)


def _sub(argument: Any, values: Mapping[str, Any]) -> str:
    text, own = argument if isinstance(argument, list) else (argument, {})
    known = {**values, **{name: resolve(value, values) for name, value in own.items()}}
    first, *rest = text.split("${")
    pieces = [piece.split("}", 1) for piece in rest]
    return str(first) + "".join(str(known.get(name, name)) + after for name, after in pieces)


def _get_att(argument: Any, values: Mapping[str, Any]) -> Any:
    name = argument if isinstance(argument, str) else ".".join(argument)
    return values.get(name, name)


def _if(argument: list[Any], values: Mapping[str, Any]) -> Any:
    condition, then, otherwise = argument
    chosen = then if holds(condition, values) else otherwise
    return chosen if chosen == _NO_VALUE else resolve(chosen, values)


def _select(argument: list[Any], values: Mapping[str, Any]) -> Any:
    return resolve(argument[1], values)[int(argument[0])]


def _split(argument: list[Any], values: Mapping[str, Any]) -> list[str]:
    parts: list[str] = resolve(argument[1], values).split(argument[0])
    return parts


def _join(argument: list[Any], values: Mapping[str, Any]) -> str:
    joined: str = argument[0].join(resolve(argument[1], values))
    return joined


_FUNCTIONS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Join": _join,
}
