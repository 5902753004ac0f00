"""Which pairs the policy picks, who a pair is, and which questions are of one topic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review.models import Pair, Pick
from tandem.review.policy import Sampling
from tandem.review.sampling import Sampler, candidate_id, chance
from tandem.review.talks import GivenLabel, RawPair
from tandem.review.topics import topic_of

NONE = Sampling(random_share=0)
LABEL = GivenLabel(5, 1, None, (), "j", None)


def raw(question: str = "Why?", **fields: Any) -> RawPair:
    return RawPair("t", question, fields.pop("answer", "So."), begins=0, **fields)


def pair(**fields: Any) -> Pair:
    return Pair(**{"conversation_id": "c", "turn_id": "t", "question": "Q", "answer": "A"} | fields)


def drawn(sampling: Sampling, pairs: list[RawPair], stratum: str = "en|unknown") -> list[str]:
    sampler = Sampler(sampling)
    return [each.question for each in pairs if sampler.picks(each, stratum)]


# --- reasons -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "picks"),
    [
        ({"escalated": True}, (Pick.ESCALATED,)),
        ({"thumbs_down": True}, (Pick.THUMBS_DOWN,)),
        ({"confidence": 0.49}, (Pick.LOW_CONFIDENCE,)),
        ({"confidence": 0.5}, ()),
        ({"confidence": None}, ()),
        (
            {"thumbs_down": True, "escalated": True, "confidence": 0.0},
            (Pick.ESCALATED, Pick.THUMBS_DOWN, Pick.LOW_CONFIDENCE),
        ),
    ],
)
def test_all_that_went_badly_is_picked(fields: dict[str, Any], picks: tuple[Pick, ...]) -> None:
    sampler = Sampler(NONE)

    assert sampler.picks(raw(**fields), "en") == picks
    assert sampler.may_pick(raw(**fields)) == bool(picks)


def test_each_reason_can_be_switched_off() -> None:
    off = Sampler(
        Sampling(escalated=False, thumbs_down=False, below_confidence=None, random_share=0)
    )

    assert not off.may_pick(raw(escalated=True, thumbs_down=True, confidence=0.0))


def test_what_has_a_label_is_looked_at_whatever_the_policy() -> None:
    assert Sampler(NONE).may_pick(raw(label=LABEL))


def test_what_is_picked_for_a_reason_is_not_drawn_as_well() -> None:
    assert Sampler(Sampling(random_share=1)).picks(raw(escalated=True), "en") == (Pick.ESCALATED,)


# --- the random share ----------------------------------------------------------------------------
MANY = [raw(f"Question {n}?") for n in range(4000)]


def test_a_share_of_the_rest_is_drawn() -> None:
    assert 150 < len(drawn(Sampling(random_share=0.05), MANY)) < 250
    assert drawn(Sampling(random_share=1), MANY) == [each.question for each in MANY]
    assert drawn(NONE, MANY) == []


def test_the_same_seed_draws_the_same_in_any_order_and_another_seed_others() -> None:
    one = drawn(Sampling(random_share=0.05), MANY)

    assert sorted(drawn(Sampling(random_share=0.05), MANY[::-1])) == sorted(one)
    assert set(drawn(Sampling(random_share=0.05, seed="other"), MANY)) != set(one)


def test_a_larger_share_keeps_what_a_smaller_one_drew() -> None:
    few = set(drawn(Sampling(random_share=0.05), MANY))

    assert few < set(drawn(Sampling(random_share=0.2), MANY))


def test_a_stratum_may_have_a_share_of_its_own() -> None:
    policy = Sampling(random_share=0.05, share_of={"de|rare": 0.5, "en|common": 0})

    assert 1800 < len(drawn(policy, MANY, "de|rare")) < 2200
    assert drawn(policy, MANY, "en|common") == []
    assert 150 < len(drawn(policy, MANY, "en|unknown")) < 250
    assert all(Sampler(policy).may_pick(raw(q)) for q in drawn(policy, MANY, "de|rare"))


@pytest.mark.parametrize(
    ("strata", "stratum"),
    [
        (("language", "model"), "de|m-1"),
        (("channel",), "web"),
        (("topic", "language"), "q-1|de"),
        ((), ""),
    ],
)
def test_a_stratum_is_made_of_what_the_policy_says(strata: Any, stratum: str) -> None:
    found = pair(language="de-AT", channel="web", model_id="m-1")

    assert Sampler(Sampling(strata=strata)).stratum(found, "q-1") == stratum


def test_what_is_not_known_is_a_stratum_too() -> None:
    assert Sampler(Sampling()).stratum(pair(), "q-1") == "en|unknown"


@given(st.text(), st.text(), st.text())
def test_every_pair_has_its_own_number(seed: str, question: str, answer: str) -> None:
    number = chance(seed, raw(question, answer=answer))

    assert 0 <= number < 1
    assert number == chance(seed, raw(question, answer=answer, escalated=True, confidence=0.1))


# --- identity ------------------------------------------------------------------------------------
def test_a_pair_is_its_question_answer_and_model_wherever_it_came_up() -> None:
    one = candidate_id(pair(model_id="m"))

    assert one == candidate_id(
        pair(model_id="m", conversation_id="c2", turn_id="t2", thumbs_down=True, question=" Q\n")
    )
    assert len({one, *(candidate_id(pair(**other)) for other in OTHERS)}) == 1 + len(OTHERS)


OTHERS: list[dict[str, Any]] = [
    {"model_id": None},
    {"model_id": "n"},
    {"model_id": "m", "question": "R"},
    {"model_id": "m", "answer": "B"},
    {"model_id": "m", "question": "QA", "answer": ""},
]


# --- topics --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "group",
    [
        ("How do I reset my password?", "how can I RESET the password", "Password reset?"),
        (
            "What does an idle endpoint cost?",
            "What do idle endpoints cost me?",
            "How much is the cost of an endpoint that is idle?",
        ),
        ("Wie ändere ich meine Lieferadresse?", "Bitte, wie ändere ich die Lieferadresse"),
        ("Where is order [number]?", "Where is my order?", "Where is order 4711?"),
        ("¿Cómo cambio la dirección?", "¿Puedo cambio dirección?"),
        ("??", " ?? "),
    ],
)
def test_questions_that_are_nearly_the_same_are_one_topic(group: tuple[str, ...]) -> None:
    assert len({topic_of(question) for question in group}) == 1


def test_other_questions_are_other_topics() -> None:
    questions = (
        "How do I delete an endpoint?",
        "How do I create an endpoint?",
        "How do I reset my password?",
        "What does it cost?",
        "?",
        "",
        "你好吗",
        "再见",
    )
    assert len({topic_of(question) for question in questions}) == len(questions)


@given(st.text())
def test_every_question_has_one_topic_for_ever(question: str) -> None:
    topic = topic_of(question)

    assert topic == topic_of(question)
    assert topic == topic_of(f"  {question}")
    assert len(topic) == 18


def test_a_topic_does_not_change_from_one_version_to_the_next() -> None:
    assert topic_of("How do I reset my password?") == "q-658adf8d733cfbe5"
