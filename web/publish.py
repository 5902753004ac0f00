"""Puts the built pages where the stack's distribution serves them.

    python -m web.publish STACK
    python -m web.publish --deployed-by ARGUMENTS-OF-SAM-DEPLOY

Files with a hash in their name are uploaded first and are never changed, so that a page always
finds what it names. Those of earlier builds stay for a while: a page that has been open since then
loads some of them only when they are needed.
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from web.build import DIST
from web.deployment import Deployment, NoPlace, connections, with_deployment
from web.stack import NoStack, Target, deployed_by, deployment_of, describe

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

CHAT, DESK, REVIEW, MODELS = "index.html", "desk.html", "review.html", "models.html"
_LEADS_PAGES = ("overview", "disagreements", "articles", "withdrawals")


def _both(*addresses: str) -> tuple[str, ...]:
    """People write an address with and without a slash at the end."""
    return tuple(written for address in addresses for written in (address, f"{address}/"))


ADDRESSES = {
    CHAT: ("index.html",),
    DESK: _both("desk", "desk/overview"),
    REVIEW: _both("review", *(f"review/{page}" for page in _LEADS_PAGES)),
    MODELS: _both("models", "models/compare"),
}
"""The same HTML lies under each of its addresses, so that the distribution rewrites none."""
KEPT = timedelta(days=30)
"""For so long after they were in a build for the last time, files can still be loaded."""
RETIRED = "retired.json"
"""Which files are in the bucket but in no build any more, and since when."""

_HASHED = "assets/"
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_UPLOADS_AT_ONCE = 8
_DELETED_AT_ONCE = 1000


class PublishError(RuntimeError):
    """The message is one line for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class File:
    """An object of the bucket."""

    key: str
    body: bytes
    content_type: str

    @property
    def hashed(self) -> bool:
        """Whether the key says the content, so that it never changes."""
        return self.key.startswith(_HASHED)

    @property
    def cache_control(self) -> str:
        """How long browsers and edges keep it without asking again."""
        if self.hashed:
            return "public, max-age=31536000, immutable"
        if self.content_type.startswith("text/html"):
            return "no-cache"
        return "public, max-age=300"


def files(dist: Path, deployment: Deployment, sign_in_url: str | None) -> Iterator[File]:
    """What is published of a build for this deployment.

    `sign_in_url`: where people sign in; None where nobody does. Raises `PublishError`.
    """
    signing_in = connections(deployment, sign_in_url)
    connect_to = dict.fromkeys(ADDRESSES, signing_in) | {CHAT: connections(deployment)}
    left = set(ADDRESSES)
    for path in sorted(dist.rglob("*")):
        name = path.relative_to(dist)
        if path.is_dir() or any(part.startswith(".") for part in name.parts):
            continue  # notes of the build
        body, key = path.read_bytes(), name.as_posix()
        if key in ADDRESSES:
            left.remove(key)
            try:
                body = with_deployment(body.decode(), deployment, connect_to[key]).encode()
            except NoPlace as error:
                raise PublishError(f"{key}: {error}") from error
        if path.suffix not in _CONTENT_TYPES:
            raise PublishError(f"{key}: nobody has said which content type {path.suffix} is.")
        for address in ADDRESSES.get(key, (key,)):
            yield File(key=address, body=body, content_type=_CONTENT_TYPES[path.suffix])
    if left:
        raise PublishError(f"{dist} holds no {' and no '.join(sorted(left))}: build the pages.")


def retire(
    there: Collection[str], build: Collection[str], retired: Mapping[str, datetime], now: datetime
) -> tuple[dict[str, datetime], set[str]]:
    """What the bucket holds beyond the build: what stays, and since when it is out; what goes.

    The age of an object says when it was published, not when it was replaced: a page that was
    published long ago may have been opened a minute ago. So it is written down.
    """
    out = {key: retired.get(key, now) for key in set(there) - set(build)}
    gone = {key for key, since in out.items() if now - since > KEPT}
    return {key: since for key, since in out.items() if key not in gone}, gone


class Bucket:
    """The bucket of the pages."""

    def __init__(self, s3: "S3Client", name: str) -> None:
        self._s3 = s3
        self._name = name

    def put(self, published: list[File]) -> None:
        """What pages name comes before the pages."""
        for hashed in (True, False):
            with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
                list(pool.map(self._put, (f for f in published if f.hashed is hashed)))

    def _put(self, file: File) -> None:
        self._s3.put_object(
            Bucket=self._name,
            Key=file.key,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )

    def clean(self, build: Collection[str], now: datetime) -> None:
        """Delete what has been in no build for long enough."""
        kept, gone = retire(self._keys() - {RETIRED}, build, self._retired(), now)
        names = sorted(gone)
        for start in range(0, len(names), _DELETED_AT_ONCE):
            objects = names[start : start + _DELETED_AT_ONCE]
            self._s3.delete_objects(
                Bucket=self._name, Delete={"Objects": [{"Key": key} for key in objects]}
            )
        text = json.dumps({key: since.isoformat() for key, since in sorted(kept.items())})
        self._put(File(key=RETIRED, body=text.encode(), content_type="application/json"))

    def _keys(self) -> set[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def _retired(self) -> dict[str, datetime]:
        try:
            answer = self._s3.get_object(Bucket=self._name, Key=RETIRED)
        except self._s3.exceptions.NoSuchKey:
            return {}
        noted: dict[str, str] = json.load(answer["Body"])
        return {key: datetime.fromisoformat(since) for key, since in noted.items()}


def publish(
    published: list[File],
    *,
    outputs: Mapping[str, str],
    s3: "S3Client",
    cloudfront: "CloudFrontClient",
    now: datetime,
) -> None:
    """Upload, clean up, and have the edges forget what changed under its name."""
    bucket = Bucket(s3, outputs["PagesBucketName"])
    bucket.put(published)
    bucket.clean({file.key for file in published}, now)
    paths = ["/", *sorted(f"/{file.key}" for file in published if not file.hashed)]
    cloudfront.create_invalidation(
        DistributionId=outputs["PagesDistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": paths},
            "CallerReference": str(uuid4()),
        },
    )


def sign_in_url(session: boto3.Session, deployment: Deployment) -> str | None:
    """The address of Amazon Cognito in the deployment's region and partition."""
    if deployment.desk is None:
        return None
    cognito = session.client("cognito-idp", region_name=deployment.region)
    return deployment.desk.endpoint or cognito.meta.endpoint_url


def main(arguments: list[str]) -> None:
    """Raises `PublishError`, `NoStack`, and what botocore raises."""
    parser = argparse.ArgumentParser(prog="python -m web.publish")
    parser.add_argument("stack", nargs="?", help="name of the stack")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    parser.add_argument(
        "--deployed-by",
        nargs=argparse.REMAINDER,
        metavar="ARGUMENT",
        help="the arguments of `sam deploy`, which name the stack, with samconfig.toml",
    )
    given = parser.parse_args(arguments)
    if given.deployed_by is not None:
        target = deployed_by(given.deployed_by)
    elif given.stack:
        target = Target(stack=given.stack, region=given.region, profile=given.profile)
    else:
        parser.error("which stack?")
    session = boto3.Session(region_name=target.region, profile_name=target.profile)
    stack = describe(session.client("cloudformation"), target.stack)
    if "PagesBucketName" not in stack.outputs:
        print(f"The stack {target.stack} has no pages: PagesModule is off.")
        return
    deployment = deployment_of(stack, session.region_name)
    publish(
        list(files(DIST, deployment, sign_in_url(session, deployment))),
        outputs=stack.outputs,
        s3=session.client("s3"),
        cloudfront=session.client("cloudfront"),
        now=datetime.now(UTC),
    )
    print(
        f"The pages are published: {stack.outputs['PagesUrl']} "
        "(desk: …/desk, review: …/review, models: …/models)"
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (PublishError, NoStack, BotoCoreError, ClientError) as problem:
        sys.exit(f"publish: {problem}")
