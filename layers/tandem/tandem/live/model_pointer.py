"""The pointer that says which models answer and judge: promotion and rollback move it.

It is read again every 30 seconds: what goes live needs no deploy, and a deploy with another gate
or guardrail takes nothing out.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from tandem.live.models import Frozen

EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]


class ModelReference(Frozen):
    """One model of Bedrock: a model id, an inference profile, or the ARN of one, of an imported or
    of a custom model; or one behind an endpoint of SageMaker."""

    model_id: str
    """Under which its answers are recorded. With `endpoint`, that is all that it is for."""
    provider: str | None = None
    """Whose model it is (`anthropic`, `meta`, …): needed with an ARN, which does not tell."""
    base_model_id: str | None = None
    """Which model an imported one or an application's inference profile is made from: it decides
    what is asked of it (tool choice, streaming)."""
    stream: bool | None = None
    """Whether it can stream with tools; if not, answers come in one piece. None: as LangChain knows
    of the base model; one that it does not know is asked to stream."""
    endpoint: EndpointName | None = None
    """A SageMaker endpoint that serves a model of Tandem's training; None: Bedrock is asked."""
    reward_model: str | None = None
    """URI of the reward model that predicts how people would rate its answers; None: nothing does,
    and neither best-of-n nor the trigger `predicted_low` has anything to go by."""
    version: Annotated[int, Field(ge=1)] | None = None
    """Of the model registry; None: not one that was trained here."""

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.endpoint is not None:
            return self
        if self.model_id.startswith("arn:") and not self.provider:
            raise ValueError(f"give the provider of {self.model_id}: its ARN does not tell it")
        if "application-inference-profile" in self.model_id and not self.base_model_id:
            raise ValueError(f"give the base_model_id of the inference profile {self.model_id}")
        return self


class Guardrail(Frozen):
    id: str
    version: str


class Trial(Frozen):
    """A candidate that answers a share of the conversations that began since."""

    model: ModelReference
    share: Annotated[float, Field(gt=0, le=1)]
    since: datetime
    """Conversations that were open before stay with the model that they began with."""

    def takes(self, conversation_id: str, created_at: datetime) -> bool:
        """The same for a conversation however often it is asked, on every machine."""
        if created_at < self.since:
            return False
        # Salted by the trial, so that it is not the same customers who try every candidate.
        named = f"{self.model.model_id} {self.model.version} {conversation_id}"
        drawn = int.from_bytes(hashlib.sha256(named.encode()).digest()[:8])
        return drawn < self.share * 2**64


class Models(Frozen):
    """The pointer: what was deployed, and what was promoted since in its place."""

    answer: ModelReference
    gate: ModelReference
    guardrail: Guardrail | None = None
    trial: Trial | None = None

    def for_conversation(self, conversation_id: str, created_at: datetime) -> ModelReference:
        """The model that answers a conversation."""
        if self.trial is not None and self.trial.takes(conversation_id, created_at):
            return self.trial.model
        return self.answer


class Promoted(Frozen):
    """The part of the pointer that promotion and rollback move. Gate and guardrail are not in it:
    those that are deployed hold for a model that was promoted, too."""

    # A document of all models is one as well: with that of the deployment, the way back by hand.
    model_config = ConfigDict(extra="ignore")

    answer: ModelReference
    trial: Trial | None = None

    def over(self, deployed: Models) -> Models:
        return deployed.model_copy(update={"answer": self.answer, "trial": self.trial})
