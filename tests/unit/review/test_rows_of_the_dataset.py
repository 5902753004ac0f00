"""What labels, better answers and experts' answers become."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.review.data_card import FEATURES, card
from tandem.review.dataset_rows import (
    ROWS,
    Kind,
    LeftOut,
    Split,
    same_question,
    same_text,
)
from tandem.review.models import ContextTurn, Pick
from tests.review_fakes import ReviewFakes
from tests.unit.review.dataset_scene import (
    all_rows,
    built,
    correct,
    demonstrations,
    fakes_with,
    folder,
    label,
    labels,
    manifest,
    preferences,
    ratings,
    withdraw,
)


def test_a_label_becomes_a_rating_with_the_reward_that_people_gave() -> None:
    fakes = fakes_with()
    context = (ContextTurn(author="customer", text="Hello"),)
    label(fakes, 1, rating=2.5, raters=3, agreement=0.8, context=context, language="de")

    (row,) = ratings(fakes, built(fakes))

    assert (row.prompt, row.response) == ("Question 1?", "Answer 1.")
    assert (row.reward, row.raters, row.agreement) == (2.5, 3, 0.8)
    assert (row.source, row.model_id, row.topic) == ("reviewers", "test.model", "topic-1")
    assert (row.language, row.picks, row.context) == ("de", (Pick.RANDOM,), context)


def test_what_a_lead_decided_says_so() -> None:
    fakes = fakes_with()
    label(fakes, 1, rule="adjudicated")

    assert ratings(fakes, built(fakes))[0].source == "lead"


def test_a_better_answer_is_preferred_and_demonstrated() -> None:
    fakes = fakes_with()
    label(fakes, 1, better=("Better 1.", "Better still."))

    dataset = built(fakes)

    pairs = {(p.prompt, p.chosen, p.rejected, p.chosen_by) for p in preferences(fakes, dataset)}
    assert pairs == {
        ("Question 1?", "Better 1.", "Answer 1.", "reviewer"),
        ("Question 1?", "Better still.", "Answer 1.", "reviewer"),
    }
    assert {p.model_id for p in preferences(fakes, dataset)} == {"test.model"}
    written = {(d.response, d.written_by) for d in demonstrations(fakes, dataset)}
    assert written == {("Better 1.", "reviewer"), ("Better still.", "reviewer")}


def test_an_experts_answer_is_preferred_to_the_assistants() -> None:
    fakes = fakes_with()
    label(fakes, 1)
    correct(fakes, 1)

    dataset = built(fakes)

    (pair,) = preferences(fakes, dataset)
    assert (pair.prompt, pair.chosen) == ("Hard question 1?", "Expert's answer 1.")
    assert (pair.rejected, pair.model_id) == ("Weak answer 1.", "test.model")
    assert (pair.chosen_by, pair.topic) == ("expert", "hard-1")


def test_an_experts_answer_where_no_model_had_one_is_a_demonstration() -> None:
    fakes = fakes_with()
    label(fakes, 1)
    correct(fakes, 1, assistant_answer=None, model_id=None)

    dataset = built(fakes)

    assert preferences(fakes, dataset) == []
    (row,) = demonstrations(fakes, dataset)
    assert (row.prompt, row.response) == ("Hard question 1?", "Expert's answer 1.")
    assert row.written_by == "expert"


def left_out(fakes: ReviewFakes) -> dict[LeftOut, int]:
    return manifest(fakes, built(fakes)).left_out


def test_what_is_empty_is_left_out_and_counted() -> None:
    fakes = fakes_with()
    label(fakes, 1, better=(" \n",))
    label(fakes, 2, question="\u00a0\t")
    label(fakes, 3, answer=" ")
    correct(fakes, 1, question="  ")
    correct(fakes, 2, expert_answer="\n", assistant_answer=None)

    assert left_out(fakes) == {LeftOut.EMPTY: 5}


def test_an_answer_is_not_preferred_to_itself() -> None:
    fakes = fakes_with()
    label(fakes, 1, answer="So  it IS.", better=("so it is.",))

    assert left_out(fakes) == {LeftOut.CHOSEN_IS_REJECTED: 1}


def test_preferences_that_contradict_each_other_are_left_out() -> None:
    fakes = fakes_with()
    label(fakes, 1, topic="t", question="Q?", answer="A.", better=("B.",))
    correct(fakes, 1, topic="t", question="q?", expert_answer="a.", assistant_answer="b.")
    correct(fakes, 2)

    dataset = built(fakes)

    assert [pair.chosen for pair in preferences(fakes, dataset)] == ["Expert's answer 2."]
    assert manifest(fakes, dataset).left_out == {LeftOut.CONFLICTING: 2}


# --- duplicates ----------------------------------------------------------------------------------
def test_the_same_texts_are_one_row_with_the_mean_of_their_ratings() -> None:
    fakes = fakes_with()
    same: dict[str, Any] = {"topic": "t", "question": "Why?", "answer": "So."}
    label(fakes, 1, **same, rating=5, raters=3, agreement=0.9)
    label(fakes, 2, **same | {"question": "why?  ", "answer": "so.", "model_id": "other"},
          rating=1, raters=1, agreement=None, conversations=("talk-9",))  # fmt: skip

    dataset = built(fakes)

    (row,) = ratings(fakes, dataset)
    assert (row.prompt, row.response) == ("Why?", "So.")
    assert (row.reward, row.raters) == (4, 4)
    assert row.agreement == 0
    assert row.model_id is None
    assert manifest(fakes, dataset).left_out == {LeftOut.DUPLICATE: 1}
    assert fakes.records.datasets_of("talk-1") == fakes.records.datasets_of("talk-9") == [1]


def test_what_a_lead_decided_counts_alone_among_the_same_texts() -> None:
    fakes = fakes_with()
    same: dict[str, Any] = {"topic": "t", "question": "Why?", "answer": "So."}
    label(fakes, 1, **same, rating=5, raters=9)
    label(fakes, 2, **same, rating=2, raters=1, rule="adjudicated", agreement=0.5)

    (row,) = ratings(fakes, built(fakes))

    assert (row.reward, row.raters, row.source) == (2, 1, "lead")
    assert row.agreement == 0.5


def test_the_same_preference_is_one_and_the_experts_if_an_expert_said_it() -> None:
    fakes = fakes_with()
    label(fakes, 1, topic="t", question="Q?", answer="A.", better=("B.", "b."))
    correct(fakes, 1, topic="t", question="Q?", expert_answer="B.", assistant_answer="A.")

    dataset = built(fakes)

    (pair,) = preferences(fakes, dataset)
    assert (pair.chosen, pair.chosen_by, pair.model_id) == ("B.", "expert", "test.model")
    (written,) = demonstrations(fakes, dataset)
    assert written.written_by == "expert"


def test_answers_that_differ_in_a_sign_are_different() -> None:
    fakes = fakes_with()
    label(fakes, 1, topic="t", question="Which?", answer="Use C.")
    label(fakes, 2, topic="t", question="Which?", answer="Use C++.")

    assert len(ratings(fakes, built(fakes))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("How do I cancel?", "how do i  CANCEL"), ("naïve", "nai\u0308ve"), ("№5!", "No5")],
)
def test_questions_that_differ_in_spelling_only_are_the_same(one: str, other: str) -> None:
    assert same_question(one) == same_question(other)


def test_questions_of_signs_alone_are_told_apart() -> None:
    assert same_question("???") != same_question("!!!")
    assert same_text("C++") != same_text("C")


# --- what must not be in it ----------------------------------------------------------------------
def test_no_row_names_a_conversation_or_a_candidate() -> None:
    fakes = fakes_with()
    labels(fakes, range(30))
    label(fakes, 40, better=("Better.",), conversations=("talk-40", "talk-41"))
    correct(fakes, 1)
    files = folder(fakes, built(fakes))

    for path, body in files.items():
        for name in (b"talk-", b"desk-", b"c000", b"k1", b'"job"'):
            assert name not in body, path


def test_the_id_of_a_row_is_of_its_texts_alone() -> None:
    one, other = fakes_with(), fakes_with()
    label(one, 1, question="Q?", answer="A.", rating=1, conversations=("x",))
    label(other, 2, question="Q?", answer="A.", rating=5, topic="other", conversations=("y",))

    assert ratings(one, built(one))[0].id == ratings(other, built(other))[0].id


HOSTILE = [
    "a\nb\r\nc\x0b\x0cd",
    "a\u2028b\u2029c\u0085d\x1ce\x1df\x1eg",
    "nul \x00 \x01 \x1b[31m \x7f",
    "😀 👨‍👩‍👧 \U0010ffff",
    '"}\n{"id": "x", "prompt": "',
    "\\u2028 \\n \\",
    "\u202eright to left\u202c",
    "ﷺ" * 400,
    "--- \n# Title\n```",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_survive_as_lines(text: str) -> None:
    fakes = fakes_with()
    label(fakes, 1, question=text, answer="A " + text, better=("B " + text,), model_id=text)
    dataset = built(fakes)

    (row,) = ratings(fakes, dataset)
    assert (row.prompt, row.response) == (text.strip(), ("A " + text).strip())
    assert row.model_id == text
    body = folder(fakes, dataset)[Kind.RATINGS.path(Split.TRAIN)].decode()
    assert len(body.splitlines()) == 1
    assert json.loads(body)["prompt"] == text.strip()
    assert len(preferences(fakes, dataset)) == 1


def test_half_a_surrogate_pair_never_comes_in() -> None:
    with pytest.raises(ValueError, match="unicode"):
        label(fakes_with(), 1, question="\ud83d")


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_any_text_survives_as_a_line(question: str, answer: str) -> None:
    fakes = fakes_with()
    label(fakes, 0)
    label(fakes, 1, question=question, answer=answer)

    dataset = built(fakes)

    body = folder(fakes, dataset)
    lines = [
        line for split in Split for line in body[Kind.RATINGS.path(split)].decode().splitlines()
    ]
    prompts = {json.loads(line)["prompt"] for line in lines}
    kept = question.strip() and answer.strip()
    assert (question.strip() in prompts) == bool(kept)


# --- manifest and card ---------------------------------------------------------------------------
def test_the_manifest_counts_what_is_in_the_dataset() -> None:
    fakes = fakes_with()
    for number in range(30):
        label(fakes, number, rating=1 + number % 5, language="de" if number % 3 else "en")
    label(fakes, 30, model_id=None, rule="adjudicated", agreement=None, raters=1, rating=4.5)
    correct(fakes, 1)
    withdraw(fakes, "talk-29", "never-sampled")

    dataset = built(fakes)

    said = manifest(fakes, dataset)
    whose = [said.sources[Kind.RATINGS][split] for split in Split]
    assert sum(counts.get("reviewers", 0) for counts in whose) == 29
    assert sum(counts.get("lead", 0) for counts in whose) == 1
    ratings_of_all = [said.ratings[split] for split in Split]
    assert [sum(counts[str(r)] for counts in ratings_of_all) for r in range(1, 6)] == [
        6, 6, 6, 6, 6
    ]  # fmt: skip
    assert said.models == {"test.model": 29, "unknown": 1}
    assert said.languages == {"de": 19, "en": 11}
    assert said.picks[Pick.RANDOM] == 30
    assert said.sampling_policies == {"abc123": 30}
    assert said.mean_agreement == 0.75
    assert said.withdrawals == 2
    assert said.left_out == {LeftOut.WITHDRAWN: 1}
    assert (said.test_series, said.series_drawn, said.seed) == (1, (1,), "tandem")
    assert sum(said.topics.values()) == 31
    assert said.previous is None


def test_the_card_can_be_read_by_a_person() -> None:
    fakes = fakes_with()
    labels(fakes, range(30))
    text = folder(fakes, built(fakes))["README.md"].decode()

    for expected in (
        "# Dataset, version 1",
        "of 30 conversations (test series 1, seed `tandem`)",
        "## What it is too small for",
        "There are no preferences: the configuration `preferences` is not there.",
        "neither centred nor scaled",
        "This is the first version.",
        "| `test.model` | 30 |",
        "0 conversations withdrawn so far.",
    ):
        assert expected in text, expected


def test_a_name_from_outside_is_only_text_in_the_card() -> None:
    fakes = fakes_with()
    label(fakes, 1, model_id="evil | `x`\n---\nconfigs: []", language="no")
    label(fakes, 2, language="en]\n- x")
    dataset = built(fakes)

    text = card(manifest(fakes, dataset))

    assert text.count("\n---\n") == 1
    assert "| `evil ? ?x??---?configs: []` | 1 |" in text
    assert '\nlanguage:\n- "no"\nconfigs:' in text


@pytest.mark.parametrize("kind", Kind)
def test_the_card_names_the_columns_that_the_rows_have(kind: Kind) -> None:
    assert list(FEATURES[kind]) == list(ROWS[kind].model_fields)


def test_every_row_says_which_topic_it_is_of() -> None:
    fakes = fakes_with()
    labels(fakes, range(40), topics=12)
    dataset = built(fakes)

    topics = {row.topic for found in all_rows(fakes, dataset).values() for row in found}
    assert topics == {f"topic-{number}" for number in range(12)}
