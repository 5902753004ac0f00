"""Whatever happens to labelling jobs, in whatever order, twice, late, interrupted: every candidate
is labelled once, or listed with why not.

Events are delivered late, twice or never; workers of the app die at any call; raters rate, flag,
skip and vanish; functions and services fail for a while; customers withdraw. At the end everything
works again, time passes, and nothing hangs.
"""

import contextlib
from collections.abc import Callable
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tandem.bus_event import BusEvent
from tandem.review.events import LabelingJobDrained
from tandem.review.finishing import finish
from tandem.review.labeling import Backends, start_all
from tandem.review.manifest import Json
from tandem.review.models import CandidateStatus, JobStatus, Label, TaskStatus, Withdrawal
from tandem.review.ports import ReviewWorld
from tandem.review.recovery import reconcile
from tests.unit.review.labeling_scene import LabelingScene, MortalWorker, candidate

NUMBERS = st.integers(0, 5)
LIVES = st.one_of(st.none(), st.integers(0, 60))
"""How many calls a worker lives; None: for ever."""
RATERS = st.sampled_from(["rio", "rea", "rob"])


class Labeling(RuleBasedStateMachine):
    backend = "queue"

    def __init__(self) -> None:
        super().__init__()
        self.scene = LabelingScene(
            3,
            backend=self.backend,
            start_at=2,
            job_size=3,
            workers_per_object=2,
            days=1,
            max_returns=3,
        )
        self.made = 3
        self.events: list[str] = []
        """Names of jobs whose end is told and not heard of yet."""
        self.labels: dict[str, Label] = {}
        self.pre = self.scene.functions.pre_function
        self.post = self.scene.functions.post_function

    # --- the app's workers
    @rule(life=LIVES)
    def a_start(self, life: int | None) -> None:
        self.work(start_all, life)

    @rule(life=LIVES, index=NUMBERS, keep=st.booleans())
    def an_event_comes(self, life: int | None, index: int, keep: bool) -> None:
        if self.events:
            name = self.events[index % len(self.events)]
            if not keep:
                self.events.remove(name)
            self.hears(name, life)

    @rule(index=NUMBERS)
    def an_event_comes_in_the_middle_of_the_same(self, index: int) -> None:
        for name in self.events[:1]:
            documents = self.scene.fakes.candidates.documents
            documents.before_next_replace = [*[_nothing] * index, partial(self.hears, name)]
            self.hears(name)
            documents.before_next_replace = []

    def hears(self, name: str, life: int | None = None) -> None:
        self.work(lambda world, backends: finish(world, backends, name), life)

    @rule(index=NUMBERS)
    def an_event_is_lost(self, index: int) -> None:
        if self.events:
            self.events.pop(index % len(self.events))

    @rule(life=LIVES)
    def the_reconciler_comes(self, life: int | None) -> None:
        self.work(lambda world, backends: reconcile(world, backends, self.scene.base), life)

    @rule(first=LIVES, index=NUMBERS)
    def a_start_in_the_middle_of_another(self, first: int | None, index: int) -> None:
        documents = self.scene.fakes.candidates.documents
        documents.before_next_replace = [*[_nothing] * index, lambda: self.a_start(None)]
        self.a_start(first)
        documents.before_next_replace = []

    def work(self, action: Callable[[ReviewWorld, Backends], object], life: int | None) -> None:
        # What a worker of the app raises is seen by Lambda, which tries again.
        with contextlib.suppress(Exception):
            if life is None:
                action(self.scene.world, self.scene.backends)
            else:
                MortalWorker(self.scene, life).does(action)
        self.hear()

    def hear(self) -> None:
        published = self.scene.fakes.bus.of(LabelingJobDrained)
        self.events += [event.job for event in published]
        self.scene.fakes.bus.published = [
            event
            for event in self.scene.fakes.bus.published
            if not isinstance(event, LabelingJobDrained)
        ]

    # --- raters
    @rule(index=NUMBERS, rating=st.integers(1, 5), by=RATERS)
    def somebody_rates(self, index: int, rating: int, by: str) -> None:
        for job in self.scene.fakes.jobs.unfinished():
            name = job.candidate_ids[index % len(job.candidate_ids)]
            self.told(self.scene.rates(job, name, rating, by))
            self.scene.says(job, name, rating, by)

    @rule(index=NUMBERS, by=RATERS)
    def somebody_flags(self, index: int, by: str) -> None:
        for job in self.scene.fakes.jobs.unfinished()[:1]:
            name = job.candidate_ids[index % len(job.candidate_ids)]
            self.told(self.scene.flags(job, name))
            self.scene.says(job, name, None, by)

    def told(self, event: BusEvent | None) -> None:
        if isinstance(event, LabelingJobDrained):
            self.events.append(event.job)

    @rule(failed=st.booleans(), without_output=st.booleans())
    def a_job_of_the_service_ends(self, failed: bool, without_output: bool) -> None:
        for name, job in self.scene.ground_truth.jobs.items():
            if job.status == "open":
                with contextlib.suppress(RuntimeError):
                    self.scene.ground_truth.complete(
                        name,
                        reason="InternalServerError" if failed else "",
                        without_output=failed and without_output,
                    )
                self.events.append(name)
                return

    # --- the world
    @rule()
    def a_candidate_comes(self) -> None:
        self.scene.fakes.candidates.add(candidate(f"c{self.made}"))
        self.made += 1

    @rule(index=NUMBERS)
    def a_customer_withdraws(self, index: int) -> None:
        found = self.scene.fakes.candidates.get(f"c{index}")
        if found is not None and index == 1:
            now = self.scene.fakes.clock.now()
            name = found.pair.conversation_id
            self.scene.fakes.records.withdraw(Withdrawal(conversation_id=name, at=now, by="lea"))
            self.scene.fakes.candidates.remove(found)
            self.labels.pop(found.candidate_id, None)

    @rule(minutes=st.sampled_from([1, 5, 11, 61, 150, 60 * 25]))
    def time_passes(self, minutes: int) -> None:
        self.scene.passes(minutes=minutes)

    @rule()
    def a_function_breaks(self) -> None:
        def fails(_: Json) -> Json:
            raise RuntimeError("the function is gone")

        self.scene.functions.pre_function = fails

    @rule()
    def the_other_function_breaks(self) -> None:
        def fails(_: Json) -> list[Json]:
            raise RuntimeError("the function is gone")

        self.scene.functions.post_function = fails

    @rule(how=st.sampled_from(["refusal", "creating_fails", "answer_is_lost", "failure"]))
    def the_service_breaks(self, how: str) -> None:
        value: object = "no" if how == "refusal" else ConnectionError("throttled")
        setattr(self.scene.ground_truth, how, value)

    @rule()
    def all_is_repaired(self) -> None:
        self.scene.functions.pre_function = self.pre
        self.scene.functions.post_function = self.post
        self.scene.ground_truth.refusal = ""
        self.scene.ground_truth.failure = None
        self.scene.ground_truth.creating_fails = None
        self.scene.ground_truth.answer_is_lost = None

    # --- what always holds
    @invariant()
    def a_label_stays(self) -> None:
        for each in self.scene.fakes.candidates.documents:
            if each.status is CandidateStatus.LABELED:
                assert each.label is not None
                assert self.labels.setdefault(each.candidate_id, each.label) == each.label
            else:
                assert each.candidate_id not in self.labels

    @invariant()
    def who_is_asked_about_a_candidate_is_asked_for_the_job_that_has_it(self) -> None:
        tasks = self.scene.fakes.tasks.documents
        asked = [(t.candidate_id, t.job) for t in tasks if t.status is TaskStatus.OPEN]
        for job in self.scene.fakes.jobs.unfinished():
            found = self.scene.ground_truth.jobs.get(job.name)
            if job.status is JobStatus.OPEN and found and found.status == "open":
                lines = self.scene.ground_truth.lines(job.name)
                asked += [(line["candidate-id"], job.name) for line in lines]
        for name, job_name in asked:
            candidate = self.scene.fakes.candidates.get(name)
            if candidate is not None:
                assert (candidate.status, candidate.job) == (CandidateStatus.LABELING, job_name)

    def teardown(self) -> None:
        """All works again, and nobody does anything any more but the reconciler."""
        self.all_is_repaired()
        documents = self.scene.fakes.candidates.documents
        for minutes in (15, 150, *[60 * 30] * 4):
            self.scene.passes(minutes=minutes)
            # What waits may wait: this is about what hangs.
            self.scene.fakes.policies.policy = self.scene.fakes.policies.policy.model_copy(
                update={
                    "labeling": self.scene.fakes.policies.policy.labeling.model_copy(
                        update={"start_at": 10_000}
                    )
                }
            )
            with contextlib.suppress(ExceptionGroup):
                self.scene.reconcile()
        assert all(each.status is not CandidateStatus.LABELING for each in documents)
        self.a_label_stays()
        self.scene.settled()


class LabelingInGroundTruth(Labeling):
    backend = "ground_truth"


def _nothing() -> None:
    """Nobody comes between."""


EFFORT = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestTheQueue = Labeling.TestCase
TestTheQueue.settings = EFFORT
TestGroundTruth = LabelingInGroundTruth.TestCase
TestGroundTruth.settings = EFFORT
