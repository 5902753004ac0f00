"""Whatever happens to trainings, in whatever order, twice, late, interrupted: every dataset is
trained on at most once at a time, and every run ends as a version, or with why not.

Events are delivered late, twice or never; workers of the app die at any call; jobs fail, stop,
vanish or leave nonsense; services refuse and fail for a while; customers withdraw; leads ask. At
the end everything works again, time passes, and nothing hangs.
"""

import contextlib
from collections.abc import Callable
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tandem.review.events import CandidateRegistered
from tandem.tuning.events import TrainingFailed, TrainingRequested
from tandem.tuning.models import ModelVersion, RunStatus, TrainingRun
from tandem.tuning.ports import Dataset, Registry, TuningWorld
from tandem.tuning.registering import finish
from tandem.tuning.run_upkeep import look_after_runs
from tandem.tuning.training_runs import TrainingMeans, start_as_asked, start_if_enough_is_new
from tests.unit.tuning.training_scene import MortalTrainer, TrainingScene, rated

NUMBERS = st.integers(0, 5)
LIVES = st.one_of(st.none(), st.none(), st.integers(0, 30))
"""How many calls a worker lives; None: for ever."""
type Deed = Callable[[TuningWorld, TrainingMeans, Registry], object]


class Trainings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = TrainingScene(minimum_new=10)
        self.rows = 35
        self.deeds: list[Deed] = []
        """What an event that is told and not heard of yet makes a worker do."""
        self.ended: dict[str, TrainingRun] = {}
        self.versions: dict[int, ModelVersion] = {}
        self.before_withdrawal: dict[int, set[str]] = {}
        """By dataset, the jobs that the service had when a conversation was withdrawn from it."""
        self.the_review_builds_a_dataset(0)

    # --- the app's workers
    @rule(life=LIVES, index=NUMBERS, keep=st.booleans())
    def an_event_comes(self, life: int | None, index: int, keep: bool) -> None:
        if self.deeds:
            deed = self.deeds[index % len(self.deeds)]
            if not keep:
                self.deeds.remove(deed)
            self.work(deed, life)

    @rule()
    def all_that_was_told_is_heard(self) -> None:
        while self.deeds:
            self.work(self.deeds.pop(0), None)

    @rule(index=NUMBERS, other=NUMBERS, life=LIVES)
    def an_event_comes_in_the_middle_of_another(
        self, index: int, other: int, life: int | None
    ) -> None:
        if self.deeds:
            one, two = (self.deeds[each % len(self.deeds)] for each in (index, other))
            documents = self.scene.fakes.runs.documents
            documents.before_next_replace = [lambda: self.work(two, None)]
            self.work(one, life)
            documents.before_next_replace = []

    @rule(index=NUMBERS)
    def an_event_is_lost(self, index: int) -> None:
        if self.deeds:
            self.deeds.pop(index % len(self.deeds))

    @rule(life=LIVES)
    def the_reconciler_comes(self, life: int | None) -> None:
        self.work(look_after_runs, life)

    def work(self, deed: Deed, life: int | None) -> None:
        # What a worker of the app raises is seen by Lambda, which tries again.
        with contextlib.suppress(Exception):
            MortalTrainer(self.scene, life).does(deed)

    # --- the world
    @rule(more=st.sampled_from([0, 5, 12]))
    def the_review_builds_a_dataset(self, more: int) -> None:
        self.rows += more
        self.deeds.append(partial(_hears_of, self.scene.builds(rated(self.rows))))

    @rule()
    def a_lead_asks(self) -> None:
        self.deeds.append(partial(_is_asked, self.scene.request()))

    @rule(how=st.sampled_from(["well", "well", "badly", "stopped", "without_output", "gone"]))
    def a_job_ends(self, how: str) -> None:
        for name, job in self.scene.jobs.jobs.items():
            if job.state.status != "open":
                continue
            match how:
                case "well":
                    self.scene.makes(job.run)
                case "badly":
                    self.scene.jobs.end(name, "failed", reason="out of memory")
                case "stopped":
                    self.scene.jobs.stop(name)
                case "without_output":
                    self.scene.jobs.end(name)
                case _:
                    del self.scene.jobs.jobs[name]
            self.deeds.append(partial(_hears_of_the_end, name))
            return

    @rule(index=NUMBERS)
    def a_customer_withdraws(self, index: int) -> None:
        newest = self.scene.fakes.datasets.built[-1].version
        if index == 0 and newest not in self.before_withdrawal:
            self.scene.withdraws(newest)
            self.before_withdrawal[newest] = set(self.scene.jobs.jobs)

    @rule(minutes=st.sampled_from([1, 5, 11, 61, 60 * 25]))
    def time_passes(self, minutes: int) -> None:
        self.scene.passes(minutes=minutes)

    @rule(where=st.sampled_from(["jobs", "registry"]))
    def a_service_fails(self, where: str) -> None:
        getattr(self.scene, where).failures.append(ConnectionError("throttled"))

    @rule(where=st.sampled_from(["jobs", "registry"]))
    def a_service_refuses_what_is_asked_now(self, where: str) -> None:
        service = getattr(self.scene, where)
        service.refusal = "no"
        self.all_that_was_told_is_heard()
        service.refusal = ""

    @rule()
    def all_is_repaired(self) -> None:
        for service in (self.scene.jobs, self.scene.registry):
            service.failures.clear()

    # --- what always holds
    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        for run in self.scene.fakes.runs.documents:
            if run.status.ended:
                assert self.ended.setdefault(run.name, run) == run
        for version in self.scene.fakes.versions.documents:
            assert self.versions.setdefault(version.version, version) == version

    @invariant()
    def a_dataset_has_one_training_at_a_time_and_none_after_a_good_one(self) -> None:
        of_dataset: dict[int, list[TrainingRun]] = {}
        for run in sorted(self.scene.fakes.runs.documents, key=lambda run: run.started_at):
            of_dataset.setdefault(run.dataset_version, []).append(run)
        for runs in of_dataset.values():
            assert all(run.status is RunStatus.FAILED for run in runs[:-1]), runs

    @invariant()
    def a_version_is_of_one_run_and_was_told_of_before_the_run_ended(self) -> None:
        versions = list(self.scene.fakes.versions.documents)
        assert len({version.run for version in versions}) == len(versions)
        told = {event.model_id for event in self.scene.fakes.bus.of(CandidateRegistered)}
        failures = {event.run for event in self.scene.fakes.bus.of(TrainingFailed)}
        for run in self.scene.fakes.runs.documents:
            if run.status is RunStatus.REGISTERED:
                (version,) = (each for each in versions if each.run == run.name)
                assert run.version == version.version
                assert version.package_arn in told
            if run.status is RunStatus.FAILED:
                assert run.reason
                assert run.name in failures

    @invariant()
    def nothing_is_trained_on_what_was_withdrawn(self) -> None:
        for version, known in self.before_withdrawal.items():
            on_it = (job.run for job in self.scene.jobs.jobs.values())
            assert {run.name for run in on_it if run.dataset_version == version} <= known

    def teardown(self) -> None:
        """All works again, and nobody does anything any more but the reconciler."""
        self.all_is_repaired()
        for _ in range(3):
            self.scene.passes(hours=2)
            for name, job in list(self.scene.jobs.jobs.items()):
                if job.state.status == "open":
                    self.scene.jobs.end(name, "failed", reason="somebody pulled the plug")
            self.scene.reconciles()
        assert self.scene.fakes.runs.unfinished() == []
        self.what_has_ended_stays_as_it_is()
        self.a_dataset_has_one_training_at_a_time_and_none_after_a_good_one()
        self.a_version_is_of_one_run_and_was_told_of_before_the_run_ended()
        runs = {run.name for run in self.scene.fakes.runs.documents}
        assert self.scene.jobs.jobs.keys() <= runs


def _hears_of(
    dataset: Dataset, world: TuningWorld, means: TrainingMeans, registry: Registry
) -> None:
    start_if_enough_is_new(world, means, dataset)


def _is_asked(
    request: TrainingRequested, world: TuningWorld, means: TrainingMeans, registry: Registry
) -> None:
    start_as_asked(world, means, request)


def _hears_of_the_end(
    name: str, world: TuningWorld, means: TrainingMeans, registry: Registry
) -> None:
    finish(world, means, registry, name)


TestTrainings = Trainings.TestCase
TestTrainings.settings = settings(max_examples=250, stateful_step_count=40, deadline=None)
