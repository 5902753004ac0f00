"""Words that ask for a person, in sixteen languages, and words that only look so."""

import time

import pytest

from tandem.live.wishes import asks_for_person

WISHES = [
    "I want to talk to a human",
    "Can I speak to someone about my bill?",
    "please connect me with customer service",
    "human pls 🙏",
    "AGENT NOW",
    "Is there anybody there?",
    "Why can't I talk to a real person?",
    "I don't want to chat with a machine, put a person on",
    "Could you please call me back?",
    "Ich möchte bitte mit einem Mitarbeiter sprechen.",
    "Kann mich jemand zurückrufen?",
    "Je veux parler à un conseiller",
    "Passez-moi un humain, s'il vous plaît",
    "Quiero hablar con una persona",
    "Voglio parlare con un operatore",
    "Quero falar com um atendente",
    "Ik wil een echte medewerker spreken",
    "Proszę połączyć mnie z konsultantem",
    "Jag vill prata med en människa",
    "Gerçek bir insanla görüşmek istiyorum",
    "担当者につないでください。",
    "转人工",
    "상담원 연결해 주세요",
    "Хочу поговорить с живым человеком",
    "أريد التحدث مع موظف",
    "मुझे किसी इंसान से बात करनी है",
]
NO_WISHES = [
    "I don't need a human, you can answer this",
    "no need to connect me to an agent, the chat is fine",
    "Ich brauche keinen Mitarbeiter, nur eine Auskunft",
    "Je n'ai pas besoin de parler à un conseiller",
    "No quiero hablar con una persona, solo una pregunta",
    "担当者につないでいただく必要はありません",
    "How many human workers label each image in Ground Truth?",
    "Does Bedrock have agents that can call my API?",
    "Can I talk to the database from a Lambda function?",
    'My model labels "I want to talk to a human" as neutral, why?',
    "What is the difference between an agent and a knowledge base?",
    "my training job was killed",
    "Thank you!",
    "",
]


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NO_WISHES)
def test_what_only_looks_like_a_wish_is_none(text: str) -> None:
    assert not asks_for_person(text)


def test_a_wish_at_the_end_of_a_long_log_is_heard() -> None:
    assert asks_for_person("INFO step done\n" * 1000 + "I want to talk to a human")


@pytest.mark.parametrize(
    "piece",
    ["speak to ", "a ", "call me ", "i want a real ", "x", "转", "mit einem ", "\u0301", '"'],
)
def test_hostile_input_takes_no_longer_than_its_length(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    began = time.process_time()
    asks_for_person(text)
    assert time.process_time() - began < 0.5
