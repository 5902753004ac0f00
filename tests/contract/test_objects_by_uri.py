"""Objects of S3 by their URI: the fake and the adapter pass the same tests."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.stub import Stubber

from tandem.aws import clients
from tandem.aws.uris import S3Uris
from tandem.tuning.ports import Files
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.ground_truth_stand_in import session
from tests.tuning_fakes import MemoryTuningFiles


@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> Files:
    return MemoryTuningFiles() if request.param == "memory" else s3(request)


def s3(request: pytest.FixtureRequest) -> S3Uris:
    request.getfixturevalue("aws")
    client = boto3.client("s3", region_name=REGION)
    for bucket in ("models", "review"):
        client.create_bucket(Bucket=bucket)
    return S3Uris(client, lambda: client)


def test_what_is_written_is_read_in_whichever_bucket(files: Files) -> None:
    for bucket in ("models", "review"):
        uri = f"s3://{bucket}/runs/ü #1/run.json"
        files.write_uri(uri, b'{"ok": true}', "application/json")

        assert files.exists(uri)
        assert files.size(uri) == 12
        assert files.read_uri(uri) == b'{"ok": true}'


@pytest.mark.parametrize("uri", ["s3://models/none.json", "s3://no-bucket/run.json"])
def test_what_is_not_there_is_a_key_error(files: Files, uri: str) -> None:
    assert not files.exists(uri)
    for ask in (files.read_uri, files.size):
        with pytest.raises(KeyError):
            ask(uri)


def test_what_is_deleted_is_gone_and_stays_gone(files: Files) -> None:
    for name in ("a", "b"):
        files.write_uri(f"s3://models/{name}", b"{}", "application/json")

    for _ in range(2):
        files.delete_uri("s3://models/a")

    assert not files.exists("s3://models/a")
    assert files.exists("s3://models/b")


@pytest.mark.parametrize("uri", ["s3://models", "s3://models/", "https://models/a", "a/b"])
def test_what_is_no_address_of_an_object_is_an_error(
    request: pytest.FixtureRequest, uri: str
) -> None:
    with pytest.raises(ValueError, match="is no address of an object"):
        s3(request).read_uri(uri)


def test_an_error_is_not_mistaken_for_an_object_that_is_not_there() -> None:
    client: Any = session().create_client("s3", region_name=REGION)
    stubber = Stubber(client)
    for operation in ("get_object", "head_object", "head_object"):
        stubber.add_client_error(operation, "AccessDenied")
    stubber.activate()
    files = S3Uris(client, lambda: client)

    for ask in (files.read_uri, files.size, files.exists):
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            ask("s3://models/a")


def test_a_link_is_signed_as_encrypted_objects_ask_for_and_says_what_it_shows(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    forget()
    link = S3Uris(clients.s3(), clients.s3_links).link("s3://models/runs/a/report.html", 600)
    forget()

    parts, asked = urlsplit(link), parse_qs(urlsplit(link).query)
    assert parts.scheme == "https"
    assert "eu-central-1" in parts.netloc
    assert parts.path.endswith("/runs/a/report.html")
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["X-Amz-Expires"] == ["600"]
    assert asked["response-content-type"] == ["text/html; charset=utf-8"]
