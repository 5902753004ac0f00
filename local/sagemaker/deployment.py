"""What a DeploymentConfig asks of an endpoint's update: how traffic shifts, and what takes it back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

import math
from dataclasses import dataclass
from typing import Any

type Json = dict[str, Any]

_MOST_OF_A_CANARY = 0.5


@dataclass(frozen=True)
class Step:
    """So much of the traffic goes to the new fleet, for so many seconds."""

    share: float
    seconds: float


@dataclass(frozen=True)
class Deployment:
    """`steps` come one after the other; `alarms` that go off during one take all back."""

    steps: tuple[Step, ...]
    alarms: tuple[str, ...]


def refused(config: Json | None, instances: int) -> str:
    """Why the service, or this stand-in, does not take it; empty: it does."""
    if config is None:
        return ""
    if "RollingUpdatePolicy" in config:
        return "The local engine knows blue/green deployments only."
    policy = config.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    size = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(routing["Type"])
    if size is not None and size not in routing:
        return f"{size} must be given for the traffic routing type {routing['Type']}."
    if size == "CanarySize" and _share(routing[size], instances) > _MOST_OF_A_CANARY:
        return (
            "CanarySize must be at most 50% of the variant's instances, "
            f"of which there are {instances}."
        )
    return ""


def deployment(config: Json | None, instances: int, minute: float) -> Deployment:
    """`minute`: how many seconds here stand for a minute of the service's waiting."""
    given = config or {}
    policy = given.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    wait = _here(routing.get("WaitIntervalInSeconds", 0), minute)
    last = Step(1.0, _here(policy.get("TerminationWaitInSeconds", 0), minute))
    alarms = given.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    names = tuple(alarm["AlarmName"] for alarm in alarms)
    return Deployment((*_shifts(routing, instances, wait), last), names)


def _shifts(routing: Json, instances: int, wait: float) -> tuple[Step, ...]:
    if routing["Type"] == "CANARY":
        return (Step(_share(routing["CanarySize"], instances), wait),)
    if routing["Type"] == "LINEAR":
        share = _share(routing["LinearStepSize"], instances)
        return tuple(Step(n * share, wait) for n in range(1, math.ceil(1 / share)))
    return (Step(1.0, wait),)


def _share(size: Json, instances: int) -> float:
    """What part of a fleet it is: whole instances, at least one."""
    if size["Type"] == "INSTANCE_COUNT":
        count = int(size["Value"])
    else:
        count = math.ceil(instances * size["Value"] / 100)
    return max(1, count) / instances


def _here(seconds: float, minute: float) -> float:
    return seconds / 60 * minute
