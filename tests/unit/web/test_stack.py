"""Which stack pages are published to, and what it says of itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from web.deployment import Desk
from web.stack import NoStack, Stack, Target, deployed_by, deployment_of, describe

CONFIG = """
[dev.global.parameters]
stack_name = "tandem-dev"
region = "eu-west-1"

[dev.deploy.parameters]
region = "eu-central-1"

[prod.global.parameters]
stack_name = "tandem"
"""
OUTPUTS = {"HttpUrl": "https://api.example", "WebSocketUrl": "wss://socket.example/live"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "samconfig.toml").write_text(CONFIG)
    return tmp_path


def test_the_environment_names_the_stack(root: Path) -> None:
    assert deployed_by(["--config-env", "prod"], root) == Target(stack="tandem")


def test_what_is_said_of_deploying_counts_before_what_is_said_of_all(root: Path) -> None:
    assert deployed_by(["--config-env", "dev"], root).region == "eu-central-1"


def test_an_argument_counts_before_the_file(root: Path) -> None:
    arguments = [
        "--config-env",
        "dev",
        "--stack-name",
        "other",
        "--region",
        "us-west-2",
        "--profile",
        "me",
    ]

    assert deployed_by(arguments, root) == Target(stack="other", region="us-west-2", profile="me")


def test_arguments_that_are_for_sam_alone_are_left_alone(root: Path) -> None:
    arguments = ["--config-env", "prod", "--guided", "--parameter-overrides", "A=b", "DeskUrl=x"]

    assert deployed_by(arguments, root) == Target(stack="tandem")


def test_another_file_may_be_named(root: Path) -> None:
    (root / "other.toml").write_text(CONFIG.replace("tandem-dev", "elsewhere"))

    arguments = ["--config-env", "dev", "--config-file", "other.toml"]

    assert deployed_by(arguments, root).stack == "elsewhere"


def test_a_stack_that_nobody_names_is_asked_for(root: Path) -> None:
    with pytest.raises(NoStack, match=r"--stack-name nor \[test\]"):
        deployed_by(["--config-env", "test"], root)


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("cloudformation", region_name="eu-central-1")


def test_a_stack_says_its_outputs_and_parameters(cloudformation: Any) -> None:
    template = """
      Parameters: {GuestAccess: {Type: String}}
      Resources: {Topic: {Type: "AWS::SNS::Topic"}}
      Outputs: {HttpUrl: {Value: "https://api.example"}}
    """
    cloudformation.create_stack(
        StackName="tandem",
        TemplateBody=template,
        Parameters=[{"ParameterKey": "GuestAccess", "ParameterValue": "off"}],
    )

    assert describe(cloudformation, "tandem") == Stack(
        outputs={"HttpUrl": "https://api.example"}, parameters={"GuestAccess": "off"}
    )


def test_a_stack_that_is_not_there_is_said_in_one_line(cloudformation: Any) -> None:
    with pytest.raises(NoStack, match="no stack tandem in eu-central-1") as problem:
        describe(cloudformation, "tandem")
    assert "\n" not in str(problem.value)


def test_the_pages_know_the_stacks_addresses_and_its_sign_in() -> None:
    outputs = {**OUTPUTS, "DeskUserPoolId": "pool", "DeskClientId": "client"}

    deployment = deployment_of(Stack(outputs=outputs, parameters={}), "eu-central-1")

    assert deployment.http_url == "https://api.example"
    assert deployment.websocket_url == "wss://socket.example/live"
    assert deployment.desk == Desk(user_pool_id="pool", client_id="client", endpoint=None)


def test_where_nobody_signs_in_there_is_no_sign_in() -> None:
    assert deployment_of(Stack(outputs=OUTPUTS, parameters={}), "eu-central-1").desk is None


@pytest.mark.parametrize(("access", "guests"), [("on", True), ("off", False)])
def test_the_pages_know_whether_guests_may_write(access: str, guests: bool) -> None:
    stack = Stack(outputs=OUTPUTS, parameters={"GuestAccess": access})

    assert deployment_of(stack, "eu-central-1").guests is guests


@pytest.mark.parametrize(
    ("parameters", "modules"),
    [
        ({}, (True, True, False)),
        ({"EscalationModule": "off", "ReviewModule": "on"}, (False, True, False)),
        ({"EscalationModule": "on", "ReviewModule": "off"}, (True, False, False)),
        ({"TuningModule": "on"}, (True, True, True)),
        ({"TuningModule": "off"}, (True, True, False)),
        ({"ReviewModule": "off", "TuningModule": "on"}, (True, False, False)),
    ],
)
def test_the_pages_know_which_modules_there_are(
    parameters: dict[str, str], modules: tuple[bool, bool, bool]
) -> None:
    deployment = deployment_of(Stack(outputs=OUTPUTS, parameters=parameters), "eu-central-1")

    assert (deployment.escalation, deployment.review, deployment.tuning) == modules
