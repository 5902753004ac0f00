"""Events come twice or not at all, trainings fail or leave something broken, data is withdrawn,
somebody approves what was refused: each is found, told with its reason, and what is live stays."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.tuning import READER, Tuning
from tests.e2e.waiting import until

type Json = dict[str, Any]

QUESTION = "How does managed spot training work?"
OF_THE_CHAIN = (
    "Training Requested",
    "Dataset Built",
    "Candidate Registered",
    "Comparison Completed",
    "Candidate Judged",
    "Model Promoted",
    "Message Answered",
    "Answer Rated",
    "Model Rolled Back",
)
SHORT_TRIAL = {"share": 0.5, "false_alarm": 0.4, "minimum_conversations": 1000}
"""Three bad conversations of the candidate, where nobody else's goes badly, are enough."""


@pytest.fixture(autouse=True)
def _as_before(tuning: Tuning, rated: int) -> Iterator[None]:
    tuning.as_before()
    yield
    tuning.as_before()


def test_whatever_comes_twice_counts_once(tuning: Tuning, deployment: Deployment, bus: Bus) -> None:
    with bus.doubled(*OF_THE_CHAIN), tuning.policy({"trial": SHORT_TRIAL}):
        tuning.fault("event_doubled", times=None)
        number, dataset = tuning.candidate()
        tuning.does("approve", number)
        tuning.becomes(number, "trial")
        tuning.let_trial_begin()
        with tuning.conversation(of_candidate=False) as well:
            well.asks(QUESTION)
        for _ in range(3):
            assert tuning.version(number)["status"] == "trial"
            goes_badly(tuning)
        rolled_back = tuning.becomes(number, "rolled_back")
        deployment.settles()

    assert rolled_back["reason"].startswith(
        "it is worse than the live model: 3 of its 3 conversations went badly, and 0 of 1 of the"
        " live model's"
    )
    assert tuning.actions(number) == [
        "registered",
        "passed the gate",
        "approved on the page",
        "trial",
        "rollback asked for",
        "rolled back",
    ]
    overview = tuning.overview()
    assert [run["version"] for run in overview["runs"] if run["dataset_version"] == dataset] == [
        number
    ]
    assert len(tuning.jobs(dataset)) == 1
    assert tuning.packages() == len(overview["versions"])
    # Two at once may both say it, as the same event; and each was doubled here.
    for detail_type in ("Candidate Judged", "Model Promoted", "Model Rolled Back"):
        told = bus.heard(detail_type, model_version=number)
        assert len(told) > 1, detail_type
        assert len({each["id"] for each in told}) == 1, detail_type


def goes_badly(tuning: Tuning) -> None:
    """A conversation of the candidate, whose customer does not like its answer."""
    with tuning.conversation(of_candidate=True) as customer:
        answer = customer.asks(QUESTION)
        before = tuning.bad_conversations()
        customer.does("thumb", turn_id=answer["turn_id"], thumb="down")
        until(lambda: tuning.bad_conversations() != before, "the thumb is counted")


def test_a_decision_that_no_event_told_of_is_found(
    tuning: Tuning, deployment: Deployment, bus: Bus
) -> None:
    number, _ = tuning.candidate()
    tuning.fault("event_lost", match="Model Package State Change")
    tuning.decides_in_sagemaker(number, "Approved")
    deployment.settles()
    assert tuning.version(number)["status"] == "passed"

    tuning.reconcile()

    trial = tuning.becomes(number, "trial")
    assert trial["approved_by"] == "SageMaker"
    tuning.decides_in_sagemaker(number, "Rejected")
    tuning.becomes(number, "rolled_back")
    assert bus.hears("Model Rolled Back", model_version=number)["back_to"] == READER


def test_what_a_training_leaves_broken_is_told_and_goes_nowhere(
    tuning: Tuning, deployment: Deployment, bus: Bus
) -> None:
    """Of one dataset: the service fails its training, a lead asks again, its summary is broken, a
    lead asks again, its answers to the test are."""
    before, (dataset, _) = tuning.pointer(), tuning.another_dataset()
    tuning.fault("job_fails", match=f"-d{dataset}", times=None, message="No machine is left.")
    tuning.trains()
    failed = tuning.trained(dataset)
    tuning.clear_faults()
    assert (failed["status"], failed["reason"]) == ("failed", "No machine is left.")
    assert bus.hears("Training Failed", run=failed["name"])["reason"] == failed["reason"]

    job = unheard_of(tuning, dataset, attempt=2)
    tuning.put(f"{tuning.made_by(job)}run.json", b'{"schema_version": "1", "kind": "weig')
    assert (tuning.run_of(dataset, 2) or {})["status"] == "running"
    tuning.reconcile()
    failed = tuning.trained(dataset, 2)
    assert failed["status"] == "failed"
    assert failed["reason"].startswith("the training's run.json cannot be read: ")

    job = unheard_of(tuning, dataset, attempt=3)
    tuning.put(f"{tuning.made_by(job)}evaluation/test_answers.jsonl", b'{"prompt_id": "1"}\n')
    tuning.reconcile()
    number = tuning.registered(dataset, 3)
    refused = tuning.becomes(number, "refused", within=120)
    assert refused["reason"].startswith("Line 1 of the answers to the test cannot be read: ")
    assert bus.hears("Candidate Judged", model_version=number)["reasons"] == [refused["reason"]]

    tuning.decides_in_sagemaker(number, "Approved")
    until(
        lambda: tuning.package(number)["ModelApprovalStatus"] == "Rejected",
        "the approval is taken back",
    )
    deployment.settles()
    after = tuning.version(number)
    assert after["status"] == "refused"
    assert after["reason"].startswith("Approved, but not taken into service.")
    assert tuning.actions(number)[-1] == "approval not taken"
    assert (
        tuning.lead()
        .send("POST", f"/models/versions/{number}/approve", {"seen": "refused"})
        .status_code
        == 409
    )
    assert tuning.pointer() == before


def unheard_of(tuning: Tuning, dataset: int, attempt: int) -> str:
    """A training that has ended well, of which no event told; returns its name."""
    tuning.fault("event_lost", match=f'-d{dataset}-r{attempt}"', times=None)
    tuning.trains()
    job = tuning.started(dataset, attempt)
    assert tuning.job_ended(job)["TrainingJobStatus"] == "Completed", tuning.log(job)
    tuning.clear_faults()
    return job


def test_what_was_trained_on_withdrawn_conversations_is_refused(
    tuning: Tuning, deployment: Deployment
) -> None:
    dataset, conversation_id = tuning.another_dataset()
    tuning.trains()
    number = tuning.registered(dataset)
    tuning.becomes(number, "comparing", within=120)
    tuning.lead().post("/review/withdrawals", conversation_id=conversation_id)

    assert tuning.compares(number) == []
    refused = tuning.becomes_by_reconciler(number, "refused")

    tuning.reconcile()
    detail = tuning.detail(number)
    assert (detail["samples"], detail["report"]) == ([], None)
    assert "texts erased" in tuning.actions(number)
    assert refused["reason"] == (
        "1 conversation that its dataset was made of was withdrawn since: train on a dataset"
        " without."
    )
    assert tuning.pointer()["answer"]["model_id"] == READER
    overview = tuning.overview()
    assert (overview["can_train"], overview["cannot_train_because"]) == (
        False,
        f"Dataset version {dataset} has had its training.",
    )


def test_who_may_not_decide_is_not_let_in(tuning: Tuning, deployment: Deployment) -> None:
    rio, nobody = tuning.review.reviewer(), deployment.api()
    expert = deployment.api(deployment.stack.sign_in())

    for path in ("/models/train", "/models/versions/1/approve", "/models/versions/1/roll_back"):
        assert nobody.send("POST", path).status_code == 401
        assert rio.send("POST", path, {"seen": "passed"}).status_code == 403
        assert expert.send("POST", path, {"seen": "passed"}).status_code == 403
    assert expert.send("POST", "/models/compare/next").status_code == 403
    assert rio.send("POST", "/models/compare/next").status_code == 200
