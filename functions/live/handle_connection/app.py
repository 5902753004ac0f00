"""Door of $connect and $disconnect: records or forgets a connection."""

from datetime import UTC, datetime
from typing import Any

from tandem.aws import bootstrap
from tandem.aws.observability import observed
from tandem.live.models import Person
from tandem.live.ports import Connection


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    request = event["requestContext"]
    connection_id: str = request["connectionId"]
    connections = bootstrap.connections()
    if request["eventType"] == "DISCONNECT":
        connections.remove(connection_id)
        return {"statusCode": 200}
    who = request["authorizer"]
    if "user" in who:
        person = Person(user=who["user"], name=who["name"], groups=frozenset(who["groups"].split()))
        connections.add(Connection(connection_id, person=person))
    else:
        connections.add(
            Connection(
                connection_id,
                conversation_id=who["conversation_id"],
                expires_at=datetime.fromtimestamp(int(who["expires"]), UTC),
            )
        )
    return {"statusCode": 200}
