"""Door of what asks for a training: a dataset is built, or a lead wants one."""

from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.review.events import DatasetBuilt
from tandem.tuning.events import TrainingRequested
from tandem.tuning.ports import Dataset
from tandem.tuning.training_runs import start_as_asked, start_if_enough_is_new

WORLD = tuning_bootstrap.world()
MEANS = tuning_bootstrap.training()


@observed
def handler(event: dict[str, Any], _: Any) -> str | None:
    if event["detail-type"] == TrainingRequested.detail_type:
        request = TrainingRequested.model_validate(event["detail"])
        started = start_as_asked(WORLD, MEANS, request)
    else:
        built = DatasetBuilt.model_validate(event["detail"])
        announced = Dataset(built.dataset_version, built.uri)
        started = start_if_enough_is_new(WORLD, MEANS, announced)
    run = started.run
    said = {"run": run.name, "status": run.status.value} if run else {}
    if started.reason:
        logger.info("no training", extra={"reason": started.reason, **said})
        return None
    logger.info("a training", extra={**said, "reason": run.reason if run else ""})
    return run.name if run else None
