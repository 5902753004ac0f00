"""From rated answers to a reward model that picks what goes out, and back, by events alone.

Nothing of it needs what trains weights: that is hidden here.
"""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from local.build import ROOT
from local.stack import STACK
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import RewardModel
from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Expert
from tests.e2e.reviewing import LEAD
from tests.e2e.tuning import READER, Tuning, another_answer

type Json = dict[str, Any]

QUESTION = "How does managed spot training work?"
BEST_OF_FOUR = {"answering": {"best_of": 4}}


@pytest.fixture(scope="module")
def dataset(tuning: Tuning, rated: int) -> Iterator[int]:
    """Sixty rated answers and one more, which a reviewer has rated just now; nothing else was done
    by anybody."""
    stack, pair = tuning.deployment.stack, another_answer()
    stack.without_trainer = True
    with tuning.policy({"training": {"automatic": True, "minimum_new": 1}}):
        tuning.rates([pair])
        number = int(tuning.review.dataset_with(pair[0])["version"])
        tuning.started(number)
    yield number
    stack.without_trainer = False
    tuning.as_before()


@pytest.fixture(scope="module")
def candidate(tuning: Tuning, dataset: int) -> int:
    """The version that comes of it."""
    return tuning.registered(dataset)


@pytest.fixture
def reward_model(tuning: Tuning, candidate: int) -> RewardModel:
    made = tuning.made_by(tuning.run_behind(candidate))
    text = tuning.read(f"{made}reward/reward_model.json")
    return RewardModel.load(text, StaticEmbedding.load(shipped_folder()))


def observed(expert: Expert, conversation_id: str) -> Json:
    """What the gate has observed of the newest question."""
    turns = expert.read(conversation_id)["turns"]
    found: Json = [turn for turn in turns if turn["author"] == "customer"][-1]["decision"][
        "observed"
    ]
    return found


def test_ratings_train_a_reward_model_without_anybody_asking(
    tuning: Tuning, dataset: int, candidate: int
) -> None:
    run = tuning.run_of(dataset)
    assert run
    assert (run["asked_by"], run["status"], run["version"]) == ("policy", "registered", candidate)
    job = tuning.job(run["name"])
    assert job["TrainingJobStatus"] == "Completed"
    assert {each["MetricName"] for each in job["FinalMetricDataList"]} >= {"rm/spearman"}
    detail = tuning.detail(candidate)
    assert detail["version"]["kind"] == "reward_model"
    assert detail["summary"]["ratings"]["train"] >= 30
    assert detail["summary"]["reward_model"]["spearman"] > 0.5
    assert tuning.package(candidate)["ModelApprovalStatus"] == "PendingManualApproval"


def test_people_compare_blind_and_prefer_what_it_picks(
    tuning: Tuning, bus: Bus, candidate: int
) -> None:
    under_way = tuning.becomes(candidate, "comparing", within=120)
    assert tuning.detail(candidate)["samples"] == []
    pairs = tuning.compares(candidate)
    passed = tuning.becomes(candidate, "passed", "refused")

    assert passed["status"] == "passed", passed["verdict"]
    assert all(not {"model_id", "candidate_is"} & pair.keys() for pair in pairs)
    assert under_way["comparison"]["better"] == under_way["comparison"]["worse"] == 0
    assert passed["comparison"]["better"] > passed["comparison"]["worse"]
    assert bus.hears("Candidate Judged", model_version=candidate)["passed"] is True
    assert tuning.detail(candidate)["samples"]


def test_what_is_approved_answers_a_share_and_then_all(
    tuning: Tuning, bus: Bus, candidate: int
) -> None:
    tuning.does("approve", candidate, "People like it better.")
    trial = tuning.becomes(candidate, "trial")
    assert (trial["approved_by"], trial["share"]) == (LEAD.user, 0.5)
    assert tuning.package(candidate)["ModelApprovalStatus"] == "Approved"
    assert bus.hears("Model Promoted", model_version=candidate, share=0.5)

    tuning.does("promote", candidate, "It reads well.")
    live = tuning.becomes(candidate, "live")
    assert live["share"] == 1
    assert bus.hears("Model Promoted", model_version=candidate, share=1.0)
    assert tuning.pointer()["answer"]["version"] == candidate


def test_the_new_reward_model_picks_what_goes_out(
    tuning: Tuning, deployment: Deployment, expert: Expert, reward_model: RewardModel
) -> None:
    with deployment.customer() as customer:
        usual = customer.asks(QUESTION)["text"]
    with deployment.policy(BEST_OF_FOUR, "AnswerMessage"), deployment.customer() as customer:
        answer = customer.asks(QUESTION)
        seen = observed(expert, customer.conversation_id)

    picked, first = reward_model.predict(Asked(QUESTION), [answer["text"], usual])
    assert answer["model_id"] == READER
    assert seen["drafts"] == 4
    assert seen["predicted_rating"] == pytest.approx(picked.rating, abs=0.01)
    assert picked.rating >= first.rating


def test_a_person_is_called_before_a_low_rating(
    tuning: Tuning, deployment: Deployment, bus: Bus, candidate: int, reward_model: RewardModel
) -> None:
    tuning.becomes(candidate, "live")
    with deployment.customer() as customer:
        usual = customer.asks(QUESTION)["text"]
    (predicted,) = reward_model.predict(Asked(QUESTION), [usual])
    low = {"enabled": True, "rating": 4.5, "chance": predicted.chance_below(4.5) - 0.01}
    assert 0 < low["chance"] < 1

    with (
        deployment.policy({"triggers": {"predicted_low": low}}, "AnswerMessage"),
        deployment.customer() as customer,
    ):
        customer.says(QUESTION)
        assert customer.hears("person_coming")["owner"] == "waiting"
        called = bus.wait(customer.conversation_id, "Escalation Requested")
        assert called["trigger"] == "predicted_low"
        assert [turn["author"] for turn in customer.turns] == ["customer", "system"]


def test_a_lead_rolls_back_and_all_is_as_before(
    tuning: Tuning, deployment: Deployment, bus: Bus, expert: Expert, candidate: int
) -> None:
    tuning.becomes(candidate, "live")
    rolled_back = tuning.does("roll_back", candidate, "Just to see.")

    assert rolled_back["status"] == "rolled_back"
    told = bus.hears("Model Rolled Back", model_version=candidate)
    assert (told["back_to"], told["because"]) == (READER, "lead")
    assert (told["rolled_back_by"], told["reason"]) == (LEAD.user, "Just to see.")
    assert answer_as_before(tuning, deployment, expert)["model_id"] == READER


def test_the_command_rolls_back_what_was_made_live_again(
    tuning: Tuning, deployment: Deployment, expert: Expert, candidate: int
) -> None:
    tuning.does("promote", candidate, "Once more.")
    tuning.becomes(candidate, "live")

    done = roll_back(deployment, "--reason", "It is late.")

    assert done.stdout.strip() == f"version {candidate} is rolled back: {READER} answers"
    rolled_back = tuning.version(candidate)
    assert (rolled_back["status"], rolled_back["reason"]) == ("rolled_back", "It is late.")
    assert answer_as_before(tuning, deployment, expert)["model_id"] == READER
    again = roll_back(deployment)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.strip() == f"rollback: {READER} answers, which was not trained here"


def answer_as_before(tuning: Tuning, deployment: Deployment, expert: Expert) -> Json:
    """What goes out now, which nobody predicts a rating of."""
    assert "reward_model" not in tuning.pointer()["answer"]
    with deployment.policy(BEST_OF_FOUR, "AnswerMessage"), deployment.customer() as customer:
        answer = customer.asks(QUESTION)
        assert "predicted_rating" not in observed(expert, customer.conversation_id)
    return answer


def roll_back(deployment: Deployment, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tandem.aws.roll_back", STACK, *options],
        cwd=ROOT,
        env={**deployment.engine.environment(), "PYTHONPATH": str(ROOT / "layers" / "tandem")},
        capture_output=True,
        text=True,
        check=False,
    )
