"""What lost events and dead workers left behind of going live and back is found, and what costs for
nothing is removed."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import Mock

import pytest

from tandem.tuning import approval, promotion, rolling_back
from tandem.tuning.events import ModelPromoted, ModelRolledBack
from tandem.tuning.models import Verdict, VersionStatus
from tandem.tuning.ports import GoneOff, TuningWorld
from tandem.tuning.recovery import Found
from tests.mortality import Life
from tests.unit.tuning.serving_scene import ORIGINAL, REFUSED, ServingScene

type Deed = Callable[[TuningWorld, Any], object]


def test_where_all_is_well_nothing_happens() -> None:
    scene = ServingScene()
    scene.live()
    number = scene.candidate()
    scene.approve(number)
    before = list(scene.fakes.versions.all())

    assert scene.reconcile() == Found()
    assert scene.fakes.versions.all() == before


# --- events --------------------------------------------------------------------------------------
def test_an_approval_that_nobody_heard_of_is_found() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.decide(number, "Approved")

    assert scene.reconcile().decided == [number]
    assert scene.tried == number


def test_and_a_rejection() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.decide(number, "Rejected", "Too rude.")

    scene.reconcile()

    assert (scene.status(number), scene.version(number).reason) == ("rejected", "Too rude.")


@pytest.mark.parametrize("slow", [True, False])
def test_also_of_one_that_is_on_its_way(slow: bool) -> None:
    scene = ServingScene()
    scene.hosting.slow = slow
    number = scene.candidate()
    scene.approve(number)
    scene.decide(number, "Rejected", "Too rude.")

    assert scene.reconcile().decided == [number]

    assert (scene.status(number), scene.version(number).reason) == ("rolled_back", "Too rude.")
    assert scene.tried is None


def test_what_was_rejected_and_is_made_live_on_the_page_stays_live() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    scene.decide(number, "Rejected", "Too rude.")
    scene.hears(number)
    scene.hosting.come_up()
    scene.hosting.slow = False

    scene.make_live(number)
    scene.reconcile()

    assert (scene.status(number), scene.answers) == ("live", number)
    assert scene.approval(number) == "Approved"


def test_what_was_rejected_while_it_was_live_may_be_gone_back_to() -> None:
    scene = ServingScene()
    first = scene.live()
    scene.decide(first, "Rejected", "Too rude.")
    second = scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    scene.hosting.slow = True
    scene.roll_back(second)

    assert scene.reconcile().decided == []
    scene.hosting.come_up()
    scene.reconcile()

    assert scene.answers == first


@pytest.mark.parametrize(("verdict", "said"), [(None, "Pending"), (REFUSED, "Rejected")])
def test_an_approval_of_what_is_not_proven_is_taken_back(
    verdict: Verdict | None, said: str
) -> None:
    scene = ServingScene()
    number = scene.candidate(verdict=verdict)
    status = scene.status(number)
    scene.decide(number, "Approved")

    assert scene.reconcile().decided == [number]

    assert scene.approval(number).startswith(said)
    assert scene.status(number) == status
    assert scene.reconcile() == Found()


def test_an_endpoint_of_which_nobody_heard_that_it_is_in_service() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    scene.hosting.come_up()

    assert scene.reconcile().moved == [number]
    assert scene.tried == number


def test_an_import_is_asked_after_for_no_event_tells_of_it() -> None:
    scene = ServingScene(hosting={"on": "bedrock", "provider": "meta"})
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    scene.reconcile()
    assert scene.tried is None
    scene.hosting.come_up()

    scene.reconcile()

    assert scene.tried == number


# --- workers -------------------------------------------------------------------------------------
def approves(scene: ServingScene, number: int) -> Deed:
    arn = scene.version(number).package_arn
    return lambda world, ports: approval.decided(world, ServingScene.deciding_with(ports), arn)


def makes_live(number: int) -> Deed:
    return lambda world, ports: promotion.make_live(
        world,
        ports.hosting,
        ports.pointer,
        number,
        by="lea",
        reason="It is good.",
        withdrawn=ports.datasets,
        registry=ports.registry,
    )


def rolls_back(number: int) -> Deed:
    return lambda world, ports: rolling_back.roll_back(
        world, ports.hosting, ports.pointer, number, because="lead", by="lea", reason="It is rude."
    )


def an_approval() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    number = scene.candidate()
    scene.decide(number, "Approved")
    return scene, approves(scene, number)


def an_approval_beside_others() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    scene.live()
    scene.live()
    number = scene.candidate()
    scene.decide(number, "Approved")
    return scene, approves(scene, number)


def a_promotion() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    scene.live()
    number = scene.candidate()
    scene.approve(number)
    return scene, makes_live(number)


def a_promotion_of_a_reward_model() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    scene.live()
    number = scene.candidate("reward_model")
    scene.approve(number)
    return scene, makes_live(number)


def an_old_version_live_again() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    first = scene.live()
    scene.live()
    return scene, makes_live(first)


def an_old_version_live_again_whose_endpoint_is_gone() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    first = scene.live()
    scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    return scene, makes_live(first)


def a_rollback_from_a_trial() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)
    return scene, rolls_back(number)


def a_rollback_of_what_is_live() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    scene.live()
    return scene, rolls_back(scene.live())


def a_rollback_to_what_has_to_be_deployed() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    scene.live()
    number = scene.live()
    scene.passes(hours=73)
    scene.reconcile()
    return scene, rolls_back(number)


def a_rollback_of_what_another_is_tried_against() -> tuple[ServingScene, Deed]:
    scene = ServingScene()
    number = scene.live()
    scene.approve(scene.candidate())
    return scene, rolls_back(number)


STORIES = [
    an_approval,
    an_approval_beside_others,
    a_promotion,
    a_promotion_of_a_reward_model,
    an_old_version_live_again,
    an_old_version_live_again_whose_endpoint_is_gone,
    a_rollback_from_a_trial,
    a_rollback_of_what_is_live,
    a_rollback_to_what_has_to_be_deployed,
    a_rollback_of_what_another_is_tried_against,
]


def does(scene: ServingScene, deed: Deed, calls: int | None) -> bool:
    """False if the worker died before its so-manieth call of the world."""
    life = Life(calls)
    uncounted = ("clock", "policies", "ids", "meter")
    ports = {
        each.name: getattr(scene.world, each.name)
        if each.name in uncounted
        else life.through(getattr(scene.world, each.name))
        for each in fields(TuningWorld)
    }
    parts = ("registry", "datasets", "hosting", "pointer")
    others = SimpleNamespace(**{name: life.through(getattr(scene.fakes, name)) for name in parts})
    return life.does(lambda: deed(TuningWorld(**ports), others))


def ending(scene: ServingScene) -> dict[str, Any]:
    """What has come of it, whenever."""
    models = scene.pointer.models
    return {
        "answers": models.answer,
        "tried": scene.tried,
        "versions": [
            (each.version, each.status, each.slot, each.before)
            for each in scene.fakes.versions.all()
        ],
        "serving": scene.hosting.serving,
        "promoted": {event.id for event in scene.fakes.bus.of(ModelPromoted)},
        "back": {event.model_version for event in scene.fakes.bus.of(ModelRolledBack)},
    }


@pytest.mark.parametrize("story", STORIES)
def test_whichever_call_a_worker_dies_at_it_ends_as_if_nothing_had_happened(
    story: Callable[[], tuple[ServingScene, Deed]],
) -> None:
    scene, deed = story()
    does(scene, deed, None)
    scene.reconcile()
    whole = ending(scene)

    for calls in range(200):
        scene, deed = story()
        lived = does(scene, deed, calls)
        # Lambda tries an event again, and a lead who got no answer presses the button again.
        does(scene, deed, None)
        scene.reconcile()
        assert ending(scene) == whole, calls
        if lived:
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("story", STORIES)
def test_and_what_had_begun_is_gone_on_with_by_the_reconciler_alone(
    story: Callable[[], tuple[ServingScene, Deed]],
) -> None:
    for calls in range(200):
        scene, deed = story()
        before = scene.fakes.versions.all()
        lived = does(scene, deed, calls)
        for _ in range(2):
            scene.reconcile()
        statuses = {each.status for each in scene.fakes.versions.all()}
        assert VersionStatus.DEPLOYING not in statuses
        pending = [v for v in scene.fakes.versions.all() if v.rollback and v.status == "live"]
        assert not pending
        assert lived or len(before) == len(scene.fakes.versions.all())
        if lived:
            return
    raise AssertionError("it never ends")


# --- what somebody else did ----------------------------------------------------------------------
def test_an_endpoint_that_somebody_deleted_is_answered_for_by_what_was_before() -> None:
    scene = ServingScene()
    number = scene.live()
    scene.hosting.serving.clear()

    scene.reconcile()

    assert scene.pointer.models.answer == ORIGINAL
    assert scene.rolled_back() == [(number, "alarm")]
    assert scene.version(number).reason == "what served it is gone"


def test_versions_follow_a_pointer_that_was_written_by_hand() -> None:
    scene = ServingScene()
    number = scene.live()
    tried = scene.candidate()
    scene.approve(tried)
    scene.pointer.models = scene.pointer.models.model_copy(
        update={"answer": ORIGINAL, "trial": None}
    )

    scene.reconcile()

    assert (scene.status(number), scene.status(tried)) == ("retired", "rolled_back")
    assert "changed by other hands" in scene.version(number).reason
    assert scene.pointer.models.answer == ORIGINAL


def test_also_to_a_version_that_was_retired() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    reference = scene.version(first).reference
    scene.pointer.models = scene.pointer.models.model_copy(update={"answer": reference})

    scene.reconcile()

    assert (scene.status(first), scene.status(second)) == ("live", "retired")


def test_a_trial_of_a_version_that_is_over_is_taken_out_of_the_pointer() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)
    models = scene.pointer.models
    scene.roll_back(number)
    scene.pointer.models = models

    scene.reconcile()

    assert scene.tried is None


# --- alarms --------------------------------------------------------------------------------------
def in_alarm(scene: ServingScene, slot: Literal["blue", "green"], **ago: float) -> None:
    since = scene.fakes.clock.now() - timedelta(**ago)
    scene.fakes.alarms.off = [GoneOff(f"{slot}-errors", slot, since)]


def test_an_alarm_of_which_nobody_heard() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=1)
    in_alarm(scene, "green", minutes=3)

    assert scene.reconcile().moved == [second]

    assert scene.answers == first
    assert scene.rolled_back() == [(second, "alarm")]


def test_one_that_has_just_been_left_behind_by_another_model_is_not_about_this_one() -> None:
    scene = ServingScene()
    number = scene.live()
    in_alarm(scene, "blue", minutes=3)

    assert scene.reconcile() == Found()

    assert scene.answers == number


def test_one_that_stays_is_about_it_whenever_it_went_off() -> None:
    scene = ServingScene()
    number = scene.live()
    in_alarm(scene, "blue", hours=3)
    scene.passes(minutes=10)

    scene.reconcile()

    assert (scene.answers, scene.status(number)) == (None, "rolled_back")


def test_nor_is_one_of_the_endpoint_at_which_nobody_is_asked() -> None:
    scene = ServingScene()
    scene.live()
    second = scene.live()
    scene.passes(hours=1)
    in_alarm(scene, "blue", minutes=30)

    assert scene.reconcile() == Found()
    assert scene.answers == second


def test_where_no_endpoint_is_asked_no_alarm_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ServingScene()
    monkeypatch.setattr(scene.fakes.alarms, "gone_off", Mock(side_effect=AssertionError))

    assert scene.reconcile() == Found()


# --- what costs ----------------------------------------------------------------------------------
def test_the_endpoint_before_stays_as_long_as_the_policy_says() -> None:
    scene = ServingScene(hosting={"keep_previous_hours": 5})
    first, second = scene.live(), scene.live()
    scene.passes(hours=4)
    scene.reconcile()
    assert scene.hosting.serving == {"blue": first, "green": second}
    scene.passes(hours=1)

    assert scene.reconcile().removed == [first]
    assert scene.hosting.serving == {"green": second}
    assert scene.version(first).slot is None


@pytest.mark.parametrize("on", ["endpoint", "bedrock"])
def test_before_the_module_is_switched_off_it_removes_all_that_costs(on: str) -> None:
    scene = ServingScene(hosting={"on": on, "provider": "meta", "keep_previous_hours": 0})
    scene.live()
    scene.live()
    scene.live("reward_model")
    scene.pointer.models = scene.pointer.models.model_copy(update={"answer": ORIGINAL})

    scene.reconcile()
    scene.passes(minutes=10)
    scene.reconcile()

    assert scene.hosting.serving == {}
    assert scene.pointer.models.answer == ORIGINAL
    assert {version.status for version in scene.fakes.versions.all()} == {"retired"}


def test_also_the_one_under_a_reward_model_that_was_live_until_now() -> None:
    scene = ServingScene(hosting={"keep_previous_hours": 5})
    weights = scene.live()
    picking = scene.live("reward_model")
    scene.passes(days=10)
    last = scene.live()
    scene.passes(hours=4)
    scene.reconcile()
    assert scene.hosting.serving == {"blue": weights, "green": last}

    scene.roll_back(last)

    assert (scene.answers, scene.status(picking)) == (picking, "live")


def test_what_another_version_had_before_at_the_same_endpoint_keeps_it_not() -> None:
    scene = ServingScene()
    first, second, third = scene.live(), scene.live(), scene.live()
    scene.make_live(second)
    assert scene.hosting.serving == {"blue": third, "green": second}
    scene.changes(third, ended_at=scene.fakes.clock.now())
    scene.passes(hours=72)
    scene.changes(first, ended_at=scene.fakes.clock.now())

    scene.reconcile()

    assert scene.hosting.serving == {"green": second}


def test_one_that_the_service_is_busy_with_is_removed_later() -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)
    scene.roll_back(number)
    scene.passes(minutes=11)
    scene.reconcile()
    assert scene.version(number).being_removed
    scene.hosting.come_up()

    scene.reconcile()

    assert scene.hosting.serving == {}


def test_an_endpoint_that_no_version_knows_of_is_removed() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)
    scene.roll_back(number)
    scene.changes(number, slot=None)

    assert scene.reconcile().emptied == ["blue"]
    assert scene.hosting.serving == {}


def test_also_one_that_serves_a_version_again_which_was_asked_at_the_other_since() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.roll_back(second)
    scene.hosting.slow = True
    third = scene.candidate()
    scene.approve(third)
    scene.hosting.broken[third] = "no such token"
    scene.go_on()
    scene.hosting.take_back("green")
    scene.roll_back(first)
    scene.hosting.slow = False
    scene.make_live(second)
    scene.roll_back(second)
    last = scene.live()
    assert scene.hosting.serving == {"blue": last, "green": second}

    for _ in range(2):
        scene.passes(minutes=11)
        scene.reconcile()

    assert scene.hosting.serving == {"blue": last}


def test_what_is_pointed_to_while_it_is_to_be_removed_stays() -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()
    scene.passes(hours=73)
    documents = scene.fakes.versions.documents
    documents.before_next_replace = [lambda: scene.make_live(first)]

    scene.reconcile()

    assert scene.answers == first
    assert scene.hosting.serving == {"blue": first, "green": second}


def test_one_failure_keeps_nothing_else_from_being_looked_after() -> None:
    scene = ServingScene()
    first = scene.live()
    scene.live()
    third = scene.candidate()
    scene.decide(third, "Approved")
    scene.hosting.failures = [ConnectionError("throttled")]
    scene.passes(hours=73)

    with pytest.raises(ExceptionGroup):
        scene.reconcile()

    assert scene.status(third) == "trial"
    assert scene.version(first).slot is None
