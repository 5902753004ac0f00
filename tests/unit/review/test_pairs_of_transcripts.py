"""Which pairs and corrections a transcript of Tandem holds, as the live module writes it."""

from collections.abc import Sequence
from typing import Any

import pytest

from tandem.live.escalation import request_from_bus
from tandem.live.events import EarlierMessage, EscalationRequested
from tandem.live.models import Judgement, Trigger
from tandem.live.ports import CannotAnswer
from tandem.review.pairs import read_transcript
from tandem.review.talks import (
    LONGEST,
    LONGEST_CONTEXT,
    READ,
    RawPair,
    Redacted,
    Said,
    Talk,
    Unreadable,
)
from tests.fakes import UPSET
from tests.review_fakes import FakeRedactor
from tests.scene import ANNA, BORIS
from tests.unit.review.archived import Archived, corrections, pairs

LIMITS = "How many endpoints may a new account run?"
COSTS = "What does an idle endpoint cost me?"
SMALL_TALK = Judgement(sentiment=0.5, wants_person=False, small_talk=True)


def asked(*questions_and_answers: tuple[str, str]) -> Archived:
    scene = Archived()
    for question, answer in questions_and_answers:
        scene.answers_with([answer])
        scene.asks(question)
    return scene


def shown(found: list[Any]) -> list[tuple[str, str]]:
    return [(pair.question, pair.answer) for pair in found]


# --- pairs ---------------------------------------------------------------------------------------
def test_each_answer_of_the_assistant_is_a_pair_with_what_it_answers() -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "The same as a busy one."))

    first, second = pairs(scene)

    assert shown([first, second]) == [(LIMITS, "Two."), (COSTS, "The same as a busy one.")]
    assert first.conversation_id == scene.conversation_id
    assert [first.turn_id, second.turn_id] == [answer.turn_id for answer in scene.answers]
    assert (first.model_id, first.language, first.channel) == ("test.answer", "en", "socket")
    assert first.answered_at == scene.answers[0].at
    assert not first.escalated
    assert not first.thumbs_down


def test_what_was_said_before_the_question_is_its_context_the_newest_few() -> None:
    scene = asked(("One?", "1."), ("Two?", "2."), ("Three?", "3."))

    first, _, third = pairs(scene, context_turns=3)

    assert first.context == ()
    assert [(turn.author, turn.text) for turn in third.context] == [
        ("assistant", "1."),
        ("customer", "Two?"),
        ("assistant", "2."),
    ]
    assert pairs(scene, context_turns=0)[2].context == ()


def test_status_lines_are_neither_question_nor_context() -> None:
    scene = asked((LIMITS, "Two."))
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Three, for you.")
    scene.hands_back(ANNA)
    scene.answers_with(["Nothing."])
    scene.asks(COSTS)

    pair = pairs(scene, context_turns=20)[-1]

    assert [(turn.author, turn.text) for turn in pair.context] == [
        ("customer", LIMITS),
        ("assistant", "Two."),
        ("expert", "Three, for you."),
    ]


def test_several_messages_before_one_answer_are_one_question() -> None:
    document = asked((LIMITS, "Two.")).document
    first = document["turns"][0]
    for turn in document["turns"][1:]:
        turn["seq"] += 1
        turn["in_reply_to"] = turn["in_reply_to"] and turn["in_reply_to"] + 1
    document["turns"].insert(1, {**first, "seq": 2, "turn_id": "more", "text": "In Frankfurt."})

    (pair,) = pairs(read_transcript(document))

    assert pair.question == f"{LIMITS}\nIn Frankfurt."
    assert pair.context == ()


def test_messages_that_were_written_at_once_are_answered_one_by_one() -> None:
    scene = Archived()
    scene.answers_with(["Two."], ["The same."])
    scene.writes(LIMITS)
    scene.writes(COSTS)
    scene.assistant_works()

    found = pairs(scene)

    assert shown(found) == [(LIMITS, "Two."), (COSTS, "The same.")]
    assert found[0].context == ()
    assert [turn.text for turn in found[1].context] == [LIMITS]


def test_a_question_that_a_status_line_dealt_with_is_no_part_of_the_next() -> None:
    scene = Archived()
    scene.writes("Let me talk to a human being, please.")
    scene.assistant_works()
    scene.machine_opens()
    scene.machine_notifies()
    scene.machine_expires()
    scene.asks(LIMITS)

    assert [pair.question for pair in pairs(scene)] == [LIMITS]


def test_experts_answers_are_no_pairs() -> None:
    scene = Archived()
    scene.writes(LIMITS)
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Two.")

    assert pairs(scene) == []


def test_the_confidence_is_the_best_score_that_the_retriever_gave() -> None:
    (pair,) = pairs(asked((LIMITS, "Two [1].")))

    assert pair.confidence == 0.8
    assert pair.sources == ("quotas.md",)


def test_without_a_score_in_the_decision_the_sources_say_it() -> None:
    document = asked((LIMITS, "Two [2].")).document
    for turn in document["turns"]:
        turn["decision"] = None

    (pair,) = pairs(read_transcript(document))

    assert pair.confidence == 0.6


def test_without_any_score_there_is_no_confidence() -> None:
    scene = Archived()
    scene.grounded = False
    scene.fakes.retriever.passages = []
    scene.asks(LIMITS)

    assert [pair.confidence for pair in pairs(scene)] == [None]


def test_small_talk_has_no_confidence_since_nothing_was_looked_up_for_it() -> None:
    scene = Archived()
    scene.fakes.gate_model.script = [SMALL_TALK]
    scene.asks("Good morning to you!")

    assert [pair.confidence for pair in pairs(scene)] == [None]


@pytest.mark.parametrize(("scored", "kept"), [(7.5, 1.0), (-0.5, 0.0)])
def test_a_score_beyond_the_scale_is_its_end(scored: float, kept: float) -> None:
    document = asked((LIMITS, "Two.")).document
    for turn in document["turns"]:
        turn["decision"] = {"person": False, "observed": {"top_score": scored}}
        turn["sources"] = []

    assert [pair.confidence for pair in pairs(read_transcript(document))] == [kept]


# --- thumbs and escalations ----------------------------------------------------------------------
def test_a_thumb_down_marks_the_answer_that_it_is_for() -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "The same."))
    scene.rates(1, "down")

    assert [pair.thumbs_down for pair in pairs(scene)] == [False, True]


def test_the_newest_thumb_counts() -> None:
    scene = asked((LIMITS, "Two."))
    scene.rates(0, "down")
    scene.fakes.clock.advance(5)
    scene.rates(0, "up")

    assert [pair.thumbs_down for pair in pairs(scene)] == [False]


def test_an_answer_after_which_the_customer_asks_for_a_person_is_escalated() -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "The same."))
    scene.writes("I want to talk to a human being.")
    scene.assistant_works()

    assert [pair.escalated for pair in pairs(scene)] == [False, True]


@pytest.mark.parametrize("call", ["button", "upset", "thumbs"])
def test_so_is_one_before_the_button_anger_or_thumbs(call: str) -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "The same."))
    scene.fakes.clock.advance(5)
    if call == "button":
        scene.presses_the_button()
    elif call == "upset":
        scene.fakes.gate_model.script = [UPSET]
        scene.asks("This is of no use at all!")
    else:
        scene.rates(0, "down")
        scene.rates(1, "down")
    assert scene.escalations

    assert [pair.escalated for pair in pairs(scene)] == [False, True]


def test_an_answer_is_not_to_blame_for_a_next_question_that_nobody_can_answer() -> None:
    scene = asked((LIMITS, "Two."))
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.asks("Who won the cup?")
    assert scene.escalation.trigger is Trigger.NO_GROUNDING

    assert [pair.escalated for pair in pairs(scene)] == [False]


def test_nor_is_an_answer_of_before_an_expert_spoke() -> None:
    scene = asked((LIMITS, "Two."))
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.asks("Who won the cup?")
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Hamburg.")
    scene.hands_back(ANNA)
    scene.fakes.clock.advance(5)
    scene.presses_the_button()

    assert [pair.escalated for pair in pairs(scene)] == [False]


def test_nor_is_one_of_before_an_expert_who_left_and_nobody_came_for() -> None:
    scene = asked((LIMITS, "Two."))
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.asks("Who won the cup?")
    scene.machine_opens()
    scene.claims(ANNA)
    scene.machine_waits_for_resolution()
    scene.says(ANNA, "Let me look.")
    scene.machine_requeues()
    scene.machine_expires()
    scene.fakes.clock.advance(5)
    scene.presses_the_button()
    assert len(scene.escalations) == 2

    assert [pair.escalated for pair in pairs(scene)] == [False]


# --- corrections ---------------------------------------------------------------------------------
def test_an_expert_answers_instead_of_the_draft_that_was_withheld() -> None:
    scene = asked((LIMITS, "Two."))
    scene.answers_with(["It costs nothing."])
    scene.fakes.gate_model.script = [UPSET]
    scene.asks("And why on earth was I charged for it?")
    scene.machine_opens()
    scene.claims(ANNA)
    scene.writes("Hello?")
    scene.says(ANNA, "Let me look.")
    scene.says(ANNA, "Idle endpoints cost the same.")

    (found,) = corrections(scene)

    assert found.question == "And why on earth was I charged for it?"
    assert found.assistant_answer == "It costs nothing."
    assert found.expert_answer == "Let me look.\nIdle endpoints cost the same."
    assert found.model_id == "test.answer"
    assert found.conversation_id == scene.conversation_id
    assert found.correction_id == scene.escalation.escalation_id


def test_an_experts_answer_has_the_questions_context_and_language() -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "The same."))
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.writes("And for two?")
    scene.assistant_works()
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Twice as much.")

    (found,) = corrections(scene)

    assert (found.question, found.expert_answer) == ("And for two?", "Twice as much.")
    assert [(turn.author, turn.text) for turn in found.context] == [
        ("customer", LIMITS),
        ("assistant", "Two."),
        ("customer", COSTS),
        ("assistant", "The same."),
    ]
    assert found.language == "en"


def test_the_context_of_an_answer_that_was_not_accepted_ends_before_its_question() -> None:
    scene = asked((LIMITS, "Two."), (COSTS, "No idea."))
    scene.writes("Let me talk to a human being.")
    scene.assistant_works()
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "The same as a busy one.")

    (found,) = corrections(scene)

    assert found.question == COSTS
    assert [turn.text for turn in found.context] == [LIMITS, "Two."]


def test_or_instead_of_the_answer_that_the_customer_did_not_accept() -> None:
    scene = asked((LIMITS, "Two."))
    scene.answers_with(["Sorry, I am a machine."])
    scene.writes("Let me talk to a human being.")
    scene.assistant_works()
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Three, since last week.")

    (found,) = corrections(scene)

    assert (found.question, found.assistant_answer) == (LIMITS, "Two.")
    assert found.expert_answer == "Three, since last week."


def test_where_there_is_neither_nothing_stands_beside_it() -> None:
    scene = Archived()
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.asks("Who won the cup?")
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Hamburg.")

    (found,) = corrections(scene)

    assert (found.question, found.expert_answer) == ("Who won the cup?", "Hamburg.")
    assert found.assistant_answer is None
    assert found.model_id is None


@pytest.mark.parametrize("happens", ["nobody comes", "nobody answers", "nothing was asked"])
def test_no_answer_of_an_expert_to_a_question_is_no_correction(happens: str) -> None:
    scene = Archived()
    if happens != "nothing was asked":
        scene.writes(LIMITS)
    scene.is_called_for()
    if happens == "nobody comes":
        scene.machine_expires()
    else:
        scene.claims(ANNA)
        if happens == "nothing was asked":
            scene.says(ANNA, "Hello, what can I do for you?")

    assert corrections(scene) == []


def test_two_escalations_are_two_corrections_each_with_its_own_answer() -> None:
    scene = Archived()
    for question, expert, answer in ((LIMITS, ANNA, "Two."), (COSTS, BORIS, "The same.")):
        scene.writes(question)
        scene.is_claimed_by(expert)
        scene.says(expert, answer)
        scene.hands_back(expert)

    found = corrections(scene)

    assert [(each.question, each.expert_answer) for each in found] == [
        (LIMITS, "Two."),
        (COSTS, "The same."),
    ]


def test_what_the_assistant_answers_after_the_hand_back_is_no_part_of_it() -> None:
    scene = Archived()
    scene.writes(LIMITS)
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Two.")
    scene.hands_back(ANNA)
    scene.asks(COSTS)

    assert [each.expert_answer for each in corrections(scene)] == ["Two."]
    assert [pair.question for pair in pairs(scene)] == [COSTS]


def test_what_another_chatbot_said_before_it_called_a_person_counts() -> None:
    scene = Archived()
    messages = (
        EarlierMessage(author="customer", text=LIMITS),
        EarlierMessage(author="assistant", text="No idea."),
    )
    scene.conversation_id = "theirs"
    request_from_bus(
        scene.world,
        EscalationRequested(
            id="e-1",
            time=scene.fakes.clock.now(),
            conversation_id="theirs",
            escalation_id="theirs-1",
            messages=messages,
        ),
    )
    scene.claims(ANNA)
    scene.says(ANNA, "Two.")
    talk = scene.talk

    assert [(p.question, p.answer, p.escalated) for p in talk.pairs] == [(LIMITS, "No idea.", True)]
    (found,) = corrections(talk)
    assert (found.question, found.assistant_answer) == (LIMITS, "No idea.")


# --- personal data and hostile texts -------------------------------------------------------------
def test_nothing_leaves_before_its_personal_data_is_out() -> None:
    scene = Archived()
    scene.answers_with(["I wrote to jo@example.com ."])
    scene.asks("I am jo@example.com , where is it?")
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Anna here, I wrote to jo@example.com again.")
    talk = scene.talk

    kept = [pairs(talk), corrections(talk)]

    assert "@" not in str(kept)
    assert "Anna" not in str(kept)
    assert "[name] here, I wrote to [email] again." in str(kept)


def test_a_name_that_only_another_message_introduces_is_out_of_what_is_kept() -> None:
    talk = Talk(
        conversation_id="c",
        said=(
            Said("customer", "my name is Xiomara , hello"),
            Said("assistant", "Hello."),
            Said("customer", "Where is it?"),
            Said("assistant", "Gone, Xiomara."),
        ),
        pairs=(RawPair(turn_id="t", question="Where is it?", answer="Gone, Xiomara.", begins=2),),
    )

    (pair,) = pairs(talk, context_turns=0)

    assert (pair.question, pair.answer) == ("Where is it?", "Gone, [name].")


def test_one_call_takes_the_personal_data_out_of_a_whole_conversation() -> None:
    calls: list[tuple[list[str], Sequence[str]]] = []

    class Noting(FakeRedactor):
        def redact(
            self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
        ) -> list[str]:
            calls.append((list(texts), names))
            return super().redact(texts, names, beside)

    scene = asked(("One?", "1."), ("Two?", "2."))
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "3.")
    talk = scene.talk
    redacted = Redacted(talk, talk.pairs, Noting(), 4)
    _ = [redacted.pair(raw) for raw in talk.pairs], redacted.corrections()

    ((texts, names),) = calls
    assert sorted(filter(None, texts)) == ["1.", "2.", "3.", "One?", "Two?"]
    assert "Anna" in names


def test_a_long_text_is_cut_with_a_mark_and_no_half_address_stays_at_the_cut() -> None:
    address = "somebody@example.com"
    shrinking = "a@b.example " * 400
    assert len(shrinking) + 3449 + len(" somebo") == READ
    talk = Talk(
        conversation_id="c",
        said=(Said("customer", "x " * 5000), Said("customer", "y")),
        pairs=(
            RawPair("t1", "w " * 3990 + address + " more" * 50_000, "a" * 20_000, begins=1),
            RawPair("t2", shrinking + "w" * 3449 + " " + address * 9, "b" * LONGEST, begins=1),
        ),
    )

    first, second = pairs(talk)

    for text in (first.question, first.answer, second.question):
        assert len(text) <= LONGEST
        assert text.endswith("[…]")
    assert second.answer == "b" * LONGEST
    assert "some" not in first.question + second.question
    assert len(first.context[0].text) == LONGEST_CONTEXT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": "tandem.transcript/9"}, "schema"),
        ({"surprise": 1}, "surprise"),
        ({"turns": [{"seq": 1}]}, "turns.0"),
        ({"turns": 7}, "turns"),
        ({"conversation_id": "../../etc/passwd"}, "conversation_id"),
        ({"created_at": "yesterday"}, "created_at"),
    ],
)
def test_what_is_no_transcript_says_what_is_wrong_with_it(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_transcript({**asked((LIMITS, "Two.")).document, **change})


def test_the_reason_repeats_nothing_that_a_customer_wrote() -> None:
    document = asked((LIMITS, "Two.")).document
    document["turns"][0]["text"] = ["my card is 4111 1111 1111 1111"]

    with pytest.raises(Unreadable) as raised:
        read_transcript(document)

    assert "4111" not in str(raised.value)
