"""Door of what moves versions into service and back: a decision in SageMaker's registry, an
endpoint's state change, an endpoint's alarm."""

from datetime import datetime
from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.tuning import approval, promotion, rolling_back
from tandem.tuning.models import ModelVersion

WORLD = tuning_bootstrap.world()
DECIDING = tuning_bootstrap.deciding()
SLOT_OF_ALARM = tuning_bootstrap.slot_of_alarm()


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any] | None:
    detail = event["detail"]
    match event["detail-type"]:
        case "SageMaker Model Package State Change":
            return _told(approval.decided(WORLD, DECIDING, detail["ModelPackageArn"]))
        case "CloudWatch Alarm State Change":
            return _alarmed(detail["alarmName"], detail["state"]["value"], event["time"])
        case _:  # of an endpoint: which version it is about, the versions know
            moved = promotion.go_on(WORLD, DECIDING.hosting, DECIDING.pointer, DECIDING.withdrawn)
            logger.info("gone on", extra={"moved": moved})
            return {"moved": moved}


def _alarmed(alarm: str, state: str, time: str) -> dict[str, Any] | None:
    slot = SLOT_OF_ALARM.get(alarm)
    if state != "ALARM" or slot is None:
        return None
    at = datetime.fromisoformat(time)
    hosting, pointer = DECIDING.hosting, DECIDING.pointer
    return _told(rolling_back.alarmed(WORLD, hosting, pointer, slot, alarm=alarm, at=at))


def _told(version: ModelVersion | None) -> dict[str, Any] | None:
    if version is None:
        logger.info("about no version of this stack, or none that answers")
        return None
    told = {"version": version.version, "status": version.status.value}
    logger.info("a version", extra={**told, "reason": version.reason})
    return told
