"""The real state machine in moto's interpreter, with the real door of its tasks, over the fakes.

moto has no JSONata of its own without a JVM, and its Lambda runs nothing without Docker: both are
replaced here, by jsonata-python and by a call of the handler. Waits before a retry are not slept.
Where a task has a heartbeat, moto overlooks a success that comes before its function has returned.
"""

import importlib.util
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import jsonata
import moto.awslambda_simple.models as moto_lambda
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as moto_retry
import moto.stepfunctions.parser.asl.eval.callback.callback as moto_callback
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
import pytest
import yaml
from moto import mock_aws
from moto.core.config import DefaultConfig

import tandem.aws
from tandem.aws.task_tokens import StepFunctionsTokens
from tandem.live.events import EscalationRequested
from tests.fakes import PATIENCE_SECONDS
from tests.scene import Scene

ROOT = Path(__file__).parents[2]
DEFINITION = ROOT / "statemachine" / "escalation.asl.yaml"
DOOR = ROOT / "functions" / "live" / "advance_escalation" / "app.py"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:advance"
ROLE = "arn:aws:iam::123456789012:role/machine"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
}
LOOK_SECONDS = 0.02


def definition() -> dict[str, Any]:
    """The state machine as it is deployed."""
    text = DEFINITION.read_text().replace("${AdvanceEscalationArn}", ARN)
    machine: dict[str, Any] = yaml.safe_load(text)
    return machine


class LambdaContext:
    function_name = "advance"
    memory_limit_in_mb = 128
    invoked_function_arn = ARN
    aws_request_id = "request"


class Machine:
    """Executions of the state machine for one scene."""

    def __init__(self, interpreter: "Interpreter", scene: Scene, handler: Callable[..., Any]):
        self.scene = scene
        self.slept = interpreter.slept
        self.calls: list[dict[str, Any]] = []
        self.fails: dict[str, int] = {}
        """How often a step fails before it works."""
        self.before: dict[str, Callable[[], object]] = {}
        """What happens just before a step, once."""
        self._handler = handler
        self._sfn = interpreter.sfn
        self._arn = interpreter.arn
        self._prefix = f"{id(self):x}"

    # --- executions -------------------------------------------------------------------------
    def starts(self, event: EscalationRequested | None = None, name: str = "run-1") -> str:
        """Start an execution with an event of the bus (the newest request, if none is given)."""
        event = event or self.scene.fakes.bus.of(EscalationRequested)[-1]
        detail = json.loads(event.model_dump_json())
        return self.starts_with({"detail-type": event.detail_type, "detail": detail}, name)

    def starts_with(self, event: dict[str, Any], name: str = "run-1") -> str:
        arn: str = self._sfn.start_execution(
            stateMachineArn=self._arn, name=f"{self._prefix}-{name}", input=json.dumps(event)
        )["executionArn"]
        return arn

    def ends(self, execution: str) -> dict[str, Any]:
        """Wait for the end of an execution."""
        self.until(lambda: self.status(execution) != "RUNNING")
        described: dict[str, Any] = self._sfn.describe_execution(executionArn=execution)
        return described

    def succeeds(self, execution: str) -> None:
        described = self.ends(execution)
        assert described["status"] == "SUCCEEDED", described.get("cause")
        assert described["output"] == "{}"

    def status(self, execution: str) -> str:
        status: str = self._sfn.describe_execution(executionArn=execution)["status"]
        return status

    def history(self, execution: str) -> str:
        events: list[dict[str, Any]] = []
        for page in self._sfn.get_paginator("get_execution_history").paginate(
            executionArn=execution
        ):
            events += page["events"]
        return json.dumps(events, default=str)

    def until(self, condition: Callable[[], object]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < give_up, f"never happened; the steps were {self.steps}"
            time.sleep(LOOK_SECONDS)

    def waits_for(self, what: str) -> None:
        """Wait until the machine waits for a claim or a resolution."""
        self.until(lambda: self.scene.escalation.waiting_for == what)

    @property
    def steps(self) -> list[str]:
        return [call["step"] for call in self.calls]

    # --- the function -----------------------------------------------------------------------
    def invoked(self, event: dict[str, Any]) -> Any:
        step = str(event.get("step"))
        self.calls.append(event)
        if action := self.before.pop(step, None):
            action()
        if self.fails.get(step, 0) > 0:
            self.fails[step] -= 1
            raise ConnectionError("not just now")
        return self._handler(event, LambdaContext())


class Interpreter:
    """moto, with the state machine deployed. One test at a time runs its executions in it."""

    def __init__(self) -> None:
        self.sfn = boto3.client("stepfunctions")
        self.slept: list[float] = []
        self.machine: Machine | None = None
        self.arn = self.sfn.create_state_machine(
            name="escalation", definition=json.dumps(definition()), roleArn=ROLE
        )["stateMachineArn"]
        role = boto3.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument="{}")
        boto3.client("lambda").create_function(
            FunctionName="advance",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": b"x"},
        )

    def invoke(self, body: str, answer: dict[str, str]) -> bytes:
        """What Lambda does with an invocation, also where the function fails."""
        assert self.machine is not None
        try:
            return json.dumps(self.machine.invoked(json.loads(body))).encode()
        except Exception as error:
            answer["x-amz-function-error"] = "Unhandled"
            return json.dumps(
                {
                    "errorMessage": str(error),
                    "errorType": type(error).__name__,
                    "stackTrace": traceback.format_tb(error.__traceback__),
                }
            ).encode()

    def runs(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Machine:
        tokens = StepFunctionsTokens(lambda: self.sfn)
        scene.world = replace(scene.fakes.world, tokens=tokens)
        self.slept.clear()
        self.machine = Machine(self, scene, _door(scene, monkeypatch))
        return self.machine


@contextmanager
def interpreter() -> Iterator[Interpreter]:
    services: DefaultConfig = {
        "stepfunctions": {"execute_state_machine": True},
        "lambda": {"use_docker": False},
    }
    with mock_aws(config=services), pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        made = Interpreter()
        patch.setattr(
            moto_lambda.LambdaSimpleBackend,
            "invoke",
            lambda _, function_name, qualifier, body, headers, answer: made.invoke(body, answer),
        )
        patch.setattr(
            moto_jsonata, "_eval_jsonata", lambda text: jsonata.Jsonata(text).evaluate(None)
        )
        patch.setattr(moto_callback.CallbackEndpoint, "setup_heartbeat_endpoint", _with_heartbeat)
        patch.setattr(moto_retry, "time", SimpleNamespace(sleep=made.slept.append))
        yield made


_set_up_heartbeat = moto_callback.CallbackEndpoint.setup_heartbeat_endpoint


def _with_heartbeat(endpoint: moto_callback.CallbackEndpoint, heartbeat_seconds: int) -> Any:
    made: Any = _set_up_heartbeat(endpoint, heartbeat_seconds)
    if endpoint.get_outcome() is not None:
        made.notify()
    return made


def _door(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The handler, imported with this scene's world in place of AWS."""
    bootstrap = SimpleNamespace(world=lambda: scene.world, notifier=lambda: scene.fakes.notifier)
    monkeypatch.setitem(sys.modules, "tandem.aws.bootstrap", bootstrap)
    monkeypatch.setattr(tandem.aws, "bootstrap", bootstrap, raising=False)
    spec = importlib.util.spec_from_file_location("advance_escalation_app", DOOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[..., Any] = module.handler
    return handler
