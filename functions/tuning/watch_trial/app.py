"""Door of what customers make of a candidate: answers, calls for a person, thumbs down."""

from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.observability import logger, observed
from tandem.live.events import AnswerRated, EscalationRequested, MessageAnswered
from tandem.tuning.watching import Watched, look, watch

WORLD = tuning_bootstrap.world()
MODELS = tuning_bootstrap.models()
DECIDING = tuning_bootstrap.deciding()
_KINDS: dict[str, type[Watched]] = {
    kind.detail_type: kind for kind in (MessageAnswered, EscalationRequested, AnswerRated)
}


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any] | None:
    models = MODELS.current()
    if models.trial is None:
        return None
    said = _KINDS[event["detail-type"]].model_validate(event["detail"])
    if not watch(WORLD, models, said):
        return None
    version = look(WORLD, DECIDING.hosting, DECIDING.pointer, DECIDING.withdrawn, models.trial)
    if version is None:
        return None
    told = {"version": version.version, "status": version.status.value}
    logger.info("a conversation of the trial", extra=told)
    return told
