"""What lost events and dead workers left behind of training runs is found."""

import pytest

from tandem.tuning import training_runs
from tandem.tuning.models import RunStatus
from tandem.tuning.run_upkeep import KNOWN_WITHIN, STARTED_WITHIN, RunsFound
from tests.unit.tuning.training_scene import MortalTrainer, TrainingScene, rated

LATE = STARTED_WITHIN.total_seconds()


def test_where_nothing_is_lost_nothing_happens() -> None:
    scene = TrainingScene()
    assert scene.reconciles() == RunsFound()

    scene.trained(scene.builds(rated(40)))
    scene.passes(seconds=LATE)

    assert scene.reconciles() == RunsFound()


def test_a_start_that_broke_off_is_gone_on_with_once_it_must_have() -> None:
    scene = TrainingScene()
    scene.builds(rated(40))
    scene.jobs.failures.append(ConnectionError("throttled"))
    with pytest.raises(ConnectionError):
        scene.hears_of()

    assert scene.reconciles().resumed == []
    scene.passes(seconds=LATE)

    (run,) = scene.fakes.runs.recent(1)
    assert scene.reconciles().resumed == [run.name]
    assert scene.run(run).status is RunStatus.RUNNING


def test_a_job_whose_end_nobody_heard_of_is_registered() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))
    scene.makes(run)

    assert scene.reconciles().finished == [run.name]
    assert scene.run(run).status is RunStatus.REGISTERED


def test_a_job_that_the_service_does_not_know_any_more_is_given_up() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))
    del scene.jobs.jobs[run.name]

    assert scene.reconciles() == RunsFound()
    scene.passes(seconds=KNOWN_WITHIN.total_seconds())

    assert scene.reconciles().given_up == [run.name]
    assert scene.run(run).status is RunStatus.FAILED
    assert "gone" in scene.run(run).reason


def test_a_training_on_what_was_withdrawn_is_stopped_and_fails() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))
    scene.withdraws(1)

    assert scene.reconciles().stopped == [run.name]
    scene.reconciles()

    assert scene.run(run).status is RunStatus.FAILED
    assert "withdrawn" in scene.run(run).reason


def test_a_dataset_that_no_event_told_of_is_trained_on() -> None:
    scene = TrainingScene()
    scene.builds(rated(40))

    assert scene.reconciles().started == []
    scene.passes(seconds=LATE)

    (name,) = scene.reconciles().started
    assert scene.jobs.jobs.keys() == {name}
    assert scene.reconciles().started == []


@pytest.mark.parametrize("training", [{"automatic": False}, {"minimum_ratings": 100}])
def test_a_dataset_that_is_not_to_be_trained_on_is_left_alone(training: dict[str, int]) -> None:
    scene = TrainingScene(**training)
    scene.builds(rated(40))
    scene.passes(seconds=LATE)

    assert scene.reconciles() == RunsFound()


def test_a_dataset_whose_files_are_gone_disturbs_nobody() -> None:
    scene = TrainingScene()
    scene.builds(rated(40))
    scene.fakes.files.stored.clear()
    scene.passes(seconds=LATE)

    assert scene.reconciles() == RunsFound()


def test_what_keeps_a_run_is_said_and_keeps_nothing_else() -> None:
    scene = TrainingScene()
    first = scene.trained(scene.builds(rated(40)))
    second = scene.trained(scene.builds(rated(80)))
    for run in (first, second):
        scene.makes(run)
    scene.registry.failures.append(ConnectionError("throttled"))

    with pytest.raises(ExceptionGroup) as raised:
        scene.reconciles()

    assert [str(error) for error in raised.value.exceptions] == ["throttled"]
    assert scene.run(first).reason == "throttled"
    assert scene.run(second).status is RunStatus.REGISTERED
    scene.reconciles()
    assert scene.run(first).status is RunStatus.REGISTERED
    assert scene.run(first).reason == ""


def test_the_same_problem_is_not_written_down_again_and_again() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))
    scene.makes(run)
    for _ in range(3):
        scene.registry.failures.append(ConnectionError("throttled"))
        with pytest.raises(ExceptionGroup):
            scene.reconciles()

    assert scene.run(run).revision == run.revision + 1


def test_wherever_a_worker_died_everything_is_found() -> None:
    for calls in range(40):
        scene = TrainingScene()
        scene.builds(rated(40))
        alive = MortalTrainer(scene, calls).does(
            lambda world, means, _: training_runs.start_if_enough_is_new(world, means, None)
        )
        scene.passes(seconds=LATE)
        scene.reconciles()

        (run,) = scene.fakes.runs.recent(5)
        assert run.status is RunStatus.RUNNING, calls
        if alive:
            return
    raise AssertionError("a start has no end")
