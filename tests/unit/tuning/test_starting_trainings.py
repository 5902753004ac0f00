"""When a training starts, on what, and what comes of a start that breaks off."""

import pytest

from tandem.tuning import training_runs
from tandem.tuning.events import TrainingFailed
from tandem.tuning.models import RunStatus
from tandem.tuning.ports import Dataset
from tandem.tuning.training_runs import PATIENCE, name_of
from tests.unit.tuning.training_scene import MortalTrainer, TrainingScene, rated


# --- whether -------------------------------------------------------------------------------------
def test_the_first_dataset_with_enough_ratings_is_trained_on() -> None:
    scene = TrainingScene(method="rl", hyperparameters={"rank": "8", "method": "sft"})
    dataset = scene.builds(rated(40) + rated(9, split="test", start=100))

    run = scene.trained(dataset)

    assert run.status is RunStatus.RUNNING
    assert run.ratings == 40
    assert run.dataset_uri == dataset.uri
    assert run.asked_by == "policy"
    assert run.hyperparameters == {"rank": "8", "method": "rl", "dataset_version": "1"}
    assert scene.jobs.jobs.keys() == {run.name}


def test_the_name_says_which_dataset_and_tells_stacks_apart() -> None:
    name = name_of(Dataset(12, "s3://review/datasets/v000012/"))

    assert name.startswith("tandem-")
    assert name.endswith("-d12")
    assert name_of(Dataset(12, "s3://review/datasets/v000012/"), 2) == f"{name}-r2"
    assert name_of(Dataset(12, "s3://other/datasets/v000012/")) != name


def test_too_few_ratings_are_refused_with_how_many_are_missing() -> None:
    scene = TrainingScene()
    scene.builds(rated(25) + rated(40, split="test", start=100))

    started = scene.hears_of()

    assert started.run is None
    assert started.reason.endswith("a training starts from 30 on: 5 are missing")
    assert scene.jobs.jobs == {}


def test_the_next_training_waits_until_enough_is_new_since_the_last() -> None:
    scene = TrainingScene(minimum_new=10)
    scene.makes(scene.trained(scene.builds(rated(40))))

    scene.builds(rated(49))
    assert scene.hears_of().reason.startswith("9 rated answers are new or changed since dataset")

    scene.builds(rated(50))
    assert scene.trained().dataset_version == 3


def test_what_was_rated_otherwise_is_new_and_what_only_moved_is_not() -> None:
    scene = TrainingScene(minimum_new=5)
    scene.trained(scene.builds(rated(40)))

    scene.builds(rated(36, split="validation") + rated(4, start=36, digest="other"))
    assert scene.hears_of().reason.startswith("4 rated answers")

    scene.builds(rated(35) + rated(5, start=35, digest="other"))
    assert scene.trained().dataset_version == 3


def test_rows_of_a_test_or_of_another_kind_are_not_new_ratings() -> None:
    scene = TrainingScene(minimum_new=1)
    scene.trained(scene.builds(rated(40)))

    scene.builds([*rated(40), *rated(9, split="test", start=90), "train/preferences p1 d"])

    assert scene.hears_of().reason.startswith("0 rated answers")


def test_without_a_list_of_rows_the_numbers_of_ratings_decide() -> None:
    scene = TrainingScene(minimum_new=10)
    first = scene.builds(rated(40))
    scene.trained(first)
    del scene.fakes.files.stored[f"{first.uri}rows.txt"]

    scene.builds(rated(49))
    assert scene.hears_of().reason.startswith("9 rated answers")
    scene.builds(rated(50))
    assert scene.trained().ratings == 50


def test_a_training_that_the_service_never_had_is_not_the_last_one() -> None:
    scene = TrainingScene(minimum_new=10)
    scene.jobs.refusal = "no such image"
    assert scene.trained(scene.builds(rated(40))).status is RunStatus.FAILED

    scene.jobs.refusal = ""
    scene.builds(rated(41))

    assert scene.trained().status is RunStatus.RUNNING


def test_a_policy_may_leave_every_start_to_leads() -> None:
    scene = TrainingScene(automatic=False)
    scene.builds(rated(40))

    assert scene.hears_of().reason == "the policy starts no training by itself"
    started = scene.asked()
    assert started.run is not None
    assert started.run.asked_by == "lea"


def test_the_newest_dataset_is_trained_on_whichever_event_comes_late() -> None:
    scene = TrainingScene()
    old = scene.builds(rated(40))
    scene.builds(rated(50))

    assert scene.trained(old).dataset_version == 2
    assert scene.hears_of(old).reason == "a training of dataset version 2 is under way"
    assert len(scene.jobs.jobs) == 1


def test_a_dataset_that_only_its_event_tells_of_is_trained_on() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    scene.fakes.datasets.built.clear()

    assert scene.trained(dataset).dataset_version == 1
    assert scene.hears_of().reason == "there is no dataset yet"


@pytest.mark.parametrize("body", [None, b"", b"{", b'{"version": 1}'])
def test_a_dataset_whose_manifest_cannot_be_read_is_refused(body: bytes | None) -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    uri = f"{dataset.uri}manifest.json"
    if body is None:
        del scene.fakes.files.stored[uri]
    else:
        scene.fakes.files.stored[uri] = body

    assert uri in scene.hears_of(dataset).reason
    assert uri in scene.asked().reason
    assert scene.jobs.jobs == {}


# --- what was withdrawn --------------------------------------------------------------------------
def test_a_dataset_that_holds_what_was_withdrawn_is_not_trained_on() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    scene.withdraws(1, "talk-1", "talk-2", "talk-3", "talk-4")

    for started in (scene.hears_of(dataset), scene.asked()):
        assert started.run is None
        assert started.reason == (
            "4 of the conversations that dataset version 1 was made of were withdrawn "
            "(talk-1, talk-2, talk-3, …); the next dataset is without them"
        )
    scene.builds(rated(40))
    assert scene.trained().dataset_version == 2


def test_what_is_withdrawn_before_the_service_has_the_training_ends_it() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    scene.jobs.failures.append(ConnectionError("throttled"))
    with pytest.raises(ConnectionError):
        scene.hears_of(dataset)

    scene.withdraws(1)
    started = scene.hears_of(dataset)

    assert started.run is not None
    assert started.run.status is RunStatus.FAILED
    assert "withdrawn" in started.run.reason
    assert scene.jobs.jobs == {}


def test_a_job_that_a_dead_worker_started_is_stopped_when_its_data_is_withdrawn() -> None:
    for calls in range(40):
        scene = TrainingScene()
        scene.builds(rated(40))
        trainer = MortalTrainer(scene, calls)
        trainer.does(lambda world, means, _: training_runs.start_if_enough_is_new(world, means))
        run = next(iter(scene.fakes.runs.unfinished()), None)
        if run is not None and run.status is RunStatus.STARTING and scene.jobs.jobs:
            break
    else:
        pytest.fail("nobody died between the job's start and its record")

    scene.withdraws(1)
    scene.passes(minutes=15)
    scene.reconciles()

    assert scene.run(run).status is RunStatus.FAILED
    job = scene.jobs.describe(run.name)
    assert job is not None
    assert job.status == "stopped"


# --- leads ---------------------------------------------------------------------------------------
def test_a_lead_asks_for_a_training_however_little_is_new() -> None:
    scene = TrainingScene()
    scene.makes(scene.trained(scene.builds(rated(40))))
    scene.builds(rated(41))

    started = scene.asked()

    assert started.reason == ""
    assert started.run is not None
    assert started.run.dataset_version == 2
    (entry,) = scene.fakes.history.of(started.run.name, 10)
    assert (entry.actor, entry.action) == ("lea", "started training")


def test_a_lead_cannot_ask_for_the_same_training_twice() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))

    assert scene.asked().reason == "a training of dataset version 1 is under way"
    scene.makes(run)
    scene.ends(run)
    assert scene.asked().reason == "dataset version 1 has had its training"
    assert len(scene.jobs.jobs) == 1


def test_a_training_that_failed_is_repeated_when_a_lead_asks_and_not_by_itself() -> None:
    scene = TrainingScene()
    run = scene.trained(scene.builds(rated(40)))
    scene.jobs.end(run.name, "failed", reason="out of memory")
    scene.ends(run)

    assert scene.hears_of().reason == "the training of dataset version 1 has failed"
    assert training_runs.why_not(scene.world, scene.means) == ""
    second = scene.asked().run
    assert second is not None
    assert second.name == f"{run.name}-r2"

    scene.jobs.end(second.name, "failed")
    scene.ends(second)
    third = scene.asked().run
    assert third is not None
    assert third.name == f"{run.name}-r3"


def test_a_request_that_comes_again_after_a_failure_is_not_a_new_one() -> None:
    scene = TrainingScene()
    scene.builds(rated(40))
    request = scene.request()
    run = scene.asked(request).run
    assert run is not None
    scene.passes(minutes=5)
    during = scene.request()
    scene.asked(during)
    scene.passes(minutes=5)
    scene.jobs.end(run.name, "failed")
    scene.ends(run)
    scene.passes(minutes=5)

    for late in (request, during):
        assert scene.asked(late).reason == "the training of dataset version 1 has failed"
    assert len(scene.jobs.jobs) == 1


def test_why_a_training_would_not_start_is_said_before_anybody_asks() -> None:
    scene = TrainingScene()

    def why() -> str:
        return training_runs.why_not(scene.world, scene.means)

    assert why() == "there is no dataset yet"
    scene.builds(rated(10))
    assert "20 are missing" in why()
    scene.builds(rated(40))
    assert why() == ""
    run = scene.trained()
    assert why() == "a training of dataset version 2 is under way"
    scene.makes(run)
    scene.ends(run)
    assert why() == "dataset version 2 has had its training"
    scene.builds(rated(41))
    scene.withdraws(3)
    assert "withdrawn" in why()


# --- starts that break off, come twice, or are refused -------------------------------------------
def test_a_duplicate_start_meets_the_run_that_exists() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    run = scene.trained(dataset)

    again = scene.hears_of(dataset)

    assert again.run == run
    assert again.reason == "a training of dataset version 1 is under way"
    assert scene.fakes.meter.values("TrainingStarted") == [1]
    assert len(scene.fakes.history.entries) == 1


def test_wherever_a_start_breaks_off_the_next_one_goes_on_with_it() -> None:
    for calls in range(30):
        scene = TrainingScene()
        dataset = scene.builds(rated(40))
        worker = MortalTrainer(scene, calls)
        alive = worker.does(
            lambda world, means, _: training_runs.start_if_enough_is_new(world, means, None)
        )
        scene.hears_of(dataset)

        (run,) = scene.fakes.runs.recent(5)
        assert run.status is RunStatus.RUNNING, calls
        assert scene.jobs.jobs.keys() == {run.name}
        if alive:
            return
    raise AssertionError("a start has no end")


def test_a_start_in_the_middle_of_another_is_one_start() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    scene.fakes.runs.documents.before_next_replace.append(lambda: scene.hears_of(dataset))

    scene.hears_of(dataset)

    assert len(scene.jobs.jobs) == 1
    assert scene.fakes.meter.values("TrainingStarted") == [1]


def test_a_training_that_the_service_refuses_has_failed_with_why() -> None:
    scene = TrainingScene()
    scene.jobs.refusal = "ml.g5.2xlarge is not in this region"

    run = scene.trained(scene.builds(rated(40)))

    assert run.status is RunStatus.FAILED
    assert run.reason == "the training is refused: ml.g5.2xlarge is not in this region"
    (event,) = scene.fakes.bus.of(TrainingFailed)
    assert (event.run, event.reason) == (run.name, run.reason)
    assert scene.fakes.meter.values("TrainingFailed") == [1]
    assert [entry.action for entry in scene.fakes.history.recent(5)] == ["training failed"]


def test_what_may_pass_is_raised_and_tried_again_for_a_day() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    limit = ConnectionError("ResourceLimitExceeded")
    for _ in range(2):
        scene.jobs.failures.append(limit)
        with pytest.raises(ConnectionError):
            scene.hears_of(dataset)
        scene.passes(hours=23)
    scene.passes(hours=PATIENCE.total_seconds() / 3600 - 46 + 1)

    scene.jobs.failures.append(limit)
    run = scene.trained(dataset)

    assert run.status is RunStatus.FAILED
    assert run.reason == "the training could not be started: ResourceLimitExceeded"


def test_a_training_that_was_made_although_it_did_not_seem_so_is_not_given_up() -> None:
    scene = TrainingScene()
    dataset = scene.builds(rated(40))
    scene.fakes.runs.documents.before_next_replace.append(_gone)
    with pytest.raises(SystemError):
        scene.hears_of(dataset)
    assert len(scene.jobs.jobs) == 1
    scene.passes(hours=48)
    scene.jobs.failures.append(ConnectionError("throttled"))

    with pytest.raises(ConnectionError):
        scene.hears_of(dataset)

    assert scene.trained(dataset).status is RunStatus.RUNNING


def test_the_policy_of_the_moment_says_on_what_a_training_runs() -> None:
    scene = TrainingScene(instance_type="ml.g6.xlarge")

    run = scene.trained(scene.builds(rated(40)))

    assert scene.jobs.jobs[run.name].training.instance_type == "ml.g6.xlarge"


def _gone() -> None:
    raise SystemError("the worker is gone")
