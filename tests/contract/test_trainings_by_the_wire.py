"""From a dataset to a candidate through SageMaker's own interface, as the stand-in speaks it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sagemaker.events import TRAINING_JOB
from tandem.aws.environment import RegistrySettings, TrainingSettings
from tandem.aws.model_registry import SageMakerRegistry
from tandem.aws.sagemaker_training import SageMakerTraining
from tandem.aws.training_code import ENTRYPOINT, TrainingCode, metric_definitions
from tandem.tuning import registering, training_runs
from tandem.tuning.models import RunStatus, TrainingRun
from tandem.tuning.ports import Package
from tandem.tuning.training_runs import TrainingMeans
from tests.sagemaker_stand_in import IMAGE, ROLE, Front, StandIn
from tests.tuning_samples import summary
from tests.unit.tuning.training_scene import TrainingScene, rated

TRAINER = """
import json, os, pathlib, sys
root = pathlib.Path(os.environ["TANDEM_ML_ROOT"])
asked = json.loads((root / "input" / "config" / "hyperparameters.json").read_text())
if asked["method"] == "blog-ppo":
    (root / "output").mkdir(exist_ok=True)
    (root / "output" / "failure").write_text("there is nothing to learn here")
    sys.exit(1)
summary = json.loads((root / "input" / "data" / "code" / "summary.json").read_text())
manifest = json.loads((root / "input" / "data" / "dataset" / "manifest.json").read_text())
summary["dataset_version"] = manifest["version"]
summary["method"] = asked["method"]
print("step=1 reward/mean=2.5 kl=0.1")
(root / "model" / "model").mkdir()
(root / "model" / "model" / "config.json").write_text("{}")
(root / "model" / "run.json").write_text(json.dumps(summary))
"""
GROUP = "tandem-models"


class Wired:
    """A scene whose jobs and registry are the service's."""

    def __init__(self, stand_in: StandIn, **training: Any) -> None:
        self.stand_in = stand_in
        self.client = stand_in.client
        self.client.create_model_package_group(ModelPackageGroupName=GROUP)
        self.scene = TrainingScene(instance_type="ml.m5.large", **training)
        # What lies in S3 for one lies there for the other.
        self.scene.fakes.files.stored = stand_in.objects
        said = summary().model_dump_json().encode()
        code = TrainingCode(
            self.scene.fakes.files,
            "models",
            lambda: [(ENTRYPOINT, TRAINER.encode()), ("summary.json", said)],
        )
        settings = TrainingSettings(
            models_bucket="models", training_role_arn=ROLE, training_image=IMAGE
        )
        jobs = SageMakerTraining(self.client, settings, code, metric_definitions)
        self.means = TrainingMeans(jobs, self.scene.fakes.datasets, self.scene.fakes.files)
        self.registry = SageMakerRegistry(
            self.client, RegistrySettings(model_package_group=GROUP, serving_image=IMAGE)
        )

    def starts(self) -> TrainingRun:
        started = training_runs.start_if_enough_is_new(self.scene.world, self.means)
        assert started.run is not None
        return started.run

    def hears_of_the_end(self) -> TrainingRun | None:
        """The last event that the service sends of a training job is heard."""
        name = self.stand_in.told(TRAINING_JOB, "TrainingJobName")[-1]
        return registering.finish(self.scene.world, self.means, self.registry, name)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    made = Front()
    yield made
    made.close()


@pytest.fixture
def stand_in(front: Front, tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "sagemaker")
    with made.behind(front):
        yield made


def test_a_dataset_becomes_a_candidate_that_waits_for_approval(stand_in: StandIn) -> None:
    wired = Wired(stand_in, method="rl")
    wired.scene.builds(rated(40))
    run = wired.starts()
    assert wired.hears_of_the_end() is None
    stand_in.goes_on()

    after = wired.hears_of_the_end()

    assert after is not None
    assert (after.status, after.version) == (RunStatus.REGISTERED, 1)
    (version,) = wired.scene.fakes.versions.all()
    assert version.summary.method == "rl"
    assert version.folder == f"s3://models/runs/{run.name}/output/model"
    assert wired.registry.get(version.package_arn) == Package(
        1, version.package_arn, "PendingManualApproval"
    )
    described = stand_in.client.describe_training_job(TrainingJobName=run.name)
    figures = {each["MetricName"]: each["Value"] for each in described["FinalMetricDataList"]}
    assert figures["reward/mean"] == 2.5
    assert json.loads(stand_in.objects[f"{version.folder}/run.json"])["dataset_version"] == 1


def test_what_is_registered_twice_is_one_package(stand_in: StandIn) -> None:
    wired = Wired(stand_in)
    run = wired.scene.trained(wired.scene.builds(rated(40)))
    first = wired.registry.register(run, "s3://models/runs/a", {"kl": "1"}, weights=True)

    again = wired.registry.register(run, "s3://models/runs/a", {"kl": "1"}, weights=True)

    assert again == first
    listed = stand_in.client.list_model_packages(ModelPackageGroupName=GROUP)
    assert len(listed["ModelPackageSummaryList"]) == 1


def test_a_package_is_decided_on_and_noted_upon(stand_in: StandIn) -> None:
    wired = Wired(stand_in)
    run = wired.scene.trained(wired.scene.builds(rated(40)))
    package = wired.registry.register(run, "s3://models/runs/a", {"kl": "1"}, weights=False)

    wired.registry.note(package.arn, {"verdict": "passed"})
    wired.registry.decide(package.arn, "Approved", "lea: better")

    assert wired.registry.get(package.arn) == Package(1, package.arn, "Approved", "lea: better")
    described = stand_in.client.describe_model_package(ModelPackageName=package.arn)
    assert described["CustomerMetadataProperties"] == {"kl": "1", "verdict": "passed"}
    assert wired.registry.get(package.arn.replace("/1", "/9")) is None


def test_a_training_that_fails_says_why(stand_in: StandIn) -> None:
    wired = Wired(stand_in, method="blog-ppo")
    wired.scene.builds(rated(40))
    wired.starts()
    stand_in.goes_on()

    after = wired.hears_of_the_end()

    assert after is not None
    assert after.status is RunStatus.FAILED
    assert "there is nothing to learn here" in after.reason


def test_a_start_that_comes_again_is_the_same_job_and_one_that_is_stopped_has_failed(
    stand_in: StandIn,
) -> None:
    wired = Wired(stand_in)
    wired.scene.builds(rated(40))
    run = wired.starts()
    wired.means.jobs.create(run, wired.scene.world.policies.current().training)
    wired.means.jobs.stop(run.name)
    stand_in.goes_on()

    after = wired.hears_of_the_end()

    assert after is not None
    assert (after.status, after.reason) == (RunStatus.FAILED, "the training job was stopped")
    wired.means.jobs.stop(run.name)
    assert wired.means.jobs.describe("tandem-none") is None


def test_a_dataset_that_is_not_there_is_refused(stand_in: StandIn) -> None:
    wired = Wired(stand_in)
    wired.scene.builds(rated(40))
    run = wired.starts()
    for uri in [uri for uri in stand_in.objects if uri.startswith("s3://review/")]:
        del stand_in.objects[uri]
    stand_in.goes_on()

    after = wired.hears_of_the_end()

    assert after is not None
    assert after.name == run.name
    assert after.status is RunStatus.FAILED
    assert after.reason
