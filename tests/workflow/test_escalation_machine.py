"""The state machine of an escalation, run: every way from the request to its end."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tandem.live import desk
from tandem.live.events import (
    EscalationClaimed,
    EscalationExpired,
    EscalationRequested,
    EscalationResolved,
)
from tandem.live.models import EscalationStatus, Owner
from tandem.live.policy import Policy
from tandem.live.recovery import reconcile
from tests.scene import ANNA, BORIS, LEA, Scene
from tests.workflow.machine import Interpreter, Machine, interpreter

PATIENT, IMPATIENT = 60, 1


def policy(
    first: int = PATIENT,
    second: int = PATIENT,
    *,
    heartbeat: int = PATIENT,
    hours: dict[str, Any] | None = None,
) -> Policy:
    return Policy.model_validate(
        {
            "ladder": [
                {"name": "primary", "claim_within_seconds": first, "hours": hours},
                {
                    "name": "lead",
                    "topic": "leads",
                    "claim_within_seconds": second,
                    "hours": hours,
                },
            ],
            "presence": {"heartbeat_seconds": heartbeat, "resolve_within_seconds": PATIENT * 2},
        }
    )


@pytest.fixture
def scene() -> Scene:
    return Scene(policy())


@pytest.fixture(scope="module")
def moto() -> Iterator[Interpreter]:
    with interpreter() as made:
        yield made


@pytest.fixture
def machine(moto: Interpreter, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return moto.runs(scene, monkeypatch)


def topics(scene: Scene) -> list[str]:
    return [mail.topic for mail in scene.fakes.notifier.mails]


# --- claimed -------------------------------------------------------------------------------------
def test_claimed_by_the_first_tier_and_resolved(scene: Scene, machine: Machine) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")

    scene.claims(ANNA)
    machine.waits_for("resolution")
    scene.resolves(ANNA, "solved it")
    machine.succeeds(run)

    assert machine.steps == ["open", "notify", "wait", "announce", "wait", "announce"]
    assert topics(scene) == ["experts"]
    (claimed,) = scene.fakes.bus.of(EscalationClaimed)
    (resolved,) = scene.fakes.bus.of(EscalationResolved)
    assert claimed.claimed_by == resolved.resolved_by == "anna"
    assert (resolved.ending, resolved.outcome) == ("resolved", "solved it")
    assert scene.now.owner is Owner.CLOSED


def test_claimed_by_the_second_tier_and_handed_back(scene: Scene, machine: Machine) -> None:
    scene.fakes.set_policy(policy(first=IMPATIENT))
    scene.presses_the_button()
    run = machine.starts()
    machine.until(lambda: topics(scene) == ["experts", "leads"])
    machine.until(lambda: machine.steps.count("wait") == 2)

    scene.claims(LEA)
    machine.waits_for("resolution")
    scene.hands_back(LEA)
    machine.succeeds(run)

    assert scene.codes == ["person_coming", "still_waiting", "expert_joined", "handed_back"]
    assert scene.escalation.status is EscalationStatus.HANDED_BACK
    assert scene.fakes.bus.of(EscalationResolved)[0].ending == "handed_back"
    assert scene.now.owner is Owner.ASSISTANT


def test_claimed_before_the_machine_has_opened_it(scene: Scene, machine: Machine) -> None:
    scene.presses_the_button()
    scene.claims(ANNA)

    run = machine.starts()
    machine.waits_for("resolution")

    assert scene.escalation.claimed_by == "anna"
    assert not scene.fakes.notifier.mails, "nobody is called for what is claimed"
    scene.resolves(ANNA)
    machine.succeeds(run)


@pytest.mark.parametrize("step", ["notify", "wait"])
def test_claimed_just_before_a_step(scene: Scene, machine: Machine, step: str) -> None:
    scene.presses_the_button()
    machine.before[step] = lambda: scene.claims(ANNA)

    run = machine.starts()
    machine.waits_for("resolution")
    scene.resolves(ANNA)
    machine.succeeds(run)

    assert len(scene.fakes.bus.of(EscalationClaimed)) == 1


def test_claimed_and_resolved_before_the_machine_has_opened_it(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    scene.claims(ANNA)
    scene.resolves(ANNA)

    machine.succeeds(machine.starts())

    assert machine.steps == ["open"]
    assert len(scene.fakes.bus.of(EscalationResolved)) == 1


def test_resolved_just_before_the_machine_waits_for_it(scene: Scene, machine: Machine) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    machine.before["wait"] = lambda: scene.resolves(ANNA)

    scene.claims(ANNA)
    machine.succeeds(run)

    assert machine.steps[-2:] == ["wait", "announce"]
    assert len(scene.fakes.bus.of(EscalationResolved)) == 1


# --- nobody comes --------------------------------------------------------------------------------
def test_at_the_end_of_the_ladder_the_customer_is_told_the_truth(
    scene: Scene, machine: Machine
) -> None:
    scene.fakes.set_policy(policy(first=IMPATIENT, second=IMPATIENT))
    scene.presses_the_button()

    machine.succeeds(machine.starts())

    assert topics(scene) == ["experts", "leads", "leads"]
    assert scene.codes == ["person_coming", "still_waiting", "nobody_available"]
    assert scene.escalation.status is EscalationStatus.EXPIRED
    assert scene.escalation.follow_up
    assert scene.fakes.bus.of(EscalationExpired)[0].because == "deadline"
    assert scene.now.owner is Owner.ASSISTANT


def test_outside_the_hours_the_customer_is_told_at_once_and_nobody_is_called(
    scene: Scene, machine: Machine
) -> None:
    scene.fakes.clock._now = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
    hours = {"days": {"mon": [{"start": "09:00", "end": "17:00"}]}}
    scene.fakes.set_policy(policy(hours=hours))
    scene.presses_the_button()

    machine.succeeds(machine.starts())

    assert machine.steps == ["open", "expire"]
    assert scene.codes == ["person_coming", "outside_hours"]
    assert "2026-11-23 09:00" in scene.turns[-1].text
    assert scene.fakes.bus.of(EscalationExpired)[0].because == "outside_hours"
    assert [mail.subject for mail in scene.fakes.notifier.mails] == ["Tandem: follow-up needed"]


def test_only_the_tiers_that_are_there_are_called(scene: Scene, machine: Machine) -> None:
    closed = {"days": {"sun": [{"start": "09:00", "end": "10:00"}]}}
    whole = policy(second=IMPATIENT)
    first = whole.ladder[0].model_validate(
        {"name": "primary", "claim_within_seconds": IMPATIENT, "hours": closed}
    )
    scene.fakes.set_policy(whole.model_copy(update={"ladder": (first, whole.ladder[1])}))
    scene.presses_the_button()

    machine.succeeds(machine.starts())

    assert topics(scene) == ["leads", "leads"]


def test_a_claim_in_the_last_moment_beats_the_expiry(scene: Scene, machine: Machine) -> None:
    scene.fakes.set_policy(policy(first=IMPATIENT, second=IMPATIENT))
    scene.presses_the_button()
    machine.before["expire"] = lambda: scene.claims(ANNA)

    run = machine.starts()
    machine.waits_for("resolution")

    assert scene.now.owner is Owner.EXPERT
    assert "nobody_available" not in scene.codes
    scene.resolves(ANNA)
    machine.succeeds(run)


# --- closed by the customer ----------------------------------------------------------------------
def test_closed_by_the_customer_while_waiting(scene: Scene, machine: Machine) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")

    scene.closes()
    machine.succeeds(run)

    assert machine.steps[-1] == "announce"
    assert scene.fakes.bus.of(EscalationResolved)[0].outcome == "closed by the customer"
    assert scene.escalation.status is EscalationStatus.RESOLVED


def test_closed_by_the_customer_while_talking_to_the_expert(scene: Scene, machine: Machine) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")

    scene.closes()
    machine.succeeds(run)

    assert scene.now.owner is Owner.CLOSED


# --- duplicates ----------------------------------------------------------------------------------
def test_a_second_execution_for_the_same_request_stops_at_once(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")

    machine.succeeds(machine.starts(name="run-2"))

    assert machine.status(run) == "RUNNING"
    assert topics(scene) == ["experts"]
    scene.claims(ANNA)
    machine.waits_for("resolution")
    scene.resolves(ANNA)
    machine.succeeds(run)


def test_an_event_that_comes_again_after_the_end_does_nothing(
    scene: Scene, machine: Machine
) -> None:
    scene.fakes.set_policy(policy(first=IMPATIENT, second=IMPATIENT))
    scene.presses_the_button()
    machine.succeeds(machine.starts())
    told = list(scene.codes)

    machine.succeeds(machine.starts(name="run-2"))

    assert scene.codes == told
    assert len(scene.fakes.bus.of(EscalationExpired)) == 1


def test_a_team_s_own_chatbot_asks_for_a_person(scene: Scene, machine: Machine) -> None:
    event = EscalationRequested.model_validate(
        {
            "id": "theirs-1",
            "time": scene.world.clock.now(),
            "conversation_id": scene.conversation_id,
            "escalation_id": "theirs-1",
            "reason": "the flow is at its end",
        }
    )

    run = machine.starts(event)
    machine.until(lambda: scene.escalations)
    machine.waits_for("claim")

    assert scene.escalation.escalation_id == "theirs-1"
    scene.claims(ANNA)
    machine.waits_for("resolution")
    scene.resolves(ANNA)
    machine.succeeds(run)


# --- the expert goes away ------------------------------------------------------------------------
def test_reassigned_the_ladder_starts_anew_and_another_expert_ends_it(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")

    desk.reassign(scene.world, ANNA, scene.conversation_id, "boris")
    machine.waits_for("claim")
    scene.claims(BORIS)
    machine.waits_for("resolution")
    scene.resolves(BORIS)
    machine.succeeds(run)

    assert topics(scene) == ["experts", "experts"]
    assert "Meant for: boris" in scene.fakes.notifier.mails[1].body
    assert [e.claimed_by for e in scene.fakes.bus.of(EscalationClaimed)] == ["anna", "boris"]
    assert len(scene.fakes.bus.of(EscalationResolved)) == 1


def test_reassigned_and_claimed_again_before_the_machine_looks(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")
    machine.before["requeue"] = lambda: scene.claims(BORIS)

    desk.reassign(scene.world, ANNA, scene.conversation_id)
    machine.until(lambda: scene.escalation.claimed_by == "boris")
    machine.waits_for("resolution")
    scene.resolves(BORIS)
    machine.succeeds(run)

    assert scene.fakes.bus.of(EscalationResolved)[0].resolved_by == "boris"


def test_an_expert_without_a_sign_of_life_loses_the_conversation_to_the_queue(
    scene: Scene, machine: Machine
) -> None:
    scene.fakes.set_policy(policy(heartbeat=IMPATIENT))
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)

    machine.until(lambda: scene.codes[-1] == "expert_left")
    machine.waits_for("claim")

    assert scene.now.owner is Owner.WAITING
    assert topics(scene) == ["experts", "experts"]
    scene.closes()
    machine.succeeds(run)


def test_an_expert_who_shows_signs_of_life_keeps_the_conversation(
    scene: Scene, machine: Machine
) -> None:
    heartbeat = 2  # more than a starved machine pauses
    scene.fakes.set_policy(policy(heartbeat=heartbeat))
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")
    longer_than_the_heartbeat = time.monotonic() + heartbeat + 0.5

    def alive() -> bool:
        desk.show_presence(scene.world, ANNA, scene.conversation_id)
        return time.monotonic() > longer_than_the_heartbeat

    machine.until(alive)

    assert scene.now.owner is Owner.EXPERT
    scene.resolves(ANNA)
    machine.succeeds(run)


# --- tasks that fail -----------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["open", "notify", "wait", "announce"])
def test_a_task_that_fails_once_is_tried_again(scene: Scene, machine: Machine, step: str) -> None:
    scene.presses_the_button()
    machine.fails[step] = 1

    run = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")
    scene.resolves(ANNA)
    machine.succeeds(run)

    assert len(machine.slept) == 1
    assert scene.codes == ["person_coming", "expert_joined", "closed"]


@pytest.mark.parametrize("step", ["notify", "wait"])
def test_a_task_that_always_fails_ends_in_the_truth(
    scene: Scene, machine: Machine, step: str
) -> None:
    scene.presses_the_button()
    machine.fails[step] = 1000

    machine.succeeds(machine.starts())

    assert machine.steps.count(step) == 5
    assert scene.codes == ["person_coming", "nobody_available"]
    assert scene.escalation.outcome == "failure"
    assert scene.fakes.bus.of(EscalationExpired)[0].because == "failure"


def test_an_e_mail_that_cannot_be_sent_ends_in_the_truth_when_it_can_again(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    scene.fakes.notifier.failure = ConnectionError("no topic")
    machine.before["expire"] = lambda: setattr(scene.fakes.notifier, "failure", None)

    machine.succeeds(machine.starts())

    assert scene.codes[-1] == "nobody_available"
    assert topics(scene) == ["leads"]


def test_an_expiry_whose_e_mail_failed_is_tried_again_and_announced(
    scene: Scene, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fakes.set_policy(policy(first=IMPATIENT, second=IMPATIENT))
    scene.presses_the_button()
    notifier = scene.fakes.notifier
    real, attempts = notifier.notify, []

    def fails_once(topic: Any, subject: str, body: str) -> None:
        if "follow-up" in subject:
            attempts.append(subject)
            if len(attempts) == 1:
                raise ConnectionError("not just now")
        real(topic, subject, body)

    monkeypatch.setattr(notifier, "notify", fails_once)

    machine.succeeds(machine.starts())

    assert notifier.mails[-1].subject == "Tandem: follow-up needed"
    assert len(scene.fakes.bus.of(EscalationExpired)) == 1
    assert scene.codes.count("nobody_available") == 1


def test_a_claim_that_cannot_be_announced_does_not_take_the_conversation_from_the_expert(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    machine.fails["announce"] = 5

    scene.claims(ANNA)
    machine.waits_for("resolution")

    assert scene.now.owner is Owner.EXPERT
    scene.resolves(ANNA)
    machine.succeeds(run)
    assert len(scene.fakes.bus.of(EscalationResolved)) == 1


def test_a_wait_for_the_resolution_that_cannot_be_begun_is_begun_anew(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    machine.fails["wait"] = 5

    scene.claims(ANNA)
    machine.waits_for("resolution")

    assert scene.now.owner is Owner.EXPERT
    assert "requeue" in machine.steps
    scene.resolves(ANNA)
    machine.succeeds(run)


def test_what_is_no_request_fails_at_once_and_visibly(scene: Scene, machine: Machine) -> None:
    run = machine.starts_with({"detail": {"conversation_id": "c-1", "escalation_id": "e-1"}})

    described = machine.ends(run)

    assert described["status"] == "FAILED"
    assert described["error"] == "ValidationError"
    assert machine.steps == ["open"], "it is not tried again"


def test_an_escalation_whose_execution_died_is_taken_on_by_another(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    dead = machine.starts()
    machine.waits_for("claim")
    scene.claims(ANNA)
    machine.waits_for("resolution")
    machine._sfn.stop_execution(executionArn=dead)
    scene.fakes.clock.advance(PATIENT * 2 + 601)

    found = reconcile(scene.world)
    run = machine.starts(name="run-2")
    machine.waits_for("resolution")

    assert found.escalations == [scene.conversation_id]
    assert ("system", "restarted") in scene.actions
    assert scene.now.expert == "anna"
    scene.resolves(ANNA)
    machine.succeeds(run)
    assert scene.fakes.bus.of(EscalationResolved)[0].resolved_by == "anna"


# --- secrets -------------------------------------------------------------------------------------
def test_the_token_is_in_no_event_no_mail_no_frame_and_no_output(
    scene: Scene, machine: Machine
) -> None:
    scene.presses_the_button()
    run = machine.starts()
    machine.waits_for("claim")
    token = scene.escalation.task_token
    assert token
    scene.claims(ANNA)
    machine.waits_for("resolution")
    second = scene.escalation.task_token
    assert second
    view = desk.read(scene.world, scene.conversation_id)
    scene.resolves(ANNA)
    machine.succeeds(run)

    seen = repr(
        [
            scene.fakes.bus.events,
            scene.fakes.notifier.mails,
            scene.fakes.push.sent,
            scene.fakes.store.audit(scene.conversation_id),
            view,
            desk.queue(scene.world),
        ]
    )
    assert token not in seen
    assert second not in seen
