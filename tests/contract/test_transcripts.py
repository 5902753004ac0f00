"""Transcripts are stored once for each version."""

from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tandem.aws.transcripts import S3Transcripts
from tandem.live.ports import Transcripts
from tests.contract.conftest import REGION
from tests.fakes import START, MemoryTranscripts

BUCKET = "transcripts"


def client() -> Any:
    return boto3.client("s3", region_name=REGION)


@pytest.fixture
def bucket(aws: None) -> str:
    client().create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture(params=["memory", "s3"])
def transcripts(request: pytest.FixtureRequest) -> Transcripts:
    if request.param == "memory":
        return MemoryTranscripts()
    bucket = request.getfixturevalue("bucket")
    return S3Transcripts(client(), bucket)


def test_the_name_tells_day_conversation_and_version(transcripts: Transcripts) -> None:
    uri = transcripts.put("c1", 7, START, b"{}")
    assert uri == "s3://transcripts/transcripts/2026/11/23/c1/v7.json"


def test_the_day_is_that_of_utc(transcripts: Transcripts) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(-timedelta(hours=8)))
    assert "/2026/11/24/" in transcripts.put("c1", 1, late, b"{}")


def test_storing_the_same_version_twice_is_one_object(transcripts: Transcripts) -> None:
    assert transcripts.put("c1", 1, START, b"{}") == transcripts.put("c1", 1, START, b"{}")


def test_a_stored_version_is_never_overwritten(bucket: str) -> None:
    transcripts = S3Transcripts(client(), bucket)
    transcripts.put("c1", 1, START, b"first")
    transcripts.put("c1", 1, START, b"second")
    transcripts.put("c1", 2, START, b"third")
    listed = client().list_objects_v2(Bucket=bucket)["Contents"]
    bodies = [client().get_object(Bucket=bucket, Key=o["Key"])["Body"].read() for o in listed]
    assert bodies == [b"first", b"third"]


def test_a_transcript_that_cannot_be_stored_is_an_error(aws: None) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Transcripts(client(), "elsewhere").put("c1", 1, START, b"{}")


def test_two_who_write_the_same_version_at_once_both_succeed(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = client()
    put, answers = s3.put_object, ["ConditionalRequestConflict"]

    def busy_once(**request: Any) -> Any:
        if answers:
            raise ClientError({"Error": {"Code": answers.pop(), "Message": ""}}, "PutObject")
        return put(**request)

    monkeypatch.setattr(s3, "put_object", busy_once)
    S3Transcripts(s3, bucket).put("c1", 1, START, b"{}")
    assert client().list_objects_v2(Bucket=bucket)["KeyCount"] == 1
