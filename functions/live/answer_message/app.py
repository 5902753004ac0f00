"""Door of `Message Received`: the assistant's turn."""

from typing import Any

from tandem.aws import bootstrap
from tandem.aws.observability import observed
from tandem.live.events import MessageReceived
from tandem.live.turn import handle_message

WORLD = bootstrap.world()
ANSWERING = bootstrap.answering()


@observed
def handler(event: dict[str, Any], context: Any) -> None:
    message = MessageReceived.model_validate(event["detail"])

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    handle_message(WORLD, ANSWERING, message, seconds_left)
