"""Tokens and groups: who may reach what, and who may not."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from tandem.live.access import (
    conversation_token,
    desk_ticket,
    lead_of_claims,
    open_conversation_token,
    open_desk_ticket,
    person_of_claims,
    require_conversation,
)
from tandem.live.errors import AccessDenied, NotSignedIn
from tests.fakes import START
from tests.scene import ANNA, LEA

SECRET = "a secret of the deployment, long enough for HMAC-SHA-256"
HOUR = timedelta(hours=1)


def token(conversation_id: str = "c-1", secret: str = SECRET) -> str:
    return conversation_token(secret, conversation_id, "guest:1", START, HOUR)[0]


def signed(secret: str = SECRET, **claims: Any) -> str:
    whole: dict[str, Any] = {
        "iss": "tandem",
        "aud": "conversation",
        "sub": "guest:1",
        "cid": "c-1",
        "exp": int((START + HOUR).timestamp()),
    }
    whole |= claims
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, secret, "HS256")


def unsigned(**header: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = jwt.decode(signed(), options={"verify_signature": False})
    return f"{part({'typ': 'JWT', **header})}.{part(claims)}."


# --- a conversation's token ----------------------------------------------------------------------
def test_a_token_opens_its_conversation_until_it_expires() -> None:
    opened = open_conversation_token(SECRET, token(), START + timedelta(minutes=59))

    assert opened == ("c-1", "guest:1", START + HOUR)


def test_a_token_opens_no_other_conversation() -> None:
    assert require_conversation(SECRET, f"Bearer {token()}", "c-1", START) == "guest:1"
    with pytest.raises(AccessDenied):
        require_conversation(SECRET, f"Bearer {token()}", "c-2", START)


@pytest.mark.parametrize("later", [HOUR, timedelta(days=400)])
def test_an_expired_token_opens_nothing(later: timedelta) -> None:
    with pytest.raises(NotSignedIn, match="expired"):
        open_conversation_token(SECRET, token(), START + later)


HEADER, CLAIMS, SIGNATURE = signed().split(".")
FORGED = {
    "another secret": signed(secret="another secret that is also long enough"),
    "no signature": f"{HEADER}.{CLAIMS}.",
    "another's signature": f"{HEADER}.{token('c-2').split('.')[1]}.{SIGNATURE}",
    "alg none": unsigned(alg="none"),
    "alg None": unsigned(alg="None"),
    "alg RS256": unsigned(alg="RS256"),
    "no alg": unsigned(),
    "another algorithm": jwt.encode({"sub": "x"}, SECRET * 2, "HS512"),
    "another audience": signed(aud="desk"),
    "no audience": signed(aud=None),
    "another issuer": signed(iss="somebody"),
    "no issuer": signed(iss=None),
    "no expiry": signed(exp=None),
    "no subject": signed(sub=None),
    "no conversation": signed(cid=None),
    "empty": "",
    "no token": "hello",
    "dots": "..",
    "huge": "a" * 100_000,
    "not ASCII": "ä.ö.ü",
    "null": "\x00",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_opens_nothing(forged: str) -> None:
    with pytest.raises(NotSignedIn):
        open_conversation_token(SECRET, forged, START)
    with pytest.raises(NotSignedIn):
        require_conversation(SECRET, f"Bearer {forged}", "c-1", START)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", token(), f"Basic {token()}"])
def test_without_a_bearer_token_nobody_is_signed_in(header: str | None) -> None:
    with pytest.raises(NotSignedIn):
        require_conversation(SECRET, header, "c-1", START)


def test_the_error_says_nothing_of_what_exists() -> None:
    with pytest.raises(AccessDenied) as denied:
        require_conversation(SECRET, f"bearer {token()}", "c-2", START)

    assert "c-1" not in denied.value.message
    assert "c-2" not in denied.value.message


# --- the desk's ticket ---------------------------------------------------------------------------
def test_a_ticket_opens_the_desk_for_a_minute() -> None:
    ticket, expires = desk_ticket(SECRET, LEA, START)

    assert expires == START + timedelta(minutes=1)
    assert open_desk_ticket(SECRET, ticket, START + timedelta(seconds=59)) == LEA
    with pytest.raises(NotSignedIn):
        open_desk_ticket(SECRET, ticket, START + timedelta(seconds=60))


def test_a_customers_token_does_not_open_the_desk_nor_a_ticket_a_conversation() -> None:
    with pytest.raises(NotSignedIn):
        open_desk_ticket(SECRET, token(), START)
    with pytest.raises(NotSignedIn):
        open_conversation_token(SECRET, desk_ticket(SECRET, ANNA, START)[0], START)


# --- the identity provider's groups --------------------------------------------------------------
@pytest.mark.parametrize(
    ("groups", "member_of"),
    [
        ("[experts leads]", {"experts", "leads"}),
        ("[experts]", {"experts"}),
        ("experts, leads", {"experts", "leads"}),
        (["leads", "finance"], {"leads"}),
    ],
)
def test_the_groups_are_read_as_the_gateway_hands_them_over(
    groups: Any, member_of: set[str]
) -> None:
    person = person_of_claims({"cognito:groups": groups, "username": "anna", "name": "Anna"})

    assert person.groups == member_of
    assert person.is_lead == ("leads" in member_of)
    assert (person.user, person.name) == ("anna", "Anna")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"username": "anna"},
        {"username": "anna", "cognito:groups": ""},
        {"username": "anna", "cognito:groups": "[]"},
        {"username": "anna", "cognito:groups": "[reviewers]"},
        {"username": "anna", "cognito:groups": "[expertsleads]"},
        {"username": "anna", "cognito:groups": "[Experts]"},
        {"cognito:groups": "[experts]"},
    ],
)
def test_who_is_in_no_group_of_the_desk_stays_outside(claims: dict[str, Any]) -> None:
    with pytest.raises(AccessDenied):
        person_of_claims(claims)


def test_a_lead_is_let_in_where_only_leads_are() -> None:
    lead = lead_of_claims({"cognito:groups": "[experts leads]", "username": "lea"})

    assert (lead.user, lead.is_lead) == ("lea", True)


@pytest.mark.parametrize("groups", ["[experts]", "[reviewers]", ""])
def test_nobody_else_is(groups: str) -> None:
    with pytest.raises(AccessDenied):
        lead_of_claims({"cognito:groups": groups, "username": "anna"})


def test_without_a_display_name_the_user_name_is_shown() -> None:
    assert person_of_claims({"cognito:groups": "[experts]", "sub": "s-1"}).name == "s-1"
