"""The answering model and the gate's model: LangChain's `ChatBedrockConverse`.

Which models they are says the pointer (`Models`), read at each call, so that a promotion
or a rollback takes effect without a deploy.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tandem.aws.bedrock_failures import model_failure
from tandem.aws.chat_models import (
    AIMessage,
    AIMessageChunk,
    ChatBedrockConverse,
    HumanMessage,
    SystemMessage,
)
from tandem.aws.thinking import SpokenText
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import Guardrail, ModelReference, Models
from tandem.live.models import Judgement
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tandem.live.prompts import CANNOT_ANSWER_TOOL, gate_prompt

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient

GATE_MAX_TOKENS = 200
_STOPS: dict[str, Literal["end", "length", "guardrail"]] = {
    "guardrail_intervened": "guardrail",
    "content_filtered": "guardrail",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
_MALFORMED = frozenset({"malformed_model_output", "malformed_tool_use"})


class CurrentModels(Protocol):
    """Where the pointer is read, as `parameters.ModelPointer`."""

    def current(self) -> Models: ...


@dataclass(frozen=True, slots=True)
class OnlyThese:
    """A pointer that stays as it is."""

    models: Models

    def current(self) -> Models:
        return self.models


class BedrockAnswerModel:
    """`AnswerModel`. Without a guardrail in the pointer, none is applied."""

    def __init__(self, client: "BedrockRuntimeClient", models: CurrentModels) -> None:
        self._client = client
        self._models = models

    @property
    def model_id(self) -> str:
        return self._models.current().answer.model_id

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        models = self._models.current()
        try:
            chat = chat_model(self._client, models.answer, models.guardrail)
            answering = chat.bind_tools(
                [CANNOT_ANSWER_TOOL], **_bounds(chat, prompt.max_tokens, prompt.temperature)
            )
            answer = _Answer(models.answer.model_id)
            for chunk in answering.stream(_messages(prompt)):
                if text := answer.take(chunk):
                    yield Piece(text)
            if text := answer.spoken.end():
                yield Piece(text)
            yield from answer.end()
        except Exception as error:  # whatever LangChain, botocore or the HTTP library raises
            raise model_failure(error) from error


class _Answer:
    """What has come of one answer besides its text."""

    def __init__(self, model_id: str) -> None:
        self.spoken = SpokenText()
        self._model_id = model_id
        self._stop = ""
        self._usage: dict[str, int] = {}
        self._tool_input: str | None = None

    def take(self, chunk: AIMessage) -> str:
        """Note a chunk, and return what of its text can be shown.

        Where LangChain knows that a model cannot stream with tools, the one chunk is the answer.
        """
        if isinstance(chunk, AIMessageChunk):
            for part in chunk.tool_call_chunks:
                self._tool_input = (self._tool_input or "") + (part["args"] or "")
        else:
            for call in chunk.tool_calls:
                self._tool_input = json.dumps(call["args"])
        self._stop = chunk.response_metadata.get("stopReason", self._stop)
        if usage := chunk.usage_metadata:
            self._usage = {"input": usage["input_tokens"], "output": usage["output_tokens"]}
        return self.spoken.feed(str(chunk.text))

    def end(self) -> Iterator[CannotAnswer | Finished]:
        if self._stop in _MALFORMED:
            raise ModelFailure("unavailable", f"the model's output is broken: {self._stop}")
        stop = _STOPS.get(self._stop, "end")
        if self._tool_input is not None and stop != "guardrail":
            yield CannotAnswer(_reason(self._tool_input))
        yield Finished(self._model_id, stop, self._usage)


class BedrockGateModel:
    """`GateModel`: a forced call of the tool `Judgement`.

    No guardrail is applied: what it says is shown to nobody, and an upset customer's words must not
    be blocked before they are judged.
    """

    def __init__(self, client: "BedrockRuntimeClient", models: CurrentModels) -> None:
        self._client = client
        self._models = models

    @property
    def model_id(self) -> str:
        return self._models.current().gate.model_id

    def judge(self, message: str, earlier: Sequence[str]) -> Judgement:
        system, user = gate_prompt(message, earlier)
        try:
            chat = chat_model(self._client, self._models.current().gate, None)
            judging = chat.with_structured_output(_judgement_schema())
            answer = judging.invoke(
                [SystemMessage(system), HumanMessage(user)],
                **_bounds(chat, GATE_MAX_TOKENS, 0.0),
            )
            return _judgement(answer)
        except Exception as error:  # whatever LangChain, botocore or pydantic raises
            raise model_failure(error) from error


@lru_cache(maxsize=8)
def chat_model(
    client: "BedrockRuntimeClient", model: ModelReference, guardrail: Guardrail | None
) -> ChatBedrockConverse:
    """LangChain's chat model for a reference. It makes no client of its own and calls nobody."""
    chosen: dict[str, Any] = {"model_id": model.model_id}
    if model.provider:
        chosen["provider"] = model.provider
    if model.base_model_id:
        chosen["base_model_id"] = model.base_model_id
    if guardrail:
        chosen["guardrail_config"] = {
            "guardrailIdentifier": guardrail.id,
            "guardrailVersion": guardrail.version,
            "trace": "disabled",
        }
    chat = ChatBedrockConverse(
        client=client,
        # The control plane's client is only for profiles without base_model_id, which the pointer
        # does not allow; making one would lengthen the cold start.
        bedrock_client=client,
        region_name=client.meta.region_name,
        **chosen,
    )
    if model.stream is not None:
        chat.disable_streaming = not model.stream
    elif chat.disable_streaming is True:
        # LangChain does not know this model, and would silently not stream. (Of those that it
        # knows not to stream with tools, it says "tool_calling" here.)
        chat.disable_streaming = False
    return chat


def _bounds(chat: ChatBedrockConverse, max_tokens: int, temperature: float) -> dict[str, Any]:
    # Some models refuse a request that names a temperature.
    if chat.profile and chat.profile.get("temperature") is False:
        return {"max_tokens": max_tokens}
    return {"max_tokens": max_tokens, "temperature": temperature}


def _messages(prompt: Prompt) -> "list[BaseMessage]":
    kinds = {"user": HumanMessage, "assistant": AIMessage}
    return [SystemMessage(prompt.system), *(kinds[role](text) for role, text in prompt.messages)]


def _reason(tool_input: str) -> str:
    """The tool's reason. A model may call it without one, or be cut off within it."""
    try:
        return str(json.loads(tool_input)["reason"])
    except (ValueError, KeyError, TypeError):
        return ""


@lru_cache(maxsize=1)
def _judgement_schema() -> dict[str, Any]:
    """The schema of `Judgement`, with all fields asked for."""
    schema = Judgement.model_json_schema()
    return {**schema, "required": list(schema["properties"])}


def _judgement(answer: Any) -> Judgement:
    """The judgement of a model that may leave the range or add fields of its own."""
    if not isinstance(answer, dict):
        raise ModelFailure("validation", "the gate's model did not call its tool")
    known = {name: answer[name] for name in Judgement.model_fields if name in answer}
    if isinstance(sentiment := known.get("sentiment"), int | float):
        known["sentiment"] = min(1.0, max(-1.0, sentiment))
    return Judgement.model_validate(known)
