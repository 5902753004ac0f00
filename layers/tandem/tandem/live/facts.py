"""What is counted for the overview: a conversation began, a person was called, something was rated.

A fact holds no words of anybody. It changes only when what it counts does, never with a turn, so
that keeping it up to date costs a busy conversation nothing.
"""

from datetime import datetime
from typing import Literal

from tandem.live.models import (
    Conversation,
    Escalation,
    EscalationStatus,
    Frozen,
    Identifier,
    Rating,
    Trigger,
)


class ConversationFact(Frozen):
    """A conversation was begun, `at`."""

    kind: Literal["conversation"] = "conversation"
    conversation_id: Identifier
    at: datetime

    @classmethod
    def of(cls, conversation: Conversation) -> "ConversationFact":
        return cls(
            conversation_id=conversation.conversation_id,
            at=conversation.created_at,
        )


class EscalationFact(Frozen):
    """A person was called, `at`, and what has become of it until now."""

    kind: Literal["escalation"] = "escalation"
    conversation_id: Identifier
    at: datetime
    trigger: Trigger
    open: bool
    """Somebody waits for an expert, or talks with one."""
    expired: bool
    """Nobody came."""
    claimed_at: datetime | None = None
    """None also while it waits again, given back by the expert who had claimed it."""
    ended_at: datetime | None = None

    @classmethod
    def of(cls, escalation: Escalation) -> "EscalationFact":
        return cls(
            conversation_id=escalation.conversation_id,
            at=escalation.requested_at,
            trigger=escalation.trigger,
            open=escalation.open,
            expired=escalation.status is EscalationStatus.EXPIRED,
            claimed_at=escalation.claimed_at,
            ended_at=escalation.ended_at,
        )


class RatingFact(Frozen):
    """A customer rated an answer by a thumb, or the whole conversation by 1 to 5 stars, `at`."""

    kind: Literal["rating"] = "rating"
    conversation_id: Identifier
    at: datetime
    thumb: Literal["up", "down"] | None = None
    stars: int | None = None

    @classmethod
    def of(cls, rating: Rating) -> "RatingFact":
        return cls(
            conversation_id=rating.conversation_id,
            at=rating.at,
            thumb=rating.thumb,
            stars=rating.stars,
        )


type Fact = ConversationFact | EscalationFact | RatingFact
