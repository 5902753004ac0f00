"""Which model answers a conversation, by the model pointer: one of Bedrock, or one at an endpoint.

What only an endpoint needs is imported when the pointer first names one.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tandem.aws import clients
from tandem.aws.chat_bedrock import BedrockAnswerModel, BedrockGateModel, CurrentModels, OnlyThese
from tandem.aws.parameters import NoDocument
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.models import Conversation
from tandem.live.ports import AnswerJudge, AnswerModel

if TYPE_CHECKING:
    from tandem.aws.reward_judge import RewardJudges
    from tandem.live.answering import Answering


def answer_model(reference: ModelReference, models: Models) -> AnswerModel:
    """Asks this model, whatever becomes of the pointer. `models`: whose guardrail is applied."""
    if reference.endpoint is None:
        these = models.model_copy(update={"answer": reference, "trial": None})
        return BedrockAnswerModel(clients.bedrock_runtime(), OnlyThese(these))

    from tandem.aws.chat_endpoint import EndpointAnswerModel
    from tandem.aws.guardrails import Guard

    guard = Guard(clients.bedrock_runtime(), models.guardrail) if models.guardrail else None
    return EndpointAnswerModel(clients.sagemaker_runtime(), reference, guard)


class ByPointer:
    """`Answering.choose`: reads the pointer once, for all that a turn asks of it."""

    def __init__(self, models: CurrentModels, for_all: "Answering", judges: "RewardJudges") -> None:
        """`for_all`: what does not depend on the pointer, and what is asked where that cannot be
        read: it fails within the turn, as a model does."""
        self._models = models
        self._for_all = for_all
        self._judges = judges

    def __call__(self, conversation: Conversation) -> "Answering":
        try:
            models = self._models.current()
        except NoDocument:
            return self._for_all
        reference = models.for_conversation(conversation.conversation_id, conversation.created_at)
        return replace(
            self._for_all,
            answer_model=answer_model(reference, models),
            gate_model=BedrockGateModel(clients.bedrock_runtime(), OnlyThese(models)),
            judges=_JudgeOf(self._judges, reference),
        )


@dataclass(frozen=True, slots=True)
class _JudgeOf:
    """`AnswerJudges` of one model."""

    judges: "RewardJudges"
    reference: ModelReference

    def for_conversation(self, _conversation: Conversation) -> AnswerJudge | None:
        return self.judges.of(self.reference)
