"""An escalation becomes an article, once, without personal data."""

import hashlib
import re
from collections.abc import Sequence

from tandem.live.events import EscalationResolved
from tandem.review.audit import BY_POLICY, note
from tandem.review.erasing import erase_article
from tandem.review.knowledge import published
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import Exchanges, KnowledgeBase, Redactor, ReviewWorld
from tandem.review.publishing import settle

LONGEST = 8000
"""Characters of either text of an article."""


class _NothingToKeep(Exception):
    """The text says why."""


def propose(
    world: ReviewWorld,
    base: KnowledgeBase,
    exchanges: Exchanges,
    redactor: Redactor,
    event: EscalationResolved,
) -> Article | None:
    """Make an article of what an expert answered, and publish it where the policy asks for no
    approval. The same event again makes no second one, and goes on where the first broke off.

    None where nothing is kept, with the reason in the audit trail: the customer withdrew the
    conversation, it is gone, or one side has written nothing; or where nobody marked it.
    """
    if not event.knowledge:
        return None
    article_id = article_id_of(event.conversation_id, event.escalation_id)
    if world.articles.get(article_id) is None:
        try:
            question, answer = _texts(world, exchanges, redactor, event)
        except _NothingToKeep as reason:
            note(world, event.resolved_by, "kept no article", article_id, because=str(reason))
            return None
        article = _article(world, event, article_id, question, answer)
        if world.articles.add(article):
            note(world, event.resolved_by, "proposed article", article_id)
            if article.status is ArticleStatus.PUBLISHED:
                note(world, BY_POLICY, "approved article", article_id)
    if world.records.withdrawn([event.conversation_id]):
        # Withdrawn meanwhile: whoever did may have looked for articles before this one came.
        return erase_article(world, base, article_id)
    return settle(world, base, article_id)


def article_id_of(conversation_id: str, escalation_id: str) -> str:
    """The same for the same escalation; it stands in citations where others have an address."""
    name = f"{conversation_id}/{escalation_id}"
    return f"article-{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def _texts(
    world: ReviewWorld, exchanges: Exchanges, redactor: Redactor, event: EscalationResolved
) -> tuple[str, str]:
    """Question and answer without personal data. Raises `_NothingToKeep`."""
    if world.records.withdrawn([event.conversation_id]):
        raise _NothingToKeep("the conversation is withdrawn")
    exchange = exchanges.of(event.conversation_id, event.escalation_id)
    if exchange is None:
        raise _NothingToKeep("there is no such escalation any more")
    # Both in one: who is introduced in one of them, or before, is taken out of the other, too.
    texts = [exchange.question, exchange.answer]
    redacted = redactor.redact(texts, exchange.names, exchange.beside)
    question, answer = (_shortened(text) for text in redacted)
    if not question:
        raise _NothingToKeep("the customer has written nothing")
    if not answer:
        raise _NothingToKeep("the expert has written nothing")
    return question, answer


def _shortened(text: str) -> str:
    kept = text.strip()
    return kept if len(kept) <= LONGEST else f"{kept[: LONGEST - 1]}…"


def _article(
    world: ReviewWorld, event: EscalationResolved, article_id: str, question: str, answer: str
) -> Article:
    policy = world.policies.current().knowledge
    article = Article(
        article_id=article_id,
        conversation_id=event.conversation_id,
        question=question,
        answer=answer,
        product_area=_area_named(policy.product_areas, (event.outcome, question, answer)),
        answered_by=event.resolved_by,
        created_at=event.time,
    )
    return article if policy.approval == "lead" else published(world, article, BY_POLICY)


def _area_named(areas: Sequence[str], texts: Sequence[str]) -> str:
    """The product area that the texts name, if it is only one."""
    said = "\n".join(texts).casefold()
    named = [a for a in areas if re.search(rf"(?<!\w){re.escape(a.casefold())}(?!\w)", said)]
    return named[0] if len(named) == 1 else ""
