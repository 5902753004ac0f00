"""How SageMaker tells of its state changes: on the default bus, at best once.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

import json
from collections.abc import Callable
from typing import Any

import boto3

from local.sagemaker.faults import Faults
from local.sagemaker.roles import as_service

type Json = dict[str, Any]
type Send = Callable[[str, str, Json], None]
"""Sends an event: its detail-type, the ARN of what it is about, its detail."""

TRAINING_JOB = "SageMaker Training Job State Change"
MODEL_PACKAGE = "SageMaker Model Package State Change"
ENDPOINT = "SageMaker Endpoint State Change"


def event_sender(settings: dict[str, Any]) -> Send:
    """Sends on the engine's default bus, as SageMaker."""
    events = as_service(boto3.client("events", **settings), "events.PutEvents")

    def send(detail_type: str, arn: str, detail: Json) -> None:
        entry = {
            "Source": "aws.sagemaker",
            "DetailType": detail_type,
            "Resources": [arn],
            "Detail": json.dumps(detail),
        }
        events.put_events(Entries=[entry])

    return send


def with_faults(send: Send, faults: Faults) -> Send:
    """The same, with the events lost and doubled that are to be."""

    def sent(detail_type: str, arn: str, detail: Json) -> None:
        texts = (detail_type, arn, json.dumps(detail))
        if faults.take("event_lost", *texts):
            return
        send(detail_type, arn, detail)
        if faults.take("event_doubled", *texts):
            send(detail_type, arn, detail)

    return sent
