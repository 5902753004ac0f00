"""What is told of answers without a judge, and which questions of a test are asked."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.tuning import answer_figures as figures
from tandem.tuning import models
from tandem.tuning.frozen_test import chosen
from tests.unit.tuning.judging_scene import line


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n",
        "…?!",
        "I cannot answer this question.",
        "I’m sorry, but I can’t help with that.",
        "Sorry, I don't know.",
        "As an AI, I have no opinions.",
        "The passages do not contain the answer to your question.",
        "Diese Frage kann ich nicht beantworten.",
        "Désolé, je ne peux pas répondre à cette question.",
        "Lo siento, no puedo responder a eso.",
    ],
)
def test_what_is_no_answer_is_known_as_none(answer: str) -> None:
    assert figures.is_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "No.",
        "4",
        "端点",
        "You cannot answer a ticket before it is assigned to you.",
        "Open the page. " * 30 + "If that does not help, I cannot answer more than that.",
    ],
)
def test_an_answer_that_is_one_is_no_refusal(answer: str) -> None:
    assert not figures.is_refusal(answer)


def test_repetition_is_of_word_triples_within_one_answer() -> None:
    assert figures.repetition(["a b c d", "a b c d"]) == 0
    assert figures.repetition(["a b c a b c"]) == 1 / 4
    assert figures.repetition(["one two"]) == 0
    assert figures.repetition(["A b C. a B c!"]) == 1 / 4
    assert figures.repetition(["端点端点端点"]) == 2 / 4


def test_answers_for_several_questions_are_counted_however_they_are_written() -> None:
    assert figures.share_for_several(["It is so.", "it is  so", "Else."]) == 2 / 3
    assert figures.share_for_several(["", "", "Else."]) == 0
    assert figures.share_for_several([]) == 0


def test_the_mean_length_is_of_those_that_are_answers() -> None:
    assert figures.mean_length(["four", "", " sixsix "]) == 5
    assert figures.mean_length(["", " "]) == 0


@given(st.text(max_size=300))
def test_citations_are_taken_out_and_nothing_else(text: str) -> None:
    plain = text.replace("[", "(").replace("]", ")")

    assert figures.without_citations(f"{plain}x [1] y[23].") == f"{plain}x y.".strip()


# --- which questions -----------------------------------------------------------------------------
@given(
    topics=st.lists(st.integers(0, 6), min_size=1, max_size=40),
    most=st.integers(1, 50),
)
def test_the_same_questions_are_chosen_in_whatever_order_they_come_and_topics_take_turns(
    topics: list[int], most: int
) -> None:
    questions = [
        models.TestAnswers.model_validate(line(number) | {"topic": f"t{topic}"})
        for number, topic in enumerate(topics)
    ]
    found = chosen(questions, most)

    assert found == chosen(reversed(questions), most)
    assert len(found) == min(most, len(questions))
    all_of, of = Counter(q.topic for q in questions), Counter(q.topic for q in found)
    fewest = min((of[t] for t in all_of if of[t] < all_of[t]), default=max(of.values()))
    assert max(of.values()) <= fewest + 1
