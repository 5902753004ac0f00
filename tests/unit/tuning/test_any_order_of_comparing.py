"""Whatever people do in whatever order, twice, late, at once, and whoever dies in the middle of it:
nobody has what somebody else has, what is chosen stays, and every comparison ends in the verdict
that the choices give."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tandem.live.errors import LiveError
from tandem.live.models import Person
from tandem.tuning import comparing, verdict
from tandem.tuning.api import NextPair, PairView, WhichPair
from tandem.tuning.events import CandidateJudged, ComparisonCompleted
from tandem.tuning.models import VersionStatus
from tandem.tuning.statistics import chance_of
from tests.mortality import Life
from tests.unit.tuning.judging_scene import LEA, REA, RIA, RIO, JudgingScene

PEOPLE = (RIO, REA, RIA, LEA)
QUESTIONS = 12
CHOICES = ("candidate", "candidate", "candidate", "live", "same")
ACTIONS = st.tuples(
    st.sampled_from(
        [
            *["asks", "chooses"] * 4,
            "chooses again", "is there", "lets time pass", "settles", "reconciles", "is set aside",
        ]
    ),
    st.integers(0, len(PEOPLE) - 1),
    st.sampled_from(CHOICES),
)  # fmt: skip
type Action = tuple[str, int, str]


class People(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = JudgingScene(minimum_prompts=5)
        self.scene.candidate(QUESTIONS)
        self.scene.evaluates()
        self.before: dict[str, PairView] = {}
        """What each has on the screen."""
        self.last: dict[str, tuple[PairView, str]] = {}
        self.chosen: dict[str, tuple[str, str]] = {}

    # --- what may happen -------------------------------------------------------------------------
    @rule(action=ACTIONS)
    def something_happens(self, action: Action) -> None:
        self.act(self.scene, action)

    @rule(first=ACTIONS, second=ACTIONS)
    def something_happens_in_the_middle_of_something_else(
        self, first: Action, second: Action
    ) -> None:
        documents = self.scene.fakes.pairs.documents
        documents.before_next_replace = [lambda: self.act(self.scene, second)]
        self.act(self.scene, first)
        documents.before_next_replace = []

    @rule(action=ACTIONS, calls=st.integers(0, 12))
    def whoever_does_something_dies_of_it(self, action: Action, calls: int) -> None:
        life = Life(calls)
        mortal = self.scene.through(life)
        life.does(lambda: self.act(mortal, action))

    def act(self, scene: JudgingScene, action: Action) -> None:
        name, number, whose = action
        with suppress(LiveError):
            getattr(self, f"_{name.replace(' ', '_')}")(scene, PEOPLE[number], whose)

    def _asks(self, scene: JudgingScene, who: Person, _: str) -> None:
        self.before.pop(who.user, None)
        self._gets(who, scene.asks(who))

    def _chooses(self, scene: JudgingScene, who: Person, whose: str) -> None:
        if (shown := self.before.pop(who.user, None)) is None:
            return
        self.last[who.user] = shown, whose
        self._says(scene, who, shown, whose)

    def _chooses_again(self, scene: JudgingScene, who: Person, _: str) -> None:
        if said := self.last.get(who.user):
            self._says(scene, who, *said)

    def _says(self, scene: JudgingScene, who: Person, shown: PairView, whose: str) -> None:
        pair = self.scene.fakes.pairs.get(shown.version, shown.pair_id)
        assert pair is not None
        self.before.pop(who.user, None)
        self._gets(who, scene.prefers(who, pair, whose))

    def _is_there(self, scene: JudgingScene, who: Person, _: str) -> None:
        if shown := self.before.get(who.user):
            which = WhichPair(version=shown.version, pair_id=shown.pair_id)
            until = comparing.heartbeat(scene.world, scene.judging, who, which).held_until
            self.before[who.user] = shown.model_copy(update={"held_until": until})

    def _lets_time_pass(self, scene: JudgingScene, _: Person, whose: str) -> None:
        scene.fakes.clock.advance(400 if whose == "same" else 100)

    def _settles(self, scene: JudgingScene, _: Person, __: str) -> None:
        scene.settles()

    def _reconciles(self, scene: JudgingScene, _: Person, __: str) -> None:
        scene.reconciles()

    def _is_set_aside(self, scene: JudgingScene, _: Person, whose: str) -> None:
        if whose == "live":
            scene.fakes.panel.aside.symmetric_difference_update({RIA.user})

    def _gets(self, who: Person, found: NextPair) -> None:
        if found.pair is not None:
            self.before[who.user] = found.pair

    # --- what must hold --------------------------------------------------------------------------
    @invariant()
    def nobody_has_what_somebody_else_has(self) -> None:
        now = self.scene.fakes.clock.now()
        held = [view.pair_id for view in self.before.values() if view.held_until > now]
        assert len(held) == len(set(held))

    @invariant()
    def what_is_chosen_and_counts_stays(self) -> None:
        aside = self.scene.fakes.panel.aside
        for pair in self.scene.fakes.pairs.of(1):
            if pair.choice is None or pair.chosen_by is None:
                assert pair.pair_id not in self.chosen
                continue
            known = self.chosen.get(pair.pair_id)
            if known is not None and known[1] not in {*aside, RIA.user}:
                assert known == (pair.choice, pair.chosen_by)
            self.chosen[pair.pair_id] = pair.choice, pair.chosen_by

    @invariant()
    def the_same_is_announced_as_the_same_event(self) -> None:
        bus = self.scene.fakes.bus
        assert len({event.id for event in bus.of(ComparisonCompleted)}) <= 1
        assert len({event.id for event in bus.of(CandidateJudged)}) <= 1

    def teardown(self) -> None:
        self.scene.fakes.panel.aside.discard(RIA.user)
        self.scene.fakes.clock.advance(400)
        self.scene.compares_all(lambda number, _: "candidate" if number % 2 else "live", PEOPLE)
        self.scene.reconciles()
        if self.scene.stored().status is VersionStatus.COMPARING:
            assert self.scene.fakes.bus.of(ComparisonCompleted)
            self.scene.settles()
        after = self.scene.stored()
        assert after.comparison is not None
        assert after.verdict is not None
        told_apart = after.comparison.better + after.comparison.worse
        left = QUESTIONS - after.comparison.done
        passed = chance_of(after.comparison.better, told_apart + left) <= 0.05
        assert (after.status is VersionStatus.PASSED) == passed
        assert after.verdict.passed == passed
        because = verdict.why_not(after, self.scene.fakes.pointer.read(), [])
        assert (because == "") == passed


TestPeople = People.TestCase
TestPeople.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
