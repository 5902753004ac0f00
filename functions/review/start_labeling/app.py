"""Door of what asks for a labelling job: enough candidates wait, somebody asks, or it is time."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.events import CandidatesWaiting
from tandem.review.labeling import start_all

WORLD = review_bootstrap.world()
BACKENDS = review_bootstrap.backends()


@observed
def handler(event: dict[str, Any], _: Any) -> list[str]:
    at_least = 1
    if event.get("detail-type") == CandidatesWaiting.detail_type:
        # It may be old by now.
        at_least = WORLD.policies.current().labeling.start_at
    jobs = start_all(WORLD, BACKENDS, at_least=at_least)
    for job in jobs:
        logger.info(
            "a labelling job",
            extra={"job": job.name, "status": job.status.value, "reason": job.reason},
        )
    if not jobs:
        logger.info("too few candidates wait for a labelling job", extra={"at_least": at_least})
    return [job.name for job in jobs]
