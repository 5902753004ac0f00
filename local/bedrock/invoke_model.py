"""The bodies of InvokeModel: Anthropic's messages format, and the text formats of Meta and of
Amazon Titan, as documented for InvokeModel."""

from dataclasses import dataclass

from local.bedrock.converse import read_converse
from local.bedrock.model import Json, Message, Prompt, ToolCall
from local.bedrock.wire import validation_error

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
