"""What leads see of models, and what they decide: trainings, approvals, promotions, rollbacks."""

from datetime import timedelta
from typing import Any

import pytest

from tandem.live.errors import InvalidMessage, NotFound
from tandem.live.model_pointer import ModelReference, Trial
from tandem.tuning import decisions, leads
from tandem.tuning.api import Decide, VersionView
from tandem.tuning.errors import NothingToTrainOn, NotPossible, SeenOtherwise
from tandem.tuning.events import TrainingRequested
from tandem.tuning.models import RunStatus, TrialFigures, TrialRecord, VersionStatus
from tandem.tuning.policy import TrialPolicy, TuningPolicy
from tests import tuning_samples as samples
from tests.fakes import START
from tests.unit.tuning.judging_scene import (
    FOLDER,
    GOOD,
    LEA,
    LOU,
    RIO,
    JudgingScene,
)
from tests.unit.tuning.training_scene import TrainingScene, rated


def passed(**changes: Any) -> JudgingScene:
    """A version that has passed the gate."""
    scene = JudgingScene(comparing={"enabled": False})
    scene.candidate(**changes)
    scene.evaluates()
    assert scene.stored().status is VersionStatus.PASSED
    return scene


def decide(seen: str = "passed", reason: str = "") -> Decide:
    return Decide.model_validate({"seen": seen, "reason": reason})


def seen_by_lead(scene: JudgingScene, number: int = 1) -> VersionView:
    return leads.detail(scene.world, scene.leading, number).version


# --- the overview --------------------------------------------------------------------------------
def test_at_first_there_is_the_model_of_the_deployment_and_nothing_else() -> None:
    scene = JudgingScene()

    seen = leads.overview(scene.world, scene.leading)

    assert (seen.live.model_id, seen.live.version, seen.live.share) == ("base", None, 1.0)
    assert (seen.candidate, seen.trial, seen.versions, seen.runs) == (None, None, (), ())
    assert not seen.can_train
    assert seen.cannot_train_because == "There is no dataset yet."
    assert seen.automatic


def test_a_trial_is_shown_with_its_shares_and_what_its_figures_say() -> None:
    scene = passed()
    base = scene.fakes.pointer.models
    reference = ModelReference(model_id="tandem-v1", endpoint="e", version=1, reward_model="s3://r")
    scene.fakes.pointer.models = base.model_copy(
        update={"trial": Trial(model=reference, share=0.25, since=START)}
    )
    scene.puts(scene.stored(), status=VersionStatus.TRIAL)
    for number in range(8):
        scene.fakes.trials.note(
            TrialRecord(version=1, conversation_id=f"c{number}", arm="candidate", bad=True)
        )
    scene.fakes.trials.note(TrialRecord(version=1, conversation_id="d", arm="live"))

    seen = leads.overview(scene.world, scene.leading)

    assert seen.live.share == 0.75
    assert seen.candidate is not None
    assert (seen.candidate.version, seen.candidate.share) == (1, 0.25)
    assert seen.candidate.reward_model
    assert seen.trial is not None
    assert seen.trial.figures == TrialFigures(
        candidate_conversations=8, candidate_bad=8, live_conversations=1, live_bad=0
    )
    assert seen.trial.evidence_worse > 1 > seen.trial.evidence_not_worse
    assert seen.versions[0].share == 0.25


def test_the_live_version_has_what_a_trial_leaves_of_it() -> None:
    scene = passed()
    live = ModelReference(model_id="tandem-v1", endpoint="e", version=1)
    scene.fakes.pointer.models = scene.fakes.pointer.models.model_copy(update={"answer": live})

    assert leads.overview(scene.world, scene.leading).versions[0].share == 1.0


def test_versions_are_newest_first_and_runs_the_latest_twenty() -> None:
    scene = JudgingScene()
    for _ in range(3):
        scene.candidate(5)
    for number in range(25):
        at = START + timedelta(hours=number)
        scene.fakes.runs.add(samples.run(f"run-{number}", started_at=at))

    seen = leads.overview(scene.world, scene.leading)

    assert [version.version for version in seen.versions] == [3, 2, 1]
    assert [run.name for run in seen.runs] == [f"run-{n}" for n in range(24, 4, -1)]


@pytest.mark.parametrize(
    ("status", "deeds"),
    [
        (VersionStatus.REGISTERED, {"reject"}),
        (VersionStatus.COMPARING, {"reject"}),
        (VersionStatus.PASSED, {"approve", "reject"}),
        (VersionStatus.REFUSED, set()),
        (VersionStatus.REJECTED, set()),
        (VersionStatus.DEPLOYING, {"promote", "roll_back"}),
        (VersionStatus.TRIAL, {"promote", "roll_back"}),
        (VersionStatus.LIVE, {"roll_back"}),
        (VersionStatus.RETIRED, {"promote"}),
        (VersionStatus.ROLLED_BACK, {"promote"}),
        (VersionStatus.FAILED, {"promote"}),
    ],
)
def test_what_can_be_done_with_a_version_follows_from_its_state(
    status: VersionStatus, deeds: set[str]
) -> None:
    scene = passed()
    scene.puts(scene.stored(), status=status)

    assert set(seen_by_lead(scene).deeds) == deeds


def test_what_has_not_passed_is_never_to_be_promoted() -> None:
    scene = passed()
    scene.puts(scene.stored(), status=VersionStatus.RETIRED, verdict=None)

    assert seen_by_lead(scene).deeds == ()


# --- a version -----------------------------------------------------------------------------------
def test_the_samples_are_the_largest_gains_and_losses_that_the_judge_sees() -> None:
    def judge(question: str, answer: str) -> float:
        number = int(question.removesuffix("?").split()[-1])
        return 2.5 + number / 100 if GOOD in answer else 2.6

    scene = passed(judge=judge)

    samples_ = leads.detail(scene.world, scene.leading, 1).samples

    gains = [(s.candidate_rating or 0) - (s.live_rating or 0) for s in samples_]
    assert len(gains) == 20
    assert gains == sorted(gains, reverse=True)
    assert {s.prompt_id for s in samples_[:10]} == {f"q{n:04d}" for n in range(110, 120)}
    assert {s.prompt_id for s in samples_[10:]} == {f"q{n:04d}" for n in range(10)}


@pytest.mark.parametrize("comparing", [True, False])
def test_who_may_still_compare_is_not_shown_whose_answers_are_which(comparing: bool) -> None:
    scene = JudgingScene(comparing={"enabled": comparing})
    version = scene.candidate()
    scene.fakes.files.write_uri(f"{version.folder}/report.html", b"<html>", "text/html")
    scene.evaluates()

    seen = leads.detail(scene.world, scene.leading, 1)

    assert bool(seen.samples) == (not comparing)
    assert bool(seen.report) == (not comparing)


def test_while_people_compare_leads_see_how_far_they_are_and_not_how_it_stands() -> None:
    scene = JudgingScene()
    scene.candidate()
    scene.evaluates()
    for _ in range(5):
        scene.prefers(RIO, scene.given(RIO), "candidate")

    seen = seen_by_lead(scene).comparison

    assert seen is not None
    assert (seen.done, seen.better, seen.worse, seen.same) == (5, 0, 0, 0)


def test_the_report_can_be_read_for_ten_minutes_where_there_is_one() -> None:
    scene = passed()
    assert leads.detail(scene.world, scene.leading, 1).report is None

    uri = f"{scene.stored().folder}/report.html"
    scene.fakes.files.write_uri(uri, b"<html>", "text/html")

    report = leads.detail(scene.world, scene.leading, 1).report
    assert report is not None
    assert report.endswith("expires=600")


def test_its_history_is_its_own_newest_first() -> None:
    scene = passed()
    scene.fakes.clock.advance(60)
    decisions.approve(scene.world, scene.leading, LEA, 1, decide(reason="it reads well"))

    history = leads.detail(scene.world, scene.leading, 1).history

    assert [(entry.actor, entry.action) for entry in history] == [
        ("lea", "approved on the page"),
        ("policy", "passed the gate"),
    ]
    assert history[0].detail == {"reason": "it reads well"}


def test_a_version_that_is_none_is_not_found() -> None:
    scene = JudgingScene()

    with pytest.raises(NotFound, match="no version 7"):
        leads.detail(scene.world, scene.leading, 7)


# --- a training ----------------------------------------------------------------------------------
def test_a_lead_asks_for_a_training_however_little_is_new() -> None:
    training = TrainingScene()
    training.builds(rated(40))
    scene = JudgingScene()
    scene.fakes.datasets.built = training.fakes.datasets.built
    scene.fakes.files.stored |= training.fakes.files.stored
    scene.fakes.policies.policy = training.fakes.policies.policy

    asked = decisions.request_training(scene.world, scene.leading, LEA)

    assert asked.dataset_version == 1
    (event,) = scene.fakes.bus.of(TrainingRequested)
    assert event.requested_by == "lea"
    assert leads.overview(scene.world, scene.leading).can_train


@pytest.mark.parametrize(
    ("rows", "status", "said"),
    [
        (0, None, "0 rated answers"),
        (29, None, "1 are missing"),
        (40, RunStatus.RUNNING, "is under way"),
        (40, RunStatus.REGISTERED, "has had its training"),
    ],
)
def test_a_training_that_would_not_start_is_refused_with_why(
    rows: int, status: RunStatus | None, said: str
) -> None:
    training = TrainingScene()
    dataset = training.builds(rated(rows))
    scene = JudgingScene()
    scene.fakes.datasets.built = [dataset]
    scene.fakes.files.stored |= training.fakes.files.stored
    scene.fakes.policies.policy = training.fakes.policies.policy
    if status is not None:
        run = training.asked().run
        assert run is not None
        scene.fakes.runs.add(run.model_copy(update={"status": status}))

    with pytest.raises(NothingToTrainOn, match=said) as refused:
        decisions.request_training(scene.world, scene.leading, LEA)

    assert refused.value.message[0].isupper() or refused.value.message[0].isdigit()
    assert not scene.fakes.bus.of(TrainingRequested)


# --- approving -----------------------------------------------------------------------------------
def test_approving_tells_the_registry_who_and_why() -> None:
    scene = passed()

    seen = decisions.approve(scene.world, scene.leading, LEA, 1, decide(reason="it reads well"))

    package = scene.fakes.registry.get(scene.stored().package_arn)
    assert package is not None
    assert (package.approval, package.description) == (
        "Approved",
        "Approved by lea: it reads well",
    )
    assert (seen.approved_by, seen.status) == ("lea", VersionStatus.PASSED)


def test_approving_twice_is_approving_once() -> None:
    scene = passed()
    decisions.approve(scene.world, scene.leading, LEA, 1, decide())
    scene.fakes.clock.advance(5)
    decisions.approve(scene.world, scene.leading, LOU, 1, decide())
    scene.puts(scene.stored(), status=VersionStatus.DEPLOYING)

    again = decisions.approve(scene.world, scene.leading, LEA, 1, decide())

    assert (again.approved_by, again.approved_at) == ("lea", START)
    with pytest.raises(SeenOtherwise, match="deploying by now"):
        decisions.approve(scene.world, scene.leading, LOU, 1, decide())


@pytest.mark.parametrize("status", ["registered", "comparing", "refused", "rejected", "retired"])
def test_only_what_has_passed_can_be_approved(status: str) -> None:
    scene = passed()
    scene.puts(scene.stored(), status=VersionStatus(status))

    with pytest.raises(NotPossible, match="only what has passed"):
        decisions.approve(scene.world, scene.leading, LEA, 1, decide(status))

    package = scene.fakes.registry.get(scene.stored().package_arn)
    assert package is not None
    assert package.approval == "PendingManualApproval"


def test_nobody_decides_on_what_they_do_not_see() -> None:
    scene = passed()

    with pytest.raises(SeenOtherwise, match="passed by now"):
        decisions.approve(scene.world, scene.leading, LEA, 1, decide("comparing"))


def test_what_was_proven_better_than_another_model_is_compared_anew_instead() -> None:
    scene = passed()
    scene.goes_live("newer")

    with pytest.raises(NotPossible, match="compared with that one"):
        decisions.approve(scene.world, scene.leading, LEA, 1, decide())

    assert scene.stored().status is VersionStatus.REGISTERED
    scene.evaluates()
    assert scene.stored().status is VersionStatus.PASSED


def test_what_was_trained_on_what_is_withdrawn_cannot_be_approved() -> None:
    scene = passed()
    scene.fakes.datasets.withdrawn[3] = ["talk-1"]

    with pytest.raises(NotPossible, match="withdrawn"):
        decisions.approve(scene.world, scene.leading, LEA, 1, decide())

    assert scene.stored().status is VersionStatus.REFUSED


def test_a_package_that_somebody_deleted_cannot_be_approved() -> None:
    scene = passed()
    scene.fakes.registry.packages.clear()

    with pytest.raises(NotPossible, match="does not exist"):
        decisions.approve(scene.world, scene.leading, LEA, 1, decide())


def test_an_approval_that_the_registry_never_heard_of_is_told_again() -> None:
    scene = passed()
    now = scene.fakes.clock.now()
    scene.puts(scene.stored(), approved_by="lea", approved_at=now)
    assert scene.reconciles().approved == []
    scene.fakes.clock.advance(700)

    assert scene.reconciles().approved == [1]

    package = scene.fakes.registry.get(scene.stored().package_arn)
    assert package is not None
    assert package.approval == "Approved"


# --- rejecting -----------------------------------------------------------------------------------
@pytest.mark.parametrize("comparing", [True, False])
def test_what_is_not_deployed_can_be_rejected_also_while_it_is_judged(comparing: bool) -> None:
    scene = JudgingScene(comparing={"enabled": comparing})
    scene.candidate()
    scene.evaluates()
    status = "comparing" if comparing else "passed"

    seen = decisions.reject(scene.world, scene.leading, LEA, 1, decide(status, "not our tone"))

    assert (seen.status, seen.reason, seen.deeds) == (VersionStatus.REJECTED, "not our tone", ())
    package = scene.fakes.registry.get(scene.stored().package_arn)
    assert package is not None
    assert (package.approval, package.description) == ("Rejected", "Rejected by lea: not our tone")
    assert scene.asks(RIO).pair is None
    assert scene.fakes.history.entries[-1].actor == "lea"


def test_rejecting_twice_is_rejecting_once() -> None:
    scene = passed()
    decisions.reject(scene.world, scene.leading, LEA, 1, decide())
    decisions.reject(scene.world, scene.leading, LEA, 1, decide())

    rejected = [entry for entry in scene.fakes.history.entries if entry.action == "rejected"]
    assert len(rejected) == 1


@pytest.mark.parametrize("status", ["trial", "live", "refused"])
def test_what_answers_customers_is_rolled_back_and_not_rejected(status: str) -> None:
    scene = passed()
    scene.puts(scene.stored(), status=VersionStatus(status))

    with pytest.raises(NotPossible, match="rolled back"):
        decisions.reject(scene.world, scene.leading, LEA, 1, decide(status))


# --- promoting and rolling back ------------------------------------------------------------------
def in_trial() -> JudgingScene:
    scene = passed()
    reference = ModelReference(model_id="tandem-v1", endpoint="tandem-blue", version=1)
    scene.fakes.pointer.models = scene.fakes.pointer.models.model_copy(
        update={"trial": Trial(model=reference, share=0.1, since=START)}
    )
    version = scene.puts(
        scene.stored(),
        status=VersionStatus.TRIAL,
        slot="blue",
        reference=reference,
        deployment_begun_at=START,
        trial_since=START,
        approved_by="lea",
        approved_at=START,
    )
    scene.fakes.hosting.serving["blue"] = 1
    scene.fakes.hosting.in_service.add(version.version)
    return scene


def test_a_lead_makes_live_what_is_in_a_trial_and_takes_it_back() -> None:
    scene = in_trial()

    seen = decisions.promote(scene.world, scene.leading, LEA, 1, decide("trial", "good enough"))

    assert (seen.status, seen.share) == (VersionStatus.LIVE, 1.0)
    again = decisions.promote(scene.world, scene.leading, LOU, 1, decide("trial"))
    assert again.status is VersionStatus.LIVE

    back = decisions.roll_back(scene.world, scene.leading, LOU, 1, decide("live", "complaints"))

    assert (back.status, back.share) == (VersionStatus.ROLLED_BACK, 0.0)
    assert scene.fakes.pointer.models.answer.model_id == "base"
    once_more = decisions.roll_back(scene.world, scene.leading, LEA, 1, decide("live"))
    assert once_more.status is VersionStatus.ROLLED_BACK


def test_what_was_rejected_in_the_registry_and_is_made_live_is_approved_there() -> None:
    scene = in_trial()
    arn = scene.stored().package_arn
    scene.fakes.registry.decide(arn, "Rejected", "Too rude.")

    decisions.promote(scene.world, scene.leading, LEA, 1, decide("trial", "It is not."))

    assert scene.fakes.registry.packages[arn].package.approval == "Approved"


@pytest.mark.parametrize("deed", ["promote", "roll_back"])
def test_what_has_changed_since_it_was_seen_is_neither_promoted_nor_rolled_back(deed: str) -> None:
    scene = in_trial()

    with pytest.raises(SeenOtherwise):
        getattr(decisions, deed)(scene.world, scene.leading, LEA, 1, decide("passed"))


UNTRIED = [
    ({"status": VersionStatus.DEPLOYING}, True),
    ({"status": VersionStatus.DEPLOYING, "live_since": START}, False),
    ({"status": VersionStatus.TRIAL}, True),
    ({"status": VersionStatus.ROLLED_BACK}, True),
    ({"status": VersionStatus.ROLLED_BACK, "live_since": START}, False),
    ({"status": VersionStatus.FAILED}, False),
    ({"status": VersionStatus.FAILED, "once_deployed": "live"}, True),
    ({"status": VersionStatus.RETIRED, "live_since": START}, False),
]


@pytest.mark.parametrize(("changes", "untried"), UNTRIED)
def test_what_no_trial_has_shown_to_be_no_worse_is_made_live_for_a_reason_only(
    changes: dict[str, Any], untried: bool
) -> None:
    scene = in_trial()
    status = scene.puts(scene.stored(), **changes).status.value

    assert seen_by_lead(scene).untried == untried
    if untried:
        with pytest.raises(InvalidMessage, match="Say why"):
            decisions.promote(scene.world, scene.leading, LEA, 1, decide(status))
        assert scene.stored().status.value == status

    decisions.promote(scene.world, scene.leading, LEA, 1, decide(status, "It is urgent."))


def test_what_its_trial_has_shown_to_be_no_worse_is_made_live_without_a_reason() -> None:
    scene = in_trial()
    for number in range(200):
        arm: Any = "candidate" if number % 2 else "live"
        scene.fakes.trials.note(
            TrialRecord(version=1, conversation_id=f"c{number}", arm=arm, bad=arm == "live")
        )

    assert not seen_by_lead(scene).untried
    seen = decisions.promote(scene.world, scene.leading, LEA, 1, decide("trial"))
    assert seen.status is VersionStatus.LIVE


def test_where_the_policy_has_no_trial_none_is_skipped() -> None:
    scene = in_trial()
    scene.fakes.policies.policy = TuningPolicy(trial=TrialPolicy(share=0))
    scene.puts(scene.stored(), status=VersionStatus.DEPLOYING)

    assert not seen_by_lead(scene).untried


def test_what_was_only_approved_is_not_promoted_past_its_deployment() -> None:
    scene = passed()

    with pytest.raises(NotPossible, match="approved first"):
        decisions.promote(scene.world, scene.leading, LEA, 1, decide())


# --- lost events ---------------------------------------------------------------------------------
def test_a_version_that_nobody_evaluates_is_announced_again_when_its_event_is_lost() -> None:
    scene = JudgingScene()
    scene.candidate()
    assert scene.reconciles().announced == []
    scene.fakes.clock.advance(601)

    assert scene.reconciles().announced == [1]

    scene.puts(scene.stored(), evaluating_until=scene.fakes.clock.now() + timedelta(seconds=60))
    assert scene.reconciles().announced == []


def test_verdicts_that_hold_no_more_are_found() -> None:
    scene = JudgingScene(comparing={"enabled": False})
    for version in (3, 4, 5):
        scene.candidate(dataset_version=version)
    scene.evaluates()
    scene.fakes.datasets.withdrawn[4] = ["talk-1"]
    scene.puts(scene.stored(3), compared_with=ModelReference(model_id="older"))

    assert sorted(scene.reconciles().overtaken) == [2, 3]

    assert [scene.stored(n).status for n in (1, 2, 3)] == [
        VersionStatus.PASSED,
        VersionStatus.REFUSED,
        VersionStatus.REGISTERED,
    ]


def test_what_cannot_be_looked_after_keeps_nothing_else_from_being_looked_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = JudgingScene()
    for _ in range(2):
        scene.candidate()
    scene.fakes.clock.advance(601)
    publish, calls = scene.fakes.bus.publish, []

    def fails_once(events: Any) -> None:
        calls.append(events)
        if len(calls) == 1:
            raise ConnectionError("away")
        publish(events)

    monkeypatch.setattr(scene.fakes.bus, "publish", fails_once)

    with pytest.raises(ExceptionGroup):
        scene.reconciles()

    assert len(scene.fakes.bus.published) == 1


def test_a_sample_without_a_judge_is_of_answers_that_differ() -> None:
    told = samples.summary(judge=None, judge_missing_because="too few ratings")
    scene = JudgingScene()
    scene.candidate(summary=told)
    scene.evaluates()
    scene.puts(scene.stored(), status=VersionStatus.REJECTED)

    seen = leads.detail(scene.world, scene.leading, 1)

    assert len(seen.samples) == 20
    assert all(sample.live_rating is None for sample in seen.samples)
    assert seen.compared_with == "base"


def test_what_cannot_be_read_of_an_evaluation_leaves_the_samples_empty() -> None:
    scene = passed()
    scene.fakes.files.write_uri(f"{FOLDER}/v1/answers.jsonl", b"{", "application/jsonl")

    assert leads.detail(scene.world, scene.leading, 1).samples == ()
