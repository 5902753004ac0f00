"""What people are told: alarms and the dashboard read only what exists."""

import json
import re

from tests.template.template_file import (
    ROOT,
    Node,
    defaults,
    deployed,
    functions,
    of_type,
    resolve,
    written,
)

NAMESPACE = "Tandem/${AWS::StackName}"
STACK = {
    "AWS::StackName": "stack",
    "AWS::Region": "us-east-1",
    "AnswerMessageMessageReceived.Arn": "arn/bus/rule",
}


def dashboard() -> list[Node]:
    body = written()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    return [
        widget["properties"] for widget in json.loads(resolve(body, defaults() | STACK))["widgets"]
    ]


def own_figures() -> set[str]:
    """Names of the figures in the stack's own namespace that somebody reads."""
    alarms = [a["Properties"] for a in of_type(written(), "AWS::CloudWatch::Alarm").values()]
    read = {a["MetricName"] for a in alarms if a["Namespace"] == {"Fn::Sub": NAMESPACE}}
    drawn = [line for widget in dashboard() for line in widget["metrics"]]
    return read | {str(line[1]) for line in drawn if line[0] == "Tandem/stack"}


def test_alarms_all_notify() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm")

    assert all(a["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}] for a in alarms.values())


def test_every_figure_that_is_read_is_recorded_by_the_code() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "layers/tandem/tandem").rglob("*.py"))
    recorded = set(re.findall(r"\"([A-Z][A-Za-z]+)\"", code))

    assert own_figures() <= recorded


def test_figures_are_read_where_the_functions_write_them() -> None:
    written_to = {
        (
            f["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]["Fn::Sub"],
            f["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"],
        )
        for f in functions().values()
    }
    read_from = {
        (a["Properties"]["Namespace"]["Fn::Sub"], a["Properties"]["Dimensions"][0]["Value"])
        for a in of_type(written(), "AWS::CloudWatch::Alarm").values()
        if isinstance(a["Properties"]["Namespace"], dict)
    }

    assert (
        read_from
        == written_to
        == {
            (NAMESPACE, "live"),
            (NAMESPACE, "review"),
            (NAMESPACE, "tuning"),
        }
    )


def test_the_dashboard_draws_in_the_stacks_own_region() -> None:
    assert {widget["region"] for widget in dashboard()} == {"us-east-1"}
