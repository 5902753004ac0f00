"""The model pointer decides for a whole turn: who answers, who judges, what is recorded."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from tandem.aws import clients
from tandem.aws.answer_models import ByPointer
from tandem.aws.chat_bedrock import BedrockAnswerModel
from tandem.aws.chat_endpoint import EndpointAnswerModel
from tandem.aws.parameters import NoDocument
from tandem.aws.reward_judge import RewardJudges
from tandem.live.answering import Answering
from tandem.live.model_pointer import ModelReference, Models, Trial
from tandem.live.models import Conversation
from tandem.live.ports import AnswerJudge
from tests.contract.wiring import forget
from tests.fakes import START, ScriptedAnswerModel, ScriptedGateModel, ScriptedRetriever

ROOT = Path(__file__).parents[2]
NOVA = ModelReference(model_id="amazon.nova-lite-v1:0")
GATE = ModelReference(model_id="amazon.nova-micro-v1:0")
TRAINED = ModelReference(
    model_id="arn:aws:sagemaker:us-east-1:123456789012:model-package/tandem-models/3",
    endpoint="tandem-blue",
    reward_model="s3://models/runs/3/reward.json",
    version=3,
)
TRIAL = Models(answer=NOVA, gate=GATE, trial=Trial(model=TRAINED, share=1.0, since=START))


@dataclass
class Pointer:
    models: Models | None

    def current(self) -> Models:
        if self.models is None:
            raise NoDocument("there is none")
        return self.models


class Judges:
    """Stands for `RewardJudges`: notes whose judge is asked for."""

    def __init__(self) -> None:
        self.asked: list[ModelReference] = []

    def of(self, reference: ModelReference) -> AnswerJudge | None:
        self.asked.append(reference)
        return None


class Chat:
    def __init__(self, models: Models | None) -> None:
        self.pointer = Pointer(models)
        self.judges = Judges()
        self.for_all = Answering(
            ScriptedRetriever(), ScriptedAnswerModel(), ScriptedGateModel(), minimum_score=0.3
        )
        judges = cast("RewardJudges", self.judges)
        self.choose = ByPointer(self.pointer, self.for_all, judges)


@pytest.fixture(autouse=True)
def account(aws: None) -> Iterator[None]:
    forget()
    yield
    forget()


def conversation(began: timedelta = timedelta()) -> Conversation:
    at = START + began
    return Conversation(conversation_id="c1", customer_id="guest:1", created_at=at, active_at=at)


def test_a_conversation_of_the_trial_is_answered_at_the_endpoint() -> None:
    answering = Chat(TRIAL).choose(conversation())

    assert isinstance(answering.answer_model, EndpointAnswerModel)
    assert answering.answer_model.model_id == TRAINED.model_id
    assert answering.minimum_score == 0.3


def test_one_that_began_before_stays_with_the_live_model() -> None:
    answering = Chat(TRIAL).choose(conversation(-timedelta(days=1)))

    assert isinstance(answering.answer_model, BedrockAnswerModel)
    assert answering.answer_model.model_id == NOVA.model_id


def test_however_the_pointer_moves_a_turn_stays_with_what_it_began_with() -> None:
    chat = Chat(TRIAL)
    answering = chat.choose(conversation())

    chat.pointer.models = Models(answer=GATE, gate=NOVA)

    assert answering.answer_model.model_id == TRAINED.model_id
    assert answering.gate_model.model_id == GATE.model_id
    assert answering.judges is not None
    answering.judges.for_conversation(conversation())
    assert chat.judges.asked == [TRAINED]
    assert chat.choose(conversation()).answer_model.model_id == GATE.model_id


def test_a_pointer_that_cannot_be_read_fails_within_the_turn() -> None:
    chat = Chat(None)

    assert chat.choose(conversation()) is chat.for_all


def test_no_client_for_endpoints_is_made_before_one_is_asked() -> None:
    Chat(TRIAL).choose(conversation(-timedelta(days=1)))
    assert clients.sagemaker_runtime.cache_info().currsize == 0

    Chat(TRIAL).choose(conversation())
    assert clients.sagemaker_runtime.cache_info().currsize == 1


def test_nothing_of_endpoints_is_imported_before_one_is_asked() -> None:
    code = """
import sys
from tandem.aws import answer_models
print([name for name in ("tandem.aws.chat_endpoint", "tandem.tuning") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PYTHONPATH": str(ROOT / "layers" / "tandem"),
            "AWS_DEFAULT_REGION": "us-east-1",
            "POWERTOOLS_SERVICE_NAME": "tests",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
