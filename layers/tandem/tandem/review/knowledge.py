"""What becomes of experts' articles: edited, approved, cited by the assistant, ended.

Whatever is decided is stored first; `publishing` brings the knowledge base in line with it, now or
at the next `expire`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

from tandem.live.errors import Busy, InvalidMessage, NoLongerOpen
from tandem.live.models import Person
from tandem.review.api import DecideArticle, EditArticle
from tandem.review.audit import note
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import IngestionFailed, KnowledgeBase, ReviewWorld
from tandem.review.publishing import change_article, is_settled, settle

BY_POLICY = "policy"
ERASED = "[withdrawn]"
_LOOKS_A_DAY = 288
"""One every five minutes, which is how often `expire` is called."""
_OVER = "Its time is over."
_ONCE_PUBLISHED = frozenset(
    {ArticleStatus.PUBLISHED, ArticleStatus.EXPIRED, ArticleStatus.WITHDRAWN}
)


# --- what leads do -------------------------------------------------------------------------------
def articles(world: ReviewWorld, status: ArticleStatus | None) -> list[Article]:
    """Those of a status, or all; newest first."""
    wanted = ArticleStatus if status is None else (status,)
    found = {a.article_id: a for each in wanted for a in world.articles.of_status(each)}
    return sorted(found.values(), key=lambda article: article.created_at, reverse=True)


def edit(
    world: ReviewWorld, base: KnowledgeBase, person: Person, article_id: str, change: EditArticle
) -> Article:
    """Change what is given; an `expires_at` that is given as null means never. Whoever edits a
    published article has approved it as it is now.

    What a lead writes stays as it is: a hot-line's number belongs into an article. Raises
    `NotFound`, `NoLongerOpen` for a withdrawn one, `InvalidMessage`, `Busy`.
    """
    values = _values(world, change)

    def edited(found: Article) -> Article | None:
        if found.status is ArticleStatus.WITHDRAWN:
            raise NoLongerOpen("This article is withdrawn. It cannot be changed any more.")
        after = found.model_copy(update=values)
        if after == found:
            return None
        if found.status is ArticleStatus.PUBLISHED:
            by = {"approved_by": person.user, "approved_at": world.clock.now()}
            return after.model_copy(update=by)
        return after

    _, changed = change_article(world, article_id, edited)
    if changed:
        note(world, person.user, "edited article", article_id, changed=", ".join(sorted(values)))
    return settle(world, base, article_id)


def _values(world: ReviewWorld, change: EditArticle) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, text in (("question", change.question), ("answer", change.answer)):
        if text is None:
            continue
        if not text.strip():
            raise InvalidMessage(f"The {name} is empty. Write one, or leave it out of the change.")
        values[name] = text.strip()
    areas = world.policies.current().knowledge.product_areas
    if change.product_area is not None:
        if change.product_area and areas and change.product_area not in areas:
            raise InvalidMessage(f"The product area is one of: {', '.join(areas)}.")
        values["product_area"] = change.product_area
    if "expires_at" in change.model_fields_set:
        values["expires_at"] = _moment(world, change.expires_at)
    return values


def _moment(world: ReviewWorld, given: datetime | None) -> datetime | None:
    if given is None:
        return None
    moment = given if given.tzinfo else given.replace(tzinfo=UTC)
    if moment <= world.clock.now():
        raise InvalidMessage("An article expires in the future. To end it now, expire it.")
    return moment


def decide(
    world: ReviewWorld,
    base: KnowledgeBase,
    person: Person,
    article_id: str,
    decision: DecideArticle,
) -> Article:
    """Approve, reject, expire or withdraw an article; deciding the same again changes nothing.

    A rejected, expired or withdrawn one may be approved after all, unless the customer withdrew the
    conversation. Raises `NotFound`, `NoLongerOpen` where the state does not allow it, `Busy`.
    """

    def decided(found: Article) -> Article | None:
        match decision.decision:
            case "approve":
                return _approved(world, found, person)
            case "reject":
                return _ended(found, ArticleStatus.REJECTED, decision.note)
            case "expire":
                return _ended(found, ArticleStatus.EXPIRED, decision.note)
            case "withdraw":
                return _ended(found, ArticleStatus.WITHDRAWN, decision.note)

    after, changed = change_article(world, article_id, decided)
    if changed:
        detail = {"note": decision.note} if decision.note else {}
        note(world, person.user, _DONE[decision.decision], after.article_id, **detail)
    return settle(world, base, article_id)


_DONE = {
    "approve": "approved article",
    "reject": "rejected article",
    "expire": "expired article",
    "withdraw": "withdrew article",
}
_ENDS_FROM = {
    ArticleStatus.REJECTED: (
        frozenset({ArticleStatus.PROPOSED}),
        "Only what waits for approval can be rejected. To end a published one, withdraw it.",
    ),
    ArticleStatus.EXPIRED: (
        frozenset({ArticleStatus.PUBLISHED}),
        "Only a published article can expire.",
    ),
    ArticleStatus.WITHDRAWN: (frozenset(ArticleStatus), ""),
}


def _approved(world: ReviewWorld, found: Article, person: Person) -> Article | None:
    if found.status is ArticleStatus.PUBLISHED:
        return None
    if world.records.withdrawn([found.conversation_id]):
        raise NoLongerOpen("The conversation that it comes from is withdrawn.")
    return published(world, found, person.user)


def published(world: ReviewWorld, article: Article, by: str) -> Article:
    """The article as it is once somebody has approved it."""
    now = world.clock.now()
    days = world.policies.current().knowledge.expire_after_days
    expires_at = article.expires_at
    if expires_at is None or expires_at <= now:
        expires_at = None if days is None else now + timedelta(days=days)
    return article.model_copy(
        update={
            "status": ArticleStatus.PUBLISHED,
            "approved_by": by,
            "approved_at": now,
            "expires_at": expires_at,
            "note": "",
        }
    )


def _ended(found: Article, status: ArticleStatus, note: str) -> Article | None:
    if found.status is status:
        return None
    allowed, otherwise = _ENDS_FROM[status]
    if found.status not in allowed:
        raise NoLongerOpen(otherwise)
    return found.model_copy(update={"status": status, "note": note})


def erase(world: ReviewWorld, base: KnowledgeBase, article_id: str, because: str) -> Article:
    """Withdraw an article for good: its texts are gone, and it cannot be approved again as long as
    its conversation is withdrawn. Raises `NotFound`, `Busy`."""

    def erased(found: Article) -> Article | None:
        after = found.model_copy(
            update={
                "status": ArticleStatus.WITHDRAWN,
                "question": ERASED,
                "answer": ERASED,
                "note": because,
            }
        )
        return None if found.answer == ERASED else after

    _, changed = change_article(world, article_id, erased)
    if changed:
        note(world, BY_POLICY, "erased article", article_id, because=because)
    return settle(world, base, article_id)


# --- what time does ------------------------------------------------------------------------------
def expire(world: ReviewWorld, base: KnowledgeBase) -> list[str]:
    """Expire what is over, and repair what the knowledge base should hold and does not, or holds
    and should not. Once a day each article is compared with what the knowledge base says of it.

    Returns the ids of the articles that changed.
    """
    now = world.clock.now()
    known = articles(world, None)
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
            missing = found.status is ArticleStatus.PUBLISHED
            return found.model_copy(update={"published_revision": None if missing else 0})
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
