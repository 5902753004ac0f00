"""What an expert adds to the knowledge by a tick: the exchange with the customer, redacted."""

from collections.abc import Sequence

from tandem.live.errors import NotFound
from tandem.live.models import Author, Frozen, Turn
from tandem.live.ports import World
from tandem.live.redaction import redact

_CALLED = frozenset({"person_coming", "model_trouble"})
"""Codes of the status lines that stand where a person was called."""
_BEGUN_ANEW = frozenset({"handed_back", "reopened"})
"""Codes of the status lines after which it is about something else."""


class KnowledgePreview(Frozen):
    """The exchange of one escalation, at most 8,000 characters of either side."""

    question: str
    """What the customer wrote, one message a line, without personal data."""
    answer: str
    """What the experts wrote, likewise."""


def knowledge_preview(world: World, conversation_id: str) -> KnowledgePreview:
    """The exchange of the escalation that is open, or else of the last one: what customer and
    experts have written since the hand-back before it.

    Raises `NotFound`, also where nobody was ever called.
    """
    if world.store.get(conversation_id) is None:
        raise NotFound("There is no such conversation.")
    exchange = _last_with_a_call(world.store.turns(conversation_id))
    if exchange is None:
        raise NotFound("Nobody was called for in this conversation.")
    return KnowledgePreview(
        question=_written_by(Author.CUSTOMER, exchange), answer=_written_by(Author.EXPERT, exchange)
    )


def _last_with_a_call(turns: Sequence[Turn]) -> list[Turn] | None:
    stretches: list[list[Turn]] = [[]]
    for turn in turns:
        if turn.code in _BEGUN_ANEW:
            stretches.append([])
        else:
            stretches[-1].append(turn)
    called = (s for s in reversed(stretches) if any(turn.code in _CALLED for turn in s))
    return next(called, None)


def _written_by(author: Author, turns: Sequence[Turn]) -> str:
    return redact("\n".join(turn.text for turn in turns if turn.author is author))
