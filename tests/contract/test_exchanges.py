"""What was said in one escalation, from the live module's store."""

import pytest

from tandem.aws.exchanges import LiveExchanges
from tandem.live.ports import ConversationStore
from tandem.review.ports import Exchange
from tests.scene import ANNA, BORIS, Scene


@pytest.fixture
def scene() -> Scene:
    """Two escalations: Anna answered the first, Boris the second; a question between them."""
    scene = Scene()
    scene.writes("How many endpoints? I am jo@example.com.")
    scene.is_claimed_by(ANNA)
    scene.writes("In Frankfurt.")
    scene.says(ANNA, "Two.", "desk-1")
    scene.says(ANNA, "More on request.", "desk-2")
    scene.hands_back(ANNA, knowledge=True)
    scene.asks("And what do they cost?")
    scene.writes("Who pays?")
    scene.is_claimed_by(BORIS)
    scene.says(BORIS, "You do.", "desk-3")
    scene.resolves(BORIS, knowledge=True)
    return scene


def exchanges(store: ConversationStore) -> LiveExchanges:
    return LiveExchanges(store)


def test_each_escalation_has_its_own_exchange_also_when_there_was_a_later_one(scene: Scene) -> None:
    first, second = (each.escalation_id for each in scene.escalations)
    of = exchanges(scene.fakes.store).of

    assert of(scene.conversation_id, first) == Exchange(
        question="How many endpoints? I am jo@example.com.\nIn Frankfurt.",
        answer="Two.\nMore on request.",
        names=("Anna", "Boris"),
        beside=("And what do they cost?", "Because.", "Who pays?", "You do."),
    )
    second_one = of(scene.conversation_id, second)
    assert second_one is not None
    assert (second_one.question, second_one.answer) == (
        "And what do they cost?\nWho pays?",
        "You do.",
    )
    assert second_one.names == ("Anna", "Boris")
    first_texts = ("How many endpoints? I am jo@example.com.", "In Frankfurt.", "Two.")
    assert set(first_texts) < set(second_one.beside)
    assert "Because." in second_one.beside, "what the assistant said may greet somebody by name"


def test_the_user_name_of_a_customer_who_is_no_guest_is_a_known_name(scene: Scene) -> None:
    store = scene.fakes.store
    signed_in = scene.now.model_copy(update={"customer_id": "jo.smith@example.com"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "get", lambda _: signed_in)
        found = exchanges(store).of(scene.conversation_id, scene.escalation.escalation_id)

    assert found is not None
    assert "jo.smith@example.com" in found.names


def test_what_does_not_exist_has_no_exchange(scene: Scene) -> None:
    of = exchanges(scene.fakes.store).of

    assert of(scene.conversation_id, "no-escalation") is None
    assert of("no-conversation", scene.escalation.escalation_id) is None
