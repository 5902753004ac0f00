"""The models over Bedrock's wire: what is asked, what streams, and how each failure is told."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.bedrock.model import Finish, ToolCall
from tandem.aws.chat_bedrock import BedrockAnswerModel, BedrockGateModel, chat_model
from tandem.aws.clients import bedrock_runtime
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import Guardrail, ModelReference, Models
from tandem.live.models import Judgement
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tandem.live.prompts import gate_prompt
from tests.contract.bedrock_stand_in import StandIn
from tests.fakes import Hold

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
ACCOUNT = "arn:aws:bedrock:us-east-1:123456789012"
GUARDRAIL = Guardrail(id="abc123", version="4")
PROMPT = Prompt(
    system="You help.",
    messages=(("user", "Hello"), ("assistant", "Hi"), ("user", "How long does a refund take?")),
    max_tokens=50,
    temperature=0.2,
)


@dataclass
class Pointer:
    """The models in force, as `parameters.Document` gives them."""

    models: Models

    def current(self) -> Models:
        return self.models


def pointer(model_id: str = HAIKU, guardrail: Guardrail | None = None, **fields: Any) -> Pointer:
    reference = ModelReference(model_id=model_id, **fields)
    return Pointer(Models(answer=reference, gate=reference, guardrail=guardrail))


def answer_model(bedrock: StandIn, models: Pointer | None = None) -> BedrockAnswerModel:
    return BedrockAnswerModel(bedrock.client("bedrock-runtime"), models or pointer())


def gate_model(bedrock: StandIn, models: Pointer | None = None) -> BedrockGateModel:
    return BedrockGateModel(bedrock.client("bedrock-runtime"), models or pointer())


def requests_of(client: Any) -> list[dict[str, Any]]:
    """What a client sends from now on."""
    sent: list[dict[str, Any]] = []
    client.meta.events.register(
        "before-parameter-build.bedrock-runtime", lambda params, **_: sent.append(params)
    )
    return sent


class TestAnswering:
    def test_the_text_comes_in_pieces_and_then_the_end(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Five ", "working ", "days [1]."]
        assert list(answer_model(bedrock).stream(PROMPT)) == [
            Piece("Five "),
            Piece("working "),
            Piece("days [1]."),
            Finished(HAIKU, "end", {"input": 12, "output": 34}),
        ]

    def test_the_prompt_reaches_the_model(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Five days."]
        list(answer_model(bedrock).stream(PROMPT))
        (asked,) = bedrock.model.prompts
        assert asked.system == "You help."
        assert [(m.role, m.text) for m in asked.messages] == list(PROMPT.messages)
        assert (asked.max_tokens, asked.temperature) == (50, 0.2)
        assert [tool.name for tool in asked.tools] == ["cannot_answer"]
        assert asked.choice == "auto"
        assert asked.tools[0].schema["required"] == ["reason"]

    def test_without_a_guardrail_none_is_asked_for(self, bedrock: StandIn) -> None:
        client = bedrock.client("bedrock-runtime")
        sent = requests_of(client)
        list(BedrockAnswerModel(client, pointer()).stream(PROMPT))
        assert "guardrailConfig" not in sent[0]

    def test_the_pointers_guardrail_is_asked_for(self, bedrock: StandIn) -> None:
        client = bedrock.client("bedrock-runtime")
        sent = requests_of(client)
        list(BedrockAnswerModel(client, pointer(guardrail=GUARDRAIL)).stream(PROMPT))
        assert sent[0]["guardrailConfig"] == {
            "guardrailIdentifier": "abc123",
            "guardrailVersion": "4",
            "trace": "disabled",
        }

    def test_the_tool_call_says_that_it_cannot_answer(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("cannot_answer", {"reason": "nothing on “refunds”"})]
        assert list(answer_model(bedrock).stream(PROMPT)) == [
            CannotAnswer("nothing on “refunds”"),
            Finished(HAIKU, "end", {"input": 12, "output": 34}),
        ]

    def test_a_tool_call_without_a_reason_counts_too(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("cannot_answer", {})]
        assert CannotAnswer("") in list(answer_model(bedrock).stream(PROMPT))

    def test_an_answer_that_was_cut_says_so(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Five", Finish("max_tokens", 1, 50)]
        assert list(answer_model(bedrock).stream(PROMPT))[-1] == Finished(
            HAIKU, "length", {"input": 1, "output": 50}
        )

    def test_a_guardrail_that_intervened_says_so(self, bedrock: StandIn) -> None:
        bedrock.fail("ConverseStream", "guardrail")
        bedrock.model.script = ["Five days."]
        *_, end = answer_model(bedrock).stream(PROMPT)
        assert isinstance(end, Finished)
        assert end.stop == "guardrail"

    def test_a_guardrail_outweighs_a_tool_call(self, bedrock: StandIn) -> None:
        bedrock.model.script = [
            ToolCall("cannot_answer", {"reason": "x"}),
            Finish("guardrail_intervened"),
        ]
        parts = list(answer_model(bedrock).stream(PROMPT))
        assert [type(part) for part in parts] == [Finished]

    def test_what_a_model_thinks_aloud_is_not_said(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["<thin", "king>The passage says", " five.</thinking>", " Five."]
        parts = list(answer_model(bedrock, pointer("amazon.nova-micro-v1:0")).stream(PROMPT))
        assert "".join(p.text for p in parts if isinstance(p, Piece)) == " Five."

    def test_a_promotion_takes_effect_with_the_next_answer(self, bedrock: StandIn) -> None:
        models = pointer()
        model = answer_model(bedrock, models)
        list(model.stream(PROMPT))
        models.models = pointer("amazon.nova-lite-v1:0").models
        *_, end = model.stream(PROMPT)
        assert isinstance(end, Finished)
        assert end.model_id == model.model_id == "amazon.nova-lite-v1:0"
        assert [asked.model_id for asked in bedrock.model.prompts] == [HAIKU, model.model_id]


STREAMING = [
    pytest.param({"model_id": HAIKU}, id="model"),
    pytest.param({"model_id": "eu.anthropic.claude-haiku-4-5-20251001-v1:0"}, id="profile"),
    pytest.param({"model_id": "us.amazon.nova-micro-v1:0"}, id="nova profile"),
    pytest.param(
        {
            "model_id": f"{ACCOUNT}:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "provider": "anthropic",
        },
        id="ARN of a profile",
    ),
    pytest.param(
        {
            "model_id": f"{ACCOUNT}:application-inference-profile/abc123def456",
            "provider": "anthropic",
            "base_model_id": HAIKU,
        },
        id="application's profile",
    ),
    pytest.param(
        {"model_id": f"{ACCOUNT}:imported-model/abc123def456", "provider": "qwen"},
        id="imported model",
    ),
    pytest.param({"model_id": "vendor.not-known-yet-v1:0"}, id="unknown model"),
    pytest.param({"model_id": "meta.llama3-1-8b-instruct-v1:0", "stream": True}, id="told to"),
]


class TestStreaming:
    @pytest.mark.parametrize("reference", STREAMING)
    def test_the_first_piece_is_there_before_the_answer_is(
        self, bedrock: StandIn, reference: dict[str, Any]
    ) -> None:
        hold = Hold()
        bedrock.model.script = ["Five ", hold, "days."]
        parts = answer_model(bedrock, pointer(**reference)).stream(PROMPT)
        assert next(parts) == Piece("Five ")
        hold.release()
        assert next(parts) == Piece("days.")
        assert bedrock.model.prompts[0].model_id == reference["model_id"]

    @pytest.mark.parametrize(
        "reference",
        [
            {"model_id": "meta.llama3-1-8b-instruct-v1:0"},
            {
                "model_id": f"{ACCOUNT}:imported-model/abc123def456",
                "provider": "meta",
                "base_model_id": "meta.llama3-1-8b-instruct-v1:0",
            },
            {"model_id": HAIKU, "stream": False},
        ],
    )
    @pytest.mark.parametrize(
        ("script", "expected"),
        [
            (["Five ", "days."], Piece("Five days.")),
            ([ToolCall("cannot_answer", {"reason": "nothing"})], CannotAnswer("nothing")),
        ],
    )
    def test_a_model_that_cannot_stream_with_tools_answers_in_one_piece(
        self, bedrock: StandIn, reference: dict[str, Any], script: list[Any], expected: Any
    ) -> None:
        bedrock.model.script = script
        assert list(answer_model(bedrock, pointer(**reference)).stream(PROMPT)) == [
            expected,
            Finished(reference["model_id"], "end", {"input": 12, "output": 34}),
        ]

    def test_an_answer_that_nobody_waits_for_any_more_ends_its_call(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Five ", "days."]
        parts = answer_model(bedrock).stream(PROMPT)
        next(parts)
        assert isinstance(parts, Generator)
        parts.close()
        assert next(answer_model(bedrock).stream(PROMPT)) == Piece("Five ")


FAILURES = [
    ("throttling", "throttled"),
    ("quota", "throttled"),
    ("validation", "validation"),
    ("access_denied", "access_denied"),
    ("end_of_life", "end_of_life"),
    ("not_found", "validation"),
    ("model_timeout", "timeout"),
    ("model_error", "unavailable"),
    ("model_not_ready", "unavailable"),
    ("internal", "unavailable"),
    ("unavailable", "unavailable"),
]


class TestFailures:
    @pytest.mark.parametrize(("error", "kind"), FAILURES)
    def test_of_the_answer_tell_their_kind(self, bedrock: StandIn, error: str, kind: str) -> None:
        bedrock.fail("ConverseStream", error, times=None)
        with pytest.raises(ModelFailure) as failure:
            list(answer_model(bedrock).stream(PROMPT))
        assert failure.value.kind == kind

    @pytest.mark.parametrize(("error", "kind"), FAILURES)
    def test_of_the_gate_tell_their_kind(self, bedrock: StandIn, error: str, kind: str) -> None:
        bedrock.fail("Converse", error, times=None)
        with pytest.raises(ModelFailure) as failure:
            gate_model(bedrock).judge("Hello", [])
        assert failure.value.kind == kind

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            ("stream_model_error", "unavailable"),
            ("stream_throttling", "throttled"),
            ("stream_internal", "unavailable"),
            ("stream_unavailable", "unavailable"),
            ("stream_validation", "validation"),
            ("disconnect", "unavailable"),
        ],
    )
    def test_in_the_middle_come_after_the_pieces_so_far(
        self, bedrock: StandIn, error: str, kind: str
    ) -> None:
        bedrock.model.script = ["One ", "two ", "three ", "four ", "five "]
        bedrock.fail("ConverseStream", error, after_tokens=2)
        parts: list[Any] = []
        with pytest.raises(ModelFailure) as failure:
            parts.extend(_until_failure(answer_model(bedrock), parts))
        assert failure.value.kind == kind
        assert parts[0] == Piece("One ")
        assert not any(isinstance(part, Finished) for part in parts)

    def test_a_model_that_hangs_is_a_timeout(self, bedrock: StandIn) -> None:
        bedrock.fail("ConverseStream", "hang", times=None)
        client = bedrock.client("bedrock-runtime", read_timeout=0.3)
        with pytest.raises(ModelFailure) as failure:
            list(BedrockAnswerModel(client, pointer()).stream(PROMPT))
        assert failure.value.kind == "timeout"

    def test_a_stream_that_stalls_is_a_timeout(self, bedrock: StandIn) -> None:
        hold = Hold()
        bedrock.model.script = ["Five ", hold, "days."]
        client = bedrock.client("bedrock-runtime", read_timeout=0.3)
        parts = BedrockAnswerModel(client, pointer()).stream(PROMPT)
        assert next(parts) == Piece("Five ")
        with pytest.raises(ModelFailure) as failure:
            next(parts)
        hold.release()
        assert failure.value.kind == "timeout"

    def test_nobody_at_the_endpoint_is_unavailable(self, bedrock: StandIn) -> None:
        nowhere = StandIn(bedrock.model, port=9)
        with pytest.raises(ModelFailure) as failure:
            list(answer_model(nowhere).stream(PROMPT))
        assert failure.value.kind == "unavailable"


def _until_failure(model: BedrockAnswerModel, parts: list[Any]) -> Iterator[Any]:
    for part in model.stream(PROMPT):
        parts.append(part)
    yield from ()


CALM = {"sentiment": 0.2, "wants_person": False, "small_talk": True, "reason": "a greeting"}


class TestJudging:
    def test_the_tools_input_is_the_judgement(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("Judgement", CALM)]
        assert gate_model(bedrock).judge("Hello", []) == Judgement.model_validate(CALM)

    def test_the_prompt_is_the_domains_and_the_tool_is_forced(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("Judgement", CALM)]
        gate_model(bedrock).judge("Where is it?!", ["Hello", "<b>"])
        (asked,) = bedrock.model.prompts
        system, user = gate_prompt("Where is it?!", ["Hello", "<b>"])
        assert (asked.system, asked.question) == (system, user)
        assert (asked.choice, asked.temperature) == ("Judgement", 0.0)
        assert sorted(asked.tools[0].schema["required"]) == sorted(Judgement.model_fields)

    def test_no_guardrail_stands_before_the_judgement(self, bedrock: StandIn) -> None:
        client = bedrock.client("bedrock-runtime")
        sent = requests_of(client)
        bedrock.model.script = [ToolCall("Judgement", CALM)]
        BedrockGateModel(client, pointer(guardrail=GUARDRAIL)).judge("You idiots!", [])
        assert "guardrailConfig" not in sent[0]

    @pytest.mark.parametrize(("said", "taken"), [(-3, -1.0), (7.5, 1.0), (0, 0.0)])
    def test_a_sentiment_out_of_range_is_bounded(
        self, bedrock: StandIn, said: float, taken: float
    ) -> None:
        bedrock.model.script = [ToolCall("Judgement", {**CALM, "sentiment": said})]
        assert gate_model(bedrock).judge("Hello", []).sentiment == taken

    def test_what_the_schema_does_not_know_is_left_out(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("Judgement", {**CALM, "language": "en"})]
        assert gate_model(bedrock).judge("Hello", []) == Judgement.model_validate(CALM)

    def test_what_has_a_default_may_be_missing(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("Judgement", {"sentiment": 0, "wants_person": True})]
        assert gate_model(bedrock).judge("Hello", []).wants_person

    @pytest.mark.parametrize(
        "script",
        [
            ["I think the customer is calm."],
            [ToolCall("Judgement", {"sentiment": "angry", "wants_person": False})],
            [ToolCall("Judgement", {"sentiment": 0.1})],
            [],
        ],
    )
    def test_what_is_no_judgement_is_a_failure(self, bedrock: StandIn, script: list[Any]) -> None:
        bedrock.model.script = script
        with pytest.raises(ModelFailure):
            gate_model(bedrock).judge("Hello", [])

    def test_a_model_without_forced_tools_may_judge_as_well(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("Judgement", CALM)]
        imported = pointer(
            f"{ACCOUNT}:imported-model/abc123def456",
            provider="meta",
            base_model_id="meta.llama3-1-8b-instruct-v1:0",
        )
        assert gate_model(bedrock, imported).judge("Hello", []).small_talk


def test_a_chat_model_is_made_once_for_a_reference(bedrock: StandIn) -> None:
    client = bedrock.client("bedrock-runtime")
    reference = ModelReference(model_id=HAIKU)
    assert chat_model(client, reference, None) is chat_model(client, reference, None)
    assert chat_model(client, reference, GUARDRAIL) is not chat_model(client, reference, None)


def test_a_model_that_refuses_a_temperature_is_not_told_one(bedrock: StandIn) -> None:
    client = bedrock.client("bedrock-runtime")
    models = pointer()
    chat_model(client, models.current().answer, None).profile = {"temperature": False}
    list(BedrockAnswerModel(client, models).stream(PROMPT))
    assert bedrock.model.prompts[0].temperature is None


def test_the_real_client_waits_twenty_seconds_and_tries_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bedrock_runtime.cache_clear()
    config: Any = bedrock_runtime().meta.config
    bedrock_runtime.cache_clear()
    assert config.read_timeout == 20
    assert config.retries["total_max_attempts"] == 2
