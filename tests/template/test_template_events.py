"""Events and routes: what reaches which function, and where it goes when it doesn't."""

import ast
import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tandem.bus_event import BusEvent
from tandem.live.events import EVENTS, SOURCE, EscalationRequested, MessageReceived
from tandem.review.events import EVENTS as REVIEW_EVENTS
from tandem.review.events import CandidateRegistered
from tests.template.template_file import (
    ROOT,
    Node,
    defaults,
    deployed,
    names,
    of_type,
    resolve,
    written,
)

FAILURES = {"Fn::GetAtt": ["FailuresQueue", "Arn"]}


def rules() -> dict[str, Node]:
    return {n: r["Properties"] for n, r in of_type(deployed(), "AWS::Events::Rule").items()}


def rule_to(target: str) -> Node:
    (rule,) = (rule for rule in rules().values() if target in names(rule["Targets"]))
    return rule


def patterns_to(target: str) -> list[Node]:
    """The patterns of all rules that reach a target; a schedule has none."""
    found = [rule for rule in rules().values() if target in names(rule["Targets"])]
    return [rule["EventPattern"] for rule in found if "EventPattern" in rule]


def matches(pattern: Node, event: Node) -> bool:
    """EventBridge's matching of exact values and prefixes, nested as the event is."""
    return all(_matches(allowed, event.get(key)) for key, allowed in pattern.items())


def _matches(allowed: Any, value: Any) -> bool:
    if isinstance(allowed, dict):
        return isinstance(value, dict) and matches(allowed, value)
    return any(
        str(value).startswith(one["prefix"]) if isinstance(one, dict) else value == one
        for one in allowed
    )


def sample(name: str) -> Node:
    (path,) = (ROOT / "events").rglob(f"{name}.json")
    event: Node = json.loads(path.read_text())
    return event


@pytest.mark.parametrize("name", rules())
def test_every_rule_retries_and_keeps_what_it_cannot_deliver(name: str) -> None:
    for target in rules()[name]["Targets"]:
        assert target["DeadLetterConfig"]["Arn"] == FAILURES
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 60


def test_rules_and_the_bus_may_write_to_the_queue_of_failures() -> None:
    policy = of_type(written(), "AWS::SQS::QueuePolicy")["FailuresQueuePolicy"]["Properties"]
    allow, _, _ = policy["PolicyDocument"]["Statement"]
    prefix = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:"

    # A rule without a name of its own is called <stack>-<logical id>-<random>; one of a bus of
    # its own stands behind the bus's name.
    assert {arn["Fn::Sub"] for arn in allow["Condition"]["ArnLike"]["aws:SourceArn"]} == {
        f"{prefix}event-bus/${{AWS::StackName}}",
        f"{prefix}rule/${{AWS::StackName}}/*",
        f"{prefix}rule/${{AWS::StackName}}-*",
    }
    assert written()["Resources"]["Bus"]["Properties"]["Name"] == {"Ref": "AWS::StackName"}
    assert not any("Name" in rule for rule in rules().values())


def test_an_email_that_cannot_be_delivered_ends_in_the_queue_of_failures() -> None:
    policy = of_type(written(), "AWS::SQS::QueuePolicy")["FailuresQueuePolicy"]["Properties"]
    _, topics, _ = policy["PolicyDocument"]["Statement"]

    assert topics["Principal"] == {"Service": "sns.amazonaws.com"}
    for subscription in of_type(written(), "AWS::SNS::Subscription").values():
        target = subscription["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
        assert target == {"Fn::GetAtt": ["FailuresQueue", "Arn"]}


@pytest.mark.parametrize(
    ("target", "event"),
    [
        ("AnswerMessage", "message_received"),
        ("Escalation", "escalation_requested"),
        ("ArchiveTranscript", "conversation_closed"),
    ],
)
def test_a_rule_takes_its_event_and_no_other(target: str, event: str) -> None:
    pattern = rule_to(target)["EventPattern"]
    others = {kind.detail_type for kind in EVENTS} - {sample(event)["detail-type"]}

    assert matches(pattern, sample(event))
    assert not any(matches(pattern, {"source": SOURCE, "detail-type": o}) for o in others)


@pytest.mark.parametrize(
    ("target", "event"), [("AnswerMessage", MessageReceived), ("Escalation", EscalationRequested)]
)
def test_a_teams_own_chatbot_may_write_and_call_a_person(target: str, event: Any) -> None:
    sent = {"source": "acme.chat", "detail-type": event.detail_type}

    assert matches(rule_to(target)["EventPattern"], sent)


def test_nobody_else_can_say_that_a_conversation_is_closed() -> None:
    sent = {"source": "acme.chat", "detail-type": "Conversation Closed"}

    assert not matches(rule_to("ArchiveTranscript")["EventPattern"], sent)


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        ("StartLabeling", {"Candidates Waiting", "Labeling Requested"}),
        ("FinishLabeling", {"Labeling Job Drained"}),
        ("BuildDataset", {"Labeling Completed", "Candidate Registered"}),
        ("AddKnowledge", {"Escalation Resolved"}),
    ],
)
def test_the_review_listens_to_its_events_and_no_other(target: str, taken: set[str]) -> None:
    kinds: tuple[type[BusEvent], ...] = (*EVENTS, *REVIEW_EVENTS, CandidateRegistered)
    heard = {
        kind.detail_type
        for kind in kinds
        for pattern in patterns_to(target)
        if matches(
            pattern,
            {
                "source": kind.source,
                "detail-type": kind.detail_type,
                "detail": {"knowledge": True},
            },
        )
    }

    assert heard == taken


def test_a_resolved_escalation_becomes_knowledge_only_where_the_expert_says_so() -> None:
    (pattern,) = patterns_to("AddKnowledge")
    event = {"source": SOURCE, "detail-type": "Escalation Resolved"}

    assert not matches(pattern, {**event, "detail": {"knowledge": False}})


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("transcripts/2026/11/24/c1/v1.json", True),
        ("imports/chat.jsonl", True),
        ("elsewhere/v1.json", False),
    ],
)
def test_transcripts_of_tandem_and_of_others_are_sampled(key: str, taken: bool) -> None:
    (pattern,) = patterns_to("SampleTranscript")
    created = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": {"Ref": "TranscriptsBucket"}}, "object": {"key": key}},
    }
    named = {**pattern, "detail": {"object": pattern["detail"]["object"]}}

    assert pattern["detail"]["bucket"]["name"] == [{"Ref": "TranscriptsBucket"}]
    assert matches(named, created) is taken


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_the_end_of_a_ground_truth_job_is_heard(status: str) -> None:
    ended = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Ground Truth Labeling Job State Change",
        "detail": {"LabelingJobStatus": status},
    }

    assert any(matches(pattern, ended) for pattern in patterns_to("FinishLabeling"))


@pytest.mark.parametrize(
    ("target", "expression"),
    [("Reconcile", "rate(1 minute)"), ("ReconcileReview", "rate(5 minutes)")],
)
def test_something_looks_for_what_was_lost_all_the_time(target: str, expression: str) -> None:
    assert rule_to(target)["ScheduleExpression"] == expression


@pytest.mark.parametrize(
    ("machine", "file"), [("Escalation", "escalation"), ("Backfill", "backfill")]
)
def test_a_state_machine_gets_all_names_that_its_definition_asks_for(
    machine: str, file: str
) -> None:
    definition = (ROOT / f"statemachine/{file}.asl.yaml").read_text()
    given = written()["Resources"][machine]["Properties"]["DefinitionSubstitutions"]

    assert set(re.findall(r"\$\{(\w+)\}", definition)) == given.keys()


def routes(integration: str) -> dict[str, Node]:
    target = {"Fn::Sub": f"integrations/${{{integration}}}"}
    return {
        route["Properties"]["RouteKey"]: route["Properties"]
        for route in of_type(written(), "AWS::ApiGatewayV2::Route").values()
        if route["Properties"]["Target"] == target
    }


def routes_of_door(folder: str) -> set[str]:
    """The keys of the door's table `ROUTES`."""
    module = ast.parse((ROOT / "functions" / folder / "app.py").read_text())
    (table,) = (
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ROUTES"
    )
    assert isinstance(table, ast.Dict)
    return {ast.literal_eval(key) for key in table.keys if key}


@pytest.mark.parametrize(
    ("integration", "door"),
    [
        ("CustomerIntegration", "live/serve_customer"),
        ("DeskIntegration", "live/serve_desk"),
        ("ReviewIntegration", "review/serve_review"),
    ],
)
def test_every_address_that_a_door_serves_is_a_route(integration: str, door: str) -> None:
    assert routes(integration).keys() == routes_of_door(door)


@pytest.mark.parametrize("integration", ["DeskIntegration", "ReviewIntegration"])
def test_desk_and_review_ask_for_a_sign_in_on_every_route(integration: str) -> None:
    assert all(
        route["AuthorizationType"] == "JWT" and route["AuthorizerId"] == {"Ref": "DeskAuthorizer"}
        for route in routes(integration).values()
    )


@pytest.mark.parametrize(
    ("integration", "function"),
    [
        ("CustomerIntegration", "ServeCustomer"),
        ("DeskIntegration", "ServeDesk"),
        ("ReviewIntegration", "ServeReview"),
    ],
)
def test_api_gateway_may_call_a_function_for_all_of_its_routes(
    integration: str, function: str
) -> None:
    allowed = [
        permission["Properties"]["SourceArn"]["Fn::Sub"].rpartition("${HttpApi}")[2]
        for permission in of_type(written(), "AWS::Lambda::Permission").values()
        if permission["Properties"]["FunctionName"] == {"Ref": function}
    ]

    for key in routes(integration):
        asked = f"/$default/{key.replace(' ', '')}"
        assert any(fnmatchcase(asked, pattern) for pattern in allowed), key


def test_without_any_token_settings_can_be_read_and_only_a_guests_conversation_begun() -> None:
    """The other open routes name a conversation, whose token the function checks."""
    open_routes = {
        key for key, r in routes("CustomerIntegration").items() if r["AuthorizationType"] == "NONE"
    }
    begun = {key for key in open_routes if "{conversation_id}" not in key}

    assert begun == {"GET /settings", "POST /conversations"}
    assert written()["Resources"]["GuestRoute"]["Condition"] == "GuestsAllowed"


@pytest.mark.parametrize(
    ("guests", "throttled"),
    [("on", {"GET /settings", "POST /conversations"}), ("off", {"GET /settings"})],
)
def test_who_has_no_token_is_throttled_more_than_everybody_else(
    guests: str, throttled: set[str]
) -> None:
    stage = written()["Resources"]["HttpStage"]["Properties"]
    settings = resolve(stage["RouteSettings"], defaults(GuestAccess=guests))

    assert settings.keys() == throttled
    for limits in settings.values():
        assert limits["ThrottlingRateLimit"] <= 10
        assert limits.keys() == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
    assert stage["DefaultRouteSettings"].keys() >= {"ThrottlingRateLimit", "ThrottlingBurstLimit"}


def test_a_socket_opens_only_with_a_ticket() -> None:
    connect = written()["Resources"]["ConnectRoute"]["Properties"]
    authorizer = written()["Resources"]["ConnectAuthorizer"]["Properties"]

    assert connect["AuthorizationType"] == "CUSTOM"
    assert connect["AuthorizerId"] == {"Ref": "ConnectAuthorizer"}
    assert authorizer["IdentitySource"] == ["route.request.querystring.token"]


@pytest.mark.parametrize("stage", ["HttpStage", "WebSocketStage"])
def test_access_logs_hold_no_ticket_and_no_words(stage: str) -> None:
    settings = written()["Resources"][stage]["Properties"]
    fields = set(re.findall(r"\$context\.([\w.]+)", settings["AccessLogSettings"]["Format"]))

    assert json.loads(settings["AccessLogSettings"]["Format"])
    assert not {f for f in fields if re.search(r"query|path$|body|ip|userAgent|claims", f, re.I)}
    assert settings["DefaultRouteSettings"].get("DataTraceEnabled", False) is False
