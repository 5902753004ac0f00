"""Where documents come from: the knowledge bucket, or a folder.

A source lists what there is and how each can be read; the index reads only what has changed.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mypy_boto3_s3 import S3Client

_SUFFIXES = (".md", ".markdown", ".txt")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be read. `etag` changes whenever its bytes do."""

    key: str
    etag: str
    load: Callable[[], bytes]


class Source(Protocol):
    """Lists all documents there are. Raises OSError when it cannot be reached now."""

    uri: str

    def documents(self) -> Iterable[Document]:
        """Every document, in any order."""
        ...


class Folder:
    """The Markdown files under a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.uri = f"s3://{folder.name}"

    def documents(self) -> Iterable[Document]:
        """Every Markdown or text file, at any depth."""
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                state = path.stat()
                stamp = hashlib.sha256(f"{state.st_mtime_ns} {state.st_size}".encode()).hexdigest()
                key = path.relative_to(self._folder).as_posix()
                yield Document(key, stamp, path.read_bytes)


class Bucket:
    """The Markdown objects of an S3 bucket under a prefix."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str = "") -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, prefix
        self.uri = f"s3://{bucket}"

    def documents(self) -> Iterable[Document]:
        """Every Markdown or text object; one listing request per thousand."""
        from botocore.exceptions import BotoCoreError, ClientError

        pages = self._s3.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Contents", []):
                    if found["Key"].endswith(_SUFFIXES):
                        yield Document(found["Key"], found["ETag"], self._reader(found["Key"]))
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"{self.uri} cannot be listed: {error}") from error

    def _reader(self, key: str) -> Callable[[], bytes]:
        def read() -> bytes:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

        return read


def knowledge_source(asked: Mapping[str, Any]) -> Source | None:
    """A source of documents from {"folder"} or {"bucket", "prefix", "endpoint_url"}, or None."""
    if folder := asked.get("folder"):
        return Folder(Path(folder))
    if bucket := asked.get("bucket"):
        import boto3  # only a bucket needs it, and it takes a while to load

        # Without a region in the environment the client would not start; S3 alone needs none.
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
        s3 = boto3.client("s3", endpoint_url=asked.get("endpoint_url") or None, region_name=region)
        return Bucket(s3, bucket, asked.get("prefix") or "")
    return None
