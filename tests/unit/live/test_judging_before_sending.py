"""How people would rate an answer: the best of several drafts goes out, a bad one is not sent."""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from queue import Empty, SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.live import drafts
from tandem.live.drafts import Made, choose
from tandem.live.errors import ModelFailure
from tandem.live.models import GateDecision, Judgement, Owner, Trigger
from tandem.live.policy import Policy
from tandem.live.ports import CannotAnswer, Finished, Piece, PredictedRating, Prompt
from tests.fakes import PATIENCE_SECONDS, UPSET, AnswerStep, Hold, ManualClock, ScriptedAnswerModel
from tests.scene import ANNA, LONG, Scene

QUESTION = "How many endpoints may a new account run?"
THROTTLED = ModelFailure("throttled", "too many requests")
BLOCKED = Finished("test.answer", "guardrail", {"input": 7, "output": 1})
NOT_THERE = CannotAnswer("the passages speak of costs")
SMALL_TALK = Judgement(sentiment=0.5, wants_person=False, small_talk=True)
PROMPT = Prompt("You answer.", (("user", QUESTION),), 100, 0.0)
LOW = {"predicted_low": {"enabled": True}}


def scene_with(
    best_of: int = 1, triggers: Mapping[str, object] | None = None, *, judge: bool = True
) -> Scene:
    answering = {"best_of": best_of, "draft_temperature": 0.6}
    scene = Scene(Policy.model_validate({"answering": answering, "triggers": triggers or {}}))
    scene.fakes.judges.installed = judge
    return scene


def answered(scene: Scene) -> str:
    scene.asks(QUESTION)
    assert scene.now.owner is Owner.ASSISTANT
    return scene.answers[-1].text


def decided(scene: Scene) -> GateDecision:
    """On the customer's message."""
    decision = scene.turns[0].decision
    assert decision is not None
    return decision


class ByTemperature:
    """`AnswerModel` that gives the same draft at the same temperature, after its hold."""

    model_id = "test.answer"

    def __init__(self, scripts: dict[float, list[AnswerStep]]) -> None:
        self._models = {
            temperature: ScriptedAnswerModel(script) for temperature, script in scripts.items()
        }

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        return self._models[prompt.temperature].stream(prompt)


def drafting(scene: Scene, first: list[AnswerStep], others: list[AnswerStep]) -> None:
    scene.answer_model = ByTemperature({0.0: first, 0.6: others})


# --- the best of several drafts ------------------------------------------------------------------
def test_the_draft_that_people_would_rate_best_goes_out() -> None:
    scene = scene_with(best_of=3)
    scene.answers_with(["Perhaps two."], ["Two, says [1]."], ["Who knows?"])
    scene.fakes.judges.rates(Perhaps=3.1, Two=4.6, Who=1.5)

    assert answered(scene) == "Two, says [1]."
    assert scene.answers[-1].sources[0].numbers == (1,)
    assert len(scene.answers) == 1


def test_it_is_noted_how_the_answer_would_be_rated_and_of_how_many_drafts_it_is_the_best() -> None:
    scene = scene_with(best_of=3)
    scene.fakes.judges.others = PredictedRating(4.256, 0.1234)

    answered(scene)

    for decision in (scene.answers[-1].decision, decided(scene)):
        assert decision is not None
        assert decision.observed["predicted_rating"] == 4.26
        assert decision.observed["chance_low"] == 0.123
        assert decision.observed["drafts"] == 3
        assert decision.observed["top_score"] == 0.8
        assert decision.thresholds == {"sentiment": -0.5}


def test_drafts_are_made_at_the_same_time() -> None:
    scene = scene_with(best_of=3)
    holds = [Hold(), Hold(), Hold()]
    held: list[list[AnswerStep]] = [[hold, "Two."] for hold in holds]
    scene.answers_with(*held)
    scene.writes(QUESTION)

    with scene.assistant_at_work():
        for hold in holds:
            hold.reached()
        for hold in holds:
            hold.release()

    assert scene.answers[-1].text == "Two."


def test_the_first_draft_is_made_as_the_only_one_would_be_and_the_others_are_warmer() -> None:
    scene = scene_with(best_of=4)

    answered(scene)

    prompts = scene.fakes.answer_model.prompts
    assert sorted(prompt.temperature for prompt in prompts) == [0.0, 0.6, 0.6, 0.6]
    assert len({(p.system, p.messages, p.max_tokens) for p in prompts}) == 1


def test_the_tokens_of_all_drafts_are_those_of_the_answer() -> None:
    scene = scene_with(best_of=4)
    scene.answers_with(["Two."], [NOT_THERE], [BLOCKED], [THROTTLED])

    answered(scene)

    assert scene.answers[-1].usage == {"input": 10 + 10 + 7, "output": 5 + 5 + 1}


def test_nothing_is_shown_before_the_drafts_are_judged() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with([LONG, LONG], [LONG, LONG, "The end."])

    answered(scene)

    assert not scene.deltas()
    assert not scene.withdrawn()
    assert scene.shown()[-1] == scene.answers[-1].text


def test_the_judge_is_asked_with_what_was_said_before() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with(["Two."])
    scene.asks(QUESTION)
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "I am here.")

    scene.hands_back(ANNA)
    scene.asks("And models?")
    scene.asks("And regions?")

    first, *_, last = scene.fakes.judges.calls
    assert (first.question, first.context, first.low) == (QUESTION, (), 2.5)
    assert last.question == "And regions?"
    assert last.context == (("customer", "And models?"), ("assistant", "Two."))
    assert set(scene.fakes.judges.asked_for) == {scene.conversation_id}


# --- drafts that come to nothing -----------------------------------------------------------------
def test_a_draft_that_fails_costs_only_itself() -> None:
    scene = scene_with(best_of=3)
    scene.answers_with([THROTTLED], ["Two."], ["Perhaps", RuntimeError("broken")])

    assert answered(scene) == "Two."
    assert scene.fakes.judges.calls[0].answers == ("Two.",)


def test_given_all_drafts_fail_a_person_is_called_as_when_the_only_answer_fails() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with([THROTTLED])

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.MODEL_FAILURE
    assert "too many requests" in scene.escalation.reason
    assert not scene.fakes.judges.calls


def test_a_stream_that_ends_without_an_end_is_a_failed_draft() -> None:
    class Cut:
        model_id = "test.answer"

        def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
            yield Piece("Two")

    scene = scene_with(best_of=2)
    scene.answer_model = Cut()

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.MODEL_FAILURE


def test_a_guardrail_in_one_draft_costs_only_that_draft() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with(["I must not say.", BLOCKED], ["Two."])
    scene.fakes.judges.rates(I=5.0, Two=3.0)

    assert answered(scene) == "Two."


def test_a_guardrail_in_every_draft_calls_a_person() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with(["I must not say.", BLOCKED])

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.GUARDRAIL


def test_an_empty_draft_costs_only_itself() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with(["  "], ["Two."])

    assert answered(scene) == "Two."


def test_drafts_that_are_all_empty_call_a_person() -> None:
    scene = scene_with(best_of=2)
    scene.answers_with([" "])

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.MODEL_FAILURE


def test_one_draft_of_three_that_finds_no_answer_is_not_believed() -> None:
    scene = scene_with(best_of=3)
    scene.answers_with([NOT_THERE], ["Two."], ["Two, I think."])

    assert answered(scene).startswith("Two")


def test_half_of_the_drafts_that_find_no_answer_are_believed() -> None:
    scene = scene_with(best_of=4)
    scene.answers_with([NOT_THERE], ["Two."], [THROTTLED], [NOT_THERE])

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.NO_GROUNDING
    assert scene.escalation.reason == NOT_THERE.reason
    assert scene.escalation.draft is None


MADE = st.builds(
    Made,
    text=st.sampled_from(["", " ", "Two.", "Three."]),
    cannot=st.sampled_from([None, None, NOT_THERE]),
    finished=st.sampled_from([Finished("m", "end", {"output": 1}), BLOCKED]),
) | st.just(Made(failed=THROTTLED))


@given(st.lists(MADE, min_size=1, max_size=8), st.booleans())
def test_whatever_becomes_of_the_drafts_the_best_that_can_go_out_does(
    made: list[Made], judged: bool
) -> None:
    def predict(answers: list[str]) -> list[PredictedRating]:
        return [PredictedRating(3 + ("Three" in answer), 0.1) for answer in answers]

    chosen = choose(made, predict if judged else None)

    usable = [draft for draft in made if draft.failed is None]
    answers = [draft for draft in usable if draft.answers]
    cannot = [d for d in usable if d.cannot and not d.guarded]
    if not usable:
        assert chosen.made.failed is THROTTLED
    elif 2 * len(cannot) >= len(usable):
        assert chosen.made.cannot is NOT_THERE
    elif answers:
        best = "Three." if any(d.text == "Three." for d in answers) else "Two."
        assert chosen.made.text == (best if judged else answers[0].text)
        assert chosen.made.answers
    else:
        assert chosen.made.guarded or not chosen.made.text.strip()
    assert (chosen.prediction is not None) == (judged and chosen.made.answers)


# --- a draft that is late ------------------------------------------------------------------------
def test_given_half_of_the_drafts_are_there_the_others_have_as_long_again() -> None:
    scene = scene_with(best_of=4)
    clock = scene.fakes.clock
    late = Hold()
    slow: list[AnswerStep] = [lambda: clock.advance(3), "Two."]
    scene.answers_with(slow, slow, ["Two."], [late, "Ten."])
    scene.writes(QUESTION)

    with scene.assistant_at_work():
        late.reached()
        # Six seconds for the two that took three each, and at most as much again.
        while not scene.answers:
            clock.advance(0.5)

    assert scene.answers[-1].text == "Two."
    assert decided(scene).observed["drafts"] in {2, 3}
    late.release()


def test_a_draft_is_waited_for_while_fewer_than_half_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = threading.Event()

    class Watched(SimpleQueue[tuple[int, Made]]):
        arrived = False

        def get(self, block: bool = True, timeout: float | None = None) -> tuple[int, Made]:
            try:
                draft = super().get(block, 0.01)
            except Empty:
                if self.arrived:
                    waited.set()
                raise
            self.arrived = True
            return draft

    class Hasty(ManualClock):
        def now(self) -> datetime:
            return self.advance(60)

    monkeypatch.setattr(drafts, "SimpleQueue", Watched)
    late = Hold()
    model = ScriptedAnswerModel(["Two."], [late, "Two."])
    made: list[Made] = []

    def draft() -> None:
        made.extend(drafts.make_drafts(model, [PROMPT] * 4, Hasty()))

    drafting = threading.Thread(target=draft, daemon=True)
    drafting.start()
    assert waited.wait(PATIENCE_SECONDS)
    assert not made
    late.release()
    drafting.join(PATIENCE_SECONDS)

    assert len(made) >= 2


def test_the_lease_is_kept_while_drafts_are_made() -> None:
    scene = scene_with(best_of=2)
    hold = Hold()
    scene.answers_with([hold, "Two."])
    message = scene.writes(QUESTION)

    with scene.assistant_at_work():
        hold.reached()
        scene.fakes.clock.advance(30)
        hold.release()

    assert scene.answers[-1].in_reply_to == message.seq


# --- an answer that would be rated low -----------------------------------------------------------
def test_an_answer_that_is_likely_to_be_rated_low_calls_a_person_who_gets_it_as_a_draft() -> None:
    scene = scene_with(triggers=LOW)
    scene.answers_with(["Who knows?"])
    scene.fakes.judges.rates(Who=2.14)

    scene.asks(QUESTION)

    reason = "an answer like this is likely to be rated low (2.1 of 5 expected)"
    assert scene.now.owner is Owner.WAITING
    assert scene.escalation.trigger is Trigger.PREDICTED_LOW
    assert scene.escalation.reason == reason
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Who knows?"
    assert scene.escalation.draft.withheld_because == reason
    assert scene.codes == ["person_coming"]
    assert not scene.answers
    assert not scene.deltas()


def test_the_decision_holds_the_prediction_and_the_policys_values() -> None:
    low = {"predicted_low": {"enabled": True, "rating": 3, "chance": 0.6}}
    scene = scene_with(triggers=low)
    scene.fakes.judges.others = PredictedRating(2.5, 0.6)

    scene.asks(QUESTION)

    decision = decided(scene)
    assert decision.person
    assert scene.fakes.judges.calls[0].low == 3
    assert decision.observed["predicted_rating"] == 2.5
    assert decision.observed["chance_low"] == 0.6
    assert decision.observed["drafts"] == 1
    assert decision.thresholds == {"sentiment": -0.5, "predicted_rating": 3, "chance_low": 0.6}
    assert decision.gate_model_id == "test.gate"


def test_an_answer_that_is_likely_good_enough_goes_out() -> None:
    scene = scene_with(triggers=LOW)
    scene.fakes.judges.others = PredictedRating(2.6, 0.69)

    assert answered(scene) == "Because."
    assert decided(scene).thresholds["chance_low"] == 0.7


def test_given_the_best_of_several_drafts_is_bad_a_person_is_called_with_that_one() -> None:
    scene = scene_with(best_of=3, triggers=LOW)
    scene.answers_with(["Perhaps two."], ["Who knows?"], ["Hm."])
    scene.fakes.judges.rates(Perhaps=2.2, Who=1.5, Hm=1.0)

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.PREDICTED_LOW
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Perhaps two."


def test_while_the_trigger_is_off_an_answer_that_is_likely_bad_goes_out() -> None:
    scene = scene_with(best_of=2)
    scene.fakes.judges.others = PredictedRating(1.1, 0.99)

    answered(scene)

    assert decided(scene).observed["chance_low"] == 0.99


def test_small_talk_is_not_judged() -> None:
    scene = scene_with(best_of=2, triggers=LOW)
    scene.fakes.gate_model.script = [SMALL_TALK]
    scene.fakes.judges.others = PredictedRating(1.0, 0.99)

    drafting(scene, ["You are welcome."], ["Bye."])
    scene.asks("Thanks a lot!")

    assert scene.answers[-1].text == "You are welcome."
    assert not scene.fakes.judges.calls
    assert "predicted_rating" not in decided(scene).observed


def test_what_calls_a_person_anyway_is_the_reason_and_the_best_draft_goes_to_the_expert() -> None:
    scene = scene_with(best_of=2, triggers=LOW)
    scene.fakes.gate_model.script = [UPSET]
    scene.answers_with(["Who knows?"], ["Two."])
    scene.fakes.judges.rates(Who=1.5, Two=4.5)

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.NEGATIVE_SENTIMENT
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Two."


def test_without_passages_there_is_no_answer_however_well_it_would_be_rated() -> None:
    scene = scene_with(best_of=2, triggers=LOW)
    scene.fakes.retriever.passages = []
    scene.fakes.judges.others = PredictedRating(5.0, 0.0)

    scene.asks(QUESTION)

    assert scene.escalation.trigger is Trigger.NO_GROUNDING


# --- a person is faster --------------------------------------------------------------------------
def test_given_an_expert_takes_over_while_drafts_are_made_none_is_sent() -> None:
    scene = scene_with(best_of=2, triggers=LOW)
    hold = Hold()
    scene.answers_with([hold, "Two."])
    scene.writes(QUESTION)

    with scene.assistant_at_work():
        hold.reached()
        scene.presses_the_button()
        scene.claims(ANNA)
        hold.release()

    assert not scene.answers
    assert len(scene.escalations) == 1
    assert scene.escalation.trigger is Trigger.BUTTON
    assert scene.escalation.draft is not None
    assert scene.escalation.draft.text == "Two."


def test_given_a_person_takes_over_just_before_one_would_be_called_there_is_one_escalation() -> (
    None
):
    scene = scene_with(triggers=LOW)
    scene.fakes.judges.others = PredictedRating(1.5, 0.95)
    scene.writes(QUESTION)
    # The first commit is the lease's; the button is faster than the second, the call's.
    scene.fakes.store.before_next_commit = [lambda: None, scene.presses_the_button]

    scene.assistant_works()

    assert [e.trigger for e in scene.escalations] == [Trigger.BUTTON]
    assert scene.codes == ["person_coming"]


# --- without a judge -----------------------------------------------------------------------------
def test_without_a_judge_there_is_one_answer_and_it_streams() -> None:
    scene = scene_with(best_of=4, triggers=LOW, judge=False)
    scene.answers_with([LONG, "The end."])

    assert answered(scene) == LONG + "The end."
    assert [prompt.temperature for prompt in scene.fakes.answer_model.prompts] == [0.0]
    assert not scene.fakes.judges.calls


def test_nobody_looks_for_a_judge_that_the_policy_does_not_ask_for() -> None:
    scene = scene_with()

    answered(scene)

    assert not scene.fakes.judges.asked_for
    assert "predicted_rating" not in decided(scene).observed


def test_given_the_judge_fails_the_first_draft_goes_out() -> None:
    scene = scene_with(best_of=3, triggers=LOW)
    scene.fakes.judges.failure = RuntimeError("a broken matrix")
    drafting(scene, ["Two."], ["Ten."])

    assert answered(scene) == "Two."
    assert scene.fakes.meter.values("AnswerJudgeFailed") == [1]
    assert "predicted_rating" not in decided(scene).observed


def test_given_nobody_can_say_whether_there_is_a_judge_the_answer_goes_out_as_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = scene_with(best_of=3)

    def broken(_: object) -> None:
        raise RuntimeError("no pointer")

    monkeypatch.setattr(scene.fakes.judges, "for_conversation", broken)

    assert answered(scene) == "Because."
    assert len(scene.fakes.answer_model.prompts) == 1
    assert scene.fakes.meter.values("AnswerJudgeFailed") == [1]
