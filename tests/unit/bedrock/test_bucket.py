"""Documents from the knowledge bucket."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_s3 import S3Client

from local.bedrock.knowledge import Bucket
from local.bedrock.knowledge_base import KnowledgeBase
from local.bedrock.retrieval import Index

ASKED = {"retrievalQuery": {"text": "When is soup served?"}}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")


def test_a_bucket_that_appears_later_is_followed(s3: S3Client) -> None:
    base = KnowledgeBase(Index(), Bucket(s3, "knowledge", "articles/"))
    assert base.refresh()["error"]
    s3.create_bucket(Bucket="knowledge")
    s3.put_object(Bucket="knowledge", Key="articles/soup.md", Body=b"# Soup\n\nSoup at noon.")
    s3.put_object(Bucket="knowledge", Key="articles/soup.png", Body=b"")
    s3.put_object(Bucket="knowledge", Key="drafts/other.md", Body=b"# Other")
    state = base.refresh()
    assert (state["documents"], state["error"]) == (1, None)
    (found,) = base.retrieve("TANDEMKB01", ASKED)["retrievalResults"]
    assert found["location"]["s3Location"]["uri"] == "s3://knowledge/articles/soup.md"


def test_what_is_indexed_stays_while_the_bucket_cannot_be_listed(s3: S3Client) -> None:
    base = KnowledgeBase(Index(), Bucket(s3, "knowledge"))
    s3.create_bucket(Bucket="knowledge")
    s3.put_object(Bucket="knowledge", Key="soup.md", Body=b"# Soup\n\nSoup at noon.")
    base.refresh()
    s3.delete_object(Bucket="knowledge", Key="soup.md")
    s3.delete_bucket(Bucket="knowledge")
    assert base.refresh()["documents"] == 1
    assert base.retrieve("TANDEMKB01", ASKED)["retrievalResults"]
