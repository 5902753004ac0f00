"""`make rollback STACK=name`: the button of the models' page, for who has a terminal."""

import json
import sys
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tandem.aws import roll_back
from tandem.aws.roll_back import run
from tandem.tuning.errors import NotPossible
from tests.fakes import MemoryMeter
from tests.unit.tuning.serving_scene import ORIGINAL, ServingScene


def rolled_back(scene: ServingScene, number: int | None = None, reason: str = "") -> str:
    return run(scene.world, scene.hosting, scene.pointer, number=number, by="ops", reason=reason)


def test_without_a_number_the_one_in_a_trial_goes() -> None:
    scene = ServingScene()
    live, tried = scene.live(), scene.candidate()
    scene.approve(tried)

    said = rolled_back(scene)

    assert said == f"version {tried} is rolled back: tandem-v{live} answers"
    assert scene.version(tried).rollback is not None
    assert scene.trail(tried)[-1] == "rolled back"


def test_and_then_the_one_that_is_live() -> None:
    scene = ServingScene()
    number = scene.live()

    assert rolled_back(scene, reason="It is rude.") == (
        f"version {number} is rolled back: {ORIGINAL.model_id} answers"
    )
    assert scene.version(number).reason == "It is rude."


def test_with_a_number_that_one_does() -> None:
    scene = ServingScene()
    live, tried = scene.live(), scene.candidate()
    scene.approve(tried)

    rolled_back(scene, live)

    assert scene.pointer.models.answer == ORIGINAL


def test_it_says_what_it_waits_for() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.slow = True

    said = rolled_back(scene)

    assert said.startswith(f"version {second}: version {first}, which it goes back to, is deployed")


def test_where_nothing_was_trained_here_there_is_nothing_to_roll_back() -> None:
    with pytest.raises(LookupError, match=f"{ORIGINAL.model_id} answers"):
        rolled_back(ServingScene())


def test_what_answers_nobody_cannot_be_rolled_back() -> None:
    scene = ServingScene()
    number = scene.candidate()

    with pytest.raises(NotPossible, match="does not answer anybody"):
        rolled_back(scene, number)


# --- the command ---------------------------------------------------------------------------------
@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> ServingScene:
    """A deployed stack whose function is wired to a scene."""
    scene = ServingScene()
    monkeypatch.setattr(
        roll_back,
        "variables_of",
        lambda stack: {"STACK_NAME": stack},
    )
    monkeypatch.setattr(roll_back, "_wired", lambda: (scene.world, scene.hosting, scene.pointer))
    return scene


def metered(scene: ServingScene) -> list[float]:
    """Metrics are for functions, whose output is a log."""
    meter = scene.world.meter
    assert isinstance(meter, MemoryMeter)
    return meter.values("ModelRolledBack")


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["roll_back", *arguments])
    return roll_back.main()


def test_the_command_rolls_back_and_says_so(
    stack: ServingScene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = stack.live()
    monkeypatch.setenv("STACK_NAME", "")

    assert command(monkeypatch, "tandem", "--reason", "It is rude.") == 0

    assert f"version {number} is rolled back" in capsys.readouterr().out
    assert not metered(stack)
    found = stack.version(number).rollback
    assert found is not None
    assert (found.by, found.reason) == ("moto", "It is rude.")


def test_what_is_not_possible_is_said_and_is_a_failure(
    stack: ServingScene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = stack.candidate()
    monkeypatch.setenv("STACK_NAME", "")

    assert command(monkeypatch, "tandem", "--version", str(number)) == 1
    assert "rollback: Version 1 cannot be rolled back" in capsys.readouterr().err


FUNCTION: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "tandem-PromoteModel",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/promote",
        "Code": {"ZipFile": "handler = None"},
        "Environment": {"Variables": {"TUNING_TABLE_NAME": "tandem-tuning"}},
    },
}


@mock_aws(config={"lambda": {"use_docker": False}})
def test_it_is_wired_as_the_stacks_own_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("iam").create_role(RoleName="promote", AssumeRolePolicyDocument="{}")
    boto3.client("cloudformation").create_stack(
        StackName="tandem", TemplateBody=json.dumps({"Resources": {"PromoteModel": FUNCTION}})
    )

    assert roll_back.variables_of("tandem") == {"TUNING_TABLE_NAME": "tandem-tuning"}
    with pytest.raises(LookupError, match="no function PromoteModel"):
        roll_back.variables_of("another")
