"""Door of training jobs that have ended: SageMaker's state change."""

from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.tuning.registering import finish

WORLD = tuning_bootstrap.world()
MEANS = tuning_bootstrap.training()
REGISTRY = tuning_bootstrap.registry()
_ENDED = frozenset({"Completed", "Failed", "Stopped"})


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any] | None:
    name, status = event["detail"]["TrainingJobName"], event["detail"]["TrainingJobStatus"]
    if status not in _ENDED:
        return None
    run = finish(WORLD, MEANS, REGISTRY, name)
    if run is None:
        # Others have training jobs in this account as well.
        logger.info("no training of this stack, or not over", extra={"job": name})
        return None
    said = {"run": run.name, "status": run.status.value, "version": run.version}
    logger.info("a training has ended", extra={**said, "reason": run.reason})
    return said
