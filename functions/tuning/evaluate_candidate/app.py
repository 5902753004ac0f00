"""Door of the gate: a candidate is registered, or people have compared its answers."""

from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.tuning.evaluation import evaluate_waiting
from tandem.tuning.events import ComparisonCompleted
from tandem.tuning.models import ModelVersion
from tandem.tuning.verdict import settle

WORLD = tuning_bootstrap.world()
EVALUATING = tuning_bootstrap.evaluating()


@observed
def handler(event: dict[str, Any], context: Any) -> list[dict[str, Any]]:
    if event["detail-type"] == ComparisonCompleted.detail_type:
        compared = ComparisonCompleted.model_validate(event["detail"])
        settled = settle(WORLD, EVALUATING.judging, compared.model_version)
        return [_told(settled)] if settled else []
    # Whatever waits: of a candidate the event says only which dataset it was trained on.
    return [_told(version) for version in evaluate_waiting(WORLD, EVALUATING, _seconds_of(context))]


def _told(version: ModelVersion) -> dict[str, Any]:
    told = {"version": version.version, "status": version.status.value}
    logger.info("a candidate", extra={**told, "reason": version.reason})
    return told


def _seconds_of(context: Any) -> Any:
    return lambda: context.get_remaining_time_in_millis() / 1000
