"""A customer who is signed in at the team's own identity provider."""

import jwt

from tests.e2e.deployment import Deployment
from tests.e2e.people import Expert
from tests.e2e.provider import Provider
from tests.e2e.sockets import Socket

PATH = "/customer/conversations"


def test_a_signed_in_customer_gets_a_conversation_in_their_own_name(
    deployment: Deployment, provider: Provider, expert: Expert
) -> None:
    token = provider.sign_in()

    opened = deployment.api(token).post(PATH, language="de")

    seen = expert.api.get(f"/desk/conversations/{opened['conversation_id']}")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert seen["customer_id"] == claims["sub"]
    assert seen["language"] == "de"


def test_the_token_that_they_get_opens_the_socket_of_that_conversation(
    deployment: Deployment, provider: Provider
) -> None:
    opened = deployment.api(provider.sign_in()).post(PATH)

    with Socket(deployment.stack.websocket_url, opened["token"]) as socket:
        assert socket.ask("person")["type"] == "done"

    turns = deployment.api(opened["token"]).get(f"/conversations/{opened['conversation_id']}")
    assert turns["turns"][0]["code"] == "person_coming"


def test_nobody_else_begins_a_conversation_as_a_signed_in_customer(
    deployment: Deployment, provider: Provider, expert: Expert
) -> None:
    head, body, signature = provider.sign_in().split(".")
    claims = jwt.decode(f"{head}.{body}.{signature}", options={"verify_signature": False})
    guest = deployment.api().post("/conversations")["token"]
    tokens = {
        "no token": None,
        "a guest's": guest,
        "an expert's": expert.api.token,
        "forged": jwt.encode(claims, "another secret of 32 characters."),
        "altered": ".".join([head, body, signature[:-8] + "AAAAAAAA"]),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
    }

    for what, token in tokens.items():
        assert deployment.api(token).send("POST", PATH).status_code == 401, what


def test_the_providers_token_opens_no_conversation_and_no_desk(
    deployment: Deployment, provider: Provider
) -> None:
    token = provider.sign_in()
    opened = deployment.api(token).post(PATH)

    conversation = f"/conversations/{opened['conversation_id']}"
    assert deployment.api(token).send("GET", conversation).status_code == 401
    assert deployment.api(token).send("GET", "/desk/queue").status_code == 401
