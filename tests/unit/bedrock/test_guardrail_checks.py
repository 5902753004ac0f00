"""The stand-in answers InvokeGuardrailChecks as botocore's model describes it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.bedrock.conftest import StandIn, departures, output_shape, user


def checks(*entities: str) -> dict[str, Any]:
    return {"sensitiveInformation": {"entities": [{"type": entity} for entity in entities]}}


def found(bedrock: StandIn, text: str, *entities: str) -> list[tuple[str, str]]:
    answer = bedrock.runtime.invoke_guardrail_checks(
        messages=user(text), checks=checks(*(entities or ("NAME",)))
    )
    return [
        (result["type"], text[result["beginOffset"] : result["endOffset"]])
        for result in answer["results"]["sensitiveInformation"]["results"]
    ]


def test_a_response_has_exactly_the_members_of_the_service_model(bedrock: StandIn) -> None:
    body = {"messages": user("Jane Doe, jane@example.com"), "checks": checks("NAME", "EMAIL")}
    raw = bedrock.http.post("/guardrail-checks/invoke", json=body).json()

    assert len(raw["results"]["sensitiveInformation"]["results"]) == 2
    assert departures(output_shape("bedrock-runtime", "InvokeGuardrailChecks"), raw) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("yesterday Jane Doe wrote", "Jane Doe"),
        ("ask Élodie or Jürgen", "Jürgen"),
        ("wir fragten Hans von Berg dazu", "Hans von Berg"),
        ("hablé con José García ayer", "José García"),
    ],
)
def test_names_are_found_that_nothing_introduces(bedrock: StandIn, text: str, name: str) -> None:
    assert ("NAME", name) in found(bedrock, text)


def test_only_what_was_asked_for_is_found(bedrock: StandIn) -> None:
    text = "Jane Doe, jane@example.com, +49 30 1234567, 536-90-4399, AKIAIOSFODNN7EXAMPLE"

    assert found(bedrock, text, "PHONE", "EMAIL") == [
        ("EMAIL", "jane@example.com"),
        ("PHONE", "+49 30 1234567"),
    ]


def test_results_say_in_which_message_and_block_they_are(bedrock: StandIn) -> None:
    answer = bedrock.runtime.invoke_guardrail_checks(
        messages=[
            {"role": "user", "content": [{"text": "hello"}]},
            {"role": "assistant", "content": [{"text": "hello"}, {"text": "I told Jane Doe."}]},
        ],
        checks=checks("NAME"),
    )

    (result,) = answer["results"]["sensitiveInformation"]["results"]
    assert (result["messageIndex"], result["contentIndex"], result["beginOffset"]) == (1, 1, 7)
    assert answer["usage"]["sensitiveInformation"]["textUnits"] == 3


def test_more_than_a_hundred_results_are_cut_off(bedrock: StandIn) -> None:
    answer = bedrock.runtime.invoke_guardrail_checks(
        messages=user("Jane, " * 101), checks=checks("NAME")
    )

    checked = answer["results"]["sensitiveInformation"]
    assert (len(checked["results"]), checked["truncated"]) == (100, True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "At least one check"),
        ({"promptAttack": {"categories": [{"category": "JAILBREAK"}]}}, "promptAttack"),
    ],
)
def test_a_check_that_is_not_here_is_refused(
    bedrock: StandIn, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError, match=said) as refused:
        bedrock.runtime.invoke_guardrail_checks(messages=user("hello"), checks=asked)

    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_request_that_misses_what_is_required_is_refused(bedrock: StandIn) -> None:
    response = bedrock.http.post("/guardrail-checks/invoke", json={"messages": user("hello")})

    assert response.status_code == 400
    assert "checks" in response.json()["message"]


def test_checks_fail_on_request_and_are_in_the_ledger(bedrock: StandIn) -> None:
    bedrock.fail(operation="InvokeGuardrailChecks", error="unavailable")

    with pytest.raises(ClientError) as failed:
        found(bedrock, "Jane")
    found(bedrock, "Jane")

    assert failed.value.response["Error"]["Code"] == "ServiceUnavailableException"
    assert bedrock.stats()["outcomes"] == {
        "InvokeGuardrailChecks ServiceUnavailableException": 1,
        "InvokeGuardrailChecks answered": 1,
    }
