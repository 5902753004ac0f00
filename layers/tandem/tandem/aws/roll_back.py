"""Rolls a model back: `make rollback STACK=name`.

Without a version, the one that is in a trial, or else the one that is live: the model before
answers from now on. Functions know of it within 30 seconds. Where the endpoint of the model before
is gone, that is deployed again first, which takes some minutes; the stack goes on with it by
itself.

It does what the button of the models' page does, with the rights of whoever calls it: to read the
stack and the configuration of its function PromoteModel, and what that function may do.
"""

import argparse
import os
import sys
from dataclasses import replace
from typing import Literal

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tandem.live.errors import Conflict, LiveError
from tandem.live.model_pointer import Models
from tandem.tuning.models import ModelVersion, VersionStatus
from tandem.tuning.ports import Hosting, Pointer, TuningWorld
from tandem.tuning.rolling_back import roll_back

_FUNCTION = "PromoteModel"
"""Logical id of the function that moves the pointer; it is wired to all that is needed."""


class Unmetered:
    """A metric is a line in a function's log; here it would be one on the screen."""

    def record(
        self, name: str, value: float, unit: Literal["Count", "Milliseconds", "Seconds"]
    ) -> None:
        """Nothing becomes of it."""


def variables_of(stack: str) -> dict[str, str]:
    """The environment variables of the stack's function. Raises `LookupError`."""
    try:
        resource = boto3.client("cloudformation").describe_stack_resource(
            StackName=stack, LogicalResourceId=_FUNCTION
        )["StackResourceDetail"]
        configuration = boto3.client("lambda").get_function_configuration(
            FunctionName=resource["PhysicalResourceId"]
        )
    except ClientError as error:
        raise LookupError(
            f"the stack {stack} has no function {_FUNCTION} that can be read: {error}"
        ) from error
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables


def caller() -> str:
    """Who calls, for the audit trail: the last part of their ARN."""
    arn: str = boto3.client("sts").get_caller_identity()["Arn"]
    return arn.rpartition("/")[2]


def run(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    *,
    number: int | None,
    by: str,
    reason: str,
) -> str:
    """Roll back, and say what has come of it. Raises `LookupError` where no version of the registry
    answers, and what `rolling_back.roll_back` raises."""
    chosen = number or _answers(pointer.read())
    version = roll_back(
        world, hosting, pointer, chosen, because="lead", by=by, reason=reason or "by command"
    )
    return _said(version, pointer.read())


def _answers(models: Models) -> int:
    tried = models.trial.model.version if models.trial is not None else None
    if (number := tried or models.answer.version) is not None:
        return number
    raise LookupError(f"{models.answer.model_id} answers, which was not trained here")


def _said(version: ModelVersion, models: Models) -> str:
    if version.status is VersionStatus.ROLLED_BACK:
        return f"version {version.version} is rolled back: {models.answer.model_id} answers"
    return f"version {version.version}: {version.reason}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make rollback STACK=name", description=__doc__)
    parser.add_argument("stack", help="name of the deployed stack")
    parser.add_argument("--version", type=int, help="of the model registry")
    parser.add_argument("--reason", default="", help="for the audit trail")
    options = parser.parse_args()
    try:
        os.environ.update(variables_of(options.stack))
        world, hosting, pointer = _wired()
        said = run(
            replace(world, meter=Unmetered()),
            hosting,
            pointer,
            number=options.version,
            by=caller(),
            reason=options.reason,
        )
    except (LookupError, LiveError, Conflict, ClientError, BotoCoreError) as error:
        print(f"rollback: {error}", file=sys.stderr)
        return 1
    print(said)
    return 0


def _wired() -> tuple[TuningWorld, Hosting, Pointer]:
    from tandem.aws import tuning_bootstrap  # reads the environment

    return tuning_bootstrap.world(), tuning_bootstrap.hosting(), tuning_bootstrap.pointer()


if __name__ == "__main__":
    sys.exit(main())
