"""Door of `Escalation Resolved`: what an expert marked becomes an article."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.live.events import EscalationResolved
from tandem.review.proposing import propose

WORLD = review_bootstrap.world()
BASE = review_bootstrap.knowledge_base()
EXCHANGES = review_bootstrap.exchanges()
REDACTOR = review_bootstrap.redactor()


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, str] | None:
    resolved = EscalationResolved.model_validate(event["detail"])
    article = propose(WORLD, BASE, EXCHANGES, REDACTOR, resolved)
    if article is None:
        logger.info("nothing to keep", extra={"escalation_id": resolved.escalation_id})
        return None
    said = {"article_id": article.article_id, "status": article.status.value}
    logger.info("article", extra=said)
    return said
