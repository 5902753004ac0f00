"""What failed goes on its way again, and what nobody understands stays."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tandem.aws.redrive import Failure, NotUnderstood, Redrive, failures_queue, read

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:tandem-AnswerMessage"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:tandem-escalation"
EVENT = {"detail-type": "Message Received", "detail": {"conversation_id": "c-1"}}

FAILED_INVOCATION = json.dumps(
    {
        "version": "1.0",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": f"{FUNCTION}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": EVENT,
        "responsePayload": {"errorType": "ValidationError", "errorMessage": "text: missing"},
    }
)


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def queue() -> Iterator[str]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield boto3.client("sqs").create_queue(QueueName="failures")["QueueUrl"]


def waiting(queue: str) -> int:
    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def test_a_failed_invocation_goes_to_its_function_with_its_payload() -> None:
    assert read(FAILED_INVOCATION, {}) == Failure(FUNCTION, EVENT, "text: missing")


def test_a_timeout_that_has_no_answer_names_its_condition() -> None:
    body = {**json.loads(FAILED_INVOCATION), "responsePayload": None}

    assert read(json.dumps(body), {}).reason == "RetriesExhausted"


def test_a_rules_dead_letter_goes_to_its_target() -> None:
    attributes = {"TARGET_ARN": MACHINE, "ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "denied"}

    assert read(json.dumps(EVENT), attributes) == Failure(MACHINE, EVENT, "denied")


@pytest.mark.parametrize(
    "body", ["not json", "[]", "{}", '{"requestPayload": {}}', json.dumps(EVENT)]
)
def test_anything_else_is_not_understood(body: str) -> None:
    with pytest.raises(NotUnderstood):
        read(body, {})


def test_a_mail_that_was_not_delivered_is_published_again(queue: str) -> None:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="tandem-experts")["TopicArn"]
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:inbox"
    )
    letter = {"Type": "Notification", "TopicArn": topic, "Subject": "Tandem", "Message": "Come."}
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))

    outcomes = list(Redrive(queue).run())

    assert [went for went, _ in outcomes] == [True]
    (message,) = sqs.receive_message(QueueUrl=inbox)["Messages"]
    assert json.loads(message["Body"])["Message"] == "Come."
    assert waiting(queue) == 0


def test_what_its_target_does_not_accept_stays(queue: str) -> None:
    target = {"TARGET_ARN": {"DataType": "String", "StringValue": MACHINE}}
    boto3.client("sqs").send_message(
        QueueUrl=queue, MessageBody=json.dumps(EVENT), MessageAttributes=target
    )

    ((went, line),) = Redrive(queue).run()

    assert not went
    assert "not accepted" in line
    assert waiting(queue) == 1


def test_what_is_not_understood_stays_and_is_named(queue: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")

    ((went, line),) = Redrive(queue).run()

    assert not went
    assert "left in the queue" in line
    assert waiting(queue) == 1


def test_a_dry_run_changes_nothing(queue: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=FAILED_INVOCATION)

    ((went, line),) = Redrive(queue).run(dry_run=True)

    assert went
    assert line == "would send again to tandem-AnswerMessage: text: missing"
    assert waiting(queue) == 1


def test_the_queue_is_found_by_the_name_of_the_stack(queue: str) -> None:
    template: dict[str, Any] = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"FailuresQueueUrl": {"Value": queue}},
    }
    boto3.client("cloudformation").create_stack(
        StackName="tandem", TemplateBody=json.dumps(template)
    )

    assert failures_queue("tandem") == queue
    with pytest.raises(LookupError, match="cannot be read"):
        failures_queue("another")
