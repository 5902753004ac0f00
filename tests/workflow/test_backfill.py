"""The backfill: its definition as a document, and its batches in moto's interpreter.

moto reads no ItemBatcher, so it is given the batches that Step Functions would make of the listing;
what is run is everything else of the definition, with the function played by the test. The listing
and the batching run against the deployed stack (`tests/e2e`).
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import jsonata
import moto.awslambda_simple.models as moto_lambda
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as moto_retry
import moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function as moto_wait
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
import pytest
import yaml
from moto import mock_aws

from tests.fakes import PATIENCE_SECONDS
from tests.workflow.machine import ROLE, SETTINGS

DEFINITION = Path(__file__).parents[2] / "statemachine" / "backfill.asl.yaml"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:sample"

type Json = dict[str, Any]


def definition() -> Json:
    machine: Json = yaml.safe_load(DEFINITION.read_text().replace("${SampleTranscriptArn}", ARN))
    return machine


MAP = definition()["States"]["Sample all"]
BATCH = MAP["ItemProcessor"]["States"]


# --- as a document -------------------------------------------------------------------------------
def evaluated(expression: str, **states: Any) -> Any:
    return jsonata.Jsonata(expression[2:-2].replace("$states", "$$")).evaluate(states)


def test_all_objects_of_the_transcripts_are_read_if_no_prefix_is_given() -> None:
    arguments = MAP["ItemReader"]["Arguments"]

    assert MAP["ItemReader"]["Resource"] == "arn:aws:states:::s3:listObjectsV2"
    assert evaluated(arguments["Bucket"], input={"bucket": "b"}) == "b"
    assert evaluated(arguments["Prefix"], input={"bucket": "b"}) == "transcripts/"
    assert evaluated(arguments["Prefix"], input={"prefix": "imports/2025/"}) == "imports/2025/"


def test_a_batch_carries_its_bucket_and_fits_into_one_run_of_the_function() -> None:
    batcher = MAP["ItemBatcher"]

    assert evaluated(batcher["BatchInput"]["bucket"], input={"bucket": "b"}) == "b"
    assert batcher["MaxItemsPerBatch"] <= 100


def test_one_bad_batch_stops_no_other() -> None:
    assert MAP["ToleratedFailurePercentage"] == 100
    assert 0 < MAP["MaxConcurrency"] <= 50
    assert MAP["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"


def test_the_function_is_tried_again_but_not_on_what_cannot_get_better() -> None:
    hopeless, everything = BATCH["Sample"]["Retry"]

    assert hopeless == {"ErrorEquals": ["ValidationError"], "MaxAttempts": 0}
    assert everything["ErrorEquals"] == ["States.ALL"]
    assert everything["MaxAttempts"] >= 3
    assert everything["JitterStrategy"] == "FULL"
    assert BATCH["Sample"]["TimeoutSeconds"] > 300, "longer than the function's own"


# --- at work -------------------------------------------------------------------------------------
class Backfill:
    """Executions over batches; `function` plays SampleTranscript."""

    def __init__(self) -> None:
        self.sfn = boto3.client("stepfunctions")
        self.slept: list[float] = []
        self.calls: list[Json] = []
        self.function: Callable[[Json], Json] = lambda event: {"failed": []}
        machine = definition()
        sample_all = machine["States"]["Sample all"]
        del sample_all["ItemReader"], sample_all["ItemBatcher"]
        sample_all["ToleratedFailurePercentage"] = 100.0  # moto wants a fraction
        sample_all["Items"] = "{% $states.input.batches %}"
        self.arn = self.sfn.create_state_machine(
            name="backfill", definition=json.dumps(machine), roleArn=ROLE
        )["stateMachineArn"]
        role = boto3.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument="{}")
        boto3.client("lambda").create_function(
            FunctionName="sample",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": b"x"},
        )

    def invoke(self, body: str, answer: dict[str, str]) -> bytes:
        event = json.loads(body)
        self.calls.append(event)
        try:
            return json.dumps(self.function(event)).encode()
        except Exception as error:
            answer["x-amz-function-error"] = "Unhandled"
            said = {"errorMessage": str(error), "errorType": type(error).__name__}
            return json.dumps(said).encode()

    def runs(self, *batches: list[str]) -> Json:
        given = [
            {"BatchInput": {"bucket": "b"}, "Items": [{"Key": key, "Size": 1} for key in keys]}
            for keys in batches
        ]
        execution = self.sfn.start_execution(
            stateMachineArn=self.arn,
            name=f"run-{time.monotonic_ns()}",
            input=json.dumps({"bucket": "b", "batches": given}),
        )["executionArn"]
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            described: Json = self.sfn.describe_execution(executionArn=execution)
            if described["status"] != "RUNNING":
                return described
            assert time.monotonic() < give_up, self.calls
            time.sleep(0.02)

    @property
    def keys(self) -> list[list[str]]:
        return [[item["Key"] for item in call["Items"]] for call in self.calls]


@pytest.fixture
def backfill() -> Iterator[Backfill]:
    with (
        mock_aws(
            config={
                "stepfunctions": {"execute_state_machine": True},
                "lambda": {"use_docker": False},
            }
        ),
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        made = Backfill()
        patch.setattr(
            moto_lambda.LambdaSimpleBackend,
            "invoke",
            lambda _, function_name, qualifier, body, headers, answer: made.invoke(body, answer),
        )
        patch.setattr(
            moto_jsonata, "_eval_jsonata", lambda text: jsonata.Jsonata(text).evaluate(None)
        )
        patch.setattr(moto_retry, "time", SimpleNamespace(sleep=made.slept.append))
        patch.setattr(
            moto_wait.WaitFunction,
            "_wait_interval",
            lambda self, env, wait_seconds: made.slept.append(wait_seconds),
        )
        yield made


def test_every_batch_goes_to_the_function_with_its_bucket(backfill: Backfill) -> None:
    ended = backfill.runs(["a", "b"], ["c"])

    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"not_sampled": 0}
    assert sorted(backfill.keys) == [["a", "b"], ["c"]]
    assert all(call["BatchInput"] == {"bucket": "b"} for call in backfill.calls)


def test_an_empty_bucket_is_done_at_once(backfill: Backfill) -> None:
    assert backfill.runs()["status"] == "SUCCEEDED"


def test_only_what_failed_is_tried_again(backfill: Backfill) -> None:
    failing = [["b", "c"], ["c"]]
    backfill.function = lambda _: {
        "failed": [{"Key": key, "Size": 1} for key in (failing.pop(0) if failing else [])]
    }

    ended = backfill.runs(["a", "b", "c"])

    assert ended["status"] == "SUCCEEDED", ended
    assert backfill.keys == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert len(backfill.slept) == 2
    assert all(seconds >= 10 for seconds in backfill.slept)


def test_what_fails_for_ever_is_counted_and_the_other_batches_are_done(
    backfill: Backfill,
) -> None:
    def function(event: Json) -> Json:
        return {"failed": [item for item in event["Items"] if item["Key"].startswith("bad")]}

    backfill.function = function
    ended = backfill.runs(["a", "bad-1"], ["bad-2", "b", "bad-3"], ["c"])

    assert ended["status"] == "FAILED"
    assert ended["error"] == "NotSampled"
    assert ended["cause"].startswith("3 objects could not be sampled")
    assert ["c"] in backfill.keys


def test_a_function_that_fails_is_called_again(backfill: Backfill) -> None:
    failures = [ConnectionError("not just now")] * 3

    def function(_: Json) -> Json:
        if failures:
            raise failures.pop()
        return {"failed": []}

    backfill.function = function

    assert backfill.runs(["a"])["status"] == "SUCCEEDED"
    assert len(backfill.calls) == 4


def test_a_batch_whose_function_fails_for_ever_counts_whole(backfill: Backfill) -> None:
    def function(event: Json) -> Json:
        if event["Items"][0]["Key"] == "bad":
            raise ConnectionError("never")
        return {"failed": []}

    backfill.function = function
    ended = backfill.runs(["bad", "b"], ["c"])

    assert ended["status"] == "FAILED"
    assert ended["cause"].startswith("2 objects")
