"""What leads decide in the registry: only what is proven better is deployed, and never beside what
is on its way already."""

import pytest

from tandem.live.model_pointer import ModelReference
from tandem.tuning import approval
from tandem.tuning.events import ModelPromoted
from tandem.tuning.models import Verdict, VersionStatus
from tests.unit.tuning.serving_scene import ORIGINAL, PASSED, REFUSED, ServingScene


def test_an_approved_version_is_deployed_and_answers_a_share() -> None:
    scene = ServingScene(share=0.2)
    number = scene.candidate()

    scene.approve(number)

    assert scene.status(number) == "trial"
    assert (scene.answers, scene.tried) == (None, number)
    trial = scene.pointer.models.trial
    assert trial is not None
    assert trial.share == 0.2
    assert trial.model.endpoint == "tandem-blue"
    assert trial.model.reward_model == f"s3://models/runs/r{number}/reward/reward_model.json"
    assert scene.promoted() == [(number, 0.2)]
    assert scene.version(number).approved_by == "SageMaker"
    assert scene.trail(number) == ["approved", "trial"]


def test_the_trial_begins_when_every_function_knows_of_it() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)

    trial = scene.pointer.models.trial
    assert trial is not None
    assert (trial.since - scene.fakes.clock.now()).total_seconds() == 60
    assert scene.version(number).trial_since == trial.since


def test_without_a_trial_in_the_policy_it_is_live_at_once() -> None:
    scene = ServingScene(share=0)
    number = scene.candidate()

    scene.approve(number)

    assert scene.status(number) == "live"
    assert (scene.answers, scene.tried) == (number, None)
    assert scene.version(number).before == (ORIGINAL,)
    assert scene.promoted() == [(number, 1.0)]


def test_nothing_happens_before_it_can_be_asked() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    assert scene.status(number) == "deploying"
    assert scene.pointer.written == []

    scene.hosting.come_up()
    assert scene.go_on() == [number]

    assert scene.tried == number


def test_an_event_that_comes_twice_changes_nothing() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)
    before = scene.version(number)

    scene.hears(number)
    scene.go_on()

    assert scene.version(number) == before
    assert scene.promoted() == [(number, 0.1)]


@pytest.mark.parametrize("verdict", [None, REFUSED])
def test_what_is_not_proven_better_is_not_taken_wherever_it_was_approved(
    verdict: Verdict | None,
) -> None:
    scene = ServingScene()
    number = scene.candidate(verdict=verdict)
    status = scene.status(number)

    scene.approve(number)

    assert scene.status(number) == status
    assert scene.hosting.deployed == []
    assert scene.pointer.written == []
    assert "not taken into service" in scene.version(number).reason
    assert scene.trail(number) == ["approval not taken"]
    package = scene.fakes.registry.get(scene.version(number).package_arn)
    assert package is not None
    taken_back = "PendingManualApproval" if verdict is None else "Rejected"
    assert package.approval == taken_back
    assert scene.fakes.meter.values("ApprovalsNotTaken") == [1]


def test_an_approval_from_before_the_verdict_does_not_count_after_it() -> None:
    scene = ServingScene()
    number = scene.candidate(verdict=None)
    scene.approve(number)
    scene.changes(number, status=VersionStatus.PASSED, verdict=PASSED)

    scene.reconcile()

    assert scene.status(number) == "passed"
    assert scene.hosting.deployed == []


def test_what_was_trained_on_withdrawn_data_is_not_taken() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.fakes.datasets.withdrawn[number] = ["talk-1"]

    scene.approve(number)

    assert scene.status(number) == "refused"
    assert "withdrawn" in scene.version(number).reason
    assert scene.hosting.deployed == []


def test_what_was_compared_with_a_model_that_is_not_live_any_more_is_compared_anew() -> None:
    scene = ServingScene()
    number = scene.candidate(compared_with=ModelReference(model_id="older"))

    scene.approve(number)

    assert scene.status(number) == "registered"
    package = scene.fakes.registry.get(scene.version(number).package_arn)
    assert package is not None
    assert package.approval == "PendingManualApproval"
    assert scene.hosting.deployed == []


def test_whoever_approved_it_on_the_page_is_who_approved_it() -> None:
    scene = ServingScene()
    number = scene.candidate(approved_by="lea", approved_at=scene.fakes.clock.now())

    scene.approve(number)

    (promoted,) = scene.fakes.bus.of(ModelPromoted)
    assert promoted.promoted_by == scene.version(number).approved_by == "lea"


def test_a_version_that_was_rejected_stays_rejected() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.decide(number, "Rejected", "Too rude.")
    scene.hears(number)
    assert (scene.status(number), scene.version(number).reason) == ("rejected", "Too rude.")

    scene.approve(number)

    assert scene.status(number) == "rejected"
    assert scene.hosting.deployed == []


def test_who_is_rejected_in_its_trial_is_rolled_back() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)

    scene.decide(number, "Rejected", "Too rude.")
    scene.hears(number)

    assert scene.status(number) == "rolled_back"
    assert scene.tried is None
    assert scene.rolled_back() == [(number, "lead")]


def test_rejecting_what_is_live_rolls_nothing_back_and_says_so() -> None:
    scene = ServingScene()
    number = scene.live()

    scene.decide(number, "Rejected", "Too rude.")
    scene.hears(number)

    assert (scene.answers, scene.status(number)) == (number, "live")
    assert "while it is live: Too rude." in scene.version(number).reason


def test_packages_of_others_are_left_alone() -> None:
    scene = ServingScene()
    other = "arn:aws:sagemaker:us-east-1:123456789012:model-package/others/1"

    assert approval.decided(scene.world, scene.deciding, other) is None
