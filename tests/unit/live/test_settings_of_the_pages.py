"""What the pages are told at first: the chat's words, the desk's rules, who is there."""

import pytest

from tandem.live.chat_settings import GREETINGS, ChatSettings, chat_settings
from tandem.live.desk_settings import desk_settings
from tandem.live.people import PersonView, people
from tandem.live.policy import CannedReply, Policy
from tandem.live.ports import Connection, World
from tests.fakes import Fakes, FixedPolicies
from tests.scene import ANNA, BORIS, LEA, Scene


def world_with(**policy: object) -> World:
    return Fakes(policies=FixedPolicies(Policy.model_validate(policy))).world


# --- the chat ------------------------------------------------------------------------------------
def test_an_empty_policy_has_a_chat_that_greets() -> None:
    assert chat_settings(world_with(), "en") == ChatSettings(
        title="Chat",
        greeting="Hello! What can I do for you?",
        suggestions=(),
        max_message_chars=4000,
        person=True,
        assistant=True,
    )


@pytest.mark.parametrize(
    ("language", "greeted"),
    [("de", "de"), ("de-AT", "de"), ("FR", "fr"), ("es-419", "es"), ("ja", "en"), ("", "en")],
)
def test_the_chat_greets_in_the_customers_language_or_in_english(
    language: str, greeted: str
) -> None:
    settings = chat_settings(world_with(), language)

    assert settings.greeting == GREETINGS[greeted]
    assert settings.title == "Chat"


def test_the_policys_own_words_come_first_each_in_its_best_language() -> None:
    world = world_with(
        chat={
            "title": {"en": "Acme help", "de-AT": "Acme-Hilfe"},
            "greeting": {"it": "Ciao!"},
            "suggestions": {"en": ["Where is my parcel?"], "de": ["Wo ist mein Paket?"]},
        },
        limits={"max_message_chars": 500},
    )

    austrian, italian = chat_settings(world, "de-AT"), chat_settings(world, "it-CH")

    assert (austrian.title, austrian.greeting) == ("Acme-Hilfe", GREETINGS["de"])
    assert austrian.suggestions == ("Wo ist mein Paket?",)
    assert (italian.title, italian.greeting) == ("Acme help", "Ciao!")
    assert italian.suggestions == ("Where is my parcel?",)
    assert italian.max_message_chars == 500


def test_the_chat_says_what_is_switched_off() -> None:
    settings = chat_settings(Fakes(assistant=False, escalation=False).world, "en")

    assert (settings.assistant, settings.person) == (False, False)


# --- the desk ------------------------------------------------------------------------------------
def test_the_desk_is_told_who_has_signed_in_and_by_which_rules() -> None:
    world = world_with(
        presence={"heartbeat_seconds": 30},
        desk={"canned_replies": [{"title": "Hello", "text": "Hello, how can I help?"}]},
    )

    settings = desk_settings(world, LEA)

    assert settings.me == PersonView(user="lea", name="Lea", lead=True)
    assert settings.heartbeat_seconds == 30
    assert settings.max_message_chars == 4000
    assert settings.canned_replies == (CannedReply(title="Hello", text="Hello, how can I help?"),)
    assert desk_settings(world, ANNA).me.lead is False


def test_whoever_has_the_desk_open_is_there_once_and_by_name() -> None:
    scene = Scene()
    scene.fakes.connections.add(Connection("anna-again", person=ANNA))
    scene.fakes.connections.remove(f"socket-{BORIS.user}")

    assert people(scene.world).people == (
        PersonView(user="anna", name="Anna", lead=False),
        PersonView(user="lea", name="Lea", lead=True),
    )


def test_small_letters_are_sorted_among_the_others() -> None:
    fakes = Fakes()
    for name in ("Zoe", "adam", "Bert"):
        person = ANNA.model_copy(update={"user": name.upper(), "name": name})
        fakes.connections.add(Connection(name, person=person))

    assert [view.name for view in people(fakes.world).people] == ["adam", "Bert", "Zoe"]
