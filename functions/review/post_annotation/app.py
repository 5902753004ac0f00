"""Door of both labelling backends, after reviewers have spoken: one label for each object."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.annotation import post_annotation

WORLD = review_bootstrap.world()
REDACTOR = review_bootstrap.redactor()


@observed
def handler(event: dict[str, Any], _: Any) -> list[dict[str, Any]]:
    labels = post_annotation(WORLD, REDACTOR, event)
    logger.info("consolidated", extra={"job": event["labelingJobArn"], "labels": len(labels)})
    return labels
