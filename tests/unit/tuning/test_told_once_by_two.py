"""Two workers do the same at once: the trail tells of it once, by the one who did it."""

from tandem.tuning import bringing_up, pointing, rolling_back
from tandem.tuning.models import VersionStatus
from tests.unit.tuning.serving_scene import ServingScene


def test_that_a_trial_has_begun() -> None:
    scene = ServingScene()
    number = scene.candidate()
    before = scene.version(number)
    scene.approve(number)
    trial = scene.pointer.models.trial
    assert trial is not None

    pointing.in_trial(
        scene.world, before.model_copy(update={"status": VersionStatus.DEPLOYING}), trial
    )

    assert scene.trail(number).count("trial") == 1
    assert scene.status(number) == "trial"


def test_that_it_is_live() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.approve(number)
    before = scene.version(number)
    scene.make_live(number)

    pointing.lives(scene.world, before, scene.pointer.models)

    assert scene.trail(number).count("live") == 1
    assert scene.status(number) == "live"


def test_that_it_is_rolled_back() -> None:
    scene = ServingScene()
    number = scene.live()
    live = scene.version(number)
    back = scene.roll_back(number)
    before = live.model_copy(update={"rollback": back.rollback})

    rolling_back._go_back(scene.world, scene.hosting, scene.pointer, before)

    assert scene.trail(number).count("rollback asked for") == 1
    assert scene.trail(number).count("rolled back") == 1
    assert scene.status(number) == "rolled_back"


def test_that_it_could_not_be_deployed() -> None:
    scene = ServingScene()
    number = scene.candidate()
    before = scene.version(number).model_copy(update={"status": VersionStatus.DEPLOYING})
    scene.changes(number, status=VersionStatus.FAILED)

    bringing_up.fail(scene.world, scene.hosting, before, "no machine is left")

    assert "deployment failed" not in scene.trail(number)


def test_that_it_was_approved_in_the_registry() -> None:
    scene = ServingScene()
    number = scene.candidate()
    scene.decide(number, "Approved")
    scene.hears(number)
    scene.hears(number)

    assert scene.trail(number).count("approved") == 1
