"""Door of the schedule: finds what lost events and dead workers left behind in the review."""

from dataclasses import asdict
from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.recovery import reconcile

WORLD = review_bootstrap.world()
BACKENDS = review_bootstrap.backends()
KNOWLEDGE_BASE = review_bootstrap.knowledge_base()


@observed
def handler(_: dict[str, Any], __: Any) -> dict[str, int]:
    found = asdict(reconcile(WORLD, BACKENDS, KNOWLEDGE_BASE))
    if any(found.values()):
        logger.info("looked after", extra={"found": found})
    return {kind: len(names) for kind, names in found.items()}
