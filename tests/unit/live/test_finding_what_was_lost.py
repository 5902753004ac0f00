"""Lost events, dead workers and dead executions are found, and each is brought on its way."""

from datetime import timedelta

import pytest

from tandem.live import conversation, desk, turn
from tandem.live.events import (
    ConversationClosed,
    EscalationRequested,
    MessageAnswered,
    MessageReceived,
)
from tandem.live.frames import TurnSent
from tandem.live.lease import take_lease
from tandem.live.models import Conversation, EscalationStatus, Owner
from tandem.live.policy import Policy
from tandem.live.recovery import reconcile
from tests.scene import ANNA, BORIS, CUSTOMER, Scene

QUESTION = "How many endpoints may a new account run?"


def bus_down(scene: Scene) -> None:
    scene.fakes.bus.failure = ConnectionError("no bus")


def a_worker_whose_renewal_the_index_does_not_show_yet(scene: Scene) -> None:
    take_lease(scene.world, scene.conversation_id, "worker")
    due = scene.now.due_at
    assert due is not None
    scene.fakes.clock.advance((due - scene.fakes.clock.now()).total_seconds())
    renewed = due + timedelta(seconds=45)
    assert scene.fakes.store.renew(scene.conversation_id, "worker", renewed)
    stale = scene.now.model_copy(update={"due_at": due})
    scene.fakes.store._conversations[scene.conversation_id] = stale


def later(scene: Scene, seconds: float = 61) -> None:
    scene.fakes.bus.failure = None
    scene.fakes.clock.advance(seconds)


# --- events --------------------------------------------------------------------------------------
def test_a_message_whose_event_was_lost_is_announced_again_and_answered() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.writes(QUESTION, "my-1")
    assert scene.now.pending
    assert reconcile(scene.world).turns == [], "not before its time"
    later(scene)

    assert reconcile(scene.world).turns == [scene.conversation_id]
    scene.assistant_works()

    assert len(scene.answers) == 1


def test_the_message_that_was_stored_although_the_sender_got_an_error_may_be_sent_again() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.writes(QUESTION, "my-1")
    scene.fakes.bus.failure = None

    _, duplicate = conversation.receive(scene.world, scene.conversation_id, "my-1", QUESTION)

    assert duplicate
    assert len(scene.turns) == 1


def test_a_request_for_a_person_whose_event_was_lost_is_announced_again() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.presses_the_button()
    later(scene)

    found = reconcile(scene.world)

    assert found.escalations == [scene.conversation_id]
    assert scene.machine_opens()["go"] is True
    scene.fakes.clock.advance(61)
    assert reconcile(scene.world).escalations == []


def test_a_request_that_the_machine_never_got_is_found_although_an_expert_has_claimed() -> None:
    scene = Scene()
    scene.presses_the_button()  # the bus took the event, and lost it
    scene.claims(ANNA)
    scene.fakes.clock.advance(61)

    assert reconcile(scene.world).escalations == [scene.conversation_id]


def test_the_same_holds_where_an_expert_claimed_before_the_machine_knew() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.presses_the_button()
    scene.fakes.bus.failure = None
    scene.claims(ANNA)
    scene.fakes.clock.advance(61)

    assert reconcile(scene.world).escalations == [scene.conversation_id]
    scene.machine_opens()

    assert scene.escalation.status is EscalationStatus.CLAIMED
    assert scene.escalation.execution == "run-1"


def test_the_reminder_of_a_request_is_the_same_event() -> None:
    scene = Scene()
    scene.presses_the_button()
    later(scene)

    reconcile(scene.world)

    first, second = scene.fakes.bus.of(EscalationRequested)
    assert first == second


def test_a_closing_whose_event_was_lost_is_announced_again_until_it_is_archived() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.closes()
    later(scene)

    assert reconcile(scene.world).transcripts == [scene.conversation_id]
    assert scene.transcripts_are_written() != [None]

    scene.fakes.clock.advance(61)
    assert reconcile(scene.world).transcripts == []
    assert len(scene.fakes.bus.of(ConversationClosed)) == 1


# --- deliveries ----------------------------------------------------------------------------------
def test_what_was_stored_but_not_told_is_told_again() -> None:
    scene = Scene()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.presses_the_button()
    assert scene.shown() == []
    later(scene)

    found = reconcile(scene.world)

    assert found.deliveries == [scene.conversation_id]
    assert scene.shown() == [scene.turns[0].text]
    assert [e.code for e in scene.fakes.bus.of(MessageAnswered)] == ["person_coming"]
    later(scene)
    assert reconcile(scene.world).deliveries == []


def test_an_answer_that_was_stored_but_not_told_is_told_again_under_the_same_id() -> None:
    scene = Scene()
    scene.writes(QUESTION)
    (event,) = scene.fresh(MessageReceived)
    bus_down(scene)
    with pytest.raises(ConnectionError):
        turn.handle_message(scene.world, scene.answering, event, lambda: 900)
    assert len(scene.answers) == 1
    later(scene)

    reconcile(scene.world)

    assert scene.shown()[-1] == "Because."
    assert scene.fakes.bus.of(MessageAnswered)[-1].id == scene.answers[0].turn_id


def test_what_was_not_told_is_not_taken_for_told_while_a_worker_is_at_the_next_message() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    bus_down(scene)
    with pytest.raises(ConnectionError):
        scene.hands_back(ANNA)
    scene.fakes.bus.failure = None
    scene.writes(QUESTION)
    scene.fresh(MessageReceived)
    a_worker_whose_renewal_the_index_does_not_show_yet(scene)

    reconcile(scene.world)

    told = [f.code for f in scene.fakes.push.frames(CUSTOMER, TurnSent)]
    assert "handed_back" not in told
    assert scene.now.delivered_seq < scene.now.last_seq


# --- executions ----------------------------------------------------------------------------------
def test_an_execution_that_died_while_the_customer_waits_is_replaced() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(600 + 599)
    assert reconcile(scene.world).escalations == [], "its deadlines are not over yet"
    scene.fakes.clock.advance(2)

    found = reconcile(scene.world)

    assert found.escalations == [scene.conversation_id]
    assert ("system", "restarted") in scene.actions
    assert scene.machine_opens("run-2") == {"go": True, "tiers": [0, 1]}
    assert scene.escalation.execution == "run-2"
    assert scene.machine_notifies()["state"] == "waiting"


def test_an_execution_that_died_while_an_expert_talks_is_replaced_and_the_expert_stays() -> None:
    policy = Policy.model_validate(
        {"presence": {"heartbeat_seconds": 60, "resolve_within_seconds": 600}}
    )
    scene = Scene(policy)
    scene.is_claimed_by(ANNA)
    scene.fakes.clock.advance(600 + 601)

    reconcile(scene.world)
    scene.machine_opens("run-2")

    assert scene.now.expert == "anna"
    assert scene.machine_notifies() == {"state": "claimed"}
    scene.machine_waits_for_resolution("second-token")
    scene.resolves(ANNA)
    assert scene.fakes.task_tokens.succeeded[-1] == ("second-token", {"state": "over"})


def test_an_escalation_that_goes_on_is_not_started_again() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(1100)
    scene.writes("Is anybody there?")
    scene.fakes.clock.advance(1100)

    assert reconcile(scene.world).escalations == []
    assert ("system", "restarted") not in scene.actions


def test_a_claim_in_the_moment_of_the_restart_is_kept() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(1201)
    scene.fakes.store.before_next_commit = [lambda: scene.claims(BORIS)]

    reconcile(scene.world)

    assert scene.now.expert == "boris"
    assert ("system", "restarted") not in scene.actions
    assert scene.escalation.execution == "run-1"


def test_only_told_again_an_opened_escalation_is_not_started_again() -> None:
    scene = Scene()
    scene.is_called_for()
    bus_down(scene)
    with pytest.raises(ConnectionError):
        desk.claim(scene.world, ANNA, scene.conversation_id)
    later(scene)

    found = reconcile(scene.world)

    assert found.deliveries == [scene.conversation_id]
    assert found.escalations == []


# --- modules that are switched off ---------------------------------------------------------------
def test_where_somebody_else_handles_escalations_nobody_looks_after_them() -> None:
    scene = Scene()
    scene.fakes.escalation = False
    scene.world = scene.fakes.world
    scene.presses_the_button()

    scene.fakes.clock.advance(10 * 24 * 3600)

    assert reconcile(scene.world).escalations == []
    assert len(scene.fakes.bus.of(EscalationRequested)) == 1


def test_where_somebody_else_archives_nobody_looks_after_transcripts() -> None:
    scene = Scene()
    scene.fakes.archive = False
    scene.world = scene.fakes.world
    scene.closes()

    scene.fakes.clock.advance(10 * 24 * 3600)

    assert reconcile(scene.world).transcripts == []
    assert scene.now.due_at is None


# --- many ----------------------------------------------------------------------------------------
def test_one_conversation_that_cannot_be_handled_does_not_keep_the_others_waiting() -> None:
    scene = Scene()
    others = [conversation.open_conversation(scene.world, "guest:2") for _ in range(3)]
    broken = others[1].conversation_id
    scene.fakes.clock.advance(3601)
    get = scene.fakes.store.get

    def failing(conversation_id: str) -> Conversation | None:
        if conversation_id == broken:
            raise ConnectionError("unreadable")
        return get(conversation_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.fakes.store, "get", failing)
        with pytest.raises(ExceptionGroup) as raised:
            reconcile(scene.world)

    assert len(raised.value.exceptions) == 1
    stored = [get(other.conversation_id) for other in others]
    assert [c.owner for c in stored if c] == [Owner.CLOSED, Owner.ASSISTANT, Owner.CLOSED]
    assert scene.now.owner is Owner.CLOSED


def test_what_cannot_be_handled_does_not_stand_at_the_head_of_the_queue_for_ever() -> None:
    scene = Scene()
    scene.presses_the_button()  # nobody ever opens it: it is looked after again and again
    scene.fakes.clock.advance(61)
    other = Scene.__new__(Scene)
    other.__dict__.update(scene.__dict__)
    other.conversation_id = conversation.open_conversation(scene.world, "guest:2").conversation_id
    other.presses_the_button()
    scene.fakes.clock.advance(61)

    first = reconcile(scene.world, limit=1)
    second = reconcile(scene.world, limit=1)

    assert first.escalations == [scene.conversation_id]
    assert second.escalations == [other.conversation_id]


def test_nothing_lost_nothing_found() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    scene.fakes.clock.advance(120)
    events = list(scene.fakes.bus.events)

    found = reconcile(scene.world)

    assert not any([found.turns, found.deliveries, found.escalations, found.transcripts])
    assert not found.idle
    assert scene.fakes.bus.events == events


def test_a_worker_that_is_still_at_it_is_left_alone() -> None:
    scene = Scene()
    scene.writes(QUESTION)
    scene.fresh(MessageReceived)
    a_worker_whose_renewal_the_index_does_not_show_yet(scene)

    found = reconcile(scene.world)

    assert found.turns == []
    assert scene.fresh(MessageReceived) == []
    assert scene.now.lease is not None
    assert scene.now.due_at is not None
    assert scene.now.due_at > scene.now.lease.until
