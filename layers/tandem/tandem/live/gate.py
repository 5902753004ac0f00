"""The gate decides after a customer's message: answer, or call a person, with a reason.

Cheap rules decide first (`by_rules`); then the gate's model (`by_judgement`). What shows only while
the answer is made (nothing to stand on, a guardrail, a failing model) decides by `by_answering`;
how people would rate the answer that was made, by `by_prediction`.
"""

import re
from collections.abc import Sequence

from tandem.live.models import GateDecision, Judgement, Trigger
from tandem.live.policy import Policy
from tandem.live.ports import PredictedRating
from tandem.live.wishes import asks_for_person

_WORD = re.compile(r"\w+")
_COMPARED_CHARACTERS = 2000
_MEANINGFUL_WORDS = 3
"""Shorter messages ("yes", "thank you") are repeated without being the same question."""

ANSWER = GateDecision(person=False)


def by_rules(
    text: str, earlier: Sequence[str], thumbs_down: int, policy: Policy
) -> GateDecision | None:
    """The decision of the rules that need no model; None if they do not call a person.

    `earlier` are the customer's previous messages since the last hand-back.
    """
    triggers = policy.triggers
    if triggers.wants_person.enabled and asks_for_person(text):
        return _person(Trigger.WANTS_PERSON, "the customer asks for a person", words=True)
    if triggers.listed_word.enabled and (word := _listed(text, triggers.listed_word.words)):
        return _person(Trigger.LISTED_WORD, f"the message contains “{word}”", word=word)
    repetition = triggers.repeated_question
    if repetition.enabled:
        similar = [similarity(text, other) for other in earlier]
        same = [value for value in similar if value >= repetition.similarity]
        if len(same) + 1 >= repetition.times:
            return GateDecision(
                person=True,
                trigger=Trigger.REPEATED_QUESTION,
                reason=f"the same question for the {len(same) + 1}. time",
                observed={"times": len(same) + 1, "similarity": round(max(same), 3)},
                thresholds={
                    "times": repetition.times,
                    "similarity": repetition.similarity,
                },
            )
    return by_thumbs(thumbs_down, policy)


def by_thumbs(thumbs_down: int, policy: Policy) -> GateDecision | None:
    """Whether several thumbs-down since the last hand-back call a person."""
    thumbs = policy.triggers.thumbs_down
    if thumbs.enabled and thumbs_down >= thumbs.count:
        return GateDecision(
            person=True,
            trigger=Trigger.THUMBS_DOWN,
            reason=f"{thumbs_down} answers were rated down",
            observed={"thumbs_down": thumbs_down},
            thresholds={"thumbs_down": thumbs.count},
        )
    return None


def asks_model(policy: Policy) -> bool:
    """Whether any trigger needs the gate's model: for the last one, it tells small talk apart."""
    triggers = policy.triggers
    return any(
        switch.enabled
        for switch in (triggers.negative_sentiment, triggers.wants_person, triggers.no_grounding)
    )


def asks_judge(policy: Policy) -> bool:
    """Whether answers are judged before they go out."""
    return policy.triggers.predicted_low.enabled or policy.answering.best_of > 1


def by_judgement(judgement: Judgement, model_id: str, policy: Policy) -> GateDecision:
    """The decision on what the gate's model said."""
    sentiment = policy.triggers.negative_sentiment
    observed: dict[str, float | bool | str] = {
        "sentiment": round(judgement.sentiment, 3),
        "wants_person": judgement.wants_person,
        "small_talk": judgement.small_talk,
        "model_reason": judgement.reason,
    }
    thresholds: dict[str, float | bool | str] = {"sentiment": sentiment.threshold}
    trigger = None
    if policy.triggers.wants_person.enabled and judgement.wants_person:
        trigger, reason = Trigger.WANTS_PERSON, "the customer asks for a person"
    elif sentiment.enabled and judgement.sentiment <= sentiment.threshold:
        trigger, reason = Trigger.NEGATIVE_SENTIMENT, "the customer is upset"
    else:
        reason = ""
    return GateDecision(
        person=trigger is not None,
        trigger=trigger,
        reason=reason,
        observed=observed,
        thresholds=thresholds,
        gate_model_id=model_id,
    )


def by_answering(
    trigger: Trigger, reason: str, so_far: GateDecision, policy: Policy
) -> GateDecision:
    """The decision on something that showed while the answer was made.

    Keeps what was observed before. Not a person if the policy switches this trigger off.
    """
    person = policy.triggers.enabled(trigger)
    return so_far.model_copy(
        update={
            "person": person,
            "trigger": trigger if person else None,
            "reason": reason,
            "observed": {**so_far.observed, trigger.value: True},
        }
    )


def by_prediction(
    prediction: PredictedRating, drafts: int, so_far: GateDecision, policy: Policy
) -> GateDecision:
    """The decision on how people would rate the answer that is ready.

    Keeps what was observed before, and adds the prediction where it calls nobody too.
    """
    low = policy.triggers.predicted_low
    decision = so_far.model_copy(
        update={
            "observed": {
                **so_far.observed,
                "predicted_rating": round(prediction.rating, 2),
                "chance_low": round(prediction.chance_low, 3),
                "drafts": drafts,
            }
        }
    )
    if not low.enabled:
        return decision
    person = prediction.chance_low >= low.chance
    called: dict[str, object] = {
        "person": True,
        "trigger": Trigger.PREDICTED_LOW,
        "reason": "an answer like this is likely to be rated low"
        f" ({prediction.rating:.1f} of 5 expected)",
    }
    thresholds = {"predicted_rating": low.rating, "chance_low": low.chance}
    return decision.model_copy(
        update={
            "thresholds": {**so_far.thresholds, **thresholds},
            **(called if person else {}),
        }
    )


def similarity(one: str, other: str) -> float:
    """Dice coefficient of the words of two messages, 0..1; 0 for messages of under three words."""
    first, second = _words(one), _words(other)
    if min(len(first), len(second)) < _MEANINGFUL_WORDS:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text[:_COMPARED_CHARACTERS].casefold()))


def _listed(text: str, words: Sequence[str]) -> str | None:
    lowered = text.casefold()
    for word in words:
        # Whole words, also where the listed phrase begins or ends with a sign ("C++").
        if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", lowered):
            return word
    return None


def _person(trigger: Trigger, reason: str, **observed: float | bool | str) -> GateDecision:
    return GateDecision(person=True, trigger=trigger, reason=reason, observed=observed)
