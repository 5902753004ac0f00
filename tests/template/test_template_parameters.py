"""Parameters, conditions, outputs, and the environments of `samconfig.toml`."""

import re
import tomllib
from typing import Any

import pytest

from tests.template.template_file import (
    ROOT,
    Node,
    defaults,
    deployed,
    holds,
    names,
    of_type,
    resolve,
    walk,
    written,
)

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())


def overrides(environment: str) -> dict[str, str]:
    given: list[str] = CONFIG[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(setting.split("=", 1) for setting in given)


def problem(name: str, value: str) -> str | None:
    """What CloudFormation would say of a parameter's value."""
    parameter = written()["Parameters"].get(name)
    if parameter is None:
        return "no such parameter"
    if not re.search(parameter.get("AllowedPattern", ""), value):
        return "does not match"
    if value not in [str(v) for v in parameter.get("AllowedValues", [value])]:
        return "not among the allowed values"
    if parameter["Type"] == "Number" and "MinValue" in parameter:
        in_range = parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
        return None if in_range else "out of range"
    return None


@pytest.mark.parametrize("name", written()["Parameters"])
def test_a_parameter_is_described_has_a_valid_default_and_is_used(name: str) -> None:
    parameter = written()["Parameters"][name]
    sections = [written()[part] for part in ("Conditions", "Globals", "Resources", "Outputs")]
    groups = written()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert parameter["Description"]
    assert problem(name, str(parameter["Default"])) is None
    assert name in set().union(*(names(section) for section in sections))
    assert sum(name in group["Parameters"] for group in groups) == 1


def test_every_parameter_is_in_the_guide() -> None:
    guide = (ROOT / "docs/deploy.md").read_text()

    assert [name for name in written()["Parameters"] if f"`{name}`" not in guide] == []


def test_every_condition_is_used() -> None:
    used: set[Any] = set()
    for part in walk(written()):
        if isinstance(part, dict):
            used.add(part["Condition"]) if isinstance(part.get("Condition"), str) else None
            used.add(part["Fn::If"][0]) if "Fn::If" in part else None

    assert written()["Conditions"].keys() <= used


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_the_settings_of_an_environment_are_valid(environment: str) -> None:
    problems = {name: problem(name, value) for name, value in overrides(environment).items()}

    assert not any(problems.values()), problems


def test_the_embedded_engine_gets_only_what_it_has() -> None:
    values = defaults(**overrides("local"))
    types = {
        resource["Type"]
        for resource in deployed()["Resources"].values()
        if "Condition" not in resource or holds(resource["Condition"], values)
    }

    # ministack refuses the whole template for one unknown type.
    assert not types & {"AWS::Events::Archive", "AWS::CloudWatch::CompositeAlarm"}


def subscribers(topic: str, **given: str) -> list[str]:
    values = defaults(**given)
    found = []
    for subscription in of_type(written(), "AWS::SNS::Subscription").values():
        settings: Node = subscription["Properties"]
        if settings["TopicArn"] == {"Ref": topic} and holds(subscription["Condition"], values):
            found.append(resolve(settings["Endpoint"], values))
    return found


@pytest.mark.parametrize("count", range(6))
def test_up_to_five_experts_are_subscribed(count: int) -> None:
    experts = [f"expert{n}@example.com" for n in range(count)]

    assert problem("ExpertEmails", ",".join(experts)) is None
    assert subscribers("ExpertsTopic", ExpertEmails=",".join(experts)) == experts


@pytest.mark.parametrize("count", range(4))
def test_up_to_three_leads_are_subscribed(count: int) -> None:
    leads = [f"lead{n}@example.com" for n in range(count)]

    assert problem("LeadEmails", ",".join(leads)) is None
    assert subscribers("LeadsTopic", LeadEmails=",".join(leads)) == leads


@pytest.mark.parametrize("value", ["nobody", "a@b.example, c@d.example", ",a@b.example", "a@b.c,"])
def test_a_list_of_addresses_that_cannot_be_read_is_refused(value: str) -> None:
    assert problem("ExpertEmails", value) == "does not match"


def test_one_address_too_many_is_refused() -> None:
    assert problem("ExpertEmails", ",".join(["a@b.example"] * 6)) == "does not match"
    assert problem("LeadEmails", ",".join(["a@b.example"] * 4)) == "does not match"
