"""What leads do with experts' articles: see, edit, approve and end them.

Whatever is decided is stored first; `publishing` brings the knowledge base in line with it, now or
at the next `knowledge_upkeep.expire`.
"""

from datetime import UTC, datetime, timedelta

from tandem.live.errors import InvalidMessage, NoLongerOpen
from tandem.live.models import Person
from tandem.review.api import ArticleList, DecideArticle, EditArticle, Seen
from tandem.review.audit import note
from tandem.review.errors import ChangedMeanwhile
from tandem.review.listing import Listing
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import KnowledgeBase, ReviewWorld
from tandem.review.publishing import change_article, is_problem, settle
from tandem.review.stores import Place

PROBLEM = "problem"
"""In the place of a status: those of which the knowledge base does not hold what it should."""
_LISTED = Listing(usual=20, most=50)
"""Fifty of the longest are an answer of 6 MB, which is the most that a function gives."""
_PROBLEMS_COUNTED = 1000


# --- what they see -------------------------------------------------------------------------------
def articles(
    world: ReviewWorld, status: str | None, limit: int = 0, after: str = ""
) -> ArticleList:
    """Those of a status, of `problem`, or all; newest first, up to `limit` (0: the usual many) from
    where the list before ended. Raises `InvalidMessage`."""
    most, place = _LISTED.size(limit), _LISTED.place(after)
    wanted = _wanted(status)
    troubled = [each for each in world.articles.unsettled(_PROBLEMS_COUNTED) if is_problem(each)]
    if status == PROBLEM:
        found = [each for each in troubled if place is None or _is_behind(each, place)]
    else:
        found = [a for each in wanted for a in world.articles.of_status(each, most + 1, place)]
        found.sort(key=_order, reverse=True)
    listed, following = _LISTED.cut(found, most, lambda a: Place(a.created_at, a.article_id))
    return ArticleList(articles=tuple(listed), next=following, problems=len(troubled))


def _wanted(status: str | None) -> tuple[ArticleStatus, ...]:
    if status is None:
        return tuple(ArticleStatus)
    if status == PROBLEM:
        return ()
    if status not in set(ArticleStatus):
        raise InvalidMessage(f"status must be one of {', '.join([*ArticleStatus, PROBLEM])}.")
    return (ArticleStatus(status),)


def _order(article: Article) -> tuple[datetime, str]:
    return article.created_at, article.article_id


def _is_behind(article: Article, place: Place) -> bool:
    return _order(article) < (place.at, place.name)


# --- what they change ----------------------------------------------------------------------------
def edit(
    world: ReviewWorld, base: KnowledgeBase, person: Person, article_id: str, change: EditArticle
) -> Article:
    """Change what is given; an `expires_at` that is given as null means never. Whoever edits a
    published article has approved it as it is now.

    What a lead writes stays as it is: a hot-line's number belongs into an article. Raises
    `NotFound`, `NoLongerOpen` for a withdrawn one, `ChangedMeanwhile`, `InvalidMessage`, `Busy`.
    """
    values = _values(world, change)

    def edited(found: Article) -> Article | None:
        if found.status is ArticleStatus.WITHDRAWN:
            raise NoLongerOpen("This article is withdrawn. It cannot be changed any more.")
        after = found.model_copy(update=values)
        if after == found:
            return None
        _check_seen(found, change)
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
        area = " ".join(change.product_area.split())
        if area and areas and area not in areas:
            raise InvalidMessage(f"The product area is one of: {', '.join(areas)}.")
        values["product_area"] = area
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
    conversation. Raises `NotFound`, `NoLongerOpen` where the state does not allow it,
    `ChangedMeanwhile`, `Busy`.
    """

    def decided(found: Article) -> Article | None:
        if decision.decision == "approve":
            after = _approved(world, found, person)
        else:
            after = _ended(found, _ENDINGS[decision.decision], decision.note)
        if after is not None:
            _check_seen(found, decision)
        return after

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
_ENDINGS = {
    "reject": ArticleStatus.REJECTED,
    "expire": ArticleStatus.EXPIRED,
    "withdraw": ArticleStatus.WITHDRAWN,
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


def _check_seen(found: Article, seen: Seen) -> None:
    if seen.revision < found.changed_revision:
        raise ChangedMeanwhile(
            "Somebody has changed this article since it was shown to you. Look at it again, then "
            "decide."
        )


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
            "may_be_held": True,
            "note": "",
        }
    )


def _ended(found: Article, status: ArticleStatus, note: str) -> Article | None:
    if found.status is status:
        return None
    allowed, otherwise = _ENDS_FROM[status]
    if found.status not in allowed:
        raise NoLongerOpen(otherwise)
    return found.model_copy(update={"status": status, "note": note, "problem": ""})
