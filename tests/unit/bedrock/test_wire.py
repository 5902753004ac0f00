"""The stand-in speaks the wire protocol that botocore's service models describe."""

import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError
from botocore.model import StructureShape

from tests.unit.bedrock.conftest import (
    CANNOT_ANSWER,
    CLAUDE,
    JUDGEMENT,
    KNOWLEDGE_BASE,
    LEAVE,
    StandIn,
    departures,
    output_shape,
    question,
    user,
)

ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet"
ASKED = question("How long may parental leave be?", LEAVE)
PICTURE = {"format": "png", "source": {"bytes": b"png"}}
TOOLS = {"tools": [CANNOT_ANSWER], "toolChoice": {"auto": {}}}


def raw_events(bedrock: StandIn, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    response = bedrock.http.post("/model/any/converse-stream", json=body)
    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    buffer = EventStreamBuffer()
    buffer.add_data(response.content)
    events = []
    for event in buffer:
        headers: Any = event.headers
        events.append((str(headers[":event-type"]), json.loads(event.payload)))
    return events


def test_a_converse_response_has_exactly_the_members_of_the_service_model(bedrock: StandIn) -> None:
    body = {"messages": user(ASKED), "toolConfig": TOOLS}
    raw = bedrock.http.post("/model/any/converse", json=body).json()
    assert departures(output_shape("bedrock-runtime", "Converse"), raw) == []


def test_a_tool_call_has_exactly_the_members_of_the_service_model(bedrock: StandIn) -> None:
    body = {"messages": user(question("How long?")), "toolConfig": TOOLS}
    raw = bedrock.http.post("/model/any/converse", json=body).json()
    assert raw["stopReason"] == "tool_use"
    assert departures(output_shape("bedrock-runtime", "Converse"), raw) == []


@pytest.mark.parametrize("asked", [ASKED, question("How long?")], ids=["text", "tool"])
def test_every_event_of_a_stream_is_one_of_the_service_model(bedrock: StandIn, asked: str) -> None:
    events = raw_events(bedrock, {"messages": user(asked), "toolConfig": TOOLS})
    answer = output_shape("bedrock-runtime", "ConverseStream")
    assert isinstance(answer, StructureShape)
    stream = answer.members["stream"]
    assert isinstance(stream, StructureShape)
    assert [d for name, body in events for d in departures(stream.members[name], body)] == []
    names = [name for name, _ in events]
    assert names[0] == "messageStart"
    assert names[-3:] == ["contentBlockStop", "messageStop", "metadata"]


def test_the_model_id_may_be_an_arn(bedrock: StandIn) -> None:
    bedrock.runtime.converse(modelId=ARN, messages=user("hello"))
    assert bedrock.stats()["recent"][-1]["model_id"] == ARN


def test_an_answer_quotes_the_passage_and_counts_its_tokens(bedrock: StandIn) -> None:
    answer = bedrock.runtime.converse(modelId=CLAUDE, messages=user(ASKED), toolConfig=TOOLS)
    text = answer["output"]["message"]["content"][0]["text"]
    assert text == "Employees may take twelve months of parental leave. [1]"
    usage = answer["usage"]
    assert usage["outputTokens"] == len(text.split())
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]


def test_a_stream_has_one_event_for_each_word(bedrock: StandIn) -> None:
    stream = bedrock.runtime.converse_stream(modelId=CLAUDE, messages=user(ASKED))["stream"]
    deltas = [e["contentBlockDelta"]["delta"]["text"] for e in stream if "contentBlockDelta" in e]
    assert "".join(deltas) == "Employees may take twelve months of parental leave. [1]"
    assert len(deltas) == 9


def test_a_stream_arrives_while_it_is_made(bedrock: StandIn) -> None:
    bedrock.pace(token_ms=600_000)  # nobody waits so long: the client gives up before the second
    stream = bedrock.runtime.converse_stream(modelId=CLAUDE, messages=user(ASKED))["stream"]
    first = next(e for e in stream if "contentBlockDelta" in e)
    stream.close()
    assert first["contentBlockDelta"]["delta"]["text"]


def test_the_input_of_a_streamed_tool_is_json_when_put_together(bedrock: StandIn) -> None:
    stream = bedrock.runtime.converse_stream(
        modelId=CLAUDE, messages=user(question("How long?")), toolConfig=TOOLS
    )["stream"]
    deltas = [e["contentBlockDelta"]["delta"] for e in stream if "contentBlockDelta" in e]
    assert len(deltas) > 1
    assert set(json.loads("".join(d["toolUse"]["input"] for d in deltas))) == {"reason"}


@pytest.mark.parametrize(
    "choice",
    [{"tool": {"name": "Judgement"}}, {"any": {}}, {"auto": {}}],
    ids=["tool", "any", "auto"],
)
def test_the_gate_tool_is_called_however_it_is_asked_for(
    bedrock: StandIn, choice: dict[str, Any]
) -> None:
    answer = bedrock.runtime.converse(
        modelId=CLAUDE,
        messages=user("<earlier></earlier><message>Let me talk to a human!</message>"),
        toolConfig={"tools": [JUDGEMENT], "toolChoice": choice},
    )
    call = answer["output"]["message"]["content"][0]["toolUse"]
    assert call["name"] == "Judgement"
    assert call["input"]["wants_person"] is True


def test_an_output_schema_is_answered_with_json_of_that_schema(bedrock: StandIn) -> None:
    schema = {"type": "object", "properties": {"language": {"enum": ["en", "de"]}}}
    answer = bedrock.runtime.converse(
        modelId=CLAUDE,
        messages=user("Which language is this?"),
        outputConfig={
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"name": "Language", "schema": json.dumps(schema)}},
            }
        },
    )
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == {"language": "en"}


def test_an_answer_is_cut_at_max_tokens(bedrock: StandIn) -> None:
    answer = bedrock.runtime.converse(
        modelId=CLAUDE, messages=user(ASKED), inferenceConfig={"maxTokens": 3}
    )
    assert answer["stopReason"] == "max_tokens"
    assert answer["output"]["message"]["content"][0]["text"] == "Employees may take"


def test_an_answer_ends_before_a_stop_sequence(bedrock: StandIn) -> None:
    answer = bedrock.runtime.converse(
        modelId=CLAUDE, messages=user(ASKED), inferenceConfig={"stopSequences": ["twelve"]}
    )
    assert answer["stopReason"] == "stop_sequence"
    assert answer["output"]["message"]["content"][0]["text"].strip() == "Employees may take"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"role": "assistant", "content": [{"text": "hi"}]}], "start with a user message"),
        (user("a") + user("b"), "alternate between user and assistant"),
        (user("   "), "is blank"),
        ([{"role": "user", "content": [{"image": PICTURE}]}], "image"),
    ],
)
def test_a_malformed_conversation_is_refused_in_the_service_s_words(
    bedrock: StandIn, messages: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        bedrock.runtime.converse(modelId=CLAUDE, messages=messages)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_request_that_misses_what_is_required_is_refused(bedrock: StandIn) -> None:
    response = bedrock.http.post("/model/any/converse", json={"messages": [{"role": "user"}]})
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert "content" in response.json()["message"]


def test_a_body_that_is_no_json_is_refused(bedrock: StandIn) -> None:
    response = bedrock.http.post("/model/any/converse", content=b"{")
    assert response.headers["x-amzn-errortype"].startswith("SerializationException:")


def test_a_tool_result_continues_the_conversation(bedrock: StandIn) -> None:
    call = {"toolUseId": "t1", "name": "cannot_answer", "input": {"reason": "?"}}
    result = {"toolUseId": "t1", "content": [{"text": "noted"}]}
    answer = bedrock.runtime.converse(
        modelId=CLAUDE,
        messages=[
            *user(question("How long?")),
            {"role": "assistant", "content": [{"toolUse": call}]},
            {"role": "user", "content": [{"toolResult": result}, {"text": "Thank you!"}]},
        ],
        toolConfig=TOOLS,
    )
    assert "welcome" in answer["output"]["message"]["content"][0]["text"]


def test_invoke_model_speaks_anthropic_s_messages(bedrock: StandIn) -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": [{"type": "text", "text": ASKED}]}],
    }
    response = bedrock.runtime.invoke_model(modelId=CLAUDE, body=json.dumps(body))
    answer = json.loads(response["body"].read())
    assert answer["type"] == "message"
    assert answer["stop_reason"] == "end_turn"
    assert answer["content"][0]["text"].startswith("Employees may take")


def test_invoke_model_calls_anthropic_s_tools(bedrock: StandIn) -> None:
    body = {
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "<message>You idiots!</message>"}],
        "tools": [{"name": "Judgement", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "Judgement"},
    }
    response = bedrock.runtime.invoke_model(modelId=CLAUDE, body=json.dumps(body))
    call = json.loads(response["body"].read())["content"][0]
    assert call["type"] == "tool_use"
    assert call["input"]["sentiment"] <= -0.5


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"prompt": "hello"}, ("generation",)),
        ({"inputText": "hello"}, ("results", 0, "outputText")),
    ],
)
def test_invoke_model_speaks_plain_prompts(
    bedrock: StandIn, body: dict[str, Any], path: tuple[Any, ...]
) -> None:
    response = bedrock.runtime.invoke_model(modelId="imported", body=json.dumps(body))
    answer: Any = json.loads(response["body"].read())
    for part in path:
        answer = answer[part]
    assert answer == "Hello! How can I help you?"


def test_invoke_model_refuses_a_body_that_it_does_not_know(bedrock: StandIn) -> None:
    with pytest.raises(ClientError, match="required key"):
        bedrock.runtime.invoke_model(modelId="imported", body=json.dumps({"text": "hello"}))


def test_a_retrieve_response_has_exactly_the_members_of_the_service_model(bedrock: StandIn) -> None:
    raw = bedrock.http.post(
        f"/knowledgebases/{KNOWLEDGE_BASE}/retrieve",
        json={"retrievalQuery": {"text": "How long is parental leave?"}},
    ).json()
    assert raw["retrievalResults"]
    assert departures(output_shape("bedrock-agent-runtime", "Retrieve"), raw) == []


def test_retrieve_names_document_title_and_place(bedrock: StandIn) -> None:
    found = bedrock.agent.retrieve(
        knowledgeBaseId=KNOWLEDGE_BASE,
        retrievalQuery={"text": "Who repairs my bicycle?"},
        retrievalConfiguration={"vectorSearchConfiguration": {"numberOfResults": 1}},
    )["retrievalResults"]
    assert len(found) == 1
    assert found[0]["location"]["s3Location"]["uri"].endswith("/bicycle.md")
    assert found[0]["metadata"]["title"] == "Company bicycles"
    assert "Orange Bikes in Mill Street repairs them" in found[0]["content"]["text"]
    assert found[0]["score"] >= 0.5


@pytest.mark.parametrize(
    "configuration",
    [
        {"vectorSearchConfiguration": {"numberOfResults": 101}},
        {"vectorSearchConfiguration": {"filter": {"equals": {"key": "a", "value": "b"}}}},
    ],
    ids=["too many", "filter"],
)
def test_retrieve_refuses_what_it_cannot_do(bedrock: StandIn, configuration: Any) -> None:
    with pytest.raises(ClientError) as refused:
        bedrock.agent.retrieve(
            knowledgeBaseId=KNOWLEDGE_BASE,
            retrievalQuery={"text": "bicycle"},
            retrievalConfiguration=configuration,
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_retrieve_does_not_know_another_knowledge_base(bedrock: StandIn) -> None:
    with pytest.raises(ClientError, match="does not exist") as refused:
        bedrock.agent.retrieve(knowledgeBaseId="OTHERKB001", retrievalQuery={"text": "bicycle"})
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
