"""Exactly one of assistant and expert speaks: ownership is checked when a message leaves."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tandem.live import turn
from tandem.live.errors import ModelFailure
from tandem.live.events import MessageReceived
from tandem.live.frames import Delta, TurnSent, Withdrawn
from tandem.live.lease import take_lease
from tandem.live.models import Author, EscalationStatus, Owner, Trigger
from tandem.live.policy import Policy
from tandem.live.ports import Connection
from tandem.live.recovery import reconcile
from tests.fakes import Hold
from tests.scene import ANNA, CUSTOMER, LONG, Scene

SECOND = "second-socket"
QUESTION = "How many endpoints may a new account run?"


def at_first_delta(scene: Scene, action: Callable[[], object]) -> None:
    """Do something while the first piece of the answer leaves."""
    done: list[bool] = []

    def before_send(_: str, frame: object) -> None:
        if isinstance(frame, Delta) and not done:
            done.append(True)
            action()

    scene.fakes.push.before_send = before_send


def open_second_socket(scene: Scene) -> None:
    scene.fakes.connections.add(Connection(SECOND, conversation_id=scene.conversation_id))


def streaming(scene: Scene, action: Callable[[], object]) -> None:
    """The customer asks, and `action` happens after the first piece has left."""
    hold = Hold()
    scene.answers_with([LONG, hold, LONG, "The end."])

    def act() -> None:
        action()
        hold.release()

    at_first_delta(scene, act)
    scene.asks(QUESTION)


# --- streaming -----------------------------------------------------------------------------------
def test_an_answer_streams_in_pieces_and_ends_as_one_turn_of_the_same_id() -> None:
    scene = Scene()

    streaming(scene, lambda: None)

    deltas = scene.deltas()
    assert [d.text for d in deltas] == [LONG, LONG]
    assert [d.index for d in deltas] == [0, 1]
    assert {d.turn_id for d in deltas} == {scene.answers[0].turn_id}
    assert scene.shown()[-1] == LONG + LONG + "The end."
    assert not scene.withdrawn()


def test_pieces_are_gathered_until_there_are_enough_characters_or_a_quarter_second_is_over() -> (
    None
):
    scene = Scene()
    hold = Hold()
    clock = scene.fakes.clock
    scene.answers_with(
        ["first ", hold, "gathered ", "on", lambda: clock.advance(0.3), " late", " x", LONG, "."]
    )
    at_first_delta(scene, hold.release)

    scene.asks(QUESTION)

    deltas = scene.deltas()
    assert deltas[0].text == "first "
    # How the rest is cut depends on the two threads' pace; nothing is lost, doubled or disordered.
    assert scene.answers[0].text.startswith("".join(d.text for d in deltas))
    assert len(deltas) < 8


def test_a_customer_without_a_socket_gets_the_answer_stored() -> None:
    scene = Scene()
    scene.fakes.connections.remove(CUSTOMER)

    scene.asks(QUESTION)

    assert scene.answers
    assert not scene.deltas()


def test_a_socket_that_opens_while_an_answer_streams_is_shown_all_of_it() -> None:
    scene = Scene()

    streaming(scene, lambda: open_second_socket(scene))

    assert [(d.index, d.pieces, d.text) for d in scene.deltas()] == [(0, 1, LONG), (1, 1, LONG)]
    late = scene.deltas(SECOND)
    assert [(d.index, d.pieces, d.text) for d in late] == [(0, 2, LONG + LONG)]


def test_the_socket_of_a_first_message_may_open_after_the_answer_was_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    scene.fakes.connections.remove(CUSTOMER)
    hold = Hold()
    scene.answers_with([LONG, hold, LONG, "The end."])
    scene.writes(QUESTION)

    def nobody_yet(_: str) -> list[str]:
        monkeypatch.undo()
        open_second_socket(scene)
        hold.release()
        return []

    monkeypatch.setattr(scene.fakes.connections, "of_conversation", nobody_yet)
    scene.assistant_works()

    late = scene.deltas(SECOND)
    assert [(d.index, d.pieces, d.text) for d in late] == [(0, 1, LONG + LONG)]


def test_a_socket_that_was_not_listed_while_a_piece_left_is_shown_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    first, second = Hold(), Hold()
    scene.answers_with([LONG, first, LONG, second, LONG, "The end."])

    def nobody(_: str) -> list[str]:
        monkeypatch.undo()
        second.release()
        return []

    def unlisted_once() -> None:
        monkeypatch.setattr(scene.fakes.connections, "of_conversation", nobody)
        first.release()

    at_first_delta(scene, unlisted_once)
    scene.asks(QUESTION)

    assert [d.text for d in scene.deltas()] == [LONG, LONG + LONG + LONG]


def test_given_one_push_fails_then_the_next_brings_what_was_missed() -> None:
    scene = Scene()

    streaming(scene, lambda: scene.fakes.push.failing.add(CUSTOMER))

    assert [(d.index, d.pieces, d.text) for d in scene.deltas()] == [(0, 2, LONG + LONG)]


def test_a_socket_that_is_gone_does_not_stop_the_answer() -> None:
    scene = Scene()
    scene.fakes.push.gone.add(CUSTOMER)

    scene.asks(QUESTION)

    assert scene.answers
    assert scene.fakes.connections.get(CUSTOMER) is None


# --- a person takes over -------------------------------------------------------------------------
def test_given_the_button_is_pressed_while_an_answer_streams_it_is_withdrawn_and_kept() -> None:
    scene = Scene()

    streaming(scene, scene.presses_the_button)

    assert len(scene.deltas()) == 1
    assert len(scene.withdrawn()) == 1
    assert not scene.answers
    assert scene.escalation.trigger is Trigger.BUTTON
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == LONG + LONG + "The end."
    assert "took over" in scene.escalation.draft.withheld_because
    assert scene.codes == ["person_coming"]


def test_given_an_expert_claims_while_the_answer_streams_the_customer_reads_only_the_expert() -> (
    None
):
    scene = Scene()

    def taken_over() -> None:
        scene.presses_the_button()
        scene.claims(ANNA)
        scene.says(ANNA, "Hello, I am Anna.")

    streaming(scene, taken_over)

    assert not scene.answers
    assert [t.author for t in scene.turns][-1] is Author.EXPERT
    assert scene.now.owner is Owner.EXPERT
    assert scene.escalation.status is EscalationStatus.CLAIMED
    assert scene.escalation.draft is not None
    after_joining = scene.fakes.push.all_frames(CUSTOMER)
    joined = next(
        i
        for i, f in enumerate(after_joining)
        if isinstance(f, TurnSent) and f.code == "expert_joined"
    )
    rest = [f for f in after_joining[joined + 1 :] if isinstance(f, Delta)]
    # One piece was already on its way when the expert claimed; it is void.
    assert len(rest) <= 1
    assert isinstance(after_joining[-1], Withdrawn)


def test_given_the_answer_is_ready_just_after_the_claim_it_is_dropped_and_kept_as_draft() -> None:
    scene = Scene()
    scene.writes(QUESTION)

    def claimed() -> None:
        scene.presses_the_button()
        scene.claims(ANNA)

    # The first commit is the lease's; the claim is faster than the second, the answer's.
    scene.fakes.store.before_next_commit = [lambda: None, claimed]

    scene.assistant_works()

    assert not scene.answers
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Because."


def test_given_the_customer_closes_while_the_answer_streams_it_is_withdrawn() -> None:
    scene = Scene()

    streaming(scene, scene.closes)

    assert not scene.answers
    assert len(scene.withdrawn()) == 1
    assert scene.now.owner is Owner.CLOSED
    assert not scene.escalations


def test_given_the_conversation_came_back_meanwhile_the_old_answer_stays_unsaid() -> None:
    scene = Scene()

    def there_and_back() -> None:
        scene.is_claimed_by(ANNA)
        scene.hands_back(ANNA)

    streaming(scene, there_and_back)

    assert not scene.answers
    assert scene.now.owner is Owner.ASSISTANT
    assert not scene.now.pending
    assert scene.asks("And how many models may I have?").decision is not None
    assert len(scene.answers) == 1


def test_a_late_draft_is_not_laid_before_the_expert_of_a_later_escalation() -> None:
    scene = Scene()

    def there_back_and_called_again() -> None:
        scene.is_claimed_by(ANNA)
        scene.hands_back(ANNA)
        scene.presses_the_button()

    streaming(scene, there_back_and_called_again)

    assert len(scene.escalations) == 2
    assert scene.escalation.draft is None


# --- leases --------------------------------------------------------------------------------------
def test_given_two_workers_only_one_answers() -> None:
    scene = Scene()
    scene.writes(QUESTION)
    assert take_lease(scene.world, scene.conversation_id, "another-worker") is not None

    scene.assistant_works()

    assert not scene.answers
    assert not scene.fakes.answer_model.prompts


def test_an_event_that_comes_twice_is_answered_once() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    (event,) = scene.fakes.bus.of(MessageReceived)

    turn.handle_message(scene.world, scene.answering, event, lambda: 900)

    assert len(scene.answers) == 1
    assert len([t for t in scene.turns if t.author is Author.CUSTOMER]) == 1


def test_a_long_answer_renews_its_lease() -> None:
    scene = Scene()
    hold = Hold()

    def half_a_minute() -> None:
        scene.fakes.clock.advance(30)
        hold.release()

    scene.answers_with([LONG, hold, LONG, "The end."])
    at_first_delta(scene, half_a_minute)
    message = scene.writes(QUESTION)
    leases: list[datetime] = []
    renew = scene.fakes.store.renew

    def spy(conversation_id: str, lease_id: str, until: datetime) -> bool:
        leases.append(until)
        return renew(conversation_id, lease_id, until)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.fakes.store, "renew", spy)
        scene.assistant_works()

    assert len(leases) == 1
    assert (leases[0] - message.at).total_seconds() == 30 + 45
    assert scene.answers


def test_a_dead_workers_turn_is_found_and_finished_under_the_same_turn_id() -> None:
    scene = Scene()
    message = scene.writes(QUESTION)
    scene.fresh(MessageReceived)
    take_lease(scene.world, scene.conversation_id, "dies-now")
    assert reconcile(scene.world).turns == []
    scene.fakes.clock.advance(47)

    found = reconcile(scene.world)
    scene.assistant_works()

    assert found.turns == [scene.conversation_id]
    assert [t.turn_id for t in scene.answers] == [f"{message.turn_id}-answer"]
    assert len(scene.withdrawn()) == 1, "what the dead worker streamed is void"


def test_a_turn_that_is_lost_again_and_again_goes_to_a_person() -> None:
    scene = Scene()
    scene.writes(QUESTION)
    scene.fresh(MessageReceived)
    for attempt in range(3):
        job = take_lease(scene.world, scene.conversation_id, f"dies-{attempt}")
        assert job is not None
        assert job.lease.attempt == attempt + 1
        scene.fakes.clock.advance(46)

    reconcile(scene.world)
    scene.assistant_works()

    assert scene.now.owner is Owner.WAITING
    assert scene.escalation.trigger is Trigger.MODEL_FAILURE
    assert scene.escalation.reason == "the answer was lost 3 times"
    assert not scene.answers


def test_a_lost_turn_ends_with_the_truth_where_the_policy_calls_nobody() -> None:
    scene = Scene(Policy.model_validate({"triggers": {"model_failure": {"enabled": False}}}))
    scene.writes(QUESTION)
    for attempt in range(3):
        take_lease(scene.world, scene.conversation_id, f"dies-{attempt}")
        scene.fakes.clock.advance(46)

    scene.assistant_works()

    assert scene.codes == ["model_trouble_alone"]
    assert not scene.now.pending


def taken_over_by_another_worker(scene: Scene) -> None:
    scene.fakes.clock.advance(46)
    assert take_lease(scene.world, scene.conversation_id, "another-worker") is not None


def test_a_worker_whose_lease_was_taken_over_stays_silent() -> None:
    scene = Scene()

    streaming(scene, lambda: taken_over_by_another_worker(scene))

    assert len(scene.deltas()) == 1
    assert not scene.withdrawn(), "the other worker streams under the same turn id"
    assert not scene.answers
    assert scene.now.lease is not None
    assert scene.now.lease.id == "another-worker"
    assert scene.now.pending


@pytest.mark.parametrize("enabled", [True, False])
def test_nor_does_it_say_anything_when_its_model_fails(enabled: bool) -> None:
    scene = Scene(Policy.model_validate({"triggers": {"model_failure": {"enabled": enabled}}}))
    hold = Hold()
    scene.answers_with([LONG, hold, ModelFailure("timeout", "too late")])

    def act() -> None:
        taken_over_by_another_worker(scene)
        hold.release()

    at_first_delta(scene, act)
    scene.asks(QUESTION)

    assert not scene.withdrawn()
    assert not scene.codes
    assert not scene.escalations
    assert scene.now.pending


# --- several messages ----------------------------------------------------------------------------
def test_two_messages_at_once_are_answered_in_order() -> None:
    scene = Scene()
    scene.answers_with(["To the first."], ["To the second."])
    first = scene.writes("How many endpoints may I run?")
    second = scene.writes("What does one of them cost?")

    scene.assistant_works()

    assert [(t.in_reply_to, t.text) for t in scene.answers] == [
        (first.seq, "To the first."),
        (second.seq, "To the second."),
    ]
    assert scene.now.lease is None


def test_a_message_that_comes_while_another_is_answered_waits_its_turn() -> None:
    scene = Scene()
    hold = Hold()
    scene.answers_with([hold, "To the first."], ["To the second."])
    scene.writes("How many endpoints may I run?")

    with scene.assistant_at_work():
        hold.reached()
        scene.writes("What does one of them cost?")
        hold.release()

    assert [t.text for t in scene.answers] == ["To the first.", "To the second."]


def test_without_time_for_the_next_message_it_is_left_to_another_worker() -> None:
    scene = Scene()
    scene.answers_with(["To the first."], ["To the second."])
    first = scene.writes("How many endpoints may I run?")
    scene.writes("What does one of them cost?")
    (event, _) = scene.fresh(MessageReceived)

    turn.handle_message(scene.world, scene.answering, event, lambda: 5)

    assert [t.in_reply_to for t in scene.answers] == [first.seq]
    assert scene.now.lease is None
    assert [e.text for e in scene.fakes.bus.of(MessageReceived)][2:] == [
        "What does one of them cost?"
    ]
    scene.assistant_works()
    assert [t.text for t in scene.answers] == ["To the first.", "To the second."]


def test_a_person_called_for_the_first_of_two_messages_takes_both() -> None:
    scene = Scene()
    scene.writes("I want to talk to a human")
    scene.writes("What does one of them cost?")

    scene.assistant_works()

    assert not scene.answers
    assert not scene.now.pending
    assert len(scene.escalations) == 1


def test_an_answer_names_the_documents_that_it_refers_to_each_once() -> None:
    scene = Scene()
    scene.answers_with(["Two [1], as it says in [1]."])
    scene.asks(QUESTION)
    assert [(s.uri, s.numbers) for s in scene.answers[0].sources] == [("quotas.md", (1,))]

    scene.answers_with(["Two, I think."])
    scene.asks("And what does one of them cost?")
    assert [s.uri for s in scene.answers[1].sources] == ["quotas.md", "costs.md"]
    assert not any(s.numbers for s in scene.answers[1].sources)


def test_a_document_of_which_two_pieces_were_found_has_both_numbers() -> None:
    scene = Scene()
    piece, *others = scene.fakes.retriever.passages
    scene.fakes.retriever.passages = [piece, *others, piece]
    number = len(others) + 2
    scene.answers_with([f"Two [1], [{number}]."])
    scene.asks(QUESTION)
    assert [s.numbers for s in scene.answers[0].sources] == [(1, number)]
