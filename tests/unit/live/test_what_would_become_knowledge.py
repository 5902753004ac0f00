"""What an expert is shown before an exchange becomes knowledge: whose words, and which not."""

import pytest

from tandem.live import conversation, desk
from tandem.live.errors import NotFound
from tandem.live.knowledge_preview import KnowledgePreview, knowledge_preview
from tests.scene import ANNA, BORIS, Scene


def preview(scene: Scene) -> KnowledgePreview:
    return knowledge_preview(scene.world, scene.conversation_id)


def helped(scene: Scene, question: str, answer: str) -> None:
    """A customer asks, a person is called, and Anna answers."""
    scene.writes(question)
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, answer, f"desk-{len(scene.turns)}")


def test_the_customers_messages_are_the_question_and_the_experts_the_answer() -> None:
    scene = Scene()
    scene.asks("How many endpoints may I run?")
    scene.is_claimed_by(ANNA)
    scene.writes("In Frankfurt, I mean.")
    scene.says(ANNA, "Two.", "desk-1")
    scene.says(ANNA, "More on request.", "desk-2")

    assert scene.answers, "the assistant has answered, which is no part of it"
    assert preview(scene) == KnowledgePreview(
        question="How many endpoints may I run?\nIn Frankfurt, I mean.",
        answer="Two.\nMore on request.",
    )


def test_personal_data_of_both_is_taken_out() -> None:
    scene = Scene()
    helped(scene, "I am jo@example.com, call +49 170 1234567.", "I wrote to jo@example.com.")

    assert preview(scene) == KnowledgePreview(
        question="I am [email], call [phone].", answer="I wrote to [email]."
    )


@pytest.mark.parametrize("ends", ["hands_back", "resolves"])
def test_after_its_end_the_last_exchange_is_shown(ends: str) -> None:
    scene = Scene()
    helped(scene, "How many?", "Two.")

    getattr(scene, ends)(ANNA)

    assert preview(scene) == KnowledgePreview(question="How many?", answer="Two.")


def test_what_the_assistant_is_asked_afterwards_is_no_part_of_it() -> None:
    scene = Scene()
    helped(scene, "How many?", "Two.")
    scene.hands_back(ANNA)

    scene.asks("And what do they cost?")

    assert preview(scene).question == "How many?"


def test_an_earlier_exchange_is_no_part_of_a_later_one() -> None:
    scene = Scene()
    helped(scene, "How many?", "Two.")
    scene.hands_back(ANNA)
    helped(scene, "Who pays?", "You do.")

    assert preview(scene) == KnowledgePreview(question="Who pays?", answer="You do.")


def test_a_conversation_that_was_opened_again_is_about_something_else() -> None:
    scene = Scene()
    helped(scene, "How many?", "Two.")
    scene.resolves(ANNA)
    conversation.reopen(scene.world, scene.conversation_id)
    assert preview(scene).question == "How many?"

    helped(scene, "Who pays?", "You do.")

    assert preview(scene) == KnowledgePreview(question="Who pays?", answer="You do.")


def test_all_experts_of_one_exchange_count() -> None:
    scene = Scene()
    helped(scene, "How many?", "Two.")
    desk.reassign(scene.world, ANNA, scene.conversation_id)
    scene.claims(BORIS)
    scene.says(BORIS, "Three, since May.", "desk-9")

    assert preview(scene).answer == "Two.\nThree, since May."


def test_a_question_that_nobody_came_for_at_first_is_still_part_of_it() -> None:
    scene = Scene()
    scene.writes("How many?")
    scene.is_called_for()
    scene.machine_expires()

    helped(scene, "Anybody?", "Two.")

    assert preview(scene) == KnowledgePreview(question="How many?\nAnybody?", answer="Two.")


def test_where_nobody_was_ever_called_there_is_nothing_to_keep() -> None:
    scene = Scene()
    scene.asks("How many?")

    with pytest.raises(NotFound, match="Nobody was called"):
        preview(scene)
    with pytest.raises(NotFound, match="no such conversation"):
        knowledge_preview(scene.world, "nothing")
