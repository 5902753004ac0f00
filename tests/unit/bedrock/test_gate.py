"""The stand-in's gate: which messages deserve a person."""

import statistics
import time

import pytest

from local.bedrock.gate import Gate


@pytest.fixture(scope="module")
def gate() -> Gate:
    gate = Gate()
    gate.warm()
    return gate


def calls(gate: Gate, text: str, *earlier: str) -> bool:
    judged = gate.judge(text, earlier)
    return judged.wants_person or judged.sentiment <= -0.5


@pytest.mark.parametrize(
    "text",
    [
        "You idiots broke my account again!",
        "This is the third time I ask the same question",
        "great, broken again, thanks for nothing",
        "I will sue you",
        "we are losing thousands every minute, production is down and nobody answers",
        "Delete all my personal data immediately, I never consented to this",
        "I'm desperate, I don't know what to do any more",
        "Ich bin stinksauer, niemand meldet sich!",
        "let me speak to someone",
    ],
)
def test_a_person_is_called_for(gate: Gate, text: str) -> None:
    assert calls(gate, text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I kill a running training job?",
        "My job fails with exit code 137, what does it mean?",
        "the accuracy is terrible, which learning rate should I try?",
        "I'm not angry, just curious",
        "Thanks, that solved it!",
        "Does human-in-the-loop review cost extra?",
        "Wie ändere ich mein Passwort?",
        "hello",
    ],
)
def test_no_person_is_called_for(gate: Gate, text: str) -> None:
    assert not calls(gate, text)


def test_anger_is_a_matter_of_sentiment_and_a_wish_of_the_wish(gate: Gate) -> None:
    assert gate.judge("You are a bunch of incompetent liars!").sentiment <= -0.5
    calm = gate.judge("Could I please speak to someone?")
    assert calm.wants_person
    assert calm.sentiment > -0.5


def test_thanks_are_positive(gate: Gate) -> None:
    assert gate.judge("Thank you so much, that was great!").sentiment > 0.3


def test_a_repeated_question_weighs_more_than_the_first(gate: Gate) -> None:
    asked = "Why is the invoice for May still missing?"
    assert gate.judge(asked, (asked,)).sentiment < gate.judge(asked).sentiment


def test_every_call_for_a_person_has_a_reason(gate: Gate) -> None:
    assert "legal" in gate.judge("You will hear from my lawyer").reason


@pytest.mark.parametrize("text", ["", " ", "😀" * 5000, "a" * 20_000, "\x00\uffff", "!" * 3000])
def test_any_text_is_judged(gate: Gate, text: str) -> None:
    assert -1 <= gate.judge(text).sentiment <= 1


def test_a_judgement_takes_few_milliseconds(gate: Gate) -> None:
    times = []
    for _ in range(7):
        began = time.process_time()
        gate.judge("My order has not arrived and I would like to know where it is.")
        times.append(time.process_time() - began)
    assert statistics.median(times) < 0.06
