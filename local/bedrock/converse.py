"""The body of Converse and ConverseStream. Source: botocore's model of `bedrock-runtime`."""

import json
from itertools import pairwise
from typing import cast

from local.bedrock.model import Json, Message, Prompt, Role, Tool, ToolCall, ToolResult
from local.bedrock.wire import check_request, validation_error


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
