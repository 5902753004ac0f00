"""Sends what failed on its way again: `make redrive STACK=name`.

Reads the stack's failures queue, where three kinds of messages arrive:

- an invocation that failed after its retries (a function's failure destination): its
  `requestPayload` goes to the same function again;
- an event that a rule could not deliver (the rule's dead letters): the event goes to the same
  target again;
- an e-mail that a topic could not deliver (the subscription's dead letters): it is published again.

Every consumer looks at the store first, so that sending something twice does no harm. A message is
removed once its content is accepted; what is not understood stays, and is named.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

_BATCH = 10
_HIDDEN_SECONDS = 120
"""How long a message that was read stays hidden from others."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A message of the failures queue: where its content has to go, and why it is here."""

    target: str
    payload: dict[str, Any]
    reason: str


class NotUnderstood(Exception):
    """A message that this command did not put there and cannot place."""


def read(body: str, attributes: dict[str, str]) -> Failure:
    """Understand a message. `attributes` are its message attributes, by name.

    Formats: "Capturing records of Lambda asynchronous invocations" in the Lambda guide, and "Using
    dead-letter queues" in the EventBridge guide. Raises `NotUnderstood`.
    """
    try:
        content = json.loads(body)
        if "requestPayload" in content:
            arn: str = content["requestContext"]["functionArn"]
            response = content.get("responsePayload")
            error = response if isinstance(response, dict) else {}
            condition = content["requestContext"].get("condition", "")
            reason = error.get("errorMessage") or condition
            return Failure(arn.removesuffix(":$LATEST"), content["requestPayload"], str(reason))
        if "detail-type" in content and "TARGET_ARN" in attributes:
            reason = attributes.get("ERROR_MESSAGE") or attributes.get("ERROR_CODE", "")
            return Failure(attributes["TARGET_ARN"], content, reason)
        if content.get("Type") == "Notification":
            return Failure(
                content["TopicArn"],
                {"Subject": content.get("Subject") or "Tandem", "Message": content["Message"]},
                "an e-mail was not delivered",
            )
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        raise NotUnderstood(f"{error!r}") from error
    raise NotUnderstood("not a failed invocation, nor a dead letter of a rule or a topic")


class Redrive:
    """Works through one failures queue."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url
        self._sqs = boto3.client("sqs")
        self._lambda = boto3.client("lambda")
        self._states = boto3.client("stepfunctions")
        self._sns = boto3.client("sns")

    def run(self, *, dry_run: bool = False) -> Iterator[tuple[bool, str]]:
        """Send everything again. Yields for each message whether it went, and a line about it.

        With `dry_run` nothing is sent or removed.
        """
        left: list[dict[str, Any]] = []
        try:
            while messages := self._receive():
                for message in messages:
                    went, line = self._handle(message, dry_run=dry_run)
                    if dry_run or not went:
                        left.append(message)
                    yield went, line
        finally:
            # Only now: shown at once, they would be received again and again.
            for message in left:
                self._show_again(message)

    def _receive(self) -> list[dict[str, Any]]:
        answer: dict[str, Any] = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=_BATCH,
            MessageAttributeNames=["All"],
            VisibilityTimeout=_HIDDEN_SECONDS,
        )
        return list(answer.get("Messages", []))

    def _handle(self, message: dict[str, Any], *, dry_run: bool) -> tuple[bool, str]:
        given = message.get("MessageAttributes", {})
        attributes = {name: value.get("StringValue", "") for name, value in given.items()}
        try:
            failure = read(message["Body"], attributes)
        except NotUnderstood as error:
            return False, f"left in the queue: {message['MessageId']} ({error})"
        line = f"{failure.target.rsplit(':', 1)[-1]}: {failure.reason}"
        if dry_run:
            return True, f"would send again to {line}"
        try:
            self._send(failure)
        except ClientError as error:
            return False, f"not accepted by {line} ({error})"
        self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        return True, f"sent again to {line}"

    def _send(self, failure: Failure) -> None:
        payload = json.dumps(failure.payload)
        if failure.target.startswith("arn:") and failure.target.split(":")[2] == "sns":
            self._sns.publish(TopicArn=failure.target, **failure.payload)
        elif ":stateMachine:" in failure.target:
            self._states.start_execution(stateMachineArn=failure.target, input=payload)
        else:
            self._lambda.invoke(
                FunctionName=failure.target, InvocationType="Event", Payload=payload.encode()
            )

    def _show_again(self, message: dict[str, Any]) -> None:
        self._sqs.change_message_visibility(
            QueueUrl=self._queue_url,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=0,
        )


def failures_queue(stack: str) -> str:
    """The address of a stack's failures queue. Raises `LookupError`."""
    try:
        stacks = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        raise LookupError(f"the stack {stack} cannot be read: {error}") from error
    for output in stacks[0].get("Outputs", []):
        if output.get("OutputKey") == "FailuresQueueUrl":
            return str(output["OutputValue"])
    raise LookupError(f"the stack {stack} has no output FailuresQueueUrl: is it Tandem's?")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make redrive STACK=name", description=__doc__)
    parser.add_argument("stack", help="name of the deployed stack")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    options = parser.parse_args()
    try:
        outcomes = list(Redrive(failures_queue(options.stack)).run(dry_run=options.dry_run))
    except (LookupError, BotoCoreError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 1
    for _, line in outcomes:
        print(line)
    left = sum(not went for went, _ in outcomes)
    print(f"{len(outcomes) - left} sent again, {left} left in the queue")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
