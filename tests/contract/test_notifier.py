"""People are called by mail through a topic of their tier."""

import json
from typing import Any

import boto3
import pytest

from tandem.aws.notifier import MAX_BODY_BYTES, MAX_SUBJECT, TopicNotifier, plain_subject
from tests.contract.conftest import REGION


@pytest.fixture
def arrivals(aws: None) -> dict[str, Any]:
    """A topic and a queue behind it for each tier: ARNs and what has arrived."""
    sns = boto3.client("sns", region_name=REGION)
    sqs = boto3.client("sqs", region_name=REGION)
    arns, queues = {}, {}
    for name in ("experts", "leads"):
        arns[name] = sns.create_topic(Name=name)["TopicArn"]
        queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=queues[name], AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=arns[name], Protocol="sqs", Endpoint=queue["Attributes"]["QueueArn"])

    def arrived(name: str) -> list[dict[str, Any]]:
        page = sqs.receive_message(QueueUrl=queues[name], WaitTimeSeconds=0).get("Messages", [])
        return [json.loads(each["Body"]) for each in page]

    notifier = TopicNotifier(lambda: sns, arns["experts"], arns["leads"])
    return {"notifier": notifier, "arrived": arrived}


def test_a_mail_goes_to_the_topic_of_its_tier(arrivals: dict[str, Any]) -> None:
    arrivals["notifier"].notify("leads", "A customer waits", "Grüße\nhttps://desk.example")
    (mail,) = arrivals["arrived"]("leads")
    assert (mail["Subject"], mail["Message"]) == (
        "A customer waits",
        "Grüße\nhttps://desk.example",
    )
    assert arrivals["arrived"]("experts") == []


def test_a_body_that_is_too_long_is_cut(arrivals: dict[str, Any]) -> None:
    arrivals["notifier"].notify("experts", "Long", "ü" * MAX_BODY_BYTES)
    (mail,) = arrivals["arrived"]("experts")
    assert len(mail["Message"].encode()) <= MAX_BODY_BYTES
    assert mail["Message"].endswith("ü…")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("A customer waits", "A customer waits"),
        ("Kunde wartet: Größe, Übergabe", "Kunde wartet: Groe, Ubergabe"),
        ("two\r\nBcc: victim@example.com", "two Bcc: victim@example.com"),
        ("bell\x07 and\ttab", "bell and tab"),
        ("日本語", "Tandem"),
        ("", "Tandem"),
    ],
)
def test_a_subject_becomes_one_printable_ascii_line(given: str, sent: str) -> None:
    assert plain_subject(given) == sent


def test_a_subject_has_at_most_a_hundred_characters() -> None:
    assert plain_subject("word " * 40) == ("word " * 40)[:MAX_SUBJECT].strip()
