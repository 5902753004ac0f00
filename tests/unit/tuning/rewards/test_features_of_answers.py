"""What is measured of an answer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.features import NAMES, measured

QUESTION = "How long does a refund take?"


def of(answer: str, question: str = QUESTION, *context: tuple[str, str]) -> dict[str, float]:
    return dict(zip(NAMES, measured(Asked(question, context), answer), strict=True))


def test_an_empty_answer_is_told_apart() -> None:
    assert of("  ")["empty"] == 1
    assert of("Five days.")["empty"] == 0


def test_the_usual_length_is_that_of_two_or_three_sentences() -> None:
    usual, short, long = (of("word " * count)["unusual_length"] for count in (40, 3, 400))

    assert usual < short
    assert usual < long


def test_the_questions_own_words_count_and_everyday_words_do_not() -> None:
    assert of("A refund takes five days.")["question_covered"] == pytest.approx(1 / 3)
    assert of("How does a long refund take?")["question_covered"] == 1
    assert of("How does it?")["question_covered"] == 0


def test_an_answer_that_only_says_the_question_again_is_an_echo() -> None:
    echo = of("How long does a refund take?")["question_echoed"]

    assert echo == 1
    assert of("Five working days after the parcel is with us.")["question_echoed"] == 0


def test_what_the_assistant_has_said_before_is_no_news() -> None:
    said = ("assistant", "Five working days after the parcel.")

    assert of("Five working days.", QUESTION, said)["said_before"] == 1
    assert of("Five working days.", QUESTION, ("customer", said[1]))["said_before"] == 0


def test_runs_of_words_that_come_again_are_repetition() -> None:
    assert of("It takes five days. " * 4)["repeated"] > 0.6
    assert of("It takes five working days after the parcel is with us.")["repeated"] == 0


def test_citations_count_once_and_are_no_digits() -> None:
    assert of("Five days [1], and [1] says [2].")["citations"] == 2
    assert of("Days [1].")["digits"] == 0
    assert of("5 days")["digits"] > 0


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, I cannot find that.",
        "I don't have information about this.",
        "That is not mentioned in the documents.",
        "Das kann ich leider nicht beantworten.",
        "Je ne sais pas.",
        "No puedo responder.",
    ],
)
def test_a_refusal_is_told_in_several_languages(answer: str) -> None:
    assert of(answer)["refusal"] == 1


@pytest.mark.parametrize("answer", ["You cannot return it.", "A refund takes five days."])
def test_an_answer_that_says_no_is_no_refusal(answer: str) -> None:
    assert of(answer)["refusal"] == 0


def test_an_answer_that_was_cut_off_is_told_apart() -> None:
    assert of("It takes five")["unfinished"] == 1
    assert of("It takes five days [1]")["unfinished"] == 0
    assert of("五个工作日。")["unfinished"] == 0


def test_an_answer_in_another_language_is_told_by_its_small_words() -> None:
    german = "Wie lange dauert die Erstattung, und wann ist das Geld auf dem Konto?"
    english = "It takes five days and the money is in your account."

    assert of(english, german)["other_language"] == 1
    assert of("Das Geld ist in fünf Tagen auf dem Konto.", german)["other_language"] == 0
    assert of("42", german)["other_language"] == 0


def test_an_answer_in_another_script_is_told_apart() -> None:
    assert of("Пять рабочих дней.")["other_script"] == 1
    assert of("Пять дней.", "Сколько длится возврат?")["other_script"] == 0


def test_signs_without_spaces_are_words_of_their_own() -> None:
    assert of("退款需要五天")["length"] == pytest.approx(of("a b c d e f")["length"])


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_written_there_is_one_finite_number_for_each_name(
    question: str, answer: str
) -> None:
    values = measured(Asked(question), answer)

    assert len(values) == len(NAMES)
    assert all(0 <= value < 100 for value in values)


@pytest.mark.parametrize(
    "piece", ["a", " ", "\n", "1.", "`", "aA", "_", "- ", "[1]", "kann ", "i ", ".", "x_"]
)
def test_an_answer_of_a_megabyte_takes_no_longer_than_its_bound(piece: str) -> None:
    begun = time.process_time()

    of(piece * (1_000_000 // len(piece)), piece * 10_000)

    assert time.process_time() - begun < 2
