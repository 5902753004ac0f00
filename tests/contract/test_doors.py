"""The doors' routes are the contract's, with what they answer."""

import importlib
import sys
import typing
from collections.abc import Iterator
from types import ModuleType

import pytest
from moto import mock_aws

from docs.contracts import ROUTES
from tandem.aws import bootstrap, clients

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
