"""The gate beside the answer: what calls a person, what is stored of it, what the customer sees."""

from collections.abc import Iterator
from typing import Literal

import pytest

from tandem.live import conversation, gate
from tandem.live.errors import ModelFailure
from tandem.live.events import EscalationRequested
from tandem.live.models import EscalationStatus, GateDecision, Judgement, Owner, Trigger
from tandem.live.policy import Policy
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tests.fakes import CALM, UPSET, AnswerStep, Hold, ScriptedAnswerModel
from tests.scene import ANNA, LONG, Scene

QUESTION = "How many endpoints may a new account run?"


def policy(**triggers: object) -> Policy:
    return Policy.model_validate({"triggers": triggers})


def gate_says(scene: Scene, *script: Judgement | Exception | Hold) -> None:
    scene.fakes.gate_model.script = list(script)


def decision_on(scene: Scene, text: str = QUESTION) -> GateDecision:
    decision = scene.asks(text).decision
    assert decision is not None
    return decision


class NamelessModel(ScriptedAnswerModel):
    """Its pointer cannot be read."""

    def __init__(self) -> None:
        super().__init__([ModelFailure("unavailable", "no valid document")])
        del self.model_id

    def __getattr__(self, name: str) -> str:
        raise LookupError(f"no valid document: {name}")


# --- calm ----------------------------------------------------------------------------------------
def test_given_a_calm_question_the_assistant_answers_and_nobody_is_called() -> None:
    scene = Scene()

    message = scene.asks(QUESTION)

    assert [t.text for t in scene.answers] == ["Because."]
    assert scene.answers[0].in_reply_to == message.seq
    assert scene.now.owner is Owner.ASSISTANT
    assert not scene.now.pending
    assert not scene.escalations


def test_the_decision_to_answer_is_stored_with_the_message_and_the_answer() -> None:
    scene = Scene()

    decision = decision_on(scene)

    assert decision.person is False
    assert decision.observed["sentiment"] == 0.1
    assert decision.observed["top_score"] == 0.8
    assert decision.thresholds == {"sentiment": -0.5}
    assert decision.gate_model_id == "test.gate"
    assert scene.answers[0].decision == decision
    assert scene.answers[0].model_id == "test.answer"
    assert scene.answers[0].usage == {"input": 10, "output": 5}


# --- sentiment -----------------------------------------------------------------------------------
def test_an_upset_customer_gets_a_person_and_is_told_so() -> None:
    scene = Scene()
    gate_says(scene, UPSET)

    decision = decision_on(scene)

    assert decision.trigger is Trigger.NEGATIVE_SENTIMENT
    assert decision.reason == "the customer is upset"
    assert decision.observed["sentiment"] == -0.9
    assert scene.now.owner is Owner.WAITING
    assert scene.codes == ["person_coming"]
    assert scene.escalation.trigger is Trigger.NEGATIVE_SENTIMENT
    assert [e.escalation_id for e in scene.fakes.bus.of(EscalationRequested)] == [
        scene.escalation.escalation_id
    ]


def test_the_call_says_which_model_was_asked_and_when_the_conversation_began() -> None:
    scene = Scene()
    gate_says(scene, UPSET)

    scene.asks(QUESTION)

    (called,) = scene.fakes.bus.of(EscalationRequested)
    assert called.model_id == "test.answer"
    assert called.conversation_began_at == scene.now.created_at


def test_a_person_is_called_also_where_not_even_the_models_name_can_be_read() -> None:
    scene = Scene()
    gate_says(scene, UPSET)
    scene.answer_model = NamelessModel()

    scene.asks(QUESTION)

    (called,) = scene.fakes.bus.of(EscalationRequested)
    assert called.model_id is None


@pytest.mark.parametrize(
    ("threshold", "sentiment", "called"),
    [(-0.5, -0.5, True), (-0.5, -0.49, False), (-0.95, -0.9, False), (0.3, 0.3, True)],
)
def test_the_sentiment_calls_a_person_from_the_threshold_of_the_policy_on(
    threshold: float, sentiment: float, called: bool
) -> None:
    scene = Scene(policy(negative_sentiment={"threshold": threshold}))
    gate_says(scene, Judgement(sentiment=sentiment, wants_person=False))

    decision = decision_on(scene)

    assert decision.person is called
    assert decision.thresholds["sentiment"] == threshold


def test_switched_off_the_sentiment_calls_nobody() -> None:
    scene = Scene(policy(negative_sentiment={"enabled": False}))
    gate_says(scene, UPSET)

    assert decision_on(scene).person is False
    assert scene.answers


# --- a wish for a person -------------------------------------------------------------------------
def test_a_wish_that_only_the_gates_model_sees_calls_a_person() -> None:
    scene = Scene()
    gate_says(scene, Judgement(sentiment=0, wants_person=True))

    assert decision_on(scene).trigger is Trigger.WANTS_PERSON


def test_a_wish_in_plain_words_calls_a_person_without_asking_the_gates_model() -> None:
    scene = Scene()

    assert decision_on(scene, "I want to talk to a human").trigger is Trigger.WANTS_PERSON
    assert scene.fakes.gate_model.calls == []


def test_switched_off_a_wish_calls_nobody_neither_by_words_nor_by_the_model() -> None:
    scene = Scene(policy(wants_person={"enabled": False}))
    gate_says(scene, Judgement(sentiment=0, wants_person=True))

    assert decision_on(scene, "I want to talk to a human").person is False


OFF = {"enabled": False}


def test_with_all_of_its_triggers_switched_off_the_gates_model_is_not_asked() -> None:
    scene = Scene(policy(wants_person=OFF, negative_sentiment=OFF, no_grounding=OFF))

    scene.asks(QUESTION)

    assert scene.fakes.gate_model.calls == []
    assert scene.answers


def test_small_talk_is_told_apart_also_where_mood_and_wishes_are_switched_off() -> None:
    scene = Scene(policy(wants_person=OFF, negative_sentiment=OFF))
    scene.fakes.retriever.passages = []
    gate_says(scene, Judgement(sentiment=0, wants_person=False, small_talk=True))

    assert decision_on(scene, "hello").person is False


# --- listed words --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("I will call my LAWYER now", True),
        ("my lawyers are many", False),
        ("a C++ question about it", True),
        ("I shall cancel  my contract", False),
        ("please cancel my contract today", True),
    ],
)
def test_a_listed_word_or_phrase_calls_a_person_as_a_whole_word(text: str, called: bool) -> None:
    scene = Scene(policy(listed_word={"words": ["lawyer", "c++", "cancel my contract"]}))

    decision = decision_on(scene, text)

    assert decision.person is called
    if called:
        assert decision.trigger is Trigger.LISTED_WORD


def test_switched_off_a_listed_word_calls_nobody() -> None:
    scene = Scene(policy(listed_word={"words": ["lawyer"], "enabled": False}))

    assert decision_on(scene, "I will call my lawyer now").person is False


# --- repetition ----------------------------------------------------------------------------------
def test_the_same_question_for_the_second_time_calls_a_person() -> None:
    scene = Scene()
    scene.asks(QUESTION)

    decision = decision_on(scene, "how many endpoints may a NEW account run")

    assert decision.trigger is Trigger.REPEATED_QUESTION
    assert decision.observed == {"times": 2, "similarity": 1.0}
    assert decision.thresholds == {"times": 2, "similarity": 0.85}


def test_the_policy_says_how_often_a_question_may_be_asked() -> None:
    scene = Scene(policy(repeated_question={"times": 3}))
    scene.asks(QUESTION)
    assert decision_on(scene).person is False
    assert decision_on(scene).trigger is Trigger.REPEATED_QUESTION


def test_switched_off_a_repeated_question_calls_nobody() -> None:
    scene = Scene(policy(repeated_question={"enabled": False}))
    scene.asks(QUESTION)

    assert decision_on(scene).person is False


def test_a_short_yes_may_be_said_twice() -> None:
    scene = Scene()
    scene.asks("yes please")

    assert decision_on(scene, "yes please").person is False


def test_a_question_from_before_the_hand_back_is_not_a_repetition() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    scene.is_claimed_by(ANNA)
    scene.hands_back(ANNA)

    assert decision_on(scene).person is False


# --- grounding -----------------------------------------------------------------------------------
def test_without_a_passage_a_person_is_called_and_the_model_does_not_answer_from_nothing() -> None:
    scene = Scene()
    scene.fakes.retriever.passages = []

    decision = decision_on(scene)

    assert decision.trigger is Trigger.NO_GROUNDING
    assert decision.observed["no_grounding"] is True
    assert scene.codes == ["cannot_answer", "person_coming"]
    assert not scene.answers
    assert not scene.deltas()


def test_passages_below_the_policys_score_do_not_count() -> None:
    scene = Scene(policy(no_grounding={"minimum_score": 0.9}))

    assert decision_on(scene).trigger is Trigger.NO_GROUNDING
    assert "<passage " not in scene.fakes.answer_model.prompts[0].messages[-1][1]


def test_switched_off_no_grounding_calls_nobody_but_the_customer_is_told_the_truth() -> None:
    scene = Scene(policy(no_grounding={"enabled": False}))
    scene.fakes.retriever.passages = []

    assert decision_on(scene).person is False
    assert scene.codes == ["cannot_answer"]
    assert not scene.answers
    assert not scene.now.pending


def test_the_model_that_says_it_cannot_answer_calls_a_person_with_its_reason() -> None:
    scene = Scene()
    scene.answers_with([CannotAnswer("prices are not covered")])

    decision = decision_on(scene)

    assert decision.trigger is Trigger.NO_GROUNDING
    assert decision.reason == "prices are not covered"
    assert scene.codes == ["cannot_answer", "person_coming"]


def test_small_talk_without_passages_is_answered() -> None:
    scene = Scene()
    scene.fakes.retriever.passages = []
    scene.answers_with(["Hello! How can I help?"])
    gate_says(scene, Judgement(sentiment=0.5, wants_person=False, small_talk=True))

    assert decision_on(scene, "Good morning to you all").person is False
    assert [t.text for t in scene.answers] == ["Hello! How can I help?"]


def test_without_a_knowledge_base_an_answer_needs_no_passage() -> None:
    scene = Scene()
    scene.grounded = False
    scene.fakes.retriever.passages = []

    assert decision_on(scene).person is False
    assert scene.answers


# --- guardrail -----------------------------------------------------------------------------------
def test_a_guardrail_calls_a_person_and_its_text_is_not_sent() -> None:
    scene = Scene()
    scene.answers_with(["Something", Finished("test.answer", "guardrail")])

    assert decision_on(scene).trigger is Trigger.GUARDRAIL
    assert not scene.answers
    assert scene.codes == ["person_coming"]


def test_switched_off_a_guardrail_calls_nobody_and_its_text_is_still_not_sent() -> None:
    scene = Scene(policy(guardrail={"enabled": False}))
    scene.answers_with(["Something", Finished("test.answer", "guardrail")])

    assert decision_on(scene).person is False
    assert not scene.answers
    assert scene.codes == ["cannot_answer"]


# --- the model fails -----------------------------------------------------------------------------
FAILURES = ["throttled", "end_of_life", "timeout", "unavailable"]


@pytest.mark.parametrize("kind", FAILURES)
def test_given_the_answering_model_fails_a_person_is_called(kind: str) -> None:
    scene = Scene()
    scene.answers_with([ModelFailure(kind, "at once")])

    decision = decision_on(scene)

    assert decision.trigger is Trigger.MODEL_FAILURE
    assert kind in decision.reason
    assert scene.codes == ["model_trouble"]
    assert scene.now.owner is Owner.WAITING


def test_given_the_retriever_fails_a_person_is_called() -> None:
    scene = Scene()
    scene.fakes.retriever.script = [ModelFailure("throttled", "no passages")]

    assert decision_on(scene).trigger is Trigger.MODEL_FAILURE


def test_given_the_gates_model_fails_a_person_is_called_and_the_answer_kept_as_draft() -> None:
    scene = Scene()
    gate_says(scene, ModelFailure("timeout", "the gate"))

    decision = decision_on(scene)

    assert decision.trigger is Trigger.MODEL_FAILURE
    assert decision.reason.startswith("the gate:")
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Because."


def test_given_the_model_fails_in_mid_stream_its_pieces_are_withdrawn_and_no_draft_is_kept() -> (
    None
):
    scene = Scene()
    hold = Hold()
    scene.fakes.push.before_send = lambda _, frame: (
        hold.release() if frame.type == "delta" else None
    )
    scene.answers_with([LONG, hold, ModelFailure("unavailable", "cut off")])

    decision = decision_on(scene)

    assert decision.trigger is Trigger.MODEL_FAILURE
    assert len(scene.deltas()) == 1
    assert [w.turn_id for w in scene.withdrawn()] == [scene.deltas()[0].turn_id]
    assert scene.escalation.draft is None
    assert not scene.answers


def test_a_stream_that_ends_without_an_end_is_a_failure() -> None:
    scene = Scene()

    class Breaking(ScriptedAnswerModel):
        def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
            del prompt
            return iter(())

    scene.fakes.answer_model = Breaking()

    assert decision_on(scene).trigger is Trigger.MODEL_FAILURE


def test_an_empty_answer_is_a_failure() -> None:
    scene = Scene()
    scene.answers_with([" \n", Finished("test.answer", "end")])

    assert decision_on(scene).trigger is Trigger.MODEL_FAILURE
    assert not scene.answers


def test_a_mistake_in_a_models_adapter_does_not_leave_the_turn_waiting_for_ever() -> None:
    scene = Scene()
    scene.answers_with([KeyError("mistake")])
    assert decision_on(scene).trigger is Trigger.MODEL_FAILURE

    scene = Scene()
    gate_says(scene, KeyError("mistake"))
    assert decision_on(scene).trigger is Trigger.MODEL_FAILURE


def test_switched_off_a_model_failure_calls_nobody_and_the_customer_is_told() -> None:
    scene = Scene(policy(model_failure={"enabled": False}))
    scene.answers_with([ModelFailure("timeout", "at once")])

    assert decision_on(scene).person is False
    assert scene.codes == ["model_trouble_alone"]
    assert scene.now.owner is Owner.ASSISTANT
    assert not scene.now.pending


def test_switched_off_a_failure_of_the_gate_does_not_stop_the_answer() -> None:
    scene = Scene(policy(model_failure={"enabled": False}))
    gate_says(scene, ModelFailure("timeout", "the gate"))

    scene.asks(QUESTION)

    assert [t.text for t in scene.answers] == ["Because."]


def test_a_model_that_keeps_failing_ends_in_the_truth_and_not_in_a_loop() -> None:
    scene = Scene()
    scene.answers_with([ModelFailure("end_of_life", "gone")])
    for number in (1, 2):
        scene.asks(f"Question {number} about all endpoints")
        scene.machine_opens(f"run-{number}")
        scene.machine_expires()

    for number in (3, 4):
        scene.asks(f"Question {number} about some other things")

    assert len(scene.escalations) == 2
    assert scene.codes[-2:] == ["model_trouble_alone", "model_trouble_alone"]
    assert scene.now.owner is Owner.ASSISTANT
    assert not scene.now.pending


def test_after_an_answer_a_failure_calls_a_person_again() -> None:
    scene = Scene()
    failing: list[AnswerStep] = [ModelFailure("timeout", "once more")]
    scene.answers_with(failing, failing, ["All is well."], failing)
    for number in (1, 2):
        scene.asks(f"Question {number} about all endpoints")
        scene.machine_opens(f"run-{number}")
        scene.machine_expires()
    scene.asks("And the quota of a new account?")

    scene.asks("And what of the price then?")

    assert len(scene.escalations) == 3


# --- thumbs --------------------------------------------------------------------------------------
def rate(scene: Scene, number: int, thumb: Literal["up", "down"]) -> None:
    conversation.rate_turn(
        scene.world,
        scene.conversation_id,
        scene.answers[number].turn_id,
        thumb,
    )


def test_two_thumbs_down_call_a_person() -> None:
    scene = Scene()
    scene.asks("How many endpoints are there?")
    scene.asks("What does one of them cost?")

    rate(scene, 0, "down")
    assert not scene.escalations
    rate(scene, 1, "down")

    assert scene.escalation.trigger is Trigger.THUMBS_DOWN
    assert scene.codes == ["person_coming"]


def test_a_thumb_that_was_changed_to_up_does_not_count() -> None:
    scene = Scene()
    scene.asks("How many endpoints are there?")
    scene.asks("What does one of them cost?")

    rate(scene, 0, "down")
    rate(scene, 0, "up")
    rate(scene, 1, "down")

    assert not scene.escalations
    assert scene.now.thumbs_down == 1


def test_the_same_thumb_pressed_twice_counts_once() -> None:
    scene = Scene()
    scene.asks("How many endpoints are there?")

    rate(scene, 0, "down")
    rate(scene, 0, "down")

    assert not scene.escalations


def test_the_policy_says_how_many_thumbs_and_whether() -> None:
    scene = Scene(policy(thumbs_down={"count": 1}))
    scene.asks("How many endpoints are there?")
    rate(scene, 0, "down")
    assert scene.escalations

    scene = Scene(policy(thumbs_down={"count": 1, "enabled": False}))
    scene.asks("How many endpoints are there?")
    rate(scene, 0, "down")
    assert not scene.escalations


def test_thumbs_from_before_a_hand_back_do_not_count() -> None:
    scene = Scene()
    scene.asks("How many endpoints are there?")
    scene.asks("What does one of them cost?")
    rate(scene, 0, "down")
    scene.is_claimed_by(ANNA)
    scene.hands_back(ANNA)

    rate(scene, 1, "down")

    assert scene.now.thumbs_down == 0
    assert len(scene.escalations) == 1


# --- the button ----------------------------------------------------------------------------------
def test_the_button_works_on_an_empty_conversation() -> None:
    scene = Scene()

    scene.presses_the_button()

    assert scene.now.owner is Owner.WAITING
    assert scene.codes == ["person_coming"]
    assert scene.escalation.trigger is Trigger.BUTTON
    assert len(scene.fakes.bus.of(EscalationRequested)) == 1


def test_the_button_pressed_twice_calls_once() -> None:
    scene = Scene()

    scene.presses_the_button()
    scene.presses_the_button()

    assert len(scene.escalations) == 1
    assert scene.codes == ["person_coming"]


def test_escalations_work_any_number_of_times_one_after_another() -> None:
    scene = Scene()

    for _ in range(5):
        scene.is_claimed_by(ANNA)
        scene.hands_back(ANNA)

    assert [e.status for e in scene.escalations] == [EscalationStatus.HANDED_BACK] * 5
    assert scene.now.owner is Owner.ASSISTANT


def test_two_triggers_at_once_make_one_escalation() -> None:
    scene = Scene()
    gate_says(scene, UPSET)
    scene.writes(QUESTION)
    # The button is faster than the step in which the gate calls somebody.
    scene.fakes.store.before_next_commit = [lambda: None, scene.presses_the_button]

    scene.assistant_works()

    assert [e.trigger for e in scene.escalations] == [Trigger.BUTTON]
    assert scene.codes == ["person_coming"]


# --- the draft -----------------------------------------------------------------------------------
def test_the_withheld_answer_is_kept_for_the_expert_and_not_sent_to_the_customer() -> None:
    scene = Scene()
    scene.answers_with([LONG, "Secret end [2]."])
    gate_says(scene, UPSET)

    message = scene.asks(QUESTION)

    draft = scene.escalation.draft
    assert draft is not None
    assert draft.text.endswith("Secret end [2].")
    assert draft.in_reply_to == message.seq
    assert [s.uri for s in draft.sources] == ["costs.md"]
    assert draft.withheld_because == "the customer is upset"
    assert not any("Secret" in str(f) for f in scene.fakes.push.all_frames("socket-customer"))
    assert not scene.answers


def test_nothing_is_sent_before_the_gate_has_passed() -> None:
    scene = Scene()
    gate_hold, answer_hold = Hold(), Hold()
    gate_says(scene, gate_hold, CALM)
    scene.answers_with([LONG, answer_hold, "End."])
    scene.writes(QUESTION)

    with scene.assistant_at_work():
        answer_hold.reached()
        gate_hold.reached()
        assert not scene.deltas()
        scene.fakes.push.before_send = lambda _, frame: (
            answer_hold.release() if frame.type == "delta" else None
        )
        gate_hold.release()

    assert [d.text for d in scene.deltas()] == [LONG]
    assert scene.answers[0].text == LONG + "End."


def test_the_person_is_called_by_a_rule_before_the_answer_is_made() -> None:
    scene = Scene()
    hold = Hold()
    scene.answers_with([hold, "A draft."])
    scene.writes("I want to talk to a human")
    # The model goes on only after the customer was told.
    scene.fakes.push.before_send = lambda _, frame: hold.release()

    scene.assistant_works()

    assert scene.codes == ["person_coming"]
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "A draft."


# --- the parts of the gate -----------------------------------------------------------------------
def test_similarity_is_symmetric_and_one_for_the_same_words_in_another_order() -> None:
    assert gate.similarity("where is my order", "order: my, is WHERE") == 1
    assert gate.similarity("a b c d", "a b x y") == gate.similarity("a b x y", "a b c d") == 0.5


def test_similarity_looks_at_a_bounded_part_of_a_huge_message() -> None:
    assert gate.similarity("word " * 40_000, "word " * 40_000) == 0.0
