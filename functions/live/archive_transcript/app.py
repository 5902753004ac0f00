"""Door of `Conversation Closed`: the transcript goes to its bucket."""

from typing import Any

from tandem.aws import bootstrap
from tandem.aws.observability import logger, observed
from tandem.live.events import ConversationClosed
from tandem.live.transcript import archive

WORLD = bootstrap.world()
TRANSCRIPTS = bootstrap.transcripts()


@observed
def handler(event: dict[str, Any], _: Any) -> None:
    closed = ConversationClosed.model_validate(event["detail"])
    uri = archive(WORLD, TRANSCRIPTS, closed.conversation_id)
    logger.info("archived" if uri else "nothing to archive", extra={"uri": uri})
