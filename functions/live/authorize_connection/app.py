"""Door of the WebSocket: lets in who brings a valid token, and says who it is."""

from typing import Any

from tandem.aws import bootstrap
from tandem.aws.observability import observed
from tandem.live.access import open_conversation_token, open_desk_ticket
from tandem.live.errors import NotSignedIn


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    token = (event.get("queryStringParameters") or {}).get("token", "")
    now, secret = bootstrap.clock().now(), bootstrap.token_secret()
    try:
        conversation_id, customer_id, expires = open_conversation_token(secret, token, now)
        return _policy(
            event,
            "Allow",
            customer_id,
            conversation_id=conversation_id,
            expires=str(int(expires.timestamp())),
        )
    except NotSignedIn:
        pass
    try:
        person = open_desk_ticket(secret, token, now)
    except NotSignedIn:
        return _policy(event, "Deny", "nobody")
    return _policy(
        event,
        "Allow",
        person.user,
        user=person.user,
        name=person.name,
        groups=" ".join(person.groups),
    )


def _policy(event: dict[str, Any], effect: str, principal: str, **context: str) -> dict[str, Any]:
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": event["methodArn"],
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
