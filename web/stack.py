"""The deployed stack that the pages belong to: which one it is, and what it says of itself."""

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from web.deployment import Deployment, Desk

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ROOT = Path(__file__).resolve().parents[1]


class NoStack(RuntimeError):
    """There is no such stack. The message is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stack by its name; region and profile of AWS's tools, where they are not the usual ones."""

    stack: str
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The outputs and the parameters of a deployed stack, by name."""

    outputs: Mapping[str, str]
    parameters: Mapping[str, str]


def deployed_by(arguments: Sequence[str], root: Path = ROOT) -> Target:
    """The stack that `sam deploy` with these arguments deploys.

    As SAM does, an argument counts before the environment's settings in `samconfig.toml`, and
    there those of `deploy` before the global ones. Raises `NoStack` when none of them names it.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-env", default="default")
    parser.add_argument("--config-file", type=Path, default=Path("samconfig.toml"))
    for name in ("--stack-name", "--region", "--profile"):
        parser.add_argument(name)
    given, _ = parser.parse_known_args(arguments)
    path: Path = root / given.config_file
    environment = tomllib.loads(path.read_text()).get(given.config_env, {}) if path.exists() else {}

    def setting(name: str) -> str | None:
        found: list[str | None] = [
            getattr(given, name),
            *(environment.get(part, {}).get("parameters", {}).get(name)
              for part in ("deploy", "global")),
        ]  # fmt: skip
        return next(filter(None, found), None)

    stack = setting("stack_name")
    if stack is None:
        raise NoStack(f"Neither --stack-name nor [{given.config_env}] of {path} names the stack.")
    return Target(stack=stack, region=setting("region"), profile=setting("profile"))


def describe(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """Raises `NoStack`."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise NoStack(
            f"There is no stack {name} in {cloudformation.meta.region_name}: deploy it first, or "
            "name another region."
        ) from error
    return Stack(
        outputs={o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])},
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", [])},
    )


def deployment_of(stack: Stack, region: str) -> Deployment:
    """What the pages have to know of a stack in this region."""
    outputs, parameters = stack.outputs, stack.parameters
    review = parameters.get("ReviewModule", "on") == "on"
    return Deployment(
        http_url=outputs["HttpUrl"],
        websocket_url=outputs["WebSocketUrl"],
        region=region,
        desk=Desk(user_pool_id=outputs["DeskUserPoolId"], client_id=outputs["DeskClientId"])
        if "DeskUserPoolId" in outputs
        else None,
        guests=parameters.get("GuestAccess", "on") == "on",
        escalation=parameters.get("EscalationModule", "on") == "on",
        review=review,
        # It needs the review; and what was deployed before there was this module is without it.
        tuning=review and parameters.get("TuningModule", "off") == "on",
    )
