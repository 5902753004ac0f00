"""Which alarms of the endpoints are in alarm, as CloudWatch tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tandem.aws.endpoint_alarms import EndpointAlarms
from tandem.tuning.serving import SlotName
from tests.contract.conftest import REGION

SLOTS: dict[str, SlotName] = {
    "tandem-blue-errors": "blue",
    "tandem-blue-latency": "blue",
    "tandem-green-errors": "green",
}


@pytest.fixture
def cloudwatch(aws: None) -> Any:
    client = boto3.client("cloudwatch", region_name=REGION)
    for name in (*SLOTS, "others"):
        client.put_metric_alarm(
            AlarmName=name,
            MetricName="Invocation5XXErrors",
            Namespace="AWS/SageMaker",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=2,
            Threshold=0.05,
            ComparisonOperator="GreaterThanThreshold",
        )
    return client


def test_those_that_are_in_alarm_with_since_when(cloudwatch: Any) -> None:
    for name in ("tandem-green-errors", "others"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    cloudwatch.set_alarm_state(AlarmName="tandem-blue-errors", StateValue="OK", StateReason="test")

    (found,) = EndpointAlarms(lambda: cloudwatch, SLOTS).gone_off()

    assert (found.alarm, found.slot) == ("tandem-green-errors", "green")
    assert abs(datetime.now(UTC) - found.since) < timedelta(minutes=1)


def test_without_alarms_nobody_is_asked() -> None:
    def nobody() -> Any:
        raise AssertionError

    assert EndpointAlarms(nobody, {}).gone_off() == []
