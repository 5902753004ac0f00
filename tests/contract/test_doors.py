"""The doors' routes are the contract's, with what they answer."""

import importlib
import json
import os
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from docs.contracts.routes import ROUTES
from tandem.aws.http_door import serve
from tests.contract.wiring import forget

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
    "REVIEW_TABLE_NAME": "r",
    "REVIEW_BUCKET": "rb",
    "REVIEW_POLICY_PARAMETER": "/rp",
    "KNOWLEDGE_BUCKET": "kb",
    "TUNING_TABLE_NAME": "tt",
    "TUNING_POLICY_PARAMETER": "/tp",
    "MODEL_PARAMETER": "/m",
    "POINTER_PARAMETER": "/n",
    "MODELS_BUCKET": "mb",
    "TRAINING_ROLE_ARN": "arn",
    "TRAINING_IMAGE": "image",
    "MODEL_PACKAGE_GROUP": "g",
    "SERVING_IMAGE": "image",
    "SERVING_ROLE_ARN": "arn",
}


DOORS = (
    "live.serve_customer",
    "live.serve_desk",
    "review.serve_review",
    "tuning.serve_models",
)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """The doors, initialized as by Lambda; nothing of it is left for other tests."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    modules = [f"functions.{name}.app" for name in DOORS]
    with mock_aws():
        yield [importlib.import_module(module) for module in modules]
    forget(*modules)


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
        "pathParameters": {"conversation_id": "c-1", "version": "1"},
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


def claims(*groups: str) -> dict[str, Any]:
    member_of = " ".join(groups)
    said = {"cognito:groups": f"[{member_of}]", "cognito:username": "rio", "name": "Rio"}
    return {"requestContext": {"authorizer": {"jwt": {"claims": said}}}}


FOR_REVIEWERS = frozenset(
    f"{method} /review/{name}"
    for method, name in [
        ("GET", "settings"), ("POST", "next"), ("POST", "heartbeat"), ("POST", "release"),
        ("POST", "rate"), ("POST", "skip"), ("POST", "flag"), ("POST", "undo"),
        ("GET", "progress"), ("GET", "fate"),
    ]
)  # fmt: skip


def test_experts_and_strangers_do_not_get_past_the_door_of_the_review(
    doors: list[ModuleType],
) -> None:
    for key in doors[2].ROUTES:
        assert asked(doors[2], key)[0] == 403, key
        assert asked(doors[2], key, **claims("experts"))[0] == 403, key


def test_reviewers_rate_and_only_leads_decide(doors: list[ModuleType]) -> None:
    for key in set(doors[2].ROUTES) - FOR_REVIEWERS:
        assert asked(doors[2], key, **claims("reviewers"))[0] == 403, key


def test_experts_and_strangers_do_not_get_past_the_door_of_the_models(
    doors: list[ModuleType],
) -> None:
    for key in doors[3].ROUTES:
        assert asked(doors[3], key)[0] == 403, key
        assert asked(doors[3], key, **claims("experts"))[0] == 403, key


def test_reviewers_compare_and_only_leads_see_whose_answers_are_which(
    doors: list[ModuleType],
) -> None:
    for key in doors[3].ROUTES:
        if "/compare/" not in key:
            assert asked(doors[3], key, **claims("reviewers"))[0] == 403, key


def test_the_settings_of_the_review_need_no_table(doors: list[ModuleType]) -> None:
    status, answer = asked(doors[2], "GET /review/settings", **claims("reviewers", "others"))

    assert status == 200
    assert (answer["user"], answer["name"], answer["lead"]) == ("rio", "Rio", False)
    assert asked(doors[2], "GET /review/settings", **claims("leads"))[1]["lead"]


@pytest.mark.parametrize(
    ("key", "fields", "said"),
    [
        ("GET /review/candidates", {}, "status must be one of waiting"),
        ("GET /review/articles", {"queryStringParameters": {"status": "x"}}, "one of proposed"),
        ("GET /review/disagreements", {"queryStringParameters": {"limit": "-1"}}, "whole number"),
        ("POST /review/rate", {"body": '{"job": "j", "candidate_id": "c", "rating": 6}'}, "rating"),
        (
            "POST /review/skip",
            {"body": '{"job": "j", "candidate_id": "c", "reason": " "}'},
            "reason",
        ),
        (
            "POST /review/adjudicate",
            {"body": '{"candidate_id": "c", "decision": "label"}'},
            "rating",
        ),
    ],
)
def test_a_request_that_is_not_the_contracts_is_refused_with_what_to_do(
    doors: list[ModuleType], key: str, fields: dict[str, Any], said: str
) -> None:
    status, answer = asked(doors[2], key, **fields, **claims("leads"))

    assert status == 400
    assert said in answer["message"]


@pytest.mark.parametrize("door", ["review.serve_review", "tuning.serve_models"])
def test_the_doors_of_review_and_models_start_without_numpy(door: str) -> None:
    code = (
        f"import sys; import functions.{door}.app; "
        "sys.exit('numpy' in sys.modules or 'krippendorff' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    path = f"{root}:{root / 'layers' / 'tandem'}"
    environment = {**os.environ, **VARIABLES, "PYTHONPATH": path}

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, check=False, capture_output=True
    )

    assert done.returncode == 0, done.stderr.decode()
