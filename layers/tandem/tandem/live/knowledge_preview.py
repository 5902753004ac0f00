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
    exchange = exchange_of_call(world.store.turns(conversation_id))
    if exchange is None:
        raise NotFound("Nobody was called for in this conversation.")
    return KnowledgePreview(
        question=redact(written_by(Author.CUSTOMER, exchange)),
        answer=redact(written_by(Author.EXPERT, exchange)),
    )


def exchange_of_call(turns: Sequence[Turn], call: int = -1) -> list[Turn] | None:
    """The turns from the hand-back before a call for a person to the one after it.

    `turns` are a conversation's. Its calls are counted from 0, as its escalations are, of which
    each begins with one; -1 is the last. None if there is no such call.
    """
    stretches: list[list[Turn]] = [[]]
    with_call: list[list[Turn]] = []
    for turn in turns:
        if turn.code in _BEGUN_ANEW:
            stretches.append([])
            continue
        stretches[-1].append(turn)
        if turn.code in _CALLED:
            with_call.append(stretches[-1])
    return with_call[call] if -1 <= call < len(with_call) and with_call else None


def written_by(author: Author, turns: Sequence[Turn]) -> str:
    """What the author wrote, one message a line, as it was written."""
    return "\n".join(turn.text for turn in turns if turn.author is author)
