"""The end of a conversation, its coming back, its ratings, and its transcript."""

import json
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator

from tandem.live import conversation
from tandem.live.errors import InvalidMessage, NotFound
from tandem.live.events import AnswerRated, ConversationClosed
from tandem.live.models import EscalationStatus, Owner
from tandem.live.recovery import reconcile
from tandem.live.transcript import Transcript, archive
from tests.fakes import UPSET
from tests.scene import ANNA, Scene

QUESTION = "How many endpoints may a new account run?"


def objects(scene: Scene) -> list[str]:
    return sorted(uri.rsplit("/", 1)[1] for uri in scene.fakes.transcripts.objects)


def newest(scene: Scene) -> dict[str, Any]:
    uri = scene.transcripts_are_written()[-1]
    assert uri is not None
    document: dict[str, Any] = json.loads(scene.fakes.transcripts.objects[uri])
    return document


def a_full_conversation() -> Scene:
    scene = Scene()
    scene.asks(QUESTION)
    conversation.rate_turn(scene.world, scene.conversation_id, scene.answers[0].turn_id, "up")
    scene.fakes.gate_model.script = [UPSET]
    scene.asks("This does not help me at all!")
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Let me look.")
    scene.resolves(ANNA, "refunded", note="kind", knowledge=True)
    return scene


# --- closing -------------------------------------------------------------------------------------
def test_closed_by_the_customer_it_says_so_once() -> None:
    scene = Scene()

    scene.closes()
    scene.closes()

    assert (scene.now.owner, scene.now.closed_by) == (Owner.CLOSED, "customer")
    assert scene.codes == ["closed"]
    assert len(scene.fakes.bus.of(ConversationClosed)) == 1
    assert scene.actions == [("customer", "closed")]


def test_an_open_escalation_ends_with_the_conversation() -> None:
    scene = Scene()
    scene.is_called_for()

    scene.closes()

    assert scene.escalation.status is EscalationStatus.RESOLVED
    assert scene.escalation.outcome == "closed by the customer"
    assert scene.fakes.task_tokens.succeeded == [("claim-token-1", {"state": "over"})]


def test_a_pending_message_is_not_answered_after_the_end() -> None:
    scene = Scene()
    scene.writes(QUESTION)

    scene.closes()
    scene.assistant_works()

    assert not scene.answers
    assert not scene.now.pending


@pytest.mark.parametrize(("minutes", "closed"), [(59, False), (60, True)])
def test_an_idle_conversation_is_closed_after_the_policys_time(minutes: int, closed: bool) -> None:
    scene = Scene()
    scene.asks(QUESTION)
    scene.fakes.clock.advance(minutes * 60)

    found = reconcile(scene.world)

    assert (found.idle == [scene.conversation_id]) is closed
    assert (scene.now.owner is Owner.CLOSED) is closed
    assert scene.codes == (["closed_idle"] if closed else [])


def test_a_message_in_the_last_moment_keeps_an_idle_conversation_open() -> None:
    scene = Scene()
    scene.fakes.clock.advance(3600)
    scene.fakes.store.before_next_commit = [lambda: scene.writes(QUESTION)]

    found = reconcile(scene.world)

    assert found.idle == []
    assert scene.now.pending


def test_a_conversation_with_an_unanswered_message_is_not_idle_however_old_it_is() -> None:
    scene = Scene()
    scene.writes(QUESTION)
    scene.fakes.clock.advance(24 * 3600)

    conversation.close(scene.world, scene.conversation_id, by="idle")
    scene.assistant_works()

    assert scene.answers


@pytest.mark.parametrize("owner", ["waiting", "expert"])
def test_a_conversation_that_waits_for_or_has_an_expert_is_never_idle(owner: str) -> None:
    scene = Scene()
    scene.is_called_for()
    if owner == "expert":
        scene.claims(ANNA)
    scene.fakes.clock.advance(24 * 3600)

    assert reconcile(scene.world).idle == []
    assert scene.now.owner == owner


# --- reopening -----------------------------------------------------------------------------------
def test_reopened_it_goes_on_with_a_fresh_history() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    scene.closes()

    conversation.reopen(scene.world, scene.conversation_id)
    scene.asks(QUESTION)

    assert scene.codes == ["closed", "reopened"]
    assert scene.now.closed_at is None
    assert len(scene.answers) == 2
    assert len(scene.fakes.answer_model.prompts[-1].messages) == 1


def test_reopening_what_is_open_changes_nothing() -> None:
    scene = Scene()
    before = scene.now

    conversation.reopen(scene.world, scene.conversation_id)

    assert scene.now == before


def test_reopened_the_transcript_gets_a_new_version_at_the_next_end() -> None:
    scene = Scene()
    scene.closes()
    first = newest(scene)
    conversation.reopen(scene.world, scene.conversation_id)
    assert scene.transcripts_are_written() == []
    scene.closes()

    second = newest(scene)

    assert second["version"] > first["version"]
    assert len(second["turns"]) > len(first["turns"])
    assert len(objects(scene)) == 2


def test_what_was_opened_again_before_it_was_archived_is_not_archived() -> None:
    scene = Scene()
    scene.closes()
    conversation.reopen(scene.world, scene.conversation_id)

    assert scene.transcripts_are_written() == [None]
    assert objects(scene) == []


# --- ratings -------------------------------------------------------------------------------------
def test_a_thumb_is_stored_and_announced_with_the_model_that_answered() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    turn_id = scene.answers[0].turn_id

    conversation.rate_turn(scene.world, scene.conversation_id, turn_id, "down", "too short")

    (rating,) = scene.fakes.store.ratings(scene.conversation_id)
    assert (rating.turn_id, rating.thumb, rating.reason) == (turn_id, "down", "too short")
    (event,) = scene.fakes.bus.of(AnswerRated)
    assert (event.turn_id, event.model_id) == (turn_id, "test.answer")


def test_a_later_thumb_replaces_the_earlier_one() -> None:
    scene = Scene()
    scene.asks(QUESTION)
    turn_id = scene.answers[0].turn_id

    thumbs: tuple[Literal["up", "down"], ...] = ("down", "up")
    for thumb in thumbs:
        conversation.rate_turn(scene.world, scene.conversation_id, turn_id, thumb)

    assert [r.thumb for r in scene.fakes.store.ratings(scene.conversation_id)] == ["up"]


def test_only_answers_of_this_conversation_are_rated() -> None:
    scene = Scene()
    message = scene.asks(QUESTION)

    with pytest.raises(InvalidMessage):
        conversation.rate_turn(scene.world, scene.conversation_id, message.turn_id, "up")
    with pytest.raises(NotFound):
        conversation.rate_turn(scene.world, scene.conversation_id, "nothing", "up")


@pytest.mark.parametrize("kind", ["stars", "thumb"])
def test_a_rating_that_comes_after_the_end_makes_a_new_version_of_the_transcript(
    kind: str,
) -> None:
    scene = Scene()
    scene.asks(QUESTION)
    scene.closes()
    first = newest(scene)

    if kind == "stars":
        conversation.rate_conversation(scene.world, scene.conversation_id, 4, "quick")
    else:
        answer = scene.answers[0].turn_id
        conversation.rate_turn(scene.world, scene.conversation_id, answer, "down")
    second = newest(scene)

    assert first["ratings"] == []
    assert len(second["ratings"]) == 1
    assert second["version"] > first["version"]
    assert len(objects(scene)) == 2
    assert scene.now.owner is Owner.CLOSED


def test_a_rating_of_an_open_conversation_waits_for_its_end() -> None:
    scene = Scene()

    conversation.rate_conversation(scene.world, scene.conversation_id, 5)

    assert not scene.fakes.bus.of(ConversationClosed)


# --- archiving -----------------------------------------------------------------------------------
def test_archived_twice_it_is_one_object() -> None:
    scene = Scene()
    scene.closes()
    (event,) = scene.fresh(ConversationClosed)

    uris = [archive(scene.world, scene.fakes.transcripts, event.conversation_id) for _ in range(2)]

    assert uris[1] is None
    assert len(objects(scene)) == 1
    assert scene.now.due_at is None


def test_archived_by_two_workers_at_once_it_is_one_object() -> None:
    scene = Scene()
    scene.closes()

    def other() -> None:
        archive(scene.world, scene.fakes.transcripts, scene.conversation_id)

    scene.fakes.store.before_next_commit = [other]
    archive(scene.world, scene.fakes.transcripts, scene.conversation_id)

    assert len(objects(scene)) == 1
    assert scene.now.archived_version == scene.now.version


def test_a_rating_between_the_writing_and_the_note_of_it_is_archived_too() -> None:
    scene = Scene()
    scene.closes()

    def rated() -> None:
        conversation.rate_conversation(scene.world, scene.conversation_id, 1)

    scene.fakes.store.before_next_commit = [rated]
    scene.transcripts_are_written()

    assert scene.now.archived_version != scene.now.version
    assert len(newest(scene)["ratings"]) == 1
    assert scene.now.archived_version == scene.now.version


def test_an_open_conversation_is_not_archived_and_an_unknown_one_is_not_found() -> None:
    scene = Scene()

    assert archive(scene.world, scene.fakes.transcripts, scene.conversation_id) is None
    with pytest.raises(NotFound):
        archive(scene.world, scene.fakes.transcripts, "nothing")


def test_the_transcript_holds_the_whole_conversation() -> None:
    document = newest(a_full_conversation())

    assert document["schema"] == "tandem.transcript/1"
    assert document["closed_by"] == "expert"
    assert [t["author"] for t in document["turns"]] == [
        "customer",
        "assistant",
        "customer",
        "system",
        "system",
        "expert",
        "system",
    ]
    assert [t["seq"] for t in document["turns"]] == list(range(1, 8))
    answer = document["turns"][1]
    assert answer["model_id"] == "test.answer"
    assert answer["sources"][0]["uri"] == "quotas.md"
    assert answer["decision"]["observed"]["sentiment"] == 0.1
    (escalated,) = document["escalations"]
    assert escalated["trigger"] == "negative_sentiment"
    assert (escalated["claimed_by"], escalated["outcome"]) == ("anna", "refunded")
    assert (escalated["note"], escalated["knowledge"]) == ("kind", True)
    assert escalated["draft"]["text"] == "Because."
    assert [r["thumb"] for r in document["ratings"]] == ["up"]


def test_the_transcript_meets_the_schema_that_is_exported() -> None:
    schema = Transcript.model_json_schema(mode="serialization", by_alias=True)
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(newest(a_full_conversation()))


def test_the_transcript_holds_no_token_of_the_state_machine() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.resolves(ANNA)

    assert "token-1" not in json.dumps(newest(scene))
