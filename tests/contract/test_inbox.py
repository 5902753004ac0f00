"""The transcripts' bucket: the fake and S3 pass the same tests; the two events that tell of it."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tandem.aws.files import S3Files
from tandem.aws.inbox import Batch, ObjectCreated, S3Inbox
from tandem.review.ports import Files, Inbox
from tests.contract.conftest import REGION
from tests.review_fakes import MemoryFiles, MemoryInbox

EVENTS = Path(__file__).parents[2] / "events"
KEYS = ("imports/a.json", "imports/größer als/ein?x=1#2.json", "transcripts/a b+c%20d")


class Buckets:
    """One pair of buckets; `client` is None for the fakes."""

    def __init__(self, client: Any) -> None:
        self._client = client
        memory = MemoryFiles()
        self._memory = MemoryInbox(memory)
        self.files: Files = S3Files(client, "review") if client else memory
        self.inbox: Inbox = S3Inbox(client, "transcripts") if client else self._memory

    def put(self, key: str, body: bytes) -> None:
        if self._client:
            self._client.put_object(Bucket="transcripts", Key=key, Body=body)
        else:
            self._memory.stored[key] = body


@pytest.fixture(params=["memory", "s3"])
def buckets(request: pytest.FixtureRequest) -> Buckets:
    if request.param == "memory":
        return Buckets(None)
    request.getfixturevalue("aws")
    client = boto3.client("s3", region_name=REGION)
    for name in ("transcripts", "review"):
        client.create_bucket(Bucket=name)
    return Buckets(client)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("size", [0, 5, 300_000])
def test_an_object_is_read_piece_by_piece(buckets: Buckets, key: str, size: int) -> None:
    body = b"x" * size
    buckets.put(key, body)

    arrival = buckets.inbox.open(key)

    assert arrival is not None
    assert b"".join(arrival.pieces) == body
    assert arrival.size == size
    assert arrival.uri == f"s3://transcripts/{key}"
    assert len(arrival.etag) == 32


def test_an_object_that_is_gone_is_none(buckets: Buckets) -> None:
    assert buckets.inbox.open("imports/gone.json") is None


@pytest.mark.parametrize("key", KEYS)
def test_an_object_is_copied_as_it_is(buckets: Buckets, key: str) -> None:
    buckets.put(key, b"\x00\xff")

    buckets.inbox.copy(key, buckets.files.uri(f"quarantine/{key}"))

    assert buckets.files.read(f"quarantine/{key}") == b"\x00\xff"


def test_what_is_gone_cannot_be_copied(buckets: Buckets) -> None:
    with pytest.raises(KeyError):
        buckets.inbox.copy("imports/gone.json", buckets.files.uri("quarantine/x"))


def test_in_a_bucket_that_is_gone_everything_is(aws: None) -> None:
    client = boto3.client("s3", region_name=REGION)

    assert S3Inbox(client, "gone").open("imports/a.json") is None


# --- events --------------------------------------------------------------------------------------
def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return event


def test_the_event_of_an_object_names_it_as_it_is() -> None:
    event = sample("transcript_created.json")
    event["detail"]["object"]["key"] = "imports/a%20b+c ü.json"

    created = ObjectCreated.model_validate(event["detail"])

    assert created.bucket.name == "tandem-transcripts"
    assert created.object.key == "imports/a%20b+c ü.json"


def test_a_batch_of_the_backfill_names_its_objects() -> None:
    batch = Batch.model_validate(sample("backfill_batch.json"))

    assert batch.common.bucket == "tandem-transcripts"
    assert [key.rsplit("/")[-1] for key in batch.keys] == ["v7.json", "v3.json"]
