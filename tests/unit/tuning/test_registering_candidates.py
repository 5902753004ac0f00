"""What a training job has made becomes a model version, or the run says why not."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tandem.review.events import CandidateRegistered
from tandem.tuning import registering
from tandem.tuning.audit import of_version
from tandem.tuning.events import TrainingFailed
from tandem.tuning.models import RunStatus, TrainingRun, VersionStatus
from tandem.tuning.ports import Registry, TuningWorld
from tandem.tuning.training_runs import TrainingMeans
from tests.tuning_samples import summary
from tests.unit.tuning.training_scene import MortalTrainer, TrainingScene, rated


def trained(scene: TrainingScene) -> TrainingRun:
    return scene.trained(scene.builds(rated(40)))


def failed(scene: TrainingScene, run: TrainingRun) -> str:
    """Why it failed, as it is told and kept."""
    after = scene.ends(run)
    assert after is not None
    assert after.status is RunStatus.FAILED
    assert scene.run(run) == after
    (event,) = scene.fakes.bus.of(TrainingFailed)
    assert (event.run, event.reason) == (run.name, after.reason)
    assert scene.fakes.versions.all() == []
    return after.reason


def test_what_a_job_has_made_waits_for_approval_as_a_version() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run, method="rl")

    after = scene.ends(run)

    assert after is not None
    assert (after.status, after.version, after.seconds) == (RunStatus.REGISTERED, 1, 3600.0)
    (version,) = scene.fakes.versions.all()
    assert version.status is VersionStatus.REGISTERED
    assert version.run == run.name
    assert version.folder == f"s3://models/runs/{run.name}/output/model"
    assert version.summary.method == "rl"
    package = scene.registry.packages[version.package_arn]
    assert package.package.approval == "PendingManualApproval"
    assert package.folder == version.folder
    assert package.weights


def test_it_is_told_to_whoever_listens_and_to_those_who_look_at_it() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run, metrics={"kl": 1.25, "eval/heldout": 3.0})
    scene.ends(run)

    (event,) = scene.fakes.bus.of(CandidateRegistered)
    (version,) = scene.fakes.versions.all()
    assert (event.model_id, event.dataset_version) == (version.package_arn, 1)
    said = scene.registry.packages[version.package_arn].properties
    assert said["run"] == run.name
    assert said["base"] == "flan-t5-xl"
    assert said["ratings"] == "60"
    assert (said["kl"], said["eval/heldout"]) == ("1.25", "3")
    (entry,) = scene.fakes.history.of(of_version(1), 5)
    assert (entry.action, entry.detail) == ("registered", {"run": run.name})
    assert scene.fakes.meter.values("CandidatesRegistered") == [1]
    assert scene.fakes.meter.values("TrainingSeconds") == [3600]


def test_however_much_a_training_measures_the_package_has_room_for_it() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run, metrics={f"figure/{number}": 1.0 for number in range(80)})
    scene.ends(run)

    (package,) = scene.registry.packages.values()
    assert len(package.properties) <= 40


def test_a_reward_model_without_weights_is_a_version_too() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run, kind="reward_model", method="reward-model", base=None, architecture=None)
    scene.ends(run)

    (version,) = scene.fakes.versions.all()
    assert version.kind == "reward_model"
    assert not scene.registry.packages[version.package_arn].weights


# --- nothing to register -------------------------------------------------------------------------
def test_others_have_training_jobs_as_well() -> None:
    scene = TrainingScene()

    assert registering.finish(scene.world, scene.means, scene.registry, "somebody-elses") is None


def test_a_job_that_still_runs_or_is_not_known_yet_is_left_alone() -> None:
    scene = TrainingScene()
    run = trained(scene)

    assert scene.ends(run) is None
    del scene.jobs.jobs[run.name]
    assert scene.ends(run) is None
    assert scene.run(run).status is RunStatus.RUNNING


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_a_job_that_did_not_end_well_has_failed_with_why(status: Any) -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.jobs.end(run.name, status, reason="AlgorithmError: no ratings", seconds=12)

    assert failed(scene, run) == "AlgorithmError: no ratings"
    assert scene.run(run).seconds == 12


def test_a_job_that_does_not_say_why_it_stopped_has_failed_as_well() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.jobs.stop(run.name)

    assert failed(scene, run) == "the training job has stopped"


def test_a_job_without_a_summary_has_failed() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.jobs.end(run.name)

    assert failed(scene, run).startswith("the training has left no run.json: there is no s3://")


def spoilt(change: Callable[[dict[str, Any]], object]) -> bytes:
    said = summary(dataset_version=1).model_dump(mode="json")
    change(said)
    return json.dumps(said).encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cannot be read"),
        (b'{"schema_version": "1", "kind"', "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (spoilt(lambda said: said.pop("kind")), "kind: Field required"),
        (spoilt(lambda said: said.update(schema_version="2")), "schema_version: Input should be"),
        (spoilt(lambda said: said.update(kind="magic")), "kind: Input should be"),
        (spoilt(lambda said: said["metrics"].update(kl=float("nan"))), "metrics.kl"),
        (spoilt(lambda said: said["reward_model"].update(error=float("inf"))), "finite number"),
    ],
)
def test_a_summary_that_cannot_be_read_is_said_so_with_where(body: bytes, said: str) -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    scene.fakes.files.stored[f"s3://models/runs/{run.name}/output/model/run.json"] = body

    reason = failed(scene, run)

    assert reason.startswith("the training's run.json cannot be read")
    assert said in reason
    assert scene.registry.packages == {}


def test_a_training_that_saw_another_dataset_is_not_registered() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run, dataset_version=9)

    assert "it saw dataset version 9, and it was to see 1" in failed(scene, run)


def test_what_was_trained_on_withdrawn_conversations_is_not_registered() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    scene.withdraws(1, "talk-7")

    assert failed(scene, run) == (
        "it was not registered: 1 of the conversations that dataset version 1 was made of were "
        "withdrawn (talk-7); the next dataset is without them"
    )
    assert scene.registry.packages == {}


def test_what_the_registry_refuses_has_failed_with_why() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    scene.registry.refusal = "the image does not exist"

    assert failed(scene, run) == "the registry does not take the model: the image does not exist"


def test_a_version_number_of_another_training_is_not_taken_over() -> None:
    scene = TrainingScene()
    first = trained(scene)
    scene.makes(first)
    scene.ends(first)
    second = scene.trained(scene.builds(rated(80)))
    scene.makes(second)
    scene.registry.packages.clear()

    after = scene.ends(second)

    assert after is not None
    assert after.status is RunStatus.FAILED
    assert "calls it version 1, which is another training's" in after.reason
    (version,) = scene.fakes.versions.all()
    assert version.run == first.name


# --- twice, late, half-way -----------------------------------------------------------------------
def test_a_duplicate_changes_nothing() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    after = scene.ends(run)

    assert scene.ends(run) == after
    assert len(scene.registry.packages) == 1
    assert len(scene.fakes.bus.of(CandidateRegistered)) == 1
    assert scene.fakes.meter.values("CandidatesRegistered") == [1]


def test_two_at_once_are_one() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    scene.fakes.runs.documents.before_next_replace.append(lambda: scene.ends(run))

    scene.ends(run)

    assert len(scene.fakes.versions.all()) == 1
    assert {event.id for event in scene.fakes.bus.of(CandidateRegistered)} == {
        f"candidate-registered-{run.name}"
    }
    assert scene.fakes.meter.values("CandidatesRegistered") == [1]


def test_wherever_registering_breaks_off_the_next_event_completes_it() -> None:
    for calls in range(30):
        scene = TrainingScene()
        run = trained(scene)
        scene.makes(run)
        alive = MortalTrainer(scene, calls).does(partial(_finish, run.name))
        after = scene.ends(run)

        assert after is not None
        assert after.status is RunStatus.REGISTERED
        (version,) = scene.fakes.versions.all()
        assert after.version == version.version
        assert len(scene.registry.packages) == 1
        assert scene.fakes.bus.of(CandidateRegistered)
        if alive:
            return
    raise AssertionError("registering has no end")


def test_a_job_that_ends_before_its_start_is_written_down_is_registered() -> None:
    scene = TrainingScene()

    def end() -> None:
        (run,) = scene.fakes.runs.unfinished()
        scene.makes(run)
        scene.ends(run)

    scene.fakes.runs.documents.before_next_replace.append(end)
    started = scene.hears_of(scene.builds(rated(40)))

    assert started.run is not None
    assert started.run.status is RunStatus.REGISTERED
    assert len(scene.fakes.versions.all()) == 1


def test_an_error_that_may_pass_is_raised_and_leaves_the_run_to_the_next_event() -> None:
    scene = TrainingScene()
    run = trained(scene)
    scene.makes(run)
    scene.registry.failures.append(ConnectionError("throttled"))

    with pytest.raises(ConnectionError):
        scene.ends(run)

    assert scene.run(run).status is RunStatus.RUNNING
    after = scene.ends(run)
    assert after is not None
    assert after.status is RunStatus.REGISTERED


def _finish(name: str, world: TuningWorld, means: TrainingMeans, registry: Registry) -> None:
    registering.finish(world, means, registry, name)
