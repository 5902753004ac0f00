"""The client that the answer function uses, against the stand-in."""

from typing import Any

import pytest
from langchain_aws import ChatBedrockConverse
from pydantic import BaseModel, Field

from tests.unit.bedrock.conftest import CLAUDE, LEAVE, StandIn, question


class Judgement(BaseModel):
    """Does the message need a person?"""

    sentiment: float = Field(ge=-1, le=1)
    wants_person: bool
    small_talk: bool = False
    reason: str


def cannot_answer(reason: str) -> str:
    """Say that the passages do not answer the question."""
    return reason


@pytest.fixture
def chat(bedrock: StandIn) -> ChatBedrockConverse:
    return ChatBedrockConverse(model_id=CLAUDE, client=bedrock.runtime, provider="anthropic")


def test_an_answer_streams_word_by_word_beside_bound_tools(chat: ChatBedrockConverse) -> None:
    bound = chat.bind_tools([cannot_answer])
    chunks = list(bound.stream(question("How long may parental leave be?", LEAVE)))
    whole: Any = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.text == "Employees may take twelve months of parental leave. [1]"
    assert whole.usage_metadata["output_tokens"] == 9
    assert len(chunks) > 9


def test_a_refusal_arrives_as_a_tool_call(chat: ChatBedrockConverse) -> None:
    bound = chat.bind_tools([cannot_answer])
    chunks = list(bound.stream(question("Who won the world cup of 1954?", LEAVE)))
    whole: Any = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert [call["name"] for call in whole.tool_calls] == ["cannot_answer"]
    assert whole.tool_calls[0]["args"]["reason"]


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_the_gate_s_structured_output_is_parsed(chat: ChatBedrockConverse, method: Any) -> None:
    gate = chat.with_structured_output(Judgement, method=method)
    judged = gate.invoke("<earlier></earlier><message>Please get me a human.</message>")
    assert isinstance(judged, Judgement)
    assert judged.wants_person


def test_an_unknown_model_family_cannot_force_a_tool_and_is_answered_all_the_same(
    bedrock: StandIn,
) -> None:
    chat = ChatBedrockConverse(
        model_id="arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123",
        client=bedrock.runtime,
        provider="meta",
    )
    gate = chat.with_structured_output(Judgement)
    judged = gate.invoke("<earlier></earlier><message>How do I print?</message>")
    assert isinstance(judged, Judgement)
    assert not judged.wants_person


@pytest.mark.parametrize(
    ("text", "small_talk"), [("Hello!", True), ("thanks a lot", True), ("Why did it fail?", False)]
)
def test_the_gate_tells_small_talk_apart(
    chat: ChatBedrockConverse, text: str, small_talk: bool
) -> None:
    judged = chat.with_structured_output(Judgement).invoke(f"<message>\n{text}\n</message>")

    assert isinstance(judged, Judgement)
    assert judged.small_talk is small_talk
