"""Nobody reaches what is not theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from websockets.exceptions import InvalidStatus

from local.contents import PASSWORD
from tandem.live.access import conversation_token, desk_ticket
from tandem.live.models import Person
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.sockets import Socket

HOUR = timedelta(hours=1)
STRANGER = Person(user="stranger", name="Stranger", groups=frozenset({"experts"}))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def refused_tokens(
    deployment: Deployment, customer: Customer, expert: Expert, now: datetime
) -> dict[str, str | None]:
    """Whatever does not open the customer's conversation, by what is wrong with it."""
    secret, name = deployment.token_secret(), customer.conversation_id
    foreign_secret = "another secret of 32 characters."
    claims = jwt.decode(customer.token, options={"verify_signature": False})
    return {
        "no token": None,
        "no JWT": "open-sesame",
        "expired": conversation_token(secret, name, "guest:1", now - 2 * HOUR, HOUR)[0],
        "forged": conversation_token(foreign_secret, name, "guest:1", now, HOUR)[0],
        "altered": _altered(customer.token),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "another audience": jwt.encode({**claims, "aud": "other"}, secret),
        "another issuer": jwt.encode({**claims, "iss": "other"}, secret),
        "without an end": jwt.encode(
            {key: value for key, value in claims.items() if key != "exp"}, secret
        ),
        "identity token of the desk": expert.api.token,
    }  # fmt: skip


def _altered(token: str) -> str:
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    return ".".join(
        [head, jwt.encode({**claims, "sub": "guest:2"}, "x" * 32).split(".")[1], signature]
    )


def test_a_conversation_opens_only_with_its_own_valid_token_over_http(
    deployment: Deployment, customer: Customer, expert: Expert, now: datetime
) -> None:
    tokens = refused_tokens(deployment, customer, expert, now)
    tokens["ticket of the desk"] = expert.ticket
    actions: dict[str, dict[str, Any]] = {
        "messages": {"client_id": "m-1", "text": "Hello"},
        "person": {},
        "thumbs": {"turn_id": "t", "thumb": "up"},
        "rating": {"stars": 1},
        "close": {},
        "reopen": {},
        "token": {},
    }

    for what, token in tokens.items():
        api = deployment.api(token)
        assert api.send("GET", customer.path).status_code == 401, what
        for action, body in actions.items():
            answer = api.send("POST", f"{customer.path}/{action}", body)
            assert answer.status_code == 401, (what, action)
    assert customer.turns == []
    assert customer.owner == "assistant"


def test_the_token_of_another_conversation_opens_nothing(
    deployment: Deployment, customer: Customer
) -> None:
    with deployment.customer() as other:
        for method, path in [("GET", ""), ("POST", "/person"), ("POST", "/close")]:
            answer = deployment.api(other.token).send(method, customer.path + path)
            assert answer.status_code == 403, path
            assert answer.json()["code"] == "access_denied"
        # A conversation that does not exist answers just the same.
        answer = deployment.api(other.token).send("GET", f"/conversations/{uuid4().hex}")
        assert answer.status_code == 403
    assert customer.owner == "assistant"


def test_a_socket_opens_only_with_a_valid_token(
    deployment: Deployment, customer: Customer, expert: Expert, now: datetime
) -> None:
    secret = deployment.token_secret()
    tokens = refused_tokens(deployment, customer, expert, now)
    tokens["ticket too old"] = desk_ticket(secret, STRANGER, now - HOUR)[0]
    tokens["forged ticket"] = desk_ticket("another secret of 32 characters.", STRANGER, now)[0]

    for what, token in tokens.items():
        with pytest.raises(InvalidStatus) as refusal:
            Socket(deployment.stack.websocket_url, token).close()
        assert refusal.value.response.status_code == (401 if token is None else 403), what


def test_a_socket_reaches_only_the_conversation_of_its_token(
    deployment: Deployment, customer: Customer
) -> None:
    with deployment.customer() as other:
        refused = other.socket.ask(
            "message", client_id="m-1", text="Hello", conversation_id=customer.conversation_id
        )
        assert refused["code"] == "invalid_message"
        other.says("Hello")

        assert customer.turns == []
        assert customer.socket.frames == []


@pytest.mark.parametrize("action", ["claim", "say", "hand_back", "resolve", "reassign", "present"])
def test_a_customer_cannot_act_as_an_expert(customer: Customer, action: str) -> None:
    customer.does("person")
    refused = customer.socket.ask(
        action,
        conversation_id=customer.conversation_id,
        client_id="d-1",
        text="I am the expert",
        outcome="done",
    )

    assert (refused["type"], refused["code"]) == ("error", "invalid_message")
    assert customer.owner == "waiting"


@pytest.mark.parametrize("action", ["message", "person", "close", "reopen", "rate"])
def test_an_expert_cannot_act_as_a_customer(expert: Expert, action: str) -> None:
    refused = expert.socket.ask(action, client_id="m-1", text="Hello", stars=5)

    assert (refused["type"], refused["code"]) == ("error", "invalid_message")


@pytest.fixture
def visitor(deployment: Deployment) -> str:
    """The identity token of somebody who can sign in but is neither expert nor lead."""
    pool = deployment.outputs["DeskUserPoolId"]
    return _identity(deployment, pool, deployment.outputs["DeskClientId"], f"v-{uuid4().hex}@x.org")


@pytest.fixture
def foreigner(deployment: Deployment) -> str:
    """The identity token of an expert of another user pool."""
    cognito = deployment.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="experts")
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="desk", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    return _identity(deployment, pool, client, "expert@example.com", "experts")


def _identity(deployment: Deployment, pool: str, client: str, email: str, *groups: str) -> str:
    cognito: Any = deployment.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=pool, Username=email, MessageAction="SUPPRESS", TemporaryPassword=PASSWORD
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
    )
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def desk_routes(conversation_id: str) -> list[tuple[str, str]]:
    path = f"/desk/conversations/{conversation_id}"
    actions = ["claim", "messages", "hand-back", "resolve", "reassign", "presence", "follow-up"]
    return [
        ("GET", "/desk/settings"),
        ("GET", "/desk/people"),
        ("GET", "/desk/queue"),
        ("GET", "/desk/overview"),
        ("POST", "/desk/ticket"),
        ("GET", path),
        ("GET", f"{path}/audit"),
        ("GET", f"{path}/knowledge"),
        *(("POST", f"{path}/{action}") for action in actions),
    ]


def test_the_desk_opens_only_with_a_token_of_its_own_user_pool(
    deployment: Deployment, customer: Customer, expert: Expert, foreigner: str, now: datetime
) -> None:
    tokens = refused_tokens(deployment, customer, expert, now)
    del tokens["identity token of the desk"]
    tokens |= {
        "another user pool": foreigner,
        "conversation": customer.token,
        "ticket": expert.ticket,
    }

    for what, token in tokens.items():
        for method, path in desk_routes(customer.conversation_id):
            answer = deployment.api(token).send(method, path)
            assert answer.status_code == 401, (what, path)


def test_the_desk_opens_only_for_experts_and_leads(
    deployment: Deployment, customer: Customer, visitor: str
) -> None:
    customer.does("person")

    for method, path in desk_routes(customer.conversation_id):
        answer = deployment.api(visitor).send(method, path)
        assert answer.status_code == 403, path
    assert customer.owner == "waiting"


def test_an_expert_writes_only_into_a_conversation_that_they_hold(
    customer: Customer, expert: Expert, second_expert: Expert
) -> None:
    name = customer.conversation_id
    customer.does("person")
    expert.claims(name)

    for action, fields in [
        ("say", {"client_id": "d-1", "text": "Hello"}),
        ("hand_back", {}),
        ("resolve", {"outcome": "done"}),
        ("reassign", {}),
        ("present", {}),
        ("typing", {}),
    ]:
        refused = second_expert.socket.ask(action, conversation_id=name, **fields)
        assert (refused["type"], refused["code"]) == ("error", "not_yours"), action
    assert customer.owner == "expert"
    assert [turn["code"] for turn in customer.turns] == ["person_coming", "expert_joined"]


def test_guests_cannot_begin_conversations_without_end(deployment: Deployment) -> None:
    with deployment.policy({"limits": {"guest_conversations_per_minute": 3}}, "ServeCustomer"):
        answers = [deployment.api().send("POST", "/conversations") for _ in range(8)]

    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "too_many_requests"
    # A minute may have begun meanwhile, no more.
    assert sum(answer.status_code == 200 for answer in answers) <= 6
