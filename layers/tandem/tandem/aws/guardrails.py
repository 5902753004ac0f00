"""A guardrail for what Converse does not guard: models that answer at an endpoint.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
"""

from typing import TYPE_CHECKING, Literal

from tandem.live.model_pointer import Guardrail

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient


class Guard:
    """The pointer's guardrail, applied to what is asked and to what is answered."""

    def __init__(self, client: "BedrockRuntimeClient", guardrail: Guardrail) -> None:
        self._client = client
        self._guardrail = guardrail

    def intervenes(self, source: Literal["INPUT", "OUTPUT"], text: str) -> bool:
        """Whether this must not be said; also where the guardrail would only mask a part of it, as
        with a model of Bedrock."""
        answer = self._client.apply_guardrail(
            guardrailIdentifier=self._guardrail.id,
            guardrailVersion=self._guardrail.version,
            source=source,
            content=[{"text": {"text": text}}],
        )
        return answer["action"] == "GUARDRAIL_INTERVENED"
