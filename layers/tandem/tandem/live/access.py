"""Who may reach what: signed tokens for conversations and for the desk's socket.

Tokens are JWTs (RFC 7519) signed with HMAC-SHA-256 under a secret of the deployment. A conversation
token opens exactly one conversation; a desk ticket opens the socket once it was exchanged for the
identity provider's own token, and lives for a minute.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from tandem.live.errors import AccessDenied, NotSignedIn
from tandem.live.models import Person

_ALGORITHM = "HS256"
_ISSUER = "tandem"
_CONVERSATION = "conversation"
_DESK = "desk"
DESK_GROUPS = frozenset({"experts", "leads"})
TICKET_LIFETIME = timedelta(minutes=1)


def conversation_token(
    secret: str, conversation_id: str, customer_id: str, now: datetime, lifetime: timedelta
) -> tuple[str, datetime]:
    """A token for one conversation, and when it expires."""
    expires = now + lifetime
    claims = {
        "iss": _ISSUER,
        "aud": _CONVERSATION,
        "sub": customer_id,
        "cid": conversation_id,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM), expires


def desk_ticket(secret: str, person: Person, now: datetime) -> tuple[str, datetime]:
    """A short-lived ticket for the desk's socket, and when it expires."""
    expires = now + TICKET_LIFETIME
    claims = {
        "iss": _ISSUER,
        "aud": _DESK,
        "sub": person.user,
        "name": person.name,
        "groups": sorted(person.groups),
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM), expires


def open_conversation_token(secret: str, token: str, now: datetime) -> tuple[str, str, datetime]:
    """The conversation id, the customer id and the expiry of a valid token.

    Raises `NotSignedIn` for a token that is forged, expired, or not of this kind.
    """
    claims = _claims(secret, token, _CONVERSATION, now, ["cid"])
    expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
    return str(claims["cid"]), str(claims["sub"]), expires


def open_desk_ticket(secret: str, token: str, now: datetime) -> Person:
    """The person of a valid ticket. Raises `NotSignedIn`."""
    claims = _claims(secret, token, _DESK, now, ["name", "groups"])
    return Person(
        user=str(claims["sub"]), name=str(claims["name"]), groups=frozenset(claims["groups"])
    )


def require_conversation(
    secret: str, authorization: str | None, conversation_id: str, now: datetime
) -> str:
    """Check an `Authorization: Bearer` header against a conversation. Returns the customer id.

    Raises `NotSignedIn`, or `AccessDenied` for another conversation's token.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Send the conversation's token as “Authorization: Bearer …”.")
    opened, customer_id, _ = open_conversation_token(secret, token.strip(), now)
    if opened != conversation_id:
        raise AccessDenied("This token is for another conversation.")
    return customer_id


def person_of_claims(claims: dict[str, Any]) -> Person:
    """The expert or lead of an identity provider's verified token. Raises `AccessDenied`."""
    return member_of_claims(
        claims, DESK_GROUPS, "Only members of the groups experts and leads may use the desk."
    )


def member_of_claims(claims: dict[str, Any], groups_let_in: frozenset[str], refusal: str) -> Person:
    """The person of an identity provider's verified token, with those of the groups that they are
    in.

    API Gateway hands a list claim over as the text `[experts leads]`. Raises `AccessDenied` with
    the refusal for somebody who is in none of the groups, and for what is not an access or id token
    of a person.
    """
    groups = claims.get("cognito:groups", "")
    if isinstance(groups, str):
        groups = groups.strip("[]").replace(",", " ").split()
    member_of = frozenset(str(group) for group in groups) & groups_let_in
    user = claims.get("username") or claims.get("cognito:username") or claims.get("sub")
    if not member_of or not user:
        raise AccessDenied(refusal)
    name = claims.get("name") or claims.get("email") or user
    return Person(user=str(user), name=str(name), groups=member_of)


def lead_of_claims(claims: dict[str, Any]) -> Person:
    """The lead of an identity provider's verified token. Raises `AccessDenied` for anybody else."""
    person = person_of_claims(claims)
    if not person.is_lead:
        raise AccessDenied("Only members of the group leads may see this.")
    return person


def _claims(
    secret: str, token: str, audience: str, now: datetime, required: list[str]
) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=_ISSUER,
            # Expiry is checked below, against the clock that was handed in.
            options={
                "require": ["exp", "sub", *required],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise NotSignedIn("This token is not valid. Ask for a new one.") from error
    if now.timestamp() >= float(claims["exp"]):
        raise NotSignedIn("This token has expired. Ask for a new one.")
    return claims
