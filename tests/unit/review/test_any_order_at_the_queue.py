"""Whatever reviewers do in whatever order, twice, late, at once, and whoever dies in the middle of
it: what must hold of the queue, holds, and every job ends."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tandem.live.errors import LiveError
from tandem.live.models import Person
from tandem.review import deeds, finishing, queue
from tandem.review.api import Item, PutAside, Rate, Which
from tandem.review.events import LabelingJobDrained
from tandem.review.models import CandidateStatus, TaskStatus
from tandem.review.ports import ReviewWorld
from tests.unit.review.desk_of_reviewers import REA, RIA, RIO, ROY
from tests.unit.review.labeling_scene import LabelingScene, MortalWorker

PEOPLE = (RIO, REA, RIA, ROY)
WANTED = 2
OFTEN = ["asks", "rates", "rates again"]
SOMETIMES = ["skips", "releases", "is there", "takes back", "loads again", "lets time pass"]
SELDOM = ["flags", "finishes", "reconciles", "looks at progress", "lets much time pass"]
ACTIONS = st.tuples(
    st.sampled_from([*OFTEN * 4, *SOMETIMES * 2, *SELDOM]),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, 5),
)
type Action = tuple[str, int, int]


class Reviewers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = LabelingScene(5, workers_per_object=WANTED, most_skips=2, hold_seconds=60)
        self.scene.start()
        self.before: dict[str, Item] = {}
        """What each has on the screen."""
        self.last: dict[str, Rate] = {}

    # --- what may happen -------------------------------------------------------------------------
    @rule(action=ACTIONS)
    def something_happens(self, action: Action) -> None:
        self.act(self.scene.world, action)

    @rule(first=ACTIONS, second=ACTIONS)
    def something_happens_in_the_middle_of_something_else(
        self, first: Action, second: Action
    ) -> None:
        documents = self.scene.fakes.tasks.documents
        documents.before_next_replace = [lambda: self.act(self.scene.world, second)]
        self.act(self.scene.world, first)
        documents.before_next_replace = []

    @rule(action=ACTIONS, calls=st.integers(0, 14))
    def whoever_does_something_dies_of_it(self, action: Action, calls: int) -> None:
        worker = MortalWorker(self.scene, calls)
        worker.does(lambda world, _: self.act(world, action))

    def act(self, world: ReviewWorld, action: Action) -> None:
        name, number, kind = action
        with suppress(LiveError):
            getattr(self, f"_{name.replace(' ', '_')}")(world, PEOPLE[number], kind)

    def _asks(self, world: ReviewWorld, who: Person, _: int) -> None:
        self._gets(who, queue.next_item(world, who).item)

    def _loads_again(self, world: ReviewWorld, who: Person, _: int) -> None:
        had = self.before.pop(who.user, None)
        held = had is not None and self._holds(who, had)
        self._asks(world, who, 0)
        if held:
            assert had is not None
            assert self.before[who.user].candidate_id in self._held_by(who)

    def _rates(self, world: ReviewWorld, who: Person, kind: int) -> None:
        if item := self.before.get(who.user):
            said = Rate(job=item.job, candidate_id=item.candidate_id, rating=kind % 5 + 1,
                        reason="So.")  # fmt: skip
            self.last[who.user] = said
            self._gets(who, deeds.rate(world, who, said).item)

    def _rates_again(self, world: ReviewWorld, who: Person, _: int) -> None:
        """The same request comes twice, or long after."""
        if said := self.last.get(who.user):
            self._gets(who, deeds.rate(world, who, said).item)

    def _skips(self, world: ReviewWorld, who: Person, kind: int) -> None:
        self._puts_aside(deeds.skip, world, who, f"Reason {kind % 2}.")

    def _flags(self, world: ReviewWorld, who: Person, kind: int) -> None:
        self._puts_aside(deeds.flag, world, who, f"Reason {kind % 2}.")

    def _puts_aside(
        self, how: Callable[..., Any], world: ReviewWorld, who: Person, why: str
    ) -> None:
        if item := self.before.get(who.user):
            said = PutAside(job=item.job, candidate_id=item.candidate_id, reason=why)
            self._gets(who, how(world, who, said).item)

    def _releases(self, world: ReviewWorld, who: Person, _: int) -> None:
        if item := self.before.pop(who.user, None):
            queue.release(world, who, Which(job=item.job, candidate_id=item.candidate_id))

    def _is_there(self, world: ReviewWorld, who: Person, _: int) -> None:
        if item := self.before.get(who.user):
            queue.heartbeat(world, who, Which(job=item.job, candidate_id=item.candidate_id))

    def _takes_back(self, world: ReviewWorld, who: Person, _: int) -> None:
        self._gets(who, deeds.undo(world, who).item)

    def _looks_at_progress(self, world: ReviewWorld, who: Person, _: int) -> None:
        progress = queue.progress(world, who)
        assert progress.left >= 0
        assert progress.rated >= progress.rated_today >= 0

    def _lets_time_pass(self, _: ReviewWorld, __: Person, kind: int) -> None:
        self.scene.fakes.clock.advance((1, 20, 40, 59, 60, 61)[kind])

    def _lets_much_time_pass(self, _: ReviewWorld, __: Person, kind: int) -> None:
        self.scene.fakes.clock.advance(3600 * (1 + 5 * kind))

    def _finishes(self, *_: Any) -> None:
        """Whoever listens to the event: late, or twice."""
        for event in self.scene.fakes.bus.of(LabelingJobDrained):
            finishing.finish(self.scene.world, self.scene.backends, event.job)

    def _reconciles(self, *_: Any) -> None:
        self.scene.reconcile()

    # --- what they see ---------------------------------------------------------------------------
    def _gets(self, who: Person, item: Item | None) -> None:
        self.before.pop(who.user, None)
        if item is None:
            return
        self.before[who.user] = item
        assert item.question.startswith("What about")

    def _holds(self, who: Person, item: Item) -> bool:
        task = self.scene.fakes.tasks.get(item.job, item.candidate_id)
        now = self.scene.fakes.clock.now()
        return (
            task is not None
            and task.status is TaskStatus.OPEN
            and any(h.reviewer == who.user and h.until > now for h in task.holds)
            and self.scene.candidate(item.candidate_id).status is CandidateStatus.LABELING
        )

    def _held_by(self, who: Person) -> set[str]:
        return {
            task.candidate_id
            for task in self.scene.fakes.tasks.documents
            if any(hold.reviewer == who.user for hold in task.holds)
        }

    # --- what must hold --------------------------------------------------------------------------
    @invariant()
    def no_item_has_more_ratings_and_holders_than_are_wanted(self) -> None:
        now = self.scene.fakes.clock.now()
        for task in self.scene.fakes.tasks.documents:
            live = {hold.reviewer for hold in task.holds if hold.until > now}
            assert len(task.holds) == len({hold.reviewer for hold in task.holds})
            assert len(task.rated_by) + len(live) <= task.wanted, task
            assert not live or task.status is TaskStatus.OPEN

    @invariant()
    def nobody_counts_twice(self) -> None:
        for task in self.scene.fakes.tasks.documents:
            did = [*task.rated_by, *task.skipped_by]
            assert len(did) == len(set(did)), task
            assert not {hold.reviewer for hold in task.holds} & set(did), task

    @invariant()
    def what_counts_as_rated_has_a_rating(self) -> None:
        for task in self.scene.fakes.tasks.documents:
            raters = {
                rating.reviewer
                for rating in self.scene.fakes.ratings.of_candidate(task.candidate_id)
                if rating.job == task.job
            }
            assert set(task.rated_by) <= raters, task

    @invariant()
    def what_is_done_has_all_its_ratings_or_too_many_skipped_it(self) -> None:
        for task in self.scene.fakes.tasks.documents:
            job = self.scene.fakes.jobs.get(task.job)
            assert job is not None
            if task.status is TaskStatus.DONE and not job.status.ended:
                assert len(task.rated_by) == task.wanted or len(task.skipped_by) >= 2, task

    @invariant()
    def nobodys_record_counts_below_nothing(self) -> None:
        for sitting in self.scene.fakes.sittings.documents:
            assert min(sitting.rated, sitting.rated_today, sitting.left) >= 0

    def teardown(self) -> None:
        """Whoever is left works until nothing is: then every job ends before its time is over."""
        for _ in range(8):
            self.scene.fakes.clock.advance(2 * 3600)
            for who in PEOPLE:
                item = queue.next_item(self.scene.world, who).item
                while item is not None:
                    said = Rate(job=item.job, candidate_id=item.candidate_id, rating=4)
                    item = deeds.rate(self.scene.world, who, said).item
            self.scene.reconcile()
            if not self.scene.fakes.jobs.unfinished():
                break
        assert self.scene.fakes.jobs.unfinished() == []
        for candidate in self.scene.fakes.candidates.documents:
            assert candidate.status is not CandidateStatus.LABELING, candidate
            if candidate.label is not None:
                assert 1 <= candidate.label.raters <= WANTED


Reviewers.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestReviewers = Reviewers.TestCase
