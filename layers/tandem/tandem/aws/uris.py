"""Objects of S3 by their URI, in any bucket that may be read."""

from collections.abc import Callable
from mimetypes import guess_type
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


class S3Uris:
    """`tandem.tuning.ports.Files`. Objects are encrypted as their bucket says."""

    def __init__(self, client: "S3Client", links: "Callable[[], S3Client]") -> None:
        """`links`: gives the client that signs addresses for browsers, where one is asked for."""
        self._client = client
        self._links = links

    def read_uri(self, uri: str) -> bytes:
        bucket, key = _place(uri)
        try:
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if _is_missing(error):
                raise KeyError(uri) from error
            raise

    def size(self, uri: str) -> int:
        bucket, key = _place(uri)
        try:
            return self._client.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except ClientError as error:
            if _is_missing(error):
                raise KeyError(uri) from error
            raise

    def exists(self, uri: str) -> bool:
        try:
            self.size(uri)
        except KeyError:
            return False
        return True

    def write_uri(self, uri: str, body: bytes, content_type: str) -> None:
        bucket, key = _place(uri)
        self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def delete_uri(self, uri: str) -> None:
        bucket, key = _place(uri)
        self._client.delete_object(Bucket=bucket, Key=key)

    def link(self, uri: str, seconds: int) -> str:
        bucket, key = _place(uri)
        # What a training job leaves has no type of its own.
        kind = guess_type(key)[0] or "application/octet-stream"
        shown = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        return self._links().generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": key, "ResponseContentType": shown},
            ExpiresIn=seconds,
        )


def _place(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri, allow_fragments=False)
    key = parts.path.lstrip("/")
    if parts.scheme != "s3" or not parts.netloc or not key or parts.query:
        raise ValueError(f"{uri!r} is no address of an object: s3://bucket/key")
    return parts.netloc, key


def _is_missing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _MISSING
