"""`tandem.aws.chat_models` against the installed LangChain.

Each test runs a fresh interpreter, because an import happens once per process. When an upgrade
makes a stand-in needless, or LangChain begins to use what is left out, one of these fails.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.aws.chat_models import _ENTERED_WITHOUT_INIT, _NEVER_USED, _TAKEN_FROM

LAYER = Path(__file__).parents[2] / "layers" / "tandem"

TURN = """
import json, logging, sys, threading

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)

class Bedrock:
    def converse(self, **request):
        name = request["toolConfig"]["toolChoice"]["tool"]["name"]
        use = {"toolUseId": "1", "name": name, "input": {"sentiment": -0.5, "reason": "cross"}}
        return {"output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
                "stopReason": "tool_use", "metrics": {"latencyMs": 1},
                "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}

    def converse_stream(self, **request):
        assert request["toolConfig"]["tools"][0]["toolSpec"]["name"] == "cannot_answer"
        return {"stream": [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "By "}, "contentBlockIndex": 0}},
            {"contentBlockDelta": {"delta": {"text": "bus."}, "contentBlockIndex": 0}},
            {"contentBlockStop": {"contentBlockIndex": 0}},
            {"messageStop": {"stopReason": "end_turn"}},
            {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
                          "metrics": {"latencyMs": 1}}}]}

from pydantic import BaseModel
from tandem.aws.chat_models import ChatBedrockConverse, HumanMessage, SystemMessage

class Judgement(BaseModel):
    "Judge the message."
    sentiment: float
    reason: str

class cannot_answer(BaseModel):
    "Say that the passages hold no answer."
    reason: str

model = ChatBedrockConverse(model="amazon.nova-micro-v1:0", region_name="eu-west-1",
                            client=Bedrock(), bedrock_client=Bedrock(), disable_streaming=False)
messages = [SystemMessage("Answer."), HumanMessage("How?")]

def answer():
    chunks = model.bind_tools([cannot_answer]).stream(messages)
    return "".join(chunk.text for chunk in chunks)

def judge():
    return model.with_structured_output(Judgement).invoke(messages).model_dump()
"""


def in_a_fresh_interpreter(code: str, **environment: str) -> tuple[Any, str]:
    """Run the code; return what it printed, read as JSON, and its standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(LAYER), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_the_model_streams_with_tools_and_gives_typed_output() -> None:
    printed, _ = in_a_fresh_interpreter(TURN + "print(json.dumps([answer(), judge()]))")

    assert printed == ["By bus.", {"sentiment": -0.5, "reason": "cross"}]


def test_the_first_turn_imports_nothing_that_the_cold_start_should_have() -> None:
    code = TURN + (
        "before = set(sys.modules); answer(); judge()\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )

    imported_by_the_turn, _ = in_a_fresh_interpreter(code)

    assert [name for name in imported_by_the_turn if not name.startswith("pydantic.")] == []


def test_first_calls_in_many_threads_at_once_all_succeed() -> None:
    code = TURN + (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "barrier = threading.Barrier(8)\n"
        "def one(call):\n"
        "    barrier.wait()\n"
        "    return call()\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    print(json.dumps(list(pool.map(one, [answer, judge] * 4))))"
    )

    printed, _ = in_a_fresh_interpreter(code)

    assert printed == ["By bus.", {"sentiment": -0.5, "reason": "cross"}] * 4


def test_a_turn_with_langsmith_tracing_switched_on_sends_nothing_and_goes_on() -> None:
    printed, logged = in_a_fresh_interpreter(
        TURN + "print(json.dumps(answer()))", LANGSMITH_TRACING="true", LANGSMITH_API_KEY="x"
    )

    assert printed == "By bus."
    assert "langsmith.client.Client is left out of this function" in logged


def test_whoever_imports_a_package_afterwards_gets_the_real_one() -> None:
    code = (
        "import json, tandem.aws.chat_models as ours\n"
        "import jsonpatch, langchain_aws, langsmith.client, requests, yaml\n"
        "from langchain_core.prompts.chat import ChatPromptTemplate\n"
        "from pydantic import BaseModel\n"
        "print(json.dumps([yaml.safe_load('[1]'), requests.codes.ok,\n"
        "    langchain_aws.ChatBedrockConverse is ours.ChatBedrockConverse,\n"
        "    issubclass(langsmith.client.Client, Exception),\n"
        "    'defer_build' in BaseModel.model_config]))"
    )

    printed, _ = in_a_fresh_interpreter(code)

    assert printed == [[1], 200, True, False, False]


@pytest.fixture(scope="module")
def plain_import() -> dict[str, Any]:
    """What LangChain's own import loads, to see whether leaving things out is still needed."""
    code = (
        "import json, sys\n"
        "from langchain_aws import ChatBedrockConverse\n"
        "import langchain_core.tracers.langchain, langsmith.run_helpers\n"
        "print(json.dumps({'modules': sorted(sys.modules),\n"
        "    'deferred': ChatBedrockConverse.model_config.get('defer_build', False)}))"
    )
    printed, _ = in_a_fresh_interpreter(code)
    assert isinstance(printed, dict)
    return printed


@pytest.mark.parametrize("name", [*_NEVER_USED, *_TAKEN_FROM])
def test_langchain_alone_still_imports_what_is_left_out(
    name: str, plain_import: dict[str, Any]
) -> None:
    assert name in plain_import["modules"]


def test_langchains_own_packages_still_import_other_providers(
    plain_import: dict[str, Any],
) -> None:
    assert _ENTERED_WITHOUT_INIT == ("langchain_aws", "langchain_aws.chat_models")
    assert {"langchain_aws.llms", "langchain_aws.chat_models.bedrock"} <= set(
        plain_import["modules"]
    )


def test_langchain_does_not_defer_its_validators_by_itself(plain_import: dict[str, Any]) -> None:
    assert plain_import["deferred"] is False
