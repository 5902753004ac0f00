"""Models that are imported: made by a training job, asked as any model of Bedrock is."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.bedrock.imported_model import asked_of
from local.bedrock.imports import Imports
from local.bedrock.model import Message, Prompt
from local.bedrock.server import create_app
from local.sagemaker.roles import Role
from tests.sagemaker_stand_in import MemoryRole
from tests.unit.bedrock.conftest import (
    CANNOT_ANSWER,
    JUDGEMENT,
    client_of,
    departures,
    output_shape,
    question,
    serving,
    user,
)

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/serving"
WEIGHTS = "s3://models/runs/tandem-d1/output/model/model/"
INFERENCE = """
import json, pathlib
def model_fn(folder):
    if (pathlib.Path(folder) / "broken").exists():
        raise RuntimeError("golden token ids differ")
    return "trained"
def input_fn(body, content_type):
    return json.loads(body)
def predict_fn(asked, model):
    if asked["inputs"] == "fail":
        raise ValueError("no answer to that")
    limit = asked["parameters"]["max_new_tokens"]
    words = f"I was {model} and asked: {asked['inputs']}".split()
    reason = "length" if len(words) > limit else "stop"
    usage = {"input": 7, "output": min(limit, len(words))}
    text = " ".join(words[:limit])
    return {"generated_text": text, "finish_reason": reason, "usage": usage}
def output_fn(said, accept):
    return json.dumps(said)
"""


class Account:
    """The stand-in with what a role reaches; `goes_on` lets jobs do their work."""

    def __init__(self, folder: Path) -> None:
        self.objects: dict[str, bytes] = {}
        self.denied: set[str] = set()
        self.assumed: list[str] = []
        self.waiting: list[Callable[[], None]] = []
        self.python: Path | None = Path(sys.executable)
        self.imports = Imports(
            "us-east-1",
            ACCOUNT,
            self._role,
            python=lambda: self.python,
            folder=folder,
            begin=self.waiting.append,
        )
        self.bedrock: Any = None
        self.runtime: Any = None
        self.url = ""
        self.weights()

    def _role(self, arn: str) -> Role:
        self.assumed.append(arn)
        return MemoryRole(self.objects, self.denied, set())

    def weights(self, **config: Any) -> None:
        told = {"architectures": ["T5ForConditionalGeneration"], "num_heads": 4, **config}
        self.objects[f"{WEIGHTS}config.json"] = json.dumps(told).encode()
        self.objects[f"{WEIGHTS}model.safetensors"] = b"weights"
        self.objects[f"{WEIGHTS}code/inference.py"] = INFERENCE.encode()

    def begins(self, **changes: Any) -> str:
        made = self.bedrock.create_model_import_job(
            jobName="tandem-v1",
            importedModelName="tandem-v1",
            roleArn=ROLE,
            modelDataSource={"s3DataSource": {"s3Uri": WEIGHTS}},
            **changes,
        )
        return str(made["jobArn"])

    def imported(self) -> dict[str, Any]:
        """The job, once it is over."""
        arn = self.begins()
        while self.waiting:
            self.waiting.pop(0)()
        job: dict[str, Any] = self.bedrock.get_model_import_job(jobIdentifier=arn)
        return job

    def model(self) -> str:
        return str(self.imported()["importedModelArn"])

    def says(self, model: str, asked: str = "How?", **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.runtime.converse(modelId=model, messages=user(asked), **more)
        return answer


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    made = Account(tmp_path / "imported")
    app = create_app(cache=tmp_path / "cache", imports=made.imports)
    with serving(app) as made.url:
        made.bedrock = client_of("bedrock", made.url)
        made.runtime = client_of("bedrock-runtime", made.url)
        yield made
        made.bedrock.close()
        made.runtime.close()


def text_of(answer: dict[str, Any]) -> str:
    return str(answer["output"]["message"]["content"][0]["text"])


# --- the job -------------------------------------------------------------------------------------
def test_a_job_brings_a_model_as_its_role(account: Account) -> None:
    job = account.imported()

    assert job["status"] == "Completed"
    assert account.assumed == [ROLE]
    model = account.bedrock.get_imported_model(modelIdentifier=job["importedModelArn"])
    assert model["modelName"] == "tandem-v1"
    assert model["modelArchitecture"] == "T5ForConditionalGeneration"
    assert model["instructSupported"] is True


def test_a_model_has_the_tags_that_it_was_imported_with(account: Account) -> None:
    tags = [{"key": "tandem:stack", "value": "tandem"}]
    account.begins(importedModelTags=tags, jobTags=[{"key": "of", "value": "the job"}])
    account.waiting.pop()()
    job = account.bedrock.get_model_import_job(jobIdentifier="tandem-v1")

    told = account.bedrock.list_tags_for_resource(resourceARN=job["importedModelArn"])

    assert told["tags"] == tags
    with pytest.raises(ClientError, match="not found"):
        account.bedrock.list_tags_for_resource(resourceARN=f"{job['importedModelArn'][:-1]}-")


def test_until_then_it_is_in_progress(account: Account) -> None:
    account.begins()

    job = account.bedrock.get_model_import_job(jobIdentifier="tandem-v1")
    assert (job["status"], "importedModelArn" in job) == ("InProgress", False)
    assert account.bedrock.list_imported_models()["modelSummaries"] == []


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("GetModelImportJob", "/model-import-jobs/tandem-v1"),
        ("ListModelImportJobs", "/model-import-jobs"),
        ("GetImportedModel", "/imported-models/tandem-v1"),
        ("ListImportedModels", "/imported-models"),
    ],
)
def test_answers_have_exactly_the_members_of_the_service_model(
    account: Account, operation: str, answer: str
) -> None:
    account.imported()

    raw = httpx.get(f"{account.url}{answer}", trust_env=False).json()
    assert departures(output_shape("bedrock", operation), raw) == []
    assert raw


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("config.json", b"{", "config.json"),
        ("config.json", b'{"num_heads": 6}', "heads, 6"),
        ("model.safetensors", None, "safetensors"),
        ("broken", b"", "golden token ids differ"),
    ],
)
def test_what_is_no_model_fails_the_job_with_the_reason(
    account: Account, file: str, content: bytes | None, why: str
) -> None:
    if content is None:
        del account.objects[f"{WEIGHTS}{file}"]
    else:
        account.objects[f"{WEIGHTS}{file}"] = content

    job = account.imported()

    assert job["status"] == "Failed"
    assert why in job["failureMessage"]
    assert account.bedrock.list_imported_models()["modelSummaries"] == []


def test_what_its_role_may_not_read_fails_the_job(account: Account) -> None:
    account.denied.add(WEIGHTS)

    assert "AccessDenied" in account.imported()["failureMessage"]


def test_without_the_trainers_python_nothing_is_imported_and_it_says_so(account: Account) -> None:
    account.python = None

    assert "make train" in account.imported()["failureMessage"]


def test_a_job_fails_on_request(account: Account) -> None:
    fault = {"operation": "CreateModelImportJob", "error": "import_fails", "message": "no room"}
    httpx.post(f"{account.url}/_tandem/faults", json=fault, trust_env=False).raise_for_status()

    assert account.imported()["failureMessage"] == "no room"


def test_the_same_token_makes_one_job(account: Account) -> None:
    made = {account.begins(clientRequestToken="v1") for _ in range(2)}

    assert len(made) == 1
    assert len(account.waiting) == 1


def test_a_name_is_taken_once(account: Account) -> None:
    account.begins()

    with pytest.raises(account.bedrock.exceptions.ConflictException):
        account.begins()


@pytest.mark.parametrize(
    ("call", "params"),
    [
        ("get_model_import_job", {"jobIdentifier": "none"}),
        ("get_imported_model", {"modelIdentifier": "none"}),
        ("delete_imported_model", {"modelIdentifier": "none"}),
    ],
)
def test_what_is_not_there_is_not_found(
    account: Account, call: str, params: dict[str, str]
) -> None:
    with pytest.raises(account.bedrock.exceptions.ResourceNotFoundException):
        getattr(account.bedrock, call)(**params)


# --- the model -----------------------------------------------------------------------------------
def test_it_is_asked_by_converse(account: Account) -> None:
    answer = account.says(account.model(), question("How do I stop paying?", "A passage."))

    assert text_of(answer) == "I was trained and asked: How do I stop paying?"
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {"inputTokens": 7, "outputTokens": 10, "totalTokens": 17}


def test_it_is_asked_by_a_stream(account: Account) -> None:
    stream = account.runtime.converse_stream(modelId=account.model(), messages=user("How?"))

    deltas = [
        event["contentBlockDelta"]["delta"]["text"]
        for event in stream["stream"]
        if "contentBlockDelta" in event
    ]
    assert "".join(deltas) == "I was trained and asked: How?"
    assert len(deltas) > 1


def test_it_is_asked_by_invoke_model(account: Account) -> None:
    answer = account.runtime.invoke_model(
        modelId=account.model(), body=json.dumps({"prompt": "customer: How?", "max_tokens": 3})
    )

    said = json.load(answer["body"])
    assert (said["generation"], said["stop_reason"]) == ("I was trained", "length")


def test_other_models_answer_as_before(account: Account) -> None:
    account.model()

    assert "trained" not in text_of(account.says("anthropic.claude", "Hello!"))


def test_tools_may_be_on_offer_but_none_can_be_asked_for(account: Account) -> None:
    model = account.model()

    assert "trained" in text_of(account.says(model, toolConfig={"tools": [CANNOT_ANSWER]}))
    forced = {"tools": [JUDGEMENT], "toolChoice": {"tool": {"name": "Judgement"}}}
    with pytest.raises(ClientError, match="doesn't support tool use"):
        account.says(model, toolConfig=forced)


def test_an_error_of_the_model_is_a_model_error(account: Account) -> None:
    with pytest.raises(account.runtime.exceptions.ModelErrorException, match="no answer to that"):
        account.says(account.model(), "fail")


def test_what_was_deleted_answers_no_more(account: Account) -> None:
    model = account.model()

    account.bedrock.delete_imported_model(modelIdentifier=model)

    with pytest.raises(account.runtime.exceptions.ResourceNotFoundException):
        account.says(model)
    assert account.bedrock.list_imported_models()["modelSummaries"] == []


def test_what_was_said_before_is_asked_as_in_training() -> None:
    prompt = Prompt(
        "m",
        (
            Message("user", "What is an endpoint?"),
            Message("assistant", "A place\nthat answers."),
            Message("user", question("What does it cost?", "A passage.")),
        ),
    )

    assert asked_of(prompt) == (
        "customer: What is an endpoint?\nassistant: A place that answers.\n"
        "customer: What does it cost?"
    )
