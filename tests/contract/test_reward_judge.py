"""Reward models in S3 as judges of answers: what the pointer names is in force, or nothing is."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tandem.aws.reward_judge import TRIED_AGAIN, RewardJudges
from tandem.live.model_pointer import ModelReference, Models, Trial
from tandem.live.models import Conversation
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import LARGEST, RewardModel
from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder
from tests.contract.conftest import REGION
from tests.fakes import START, ManualClock
from tests.unit.tuning.rewards.rated_world import fitted_model

ROOT = Path(__file__).parents[2]
BUCKET = "models"
KEY = "runs/7/reward_model.json"
URI = f"s3://{BUCKET}/{KEY}"
NOVA = ModelReference(model_id="amazon.nova-lite-v1:0")
QUESTION = "How many endpoints may a new account run?"
GOOD = "A new account may run two endpoints at the same time; ask for more in the console [1]."
BAD = "Sorry, I cannot find anything about that."


class Pointer:
    """`CurrentModels` that a test moves."""

    def __init__(self, reward_model: str | None = URI) -> None:
        self.models = Models(answer=self.answer(reward_model), gate=NOVA)

    @staticmethod
    def answer(reward_model: str | None) -> ModelReference:
        return NOVA.model_copy(update={"reward_model": reward_model})

    def current(self) -> Models:
        return self.models


@pytest.fixture(scope="module")
def model() -> RewardModel:
    return fitted_model()


@pytest.fixture
def s3(aws: None) -> Any:
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def stored(s3: Any, model: RewardModel) -> Any:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=model.dump().encode())
    return s3


class Log:
    """What was written since the test began."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        self._capsys = capsys
        self._caplog = caplog

    @property
    def metrics(self) -> list[str]:
        lines = [json.loads(line) for line in self._capsys.readouterr().out.splitlines() if line]
        groups = [g for line in lines for g in line.get("_aws", {}).get("CloudWatchMetrics", [])]
        return [metric["Name"] for group in groups for metric in group["Metrics"]]

    @property
    def complaints(self) -> list[str]:
        ours = [record for record in self._caplog.records if "reward_judge" in record.pathname]
        return [record.levelname for record in ours]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Log:
    return Log(capsys, caplog)


def judges(s3: Any, pointer: Pointer, clock: ManualClock | None = None) -> RewardJudges:
    return RewardJudges(lambda: s3, pointer, clock or ManualClock())


def conversation(conversation_id: str = "c1") -> Conversation:
    return Conversation(
        conversation_id=conversation_id, customer_id="guest:1", created_at=START, active_at=START
    )


# --- a model that is there -----------------------------------------------------------------------
def test_the_model_that_the_pointer_names_predicts_ratings(stored: Any, model: RewardModel) -> None:
    judge = judges(stored, Pointer()).for_conversation(conversation())
    assert judge is not None

    context = [("customer", "Hello"), ("assistant", "Hello!")]
    good, bad = judge.predict(QUESTION, context, [GOOD, BAD], 2.5)

    expected = model.predict(Asked(QUESTION, tuple(context)), [GOOD, BAD])
    assert (good.rating, bad.rating) == pytest.approx([p.rating for p in expected], abs=1e-3)
    assert bad.chance_low == pytest.approx(expected[1].chance_below(2.5), abs=1e-3)
    assert bad.rating < good.rating
    assert bad.chance_low > good.chance_low


def test_a_model_is_loaded_once(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = stored.get_object

    def counted(**request: str) -> Any:
        reads.append(request["Key"])
        return read(**request)

    monkeypatch.setattr(stored, "get_object", counted)
    found = judges(stored, Pointer())

    assert found.for_conversation(conversation()) is found.for_conversation(conversation("c2"))
    assert reads == [KEY]


def test_when_the_pointer_moves_the_other_model_is_in_force(
    stored: Any, model: RewardModel
) -> None:
    generous = json.loads(model.dump()) | {"intercept": 9.0, "weights": [0.0] * len(model.weights)}
    stored.put_object(Bucket=BUCKET, Key="runs/8", Body=json.dumps(generous).encode())
    pointer = Pointer()
    found = judges(stored, pointer)
    found.for_conversation(conversation())

    pointer.models = Pointer(f"s3://{BUCKET}/runs/8").models

    judge = found.for_conversation(conversation())
    assert judge is not None
    assert judge.predict(QUESTION, [], [BAD], 2.5)[0].rating == 5


def test_a_conversation_on_trial_is_judged_by_the_trials_model(stored: Any) -> None:
    pointer = Pointer(None)
    trial = Trial(model=Pointer.answer(URI), share=1.0, since=START)
    pointer.models = pointer.models.model_copy(update={"trial": trial})
    found = judges(stored, pointer)

    began_before = conversation().model_copy(update={"created_at": START - timedelta(days=1)})

    assert found.for_conversation(conversation()) is not None
    assert found.for_conversation(began_before) is None


def test_another_embedding_may_be_named(stored: Any, tmp_path: Path) -> None:
    found = RewardJudges(lambda: stored, Pointer(), ManualClock(), str(tmp_path))

    assert found.for_conversation(conversation()) is None  # there is none in this folder
    assert RewardJudges(
        lambda: stored, Pointer(), ManualClock(), str(shipped_folder())
    ).for_conversation(conversation())


# --- one that is not -----------------------------------------------------------------------------
def test_a_pointer_without_a_reward_model_is_told_once_and_counted_each_time(
    s3: Any, log: Log
) -> None:
    found = judges(s3, Pointer(None))

    answers = [found.for_conversation(conversation()) for _ in range(3)]

    assert answers == [None, None, None]
    assert log.metrics == ["RewardModelMissing"] * 3
    assert log.complaints == ["WARNING"]


BROKEN = {
    "nothing is there": None,
    "it is empty": b"",
    "it is no JSON": b"PK\x03\x04",
    "it is of another format": b'{"format": "tandem-reward-9"}',
    "it is too large": b" " * (LARGEST + 1),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_model_that_cannot_be_used_is_reported_and_the_chat_goes_on_without(
    s3: Any, log: Log, body: bytes | None
) -> None:
    if body is not None:
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=body)

    assert judges(s3, Pointer()).for_conversation(conversation()) is None
    assert log.metrics == ["RewardModelRejected"]
    assert log.complaints == ["ERROR"]


@pytest.mark.parametrize("uri", ["https://example.com/model.json", "models/7", "s3://elsewhere/x"])
def test_a_place_that_cannot_be_read_is_reported(s3: Any, log: Log, uri: str) -> None:
    assert judges(s3, Pointer(uri)).for_conversation(conversation()) is None
    assert log.metrics == ["RewardModelRejected"]


def test_a_model_of_another_embedding_is_not_in_force(
    s3: Any, model: RewardModel, log: Log
) -> None:
    digest = StaticEmbedding.load(shipped_folder()).digest
    body = model.dump().replace(digest, "0" * 64)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=body.encode())

    assert judges(s3, Pointer()).for_conversation(conversation()) is None
    assert log.metrics == ["RewardModelRejected"]


def test_what_could_not_be_loaded_is_tried_again_later(
    s3: Any, model: RewardModel, log: Log
) -> None:
    clock = ManualClock()
    found = judges(s3, Pointer(), clock)
    assert found.for_conversation(conversation()) is None
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=model.dump().encode())

    clock.advance(TRIED_AGAIN.total_seconds() - 1)
    assert found.for_conversation(conversation()) is None
    clock.advance(1)
    assert found.for_conversation(conversation()) is not None
    assert log.metrics == ["RewardModelRejected"]


# --- what a start carries ------------------------------------------------------------------------
def test_a_function_that_uses_no_reward_model_loads_nothing_for_one() -> None:
    code = (
        "import json, sys\n"
        "import tandem.live.turn, tandem.aws.reward_judge\n"
        "print(json.dumps([m for m in ('numpy', 'tokenizers', 'safetensors') if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "layers" / "tandem")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == []
