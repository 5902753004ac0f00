"""What stands where a text was that a customer has withdrawn; and an article's erasure."""

from tandem.review.audit import BY_POLICY, note
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import KnowledgeBase, ReviewWorld
from tandem.review.publishing import change_article, settle

ERASED = "[withdrawn]"
WITHDRAWN = "the customer has withdrawn the conversation"


def erase_article(world: ReviewWorld, base: KnowledgeBase, article_id: str) -> Article:
    """Withdraw an article for good: its texts are gone, and it cannot be approved again as long as
    its conversation is withdrawn. Raises `NotFound`, `Busy`."""

    def erased(found: Article) -> Article | None:
        if is_erased(found):
            return None
        return found.model_copy(
            update={
                "status": ArticleStatus.WITHDRAWN,
                "question": ERASED,
                "answer": ERASED,
                "note": WITHDRAWN,
                "problem": "",
            }
        )

    _, changed = change_article(world, article_id, erased)
    if changed:
        note(world, BY_POLICY, "erased article", article_id, because=WITHDRAWN)
    return settle(world, base, article_id)


def is_erased(article: Article) -> bool:
    return article.status is ArticleStatus.WITHDRAWN and article.answer == ERASED
