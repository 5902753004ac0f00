"""Tells waiting tasks of Step Functions how they go on."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tandem.aws.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_MOVED_ON = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsTokens:
    """`TaskTokens`. A token that is no longer valid is logged; other errors propagate.

    The client is made at the first use: most steps of a conversation wake no task.
    """

    def __init__(self, client: "Callable[[], SFNClient]") -> None:
        self._client = client

    def succeed(self, token: str, output: dict[str, object]) -> None:
        try:
            self._client().send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            _pass_if_moved_on(error)

    def heartbeat(self, token: str) -> None:
        try:
            self._client().send_task_heartbeat(taskToken=token)
        except ClientError as error:
            _pass_if_moved_on(error)


def _pass_if_moved_on(error: ClientError) -> None:
    code = error.response["Error"]["Code"]
    if code not in _MOVED_ON:
        raise error
    # The token itself is a secret: whoever has it can answer for the task.
    logger.info("the task has moved on", extra={"code": code})
