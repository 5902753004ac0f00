"""What every function has: a log that is kept, a place for failures, an alarm, its limits."""

import ast
import os
import subprocess
import sys
from typing import Any

import pytest

from tandem.aws import environment
from tandem.live.policy import Policy
from tests.template.template_file import (
    ROOT,
    defaults,
    deployed,
    functions,
    of_type,
    resolve,
    written,
)

API_GATEWAY_WAITS = 29
PLATFORM = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
    "PYDANTIC_DISABLE_PLUGINS",
}

every_function = pytest.mark.parametrize("name", functions())


def variables(name: str) -> dict[str, Any]:
    found: dict[str, Any] = functions()[name]["Environment"]["Variables"]
    return found


def known_variables() -> set[str]:
    """What `tandem.aws.environment` reads."""
    kinds = [
        kind
        for kind in vars(environment).values()
        if isinstance(kind, type) and issubclass(kind, environment._Settings)
    ]
    return {field.upper() for kind in kinds for field in kind.model_fields}


def longest(name: str) -> int:
    """Seconds: somebody waits for what the live module does; for the review, only Lambda."""
    return 40 if "/live/" in code_of(name) else 900


def code_of(name: str) -> str:
    uri: str = written()["Resources"][name]["Properties"]["CodeUri"]
    return uri


def test_a_function_is_declared_for_each_door() -> None:
    doors = {str(app.parent.relative_to(ROOT)) for app in ROOT.glob("functions/*/*/app.py")}

    assert {code_of(name) for name in functions()} == doors


@every_function
def test_its_log_is_its_own_encrypted_and_not_kept_for_ever(name: str) -> None:
    group = functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]

    log = of_type(deployed(), "AWS::Logs::LogGroup")[group]["Properties"]

    assert group == f"{name}LogGroup"
    assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert log["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


@every_function
def test_what_fails_for_good_goes_to_the_queue_of_failures(name: str) -> None:
    configs = of_type(deployed(), "AWS::Lambda::EventInvokeConfig").values()

    (config,) = (
        c["Properties"] for c in configs if c["Properties"]["FunctionName"] == {"Ref": name}
    )

    assert config["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["FailuresQueue", "Arn"]
    }
    assert "MaximumRetryAttempts" in config
    assert "MaximumEventAgeInSeconds" in config


@every_function
def test_its_errors_are_alarmed(name: str) -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()

    (alarm,) = (
        a["Properties"]
        for a in alarms
        if a["Properties"].get("Dimensions") == [{"Name": "FunctionName", "Value": {"Ref": name}}]
    )

    assert alarm["MetricName"] == "Errors"
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


@every_function
def test_it_says_its_memory_its_time_and_is_traced(name: str) -> None:
    function = functions()[name]

    assert function["MemorySize"] in (256, 512, 1024)
    assert function["Timeout"] <= longest(name)
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Runtime"] == "python3.13"
    assert function["Description"]


def test_who_answers_api_gateway_gives_up_before_it_does() -> None:
    asked = {
        permission["Properties"]["FunctionName"]["Ref"]
        for permission in of_type(deployed(), "AWS::Lambda::Permission").values()
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
    }

    assert len(asked) == 7
    assert all(functions()[name]["Timeout"] < API_GATEWAY_WAITS for name in asked)


def test_a_turn_ends_before_its_lease_counts_as_lost() -> None:
    assert functions()["AnswerMessage"]["Timeout"] < Policy().answering.lease_seconds


def test_only_functions_that_talk_to_models_carry_langchain() -> None:
    written_functions = of_type(written(), "AWS::Serverless::Function").items()

    carriers = [
        name
        for name, function in written_functions
        if {"Ref": "ChatLayer"} in function["Properties"].get("Layers", [])
    ]

    assert carriers == ["AnswerMessage", "EvaluateCandidate"]


@every_function
def test_it_gets_only_variables_that_the_code_knows(name: str) -> None:
    assert variables(name).keys() <= known_variables() | PLATFORM


@every_function
def test_its_variables_are_enough_to_start(name: str) -> None:
    values = {name: resolve(value, defaults()) for name, value in variables(name).items()}
    start = "import app; from tandem.aws import bootstrap"
    if "TOKEN_SECRET_ARN" in values:
        start += "; from tandem.aws.environment import *; settings(TokenSettings)"
    if "WEBSOCKET_URL" in values:
        start += "; bootstrap.websocket_url()"
    if name == "HandleConnection":
        start += "; bootstrap.connections()"
    lambda_has = {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / code_of(name)), str(ROOT / "layers/tandem")]),
    }

    started = subprocess.run(
        [sys.executable, "-c", start],
        env=lambda_has | {key: str(value) for key, value in values.items()},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 0, started.stderr


def _of_tuning() -> dict[str, set[str]]:
    """What the parts of `tuning_bootstrap` need; larger ones need what theirs do."""
    datasets = {"REVIEW_TABLE_NAME", "REVIEW_BUCKET"}
    models = {"MODEL_PARAMETER", "POINTER_PARAMETER"}
    pointer = models | {"TUNING_TABLE_NAME"}
    registry = {"MODEL_PACKAGE_GROUP", "SERVING_IMAGE", "STACK_NAME"}
    training = datasets | {
        "MODELS_BUCKET",
        "TRAINING_ROLE_ARN",
        "TRAINING_IMAGE",
        "BASE_MODEL_URI",
        "DATA_KEY_ARN",
        "STACK_NAME",
    }
    hosting = {
        "SERVING_ROLE_ARN",
        "SERVING_IMAGE",
        "DATA_KEY_ARN",
        "STACK_NAME",
        "BLUE_ALARMS",
        "GREEN_ALARMS",
    }
    judging = registry | datasets | pointer
    answers = models | {
        "POLICY_PARAMETER",
        "KNOWLEDGE_BASE_ID",
        "MINIMUM_PASSAGE_SCORE",
    }
    parts = {
        "world": {
            "TUNING_TABLE_NAME",
            "RETENTION_DAYS",
            "BUS_NAME",
            "TUNING_POLICY_PARAMETER",
        },
        "training": training,
        "registry": registry,
        "panel": datasets,
        "withdrawn": datasets,
        "hosting": hosting,
        "pointer": pointer,
        "models": models,
        "judging": judging,
        "evaluating": judging | answers | {"MODELS_BUCKET"},
        "leading": training | judging | hosting,
        "deciding": registry | datasets | hosting | pointer,
        "erasing": datasets | {"MODELS_BUCKET"},
        "alarms": {"BLUE_ALARMS", "GREEN_ALARMS"},
        "slot_of_alarm": {"BLUE_ALARMS", "GREEN_ALARMS"},
    }
    return {f"tuning_bootstrap.{name}": needed for name, needed in parts.items()}


@every_function
def test_it_gets_no_variable_that_its_own_door_does_not_need(name: str) -> None:
    """What `bootstrap` says that each of its parts needs, against what the door asks for."""
    review_world = {"REVIEW_TABLE_NAME", "REVIEW_BUCKET", "BUS_NAME", "REVIEW_POLICY_PARAMETER"}
    of_part = {
        **_of_tuning(),
        "bootstrap.world": {
            "TABLE_NAME",
            "RETENTION_DAYS",
            "BUS_NAME",
            "CONNECTIONS_URL",
            "POLICY_PARAMETER",
            "ASSISTANT",
            "ESCALATION",
            "ARCHIVE",
            "DESK_URL",
        },
        "bootstrap.connections": {"TABLE_NAME"},
        "bootstrap.rate_limit": {"TABLE_NAME"},
        "bootstrap.facts": {"TABLE_NAME"},
        "bootstrap.answering": {
            "MODEL_PARAMETER",
            "POINTER_PARAMETER",
            "KNOWLEDGE_BASE_ID",
            "MINIMUM_PASSAGE_SCORE",
        },
        "bootstrap.notifier": {"EXPERTS_TOPIC_ARN", "LEADS_TOPIC_ARN"},
        "bootstrap.transcripts": {"TRANSCRIPTS_BUCKET"},
        "bootstrap.token_secret": {"TOKEN_SECRET_ARN"},
        "bootstrap.websocket_url": {"WEBSOCKET_URL"},
        "bootstrap.clock": set[str](),
        "review_bootstrap.world": review_world,
        "review_bootstrap.policies": {"REVIEW_POLICY_PARAMETER"},
        "review_bootstrap.files": {"REVIEW_BUCKET"},
        "review_bootstrap.inbox": {"REVIEW_BUCKET"},
        "review_bootstrap.redactor": {"GUARDRAIL_CHECKS"},
        "review_bootstrap.exchanges": {"TABLE_NAME"},
        "review_bootstrap.knowledge_base": {
            "KNOWLEDGE_BUCKET",
            "KNOWLEDGE_BASE_ID",
            "KNOWLEDGE_DATA_SOURCE_ID",
        },
        "review_bootstrap.backends": {
            "PRE_ANNOTATION_FUNCTION",
            "POST_ANNOTATION_FUNCTION",
            "GROUND_TRUTH_ROLE_ARN",
            "WORKTEAM_ARN",
            "DATA_KEY_ARN",
            "PRE_ANNOTATION_ARN",
            "POST_ANNOTATION_ARN",
            "STACK_NAME",
        },
    }
    door = ast.parse((ROOT / code_of(name) / "app.py").read_text())
    asked = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(door)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("bootstrap", "review_bootstrap", "tuning_bootstrap")
    }

    assert variables(name).keys() - PLATFORM <= set().union(*(of_part[part] for part in asked))
