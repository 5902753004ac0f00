"""Trainings without AWS: datasets in memory, jobs that end as told, and workers that die."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import timedelta
from typing import Any

from tandem.review.dataset_rows import DatasetManifest, Kind, Split
from tandem.tuning import registering, run_upkeep, training_runs
from tandem.tuning.events import TrainingRequested
from tandem.tuning.models import RunSummary, TrainingRun
from tandem.tuning.policy import Training, TuningPolicy
from tandem.tuning.ports import Dataset, Registry, TuningWorld
from tandem.tuning.run_upkeep import RunsFound
from tandem.tuning.training_runs import Started, TrainingMeans
from tests.mortality import Life
from tests.tuning_fakes import FixedTuningPolicies, TuningFakes
from tests.tuning_samples import summary


def manifest(version: int, rows: Iterable[str], **changes: Any) -> DatasetManifest:
    """Of a dataset with these rows, as `rows.txt` lists them."""
    listed = list(rows)

    def count(kind: Kind, split: Split) -> dict[str, int]:
        found = sum(row.startswith(f"{split.value}/{kind.value} ") for row in listed)
        return {"reviewers": found} if found else {}

    values: dict[str, Any] = {
        "version": version,
        "built_at": changes.pop("built_at"),
        "inputs": "0" * 64,
        "previous": None,
        "changes": {},
        "test_series": 1,
        "series_drawn": (1,),
        "seed": "",
        "test_share": 0.1,
        "validation_share": 0.1,
        "sources": {kind: {split: count(kind, split) for split in Split} for kind in Kind},
        "topics": dict.fromkeys(Split, 1),
        "ratings": {split: {} for split in Split},
        "mean_agreement": None,
        "models": {},
        "languages": {},
        "picks": {},
        "sampling_policies": {},
        "conversations": 1,
        "withdrawals": 0,
        "left_out": {},
        "files": (),
    }
    return DatasetManifest(**values | changes)


def rated(count: int, *, digest: str = "d", split: str = "train", start: int = 0) -> list[str]:
    """Rows of `rows.txt`."""
    return [f"{split}/ratings r{number} {digest}" for number in range(start, start + count)]


class TrainingScene:
    """`training` are fields of the policy's section."""

    def __init__(self, **training: Any) -> None:
        policy = {"minimum_ratings": 30, "minimum_new": 10, **training}
        self.fakes = TuningFakes(
            policies=FixedTuningPolicies(TuningPolicy(training=Training(**policy)))
        )
        self.world = self.fakes.world
        self.jobs = self.fakes.jobs
        self.registry = self.fakes.registry
        self.means = TrainingMeans(self.jobs, self.fakes.datasets, self.fakes.files)

    # --- what others do --------------------------------------------------------------------------
    def builds(self, rows: Iterable[str], version: int | None = None) -> Dataset:
        """The review builds the next dataset."""
        datasets = self.fakes.datasets
        newest = datasets.newest()
        number = version or (newest.version + 1 if newest else 1)
        uri = f"s3://review/datasets/v{number:06d}/"
        listed = list(rows)
        said = manifest(number, listed, built_at=self.fakes.clock.now())
        files = self.fakes.files
        body = "".join(f"{row}\n" for row in listed).encode()
        files.write_uri(f"{uri}rows.txt", body, "text/plain")
        files.write_uri(f"{uri}manifest.json", said.model_dump_json().encode(), "application/json")
        dataset = Dataset(number, uri)
        datasets.built.append(dataset)
        return dataset

    def makes(self, run: TrainingRun, **said: Any) -> None:
        """The training job ends well and leaves its summary."""
        self.leaves(run, summary(**{"dataset_version": run.dataset_version} | said))
        self.jobs.end(run.name)

    def leaves(self, run: TrainingRun, said: RunSummary) -> None:
        uri = f"s3://models/runs/{run.name}/output/model/run.json"
        self.fakes.files.write_uri(uri, said.model_dump_json().encode(), "application/json")

    def withdraws(self, dataset_version: int, *conversations: str) -> None:
        names = conversations or ("talk-1",)
        self.fakes.datasets.withdrawn.setdefault(dataset_version, []).extend(names)

    def passes(self, **time: float) -> None:
        self.fakes.clock.advance(timedelta(**time).total_seconds())

    # --- what the doors do -----------------------------------------------------------------------
    def hears_of(self, dataset: Dataset | None = None) -> Started:
        return training_runs.start_if_enough_is_new(self.world, self.means, dataset)

    def trained(self, dataset: Dataset | None = None) -> TrainingRun:
        """A training that was started now."""
        started = self.hears_of(dataset)
        assert started.run is not None
        assert not started.reason
        return started.run

    def asked(self, request: TrainingRequested | None = None) -> Started:
        return training_runs.start_as_asked(self.world, self.means, request or self.request())

    def request(self, by: str = "lea") -> TrainingRequested:
        return TrainingRequested(
            id=self.fakes.ids.new(), time=self.fakes.clock.now(), requested_by=by
        )

    def ends(self, run: TrainingRun) -> TrainingRun | None:
        """The event of the job's end is heard."""
        return registering.finish(self.world, self.means, self.registry, run.name)

    def reconciles(self) -> RunsFound:
        return run_upkeep.look_after_runs(self.world, self.means, self.registry)

    # --- what is there ---------------------------------------------------------------------------
    def run(self, run: TrainingRun) -> TrainingRun:
        found = self.fakes.runs.get(run.name)
        assert found is not None
        return found


class MortalTrainer:
    """A worker of the app that dies before its `calls`-th call of the world."""

    _UNCOUNTED = ("clock", "policies", "ids", "meter")

    def __init__(self, scene: TrainingScene, calls: int | None) -> None:
        self._life = Life(calls)
        ports: dict[str, Any] = {
            each.name: getattr(scene.world, each.name)
            if each.name in self._UNCOUNTED
            else self._life.through(getattr(scene.world, each.name))
            for each in fields(TuningWorld)
        }
        self.world = TuningWorld(**ports)
        self.means = TrainingMeans(
            self._life.through(scene.jobs),
            self._life.through(scene.fakes.datasets),
            self._life.through(scene.fakes.files),
        )
        self.registry: Registry = self._life.through(scene.registry)

    def does(self, action: Callable[[TuningWorld, TrainingMeans, Registry], object]) -> bool:
        """False if it died of it."""
        return self._life.does(lambda: action(self.world, self.means, self.registry))
