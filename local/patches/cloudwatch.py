"""CloudWatch: who is told of an alarm, and who may look at it."""

import json
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any


def tell_of_alarms() -> None:
    """An alarm's change of state is an event.

    AWS: "CloudWatch Alarm State Change" on the default bus, beside the alarm's own actions.
    ministack: the actions only.
    The patch sends it, with the metric of a metric alarm.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    from ministack.services import cloudwatch, eventbridge

    act = cloudwatch._dispatch_alarm_actions

    def dispatch(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        act(alarm, old_state, new_state, reason)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        detail = {
            "alarmName": alarm["AlarmName"],
            "state": {"value": new_state, "reason": reason, "timestamp": now},
            "previousState": {"value": old_state},
            "configuration": _configuration(alarm),
        }
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Resources": [alarm.get("AlarmArn", "")],
            "Detail": json.dumps(detail),
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudwatch._dispatch_alarm_actions = dispatch


def authorize_alarms() -> None:
    """A policy may let some alarms be described, and others not.

    AWS: DescribeAlarms is checked on each alarm that it names.
    ministack: on `*`, which only a policy for every alarm allows.
    The patch checks what the names have in common, as a policy for all that begin so allows it.
    """
    from ministack.core import iam_actions

    find_resource = iam_actions.extract_resource_arn

    def resource(
        service: str, method: str, path: str, headers: Any, body: bytes, *request: Any
    ) -> str:
        names = _named(body) if service == "monitoring" else []
        if not names:
            return str(find_resource(service, method, path, headers, body, *request))
        region, account = request[-2:]
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{_begins_with(names)}"

    iam_actions.extract_resource_arn = resource


def _named(body: bytes) -> list[str]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return []  # malformed requests are refused further on
    return list(asked.get("AlarmNames") or []) if isinstance(asked, dict) else []


def _begins_with(names: list[str]) -> str:
    alike = takewhile(lambda each: len(set(each)) == 1, zip(*names, strict=False))
    return "".join(each[0] for each in alike)


def _configuration(alarm: dict[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    if alarm.get("MetricName"):
        metric = {
            "namespace": alarm.get("Namespace", ""),
            "name": alarm["MetricName"],
            "dimensions": _dimensions(alarm.get("Dimensions")),
        }
        period, statistic = alarm.get("Period", 60), alarm.get("Statistic", "")
        stat = {"metric": metric, "period": period, "stat": statistic}
        configuration["metrics"] = [{"id": "m1", "metricStat": stat, "returnData": True}]
    return configuration


def _dimensions(given: Any) -> dict[str, str]:
    if isinstance(given, dict):
        return given
    return {each["Name"]: each["Value"] for each in given or []}
