"""What an expert may do, when, and what everybody else gets to see of it."""

import pytest

from tandem.live import conversation, desk
from tandem.live.errors import (
    AlreadyClaimed,
    InvalidMessage,
    LiveError,
    MessageTooLong,
    NoLongerOpen,
    NotFound,
    NotYours,
)
from tandem.live.frames import QueueChanged, TurnSent, TypingShown
from tandem.live.models import Author, EscalationStatus, Owner, Person
from tandem.live.policy import Policy
from tests.fakes import UPSET
from tests.scene import ANNA, BORIS, CUSTOMER, LEA, Scene

QUESTION = "How many endpoints may a new account run?"


def with_a_draft() -> Scene:
    """Anna holds a conversation whose withheld draft is “Because.”."""
    scene = Scene()
    scene.fakes.gate_model.script = [UPSET]
    scene.asks(QUESTION)
    scene.machine_opens()
    scene.claims(ANNA)
    return scene


# --- claiming ------------------------------------------------------------------------------------
def test_a_claim_makes_the_expert_the_owner_and_tells_the_customer_who_joined() -> None:
    scene = Scene()
    scene.is_called_for()

    scene.claims(ANNA)

    assert (scene.now.owner, scene.now.expert) == (Owner.EXPERT, "anna")
    assert scene.turns[-1].text == "Anna has joined the conversation."
    assert scene.fakes.task_tokens.succeeded == [("claim-token-1", {"state": "claimed"})]


def test_the_second_to_claim_is_told_who_was_first() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.claims(ANNA)
    before = scene.now

    with pytest.raises(AlreadyClaimed) as refused:
        scene.claims(BORIS)

    assert refused.value.detail == {"by": "Anna"}
    assert scene.now == before


def test_of_two_who_claim_at_the_same_moment_exactly_one_wins() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.store.before_next_commit = [lambda: scene.claims(BORIS)]

    with pytest.raises(AlreadyClaimed) as refused:
        scene.claims(ANNA)

    assert refused.value.detail == {"by": "Boris"}
    assert scene.codes.count("expert_joined") == 1
    assert [action for action in scene.actions if action[1] == "claimed"] == [("boris", "claimed")]


def test_claiming_again_changes_nothing_for_the_one_who_holds_it() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    before = scene.now

    scene.claims(ANNA)

    assert scene.now == before


@pytest.mark.parametrize("how", ["never asked", "handed back", "closed", "expired"])
def test_where_nobody_is_called_for_there_is_nothing_to_claim(how: str) -> None:
    scene = Scene()
    match how:
        case "handed back":
            scene.is_claimed_by(BORIS)
            scene.hands_back(BORIS)
        case "closed":
            scene.is_called_for()
            scene.closes()
        case "expired":
            scene.is_called_for()
            scene.machine_expires()

    with pytest.raises(NoLongerOpen):
        scene.claims(ANNA)


def test_a_claim_survives_that_the_machine_opens_the_escalation_only_afterwards() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.claims(ANNA)

    answer = scene.machine_opens()

    assert answer["go"] is True
    assert scene.escalation.status is EscalationStatus.CLAIMED
    assert scene.machine_notifies() == {"state": "claimed"}
    with pytest.raises(AlreadyClaimed):
        scene.claims(BORIS)


# --- writing -------------------------------------------------------------------------------------
def test_only_who_holds_the_conversation_writes_into_it() -> None:
    scene = Scene()
    scene.is_called_for()

    with pytest.raises(NotYours, match="Claim it first"):
        scene.says(ANNA, "Hello")
    scene.claims(BORIS)
    with pytest.raises(NotYours, match="Boris holds it") as refused:
        scene.says(ANNA, "Hello")

    assert refused.value.detail == {"by": "Boris"}
    assert Author.EXPERT not in {t.author for t in scene.turns}


def test_an_expert_cannot_answer_by_accident_where_the_assistant_owns_the_conversation() -> None:
    scene = Scene()

    with pytest.raises(NotYours):
        scene.says(ANNA, "Hello")


def test_what_the_expert_writes_reaches_the_customer_under_their_name_and_only_once() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    first = scene.says(ANNA, "Hello", "desk-7")
    again, duplicate = desk.say(scene.world, ANNA, scene.conversation_id, "desk-7", "Hello")

    assert duplicate
    assert again == first
    sent = [f for f in scene.fakes.push.frames(CUSTOMER, TurnSent) if f.author is Author.EXPERT]
    assert [(f.text, f.name) for f in sent] == [("Hello", "Anna")]


def test_two_long_ids_that_differ_only_at_the_end_are_two_messages() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.says(ANNA, "First", "x" * 127 + "1")
    scene.says(ANNA, "Second", "x" * 127 + "2")

    assert [t.text for t in scene.turns if t.author is Author.EXPERT] == ["First", "Second"]


def test_an_experts_id_never_meets_a_customers() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.writes("Hello?", "same-id")

    scene.says(ANNA, "Hello!", "same-id")

    assert scene.turns[-1].text == "Hello!"


@pytest.mark.parametrize(("text", "error"), [(" ", InvalidMessage), ("x" * 4001, MessageTooLong)])
def test_an_experts_message_is_neither_empty_nor_too_long(
    text: str, error: type[LiveError]
) -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    with pytest.raises(error):
        scene.says(ANNA, text)


def test_what_the_customer_writes_to_an_expert_never_reaches_the_model() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.asks("Anna, is my card 4111 1111 1111 1111 charged?")

    assert not scene.fakes.answer_model.prompts
    assert not scene.fakes.gate_model.calls
    assert not scene.now.pending


def test_what_the_customer_writes_reaches_the_expert_who_holds_it_at_once_and_only_them() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.writes("Hello Anna")

    assert scene.shown("socket-anna")[-1] == "Hello Anna"
    assert "Hello Anna" not in scene.shown("socket-boris")
    assert "Hello Anna" not in scene.shown("socket-lea")


def test_what_the_customer_writes_while_waiting_is_seen_by_everybody_at_the_desk() -> None:
    scene = Scene()
    scene.is_called_for()

    scene.writes("Is anybody there?")

    for person in ("anna", "boris", "lea"):
        assert scene.shown(f"socket-{person}")[-1] == "Is anybody there?"


def test_what_the_assistant_and_the_customer_say_to_each_other_is_not_sent_to_the_desk() -> None:
    scene = Scene()

    scene.asks(QUESTION)

    assert not scene.fakes.push.all_frames("socket-anna")


# --- the draft -----------------------------------------------------------------------------------
def test_the_draft_is_shown_to_the_expert_and_sent_as_it_is_under_their_name() -> None:
    scene = with_a_draft()
    view = desk.read(scene.world, scene.conversation_id)
    assert view.draft is not None
    assert view.draft.text == "Because."

    sent = scene.says(ANNA, "", use_draft=True)

    assert (sent.author, sent.name, sent.text) == (Author.EXPERT, "Anna", "Because.")
    assert [s.uri for s in sent.sources] == ["quotas.md", "costs.md"]
    assert ("anna", "sent the draft") in scene.actions


def test_an_edited_draft_is_sent_as_edited_and_noted_so() -> None:
    scene = with_a_draft()

    sent = scene.says(ANNA, "Because of the quota.", use_draft=True)

    assert sent.text == "Because of the quota."
    assert ("anna", "edited the draft") in scene.actions


def test_where_there_is_no_draft_none_is_sent() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    with pytest.raises(InvalidMessage, match="no draft"):
        scene.says(ANNA, "", use_draft=True)


def test_the_draft_of_an_escalation_that_ended_is_not_offered_in_the_next_one() -> None:
    scene = with_a_draft()
    scene.hands_back(ANNA)
    scene.is_claimed_by(ANNA)

    assert desk.read(scene.world, scene.conversation_id).draft is None


# --- ending --------------------------------------------------------------------------------------
def test_handed_back_the_assistant_answers_again_and_the_customer_knows() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.hands_back(ANNA, "explained the quota", note="easy", knowledge=True)
    scene.asks(QUESTION)

    assert scene.codes[-1] == "handed_back"
    assert scene.answers
    ended = scene.escalation
    assert ended.status is EscalationStatus.HANDED_BACK
    assert (ended.outcome, ended.note, ended.knowledge) == ("explained the quota", "easy", True)
    assert scene.fakes.task_tokens.succeeded[-1] == ("resolution-token-1", {"state": "over"})


def test_resolved_the_conversation_is_closed_with_its_outcome() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.resolves(ANNA, "sent a refund")

    assert scene.now.owner is Owner.CLOSED
    assert scene.now.closed_by == "expert"
    assert scene.escalation.outcome == "sent a refund"
    assert scene.codes[-1] == "closed"


def test_a_resolution_without_an_outcome_is_refused() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    with pytest.raises(InvalidMessage):
        scene.resolves(ANNA, " ")

    assert scene.now.owner is Owner.EXPERT


def test_after_the_end_the_expert_writes_no_more() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.hands_back(ANNA)

    with pytest.raises(NotYours):
        scene.says(ANNA, "One more thing")
    with pytest.raises(NotYours):
        scene.hands_back(ANNA)
    with pytest.raises(NotYours):
        scene.resolves(ANNA)


# --- reassigning ---------------------------------------------------------------------------------
def test_the_holder_passes_it_on_and_the_one_it_is_meant_for_is_named() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    desk.reassign(scene.world, ANNA, scene.conversation_id, "boris", "knows billing")

    assert scene.now.owner is Owner.WAITING
    assert scene.escalation.assigned_to == "boris"
    assert scene.codes[-1] == "reassigned"
    assert scene.fakes.task_tokens.succeeded[-1] == (
        "resolution-token-1",
        {"state": "requeued"},
    )
    scene.claims(BORIS)
    assert scene.now.expert == "boris"


def test_a_lead_reassigns_what_another_holds_an_expert_does_not() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    with pytest.raises(NotYours):
        desk.reassign(scene.world, BORIS, scene.conversation_id)
    desk.reassign(scene.world, LEA, scene.conversation_id)

    assert scene.now.owner is Owner.WAITING
    with pytest.raises(NotYours):
        scene.says(ANNA, "I was just about to answer")


def test_a_lead_assigns_what_still_waits() -> None:
    scene = Scene()
    scene.is_called_for()

    desk.reassign(scene.world, LEA, scene.conversation_id, "boris")

    assert scene.escalation.assigned_to == "boris"
    assert ("lea", "assigned") in scene.actions
    assert scene.codes == ["person_coming"]


# --- signs of life -------------------------------------------------------------------------------
def test_presence_and_messages_are_the_heartbeat_of_the_waiting_machine() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    desk.show_presence(scene.world, ANNA, scene.conversation_id)
    scene.says(ANNA, "Hello")

    assert scene.fakes.task_tokens.heartbeats == ["resolution-token-1"] * 2


def test_presence_of_somebody_else_is_none() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    with pytest.raises(NotYours):
        desk.show_presence(scene.world, BORIS, scene.conversation_id)

    assert not scene.fakes.task_tokens.heartbeats


def test_a_vanished_expert_loses_the_conversation_to_the_queue_and_the_customer_is_told() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    answer = scene.machine_requeues()

    assert answer == {"state": "waiting", "tiers": [0, 1]}
    assert scene.now.owner is Owner.WAITING
    assert scene.turns[-1].text == "Anna had to leave. I am calling another colleague."
    with pytest.raises(NotYours):
        scene.says(ANNA, "I am back")
    scene.claims(BORIS)


def test_typing_is_shown_to_the_other_side_only_while_the_two_talk() -> None:
    scene = Scene()
    conversation.show_typing(scene.world, scene.conversation_id, Author.CUSTOMER)
    assert not scene.fakes.push.frames("socket-anna", TypingShown)

    scene.is_claimed_by(ANNA)
    conversation.show_typing(scene.world, scene.conversation_id, Author.CUSTOMER)

    assert len(scene.fakes.push.frames("socket-anna", TypingShown)) == 1
    assert not scene.fakes.push.frames("socket-boris", TypingShown)


# --- follow-ups ----------------------------------------------------------------------------------
def test_a_follow_up_stays_in_its_queue_until_somebody_has_got_back_to_the_customer() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.machine_expires()
    name = scene.escalation.escalation_id
    assert [e.escalation_id for e in desk.queue(scene.world, "follow_up")] == [name]
    assert not desk.queue(scene.world)

    ending = desk.Ending(outcome="called back")
    desk.follow_up_done(scene.world, BORIS, scene.conversation_id, name, ending)

    assert not desk.queue(scene.world, "follow_up")
    assert ("boris", "followed up") in scene.actions
    with pytest.raises(NoLongerOpen):
        desk.follow_up_done(scene.world, BORIS, scene.conversation_id, name, ending)


def test_a_follow_up_that_is_none_is_not_found() -> None:
    scene = Scene()

    with pytest.raises(NotFound):
        desk.follow_up_done(
            scene.world, ANNA, scene.conversation_id, "nothing", desk.Ending(outcome="x")
        )


# --- what is seen --------------------------------------------------------------------------------
def test_the_queue_is_sorted_by_deadline_and_tells_how_long_the_customer_waits() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(42)
    second = Scene.__new__(Scene)
    second.__dict__.update(scene.__dict__)
    second.conversation_id = conversation.open_conversation(scene.world, "guest:2").conversation_id
    second.presses_the_button()
    desk.reassign(scene.world, LEA, scene.conversation_id)

    queue = desk.queue(scene.world)

    assert [(e.conversation_id, e.waiting_seconds) for e in queue] == [
        (second.conversation_id, 0.0),
        (scene.conversation_id, 42.0),
    ]


def test_the_queue_says_in_which_language_the_customer_writes() -> None:
    scene = Scene(language="fr")
    scene.presses_the_button()

    assert [escalation.language for escalation in desk.queue(scene.world)] == ["fr"]


def test_the_waiting_time_ends_with_the_claim() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(10)
    scene.claims(ANNA)
    scene.fakes.clock.advance(1000)

    assert desk.queue(scene.world)[0].waiting_seconds == 10


def test_everybody_at_the_desk_sees_the_queue_change() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.resolves(ANNA)

    seen = [f.escalation.status for f in scene.fakes.push.frames("socket-boris", QueueChanged)]

    assert seen[0] == "requested"
    assert "claimed" in seen
    assert seen[-1] == "resolved"


def test_what_only_the_state_machine_needs_to_know_is_not_pushed() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.machine_opens()
    scene.machine_notifies()
    before = len(scene.fakes.push.frames("socket-boris", QueueChanged))

    scene.machine_waits_for_claim()

    assert len(scene.fakes.push.frames("socket-boris", QueueChanged)) == before


@pytest.mark.parametrize(("ends", "code"), [("hands_back", "handed_back"), ("resolves", "closed")])
def test_the_expert_who_ends_it_sees_how_it_ended(ends: str, code: str) -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    getattr(scene, ends)(ANNA)

    turns = {
        desk: scene.fakes.push.frames(f"socket-{desk}", TurnSent) for desk in ("anna", "boris")
    }
    assert turns["anna"][-1].code == code
    assert code not in [turn.code for turn in turns["boris"]]


def test_the_task_token_is_in_nothing_that_leaves_the_server() -> None:
    scene = Scene()
    scene.is_called_for()
    assert scene.escalation.task_token == "claim-token-1"

    seen = repr(
        [
            desk.read(scene.world, scene.conversation_id),
            desk.queue(scene.world),
            scene.fakes.push.sent,
            scene.fakes.bus.events,
            scene.fakes.notifier.mails,
            desk.audit_trail(scene.world, scene.conversation_id),
        ]
    )

    assert "claim-token" not in seen


def test_the_desk_reads_when_a_conversation_began_and_ended_and_how_an_escalation_did() -> None:
    scene = Scene()
    began = scene.fakes.clock.now()
    scene.fakes.clock.advance(5)
    scene.is_claimed_by(ANNA)
    held = desk.read(scene.world, scene.conversation_id)
    ended = scene.fakes.clock.advance(30)
    scene.resolves(ANNA, "refunded")
    view = desk.read(scene.world, scene.conversation_id)

    assert (held.created_at, held.closed_at) == (began, None)
    assert [(e.outcome, e.ended_at) for e in held.escalations] == [(None, None)]
    assert (view.created_at, view.closed_at) == (began, ended)
    assert [(e.outcome, e.ended_at) for e in view.escalations] == [("refunded", ended)]


def test_reading_what_does_not_exist_is_not_found() -> None:
    scene = Scene()

    with pytest.raises(NotFound):
        desk.read(scene.world, "nothing")
    with pytest.raises(NotFound):
        desk.audit_trail(scene.world, "nothing")
    with pytest.raises(NotFound):
        desk.show_presence(scene.world, ANNA, "nothing")


# --- the audit trail -----------------------------------------------------------------------------
def test_the_audit_trail_tells_the_whole_story() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Hello")
    desk.reassign(scene.world, LEA, scene.conversation_id, "boris", "knows billing")
    scene.claims(BORIS)
    scene.resolves(BORIS, "refunded", knowledge=True)

    trail = desk.audit_trail(scene.world, scene.conversation_id)

    assert [(e.actor, e.action) for e in trail] == [
        ("customer", "requested"),
        ("system", "notified"),
        ("anna", "claimed"),
        ("anna", "said"),
        ("lea", "requeued"),
        ("lea", "noted"),
        ("boris", "claimed"),
        ("boris", "resolved"),
        ("boris", "closed"),
    ]
    assert trail[4].detail == {"from": "anna", "to": "boris"}
    assert trail[7].detail == {"outcome": "refunded", "knowledge": "true"}
    assert len({e.entry_id for e in trail}) == len(trail)


def test_what_customers_wrote_is_not_in_the_audit_trail() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.writes("My secret is 12345678")
    scene.says(ANNA, "Your secret is safe")

    assert "secret" not in repr(desk.audit_trail(scene.world, scene.conversation_id))


def test_an_expert_of_the_policys_own_heartbeat_is_told_to_the_machine() -> None:
    policy = Policy.model_validate(
        {"presence": {"heartbeat_seconds": 30, "resolve_within_seconds": 900}}
    )
    scene = Scene(policy)
    scene.is_claimed_by(Person(user="anna", name="Anna", groups=frozenset({"experts"})))

    assert scene.machine_announces() == {"heartbeat_seconds": 30, "resolve_seconds": 900}
