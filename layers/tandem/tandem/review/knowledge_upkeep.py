"""What time does to articles: their end comes, and the knowledge base may have lost what it should
hold, or kept what it should not."""

from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

from tandem.live.errors import Busy
from tandem.review.audit import BY_POLICY, note
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import IngestionFailed, KnowledgeBase, ReviewWorld
from tandem.review.publishing import change_article, is_settled, settle

_LOOKS_A_DAY = 288
"""One every five minutes, which is how often `expire` is called."""
_OVER = "Its time is over."
_ONCE_PUBLISHED = frozenset(
    {ArticleStatus.PUBLISHED, ArticleStatus.EXPIRED, ArticleStatus.WITHDRAWN}
)


def expire(world: ReviewWorld, base: KnowledgeBase) -> list[str]:
    """Expire what is over, and repair what the knowledge base should hold and does not, or holds
    and should not. Once a day each article is compared with what the knowledge base says of it.

    Returns the ids of the articles that changed.
    """
    now = world.clock.now()
    known = [each for status in ArticleStatus for each in world.articles.of_status(status)]
    doubtful = _doubtful(world, base, [a for a in known if _has_its_turn(a, now)])
    changed = []
    for article in known:
        unsettled = article.article_id in doubtful or not is_settled(article)
        if not unsettled and not _is_over(article, now):
            continue
        try:
            after = _looked_after(world, base, article, now, doubtful)
        except Busy:
            continue  # whoever is at it, or the next run, does the same
        if after.revision != article.revision:
            changed.append(article.article_id)
    return changed


def _looked_after(
    world: ReviewWorld,
    base: KnowledgeBase,
    article: Article,
    now: datetime,
    doubtful: frozenset[str],
) -> Article:
    def due(found: Article) -> Article | None:
        if _is_over(found, now):
            return found.model_copy(update={"status": ArticleStatus.EXPIRED, "note": _OVER})
        if found.article_id in doubtful and found.revision == article.revision:
            # It says what is not so: what it should be is done once more.
            if found.status is ArticleStatus.PUBLISHED:
                return found.model_copy(update={"published_revision": None})
            return found.model_copy(update={"may_be_held": True})
        return None

    after, changed = change_article(world, article.article_id, due)
    if changed and after.note == _OVER:
        note(world, BY_POLICY, "expired article", article.article_id)
    return settle(world, base, article.article_id)


def _is_over(article: Article, now: datetime) -> bool:
    if article.status is not ArticleStatus.PUBLISHED or article.expires_at is None:
        return False
    return article.expires_at <= now


def _has_its_turn(article: Article, now: datetime) -> bool:
    minutes = now.hour * 60 + now.minute
    turn = minutes * _LOOKS_A_DAY // (24 * 60)
    return crc32(article.article_id.encode()) % _LOOKS_A_DAY == turn


def _doubtful(world: ReviewWorld, base: KnowledgeBase, some: Sequence[Article]) -> frozenset[str]:
    """The ids of those of which the knowledge base says something else than they do."""
    asked = [a for a in some if is_settled(a) and a.status in _ONCE_PUBLISHED]
    if not asked:
        return frozenset()
    try:
        states = base.states([article.article_id for article in asked])
    except IngestionFailed:
        world.meter.record("IngestionsFailed", 1, "Count")
        return frozenset()
    found = set()
    for article in asked:
        state = states.get(article.article_id)
        should = article.status is ArticleStatus.PUBLISHED
        if state is not None and (
            state.state in {"absent", "failed"} if should else state.state == "held"
        ):
            found.add(article.article_id)
    return frozenset(found)
