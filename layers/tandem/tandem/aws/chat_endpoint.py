"""The answering model behind an endpoint of SageMaker: one that Tandem has trained.

It is asked as it was trained: with the question and what was said before, without passages. Its
answer comes in one piece:

    request   {"inputs": "How do I …?", "parameters": {"max_new_tokens": 200, "temperature": 0.0}}
    response  {"generated_text": "…", "finish_reason": "stop" or "length",
               "usage": {"input": tokens, "output": tokens}}

LangChain's `SagemakerEndpoint` is not used: of an answer it hands on the text alone, of an error
the text alone, and a turn needs to know more of both.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal, Protocol

from botocore.exceptions import ClientError
from pydantic import ConfigDict, Field, ValidationError

from tandem.aws.bedrock_failures import model_failure
from tandem.aws.guardrails import Guard
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference
from tandem.live.models import Frozen
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tandem.tuning.rewards.asked import asked_text

_JSON = "application/json"
_TIMED_OUT = "timed out"
_SERVER_ERROR = 500


class EndpointRuntime(Protocol):
    """What is used of the service `sagemaker-runtime`, for which there are no type stubs here."""

    def invoke_endpoint(self, **request: Any) -> Any: ...


class _Said(Frozen):
    # A container may say more of an answer than is asked for here.
    model_config = ConfigDict(extra="ignore")


class _Tokens(_Said):
    input: int = Field(ge=0)
    output: int = Field(ge=0)


class _Answer(_Said):
    generated_text: str
    finish_reason: Literal["stop", "length"] = "stop"
    usage: _Tokens | None = None


class EndpointAnswerModel:
    """`AnswerModel`. Without a guard, nothing is guarded."""

    def __init__(
        self,
        client: EndpointRuntime,
        reference: ModelReference,
        guard: Guard | None = None,
    ) -> None:
        self._client = client
        self._reference = reference
        self._guard = guard

    @property
    def model_id(self) -> str:
        return self._reference.model_id

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        try:
            yield from self._answer(prompt)
        except Exception as error:  # whatever botocore or the HTTP library raises
            raise _failure(error) from error

    def _answer(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        if self._guard and self._guard.intervenes("INPUT", prompt.question):
            yield self._finished("guardrail")
            return
        answer = self._ask(prompt)
        usage = answer.usage.model_dump() if answer.usage else {}
        text = answer.generated_text.strip()
        if not text:
            yield CannotAnswer("the model's answer is empty")
        elif self._guard and self._guard.intervenes("OUTPUT", text):
            yield self._finished("guardrail", usage)
            return
        else:
            yield Piece(text)
        yield self._finished("length" if answer.finish_reason == "length" else "end", usage)

    def _ask(self, prompt: Prompt) -> _Answer:
        asked = {
            "inputs": asked_text(prompt.question, prompt.context),
            "parameters": {
                "max_new_tokens": prompt.max_tokens,
                "temperature": prompt.temperature,
            },
        }
        said = self._client.invoke_endpoint(
            EndpointName=self._reference.endpoint,
            ContentType=_JSON,
            Accept=_JSON,
            Body=json.dumps(asked).encode(),
        )
        try:
            return _Answer.model_validate_json(said["Body"].read())
        except ValidationError as error:
            raise ModelFailure("validation", f"the endpoint's answer is broken: {error}") from error

    def _finished(
        self, stop: Literal["end", "length", "guardrail"], usage: dict[str, int] | None = None
    ) -> Finished:
        return Finished(self.model_id, stop, usage or {}, read_passages=False)


def _failure(error: Exception) -> ModelFailure:
    """Kinds as `bedrock_failures.model_failure` has them; `validation` where the endpoint is gone,
    or the model does not take the request."""
    if not isinstance(error, ClientError):
        return model_failure(error)
    code, message = error.response["Error"]["Code"], str(error)
    if code == "ModelError":
        if _TIMED_OUT in message:
            return ModelFailure("timeout", message)
        response: dict[str, Any] = {**error.response}
        status = response.get("OriginalStatusCode", _SERVER_ERROR)
        return ModelFailure("unavailable" if status >= _SERVER_ERROR else "validation", message)
    if code == "ValidationError":
        return ModelFailure("validation", message)
    return model_failure(error)
