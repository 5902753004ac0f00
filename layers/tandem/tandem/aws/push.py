"""Sends frames to open sockets through API Gateway's `@connections`."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tandem.aws.observability import logger
from tandem.live.frames import ServerFrame
from tandem.live.ports import Connections

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi.client import ApiGatewayManagementApiClient

_NOT_THERE = frozenset({"GoneException", "ForbiddenException"})


class SocketPush:
    """`Push`. Never raises: what a socket misses, its client fetches."""

    def __init__(self, client: "ApiGatewayManagementApiClient", connections: Connections) -> None:
        self._client = client
        self._connections = connections

    def send(self, connection_id: str, frame: ServerFrame) -> bool:
        try:
            self._client.post_to_connection(
                ConnectionId=connection_id, Data=frame.model_dump_json().encode()
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_THERE:
                self._forget(connection_id)
            else:
                logger.warning("push failed", extra=_extra(connection_id, error))
            return False
        except BotoCoreError as error:
            logger.warning("push failed", extra=_extra(connection_id, error))
            return False
        return True

    def _forget(self, connection_id: str) -> None:
        try:
            self._connections.forget(connection_id)
        except (ClientError, BotoCoreError) as error:
            logger.warning("a closed connection stays listed", extra=_extra(connection_id, error))


def _extra(connection_id: str, error: Exception) -> dict[str, str]:
    return {"connection_id": connection_id, "error": str(error)}
