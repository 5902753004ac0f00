"""Documents that come by the API alone: as the service's model has it, and found at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock.knowledge_base import KnowledgeBase
from local.bedrock.retrieval import Index
from tests.unit.bedrock.conftest import KNOWLEDGE_BASE, StandIn, departures, output_shape

SOURCE = "ARTICLES01"
PLACE = {"knowledgeBaseId": KNOWLEDGE_BASE, "dataSourceId": SOURCE}
PATH = f"/knowledgebases/{KNOWLEDGE_BASE}/datasources/{SOURCE}/documents"
HAMSTERS = "# May I bring my hamster?\n\nHamsters are welcome in the office on the second floor.\n"
ASKED = {"text": "Are hamsters allowed in the office?"}


@pytest.fixture(autouse=True)
def _nothing_is_left(bedrock: StandIn) -> Iterator[None]:
    yield
    bedrock.calm()
    for detail in bedrock.builder.list_knowledge_base_documents(**PLACE)["documentDetails"]:
        identifiers = [detail["identifier"]]
        bedrock.builder.delete_knowledge_base_documents(**PLACE, documentIdentifiers=identifiers)


def document(name: str = "hamsters", text: str = HAMSTERS, **attributes: Any) -> Any:
    custom = {
        "customDocumentIdentifier": {"id": name},
        "sourceType": "IN_LINE",
        "inlineContent": {"type": "TEXT", "textContent": {"data": text}},
    }
    found: Any = {"content": {"dataSourceType": "CUSTOM", "custom": custom}}
    if attributes:
        found["metadata"] = {
            "type": "IN_LINE_ATTRIBUTE",
            "inlineAttributes": [
                {"key": key, "value": {"type": "STRING", "stringValue": value}}
                for key, value in attributes.items()
            ],
        }
    return found


def named(*names: str) -> list[Any]:
    return [{"dataSourceType": "CUSTOM", "custom": {"id": name}} for name in names]


def ingest(bedrock: StandIn, *documents: Any, **request: Any) -> Any:
    return bedrock.builder.ingest_knowledge_base_documents(
        **PLACE, documents=list(documents), **request
    )["documentDetails"]


def details(bedrock: StandIn, *names: str) -> Any:
    return bedrock.builder.get_knowledge_base_documents(**PLACE, documentIdentifiers=named(*names))[
        "documentDetails"
    ]


def places(bedrock: StandIn) -> list[str]:
    """What the question about hamsters finds, as far as it answers it."""
    found = bedrock.agent.retrieve(knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery=ASKED)
    return [
        result["location"].get("customDocumentLocation", {}).get("id", "of the bucket")
        for result in found["retrievalResults"]
        if result["score"] >= 0.5
    ]


def test_a_document_is_taken_first_and_indexed_then(bedrock: StandIn) -> None:
    (taken,) = ingest(bedrock, document())
    (found,) = details(bedrock, "hamsters")

    assert taken["status"] == "STARTING"
    assert found["status"] == "INDEXED"
    assert found["identifier"] == {"dataSourceType": "CUSTOM", "custom": {"id": "hamsters"}}


def test_the_next_question_in_other_words_finds_it_with_what_stands_beside_it(
    bedrock: StandIn,
) -> None:
    assert places(bedrock) == []
    ingest(bedrock, document(title="Hamsters at work", product_area="Pets"))

    found = bedrock.agent.retrieve(knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery=ASKED)
    best = found["retrievalResults"][0]

    assert best["location"] == {"type": "CUSTOM", "customDocumentLocation": {"id": "hamsters"}}
    assert "second floor" in best["content"]["text"]
    assert best["score"] >= 0.5
    assert best["metadata"] == {
        "title": "Hamsters at work",
        "product_area": "Pets",
        "x-amz-bedrock-kb-data-source-id": SOURCE,
    }


def test_a_document_of_the_same_id_takes_the_place_of_the_first(bedrock: StandIn) -> None:
    ingest(bedrock, document())
    ingest(bedrock, document(text="# Canteen\n\nThe canteen opens at noon.\n"))

    assert places(bedrock) == []
    assert len(bedrock.builder.list_knowledge_base_documents(**PLACE)["documentDetails"]) == 1


def test_a_request_with_a_token_that_is_known_changes_nothing(bedrock: StandIn) -> None:
    token = "hamsters-revision-1-and-some-more-characters"
    ingest(bedrock, document(), clientToken=token)
    ingest(bedrock, document(text="# Canteen\n\nThe canteen opens at noon.\n"), clientToken=token)

    assert places(bedrock) == ["hamsters"]


def test_a_deleted_document_is_not_found_any_more(bedrock: StandIn) -> None:
    ingest(bedrock, document())

    deleted = bedrock.builder.delete_knowledge_base_documents(
        **PLACE, documentIdentifiers=named("hamsters", "cats")
    )["documentDetails"]

    assert [detail["status"] for detail in deleted] == ["DELETING", "NOT_FOUND"]
    assert places(bedrock) == []
    assert details(bedrock, "hamsters")[0]["status"] == "NOT_FOUND"


def test_a_document_that_cannot_be_indexed_fails_with_the_reason(bedrock: StandIn) -> None:
    bedrock.fail(
        operation="IngestKnowledgeBaseDocuments",
        error="unindexable",
        message="No embedding was made.",
    )
    ingest(bedrock, document())

    (found,) = details(bedrock, "hamsters")
    assert (found["status"], found["statusReason"]) == ("FAILED", "No embedding was made.")
    assert places(bedrock) == []

    ingest(bedrock, document())
    assert details(bedrock, "hamsters")[0]["status"] == "INDEXED"


def test_documents_are_listed_page_by_page_for_their_data_source(bedrock: StandIn) -> None:
    ingest(bedrock, document("a"), document("b"), document("c"))
    pages = bedrock.builder.get_paginator("list_knowledge_base_documents").paginate(
        **PLACE, PaginationConfig={"PageSize": 2}
    )
    other = bedrock.builder.list_knowledge_base_documents(**PLACE | {"dataSourceId": "OTHER00001"})

    sizes = [[d["identifier"]["custom"]["id"] for d in page["documentDetails"]] for page in pages]
    assert sizes == [["a", "b"], ["c"]]
    assert other["documentDetails"] == []


@pytest.mark.parametrize(
    ("method", "path", "operation", "body"),
    [
        ("PUT", "", "IngestKnowledgeBaseDocuments", {"documents": [document()]}),
        ("POST", "", "ListKnowledgeBaseDocuments", {}),
        (
            "POST",
            "/getDocuments",
            "GetKnowledgeBaseDocuments",
            {"documentIdentifiers": named("hamsters", "cats")},
        ),
        (
            "POST",
            "/deleteDocuments",
            "DeleteKnowledgeBaseDocuments",
            {"documentIdentifiers": named("hamsters")},
        ),
    ],
    ids=["ingest", "list", "get", "delete"],
)
def test_an_answer_has_exactly_the_members_of_the_service_model(
    bedrock: StandIn, method: str, path: str, operation: str, body: dict[str, Any]
) -> None:
    ingest(bedrock, document())

    answer = bedrock.http.request(method, PATH + path, json=body)

    assert answer.status_code == (202 if operation.startswith(("Ingest", "Delete")) else 200)
    assert answer.json()["documentDetails"]
    assert departures(output_shape("bedrock-agent", operation), answer.json()) == []


def in_s3() -> Any:
    content = {"dataSourceType": "S3", "s3": {"s3Location": {"uri": "s3://bucket/a.md"}}}
    return {"content": content}


def beside_in_s3() -> Any:
    metadata = {"type": "S3_LOCATION", "s3Location": {"uri": "s3://bucket/a.metadata.json"}}
    return {**document(), "metadata": metadata}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"documents": [document(str(n)) for n in range(11)]}, "at most 10"),
        ({"documents": [document(), document()]}, "more than once"),
        ({"documents": [in_s3()]}, "type CUSTOM"),
        ({"documents": [beside_in_s3()]}, "metadata"),
        ({"documents": [document()], "clientToken": "_" * 40}, "clientToken"),
        ({"documents": [document()], "clientToken": "short"}, "clientToken"),
        ({"documents": []}, "documents"),
        ({}, "documents"),
    ],
    ids=["too many", "twice", "S3", "metadata", "token", "short token", "none", "missing"],
)
def test_a_request_that_the_service_would_not_take_is_refused(
    bedrock: StandIn, request_: dict[str, Any], message: str
) -> None:
    answer = bedrock.http.put(PATH, json=request_)

    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"].startswith("ValidationException")
    assert message in answer.json()["message"]


def test_another_knowledge_base_is_not_known(bedrock: StandIn) -> None:
    with pytest.raises(ClientError) as refused:
        bedrock.builder.list_knowledge_base_documents(
            knowledgeBaseId="OTHERKB001", dataSourceId=SOURCE
        )

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


class UnreachableBucket:
    uri = "s3://nowhere"

    def documents(self) -> Any:
        raise OSError("cannot be listed")


def test_a_document_is_found_also_while_the_bucket_cannot_be_listed() -> None:
    base = KnowledgeBase(Index(), UnreachableBucket())

    base.documents(
        "IngestKnowledgeBaseDocuments", KNOWLEDGE_BASE, SOURCE, {"documents": [document()]}, ""
    )

    assert base.refresh()["documents"] == 1
    found = base.retrieve(KNOWLEDGE_BASE, {"retrievalQuery": ASKED})["retrievalResults"]
    assert found[0]["location"]["customDocumentLocation"] == {"id": "hamsters"}
