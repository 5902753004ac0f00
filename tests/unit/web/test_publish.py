"""What is uploaded of a build, what browsers keep of it, and what stays for pages still open."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.unit.web.built_page import DEPLOYMENT, PAGE
from web.publish import KEPT, RETIRED, File, PublishError, files, main, publish, retire

SIGN_IN = "https://cognito-idp.eu-central-1.amazonaws.com"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OUTPUTS = {"PagesBucketName": "pages", "PagesDistributionId": "D1"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build."""
    for name, text in {
        "index.html": PAGE,
        "desk.html": PAGE.replace("Chat", "Desk"),
        "review.html": PAGE.replace("Chat", "Review"),
        "models.html": PAGE.replace("Chat", "Models"),
        "not-found.html": "nothing here",
        "widget.js": "widget",
        "assets/chat-1a2b.js": "chat",
        "assets/chat-3c4d.css": "style",
        "assets/sans-5e6f.woff2": "font",
        ".vite/manifest.json": "{}",
        ".built-from": "digest",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def by_key(dist: Path) -> dict[str, File]:
    return {file.key: file for file in files(dist, DEPLOYMENT, SIGN_IN)}


# --- what is published ----------------------------------------------------------------------------


def test_each_page_lies_under_each_of_its_addresses_and_notes_of_the_build_under_none(
    dist: Path,
) -> None:
    assert by_key(dist).keys() == {
        "index.html",
        "desk",
        "desk/",
        "desk/overview",
        "desk/overview/",
        "review",
        "review/",
        "review/overview",
        "review/overview/",
        "review/disagreements",
        "review/disagreements/",
        "review/articles",
        "review/articles/",
        "review/withdrawals",
        "review/withdrawals/",
        "models",
        "models/",
        "models/compare",
        "models/compare/",
        "not-found.html",
        "widget.js",
        "assets/chat-1a2b.js",
        "assets/chat-3c4d.css",
        "assets/sans-5e6f.woff2",
    }


def test_a_page_says_what_it_is_whatever_its_address(dist: Path) -> None:
    published = by_key(dist)

    assert published["desk"].content_type == "text/html; charset=utf-8"
    assert published["desk/overview"].body == published["desk"].body
    assert b"<title>Desk</title>" in published["desk"].body
    assert published["review/articles"].body == published["review"].body
    assert b"<title>Review</title>" in published["review"].body
    assert b"<title>Models</title>" in published["models/compare"].body


def test_only_pages_of_people_who_sign_in_may_connect_to_the_sign_in(dist: Path) -> None:
    published = by_key(dist)

    assert SIGN_IN.encode() in published["desk"].body
    assert SIGN_IN.encode() in published["review"].body
    assert SIGN_IN.encode() in published["models"].body
    assert SIGN_IN.encode() not in published["index.html"].body


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("index.html", "no-cache"),
        ("desk", "no-cache"),
        ("not-found.html", "no-cache"),
        ("widget.js", "public, max-age=300"),
        ("assets/chat-1a2b.js", "public, max-age=31536000, immutable"),
    ],
)
def test_browsers_keep_what_never_changes_and_ask_again_for_pages(
    dist: Path, key: str, kept: str
) -> None:
    assert by_key(dist)[key].cache_control == kept


def test_a_build_without_a_page_is_not_published(dist: Path) -> None:
    (dist / "desk.html").unlink()

    with pytest.raises(PublishError, match=r"no desk\.html: build the pages"):
        by_key(dist)


def test_a_page_that_could_not_know_its_stack_is_not_published(dist: Path) -> None:
    (dist / "index.html").write_text("<html></html>")

    with pytest.raises(PublishError, match=r"index\.html: .*0 times"):
        by_key(dist)


def test_a_file_of_an_unknown_kind_is_not_published(dist: Path) -> None:
    (dist / "notes.xyz").write_text("")

    with pytest.raises(PublishError, match=r"notes\.xyz"):
        by_key(dist)


# --- what stays of earlier builds -----------------------------------------------------------------


def test_what_has_just_been_replaced_stays_however_old_it_is() -> None:
    assert retire({"assets/old.js", "index.html"}, {"index.html"}, {}, NOW) == (
        {"assets/old.js": NOW},
        set(),
    )


def test_what_was_replaced_long_enough_ago_goes() -> None:
    long_ago, lately = NOW - KEPT - timedelta(seconds=1), NOW - KEPT

    assert retire({"a", "b"}, set(), {"a": long_ago, "b": lately}, NOW) == ({"b": lately}, {"a"})


def test_what_is_in_the_build_again_is_no_longer_out() -> None:
    assert retire({"a"}, {"a"}, {"a": NOW - 2 * KEPT}, NOW) == ({}, set())


def test_what_is_gone_is_forgotten() -> None:
    assert retire(set(), set(), {"a": NOW}, NOW) == ({}, set())


# --- the bucket and the distribution --------------------------------------------------------------


class Edges:
    """Stands for CloudFront's client: notes what the edges are told to forget, and what was in the
    bucket by then."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.forgotten: list[str] = []
        self.there: set[str] = set()

    def create_invalidation(self, *, DistributionId: str, InvalidationBatch: Any) -> None:
        assert DistributionId == OUTPUTS["PagesDistributionId"]
        assert InvalidationBatch["CallerReference"]
        paths = InvalidationBatch["Paths"]
        assert paths["Quantity"] == len(paths["Items"])
        self.forgotten = paths["Items"]
        self.there = keys(self._s3)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="pages")
        yield client


def keys(s3: Any) -> set[str]:
    return {item["Key"] for item in s3.list_objects_v2(Bucket="pages").get("Contents", [])}


def published(s3: Any, dist: Path, now: datetime = NOW) -> Edges:
    edges: Any = Edges(s3)
    publish(
        list(files(dist, DEPLOYMENT, SIGN_IN)), outputs=OUTPUTS, s3=s3, cloudfront=edges, now=now
    )
    found: Edges = edges
    return found


def test_an_object_tells_browsers_what_it_is_and_how_long_it_lasts(s3: Any, dist: Path) -> None:
    published(s3, dist)

    found = s3.get_object(Bucket="pages", Key="assets/sans-5e6f.woff2")
    assert found["ContentType"] == "font/woff2"
    assert found["CacheControl"] == "public, max-age=31536000, immutable"
    assert found["Body"].read() == b"font"


def test_pages_come_after_what_they_name(s3: Any, dist: Path) -> None:
    uploaded: list[str] = []
    s3.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: uploaded.append(params["Key"])
    )

    published(s3, dist)

    named = [uploaded.index(key) for key in uploaded if key.startswith("assets/")]
    assert max(named) < min(uploaded.index(key) for key in ("index.html", "desk", "widget.js"))


def test_edges_forget_what_changes_under_its_name_once_it_is_uploaded(s3: Any, dist: Path) -> None:
    edges = published(s3, dist)

    assert edges.forgotten == [
        "/",
        "/desk",
        "/desk/",
        "/desk/overview",
        "/desk/overview/",
        "/index.html",
        "/models",
        "/models/",
        "/models/compare",
        "/models/compare/",
        "/not-found.html",
        "/review",
        "/review/",
        "/review/articles",
        "/review/articles/",
        "/review/disagreements",
        "/review/disagreements/",
        "/review/overview",
        "/review/overview/",
        "/review/withdrawals",
        "/review/withdrawals/",
        "/widget.js",
    ]
    assert by_key(dist).keys() <= edges.there


def test_a_page_that_is_still_open_finds_its_files_for_a_while(s3: Any, dist: Path) -> None:
    published(s3, dist, NOW)
    (dist / "assets/chat-1a2b.js").rename(dist / "assets/chat-9z9z.js")
    replaced = NOW + timedelta(days=100)

    published(s3, dist, replaced)
    assert {"assets/chat-1a2b.js", "assets/chat-9z9z.js"} <= keys(s3)

    # Publishing again in between does not make them any younger.
    published(s3, dist, replaced + KEPT / 2)
    published(s3, dist, replaced + KEPT + timedelta(seconds=1))
    assert keys(s3) == by_key(dist).keys() | {RETIRED}


# --- at the terminal ------------------------------------------------------------------------------


def test_a_stack_without_pages_has_nothing_to_publish(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("cloudformation").create_stack(
        StackName="bare", TemplateBody='Resources: {Topic: {Type: "AWS::SNS::Topic"}}'
    )

    main(["bare"])

    assert "no pages" in capsys.readouterr().out


def test_a_deployed_build_is_published_to_its_stack(
    s3: Any, dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("web.publish.DIST", dist)
    made = boto3.client("cloudfront").create_distribution(DistributionConfig=_DISTRIBUTION)
    outputs = {
        "HttpUrl": "https://api.example",
        "WebSocketUrl": "wss://socket.example/live",
        "DeskUserPoolId": "pool",
        "DeskClientId": "client",
        "PagesUrl": "https://d1.cloudfront.net",
        "PagesBucketName": "pages",
        "PagesDistributionId": made["Distribution"]["Id"],
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(
        StackName="tandem", TemplateBody=json.dumps(template)
    )

    main(["--deployed-by", "--stack-name", "tandem", "--no-confirm-changeset"])

    desk = s3.get_object(Bucket="pages", Key="desk")["Body"].read()
    assert b"https://cognito-idp.us-east-1.amazonaws.com/" in desk
    assert "https://d1.cloudfront.net" in capsys.readouterr().out


_DISTRIBUTION: Any = {
    "CallerReference": "once",
    "Comment": "",
    "Enabled": True,
    "Origins": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "pages",
                "DomainName": "pages.s3.us-east-1.amazonaws.com",
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            }
        ],
    },
    "DefaultCacheBehavior": {
        "TargetOriginId": "pages",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    },
}
