"""Makes the knowledge base hold what it should of an article, and no more.

What an article says of the knowledge base (`published_revision`, `indexed`, `problem`) is written
after each step, and what it should hold (`status`) before. So a step that breaks off, or that the
knowledge base refuses, shows, and `settle` goes on from there.
"""

from collections.abc import Callable

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.review.events import KnowledgeAdded, KnowledgeRemoved, ReviewEvent
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import InBase, IngestionFailed, KnowledgeBase, ReviewWorld

_ATTEMPTS = 5
_AGAIN = "It is tried again by itself."


def is_settled(article: Article) -> bool:
    """Whether the knowledge base holds what it should, as far as the article knows."""
    if article.status is ArticleStatus.PUBLISHED:
        return article.published_revision == article.revision and article.indexed
    return article.published_revision is None


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
        after = changed.model_copy(update={"revision": found.revision + 1})
        try:
            world.articles.replace(found, after)
        except Conflict:
            continue
        return after, True
    raise Busy("Too many change this article at once. Try again.")


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
        update={"revision": number, "published_revision": number, "indexed": False, "problem": ""}
    )
    try:
        if anew or article.published_revision != article.revision:
            state = base.put(taken)
            if state.state == "pending":
                # Often it is there already. One that is not listed yet is on its way.
                seen = base.states([article.article_id]).get(article.article_id, state)
                state = state if seen.state == "absent" else seen
        else:
            state = base.states([article.article_id]).get(article.article_id, InBase("held"))
            if state.state == "pending":
                return article, []
    except IngestionFailed as error:
        return _failed(world, article, f"The knowledge base did not take it: {error}"), []
    match state.state:
        case "pending":
            return taken, []
        case "held":
            assert article.approved_by is not None
            added = KnowledgeAdded(
                id=f"knowledge-added-{article.article_id}-{number}",
                time=world.clock.now(),
                article_id=article.article_id,
                approved_by=article.approved_by,
            )
            return taken.model_copy(update={"indexed": True}), [added]
        case "absent":
            return _failed(world, article, "The knowledge base has lost it."), []
        case "failed":
            return _failed(world, article, f"It could not be indexed: {state.reason}"), []


def _let_go(world: ReviewWorld, base: KnowledgeBase, article: Article) -> _Step:
    try:
        state = base.remove(article.article_id)
        if state.state == "pending":
            state = base.states([article.article_id]).get(article.article_id, state)
    except IngestionFailed as error:
        state = InBase("failed", str(error))
    number = article.revision + 1
    if state.state == "absent":
        gone = article.model_copy(
            update={
                "revision": number,
                "published_revision": None,
                "indexed": False,
                "problem": "",
            }
        )
        removed = KnowledgeRemoved(
            id=f"knowledge-removed-{article.article_id}-{number}",
            time=world.clock.now(),
            article_id=article.article_id,
            because="expired" if article.status is ArticleStatus.EXPIRED else "withdrawn",
        )
        return gone, [removed]
    if state.state == "failed":
        world.meter.record("IngestionsFailed", 1, "Count")
        problem = f"The knowledge base still holds it: {state.reason} {_AGAIN}"
        if problem != article.problem:
            return article.model_copy(update={"revision": number, "problem": problem}), []
    # The next look finds it gone, or takes it out once more.
    return article, []


def _failed(world: ReviewWorld, article: Article, why: str) -> Article:
    world.meter.record("IngestionsFailed", 1, "Count")
    # A new revision each time: the knowledge base takes the same one only once.
    return article.model_copy(
        update={
            "revision": article.revision + 1,
            "published_revision": None,
            "indexed": False,
            "problem": f"{why} {_AGAIN}",
        }
    )
