"""Makes the knowledge base hold what it should of an article, and no more.

What it should hold (`status`), and that it may hold something (`may_be_held`), is written before
each step; what came of it (`published_revision`, `indexed`, `problem`) after. So a step that breaks
off, or that the knowledge base refuses or takes without saying so, shows, and `settle` goes on from
there. Only the knowledge base's own word that an article is gone ends the asking for it.
"""

from collections.abc import Callable

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.review.events import KnowledgeAdded, KnowledgeRemoved, ReviewEvent
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import InBase, IngestionFailed, KnowledgeBase, ReviewWorld

_ATTEMPTS = 5
_WHAT_IT_SAYS = ("question", "answer", "product_area", "expires_at", "status")


def is_settled(article: Article) -> bool:
    """Whether the knowledge base holds what it should, or will at its next synchronization, as far
    as the article knows."""
    if article.status is ArticleStatus.PUBLISHED:
        told = article.indexed or article.at_next_sync
        return told and article.published_revision == article.revision
    return not article.may_be_held


def is_problem(article: Article) -> bool:
    """Whether the knowledge base has not taken it, or may still hold it although it has ended."""
    if is_settled(article):
        return False
    return bool(article.problem) or article.status is not ArticleStatus.PUBLISHED


def change_article(
    world: ReviewWorld, article_id: str, change: Callable[[Article], Article | None]
) -> tuple[Article, bool]:
    """Change an article, looking at it again when somebody else was faster.

    `change` returns the article as it should be (its revision is moved here), or None where there
    is nothing to change. Returns the article, and whether this call changed it. Raises `NotFound`,
    `Busy`, and what `change` raises.
    """
    for _ in range(_ATTEMPTS):
        found = world.articles.get(article_id)
        if found is None:
            raise NotFound("There is no such article.")
        changed = change(found)
        if changed is None:
            return found, False
        after = _next(found, changed)
        try:
            world.articles.replace(found, after)
        except Conflict:
            continue
        return after, True
    raise Busy("Too many change this article at once. Try again.")


def _next(before: Article, after: Article) -> Article:
    number = before.revision + 1
    restated = any(getattr(before, name) != getattr(after, name) for name in _WHAT_IT_SAYS)
    moved = {"changed_revision": number} if restated else {}
    return after.model_copy(update={"revision": number, **moved})


def settle(world: ReviewWorld, base: KnowledgeBase, article_id: str) -> Article:
    """Put an article into the knowledge base, or take it out, as its status says, and note what
    came of it. Nothing happens where that is done.

    What the knowledge base refuses is noted as the article's `problem`, for the next time. Raises
    `NotFound`, `Busy`.
    """
    outrun = False
    for _ in range(_ATTEMPTS):
        article = world.articles.get(article_id)
        if article is None:
            raise NotFound("There is no such article.")
        # Somebody was faster, but what reached the knowledge base last may be this call's.
        if is_settled(article) and not outrun:
            return article
        if article.status is ArticleStatus.PUBLISHED:
            after, events = _hold(world, base, article, anew=outrun)
        else:
            after, events = _let_go(world, base, article)
        if after is article:
            return article
        if events:
            world.bus.publish(events)
        try:
            world.articles.replace(article, after)
        except Conflict:
            outrun = True
            continue
        return after
    raise Busy("Too many change this article at once. Try again.")


type _Step = tuple[Article, list[ReviewEvent]]
"""The article afterwards (the same object: nothing is new), and what is to be announced."""


def _hold(world: ReviewWorld, base: KnowledgeBase, article: Article, *, anew: bool) -> _Step:
    number = article.revision + 1
    taken = article.model_copy(
        update={
            "revision": number,
            "published_revision": number,
            "may_be_held": True,
            "indexed": False,
            "at_next_sync": False,
            "problem": "",
        }
    )
    try:
        state = None
        if article.published_revision == article.revision and not anew:
            state = base.states([article.article_id]).get(article.article_id)
        if state is None:
            state = base.put(taken)
            if state.state == "pending":
                # Often it is there already. One that is not listed yet is on its way.
                seen = base.states([article.article_id]).get(article.article_id, state)
                state = state if seen.state == "absent" else seen
        elif state.state == "pending":
            return article, []
    except IngestionFailed as error:
        return _failed(world, article, f"The knowledge base did not take it: {error}"), []
    match state.state:
        case "pending":
            return taken, []
        case "held":
            return taken.model_copy(update={"indexed": True}), [_added(world, taken)]
        case "next_sync":
            waits = taken.model_copy(update={"at_next_sync": True})
            return waits, [_added(world, waits)]
        case "absent" | "failed":
            lost = state.state == "absent"
            why = "has lost it." if lost else f"could not index it: {state.reason}"
            return _failed(world, article, f"The knowledge base {why}"), []


def _let_go(world: ReviewWorld, base: KnowledgeBase, article: Article) -> _Step:
    try:
        state = base.remove(article.article_id)
        if state.state == "pending":
            state = base.states([article.article_id]).get(article.article_id, state)
    except IngestionFailed as error:
        state = InBase("failed", str(error))
    number = article.revision + 1
    if state.state in {"absent", "next_sync"}:
        gone = article.model_copy(
            update={
                "revision": number,
                "published_revision": None,
                "may_be_held": False,
                "indexed": False,
                "at_next_sync": state.state == "next_sync",
                "problem": "",
            }
        )
        return gone, [_removed(world, gone)]
    if state.state == "failed":
        world.meter.record("IngestionsFailed", 1, "Count")
        problem = f"The knowledge base may still hold it: {state.reason}"
        if problem != article.problem:
            return article.model_copy(update={"revision": number, "problem": problem}), []
    # The next look finds it gone, or takes it out once more.
    return article, []


def _failed(world: ReviewWorld, article: Article, why: str) -> Article:
    world.meter.record("IngestionsFailed", 1, "Count")
    # A new revision each time: the knowledge base takes the same one only once. An earlier wording
    # may be there, and this one as well: what could not be answered may have been taken.
    return article.model_copy(
        update={
            "revision": article.revision + 1,
            "may_be_held": True,
            "indexed": False,
            "at_next_sync": False,
            "problem": why,
        }
    )


# --- what is announced ---------------------------------------------------------------------------
def _added(world: ReviewWorld, article: Article) -> KnowledgeAdded:
    assert article.approved_by is not None
    return KnowledgeAdded(
        id=f"knowledge-added-{article.article_id}-{article.revision}",
        time=world.clock.now(),
        article_id=article.article_id,
        approved_by=article.approved_by,
        at_next_sync=article.at_next_sync,
    )


def _removed(world: ReviewWorld, article: Article) -> KnowledgeRemoved:
    return KnowledgeRemoved(
        id=f"knowledge-removed-{article.article_id}-{article.revision}",
        time=world.clock.now(),
        article_id=article.article_id,
        because="expired" if article.status is ArticleStatus.EXPIRED else "withdrawn",
        at_next_sync=article.at_next_sync,
    )
