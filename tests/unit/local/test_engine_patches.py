"""Each gap of ministack, seen in ministack as it is and closed in the patched engine.

A test fails when its patch doesn't work, and also when ministack no longer has the gap: then the
patch can go.
"""

import io
import json
import os
import py_compile
import socket
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.sync.client import connect

from local import patches
from local.engine import ACCOUNT_ID, REGION, Engine
from local.patches.source import SourceChanged, replace_once
from local.sagemaker.roles import as_service

HANDLERS = """
import json, logging, os, sys, time

log = logging.getLogger()
log.setLevel("INFO")

class Declined(Exception):
    pass

def note(event):
    if "file" in event:
        with open(event["file"], "a") as notes:
            notes.write(event.get("note", "x") + "\\n")

def echo(event, context):
    note(event)
    return event

def raising(event, context):
    event = event.get("detail", event)
    note(event)
    raise Declined(f"not today, {os.getpid()}")

def logging_(event, context):
    log.info("a line of the root logger")

def silent(event, context):
    return "ok"

def dying(event, context):
    os._exit(1)

def slow(event, context):
    time.sleep(event.get("seconds", 0.1))
    note(event)
    return os.path.realpath(os.environ["LAMBDA_TASK_ROOT"])

def shadowed(event, context):
    import shadow
    return shadow.WHENCE

def compiled(event, context):
    import compiled
    return compiled.WHENCE

def importing(event, context):
    __import__(event["module"])
    return "imported"

def where_to(event, context):
    import boto3
    class Seen(Exception):
        pass
    def look(request, **_):
        raise Seen(request.url)
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url="https://abc123.execute-api.us-east-1.amazonaws.com/live",
    )
    client.meta.events.register("before-send", look)
    try:
        client.post_to_connection(ConnectionId="x", Data=b"x")
    except Seen as url:
        return str(url)

def frame(event, context):
    body = json.loads(event.get("body") or "{}")
    time.sleep(body.get("seconds", 0))
    if body.get("fail"):
        raise Declined("a secret detail")
    return {"statusCode": 200, "body": json.dumps({"done": time.time()})}
"""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            },
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "api",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {
                    "AllowOrigins": ["https://shop.example"],
                    "AllowMethods": ["GET"],
                },
            },
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "StageName": "$default",
                "AutoDeploy": True,
            },
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {"PasswordLength": 64, "ExcludePunctuation": True}
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/worker",
                "DefinitionString": "StartAt: End\nStates:\n  End:\n    Type: Succeed\n",
            },
        },
    },
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("Table", "Api", "Secret", "Machine")},
}


def sagemaker_arn(name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT_ID}:{name}"


IMPORT_JOB = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:model-import-job/abcdefghij12"
CANNED: dict[str, dict[str, Any]] = {
    "converse": {"output": {"message": {"role": "assistant", "content": []}}},
    "documents": {"documentDetails": []},
    "model-import-jobs": {"jobArn": IMPORT_JOB},
    "abcdefghij12": {},
    "listTagsForResource": {"tags": [{"key": "tandem:stack", "value": "tandem"}]},
    "ListLabelingJobs": {"LabelingJobSummaryList": []},
    "CreateTrainingJob": {"TrainingJobArn": sagemaker_arn("training-job/tandem-d1")},
    "CreateModelPackage": {"ModelPackageArn": sagemaker_arn("model-package/tandem-models/1")},
    "UpdateModelPackage": {"ModelPackageArn": sagemaker_arn("model-package/tandem-models/1")},
    "UpdateEndpoint": {"EndpointArn": sagemaker_arn("endpoint/tandem-blue")},
}
"""What the stand-in says, by the operation of SageMaker or by the last part of the path."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until[T](look: Callable[[], T], within: float = 10.0) -> T:
    """What `look` gives once it is true; what it gave last when that doesn't happen."""
    deadline = time.monotonic() + within
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def zipped(files: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def bytecode(folder: Path, module: str, source: str) -> dict[str, str | bytes]:
    """The compiled form of `source` that is used whatever the .py beside it says."""
    path = folder / "compiled.py"
    path.write_text(source)
    target = Path(
        py_compile.compile(
            str(path), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
        or ""
    )
    parent, _, name = module.rpartition("/")
    compiled = target.name.replace("compiled", name)
    return {f"{parent}/__pycache__/{compiled}": target.read_bytes()}


@dataclass
class Side:
    """One of the two engines, with what the probes share."""

    engine: Engine
    notes_dir: Path
    layers: list[str] = field(default_factory=list)
    stack: dict[str, str] = field(default_factory=dict)
    _functions: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, **settings: Any) -> Any:
        once = Config(retries={"total_max_attempts": 1}, max_pool_connections=64)
        return boto3.client(service, config=once, **(self.engine.client_settings() | settings))

    def function(self, handler: str, name: str | None = None) -> str:
        """The ARN of a function with one of the handlers above."""
        name = name or handler
        with self._lock:
            if name not in self._functions:
                made = self.client("lambda").create_function(
                    FunctionName=name,
                    Runtime="python3.13",
                    Role=f"arn:aws:iam::{ACCOUNT_ID}:role/worker",
                    Handler=f"index.{handler}",
                    Timeout=10,
                    Layers=self.layers,
                    Code={
                        "ZipFile": zipped({"index.py": HANDLERS, "shadow.py": "WHENCE = 'code'\n"})
                    },
                )
                self._functions[name] = made["FunctionArn"]
            return self._functions[name]

    def invoke(self, handler: str, event: object = None, name: str | None = None) -> Any:
        answer = self.client("lambda").invoke(
            FunctionName=self.function(handler, name), Payload=json.dumps(event or {})
        )
        return json.load(answer["Payload"])

    def notes(self, name: str) -> list[str]:
        path = self.notes_dir / name
        return path.read_text().split() if path.exists() else []

    def queue(self, name: str) -> tuple[str, str]:
        """URL and ARN of a queue."""
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"

    def message(self, url: str, within: float) -> dict[str, Any] | None:
        sqs = self.client("sqs")
        found = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages", []), within)
        body = json.loads(found[0]["Body"]) if found else None
        return body if body is None else dict(body)

    def execution(
        self, states: dict[str, Any], event: object = None, within: float = 4.0
    ) -> dict[str, Any]:
        """Run a JSONata state machine to its end, or as far as it comes in time."""
        return self.finished(self.started(states, event), within)

    def started(self, states: dict[str, Any], event: object = None) -> str:
        sfn = self.client("stepfunctions")
        machine = sfn.create_state_machine(
            name=f"m{time.monotonic_ns()}",
            roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/worker",
            definition=json.dumps(
                {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
            ),
        )["stateMachineArn"]
        started = sfn.start_execution(stateMachineArn=machine, input=json.dumps(event or {}))
        return str(started["executionArn"])

    def finished(self, execution: str, within: float = 4.0) -> dict[str, Any]:
        sfn = self.client("stepfunctions")

        def ended() -> dict[str, Any] | None:
            described = sfn.describe_execution(executionArn=execution)
            return dict(described) if described["status"] != "RUNNING" else None

        return until(ended, within) or {"status": "RUNNING"}


class StandIn:
    """Stands for the Bedrock stand-in: its stream goes on only when the test lets it."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.paths: list[str] = []
        methods = ["GET", "POST", "PUT", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=methods)])
        self.port = free_port()
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error", ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "StandIn":
        self._thread.start()
        until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self._server.should_exit = True
        self._thread.join()

    async def answer(self, request: Request) -> Response:
        self.paths.append(request.scope["raw_path"].decode())
        target = request.headers.get("x-amz-target", "").removeprefix("SageMaker.")
        place = target or request.url.path.rpartition("/")[2]
        if place in CANNED:
            return JSONResponse(CANNED[place])
        if place == "invocations":
            said = await request.body() + request.headers.get("accept", "").encode()
            return Response(said, headers={"x-amzn-invoked-production-variant": "AllTraffic"})

        def stream() -> Iterator[bytes]:
            yield b"first"
            yield b"second" if self.go_on.wait(10) else b"nobody read the first"

        return StreamingResponse(stream(), media_type="application/vnd.amazon.eventstream")


def prepared(engine: Engine, notes_dir: Path) -> Side:
    notes_dir.mkdir()
    side = Side(engine=engine, notes_dir=notes_dir)
    side.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    side.layers.append(
        side.client("lambda").publish_layer_version(
            LayerName="layer",
            Content={
                "ZipFile": zipped(
                    {
                        "python/shadow.py": "WHENCE = 'layer'\n",
                        "python/compiled.py": "WHENCE = 'source'\n",
                        **bytecode(notes_dir, "python/compiled", "WHENCE = 'bytecode'\n"),
                    }
                )
            },
        )["LayerVersionArn"]
    )
    cloudformation = side.client("cloudformation")
    cloudformation.create_stack(StackName="gaps", TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="gaps", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    outputs = cloudformation.describe_stacks(StackName="gaps")["Stacks"][0]["Outputs"]
    side.stack.update({o["OutputKey"]: o["OutputValue"] for o in outputs})
    return side


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture(scope="module")
def patched(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    folder = tmp_path_factory.mktemp("patched")
    with Engine(
        port=free_port(),
        state_dir=folder,
        bedrock_url=f"http://127.0.0.1:{stand_in.port}",
        sagemaker_url=f"http://127.0.0.1:{stand_in.port}",
        environment={"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05"},
    ) as engine:
        yield prepared(engine, folder / "notes")


@pytest.fixture(scope="module")
def unpatched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    folder = tmp_path_factory.mktemp("unpatched")
    with Engine(
        port=free_port(),
        state_dir=folder,
        environment={"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05"},
        patched=False,
    ) as engine:
        yield prepared(engine, folder / "notes")


# -- Lambda


def test_a_failed_invocation_names_its_exception(patched: Side, unpatched: Side) -> None:
    assert patched.invoke("raising")["errorType"] == "Declined"
    assert patched.invoke("raising")["stackTrace"]
    assert unpatched.invoke("raising")["errorType"] == "Runtime.HandlerError"


def test_a_worker_outlives_an_exception(patched: Side, unpatched: Side) -> None:
    def processes(side: Side) -> int:
        return len({side.invoke("raising")["errorMessage"] for _ in range(3)})

    assert processes(patched) == 1
    assert processes(unpatched) == 3


def test_a_module_that_cannot_be_imported_is_named(patched: Side, unpatched: Side) -> None:
    def error(side: Side) -> dict[str, str]:
        client = side.client("lambda")
        client.create_function(
            FunctionName="broken",
            Runtime="python3.13",
            Role=f"arn:aws:iam::{ACCOUNT_ID}:role/worker",
            Handler="index.handler",
            Code={"ZipFile": zipped({"index.py": "import no_such_module\n"})},
        )
        return dict(json.load(client.invoke(FunctionName="broken")["Payload"]))

    found = error(patched)
    assert found["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_module" in found["errorMessage"]
    assert error(unpatched)["errorType"] == "RuntimeError"


def test_a_process_that_ends_is_an_exit_error(patched: Side, unpatched: Side) -> None:
    assert patched.invoke("dying")["errorType"] == "Runtime.ExitError"
    assert unpatched.invoke("dying")["errorType"] == "Runtime.HandlerError"


def test_the_root_logger_writes_into_the_log(patched: Side, unpatched: Side) -> None:
    def logged(side: Side) -> bool:
        side.invoke("logging_")
        events = side.client("logs").filter_log_events(logGroupName="/aws/lambda/logging_")
        return any("a line of the root logger" in e["message"] for e in events["events"])

    assert logged(patched)
    assert not logged(unpatched)


def test_the_code_of_a_function_comes_before_its_layers(patched: Side, unpatched: Side) -> None:
    assert patched.invoke("shadowed") == "code"
    assert unpatched.invoke("shadowed") == "layer"


def test_the_compiled_module_of_a_layer_is_what_runs(patched: Side) -> None:
    assert patched.invoke("compiled") == "bytecode"


def test_a_function_finds_nothing_of_the_engines_environment(
    patched: Side, unpatched: Side
) -> None:
    assert patched.invoke("importing", {"module": "boto3"}) == "imported"
    assert patched.invoke("importing", {"module": "starlette"})["errorType"] == (
        "ModuleNotFoundError"
    )
    assert unpatched.invoke("importing", {"module": "starlette"}) == "imported"


def test_an_invocation_does_not_wait_for_lines_that_nobody_writes(
    patched: Side, unpatched: Side
) -> None:
    def quickest(side: Side) -> float:
        client, arn = side.client("lambda"), side.function("silent")

        def took() -> float:
            start = time.perf_counter()
            client.invoke(FunctionName=arn)
            return time.perf_counter() - start

        return min(took() for _ in range(6))

    assert quickest(patched) < 0.05
    assert quickest(unpatched) > 0.05


def test_a_function_reaches_an_api_by_its_address_on_aws(patched: Side, unpatched: Side) -> None:
    assert patched.invoke("where_to") == (
        f"{patched.engine.url}/_aws/execute-api/abc123/live/@connections/x"
    )
    assert unpatched.invoke("where_to") == (
        "https://abc123.execute-api.us-east-1.amazonaws.com/live/@connections/x"
    )


def at_the_same_time(side: Side, count: int, seconds: float, name: str) -> list[str]:
    side.function("slow", name)
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(side.invoke, "slow", {"seconds": seconds}, name) for _ in range(count)]
        return [str(call.result()) for call in calls]


def test_workers_share_what_was_extracted(patched: Side, unpatched: Side) -> None:
    def folders(side: Side) -> int:
        return len(set(at_the_same_time(side, 2, 1.0, "sharing")))

    assert folders(patched) == 1
    assert folders(unpatched) == 2


def test_a_burst_starts_fewer_workers_than_it_has_events(patched: Side, unpatched: Side) -> None:
    burst = 2 * max(2, os.cpu_count() or 2) + 4

    def started(side: Side) -> int:
        at_the_same_time(side, burst, 0, "burst")
        invoked = [
            e
            for e in side.engine.log_path.read_text(errors="replace").splitlines()
            if "Lambda worker spawned for burst " in e
        ]
        return len(invoked)

    assert started(patched) < burst
    assert started(unpatched) == burst


def test_throttled_events_wait_for_their_turn(patched: Side, unpatched: Side) -> None:
    def done(side: Side, expected: int) -> int:
        client, arn = side.client("lambda"), side.function("slow", "reserved")
        client.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=1)
        event = {"file": str(side.notes_dir / "reserved"), "seconds": 0.2}
        for _ in range(5):
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(event))
        until(lambda: len(side.notes("reserved")) >= expected, 8)
        return len(side.notes("reserved"))

    assert done(patched, 5) == 5
    assert done(unpatched, 1) < 5


# -- EventBridge


def rule_to(side: Side, name: str, target: dict[str, Any]) -> None:
    events = side.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"detail-type": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", **target}])


def test_a_rules_function_is_tried_again_and_has_a_failure_destination(
    patched: Side, unpatched: Side
) -> None:
    def failed(side: Side, within: float) -> tuple[int, Any]:
        arn = side.function("raising", "failing")
        url, queue = side.queue("failures")
        side.client("lambda").put_function_event_invoke_config(
            FunctionName="failing",
            MaximumRetryAttempts=1,
            DestinationConfig={"OnFailure": {"Destination": queue}},
        )
        rule_to(side, "Failing", {"Arn": arn})
        detail = json.dumps({"file": str(side.notes_dir / "failing")})
        side.client("events").put_events(
            Entries=[{"Source": "test", "DetailType": "Failing", "Detail": detail}]
        )
        message = side.message(url, within)
        until(lambda: side.notes("failing"))
        return len(side.notes("failing")), message

    attempts, message = failed(patched, 8)
    assert attempts == 2
    assert message is not None
    assert message["responsePayload"]["errorType"] == "Declined"
    assert failed(unpatched, 1) == (1, None)


def test_an_event_without_a_target_goes_to_the_rules_dead_letters(
    patched: Side, unpatched: Side
) -> None:
    def buried(side: Side, within: float) -> Any:
        url, queue = side.queue("dead-letters")
        gone = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:gone"
        rule_to(side, "Lost", {"Arn": gone, "DeadLetterConfig": {"Arn": queue}})
        side.client("events").put_events(
            Entries=[{"Source": "test", "DetailType": "Lost", "Detail": '{"n": 1}'}]
        )
        return side.message(url, within)

    assert buried(patched, 5)["detail"] == {"n": 1}
    assert buried(unpatched, 0.5) is None


def test_a_malformed_detail_is_refused(patched: Side, unpatched: Side) -> None:
    def put(side: Side) -> list[Any]:
        entries = [
            {"Source": "test", "DetailType": "x", "Detail": detail} for detail in ("{}", "{")
        ]
        answer = side.client("events").put_events(Entries=entries)
        return [entry.get("ErrorCode") for entry in answer["Entries"]]

    assert put(patched) == [None, "MalformedDetail"]
    assert put(unpatched) == [None, None]


# -- Step Functions


def waiting(function: str, **fields: Any) -> dict[str, Any]:
    """A state machine that waits for a token, and gives the name of the error that ended it."""
    return {
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {
                "FunctionName": function,
                "Payload": {
                    "file": "{% $states.input.file %}",
                    "note": "{% $states.context.Task.Token %}",
                },
            },
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $states.errorOutput.Error %}",
                    "Next": "Failed",
                }
            ],
            "Next": "Succeeded",
            **fields,
        },
        "Failed": {"Type": "Succeed"},
        # Not Succeed, whose output is a gap of its own.
        "Succeeded": {"Type": "Pass", "Output": "answered", "End": True},
    }


def test_a_timeout_may_be_an_expression(patched: Side, unpatched: Side) -> None:
    def output(side: Side) -> Any:
        states = waiting(side.function("echo"), TimeoutSeconds="{% $states.input.limit %}")
        event = {"limit": 1, "file": str(side.notes_dir / "timeout")}
        return side.execution(states, event).get("output")

    assert output(patched) == '"States.Timeout"'
    assert output(unpatched) != '"States.Timeout"'


def test_a_task_without_heartbeat_fails(patched: Side, unpatched: Side) -> None:
    def output(side: Side) -> Any:
        states = waiting(side.function("echo"), TimeoutSeconds=2, HeartbeatSeconds=1)
        return side.execution(states, {"file": str(side.notes_dir / "beat")}).get("output")

    assert output(patched) == '"States.HeartbeatTimeout"'
    assert output(unpatched) == '"States.Timeout"'


def test_heartbeats_keep_a_task_waiting(patched: Side) -> None:
    states = waiting(patched.function("echo"), TimeoutSeconds=20, HeartbeatSeconds=1)
    execution = patched.started(states, {"file": str(patched.notes_dir / "alive")})
    token = until(lambda: patched.notes("alive"))[0]
    sfn = patched.client("stepfunctions")
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        sfn.send_task_heartbeat(taskToken=token)
        time.sleep(0.2)
    sfn.send_task_success(taskToken=token, output="{}")
    assert patched.finished(execution)["output"] == '"answered"'


def test_a_waiting_task_fails_with_its_function(patched: Side, unpatched: Side) -> None:
    def output(side: Side) -> Any:
        states = waiting(side.function("raising"), TimeoutSeconds=2)
        return side.execution(states, {"file": str(side.notes_dir / "raised")}).get("output")

    assert output(patched) == '"Declined"'
    assert output(unpatched) == '"States.Timeout"'


def test_a_token_works_once(patched: Side, unpatched: Side) -> None:
    def second_use(side: Side) -> str:
        states = waiting(side.function("echo"), TimeoutSeconds=20)
        execution = side.started(states, {"file": str(side.notes_dir / "token")})
        token = until(lambda: side.notes("token"))[0]
        sfn = side.client("stepfunctions")
        sfn.send_task_success(taskToken=token, output="{}")
        assert side.finished(execution)["output"] == '"answered"'
        return error_code(lambda: sfn.send_task_success(taskToken=token, output="{}"))

    assert second_use(patched) == "TaskTimedOut"
    assert second_use(unpatched) == "TaskDoesNotExist"


def test_a_token_that_never_was_is_invalid(patched: Side, unpatched: Side) -> None:
    def use(side: Side) -> str:
        sfn = side.client("stepfunctions")
        return error_code(lambda: sfn.send_task_success(taskToken="made up", output="{}"))

    assert use(patched) == "InvalidToken"
    assert use(unpatched) == "TaskDoesNotExist"


def test_a_succeed_state_gives_its_output(patched: Side, unpatched: Side) -> None:
    states = {"End": {"Type": "Succeed", "Output": {"n": "{% $states.input.n + 1 %}"}}}
    assert json.loads(patched.execution(states, {"n": 1})["output"]) == {"n": 2}
    assert json.loads(unpatched.execution(states, {"n": 1})["output"]) == {"n": 1}


def test_a_distributed_map_lists_a_bucket_and_gives_batches(patched: Side, unpatched: Side) -> None:
    def execution(side: Side) -> dict[str, Any]:
        s3 = side.client("s3")
        s3.create_bucket(Bucket="listed")
        for key in ("in/1", "in/2", "in/3", "out/4"):
            s3.put_object(Bucket="listed", Key=key, Body=b"x")
        keys = "{% $states.input.BatchInput.from & ': ' & $join($states.input.Items.Key, ' ') %}"
        states = {
            "All": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:listObjectsV2",
                    "Arguments": {"Bucket": "{% $states.input.bucket %}", "Prefix": "in/"},
                },
                "ItemBatcher": {
                    "MaxItemsPerBatch": 2,
                    "BatchInput": {"from": "{% $states.input.bucket %}"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "One",
                    "States": {"One": {"Type": "Pass", "Output": keys, "End": True}},
                },
                "Assign": {"batches": "{% $count($states.result) %}"},
                "Output": {"read": "{% $states.result %}"},
                "Next": "End",
            },
            "End": {
                "Type": "Pass",
                "Output": {"read": "{% $states.input.read %}", "batches": "{% $batches %}"},
                "End": True,
            },
        }
        return side.execution(states, {"bucket": "listed"})

    output = json.loads(execution(patched)["output"])
    assert output == {"read": ["listed: in/1 in/2", "listed: in/3"], "batches": 2}
    assert execution(unpatched)["status"] == "FAILED"


def error_code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


# -- SNS


def test_email_is_kept_when_the_filter_lets_it_pass(patched: Side, unpatched: Side) -> None:
    def subjects(side: Side) -> list[str]:
        sns = side.client("sns")
        topic = sns.create_topic(Name="mail")["TopicArn"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="email",
            Endpoint="expert@example.com",
            Attributes={"FilterPolicy": json.dumps({"tier": ["primary"]})},
        )
        for tier in ("primary", "lead"):
            sns.publish(
                TopicArn=topic,
                Subject=f"for {tier}",
                Message="text",
                MessageAttributes={"tier": {"DataType": "String", "StringValue": tier}},
            )
        with urllib.request.urlopen(f"{side.engine.url}/_ministack/ses/messages") as answer:
            kept = json.load(answer)["messages"].get(ACCOUNT_ID, [])
        return [mail["Subject"] for mail in kept]

    assert subjects(patched) == ["for primary"]
    assert subjects(unpatched) == []


# -- IAM and Bedrock


def limited_client(
    side: Side,
    service: str,
    *allowed: tuple[str, str],
    condition: dict[str, Any] | None = None,
) -> Any:
    """A client of a user who may do just that: pairs of action and resource."""
    iam = side.client("iam")
    name = f"user{time.monotonic_ns()}"
    iam.create_user(UserName=name)
    under = {"Condition": condition} if condition else {}
    statements = [{"Effect": "Allow", "Action": a, "Resource": r, **under} for a, r in allowed]
    policy = {"Version": "2012-10-17", "Statement": statements}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return side.client(
        service,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def may_converse(side: Side, model: str, *allowed: tuple[str, str]) -> bool:
    client = limited_client(side, "bedrock-runtime", *allowed)
    messages = [{"role": "user", "content": [{"text": "hello"}]}]
    try:
        client.converse(modelId=model, messages=messages)
    except client.exceptions.AccessDeniedException:
        return False
    return True


def test_converse_is_allowed_by_invoke_model(patched: Side, unpatched: Side) -> None:
    model = "anthropic.claude-haiku"
    allowed = ("bedrock:InvokeModel", f"arn:aws:bedrock:{REGION}::foundation-model/{model}")
    assert may_converse(patched, model, allowed)
    assert not may_converse(patched, "another.model", allowed)
    assert not may_converse(unpatched, model, allowed)


def test_an_inference_profile_is_a_resource_of_its_own(patched: Side, unpatched: Side) -> None:
    model = "us.anthropic.claude-haiku"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:inference-profile/{model}"
    allowed = (("bedrock:InvokeModel", profile), ("bedrock:Converse", profile))
    assert may_converse(patched, model, *allowed)
    assert not may_converse(unpatched, model, *allowed)


def test_guardrail_checks_are_allowed_by_their_own_action(patched: Side, unpatched: Side) -> None:
    def may_check(side: Side, action: str) -> bool:
        client = limited_client(side, "bedrock-runtime", (action, "*"))
        try:
            client.invoke_guardrail_checks(
                messages=[{"role": "user", "content": [{"text": "hello"}]}],
                checks={"sensitiveInformation": {"entities": [{"type": "NAME"}]}},
            )
        except client.exceptions.AccessDeniedException:
            return False
        return True

    assert may_check(patched, "bedrock:InvokeGuardrailChecks")
    assert not may_check(patched, "bedrock:ApplyGuardrail")
    with pytest.raises(ClientError, match="No route"):  # past any policy
        may_check(unpatched, "bedrock:ApplyGuardrail")


def test_a_bucket_that_denies_plain_http_can_be_written(patched: Side, unpatched: Side) -> None:
    def writes(side: Side) -> bool:
        bucket = side.client("s3")
        bucket.create_bucket(Bucket="careful")
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::careful/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = {"Version": "2012-10-17", "Statement": [deny]}
        bucket.put_bucket_policy(Bucket="careful", Policy=json.dumps(policy))
        try:
            limited_client(side, "s3", ("s3:*", "*")).put_object(Bucket="careful", Key="k")
        except ClientError:
            return False
        return True

    assert writes(patched)
    assert not writes(unpatched)


def test_a_policy_may_allow_events_of_one_source_only(patched: Side, unpatched: Side) -> None:
    own = {"StringEquals": {"events:source": "tandem.live"}}

    def may_put(side: Side, *sources: str) -> bool:
        events = limited_client(side, "events", ("events:PutEvents", "*"), condition=own)
        entry = {"DetailType": "Note", "Detail": "{}"}
        try:
            events.put_events(Entries=[{**entry, "Source": source} for source in sources])
        except ClientError:
            return False
        return True

    assert may_put(patched, "tandem.live", "tandem.live")
    assert not may_put(patched, "acme.chat")
    assert not may_put(patched, "tandem.live", "acme.chat")
    assert not may_put(unpatched, "tandem.live")


def test_alarms_are_described_by_who_may_describe_these(patched: Side, unpatched: Side) -> None:
    own = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:tandem-*"

    def may_describe(side: Side, *names: str) -> bool:
        alarms = limited_client(side, "cloudwatch", ("cloudwatch:DescribeAlarms", own))
        try:
            alarms.describe_alarms(AlarmNames=list(names))
        except ClientError:
            return False
        return True

    assert may_describe(patched, "tandem-blue-errors")
    assert may_describe(patched, "tandem-blue-errors", "tandem-green-latency")
    assert not may_describe(patched, "tandem-blue-errors", "others")
    assert not may_describe(patched)
    assert not may_describe(unpatched, "tandem-blue-errors")


def test_a_task_token_is_allowed_on_its_state_machine(patched: Side, unpatched: Side) -> None:
    def may_answer(side: Side, note: str) -> bool:
        states = waiting(side.function("echo"), TimeoutSeconds=20)
        execution = side.started(states, {"file": str(side.notes_dir / note)})
        machine = side.client("stepfunctions").describe_execution(executionArn=execution)
        allowed = ("states:SendTaskSuccess", machine["stateMachineArn"])
        token = until(lambda: side.notes(note))[0]
        try:
            limited_client(side, "stepfunctions", allowed).send_task_success(
                taskToken=token, output="{}"
            )
        except ClientError:
            side.client("stepfunctions").send_task_success(taskToken=token, output="{}")
            return False
        return True

    assert may_answer(patched, "own-token")
    assert not may_answer(unpatched, "own-token")


def test_a_call_to_bedrock_reaches_the_stand_in(patched: Side, stand_in: StandIn) -> None:
    model = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:imported-model/abc"
    assert may_converse(patched, model, ("bedrock:InvokeModel", model))
    encoded = model.replace(":", "%3A").replace("/", "%2F")
    assert stand_in.paths[-1] == f"/model/{encoded}/converse"


def test_documents_are_ingested_by_who_may_do_it_in_this_knowledge_base(
    patched: Side, stand_in: StandIn
) -> None:
    own = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:knowledge-base/KB12345678"

    def ingests(base: str) -> bool:
        allowed = ("bedrock:IngestKnowledgeBaseDocuments", own)
        client = limited_client(patched, "bedrock-agent", allowed)
        content: Any = {"dataSourceType": "CUSTOM"}
        try:
            client.ingest_knowledge_base_documents(
                knowledgeBaseId=base, dataSourceId="ARTICLES01", documents=[{"content": content}]
            )
        except client.exceptions.AccessDeniedException:
            return False
        return True

    assert ingests("KB12345678")
    assert stand_in.paths[-1] == "/knowledgebases/KB12345678/datasources/ARTICLES01/documents"
    assert not ingests("OTHERKB001")


def test_an_event_is_passed_on_before_the_next_one_is_there(
    patched: Side, stand_in: StandIn
) -> None:
    request = urllib.request.Request(
        f"{patched.engine.url}/model/any/converse-stream",
        data=b"{}",
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/bedrock/"
            "aws4_request, SignedHeaders=host, Signature=unchecked",
        },
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.read1() == b"first"
        stand_in.go_on.set()
        assert answer.read() == b"second"


# -- SageMaker


def test_a_call_to_sagemaker_reaches_the_stand_in(patched: Side, unpatched: Side) -> None:
    def listed(side: Side) -> Any:
        return side.client("sagemaker").list_labeling_jobs()["LabelingJobSummaryList"]

    assert listed(patched) == []
    with pytest.raises((ClientError, ResponseParserError)):
        listed(unpatched)


def test_only_sagemaker_itself_sends_its_events(patched: Side, unpatched: Side) -> None:
    entry = {"Source": "aws.sagemaker", "DetailType": "ended", "Detail": "{}"}

    def taken(side: Side, *, as_itself: bool) -> bool:
        events = side.client("events")
        if as_itself:
            as_service(events, "events.PutEvents")
        try:
            return bool(events.put_events(Entries=[entry])["FailedEntryCount"] == 0)
        except ClientError:
            return False

    assert taken(patched, as_itself=True)
    assert not taken(patched, as_itself=False)
    assert not taken(unpatched, as_itself=True)


def test_sagemaker_assumes_a_role_for_the_account_of_the_job(
    patched: Side, unpatched: Side
) -> None:
    def assumed(side: Side, account: str, *, as_itself: bool) -> bool:
        name = f"labeling{time.monotonic_ns()}"
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        made = side.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        sts = side.client("sts")
        if as_itself:
            as_service(sts, "sts.AssumeRole")
        try:
            sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="GroundTruth")
        except ClientError:
            return False
        return True

    assert assumed(patched, ACCOUNT_ID, as_itself=True)
    assert not assumed(patched, ACCOUNT_ID, as_itself=False)
    assert not assumed(patched, "111122223333", as_itself=True)
    assert not assumed(unpatched, ACCOUNT_ID, as_itself=True)


def allowed(side: Side, service: str, call: str, params: Any, *grants: tuple[str, str]) -> bool:
    """Whether a user with these grants alone gets through."""
    client = limited_client(side, service, *grants)
    try:
        getattr(client, call)(**params)
    except ClientError as refused:
        if "AccessDenied" not in refused.response["Error"]["Code"]:
            raise
        return False
    return True


JOB_ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/training"
JOB = {
    "TrainingJobName": "tandem-d1",
    "RoleArn": JOB_ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://models/runs"},
    "Tags": [{"Key": "tandem:module", "Value": "tuning"}],
}
JOB_ARN = sagemaker_arn("training-job/tandem-*")


@pytest.mark.parametrize(
    "lacking", [None, "sagemaker:CreateTrainingJob", "iam:PassRole", "sagemaker:AddTags"]
)
def test_a_training_job_needs_the_role_to_be_passed_and_tags_to_be_added(
    patched: Side, lacking: str | None
) -> None:
    grants = [
        ("sagemaker:CreateTrainingJob", JOB_ARN),
        ("sagemaker:AddTags", JOB_ARN),
        ("iam:PassRole", JOB_ROLE),
    ]
    given = [grant for grant in grants if grant[0] != lacking]

    made = allowed(patched, "sagemaker", "create_training_job", JOB, *given)

    assert made == (lacking is None)


def test_a_role_is_passed_to_sagemaker_alone(patched: Side) -> None:
    def passes(service: str) -> bool:
        # What creates a job is no passing, and says nothing of a service.
        only = {"StringEqualsIfExists": {"iam:PassedToService": service}}
        grants = ("sagemaker:*", "*"), ("iam:PassRole", "*")
        client = limited_client(patched, "sagemaker", *grants, condition=only)
        try:
            client.create_training_job(**JOB)
        except ClientError:
            return False
        return True

    assert passes("sagemaker.amazonaws.com")
    assert not passes("lambda.amazonaws.com")


def test_an_endpoint_is_updated_to_a_configuration_that_one_may_use(patched: Side) -> None:
    update = {"EndpointName": "tandem-blue", "EndpointConfigName": "tandem-v2"}
    endpoint = ("sagemaker:UpdateEndpoint", sagemaker_arn("endpoint/tandem-*"))
    config = ("sagemaker:UpdateEndpoint", sagemaker_arn("endpoint-config/tandem-*"))

    assert allowed(patched, "sagemaker", "update_endpoint", update, endpoint, config)
    assert not allowed(patched, "sagemaker", "update_endpoint", update, endpoint)
    assert not allowed(patched, "sagemaker", "update_endpoint", update, config)


def test_a_version_is_a_resource_below_its_group(patched: Side) -> None:
    versions = sagemaker_arn("model-package/tandem-models/*")
    group = {"ModelPackageGroupName": "tandem-models", "SourceUri": "s3://models/runs"}
    version = {"ModelPackageArn": sagemaker_arn("model-package/tandem-models/1")}

    for call, params, action in (
        ("create_model_package", group, "sagemaker:CreateModelPackage"),
        ("update_model_package", version, "sagemaker:UpdateModelPackage"),
    ):
        assert allowed(patched, "sagemaker", call, params, (action, versions))
        others = sagemaker_arn("model-package/others/*")
        assert not allowed(patched, "sagemaker", call, params, (action, others))


def test_an_endpoint_is_asked_by_who_may_ask_it(
    patched: Side, unpatched: Side, stand_in: StandIn
) -> None:
    grant = ("sagemaker:InvokeEndpoint", sagemaker_arn("endpoint/tandem-blue"))

    def asks(side: Side, endpoint: str) -> Any:
        client = limited_client(side, "sagemaker-runtime", grant)
        return client.invoke_endpoint(
            EndpointName=endpoint, Body=b"question ", ContentType="text/plain", Accept="text/x"
        )

    answer = asks(patched, "tandem-blue")
    assert answer["Body"].read() == b"question text/x"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert stand_in.paths[-1] == "/endpoints/tandem-blue/invocations"
    with pytest.raises(ClientError, match="AccessDenied"):
        asks(patched, "tandem-green")
    with pytest.raises((ClientError, ResponseParserError)):
        asks(unpatched, "tandem-blue")


def test_an_import_needs_its_role_to_be_passed(patched: Side, stand_in: StandIn) -> None:
    asked = {
        "jobName": "tandem-v1",
        "importedModelName": "tandem-v1",
        "roleArn": JOB_ROLE,
        "modelDataSource": {"s3DataSource": {"s3Uri": "s3://models/runs/"}},
    }
    create = ("bedrock:CreateModelImportJob", "*")

    call = "create_model_import_job"
    assert allowed(patched, "bedrock", call, asked, create, ("iam:PassRole", JOB_ROLE))
    assert stand_in.paths[-1] == "/model-import-jobs"
    assert not allowed(patched, "bedrock", call, asked, create)


def test_an_imported_model_is_a_resource_of_its_own(patched: Side, unpatched: Side) -> None:
    model = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:imported-model/abcdefghij12"
    job = ("bedrock:GetModelImportJob", IMPORT_JOB)
    get = ("bedrock:GetImportedModel", model)

    asked = {"modelIdentifier": model}
    assert allowed(patched, "bedrock", "get_imported_model", asked, get)
    assert not allowed(patched, "bedrock", "get_imported_model", asked, job)
    described = {"jobIdentifier": IMPORT_JOB}
    assert allowed(patched, "bedrock", "get_model_import_job", described, job)
    assert not allowed(unpatched, "bedrock", "get_imported_model", asked, get)


def test_a_policy_may_allow_the_imported_models_of_one_stack_only(
    patched: Side, unpatched: Side
) -> None:
    model = f"arn:aws:bedrock:{REGION}:{ACCOUNT_ID}:imported-model/abcdefghij12"

    def may_delete(side: Side, stack: str) -> bool:
        of_stack = {"StringEquals": {"aws:ResourceTag/tandem:stack": stack}}
        delete = ("bedrock:DeleteImportedModel", model)
        try:
            limited_client(side, "bedrock", delete, condition=of_stack).delete_imported_model(
                modelIdentifier=model
            )
        except ClientError:
            return False
        return True

    assert may_delete(patched, "tandem")
    assert not may_delete(patched, "another")
    assert not may_delete(unpatched, "tandem")


# -- CloudWatch


def test_an_alarm_that_goes_off_is_an_event(patched: Side, unpatched: Side) -> None:
    def told(side: Side, within: float) -> Any:
        url, queue = side.queue("alarms")
        events = side.client("events")
        pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
        events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": queue}])
        cloudwatch = side.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="errors",
            MetricName="Invocation5XXErrors",
            Namespace="AWS/SageMaker",
            Dimensions=[{"Name": "EndpointName", "Value": "tandem-blue"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
        return side.message(url, within)

    event = told(patched, 5)
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:errors"]
    detail = event["detail"]
    assert (detail["alarmName"], detail["state"]["value"]) == ("errors", "ALARM")
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"]["metric"] == {
        "namespace": "AWS/SageMaker",
        "name": "Invocation5XXErrors",
        "dimensions": {"EndpointName": "tandem-blue"},
    }
    assert told(unpatched, 0.5) is None


# -- CloudFormation


def test_a_tables_settings_take_effect(patched: Side, unpatched: Side) -> None:
    def settings(side: Side) -> tuple[str, str, Any]:
        table, client = side.stack["Table"], side.client("dynamodb")
        expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        backups = client.describe_continuous_backups(TableName=table)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        encryption = client.describe_table(TableName=table)["Table"].get("SSEDescription", {})
        return (
            expiry["TimeToLiveStatus"],
            recovery["PointInTimeRecoveryStatus"],
            encryption.get("Status"),
        )

    assert settings(patched) == ("ENABLED", "ENABLED", "ENABLED")
    assert settings(unpatched) == ("DISABLED", "DISABLED", None)


def test_a_condition_may_compute_what_it_compares(patched: Side, unpatched: Side) -> None:
    template = {
        "Parameters": {"Names": {"Type": "String", "Default": "one"}},
        "Conditions": {
            "HasSecond": {
                "Fn::Not": [
                    {
                        "Fn::Equals": [
                            {
                                "Fn::Select": [
                                    1,
                                    {
                                        "Fn::Split": [
                                            ",",
                                            {"Fn::Join": ["", [{"Ref": "Names"}, ","]]},
                                        ]
                                    },
                                ]
                            },
                            "",
                        ]
                    }
                ]
            }
        },
        "Resources": {
            "First": {"Type": "AWS::SNS::Topic"},
            "Second": {"Type": "AWS::SNS::Topic", "Condition": "HasSecond"},
        },
    }

    def resources(side: Side, names: str) -> set[str] | None:
        stack = f"computed-{time.monotonic_ns()}"
        client = side.client("cloudformation")
        try:
            client.create_stack(
                StackName=stack,
                TemplateBody=json.dumps(template),
                Parameters=[{"ParameterKey": "Names", "ParameterValue": names}],
            )
        except (ClientError, ResponseParserError):
            return None

        def made() -> set[str]:
            found = client.describe_stack_resources(StackName=stack)["StackResources"]
            return {resource["LogicalResourceId"] for resource in found}

        return until(made)

    assert resources(patched, "one") == {"First"}
    assert resources(patched, "one,two") == {"First", "Second"}
    assert resources(unpatched, "one") is None


def test_a_state_machine_may_be_yaml(patched: Side, unpatched: Side) -> None:
    def status(side: Side) -> str:
        sfn = side.client("stepfunctions")
        started = sfn.start_execution(stateMachineArn=side.stack["Machine"])
        return str(side.finished(started["executionArn"])["status"])

    assert status(patched) == "SUCCEEDED"
    assert status(unpatched) == "FAILED"


def test_an_origin_of_the_template_is_allowed(patched: Side, unpatched: Side) -> None:
    def preflight(side: Side) -> int:
        request = urllib.request.Request(
            side.engine.http_url(side.stack["Api"]) + "/anything",
            method="OPTIONS",
            headers={
                "Origin": "https://shop.example",
                "Access-Control-Request-Method": "GET",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert preflight(patched) == 204
    assert preflight(unpatched) == 403


def test_a_generated_secret_has_the_characters_that_are_allowed(
    patched: Side, unpatched: Side
) -> None:
    def generated(side: Side) -> str:
        client = side.client("secretsmanager")
        return str(client.get_secret_value(SecretId=side.stack["Secret"])["SecretString"])

    assert generated(patched).isalnum()
    assert len(generated(patched)) == 64
    assert not generated(unpatched).isalnum()


def test_a_reference_to_a_secret_is_its_arn(patched: Side, unpatched: Side) -> None:
    assert patched.stack["Secret"].startswith(f"arn:aws:secretsmanager:{REGION}:")
    assert not unpatched.stack["Secret"].startswith("arn:")


# -- API Gateway


def socket_api(side: Side) -> str:
    """The address of a WebSocket API whose frames go to the handler `frame`."""
    client = side.client("apigatewayv2")
    api = client.create_api(
        Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    integration = client.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
        f"{side.function('frame')}/invocations",
    )["IntegrationId"]
    client.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
    client.create_stage(ApiId=api, StageName="live")
    return side.engine.websocket_url(api, "live")


def test_a_client_does_not_see_why_a_frame_failed(patched: Side, unpatched: Side) -> None:
    def answer(side: Side) -> str:
        with connect(socket_api(side)) as client:
            client.send(json.dumps({"fail": True}))
            return str(client.recv(timeout=10))

    assert json.loads(answer(patched))["message"] == "Internal server error"
    assert answer(unpatched) == "a secret detail"


def test_frames_of_two_clients_run_at_the_same_time(patched: Side, unpatched: Side) -> None:
    def apart(side: Side) -> float:
        """Seconds between the ends of two frames that were sent together."""
        url = socket_api(side)

        def send(_: int) -> float:
            with connect(url) as client:
                client.send(json.dumps({"seconds": 0.6}))
                return float(json.loads(client.recv(timeout=10))["done"])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(send, range(2)))  # warm
            first, second = sorted(pool.map(send, range(2)))
        return second - first

    assert apart(patched) < 0.5
    assert apart(unpatched) > 0.5


# -- the patches themselves


def test_another_version_of_ministack_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "MINISTACK", "0.0.0")
    with pytest.raises(patches.WrongMinistack, match=r"for ministack 0\.0\.0, and .* is installed"):
        patches.apply(patches.Settings(runtime_dir=tmp_path))


def test_a_text_that_has_changed_is_noticed() -> None:
    with pytest.raises(SourceChanged, match="found 2 times"):
        replace_once("aa", "a", "b")
    with pytest.raises(SourceChanged, match="found 0 times"):
        replace_once("aa", "c", "b")
