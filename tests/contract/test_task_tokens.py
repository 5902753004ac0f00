"""A waiting task is told how it goes on; one that has moved on is left alone."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tandem.aws.task_tokens import StepFunctionsTokens


@pytest.fixture
def client() -> Any:
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    return session.create_client("stepfunctions", region_name="us-east-1")


def test_a_task_succeeds_with_its_output_as_json(client: Any) -> None:
    output: dict[str, object] = {"claimed_by": "anna", "tier": 1}
    with Stubber(client) as stub:
        expected = {"taskToken": "secret", "output": json.dumps(output)}
        stub.add_response("send_task_success", {}, expected)
        StepFunctionsTokens(lambda: client).succeed("secret", output)
        stub.assert_no_pending_responses()


def test_a_sign_of_life_is_sent(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("send_task_heartbeat", {}, {"taskToken": "secret"})
        StepFunctionsTokens(lambda: client).heartbeat("secret")
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_that_has_moved_on_is_no_error_and_its_token_is_not_logged(
    client: Any, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code)
        stub.add_client_error("send_task_heartbeat", code)
        tokens = StepFunctionsTokens(lambda: client)
        tokens.succeed("secret", {})
        tokens.heartbeat("secret")
    assert "secret" not in capsys.readouterr().out


def test_another_failure_is_an_error(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            StepFunctionsTokens(lambda: client).succeed("secret", {})


def test_no_client_is_made_before_a_token_is_used() -> None:
    def made() -> Any:
        raise AssertionError("made too early")

    StepFunctionsTokens(made)
