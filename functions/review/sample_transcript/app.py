"""Door of the transcripts' bucket: the event of one object, or a batch of the backfill."""

from dataclasses import asdict
from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.inbox import Batch, ObjectCreated
from tandem.aws.observability import logger, observed
from tandem.review.intake import Intake

WORLD = review_bootstrap.world()
REDACTOR = review_bootstrap.redactor()


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _batch(event, context) if "Items" in event else _created(event, context)


def _created(event: dict[str, Any], context: Any) -> dict[str, Any]:
    created = ObjectCreated.model_validate(event["detail"])
    sampled = asdict(_intake(created.bucket.name, context).sample(created.object.key))
    logger.info("sampled", extra={"key": created.object.key, **sampled})
    return sampled


def _batch(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Returns also the items that are to be tried again."""
    batch = Batch.model_validate(event)
    sampled, failed = _intake(batch.common.bucket, context).sample_all(batch.keys)
    for key, error in failed.items():
        logger.warning("not sampled", extra={"key": key, "error": repr(error)})
    again = [item for item in batch.items if item["Key"] in failed]
    return {**asdict(sampled), "failed": again}


def _intake(bucket: str, context: Any) -> Intake:
    return Intake(
        WORLD,
        REDACTOR,
        review_bootstrap.inbox(bucket),
        lambda: context.get_remaining_time_in_millis() / 1000,
    )
