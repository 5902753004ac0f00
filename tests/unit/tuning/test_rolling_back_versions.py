"""The way back is always there: at once while the model before is served, and else after it is."""

from unittest.mock import patch

import pytest

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.tuning.errors import NotPossible
from tandem.tuning.events import ModelRolledBack
from tests.unit.tuning.serving_scene import ORIGINAL, ServingScene


def in_trial(scene: ServingScene) -> int:
    number = scene.candidate()
    scene.approve(number)
    assert scene.tried == number
    return number


# --- from a trial --------------------------------------------------------------------------------
def test_after_a_trial_the_live_model_answers_all_again() -> None:
    scene = ServingScene()
    number = in_trial(scene)

    scene.roll_back(number)

    assert (scene.answers, scene.tried, scene.status(number)) == (None, None, "rolled_back")
    (event,) = scene.fakes.bus.of(ModelRolledBack)
    assert (event.model_version, event.because, event.back_to) == (
        number,
        "lead",
        ORIGINAL.model_id,
    )
    assert (event.rolled_back_by, event.reason) == ("lea", "It is rude.")
    assert scene.fakes.meter.values("ModelRolledBack") == [1]
    assert scene.trail(number)[-1] == "rolled back"


def test_asked_for_twice_it_happens_once() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    first = scene.roll_back(number)

    assert scene.roll_back(number, because="alarm", by="CloudWatch") == first
    assert scene.rolled_back() == [(number, "lead")]


def test_a_deployment_is_called_off_and_nobody_is_told_of_a_model_that_never_answered() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)

    scene.roll_back(number)
    scene.hosting.come_up()
    scene.go_on()

    assert (scene.status(number), scene.tried) == ("rolled_back", None)
    assert scene.rolled_back() == []
    assert scene.pointer.written == []


# --- from what is live ---------------------------------------------------------------------------
def test_the_first_version_goes_back_to_what_the_deployment_began_with() -> None:
    scene = ServingScene()
    number = scene.live()

    scene.roll_back(number)

    assert scene.pointer.models.answer == ORIGINAL
    assert scene.status(number) == "rolled_back"


def test_the_second_one_goes_back_to_the_first_without_a_deployment() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    deployed = list(scene.hosting.deployed)

    scene.roll_back(second)

    assert (scene.answers, scene.status(first), scene.status(second)) == (
        first,
        "live",
        "rolled_back",
    )
    assert scene.hosting.deployed == deployed
    assert scene.rolled_back() == [(second, "lead")]


def test_and_further_back_past_what_was_rolled_back_itself() -> None:
    scene = ServingScene()
    first, second, third = scene.live(), scene.live(), scene.live()
    scene.make_live(second)
    scene.roll_back(second)
    assert scene.answers == third

    scene.roll_back(third)
    assert scene.answers == first
    scene.roll_back(first)

    assert scene.pointer.models.answer == ORIGINAL


def test_a_model_before_whose_endpoint_is_gone_is_deployed_again_first() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.slow = True

    found = scene.roll_back(second)

    assert (scene.answers, scene.status(second)) == (second, "live")
    assert f"version {first}, which it goes back to, is deployed again first" in found.reason
    assert scene.rolled_back() == []
    scene.hosting.come_up()
    scene.go_on()

    assert (scene.answers, scene.status(first), scene.status(second)) == (
        first,
        "live",
        "rolled_back",
    )
    assert scene.pointer.models.answer.endpoint == "tandem-blue"


def test_what_cannot_be_deployed_again_is_passed_over() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.refusal = "no capacity"

    scene.roll_back(second)

    assert scene.pointer.models.answer == ORIGINAL
    assert (scene.status(first), scene.status(second)) == ("failed", "rolled_back")


# --- what the service does not take --------------------------------------------------------------
LIMIT = "the limit is 2 instances, with a utilization of 2"


def without_the_endpoint_before(scene: ServingScene) -> tuple[int, int]:
    """Two versions; that of the first is removed, and the service takes no other."""
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.failures = [RuntimeError(LIMIT)] * 100
    return first, second


def test_a_deployment_that_is_not_taken_is_asked_for_again_for_a_while_and_says_so() -> None:
    scene = ServingScene()
    first, second = without_the_endpoint_before(scene)

    assert LIMIT in scene.roll_back(second).reason
    scene.passes(minutes=9)
    scene.reconcile()
    assert (scene.answers, scene.status(first)) == (second, "deploying")
    scene.hosting.failures = []
    scene.go_on()

    assert (scene.answers, scene.status(second)) == (first, "rolled_back")


def test_then_it_is_passed_over() -> None:
    scene = ServingScene()
    first, second = without_the_endpoint_before(scene)
    scene.roll_back(second)
    scene.passes(minutes=10)

    scene.reconcile()

    assert (scene.answers, scene.status(second)) == (None, "rolled_back")
    assert scene.status(first) == "failed"
    assert LIMIT in scene.version(first).reason


def test_after_an_alarm_it_is_passed_over_at_once() -> None:
    scene = ServingScene()
    first, second = without_the_endpoint_before(scene)

    scene.alarm("green")

    assert (scene.answers, scene.status(second)) == (None, "rolled_back")
    assert scene.status(first) == "failed"


def test_one_that_was_taken_is_waited_for_even_if_asking_after_it_fails() -> None:
    scene = ServingScene()
    first, second = without_the_endpoint_before(scene)
    scene.hosting.failures, scene.hosting.slow = [], True
    scene.roll_back(second)
    scene.passes(minutes=11)
    with patch.object(scene.hosting, "state", side_effect=RuntimeError("throttled")):
        scene.go_on()
    scene.hosting.come_up()
    scene.go_on()

    assert (scene.answers, scene.status(second)) == (first, "rolled_back")


def test_a_trial_against_what_is_rolled_back_ends_with_it() -> None:
    scene = ServingScene()
    first = scene.live()
    second = in_trial(scene)

    scene.roll_back(first)

    assert (scene.pointer.models.answer, scene.tried) == (ORIGINAL, None)
    assert scene.status(second) == "rolled_back"
    assert f"version {first} was rolled back during its trial" in scene.version(second).reason


def test_who_is_on_the_way_steps_back_from_the_endpoint_that_is_needed() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    third = scene.candidate()
    scene.hosting.slow = True
    scene.approve(third)
    assert scene.hosting.serving == {"blue": third, "green": second}

    scene.roll_back(second)
    scene.hosting.come_up()
    scene.go_on()
    scene.hosting.come_up()
    scene.go_on()

    assert scene.answers == first
    assert scene.hosting.serving["blue"] == first
    scene.reconcile()
    # What it was proven better than is not live any more.
    assert scene.status(third) == "registered"


def test_a_reward_model_goes_back_to_the_model_that_it_picked_from() -> None:
    scene = ServingScene()
    weights = scene.live()
    number = scene.live("reward_model")

    scene.roll_back(number)

    assert (scene.answers, scene.status(weights)) == (weights, "live")


def test_a_reward_model_is_not_asked_where_another_model_is_served_now() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.make_live(first)
    picking = scene.live("reward_model")
    scene.make_live(second)
    other = in_trial(scene)
    assert scene.hosting.serving == {"blue": other, "green": second}
    scene.roll_back(other)

    scene.roll_back(second)

    assert scene.status(picking) == "failed"
    assert scene.answers == first
    assert scene.hosting.serving["blue"] == first


def test_a_reward_model_whose_model_is_gone_is_passed_over() -> None:
    scene = ServingScene()
    first = scene.live()
    picking = scene.live("reward_model")
    last = scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    assert scene.hosting.serving == {"green": last}

    scene.roll_back(last)

    assert scene.status(picking) == "failed"
    assert scene.answers == first
    assert scene.hosting.serving["blue"] == first


# --- by others -----------------------------------------------------------------------------------
def test_an_alarm_of_the_candidates_endpoint_ends_its_trial() -> None:
    scene = ServingScene()
    number = in_trial(scene)

    alarmed = scene.alarm("blue")

    assert alarmed is not None
    assert scene.tried is None
    assert scene.rolled_back() == [(number, "alarm")]
    assert "the alarm blue-errors went off" in scene.version(number).reason


def test_an_alarm_of_the_live_endpoint_rolls_back_what_is_live() -> None:
    scene = ServingScene()
    scene.live()
    second = scene.live()

    scene.alarm("green")

    assert scene.rolled_back() == [(second, "alarm")]


def test_an_alarm_of_the_endpoint_under_a_reward_model_leaves_that_endpoint() -> None:
    scene = ServingScene()
    weights = scene.live()
    picking = scene.live("reward_model")

    scene.alarm("blue")

    assert scene.pointer.models.answer == ORIGINAL
    assert (scene.status(weights), scene.status(picking)) == ("retired", "rolled_back")


def test_also_past_another_reward_model_to_one_at_the_other_endpoint() -> None:
    scene = ServingScene()
    elsewhere = scene.live()
    scene.live()
    scene.live("reward_model")
    last = scene.live("reward_model")

    scene.alarm("green")

    assert scene.status(last) == "rolled_back"
    assert (scene.answers, scene.status(elsewhere)) == (elsewhere, "live")


def test_one_that_was_at_that_endpoint_before_is_deployed_at_the_other() -> None:
    scene = ServingScene()
    first, second, third = scene.live(), scene.live(), scene.live()
    scene.make_live(second)
    scene.roll_back(second)
    assert (scene.answers, scene.hosting.serving) == (third, {"blue": third, "green": second})

    scene.alarm("blue")

    assert (scene.answers, scene.hosting.serving["green"]) == (first, first)


def test_an_alarm_of_an_endpoint_where_nobody_is_asked_moves_nothing() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()

    assert scene.alarm("blue") is None
    assert (scene.answers, scene.status(first)) == (second, "retired")


def test_an_alarm_from_before_it_answered_is_not_about_it() -> None:
    scene = ServingScene()
    went_off = scene.fakes.clock.now()
    scene.passes(hours=1)
    number = in_trial(scene)

    assert scene.alarm("blue", at=went_off) is None
    assert scene.tried == number


# --- what cannot be ------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["registered", "passed", "refused", "retired", "failed"])
def test_what_answers_nobody_cannot_be_rolled_back(status: str) -> None:
    scene = ServingScene()
    number = scene.candidate(status=status)

    with pytest.raises(NotPossible, match="does not answer anybody"):
        scene.roll_back(number)


def test_there_must_be_such_a_version() -> None:
    with pytest.raises(NotFound):
        ServingScene().roll_back(7)


def test_where_the_pointer_was_written_by_hand_and_nothing_is_known_of_before() -> None:
    scene = ServingScene()
    number = scene.live()
    scene.changes(number, before=())

    with pytest.raises(NotPossible, match="is not known"):
        scene.roll_back(number)
    assert scene.version(number).rollback is None


def test_what_is_rolled_back_while_it_is_made_live_is_rolled_back() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    scene.pointer.before_next_write = [lambda: scene.roll_back(number)]

    scene.make_live(number)

    assert (scene.pointer.models.answer, scene.tried) == (ORIGINAL, None)
    assert scene.status(number) == "rolled_back"


def test_and_so_is_what_is_called_off_while_its_trial_begins() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.pointer.before_next_write = [lambda: scene.roll_back(number)]

    scene.approve(number)

    assert scene.tried is None
    assert scene.status(number) == "rolled_back"


def test_what_is_called_off_while_it_is_deployed_keeps_the_reason() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    scene.hosting.failures = [ConnectionError("throttled")]
    number = scene.candidate()
    with pytest.raises(ConnectionError):
        scene.approve(number)
    scene.fakes.versions.documents.before_next_replace = [lambda: scene.roll_back(number)]

    scene.go_on()

    assert (scene.status(number), scene.version(number).reason) == ("rolled_back", "It is rude.")


def test_what_loses_its_endpoint_to_a_rollback_while_it_is_made_live_does_not_answer() -> None:
    scene = ServingScene()
    first, second, third = scene.live(), scene.live(), scene.live()
    scene.roll_back(third)
    assert (scene.answers, scene.hosting.serving) == (second, {"blue": third, "green": second})
    scene.hosting.slow = True
    scene.pointer.before_next_write = [lambda: scene.roll_back(second)]

    scene.make_live(third)

    assert scene.answers == second
    assert scene.hosting.serving == {"blue": first, "green": second}
    scene.hosting.come_up()
    scene.reconcile()
    assert scene.answers == first


def test_what_is_being_rolled_back_cannot_be_made_live() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    refused = []

    def make_live() -> None:
        with pytest.raises(NotPossible, match="is being rolled back"):
            scene.make_live(number)
        refused.append(number)

    scene.pointer.before_next_write = [make_live]
    scene.roll_back(number)

    assert refused == [number]


def test_somebody_who_moves_it_all_the_time_is_not_fought_for_ever() -> None:
    scene = ServingScene()
    number = in_trial(scene)

    def moves() -> None:
        scene.pointer.before_next_write.append(moves)
        raise Conflict("again")

    scene.pointer.before_next_write = [moves]
    with pytest.raises(Busy):
        scene.roll_back(number)


def test_endpoints_stay_long_enough_for_who_asks_still() -> None:
    scene = ServingScene()
    number = in_trial(scene)
    scene.roll_back(number)
    scene.passes(minutes=9)
    scene.reconcile()
    assert scene.hosting.serving == {"blue": number}
    scene.passes(minutes=1)

    scene.reconcile()

    assert scene.hosting.serving == {}
