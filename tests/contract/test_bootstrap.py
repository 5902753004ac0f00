"""How the live module is wired: from environment variables, and no more than is asked for."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tandem.aws import bootstrap, clients, environment
from tandem.aws.environment import BadEnvironment, TableSettings, TopicSettings, parse
from tandem.aws.ids import TimeOrderedIds
from tandem.aws.observability import Meter, logger, observed
from tandem.live.conversation import open_conversation
from tests.contract.conftest import REGION, TABLE
from tests.contract.wiring import forget

VARIABLES = {
    "TABLE_NAME": TABLE,
    "BUS_NAME": "default",
    "POLICY_PARAMETER": "/tandem/policy",
    "MODEL_PARAMETER": "/tandem/models",
    "CONNECTIONS_URL": "https://api.example/live",
    "EXPERTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:experts",
    "LEADS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:leads",
    "TRANSCRIPTS_BUCKET": "transcripts",
    "WEBSOCKET_URL": "wss://api.example/live",
    "DESK_URL": "https://desk.example",
}


@pytest.fixture
def function(table: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A fresh function's process, in an account that has the table."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    forget()
    yield monkeypatch
    forget()


@pytest.mark.usefixtures("function")
class TestBootstrap:
    def test_the_world_works(self) -> None:
        world = bootstrap.world()
        opened = open_conversation(world, "guest:1", "de")
        assert world.store.get(opened.conversation_id) == opened
        assert world.desk_url == "https://desk.example"
        assert (world.assistant, world.escalation, world.archive) == (True, True, True)

    def test_everything_is_made_once(self) -> None:
        assert bootstrap.world() is bootstrap.world()
        assert bootstrap.world().connections is bootstrap.connections()
        assert bootstrap.notifier() is bootstrap.notifier()
        assert bootstrap.transcripts() is bootstrap.transcripts()
        assert bootstrap.rate_limit() is bootstrap.rate_limit()
        assert bootstrap.websocket_url() == "wss://api.example/live"

    def test_the_world_needs_no_client_that_most_functions_do_not(self) -> None:
        bootstrap.world()
        unused = (clients.step_functions, clients.sns, clients.s3, clients.bedrock_runtime)
        assert [make.cache_info().currsize for make in unused] == [0, 0, 0, 0]

    def test_a_switched_off_part_is_off(self, function: pytest.MonkeyPatch) -> None:
        function.setenv("ASSISTANT", "off")
        function.setenv("ARCHIVE", "off")
        world = bootstrap.world()
        assert (world.assistant, world.escalation, world.archive) == (False, True, False)

    def test_the_token_secret_is_read_once(self, function: pytest.MonkeyPatch) -> None:
        secrets = boto3.client("secretsmanager", region_name=REGION)
        arn = secrets.create_secret(Name="tokens", SecretString="s3cret")["ARN"]
        function.setenv("TOKEN_SECRET_ARN", arn)
        assert bootstrap.token_secret() == "s3cret"
        secrets.put_secret_value(SecretId=arn, SecretString="other")
        assert bootstrap.token_secret() == "s3cret"

    def test_without_a_knowledge_base_answers_need_not_stand_on_passages(self) -> None:
        answering = bootstrap.answering()
        assert not answering.grounded
        assert answering.retriever.retrieve("question", 5) == []

    def test_with_a_knowledge_base_they_do(self, function: pytest.MonkeyPatch) -> None:
        function.setenv("KNOWLEDGE_BASE_ID", "KB12345678")
        assert bootstrap.answering().grounded

    def test_a_missing_variable_is_named(self, function: pytest.MonkeyPatch) -> None:
        function.delenv("BUS_NAME")
        with pytest.raises(BadEnvironment, match="BUS_NAME: Field required"):
            bootstrap.world()


class TestEnvironment:
    def test_all_that_is_missing_is_named(self) -> None:
        with pytest.raises(BadEnvironment, match=r"EXPERTS_TOPIC_ARN.*LEADS_TOPIC_ARN"):
            parse(TopicSettings, {})

    def test_what_cannot_be_read_is_named(self) -> None:
        with pytest.raises(BadEnvironment, match="RETENTION_DAYS"):
            parse(TableSettings, {"TABLE_NAME": "t", "RETENTION_DAYS": "many"})

    def test_values_are_typed(self) -> None:
        read = parse(TableSettings, {"TABLE_NAME": "t", "RETENTION_DAYS": "30"})
        assert read == TableSettings(table_name="t", retention_days=30)

    def test_nothing_else_of_the_environment_matters(self) -> None:
        assert environment.parse(TableSettings, {"TABLE_NAME": "t", "PATH": "/"}).table_name == "t"


class TestIds:
    def test_ids_grow_within_a_process_and_are_never_the_same(self) -> None:
        ids = TimeOrderedIds()
        made = [ids.new() for _ in range(10_000)]
        assert made == sorted(set(made))

    def test_an_id_tells_its_time(self) -> None:
        alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
        value = 0
        for character in TimeOrderedIds().new()[:10]:
            value = value * 32 + alphabet.index(character)
        made_at = datetime.fromtimestamp(value / 1000, UTC)
        assert abs((datetime.now(UTC) - made_at).total_seconds()) < 60

    def test_an_id_has_26_characters(self) -> None:
        assert {len(TimeOrderedIds().new()) for _ in range(100)} == {26}


CONTEXT = SimpleNamespace(
    function_name="answer",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:answer",
    aws_request_id="request-1",
)


class TestObservability:
    @pytest.mark.parametrize(
        "event",
        [
            {"detail": {"conversation_id": "c1", "text": "private"}},
            {"pathParameters": {"conversation_id": "c1"}, "body": "private"},
            {
                "requestContext": {"authorizer": {"conversation_id": "c1"}},
                "body": "private",
            },
            {"step": "open", "event": {"conversation_id": "c1", "reason": "private"}},
            {"step": "wait", "conversation_id": "c1", "token": "private"},
        ],
    )
    def test_a_log_line_names_request_and_conversation_but_no_content(
        self, event: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = self.logged_while_handling(event, capsys)
        assert [(line["function_request_id"], line["correlation_id"]) for line in lines] == [
            ("request-1", "c1")
        ]
        assert "private" not in str(lines)

    def test_an_event_that_names_no_conversation_is_fine(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (line,) = self.logged_while_handling({}, capsys)
        assert line.get("correlation_id") is None

    def logged_while_handling(
        self, event: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> list[dict[str, Any]]:
        stream = SimpleNamespace(write=print, flush=lambda: None)
        handler = logger.registered_handler
        assert isinstance(handler, logging.StreamHandler)
        before = handler.setStream(stream)

        @observed
        def handle(event: dict[str, Any], context: Any) -> str:
            logger.info("handled")
            return "done"

        try:
            assert handle(event, CONTEXT) == "done"
        finally:
            handler.setStream(before or handler.stream)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.strip()]

    def test_a_metric_is_a_line_of_the_log(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Tandem")
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "answer")
        Meter().record("AnswerMilliseconds", 812.5, "Milliseconds")
        line = json.loads(capsys.readouterr().out)
        assert (line["AnswerMilliseconds"], line["service"]) == ([812.5], "answer")

    def test_a_metric_that_cannot_be_written_is_no_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
        Meter().record("AnswerMilliseconds", 1, "Milliseconds")
