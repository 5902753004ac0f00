"""Two workers do the same at once: the trail tells of it once, by the one who did it."""

from collections.abc import Callable

import pytest

from tandem.live.model_pointer import Models
from tandem.tuning import bringing_up, pointing, promotion, rolling_back
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


# --- one is faster, in the middle of the other's look at the pointer ------------------------------
class Overtaking:
    """The pointer of a worker who sees it, and is overtaken by another one before going on."""

    def __init__(self, scene: ServingScene, at: int, deed: Callable[[], object]) -> None:
        self.scene, self.at, self.deed = scene, at, deed
        self.looks = 0
        self.done = False

    def read(self) -> Models:
        seen = self.scene.pointer.read()
        self.looks += 1
        if self.looks == self.at:
            self.deed()
            self.done = True
        return seen

    def write(self, before: Models, after: Models) -> None:
        self.scene.pointer.write(before, after)


def goes_on(scene: ServingScene, at: int, deed: Callable[[], object]) -> bool:
    """False if it does not look so often."""
    pointer = Overtaking(scene, at, deed)
    promotion.go_on(scene.world, scene.hosting, pointer, scene.fakes.datasets)
    return pointer.done


LOOKS = range(1, 12)


@pytest.mark.parametrize("at", LOOKS)
def test_a_trial_that_another_one_begins_meanwhile_goes_on(at: int) -> None:
    scene = ServingScene()
    scene.hosting.slow = True
    number = scene.candidate()
    scene.approve(number)

    def comes_up() -> None:
        scene.hosting.come_up()
        scene.go_on()

    if goes_on(scene, at, comes_up):
        assert (scene.status(number), scene.tried) == ("trial", number)
        assert scene.rolled_back() == []


@pytest.mark.parametrize("at", LOOKS)
def test_also_one_that_needs_no_deployment(at: int) -> None:
    scene = ServingScene()
    scene.live()
    number = scene.candidate("reward_model")

    if goes_on(scene, at, lambda: scene.approve(number)):
        assert (scene.status(number), scene.tried) == ("trial", number)


@pytest.mark.parametrize("share", [0.1, 0])
@pytest.mark.parametrize("at", LOOKS)
def test_what_another_one_makes_live_meanwhile_is_live_and_promoted_once(
    at: int, share: float
) -> None:
    scene = ServingScene(share=share)
    first, second = scene.live(), scene.candidate("reward_model")

    def makes_live() -> None:
        scene.approve(second)
        scene.make_live(second)

    if goes_on(scene, at, makes_live):
        assert (scene.answers, scene.status(second), scene.status(first)) == (
            second,
            "live",
            "retired",
        )
        assert scene.version(first).reason == f"version {second} took its place"
        assert [number for number, part in scene.promoted() if part == 1] == [first, second]


@pytest.mark.parametrize("at", LOOKS)
def test_what_another_one_rolls_back_meanwhile_is_back(at: int) -> None:
    scene = ServingScene()
    first, second = scene.live(), scene.live()

    if goes_on(scene, at, lambda: scene.roll_back(second)):
        assert (scene.answers, scene.status(first)) == (first, "live")
        assert set(scene.rolled_back()) == {(second, "lead")}
        assert scene.version(second).reason == "It is rude."
