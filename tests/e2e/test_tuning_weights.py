"""From rated answers to a model with weights of its own that answers customers, from an endpoint
and from Bedrock, and back. The base is small; the policy asks of it what such a one can do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sagemaker import interpreters
from local.stack import STACK
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.tuning import GENEROUS, READER, WEIGHTS, Tuning
from tests.e2e.waiting import until

type Json = dict[str, Any]

QUESTION = "How does managed spot training work?"
ANOTHER = "What should I know about quotas?"
NO_INSTANCE = "There is no healthy instance today."
NEITHER_TIME_NOR_SPEED = ("seconds", "tokens_per_second")


@pytest.fixture(autouse=True, scope="module")
def _trainer() -> None:
    if interpreters.trainer() is None:
        pytest.skip("weights are trained with .venv-train only, which `make train` sets up")


@pytest.fixture(autouse=True, scope="module")
def _policy(_trainer: None, tuning: Tuning, rated: int, base: Path) -> Iterator[None]:
    tuning.as_before()
    # Here, too, whatever SageMaker tells of comes twice.
    tuning.fault("event_doubled", times=None)
    with tuning.policy({"training": WEIGHTS, "gate": GENEROUS}):
        yield
    tuning.as_before()
    tuning.no_endpoints()


@pytest.fixture(scope="module")
def job(tuning: Tuning) -> str:
    """A training of weights whose machine is taken away half-way."""
    dataset, _ = tuning.another_dataset()
    tuning.fault("job_interrupted", match=f"-d{dataset}")
    tuning.trains()
    tuning.registered(dataset)
    return tuning.started(dataset)


@pytest.fixture(scope="module")
def candidate(tuning: Tuning, job: str) -> int:
    number = int(next(run for run in tuning.overview()["runs"] if run["name"] == job)["version"])
    tuning.passes(number)
    return number


def test_a_training_that_is_killed_half_way_goes_on_and_makes_the_same_model(
    tuning: Tuning, job: str
) -> None:
    killed = tuning.job(job)
    undisturbed = tuning.once_more(job)

    statuses = [each["Status"] for each in killed["SecondaryStatusTransitions"]]
    assert statuses.count("Interrupted") == 1
    assert "Goes on after step" in tuning.log(job)
    assert "Goes on after step" not in tuning.log(undisturbed)
    weights = [
        tuning.read(f"{tuning.made_by(j)}model/model.safetensors") for j in (job, undisturbed)
    ]
    assert weights[0] == weights[1]
    steps = [
        [
            {
                name: said
                for name, said in json.loads(line).items()
                if name not in NEITHER_TIME_NOR_SPEED
            }
            for line in tuning.read(f"{tuning.made_by(j)}metrics.jsonl").splitlines()
        ]
        for j in (job, undisturbed)
    ]
    assert steps[0]
    assert steps[0] == steps[1]


def test_an_endpoint_that_does_not_come_up_leaves_what_is_live_alone(
    tuning: Tuning, deployment: Deployment, candidate: int
) -> None:
    before = tuning.pointer()
    tuning.fault("endpoint_fails", match=f"{STACK}-v{candidate}-", message=NO_INSTANCE)
    tuning.does("approve", candidate)
    failed = tuning.becomes(candidate, "failed")

    assert NO_INSTANCE in failed["reason"]
    assert tuning.pointer() == before
    assert answered(deployment, QUESTION)["model_id"] == READER


def test_a_model_whose_file_is_cut_off_answers_nobody(
    tuning: Tuning, deployment: Deployment, job: str, candidate: int
) -> None:
    before, weights = tuning.pointer(), f"{tuning.made_by(job)}model/model.safetensors"
    whole = tuning.read(weights)
    tuning.put(weights, whole[: len(whole) // 2])
    try:
        tuning.does("promote", candidate, "Try again.")
        # What did not come up is deleted first, and nothing tells when it is gone.
        failed = tuning.becomes_by_reconciler(candidate, "failed")
    finally:
        tuning.put(weights, whole)

    assert "cannot be loaded" in failed["reason"]
    assert "file not fully covered" in failed["reason"]
    assert tuning.pointer() == before
    assert answered(deployment, QUESTION)["model_id"] == READER


def test_once_it_is_in_service_it_answers_its_share_of_the_conversations(
    tuning: Tuning, candidate: int
) -> None:
    tuning.fault("event_lost", match='"IN_SERVICE"')
    tuning.does("promote", candidate, "Try again.")
    tuning.becomes_by_reconciler(candidate, "trial")
    tuning.let_trial_begin()

    with (
        tuning.conversation(of_candidate=True) as tries,
        tuning.conversation(of_candidate=False) as does_not,
    ):
        first, second = tries.asks(QUESTION), tries.asks(ANOTHER)
        usual, again = does_not.asks(QUESTION), does_not.asks(ANOTHER)
        until(
            lambda: (
                tuning.overview()["trial"]["figures"]
                == {
                    "candidate_conversations": 1,
                    "candidate_bad": 0,
                    "live_conversations": 1,
                    "live_bad": 0,
                }
            ),
            "both conversations are counted",
        )

    name = tuning.detail(candidate)["model_id"]
    assert [first["model_id"], second["model_id"]] == [name, name]
    assert [usual["model_id"], again["model_id"]] == [READER, READER]
    assert first["text"] == tuning.endpoint_says(candidate, QUESTION)
    assert usual["sources"]


def test_made_live_it_answers_all_and_rolled_back_none(
    tuning: Tuning, deployment: Deployment, candidate: int
) -> None:
    tuning.does("promote", candidate, "It reads well.")
    tuning.becomes(candidate, "live")
    tuning.chat_knows()
    answer = answered(deployment, QUESTION)
    assert answer["model_id"] == tuning.detail(candidate)["model_id"]
    assert answer["text"] == tuning.endpoint_says(candidate, QUESTION)

    tuning.does("roll_back", candidate)
    tuning.becomes(candidate, "rolled_back")
    tuning.chat_knows()
    assert answered(deployment, QUESTION)["model_id"] == READER


def test_an_alarm_of_its_endpoint_rolls_it_back(
    tuning: Tuning, deployment: Deployment, bus: Bus, candidate: int
) -> None:
    tuning.does("promote", candidate, "It reads well.")
    tuning.becomes(candidate, "live")
    endpoint = tuning.pointer()["answer"]["endpoint"]
    with tuning.alarm(f"{endpoint}-errors"):
        rolled_back = tuning.becomes(candidate, "rolled_back")

    assert f"{endpoint}-errors" in rolled_back["reason"]
    told = until(
        lambda: bus.heard("Model Rolled Back", model_version=candidate, because="alarm"),
        "it is told",
    )
    assert told[0]["back_to"] == READER
    tuning.chat_knows()
    assert answered(deployment, QUESTION)["model_id"] == READER


def test_imported_into_bedrock_it_answers_as_well(
    tuning: Tuning, deployment: Deployment, candidate: int
) -> None:
    with tuning.policy({"hosting": {"on": "bedrock", "provider": "meta"}, "gate": GENEROUS}):
        said_before = tuning.endpoint_says(candidate, QUESTION)
        tuning.no_endpoints()
        tuning.does("promote", candidate, "From Bedrock.")
        tuning.becomes_by_reconciler(candidate, "live")
        tuning.chat_knows()
        answer = answered(deployment, QUESTION)

        assert ":imported-model/" in answer["model_id"]
        assert answer["model_id"] == tuning.pointer()["answer"]["model_id"]
        assert answer["text"] == said_before
        tuning.does("roll_back", candidate)
        tuning.becomes(candidate, "rolled_back")
    tuning.chat_knows()
    assert answered(deployment, QUESTION)["model_id"] == READER


def answered(deployment: Deployment, question: str) -> Json:
    """The assistant's turn in a conversation that has just begun."""
    with deployment.customer() as customer:
        return dict(customer.asks(question))
