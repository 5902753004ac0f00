"""A model behind an OpenAI-compatible server, played by a small one."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.bedrock.openai_server import OpenAIServer
from local.bedrock.server import create_app
from tests.unit.bedrock.conftest import CANNOT_ANSWER, JUDGEMENT, StandIn, serving, user

JUDGED = {"sentiment": -0.5, "wants_person": True, "reason": "asked"}


class Server:
    """Chat completions: calls a tool that it must call, else says three words."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.status = 200

    async def completions(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        if self.status != 200:
            return JSONResponse({"error": {"message": "no"}}, status_code=self.status)
        return StreamingResponse(self._events(self.asked[-1]), media_type="text/event-stream")

    async def _events(self, asked: dict[str, Any]) -> AsyncIterator[bytes]:
        if isinstance(asked.get("tool_choice"), dict):
            name, written = asked["tool_choice"]["function"]["name"], json.dumps(JUDGED)
            start = {"index": 0, "id": "call_1", "function": {"name": name, "arguments": ""}}
            deltas: list[dict[str, Any]] = [{"tool_calls": [start]}]
            deltas += [
                {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
                for part in (written[:9], written[9:])
            ]
            reason = "tool_calls"
        elif "response_format" in asked:
            deltas, reason = [{"content": json.dumps(JUDGED)}], "stop"
        else:
            deltas, reason = [{"content": w} for w in ("Use ", "two ", "wheels.")], "stop"
        for delta in deltas:
            yield self._line({"choices": [{"index": 0, "delta": delta}]})
        yield self._line({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        yield self._line({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}})
        yield b"data: [DONE]\n\n"

    @staticmethod
    def _line(event: dict[str, Any]) -> bytes:
        return f"data: {json.dumps(event)}\n\n".encode()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def bedrock(server: Server) -> Iterator[StandIn]:
    fake = Starlette(routes=[Route("/v1/chat/completions", server.completions, methods=["POST"])])
    with serving(fake) as url:
        model = OpenAIServer.from_environment(
            {
                "TANDEM_OPENAI_BASE_URL": f"{url}/v1",
                "TANDEM_OPENAI_MODEL": "small",
                "TANDEM_OPENAI_API_KEY": "secret",
            }
        )
        with serving(create_app(model=model)) as here:
            stand_in = StandIn(here)
            yield stand_in
            stand_in.close()


def test_text_streams_through(bedrock: StandIn, server: Server) -> None:
    events = list(bedrock.runtime.converse_stream(modelId="m", messages=user("How?"))["stream"])
    texts = [e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e]
    assert texts == ["Use ", "two ", "wheels."]
    assert events[-1]["metadata"]["usage"] == {
        "inputTokens": 12,
        "outputTokens": 3,
        "totalTokens": 15,
    }
    assert server.asked[0]["model"] == "small"
    assert server.keys == ["Bearer secret"]


def test_system_limits_and_tools_are_passed_on(bedrock: StandIn, server: Server) -> None:
    bedrock.runtime.converse(
        modelId="m",
        system=[{"text": "Be brief."}],
        messages=user("How?"),
        inferenceConfig={"maxTokens": 7, "temperature": 0.0, "stopSequences": ["END"]},
        toolConfig={"tools": [CANNOT_ANSWER], "toolChoice": {"auto": {}}},
    )
    asked = server.asked[0]
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (asked["max_tokens"], asked["temperature"], asked["stop"]) == (7, 0.0, ["END"])
    assert asked["tools"][0]["function"]["name"] == "cannot_answer"
    assert asked["tool_choice"] == "auto"


def test_a_forced_tool_is_forced_there_and_its_input_comes_back(bedrock: StandIn) -> None:
    answer = bedrock.runtime.converse(
        modelId="m",
        messages=user("Let me talk to a person"),
        toolConfig={"tools": [JUDGEMENT], "toolChoice": {"tool": {"name": "Judgement"}}},
    )
    assert answer["stopReason"] == "tool_use"
    call = answer["output"]["message"]["content"][0]["toolUse"]
    assert call == {"toolUseId": "call_1", "name": "Judgement", "input": JUDGED}


def test_an_output_schema_is_asked_for_there(bedrock: StandIn, server: Server) -> None:
    schema = {"type": "object"}
    answer = bedrock.runtime.converse(
        modelId="m",
        messages=user("How?"),
        outputConfig={
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": json.dumps(schema)}},
            }
        },
    )
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == schema
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == JUDGED


def test_a_tool_result_becomes_a_tool_message(bedrock: StandIn, server: Server) -> None:
    call = {"toolUseId": "t1", "name": "cannot_answer", "input": {"reason": "?"}}
    bedrock.runtime.converse(
        modelId="m",
        messages=[
            *user("How?"),
            {"role": "assistant", "content": [{"toolUse": call}]},
            {
                "role": "user",
                "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "noted"}]}}],
            },
        ],
        toolConfig={"tools": [CANNOT_ANSWER]},
    )
    assert [m["role"] for m in server.asked[0]["messages"]] == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "ThrottlingException"), (400, "ValidationException"), (500, "ModelErrorException")],
)
def test_the_server_s_errors_become_the_service_s(
    bedrock: StandIn, server: Server, status: int, code: str
) -> None:
    server.status = status
    with pytest.raises(ClientError) as failed:
        bedrock.runtime.converse_stream(modelId="m", messages=user("How?"))
    assert failed.value.response["Error"]["Code"] == code


def test_without_a_url_there_is_no_such_model() -> None:
    assert OpenAIServer.from_environment({}) is None
