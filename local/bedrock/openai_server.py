"""A model behind any OpenAI-compatible server (Ollama, vLLM, llama.cpp) as a local model.

Format: OpenAI's chat completions, as those servers speak it: `messages`, `tools`, `tool_choice`,
`response_format`, `stream` with `stream_options.include_usage`.
"""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from local.bedrock.model import (
    Finish,
    Json,
    Message,
    ModelFailedError,
    Piece,
    Prompt,
    StopReason,
    Text,
    ToolCall,
)

_REASONS: Mapping[str, StopReason] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "guardrail_intervened",
}
_STATUS = {401: "access_denied", 403: "access_denied", 404: "not_found", 408: "model_timeout"}
_STATUS |= {429: "throttling", 400: "validation", 422: "validation", 503: "unavailable"}


@dataclass(slots=True)
class _PartialCall:
    call_id: str = ""
    name: str = ""
    written: str = ""


class OpenAIServer:
    """Answers prompts by POST {base_url}/chat/completions.

    `model` None passes Bedrock's model id on; most servers want a name of their own.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key: str | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.name = f"openai:{model or 'by request'}"
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # The first answer of a local server may wait until the weights are loaded.
        self._client = client or httpx.AsyncClient(timeout=httpx.Timeout(10, read=300))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """From TANDEM_OPENAI_BASE_URL, _MODEL and _API_KEY; None where there is no URL."""
        url = environment.get("TANDEM_OPENAI_BASE_URL")
        if not url:
            return None
        return cls(
            url, environment.get("TANDEM_OPENAI_MODEL"), environment.get("TANDEM_OPENAI_API_KEY")
        )

    async def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Answer one prompt, text as it comes, tool calls when they are whole."""
        body = request_body(prompt, self._model or prompt.model_id)
        try:
            async with self._client.stream(
                "POST", self._url, json=body, headers=self._headers
            ) as response:
                if response.status_code >= 400:
                    text = (await response.aread()).decode(errors="replace")[:500]
                    error = _STATUS.get(response.status_code, "model_error")
                    raise ModelFailedError(error, f"{response.status_code}: {text}")
                async for piece in _pieces(response, prompt):
                    yield piece
        except httpx.TimeoutException as error:
            raise ModelFailedError("model_timeout") from error
        except httpx.HTTPError as error:
            raise ModelFailedError("unavailable", f"{self._url}: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _pieces(response: httpx.Response, prompt: Prompt) -> AsyncIterator[Piece]:
    calls: dict[int, _PartialCall] = {}
    reason: StopReason = "end_turn"
    usage: Json = {}
    async for line in response.aiter_lines():
        if not line.startswith("data:") or (data := line[5:].strip()) == "[DONE]":
            continue
        try:
            event = json.loads(data)
        except ValueError as error:
            raise ModelFailedError("model_error", "The server sent no JSON.") from error
        if failure := event.get("error"):
            raise ModelFailedError("model_error", str(failure)[:500])
        usage = event.get("usage") or usage
        for choice in event.get("choices", [])[:1]:
            delta = choice.get("delta") or {}
            if delta.get("content"):
                yield Text(delta["content"])
            for part in delta.get("tool_calls") or []:
                _grow(calls, part)
            if choice.get("finish_reason"):
                reason = _REASONS.get(choice["finish_reason"], "end_turn")
    for call in calls.values():
        yield ToolCall(call.name, _arguments(call), call.call_id)
    if calls and reason != "max_tokens":
        reason = "tool_use"
    elif prompt.must_call and not calls:
        raise ModelFailedError("model_error", "The server did not call the tool that it must call.")
    yield Finish(reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _grow(calls: dict[int, _PartialCall], part: Json) -> None:
    call = calls.setdefault(part.get("index", len(calls)), _PartialCall())
    function = part.get("function") or {}
    call.call_id = part.get("id") or call.call_id or f"tooluse_{uuid.uuid4().hex[:22]}"
    call.name = call.name or function.get("name") or ""
    call.written += function.get("arguments") or ""


def _arguments(call: _PartialCall) -> Json:
    try:
        given = json.loads(call.written or "{}")
    except ValueError as error:
        raise ModelFailedError("model_error", "A tool's input is not JSON.") from error
    if not isinstance(given, dict):
        raise ModelFailedError("model_error", "A tool's input is not an object.")
    return given


def request_body(prompt: Prompt, model: str) -> dict[str, Any]:
    """A prompt as the body of a streaming chat completion."""
    messages: list[Json] = []
    if prompt.system:
        messages.append({"role": "system", "content": prompt.system})
    for message in prompt.messages:
        messages += _messages(message)
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    optional = {
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "top_p": prompt.top_p,
        "stop": list(prompt.stop) or None,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if prompt.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                },
            }
            for tool in prompt.tools
        ]
        named = {"type": "function", "function": {"name": prompt.choice}}
        simple = {"auto": "auto", "any": "required"}
        body["tool_choice"] = simple.get(prompt.choice, named)
    if prompt.output_schema is not None:
        schema = {"name": "answer", "schema": dict(prompt.output_schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _messages(message: Message) -> list[Json]:
    written: list[Json] = [
        {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
        for result in message.results
    ]
    if message.text or message.calls:
        entry: Json = {"role": message.role, "content": message.text or None}
        if message.calls:
            entry["tool_calls"] = [
                {
                    "id": call.call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.dumps(call.input)},
                }
                for call in message.calls
            ]
        written.append(entry)
    return written
