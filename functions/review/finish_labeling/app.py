"""Door of jobs that are over: `Labeling Job Drained`, or Ground Truth's state change."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.events import LabelingJobDrained
from tandem.review.finishing import finish

WORLD = review_bootstrap.world()
BACKENDS = review_bootstrap.backends()


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any] | None:
    name = _job(event)
    job = finish(WORLD, BACKENDS, name)
    if job is None:
        # Others have labelling jobs in this account as well.
        logger.info("no labelling job of this stack, or not over", extra={"job": name})
        return None
    counts = {"labeled": job.labeled, "returned": job.returned}
    logger.info("finished", extra={"job": name, "status": job.status.value, **counts})
    return {"job": name, "status": job.status.value, **counts}


def _job(event: dict[str, Any]) -> str:
    if event["detail-type"] == LabelingJobDrained.detail_type:
        return LabelingJobDrained.model_validate(event["detail"]).job
    # Ground Truth says no more than the job's ARN.
    arn: str = event["resources"][0]
    return arn.rpartition("/")[2]
