"""What the live module has of an escalation, for the review module: its store, only read."""

from tandem.live.knowledge_preview import exchange_of_call, written_by
from tandem.live.models import Author
from tandem.live.ports import ConversationStore
from tandem.review.ports import Exchange

_GUEST = "guest:"
_KEPT = frozenset({Author.CUSTOMER, Author.EXPERT})


class LiveExchanges:
    """`Exchanges`."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def of(self, conversation_id: str, escalation_id: str) -> Exchange | None:
        conversation = self._store.get(conversation_id)
        escalations = self._store.escalations(conversation_id)
        names = [escalation.escalation_id for escalation in escalations]
        if conversation is None or escalation_id not in names:
            return None
        everything = self._store.turns(conversation_id)
        turns = exchange_of_call(everything, names.index(escalation_id))
        if turns is None:
            return None
        known = [turn.name for turn in everything]
        known += [escalation.claimed_name for escalation in escalations]
        if not conversation.customer_id.startswith(_GUEST):
            # A user name at the team's own identity provider, and often an address or a name.
            known.append(conversation.customer_id)
        kept = {turn.turn_id for turn in turns if turn.author in _KEPT}
        return Exchange(
            question=written_by(Author.CUSTOMER, turns),
            answer=written_by(Author.EXPERT, turns),
            names=tuple(dict.fromkeys(name for name in known if name)),
            beside=tuple(
                turn.text
                for turn in everything
                if turn.author is not Author.SYSTEM and turn.turn_id not in kept
            ),
        )
