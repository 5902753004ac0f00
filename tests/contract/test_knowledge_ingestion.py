"""Articles in a knowledge base: what is asked of Bedrock, and what comes of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from tandem.aws.files import S3Files
from tandem.aws.knowledge import KnowledgeBase as Retriever
from tandem.aws.knowledge_ingestion import _STATES, ArticleFiles, DirectIngestion, client_token
from tandem.review.article_document import attributes, markdown, title
from tandem.review.events import KnowledgeAdded, KnowledgeRemoved
from tandem.review.models import Article, ArticleStatus
from tandem.review.ports import InBase, IngestionFailed, KnowledgeBase
from tests.contract.bedrock_stand_in import StandIn, stand_in
from tests.contract.conftest import REGION
from tests.fakes import START
from tests.review_fakes import MemoryFiles, MemoryKnowledgeBase
from tests.unit.review.desk_of_articles import NAME, Desk

BASE, SOURCE, BUCKET = "KB12345678", "ARTICLES01", "knowledge"


def article(**changes: Any) -> Article:
    values: dict[str, Any] = {
        "article_id": "article-1",
        "conversation_id": "talk-1",
        "question": "May I bring my hamster to the office?",
        "answer": "Hamsters are welcome on the second floor.\nLeave them in their cage.",
        "product_area": "Pets",
        "status": ArticleStatus.PUBLISHED,
        "answered_by": "ada",
        "created_at": START,
        "approved_by": "lea",
        "approved_at": START + timedelta(days=2),
        "revision": 3,
    }
    return Article(**values | changes)


# --- the document --------------------------------------------------------------------------------
def test_the_document_says_what_was_asked_and_answered_and_names_nobody() -> None:
    assert markdown(article()) == (
        "# May I bring my hamster to the office?\n\n"
        "Hamsters are welcome on the second floor.\n\n"
        "Leave them in their cage.\n\n"
        "*As of 2026-11-25, about Pets.*\n"
    )


def test_what_stands_beside_it_says_who_approved_it_and_not_who_answered() -> None:
    assert attributes(article()) == {
        "title": "May I bring my hamster to the office?",
        "article_id": "article-1",
        "kind": "article",
        "product_area": "Pets",
        "answered_on": "2026-11-23",
        "approved_by": "lea",
    }
    assert "product_area" not in attributes(article(product_area=""))


@pytest.mark.parametrize("question", ["word " * 100, "很" * 500, "a\nb\n" * 90])
def test_a_long_question_has_a_short_title_and_stands_whole_in_the_text(question: str) -> None:
    long = article(question=question)

    assert len(title(long)) <= 122
    assert "\n" not in title(long)
    assert "".join(question.split()) in "".join(markdown(long).split())


def test_code_in_an_answer_stays_as_it_was_written() -> None:
    code = "Run this:\n```\nif a:\n    b()\n\n```"

    assert code in markdown(article(answer=code))


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ("Run this:\n```\nmake all", "\n```\n\n"),
        ("Run this:\n````sh\nmake all\n```", "\n````\n\n"),
        ("~~~\nmake all", "\n~~~\n\n"),
        ("```\nmake all\n```\nthen", "\nthen\n\n"),
        ("Say ```make all``` and wait", " and wait\n\n"),
        ("```no `fence` at all\nthen", "\n\nthen\n\n"),
    ],
    ids=["never ended", "ended by less", "tildes", "ended", "in the line", "none"],
)
def test_code_that_nobody_has_ended_ends_with_its_text(answer: str, end: str) -> None:
    for text in (
        markdown(article(answer=answer)),
        markdown(article(question=f"Why?\n{answer}")),
    ):
        assert text.endswith("\n\n*As of 2026-11-25, about Pets.*\n")
    assert f"{end}*As of" in markdown(article(answer=answer))


def test_a_product_area_cannot_break_out_of_its_line() -> None:
    broken = article(product_area="Pets\n# Free refunds\r\nfor all")

    assert markdown(broken).endswith("\n\n*As of 2026-11-25, about Pets # Free refunds for all.*\n")
    assert attributes(broken)["product_area"] == "Pets # Free refunds for all"


# --- direct ingestion, word by word --------------------------------------------------------------
@pytest.fixture
def client() -> Any:
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    return session.create_client("bedrock-agent", region_name=REGION)


PLACE = {"knowledgeBaseId": BASE, "dataSourceId": SOURCE}


def direct(client: Any, files: MemoryFiles | None = None) -> DirectIngestion:
    return DirectIngestion(lambda: client, BASE, SOURCE, ArticleFiles(files or MemoryFiles()))


def identifier(name: str) -> dict[str, Any]:
    return {"dataSourceType": "CUSTOM", "custom": {"id": name}}


def detail(status: str, name: str = "article-1", **fields: Any) -> dict[str, Any]:
    return {**PLACE, "status": status, "identifier": identifier(name), **fields}


def test_an_article_is_one_document_in_line_with_what_stands_beside_it(client: Any) -> None:
    request = {
        **PLACE,
        "clientToken": client_token(article()),
        "documents": [
            {
                "content": {
                    "dataSourceType": "CUSTOM",
                    "custom": {
                        "customDocumentIdentifier": {"id": "article-1"},
                        "sourceType": "IN_LINE",
                        "inlineContent": {
                            "type": "TEXT",
                            "textContent": {"data": markdown(article())},
                        },
                    },
                },
                "metadata": {
                    "type": "IN_LINE_ATTRIBUTE",
                    "inlineAttributes": [
                        {"key": key, "value": {"type": "STRING", "stringValue": value}}
                        for key, value in attributes(article()).items()
                    ],
                },
            }
        ],
    }
    with Stubber(client) as stub:
        answer = {"documentDetails": [detail("STARTING")]}
        stub.add_response("ingest_knowledge_base_documents", answer, request)

        assert direct(client).put(article()) == InBase("pending")


def test_a_token_is_long_enough_and_the_same_for_the_same_revision_only() -> None:
    tokens = [client_token(article(revision=n)) for n in range(3)]

    assert client_token(article(revision=1)) == tokens[1]
    assert len({*tokens, client_token(article(article_id="article-2"))}) == 4
    assert all(33 <= len(token) <= 256 and token.isalnum() for token in tokens)


def test_a_removal_is_asked_for_by_the_documents_id(client: Any) -> None:
    request = {**PLACE, "documentIdentifiers": [identifier("article-1")]}
    with Stubber(client) as stub:
        for status in ("DELETING", "NOT_FOUND"):
            answer = {"documentDetails": [detail(status)]}
            stub.add_response("delete_knowledge_base_documents", answer, request)
        base = direct(client)

        assert base.remove("article-1") == InBase("pending")
        assert base.remove("article-1") == InBase("absent")


def test_states_are_asked_for_at_most_ten_at_a_time(client: Any) -> None:
    names = [f"article-{number}" for number in range(23)]
    with Stubber(client) as stub:
        for start in (0, 10, 20):
            some = names[start : start + 10]
            request = {**PLACE, "documentIdentifiers": [identifier(name) for name in some]}
            answer = {"documentDetails": [detail("INDEXED", name) for name in some]}
            stub.add_response("get_knowledge_base_documents", answer, request)

        assert direct(client).states(names) == dict.fromkeys(names, InBase("held"))
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("answered", "state"),
    [
        (detail("INDEXED"), InBase("held")),
        (detail("METADATA_UPDATE_FAILED", statusReason="x"), InBase("held", "x")),
        (detail("STARTING"), InBase("pending")),
        (detail("IN_PROGRESS"), InBase("pending")),
        (detail("DELETE_IN_PROGRESS"), InBase("pending")),
        (detail("NOT_FOUND"), InBase("absent")),
        (detail("FAILED", statusReason="No embedding."), InBase("failed", "No embedding.")),
        (
            detail("IGNORED"),
            InBase("failed", "its status is IGNORED, without a reason."),
        ),
        (detail("SOMETHING_NEW"), InBase("pending")),
        (detail("INDEXED", "another"), InBase("absent")),
    ],
)
def test_each_status_of_the_service_is_understood(
    client: Any, answered: dict[str, Any], state: InBase
) -> None:
    with Stubber(client) as stub:
        stub.add_response("get_knowledge_base_documents", {"documentDetails": [answered]})

        assert direct(client).states(["article-1"]) == {"article-1": state}


def test_every_status_that_the_service_model_knows_is_told_apart(client: Any) -> None:
    known = client.meta.service_model.shape_for("DocumentStatus").enum

    assert set(_STATES) == set(known)


def test_what_the_service_refuses_is_told_in_its_words(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error(
            "ingest_knowledge_base_documents",
            "ServiceQuotaExceededException",
            "Too many documents at once.",
        )

        with pytest.raises(IngestionFailed, match=r"^ServiceQuotaExceededException: Too many"):
            direct(client).put(article())


def test_the_file_of_before_there_was_a_data_source_goes(client: Any) -> None:
    files = MemoryFiles()
    ArticleFiles(files).put(article())
    ArticleFiles(files).put(article(article_id="article-2"))
    with Stubber(client) as stub:
        answer = {"documentDetails": [detail("STARTING")]}
        stub.add_response("ingest_knowledge_base_documents", answer)
        direct(client, files).put(article())
        assert not any("article-1" in key for key in files.stored)

        stub.add_response("delete_knowledge_base_documents", {"documentDetails": []})
        direct(client, files).remove("article-2")
        assert files.stored == {}


# --- files for an S3 data source -----------------------------------------------------------------
@pytest.fixture
def bucket(aws: None) -> Any:
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET)
    return s3


def test_a_file_has_its_metadata_beside_it_as_an_s3_data_source_reads_it(bucket: Any) -> None:
    base = ArticleFiles(S3Files(bucket, BUCKET))

    assert base.put(article()) == InBase("next_sync")

    text = bucket.get_object(Bucket=BUCKET, Key="articles/article-1.md")
    beside = bucket.get_object(Bucket=BUCKET, Key="articles/article-1.md.metadata.json")
    assert text["Body"].read().decode() == markdown(article())
    assert text["ContentType"].startswith("text/markdown")
    assert json.load(beside["Body"]) == {"metadataAttributes": attributes(article())}
    assert base.states(["article-1"]) == {}

    assert base.remove("article-1") == InBase("next_sync")
    assert bucket.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert base.remove("article-1") == InBase("next_sync")


def test_a_bucket_that_does_not_take_it_is_told_in_its_words(bucket: Any) -> None:
    with pytest.raises(IngestionFailed, match="NoSuchBucket"):
        ArticleFiles(S3Files(bucket, "gone")).put(article())


class TestAnArticleInTheBucket:
    """What is said of it is no more than what is known: the team synchronizes, or not."""

    @pytest.fixture
    def desk(self, bucket: Any) -> Desk:
        desk = Desk(expire_after_days=30)
        desk.asked = ArticleFiles(S3Files(bucket, BUCKET))
        desk.resolved()
        return desk

    def files(self, bucket: Any) -> int:
        found: int = bucket.list_objects_v2(Bucket=BUCKET)["KeyCount"]
        return found

    def test_it_waits_for_the_next_synchronization_and_is_not_said_to_be_found(
        self, desk: Desk, bucket: Any
    ) -> None:
        shown = desk.decides("approve")

        assert (shown.indexed, shown.at_next_sync, shown.problem) == (False, True, "")
        assert self.files(bucket) == 2
        (added,) = desk.fakes.bus.of(KnowledgeAdded)
        assert added.at_next_sync
        assert desk.listed().problems == 0
        assert [name for _ in range(288) for name in desk.time_passes(300)] == []
        assert self.files(bucket) == 2

    @pytest.mark.parametrize("ending", ["withdraw", "expire", "time", "customer"])
    def test_its_end_deletes_the_files_and_says_that_the_rest_is_the_next_synchronizations(
        self, desk: Desk, bucket: Any, ending: str
    ) -> None:
        desk.decides("approve")
        match ending:
            case "time":
                desk.time_passes(31 * 86_400)
            case "customer":
                view = desk.customer_withdraws()
                assert (view.left, view.until_sync, view.problem) == ((), (NAME,), "")
            case _:
                desk.decides(ending)

        assert self.files(bucket) == 0
        assert (desk.article.may_be_held, desk.article.at_next_sync) == (False, True)
        (removed,) = desk.fakes.bus.of(KnowledgeRemoved)
        assert removed.at_next_sync
        assert desk.listed().problems == 0

    def test_one_that_was_refused_an_edit_leaves_no_file_when_it_ends(
        self, desk: Desk, bucket: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.decides("approve")
        with monkeypatch.context() as patched:
            patched.setattr(desk, "asked", ArticleFiles(S3Files(bucket, "another")))
            assert "NoSuchBucket" in desk.edits(answer="So.").problem
        assert self.files(bucket) == 2

        desk.customer_withdraws()

        assert self.files(bucket) == 0

    def test_files_that_cannot_be_deleted_are_left_and_wait_for_no_synchronization(
        self, desk: Desk, bucket: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.decides("approve")
        with monkeypatch.context() as patched:
            patched.setattr(desk, "asked", ArticleFiles(S3Files(bucket, "another")))
            view = desk.customer_withdraws()
        assert (view.left, view.until_sync) == ((NAME,), ())
        assert "NoSuchBucket" in view.problem

        view = desk.customer_withdraws()

        assert (view.left, view.until_sync, view.problem) == ((), (NAME,), "")
        assert self.files(bucket) == 0

    def test_one_that_was_never_there_waits_for_nothing(self, desk: Desk) -> None:
        view = desk.customer_withdraws()

        assert (view.left, view.until_sync) == ((), ())
        assert desk.fakes.bus.published == []

    def test_a_data_source_that_is_added_later_takes_it_within_a_day(
        self, desk: Desk, bucket: Any
    ) -> None:
        desk.decides("approve")
        desk.asked = desk.base

        changed = [name for _ in range(288) for name in desk.time_passes(300)]

        assert changed == [NAME]
        assert (desk.article.indexed, desk.article.at_next_sync) == (True, False)
        assert desk.held == [desk.article.answer]


# --- the same of the fake and the service's stand-in --------------------------------------------
@pytest.fixture(scope="module")
def standing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One of its own: what is ingested here is no other test's."""
    documents: Path = tmp_path_factory.mktemp("documents")
    (documents / "refunds.md").write_text("# Refunds\n\nA refund takes five working days.\n")
    with stand_in(documents, tmp_path_factory.mktemp("cache")) as running:
        yield running


@pytest.fixture(params=["memory", "service"])
def base(request: pytest.FixtureRequest, standing_in: StandIn) -> KnowledgeBase:
    if request.param == "memory":
        return MemoryKnowledgeBase()
    standing_in.reset()
    return direct(standing_in.client("bedrock-agent"))


def seen(base: KnowledgeBase, name: str, told: InBase) -> InBase:
    """What it says in the end: at once, or when it is asked again."""
    return base.states([name]).get(name, told)


def test_what_is_put_is_held_and_what_is_removed_is_absent(base: KnowledgeBase) -> None:
    assert seen(base, "article-1", base.put(article())) == InBase("held")
    assert seen(base, "article-1", base.put(article(revision=4))) == InBase("held")
    assert seen(base, "article-1", base.remove("article-1")) == InBase("absent")
    assert seen(base, "article-1", base.remove("article-1")) == InBase("absent")
    assert seen(base, "article-1", base.put(article(revision=5))) == InBase("held")
    base.remove("article-1")


class TestWhatTheAssistantFinds:
    QUESTION = "Are hamsters allowed at work?"

    def found(self, bedrock: StandIn) -> list[tuple[str, str]]:
        """Title and address of what answers the question."""
        client = bedrock.client("bedrock-agent-runtime")
        passages = Retriever(lambda: client, BASE).retrieve(self.QUESTION, 5)
        return [(passage.title, passage.uri) for passage in passages if passage.score >= 0.5]

    def test_an_article_is_cited_by_its_question_and_its_id_until_it_is_removed(
        self, standing_in: StandIn
    ) -> None:
        base = direct(standing_in.client("bedrock-agent"))
        assert self.found(standing_in) == []

        base.put(article(revision=10))
        assert self.found(standing_in) == [("May I bring my hamster to the office?", "article-1")]

        base.remove("article-1")
        assert self.found(standing_in) == []

    def test_one_that_cannot_be_indexed_says_why(self, standing_in: StandIn) -> None:
        base = direct(standing_in.client("bedrock-agent"))
        standing_in.fail(
            "IngestKnowledgeBaseDocuments", "unindexable", message="The vector store is full."
        )

        told = base.put(article(revision=11))

        assert seen(base, "article-1", told) == InBase("failed", "The vector store is full.")
        base.remove("article-1")
