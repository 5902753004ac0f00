"""The door of `Escalation Resolved`, with all that it is wired to: two tables and a bucket."""

import importlib
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from tandem.aws import review_bootstrap
from tandem.aws.conversation_store import DynamoStore
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.scene import ANNA, Scene
from tests.template.template_file import written

DOOR = "functions.review.add_knowledge.app"
SAMPLE = Path(__file__).parents[2] / "events" / "escalation_resolved.json"
BUCKET = "knowledge"


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.writes("May I bring my hamster? I am Jo, jo@example.com.")
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Yes, to the second floor. Regards, Anna")
    scene.resolves(ANNA, knowledge=True)
    return scene


@pytest.fixture
def door(scene: Scene, table: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function as Lambda initializes it, in an account that has stored the scene."""
    declared: dict[str, Any] = written()["Resources"]["ReviewTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(TableName="review", **{name: declared[name] for name in used})
    store = DynamoStore(dynamodb, table, scene.fakes.clock, timedelta(days=1))
    for change in scene.fakes.store.commits:
        store.commit(change)
    boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name="/review", Value=json.dumps({"knowledge": {"approval": "none"}}), Type="String"
    )
    variables = {
        "TABLE_NAME": table,
        "REVIEW_TABLE_NAME": "review",
        "REVIEW_BUCKET": "review",
        "REVIEW_POLICY_PARAMETER": "/review",
        "BUS_NAME": "default",
        "GUARDRAIL_CHECKS": "off",
        "KNOWLEDGE_BUCKET": BUCKET,
        "KNOWLEDGE_BASE_ID": "",
        "KNOWLEDGE_DATA_SOURCE_ID": "",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    forget()
    yield importlib.import_module(DOOR)
    sys.modules.pop(DOOR)
    forget()


def event(**detail: Any) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(SAMPLE.read_text())
    return {**sample, "detail": {**sample["detail"], **detail}}


def of(scene: Scene) -> dict[str, Any]:
    return event(
        conversation_id=scene.conversation_id,
        escalation_id=scene.escalation.escalation_id,
        resolved_by=ANNA.user,
    )


def handle(door: ModuleType, given: dict[str, Any]) -> Any:
    context = SimpleNamespace(
        function_name="add",
        memory_limit_in_mb=1024,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:add",
        aws_request_id="request",
    )
    return door.handler(given, context)


def files() -> dict[str, str]:
    s3 = boto3.client("s3", region_name=REGION)
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    keys = [item["Key"] for item in found]
    return {k: s3.get_object(Bucket=BUCKET, Key=k)["Body"].read().decode() for k in keys}


def test_what_an_expert_marked_is_in_the_knowledge_bucket_without_personal_data(
    door: ModuleType, scene: Scene
) -> None:
    answer = handle(door, of(scene))

    assert answer["status"] == "published"
    text = files()[f"articles/{answer['article_id']}.md"]
    assert "May I bring my hamster?" in text
    assert "Yes, to the second floor." in text
    assert "jo@example.com" not in text
    assert "Anna" not in text


class TestNames:
    @pytest.fixture
    def scene(self) -> Scene:
        scene = Scene()
        scene.asks("My name is Xiomara Quintero. What does it cost?")
        scene.writes("Who pays? Mr. Brandt?")
        scene.is_claimed_by(ANNA)
        scene.says(ANNA, "I am Ida Zeilinger, by the way. You do.")
        scene.hands_back(ANNA)
        scene.asks("And what do they cost?")
        scene.writes("Does Quintero pay twice? Mr. Ostrander says so.")
        scene.is_claimed_by(ANNA)
        scene.says(ANNA, "Ostrander is wrong, and Brandt too, says Zeilinger.", "later")
        scene.resolves(ANNA, knowledge=True)
        return scene

    def test_who_is_introduced_anywhere_in_a_conversation_is_named_nowhere_in_its_article(
        self, door: ModuleType, scene: Scene
    ) -> None:
        answer = handle(door, of(scene))

        text = files()[f"articles/{answer['article_id']}.md"]
        assert "pay twice?" in text
        assert "is wrong, and" in text
        named = ("Quintero", "Ostrander", "Brandt", "Zeilinger")
        assert [name for name in named if name in text] == []


def test_the_same_event_twice_is_one_article(door: ModuleType, scene: Scene) -> None:
    assert handle(door, of(scene)) == handle(door, of(scene))
    assert len(files()) == 2, "the text, and the metadata beside it"


def test_an_escalation_that_is_not_known_here_is_no_failure(door: ModuleType) -> None:
    assert handle(door, event()) is None
    assert files() == {}


def test_an_event_that_is_not_one_fails_so_that_it_is_kept(door: ModuleType) -> None:
    broken = event()
    del broken["detail"]["escalation_id"]

    with pytest.raises(ValidationError):
        handle(door, broken)


def test_with_a_data_source_articles_go_into_the_knowledge_base_itself(
    door: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    del door
    monkeypatch.setenv("KNOWLEDGE_BASE_ID", "KB12345678")
    monkeypatch.setenv("KNOWLEDGE_DATA_SOURCE_ID", "ARTICLES01")
    review_bootstrap.knowledge_base.cache_clear()

    assert type(review_bootstrap.knowledge_base()).__name__ == "DirectIngestion"
