"""Door of the schedule: finds what lost events and dead workers left behind in the tuning module,
asks after imports, of which no event tells, removes endpoints that nobody needs any more, and
erases what customers have withdrawn."""

from dataclasses import asdict
from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.tuning.recovery import Parts, reconcile

WORLD = tuning_bootstrap.world()
PARTS = Parts(
    means=tuning_bootstrap.training(),
    judging=tuning_bootstrap.judging(),
    deciding=tuning_bootstrap.deciding(),
    alarms=tuning_bootstrap.alarms(),
    erasing=tuning_bootstrap.erasing(),
)


@observed
def handler(_: dict[str, Any], __: Any) -> dict[str, int]:
    found = asdict(reconcile(WORLD, PARTS))
    if any(found.values()):
        logger.info("looked after", extra={"found": found})
    return {kind: len(names) for kind, names in found.items()}
