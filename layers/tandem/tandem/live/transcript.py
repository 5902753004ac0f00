"""A conversation's transcript: one versioned JSON document, made when the conversation closes.

The JSON Schema is exported to `docs/schemas/transcript.json`.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from tandem.live.errors import NotFound
from tandem.live.models import (
    Author,
    Draft,
    EscalationStatus,
    Frozen,
    GateDecision,
    Owner,
    Rating,
    Source,
    Trigger,
)
from tandem.live.ports import Transcripts, World
from tandem.live.steps import Step, take


class TranscriptTurn(Frozen):
    seq: int
    turn_id: str
    author: Author
    text: str
    at: AwareDatetime
    name: str | None = None
    code: str | None = None
    in_reply_to: int | None = None
    model_id: str | None = None
    sources: tuple[Source, ...] = ()
    decision: GateDecision | None = None
    usage: dict[str, int] | None = None


class TranscriptEscalation(Frozen):
    escalation_id: str
    status: EscalationStatus
    trigger: Trigger
    reason: str
    requested_at: AwareDatetime
    claimed_at: AwareDatetime | None
    claimed_by: str | None
    ended_at: AwareDatetime | None
    outcome: str | None
    note: str
    knowledge: bool
    follow_up: bool
    draft: Draft | None


class Transcript(Frozen):
    """The archived conversation. `version` grows with each reopening or late rating."""

    schema_: Annotated[Literal["tandem.transcript/1"], Field(alias="schema")] = (
        "tandem.transcript/1"
    )
    conversation_id: str
    version: int
    customer_id: str
    channel: str
    language: str
    created_at: AwareDatetime
    closed_at: AwareDatetime
    closed_by: str
    turns: tuple[TranscriptTurn, ...]
    escalations: tuple[TranscriptEscalation, ...]
    ratings: tuple[Rating, ...]


def archive(world: World, transcripts: Transcripts, conversation_id: str) -> str | None:
    """Write the transcript of a closed conversation. Returns its URI.

    None if there is nothing to do: the conversation is open again, or this version is archived.
    Writing the same version twice leaves one object. Raises `NotFound`.
    """
    conversation = world.store.get(conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    if conversation.owner is not Owner.CLOSED or conversation.closed_at is None:
        return None
    if conversation.archived_version == conversation.version:
        return None
    transcript = Transcript(
        conversation_id=conversation_id,
        version=conversation.version,
        customer_id=conversation.customer_id,
        channel=conversation.channel,
        language=conversation.language,
        created_at=conversation.created_at,
        closed_at=conversation.closed_at,
        closed_by=conversation.closed_by or "customer",
        turns=tuple(
            TranscriptTurn(**turn.model_dump(exclude={"conversation_id", "client_id"}))
            for turn in world.store.turns(conversation_id)
            if turn.seq <= conversation.last_seq
        ),
        escalations=tuple(
            TranscriptEscalation(
                **escalation.model_dump(include=set(TranscriptEscalation.model_fields))
            )
            for escalation in world.store.escalations(conversation_id)
        ),
        ratings=tuple(world.store.ratings(conversation_id)),
    )
    body = transcript.model_dump_json(by_alias=True).encode()
    uri = transcripts.put(conversation_id, conversation.version, conversation.closed_at, body)

    def decide(step: Step) -> None:
        # Only if nothing was added meanwhile; else the next `Conversation Closed` archives that.
        if step.after.version == conversation.version:
            step.update(archived_version=conversation.version + 1)

    take(world, conversation_id, decide)
    return uri
