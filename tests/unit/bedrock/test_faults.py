"""Failures of the real service, on request, and the other control endpoints."""

import time
from contextlib import closing
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, EventStreamError, ResponseStreamingError
from urllib3.exceptions import ProtocolError

from local.bedrock.faults import ERRORS, STREAM_ERRORS
from local.bedrock.pace import Clockwork, Pace
from tests.unit.bedrock.conftest import (
    CLAUDE,
    JUDGEMENT,
    KNOWLEDGE_BASE,
    LEAVE,
    StandIn,
    question,
    user,
)

ASKED = question("How long may parental leave be?", LEAVE)


def ask(bedrock: StandIn, text: str = ASKED) -> dict[str, Any]:
    answer: dict[str, Any] = bedrock.runtime.converse(modelId=CLAUDE, messages=user(text))
    return answer


@pytest.mark.parametrize("error", sorted(set(ERRORS) - {"dependency"}))
def test_each_error_reaches_the_sdk_with_its_code_and_message(bedrock: StandIn, error: str) -> None:
    bedrock.fail(operation="Converse", error=error)
    with pytest.raises(ClientError) as failed:
        ask(bedrock)
    known = ERRORS[error]
    assert failed.value.response["Error"]["Code"] == known.code
    assert failed.value.response["Error"]["Message"] == known.message
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == known.status


def test_the_end_of_life_error_says_what_the_service_says(bedrock: StandIn) -> None:
    bedrock.fail(operation="ConverseStream", error="end_of_life")
    with pytest.raises(ClientError, match="This model version has reached the end of its life"):
        bedrock.runtime.converse_stream(modelId=CLAUDE, messages=user(ASKED))


@pytest.mark.parametrize("error", sorted(STREAM_ERRORS))
def test_a_stream_can_fail_after_some_tokens(bedrock: StandIn, error: str) -> None:
    bedrock.fail(operation="ConverseStream", error=error, after_tokens=2)
    stream = bedrock.runtime.converse_stream(modelId=CLAUDE, messages=user(ASKED))["stream"]
    texts: list[str] = []
    with closing(stream), pytest.raises(EventStreamError, match=STREAM_ERRORS[error].event_name):
        texts.extend(
            e["contentBlockDelta"]["delta"]["text"] for e in stream if "contentBlockDelta" in e
        )
    assert bedrock.stats()["recent"][-1]["outcome"] == STREAM_ERRORS[error].code


def test_a_stream_can_be_cut_off(bedrock: StandIn) -> None:
    bedrock.fail(operation="ConverseStream", error="disconnect")
    stream = bedrock.runtime.converse_stream(modelId=CLAUDE, messages=user(ASKED))["stream"]
    with closing(stream), pytest.raises((ResponseStreamingError, ProtocolError)):
        list(stream)


def test_a_guardrail_replaces_the_answer(bedrock: StandIn) -> None:
    bedrock.fail(error="guardrail")
    answer = ask(bedrock)
    assert answer["stopReason"] == "guardrail_intervened"
    assert "parental" not in answer["output"]["message"]["content"][0]["text"]


def test_a_hanging_call_ends_when_the_caller_gives_up(bedrock: StandIn) -> None:
    bedrock.fail(operation="Converse", error="hang")
    with pytest.raises(httpx.ReadTimeout):
        bedrock.http.post("/model/any/converse", json={"messages": user("hi")}, timeout=0.2)


def test_a_fault_is_used_up(bedrock: StandIn) -> None:
    bedrock.fail(operation="Converse", error="throttling", times=1)
    with pytest.raises(ClientError):
        ask(bedrock)
    assert ask(bedrock)["stopReason"] == "end_turn"


def test_a_fault_without_times_stays_until_it_is_taken_away(bedrock: StandIn) -> None:
    bedrock.fail(operation="Converse", error="throttling", times=None)
    for _ in range(3):
        with pytest.raises(ClientError):
            ask(bedrock)
    bedrock.http.delete("/_tandem/faults")
    assert ask(bedrock)["stopReason"] == "end_turn"


def test_a_fault_can_hit_the_gate_and_spare_the_answer(bedrock: StandIn) -> None:
    bedrock.fail(operation="Converse", error="throttling", match="Judgement", times=None)
    assert ask(bedrock)["stopReason"] == "end_turn"
    with pytest.raises(ClientError):
        bedrock.runtime.converse(
            modelId=CLAUDE, messages=user("hi"), toolConfig={"tools": [JUDGEMENT]}
        )


def test_retrieval_can_fail_and_can_find_nothing(bedrock: StandIn) -> None:
    asked = {"knowledgeBaseId": KNOWLEDGE_BASE, "retrievalQuery": {"text": "bicycle"}}
    bedrock.fail(operation="Retrieve", error="dependency")
    with pytest.raises(ClientError):
        bedrock.agent.retrieve(**asked)
    bedrock.fail(operation="Retrieve", error="empty")
    assert bedrock.agent.retrieve(**asked)["retrievalResults"] == []


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "Talk", "error": "throttling"},
        {"operation": "Converse", "error": "flood"},
        {"operation": "Retrieve", "error": "end_of_life"},
        {"operation": "Converse", "error": "throttling", "times": 0},
        {"operation": "Converse", "error": "throttling", "when": "now"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(bedrock: StandIn, fault: dict[str, Any]) -> None:
    assert bedrock.fail(**fault).status_code == 400
    assert bedrock.http.get("/_tandem/faults").json() == {"faults": []}


def test_armed_faults_are_shown(bedrock: StandIn) -> None:
    bedrock.fail(operation="Converse", error="throttling", times=2)
    shown = bedrock.http.get("/_tandem/faults").json()["faults"]
    assert [(f["operation"], f["error"], f["times"], f["used"]) for f in shown] == [
        ("Converse", "throttling", 2, 0)
    ]


def test_the_gate_takes_the_gate_s_time_and_the_answer_its_own(bedrock: StandIn) -> None:
    bedrock.pace(first_token_ms=60, token_ms=5, gate_ms=150)
    began = time.monotonic()
    ask(bedrock, "hello")
    answered = time.monotonic()
    bedrock.runtime.converse(
        modelId=CLAUDE, messages=user("<message>hi</message>"), toolConfig={"tools": [JUDGEMENT]}
    )
    assert answered - began >= 0.08
    assert time.monotonic() - answered >= 0.15


def test_a_pace_with_a_seed_repeats_its_jitter() -> None:
    def draws() -> list[float]:
        clockwork = Clockwork(Pace(jitter=0.8, seed=11))
        return [clockwork.seconds(100) for _ in range(5)]

    assert draws() == draws()
    assert len(set(draws())) == 5


def test_the_environment_sets_the_pace() -> None:
    pace = Pace.from_environment({"TANDEM_GATE_MS": "350", "TANDEM_SEED": "7"})
    assert (pace.gate_ms, pace.seed, pace.token_ms) == (350, 7, 0)


@pytest.mark.parametrize("pace", [{"token_ms": -1}, {"token_ms": "fast"}, {"speed": 1}])
def test_a_pace_that_makes_no_sense_is_refused(bedrock: StandIn, pace: dict[str, Any]) -> None:
    assert bedrock.pace(**pace).status_code == 400


def test_stats_count_calls_and_show_what_was_asked_and_answered(bedrock: StandIn) -> None:
    ask(bedrock, "hello")
    bedrock.agent.retrieve(knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery={"text": "bicycle"})
    report = bedrock.stats()
    assert report["calls"] == {"Converse": 1, "Retrieve": 1}
    asked, retrieved = report["recent"]
    assert (asked["question"], asked["answer"]) == ("hello", "Hello! How can I help you?")
    assert retrieved["found"][0][0] == "bicycle.md"


def test_health_names_the_model_and_the_documents(bedrock: StandIn) -> None:
    health = bedrock.http.get("/_tandem/health").json()
    assert health["ready"] is True
    assert health["model"] == "tandem-builtin"
    assert health["knowledge"]["documents"] == 3
