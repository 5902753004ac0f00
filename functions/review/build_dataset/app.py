"""Door of the dataset: `Labeling Completed` and a schedule build it, `Candidate Registered` says
that a model was trained on it."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.dataset import build, register_model
from tandem.review.events import CandidateRegistered, LabelingCompleted

WORLD = review_bootstrap.world()


@observed
def handler(event: dict[str, Any], _: Any) -> None:
    kind = event.get("detail-type")
    if kind == CandidateRegistered.detail_type:
        register_model(WORLD, CandidateRegistered.model_validate(event["detail"]))
        return
    job = None
    if kind == LabelingCompleted.detail_type:
        job = LabelingCompleted.model_validate(event["detail"]).job
    built = build(WORLD, job)
    dataset = built.dataset
    said = {"version": dataset.version, "rows": dataset.counts} if dataset else {}
    if built.is_new:
        logger.info("a dataset is built", extra=said)
    else:
        logger.info("no new dataset", extra={"reason": built.reason, **said})
