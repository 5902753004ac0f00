"""The doors' routes are the contract's, with what they answer."""

import importlib
import json
import sys
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from docs.contracts.routes import ROUTES
from tandem.aws import bootstrap, clients
from tandem.aws.http_door import serve

VARIABLES = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "TABLE_NAME": "t",
    "BUS_NAME": "b",
    "CONNECTIONS_URL": "https://example.com/live",
    "POLICY_PARAMETER": "/p",
    "TOKEN_SECRET_ARN": "arn",
    "WEBSOCKET_URL": "wss://example.com/live",
}


DOORS = ("serve_customer", "serve_desk")


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """The doors, initialized as by Lambda; nothing of it is left for other tests."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    modules = [f"functions.live.{name}.app" for name in DOORS]
    with mock_aws():
        yield [importlib.import_module(module) for module in modules]
    for module in modules:
        sys.modules.pop(module)
    for part in (*vars(bootstrap).values(), *vars(clients).values()):
        if hasattr(part, "cache_clear"):
            part.cache_clear()


def test_a_door_answers_what_the_contract_says(doors: list[ModuleType]) -> None:
    for door in doors:
        for key, function in door.ROUTES.items():
            assert typing.get_type_hints(function)["return"] is ROUTES[key].answer, key


def test_every_route_of_the_contract_has_a_door_and_only_one(doors: list[ModuleType]) -> None:
    assert sorted(key for door in doors for key in door.ROUTES) == sorted(ROUTES)


def asked(door: ModuleType, key: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """A request to a door, in a world without a table, a parameter or a secret."""
    request = {
        "routeKey": key,
        "pathParameters": {"conversation_id": "c-1"},
        "requestContext": {},
        **fields,
    }
    response = serve(door.ROUTES, request)
    return response["statusCode"], json.loads(response["body"])


def test_the_settings_of_the_chat_need_no_token_and_read_no_table(doors: list[ModuleType]) -> None:
    status, answer = asked(doors[0], "GET /settings", queryStringParameters={"language": "fr"})

    assert status == 200
    assert answer["greeting"].startswith("Bonjour")
    assert asked(doors[0], "GET /settings")[1]["greeting"].startswith("Hello")


def test_nobody_who_is_neither_expert_nor_lead_gets_past_the_door_of_the_desk(
    doors: list[ModuleType],
) -> None:
    for key in doors[1].ROUTES:
        assert asked(doors[1], key)[0] == 403, key
