"""Whatever happens to versions, in whatever order, twice, late, interrupted: the pointer always
names something that is served and was proven better, or what the deployment began with.

Leads approve, reject, make live and roll back at any moment, also what is not proven; events are
delivered late, twice or never; workers die at any call, or come in the middle of each other;
services are slow, refuse, fail, take updates back; customers are noise. At the end everything works
again, time passes, and nothing hangs, and no endpoint is left that nobody needs.
"""

import contextlib
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tandem.live.errors import Conflict, LiveError
from tandem.live.model_pointer import ModelReference
from tandem.tuning import approval, promotion, recovery, rolling_back, watching
from tandem.tuning.events import ModelPromoted, ModelRolledBack
from tandem.tuning.models import ModelVersion, TrialRecord, VersionStatus
from tandem.tuning.ports import GoneOff, TuningWorld
from tests.mortality import Life
from tests.unit.tuning.serving_scene import ORIGINAL, PASSED, REFUSED, ServingScene

NUMBERS = st.integers(0, 5)
LIVES = st.one_of(st.none(), st.none(), st.integers(0, 40))
"""How many calls a worker lives; None: for ever."""
CANDIDATES = st.sampled_from(["weights", "weights", "reward_model"])
KINDS = st.sampled_from(["live", "back", "reconcile", "event"])
SLOTS = st.sampled_from(["blue", "green"])
_UNCOUNTED = ("clock", "policies", "ids", "meter")
_PORTS = ("registry", "datasets", "hosting", "pointer", "jobs", "files", "panel", "alarms")

type Deed = Callable[[TuningWorld, Any], object]


class GoingLive(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = ServingScene(
            share=0.5, minimum_conversations=5, false_alarm=0.4, hosting={"keep_previous_hours": 24}
        )
        self.fakes = self.scene.fakes
        self.scene.hosting.slow = True
        self.deeds: list[Deed] = []
        """What an event that is told and not heard of yet makes a worker do."""
        self.conversations = 0
        self.named: set[int] = set()
        """By the pointer, at some time."""

    # --- the app's workers
    @rule(life=LIVES, index=NUMBERS, keep=st.booleans())
    def an_event_comes(self, life: int | None, index: int, keep: bool) -> None:
        if self.deeds:
            deed = self.deeds[index % len(self.deeds)]
            if not keep:
                self.deeds.remove(deed)
            self.work(deed, life)

    @rule(index=NUMBERS)
    def an_event_is_lost(self, index: int) -> None:
        if self.deeds:
            self.deeds.pop(index % len(self.deeds))

    @rule(life=LIVES)
    def the_reconciler_comes(self, life: int | None) -> None:
        self.work(_reconcile, life)

    @rule(index=NUMBERS, life=LIVES)
    def a_lead_makes_one_live(self, index: int, life: int | None) -> None:
        if number := self.number(index):
            self.work(partial(_make_live, number), life)

    @rule(index=NUMBERS, life=LIVES)
    def a_lead_rolls_one_back(self, index: int, life: int | None) -> None:
        if number := self.number(index):
            self.work(partial(_roll_back, number), life)

    @rule(
        deeds=st.tuples(KINDS, KINDS),
        numbers=st.tuples(NUMBERS, NUMBERS),
        steps=st.integers(0, 4),
        at_pointer=st.booleans(),
    )
    def one_comes_in_the_middle_of_another(
        self, deeds: tuple[str, str], numbers: tuple[int, int], steps: int, at_pointer: bool
    ) -> None:
        first, between = map(self.deed, deeds, numbers)
        documents = self.fakes.versions.documents
        waits: list[Callable[[], object]] = [lambda: None] * steps
        waits.append(lambda: self.work(between, None))
        if at_pointer:
            self.scene.pointer.before_next_write = waits[steps:]
        else:
            documents.before_next_replace = waits
        self.work(first, None)
        documents.before_next_replace = []
        self.scene.pointer.before_next_write = []

    def deed(self, kind: str, index: int) -> Deed:
        number = self.number(index)
        if kind == "live" and number:
            return partial(_make_live, number)
        if kind == "back" and number:
            return partial(_roll_back, number)
        if kind == "event" and self.deeds:
            return self.deeds[index % len(self.deeds)]
        return _reconcile

    def work(self, deed: Deed, life: int | None) -> None:
        worker = Life(life)
        ports = {
            each.name: getattr(self.scene.world, each.name)
            if each.name in _UNCOUNTED
            else worker.through(getattr(self.scene.world, each.name))
            for each in fields(TuningWorld)
        }
        parts = SimpleNamespace(**{n: worker.through(getattr(self.fakes, n)) for n in _PORTS})
        try:
            worker.does(lambda: deed(TuningWorld(**ports), parts))
        except Exception as error:
            # Lambda sees it and tries again, or the lead does; nothing else may be raised.
            _, others = ExceptionGroup("", [error]).split((ConnectionError, LiveError, Conflict))
            if others is not None:
                raise

    def number(self, index: int) -> int:
        """Of one of the newest versions; 0: there is none."""
        there = [each.version for each in self.fakes.versions.all()]
        return there[index % len(there)] if there else 0

    # --- the usual course of things
    @initialize(live=st.integers(0, 3), kept=st.booleans())
    def some_have_gone_live(self, live: int, kept: bool) -> None:
        for _ in range(live):
            self.one_goes_all_the_way("weights")
        if not kept:
            self.scene.passes(hours=25)
            self.scene.reconcile()

    @rule(kind=CANDIDATES)
    def one_goes_all_the_way(self, kind: Any) -> None:
        """As far as the world lets it."""
        if self.may_come():
            number = self.scene.candidate(kind)
            self.scene.decide(number, "Approved")
            self.work(partial(_decided, number), None)
            self.scene.hosting.come_up()
            self.work(_go_on, None)
            self.work(partial(_make_live, number), None)

    @rule(kind=CANDIDATES, life=LIVES)
    def one_is_approved(self, kind: Any, life: int | None) -> None:
        if self.may_come():
            number = self.scene.candidate(kind)
            self.scene.decide(number, "Approved")
            self.work(partial(_decided, number), life)

    @rule()
    def all_that_was_told_is_heard(self) -> None:
        self.scene.hosting.come_up()
        for deed in [*self.deeds, _go_on]:
            self.work(deed, None)
        self.deeds = []

    @rule(deed=KINDS, life=LIVES)
    def something_is_done_with_what_answers(self, deed: str, life: int | None) -> None:
        number = self.scene.tried or self.scene.answers
        if number is not None:
            there = [each.version for each in self.fakes.versions.all()]
            self.work(self.deed(deed, there.index(number)), life)

    def may_come(self) -> bool:
        return len(self.fakes.registry.packages) < 7

    # --- leads
    @rule(verdict=st.sampled_from([None, REFUSED]))
    def a_candidate_does_not_pass(self, verdict: Any) -> None:
        if self.may_come():
            self.scene.decide(self.scene.candidate(verdict=verdict), "Approved")

    @rule(index=NUMBERS)
    def a_candidate_is_judged_again_and_passes(self, index: int) -> None:
        number = self.number(index)
        if number and self.scene.status(number) == "registered":
            live = self.scene.pointer.models.answer
            self.scene.changes(
                number, status=VersionStatus.PASSED, verdict=PASSED, compared_with=live
            )

    @rule(index=NUMBERS, said=st.sampled_from(["Approved", "Approved", "Rejected"]))
    def a_lead_decides(self, index: int, said: Any) -> None:
        if number := self.number(index):
            self.scene.decide(number, said)
            self.deeds.append(partial(_decided, number))

    # --- the services
    @rule()
    def deployments_come_up(self) -> None:
        self.scene.hosting.come_up()
        self.deeds.append(_go_on)

    @rule(slot=SLOTS)
    def an_update_is_taken_back(self, slot: str) -> None:
        hosting = self.scene.hosting
        if slot in hosting.serving and hosting.serving[slot] not in hosting.in_service:
            hosting.take_back(slot)
            self.deeds.append(_go_on)

    @rule(index=NUMBERS)
    def a_model_is_broken(self, index: int) -> None:
        if (number := self.number(index)) and number not in self.scene.hosting.in_service:
            self.scene.hosting.broken[number] = "no such token"

    @rule(how=st.sampled_from(["refuses", "fails"]))
    def the_service_does_not(self, how: str) -> None:
        if how == "refuses":
            self.scene.hosting.refusal = "the limit is 0"
        else:
            self.scene.hosting.failures = [ConnectionError("throttled")]

    @rule(slot=SLOTS)
    def an_alarm_goes_off_of_which_no_event_tells(self, slot: Any) -> None:
        self.fakes.alarms.off = [GoneOff("errors", slot, self.fakes.clock.now())]

    @rule()
    def all_is_repaired(self) -> None:
        self.fakes.alarms.off = []
        self.scene.hosting.refusal = ""
        self.scene.hosting.failures = []
        self.scene.hosting.broken = {}

    @rule(slot=SLOTS)
    def an_alarm_goes_off(self, slot: Any) -> None:
        self.deeds.append(partial(_alarmed, slot, self.fakes.clock.now()))

    # --- customers, and time
    @rule(bad=st.integers(0, 8), arm=st.sampled_from(["candidate", "live"]), life=LIVES)
    def conversations_go_by(self, bad: int, arm: Any, life: int | None) -> None:
        trial = self.scene.pointer.models.trial
        if trial is None or trial.model.version is None:
            return
        for number in range(8):
            self.conversations += 1
            self.fakes.trials.note(
                TrialRecord(
                    version=trial.model.version,
                    conversation_id=f"c{self.conversations}",
                    arm=arm,
                    bad=number < bad,
                )
            )
        self.work(partial(_looks, trial), life)

    @rule(index=NUMBERS)
    def a_customer_withdraws(self, index: int) -> None:
        if index == 0 and (number := self.number(index)):
            self.fakes.datasets.withdrawn[number] = ["talk-1"]

    @rule(minutes=st.sampled_from([1, 6, 11, 61, 60 * 25]))
    def time_passes(self, minutes: int) -> None:
        self.scene.passes(minutes=minutes)

    # --- what always holds
    @invariant()
    def the_pointer_names_what_is_served_and_proven(self) -> None:
        models = self.scene.pointer.models
        self.is_served_and_proven(models.answer)
        if models.trial is not None:
            self.is_served_and_proven(models.trial.model)

    def is_served_and_proven(self, reference: ModelReference) -> None:
        hosting = self.scene.hosting
        if reference.version is None:
            assert reference == ORIGINAL
            return
        self.named.add(reference.version)
        version = self.scene.version(reference.version)
        assert version.verdict is not None
        assert version.verdict.passed
        if reference.endpoint is not None:
            slot = reference.endpoint.removeprefix("tandem-")
            serves = hosting.serving.get(slot)
            assert serves in hosting.in_service
            assert reference.model_id == f"tandem-v{serves}"
            assert version.kind == "reward_model" or serves == version.version

    def teardown(self) -> None:
        """All works again, and nobody does anything any more but the reconciler; what is in a trial
        a lead rolls back in the end."""
        self.all_is_repaired()
        # Each version that waits has its trial, and its endpoint is removed before the next.
        for minutes in (1, 11, 61, *[60 * 30] * 24):
            self.scene.passes(minutes=minutes)
            self.scene.hosting.come_up()
            with contextlib.suppress(ExceptionGroup):
                self.scene.reconcile()
            self.the_pointer_names_what_is_served_and_proven()
            if (tried := self.scene.tried) is not None:
                self.scene.roll_back(tried)
        self.scene.reconcile()
        self.is_settled()

    def is_settled(self) -> None:
        versions = self.fakes.versions.all()
        models = self.scene.pointer.models
        assert models.trial is None
        on_their_way = {VersionStatus.DEPLOYING, VersionStatus.TRIAL}
        assert not [each for each in versions if each.status in on_their_way]
        live = [each.version for each in versions if each.status is VersionStatus.LIVE]
        assert live == ([] if models.answer.version is None else [models.answer.version])
        for each in versions:
            self.is_told_of(each)
        needed = {models.answer.endpoint} - {None}
        assert {f"tandem-{slot}" for slot in self.scene.hosting.serving} == needed

    def is_told_of(self, version: ModelVersion) -> None:
        promoted = {event.model_version for event in self.fakes.bus.of(ModelPromoted)}
        back = {event.model_version for event in self.fakes.bus.of(ModelRolledBack)}
        was_announced = version.trial_since is not None or version.live_since is not None
        assert version.version in promoted or not was_announced
        if version.status is VersionStatus.ROLLED_BACK:
            assert version.rollback is not None
            assert version.reason
            # What was to be live again and was called off had left the pointer before.
            was_asked = version.version in self.named and version.live_since is None
            assert version.version in back or not was_asked
        if version.live_since is not None:
            assert version.before[-1] == ORIGINAL
        if version.status in {VersionStatus.FAILED, VersionStatus.REJECTED}:
            assert version.reason


# --- what a worker does --------------------------------------------------------------------------
def _decided(number: int, world: TuningWorld, parts: Any) -> None:
    version = world.versions.get(number)
    assert version is not None
    approval.decided(world, ServingScene.deciding_with(parts), version.package_arn)


def _go_on(world: TuningWorld, parts: Any) -> None:
    promotion.go_on(world, parts.hosting, parts.pointer, parts.datasets)


def _alarmed(slot: Any, at: Any, world: TuningWorld, parts: Any) -> None:
    rolling_back.alarmed(world, parts.hosting, parts.pointer, slot, alarm="errors", at=at)


def _make_live(number: int, world: TuningWorld, parts: Any) -> None:
    promotion.make_live(
        world,
        parts.hosting,
        parts.pointer,
        number,
        by="lea",
        reason="",
        withdrawn=parts.datasets,
        registry=parts.registry,
    )


def _roll_back(number: int, world: TuningWorld, parts: Any) -> None:
    rolling_back.roll_back(
        world, parts.hosting, parts.pointer, number, because="lead", by="lea", reason="It is rude."
    )


def _looks(trial: Any, world: TuningWorld, parts: Any) -> None:
    watching.look(world, parts.hosting, parts.pointer, parts.datasets, trial)


def _reconcile(world: TuningWorld, parts: Any) -> None:
    recovery.reconcile(world, ServingScene.parts(parts))


TestGoingLive = GoingLive.TestCase
TestGoingLive.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
