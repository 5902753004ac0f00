"""A version goes live beside what is live: one at a time, in the endpoint at which nobody is
asked."""

import pytest

from tandem.live.errors import NotFound
from tandem.live.model_pointer import Trial
from tandem.tuning.errors import NotPossible
from tests.unit.tuning.serving_scene import ORIGINAL, REFUSED, ServingScene


def in_trial(scene: ServingScene) -> int:
    number = scene.candidate()
    scene.approve(number)
    assert scene.tried == number
    return number


# --- from the trial ------------------------------------------------------------------------------
def test_a_lead_makes_a_candidate_live() -> None:
    scene = ServingScene()
    number = in_trial(scene)

    scene.make_live(number)

    assert (scene.answers, scene.tried, scene.status(number)) == (number, None, "live")
    assert scene.promoted() == [(number, 0.1), (number, 1.0)]
    assert scene.version(number).before == (ORIGINAL,)
    assert scene.fakes.meter.values("ModelPromoted") == [1, 1]


def test_asked_for_twice_it_happens_once() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    first = scene.make_live(number)

    assert scene.make_live(number) == first
    assert len(scene.pointer.written) == 2


def test_the_one_before_is_retired_and_its_endpoint_stays() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()

    assert (scene.status(first), scene.status(second)) == ("retired", "live")
    assert scene.hosting.serving == {"blue": first, "green": second}
    assert [reference.version for reference in scene.version(second).before] == [first, None]


def test_the_third_takes_the_endpoint_of_the_first() -> None:
    scene = ServingScene()
    first, second, third = scene.live(), scene.live(), scene.live()

    assert scene.hosting.serving == {"blue": third, "green": second}
    assert scene.version(first).slot is None
    assert scene.answers == third


# --- one at a time -------------------------------------------------------------------------------
def test_a_second_candidate_waits_until_the_first_is_back() -> None:
    scene = ServingScene()
    first, second = in_trial(scene), scene.candidate()
    scene.approve(second)
    assert scene.status(second) == "deploying"
    assert f"version {first}" in scene.version(second).reason
    assert scene.hosting.deployed == [first]

    scene.roll_back(first)
    scene.go_on()

    assert scene.tried == second


def test_and_where_the_first_went_live_it_is_compared_with_that() -> None:
    scene = ServingScene()
    first, second = in_trial(scene), scene.candidate()
    scene.approve(second)

    scene.make_live(first)
    scene.reconcile()

    assert scene.status(second) == "registered"
    assert scene.version(second).approved_by is None
    assert scene.hosting.deployed == [first]


def test_who_was_approved_first_comes_first() -> None:
    scene = ServingScene()
    first = in_trial(scene)
    later, earlier = scene.candidate(), scene.candidate()
    scene.approve(earlier)
    scene.passes(seconds=1)
    scene.approve(later)

    scene.roll_back(first)
    scene.go_on()

    assert scene.tried == earlier


def test_a_trial_that_somebody_wrote_into_the_pointer_is_left_alone() -> None:
    scene = ServingScene()
    other = ORIGINAL.model_copy(update={"model_id": "amazon.nova-pro-v1:0"})
    trial = Trial(model=other, share=0.5, since=scene.fakes.clock.now())
    scene.pointer.models = scene.pointer.models.model_copy(update={"trial": trial})
    number = scene.candidate()

    scene.approve(number)

    assert scene.pointer.models.trial == trial
    assert "amazon.nova-pro-v1:0 is in a trial" in scene.version(number).reason


# --- what cannot be deployed ---------------------------------------------------------------------
def test_a_deployment_that_is_refused_leaves_the_live_model_untouched() -> None:
    scene = ServingScene()
    live = scene.live()
    before = scene.pointer.models
    scene.hosting.refusal = "the account's limit of ml.g5.xlarge is 0"
    number = scene.candidate()

    scene.approve(number)

    assert scene.status(number) == "failed"
    assert "limit of ml.g5.xlarge" in scene.version(number).reason
    assert scene.pointer.models == before
    assert scene.hosting.serving == {"blue": live}
    assert scene.fakes.meter.values("DeploymentFailed") == [1]


def test_a_model_that_does_not_come_up_has_failed_with_why() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.hosting.broken[number] = "golden token ids differ"

    scene.approve(number)

    assert scene.status(number) == "failed"
    assert "golden token ids differ" in scene.version(number).reason
    assert scene.pointer.written == []


def test_an_update_that_the_service_takes_back_has_failed_and_who_was_there_still_is() -> None:
    scene = ServingScene()
    first = scene.live()
    scene.live()
    scene.hosting.slow = True
    third = scene.candidate()
    scene.approve(third)
    assert scene.hosting.serving["blue"] == third

    scene.hosting.take_back("blue")
    scene.go_on()
    assert scene.status(third) == "deploying"  # it may not show yet
    scene.passes(minutes=5)
    scene.go_on()

    assert scene.status(third) == "failed"
    assert "took the update back" in scene.version(third).reason
    assert (scene.version(first).slot, scene.version(third).slot) == ("blue", None)


def test_a_lead_has_it_deployed_again_as_it_was_approved() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.hosting.broken[number] = "no capacity"
    scene.approve(number)
    del scene.hosting.broken[number]
    scene.hosting.serving.clear()

    scene.make_live(number)

    assert (scene.tried, scene.status(number)) == (number, "trial")


def test_what_the_service_cannot_do_now_is_tried_again() -> None:
    scene = ServingScene()
    scene.hosting.failures = [ConnectionError("throttled")]
    number = scene.candidate()
    with pytest.raises(ConnectionError):
        scene.approve(number)
    # The leads see why it does not go on.
    assert scene.version(number).reason == "it is tried again: throttled"

    scene.go_on()

    assert (scene.tried, scene.version(number).reason) == (number, "")


def test_but_not_for_ever() -> None:
    scene = ServingScene()
    scene.hosting.failures = [ConnectionError("the limit is 2, 2 are in use")] * 4
    first, second = scene.candidate(), scene.candidate()
    with pytest.raises(ConnectionError):
        scene.approve(first)
    with pytest.raises(ConnectionError):
        scene.approve(second)
    scene.passes(hours=23)
    with pytest.raises(ExceptionGroup):
        scene.reconcile()
    scene.passes(hours=1)

    scene.go_on()

    assert scene.status(first) == "failed"
    assert "the limit is 2, 2 are in use" in scene.version(first).reason
    assert scene.tried == second


# --- what it was trained on is withdrawn ---------------------------------------------------------
@pytest.mark.parametrize("share", [0.1, 0])
def test_what_was_trained_on_withdrawn_data_goes_no_further(share: float) -> None:
    scene = ServingScene(share=share)
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    scene.fakes.datasets.withdrawn[number] = ["talk-1"]

    scene.hosting.come_up()
    scene.go_on()

    assert scene.pointer.written == []
    assert scene.status(number) == "rolled_back"
    assert "withdrawn" in scene.version(number).reason
    scene.passes(minutes=10)
    scene.reconcile()
    assert scene.hosting.serving == {}


def test_also_after_it_has_waited() -> None:
    scene = ServingScene()
    first, second, third = in_trial(scene), scene.candidate(), scene.candidate()
    scene.approve(second)
    scene.passes(seconds=1)
    scene.approve(third)
    scene.fakes.datasets.withdrawn[second] = ["talk-1"]

    scene.roll_back(first)
    scene.go_on()

    assert scene.status(second) == "rolled_back"
    assert scene.tried == third


def test_a_retired_version_that_is_deployed_again_is_not_live_either() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.slow = True
    scene.make_live(first)
    scene.fakes.datasets.withdrawn[first] = ["talk-1"]

    scene.hosting.come_up()
    scene.go_on()

    assert (scene.answers, scene.status(first)) == (second, "rolled_back")


def test_and_a_trial_ends() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    scene.fakes.datasets.withdrawn[number] = ["talk-1"]

    assert scene.reconcile().moved == [number]

    assert (scene.tried, scene.status(number)) == (None, "rolled_back")
    assert "withdrawn" in scene.version(number).reason
    with pytest.raises(NotPossible, match="withdrawn"):
        scene.make_live(number)


# --- reward models -------------------------------------------------------------------------------
def test_a_reward_model_needs_no_deployment() -> None:
    scene = ServingScene()
    number = scene.candidate("reward_model")

    scene.approve(number)

    assert scene.hosting.deployed == []
    trial = scene.pointer.models.trial
    assert trial is not None
    assert trial.model.model_id == ORIGINAL.model_id
    assert trial.model.reward_model == f"s3://models/runs/r{number}/reward/reward_model.json"
    assert trial.model.version == number


def test_it_goes_live_with_the_live_model_whose_endpoint_stays_in_use() -> None:
    scene = ServingScene(hosting={"keep_previous_hours": 0})
    weights = scene.live()
    number = scene.live("reward_model")

    assert scene.pointer.models.answer.endpoint == "tandem-blue"
    scene.passes(days=9)
    scene.reconcile()

    assert scene.status(weights) == "retired"
    assert scene.hosting.serving == {"blue": weights}
    next_one = scene.candidate(compared_with=scene.pointer.models.answer)
    scene.approve(next_one)
    assert scene.hosting.serving == {"blue": weights, "green": next_one}
    assert scene.answers == number


# --- live again ----------------------------------------------------------------------------------
def test_a_retired_version_is_live_again_at_once_while_its_endpoint_is_there() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    deployed = list(scene.hosting.deployed)

    scene.make_live(first)

    assert (scene.answers, scene.status(first), scene.status(second)) == (first, "live", "retired")
    assert scene.hosting.deployed == deployed
    assert [reference.version for reference in scene.version(first).before] == [second, None]


def test_one_whose_endpoint_is_gone_is_deployed_first() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    assert scene.hosting.serving == {"green": second}
    scene.hosting.slow = True

    scene.make_live(first)
    assert (scene.answers, scene.status(first)) == (second, "deploying")
    scene.hosting.come_up()
    scene.go_on()

    assert (scene.answers, scene.status(first)) == (first, "live")
    assert scene.hosting.serving == {"blue": first, "green": second}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("passed", "has to be approved first"),
        ("comparing", "is being judged"),
        ("refused", "was refused"),
        ("rejected", "was rejected"),
    ],
)
def test_what_has_not_come_so_far_cannot_be_made_live(status: str, said: str) -> None:
    scene = ServingScene()
    number = scene.candidate(status=status)

    with pytest.raises(NotPossible, match=said):
        scene.make_live(number)
    assert scene.pointer.written == []


def test_nor_what_has_no_passed_verdict() -> None:
    scene = ServingScene()
    number = scene.candidate(status="retired", verdict=REFUSED)

    with pytest.raises(NotPossible, match="not proven better"):
        scene.make_live(number)


def test_nor_what_its_trial_has_shown_to_be_worse() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    scene.roll_back(number, because="trial", by="policy")

    with pytest.raises(NotPossible, match="shown that it is worse"):
        scene.make_live(number)


def test_nor_anything_while_another_is_on_its_way() -> None:
    scene = ServingScene()
    first = scene.live()
    scene.live()
    third = in_trial(scene)

    with pytest.raises(NotPossible, match=f"version {third} is on its way"):
        scene.make_live(first)


def test_there_must_be_such_a_version() -> None:
    with pytest.raises(NotFound):
        ServingScene().make_live(7)


# --- imports -------------------------------------------------------------------------------------
def test_an_import_into_bedrock_takes_no_endpoint() -> None:
    scene = ServingScene(hosting={"on": "bedrock", "provider": "meta"})
    number = scene.candidate()

    scene.approve(number)

    trial = scene.pointer.models.trial
    assert trial is not None
    assert trial.model.model_id.startswith("arn:aws:bedrock:")
    assert trial.model.provider == "meta"
    assert scene.version(number).slot is None


def test_what_is_imported_again_has_another_name() -> None:
    scene = ServingScene(hosting={"on": "bedrock", "provider": "meta", "keep_previous_hours": 1})
    first = scene.live()
    name = scene.version(first).import_job
    scene.live()
    scene.passes(hours=2)
    scene.reconcile()
    assert scene.version(first).import_job is None

    scene.make_live(first)

    assert scene.answers == first
    assert scene.version(first).import_job not in {None, name}
