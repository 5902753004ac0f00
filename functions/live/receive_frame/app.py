"""Door of the WebSocket's messages, from customers and from the desk."""

from typing import Any

from tandem.aws import bootstrap
from tandem.aws.observability import observed
from tandem.live.socket import receive_frame

WORLD = bootstrap.world()


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    connection_id = event["requestContext"]["connectionId"]
    answer = receive_frame(WORLD, connection_id, event.get("body") or "")
    WORLD.push.send(connection_id, answer)
    return {"statusCode": 200}
