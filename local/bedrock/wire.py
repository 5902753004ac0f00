"""Bedrock's wire formats: event-stream frames, errors, and the bodies of Converse and InvokeModel.

Sources: botocore's service models of `bedrock-runtime` and `bedrock-agent-runtime` (shapes), the
"Amazon event stream encoding" of the AWS SDKs (frames), Anthropic's messages format, Meta's and
Amazon Titan's text formats as documented for InvokeModel (bodies).
"""

import json
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, cast

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from local.bedrock.model import Json, Message, Prompt, Role, Tool, ToolCall, ToolResult

_STRING = 7  # header value type of the event-stream encoding


@dataclass
class WireError(Exception):
    """An error of the real service: HTTP `status`, exception `code`, `message` for people."""

    status: int
    code: str
    message: str

    @property
    def event_name(self) -> str:
        """The code as an event stream spells it: `throttlingException`."""
        return self.code[:1].lower() + self.code[1:]


def validation_error(message: str) -> WireError:
    """The service's answer to a request it does not understand."""
    return WireError(400, "ValidationException", message)


# ------------------------------------------------------------------------------ event stream


def _frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    block = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", _STRING, len(value))
        + value
        for name, value in ((name, value.encode()) for name, value in headers.items())
    )
    prelude = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + block + payload
    return body + struct.pack("!I", zlib.crc32(body))


def event_frame(name: str, body: Json) -> bytes:
    """One event of a stream, framed."""
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return _frame(headers, json.dumps(body, ensure_ascii=False).encode())


def exception_frame(error: WireError) -> bytes:
    """A failure after the stream has begun: the SDK raises it to whoever reads the stream."""
    headers = {
        ":exception-type": error.event_name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return _frame(headers, json.dumps({"message": error.message}).encode())


# ------------------------------------------------------------------------------- validation


@cache
def _service(name: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(name)


def check_request(service: str, operation: str, params: Json) -> None:
    """Hold a request against botocore's own model of the operation.

    Raises:
        WireError: a ValidationException that names what is missing or of a wrong type.
    """
    shape = _service(service).operation_model(operation).input_shape
    if shape is None:  # an operation without input has nothing to check
        return
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        raise validation_error(report.generate_report())


# ---------------------------------------------------------------------------------- Converse


def read_converse(model_id: str, body: Json) -> Prompt:
    """The prompt of a Converse or ConverseStream request.

    Raises:
        WireError: a ValidationException, with the service's own words where they are known.
    """
    check_request("bedrock-runtime", "Converse", {"modelId": model_id, **body})
    messages = [_read_message(i, m) for i, m in enumerate(body.get("messages", []))]
    system = [block["text"] for block in body.get("system", []) if "text" in block]
    system += [m.text for m in messages if m.role == "system"]
    turns = tuple(m for m in messages if m.role != "system")
    _check_turns(turns)
    tools = tuple(
        Tool(spec["name"], spec.get("description", ""), spec["inputSchema"].get("json", {}))
        for spec in (
            t["toolSpec"] for t in body.get("toolConfig", {}).get("tools", []) if "toolSpec" in t
        )
    )
    if not tools and any(m.calls or m.results for m in turns):
        raise validation_error(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        )
    inference = body.get("inferenceConfig", {})
    return Prompt(
        model_id=model_id,
        messages=turns,
        system="\n".join(system),
        tools=tools,
        choice=_read_choice(body.get("toolConfig", {}).get("toolChoice", {}), tools),
        output_schema=_read_output_schema(body),
        max_tokens=inference.get("maxTokens"),
        temperature=inference.get("temperature"),
        top_p=inference.get("topP"),
        stop=tuple(inference.get("stopSequences", ())),
    )


def _read_message(number: int, message: Json) -> Message:
    texts: list[str] = []
    calls: list[ToolCall] = []
    results: list[ToolResult] = []
    for place, block in enumerate(message["content"]):
        match block:
            case {"text": str(text)}:
                if not text.strip():
                    raise validation_error(
                        f"The text field in the ContentBlock object at messages.{number}.content."
                        f"{place} is blank. Add text to the text field, and try again."
                    )
                texts.append(text)
            case {"toolUse": {"toolUseId": str(call_id), "name": str(name), "input": dict(given)}}:
                calls.append(ToolCall(name, given, call_id))
            case {"toolResult": {"toolUseId": str(call_id), "content": list(content)}}:
                results.append(ToolResult(call_id, _result_text(content)))
            case {"guardContent": {"text": {"text": str(text)}}}:
                texts.append(text)
            case {"cachePoint": _} | {"reasoningContent": _}:
                pass
            case _:
                kind = next(iter(block), "empty")
                raise validation_error(
                    f"This model doesn't support the {kind} content block that you provided."
                )
    return Message(cast(Role, message["role"]), "\n".join(texts), tuple(calls), tuple(results))


def _result_text(content: list[Json]) -> str:
    return "\n".join(c["text"] if "text" in c else json.dumps(c.get("json", {})) for c in content)


def _check_turns(turns: tuple[Message, ...]) -> None:
    if not turns or turns[0].role != "user":
        raise validation_error(
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message."
        )
    if any(a.role == b.role for a, b in pairwise(turns)):
        raise validation_error(
            "A conversation must alternate between user and assistant roles. Make sure the "
            "conversation alternates between user and assistant roles and try again."
        )


def _read_choice(choice: Json, tools: tuple[Tool, ...]) -> str:
    if "any" in choice:
        return "any"
    if "tool" in choice:
        name = str(choice["tool"]["name"])
        if all(tool.name != name for tool in tools):
            raise validation_error(f"The tool {name} in toolChoice is not one of toolConfig.tools.")
        return name
    return "auto"


def _read_output_schema(body: Json) -> Json | None:
    text_format = body.get("outputConfig", {}).get("textFormat")
    if text_format is None:
        return None
    written = text_format["structure"].get("jsonSchema", {}).get("schema", "{}")
    try:
        schema = json.loads(written)
    except ValueError as error:
        raise validation_error("The schema of outputConfig.textFormat is not JSON.") from error
    if not isinstance(schema, dict):
        raise validation_error("The schema of outputConfig.textFormat is not a JSON schema object.")
    return schema


def usage(input_tokens: int, output_tokens: int) -> Json:
    """Converse's TokenUsage."""
    return {
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        "totalTokens": input_tokens + output_tokens,
    }


# ------------------------------------------------------------------------------- InvokeModel

_ANTHROPIC_STOP = {"guardrail_intervened": "refusal"}


def read_invoke(model_id: str, body: Json) -> Prompt:
    """The prompt of an InvokeModel body: Anthropic messages, `{"prompt"}` or `{"inputText"}`.

    Raises:
        WireError: a ValidationException.
    """
    match body:
        case {"messages": list(messages)}:
            return _read_anthropic(model_id, body, messages)
        case {"prompt": str(text)} | {"inputText": str(text)} if text.strip():
            config = body.get("textGenerationConfig", {})
            limit = config.get("maxTokenCount", body.get("max_gen_len", body.get("max_tokens")))
            return Prompt(
                model_id=model_id,
                messages=(Message("user", text),),
                max_tokens=limit,
                stop=tuple(config.get("stopSequences", body.get("stop", ()))),
            )
    raise validation_error(
        "Malformed input request: #: required key [messages], [prompt] or [inputText] not found, "
        "please reformat your input and try again."
    )


def _read_anthropic(model_id: str, body: Json, messages: list[Json]) -> Prompt:
    if not isinstance(body.get("max_tokens"), int):
        raise validation_error("max_tokens: Field required")
    system = body.get("system", "")
    choice = body.get("tool_choice", {})
    converse: Json = {
        "messages": [
            {"role": m.get("role"), "content": _anthropic_blocks(m.get("content", ""))}
            for m in messages
        ],
        "system": [{"text": t} for t in _anthropic_system(system)],
        "inferenceConfig": {"maxTokens": body["max_tokens"]},
    }
    if body.get("stop_sequences"):
        converse["inferenceConfig"]["stopSequences"] = body["stop_sequences"]
    if body.get("tools"):
        converse["toolConfig"] = {
            "tools": [
                {
                    "toolSpec": {
                        "name": t.get("name"),
                        "description": t.get("description") or "-",
                        "inputSchema": {"json": t.get("input_schema", {})},
                    }
                }
                for t in body["tools"]
            ],
            "toolChoice": {"tool": {"name": choice["name"]}}
            if choice.get("type") == "tool"
            else {choice.get("type", "auto"): {}},
        }
    return read_converse(model_id, converse)


def _anthropic_system(system: str | list[Json]) -> list[str]:
    blocks = [{"text": system}] if isinstance(system, str) else system
    return [b["text"] for b in blocks if b.get("text")]


def _anthropic_blocks(content: str | list[Json]) -> list[Json]:
    if isinstance(content, str):
        return [{"text": content}]
    blocks: list[Json] = []
    for block in content:
        match block:
            case {"type": "text", "text": text}:
                blocks.append({"text": text})
            case {"type": "tool_use"}:
                use = {"toolUseId": block["id"], "name": block["name"], "input": block["input"]}
                blocks.append({"toolUse": use})
            case {"type": "tool_result"}:
                inner = _anthropic_blocks(block.get("content", ""))
                blocks.append({"toolResult": {"toolUseId": block["tool_use_id"], "content": inner}})
            case _:
                blocks.append({str(block.get("type")): {}})
    return blocks


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer: its text, its tool calls, why it ended, and what it cost in tokens."""

    text: str
    calls: tuple[ToolCall, ...]
    reason: str
    input_tokens: int
    output_tokens: int


def write_invoke(body: Json, model_id: str, message_id: str, answer: Answered) -> Json:
    """The body of an InvokeModel response, in the format that the request was written in."""
    if "messages" in body:
        content: list[Json] = [{"type": "text", "text": answer.text}] if answer.text else []
        content += [
            {"type": "tool_use", "id": c.call_id, "name": c.name, "input": c.input}
            for c in answer.calls
        ]
        return {
            "id": message_id,
            "type": "message",
            "role": "assistant",
            "model": model_id,
            "content": content,
            "stop_reason": _ANTHROPIC_STOP.get(answer.reason, answer.reason),
            "stop_sequence": None,
            "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
        }
    if "inputText" in body:
        finished = {"max_tokens": "LENGTH", "guardrail_intervened": "CONTENT_FILTERED"}
        return {
            "inputTextTokenCount": answer.input_tokens,
            "results": [
                {
                    "tokenCount": answer.output_tokens,
                    "outputText": answer.text,
                    "completionReason": finished.get(answer.reason, "FINISH"),
                }
            ],
        }
    return {
        "generation": answer.text,
        "prompt_token_count": answer.input_tokens,
        "generation_token_count": answer.output_tokens,
        "stop_reason": "length" if answer.reason == "max_tokens" else "stop",
    }


_TOKEN = re.compile(r"\w{1,12}|[^\w\s]")


def count_tokens(text: str) -> int:
    """Roughly what a subword tokenizer would count; the stand-in bills nobody."""
    return sum(1 for _ in _TOKEN.finditer(text))


def prompt_tokens(prompt: Prompt) -> int:
    """Tokens of everything that was sent: system, turns and tools."""
    parts: list[str] = [prompt.system]
    for message in prompt.messages:
        parts.append(message.text)
        parts += [json.dumps(call.input) for call in message.calls]
        parts += [result.text for result in message.results]
    parts += [f"{t.name} {t.description} {json.dumps(t.schema)}" for t in prompt.tools]
    return sum(count_tokens(part) for part in parts)


def as_json(raw: bytes) -> dict[str, Any]:
    """A request's body as an object.

    Raises:
        WireError: a SerializationException, as the service's front end answers.
    """
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise WireError(400, "SerializationException", "The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise WireError(400, "SerializationException", "The request body is not a JSON object.")
    return body
