"""Passages for a question, from a knowledge base."""

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from tandem.aws.knowledge import KnowledgeBase
from tandem.live.errors import ModelFailure
from tandem.live.models import Passage
from tests.contract.bedrock_stand_in import StandIn

BASE = "KB12345678"


@pytest.fixture
def client() -> Any:
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    return session.create_client("bedrock-agent-runtime", region_name="us-east-1")


def found(client: Any, *results: dict[str, Any]) -> list[Passage]:
    """What the adapter makes of the service's results."""
    with Stubber(client) as stub:
        stub.add_response("retrieve", {"retrievalResults": list(results)})
        return KnowledgeBase(lambda: client, BASE).retrieve("question", 5)


def result(text: str = "Five days.", **fields: Any) -> dict[str, Any]:
    location = {"type": "S3", "s3Location": {"uri": "s3://docs/help/refund%20rules.md"}}
    return {"content": {"text": text}, "location": location, "score": 0.5, **fields}


class TestOverTheWire:
    def base(self, bedrock: StandIn) -> KnowledgeBase:
        client = bedrock.client("bedrock-agent-runtime")
        return KnowledgeBase(lambda: client, BASE)

    def test_the_best_passage_comes_first(self, bedrock: StandIn) -> None:
        passages = self.base(bedrock).retrieve("How long does a refund take?", 2)
        assert passages[0].title == "Refunds"
        assert "five working days" in passages[0].text
        assert passages[0].uri.endswith("/refunds.md")
        scores = [passage.score for passage in passages]
        assert scores == sorted(scores, reverse=True)

    def test_no_more_than_asked_for_come(self, bedrock: StandIn) -> None:
        assert len(self.base(bedrock).retrieve("parcel", 1)) == 1

    def test_a_very_long_question_is_asked_as_well(self, bedrock: StandIn) -> None:
        assert self.base(bedrock).retrieve("How long does a refund take? " * 1000, 1)

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            ("throttling", "throttled"),
            ("validation", "validation"),
            ("access_denied", "access_denied"),
            ("not_found", "validation"),
            ("dependency", "unavailable"),
            ("internal", "unavailable"),
        ],
    )
    def test_a_failure_tells_its_kind(self, bedrock: StandIn, error: str, kind: str) -> None:
        bedrock.fail("Retrieve", error, times=None)
        with pytest.raises(ModelFailure) as failure:
            self.base(bedrock).retrieve("refund", 1)
        assert failure.value.kind == kind


def test_without_a_knowledge_base_nothing_is_found_and_no_client_is_made() -> None:
    def made() -> Any:
        raise AssertionError("made for nothing")

    assert KnowledgeBase(made, "").retrieve("question", 5) == []


@pytest.mark.parametrize(("score", "taken"), [(1.7, 1.0), (-0.1, 0.0), (0.25, 0.25)])
def test_a_score_is_between_zero_and_one(client: Any, score: float, taken: float) -> None:
    assert found(client, result(score=score))[0].score == taken


def test_a_result_without_a_score_counts_least(client: Any) -> None:
    unscored = result()
    del unscored["score"]
    assert found(client, unscored)[0].score == 0.0


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"metadata": {"title": "Refund rules"}, "text": "# Heading\n\nText"}, "Refund rules"),
        ({"text": "Before.\n\n## Refunds and returns ##\n\nText"}, "Refunds and returns"),
        ({"text": "No heading, and #hashtag is none."}, "refund rules.md"),
        (
            {"location": {"type": "WEB", "webLocation": {"url": "https://example.com/help/"}}},
            "help",
        ),
        (
            {"location": {"type": "CUSTOM", "customDocumentLocation": {"id": "chat-17"}}},
            "chat-17",
        ),
    ],
)
def test_a_passage_has_the_best_title_there_is(
    client: Any, fields: dict[str, Any], title: str
) -> None:
    assert found(client, result(**fields))[0].title == title


def test_a_passage_says_where_it_is_from(client: Any) -> None:
    web = {"type": "WEB", "webLocation": {"url": "https://example.com/help"}}
    nowhere = result(metadata={"x-amz-bedrock-kb-source-uri": "s3://docs/a.md"})
    del nowhere["location"]
    passages = found(client, result(), result(location=web), nowhere)
    assert [passage.uri for passage in passages] == [
        "s3://docs/help/refund%20rules.md",
        "https://example.com/help",
        "s3://docs/a.md",
    ]


def test_results_without_text_are_left_out(client: Any) -> None:
    image = {"content": {"type": "IMAGE", "byteContent": "data:"}, "score": 0.9}
    assert [p.text for p in found(client, image, result())] == ["Five days."]
