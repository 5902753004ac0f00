"""Objects of an S3 bucket."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_MISSING = frozenset({"NoSuchKey", "404"})
_EXISTS = "PreconditionFailed"
_BEING_WRITTEN = "ConditionalRequestConflict"
_ATTEMPTS = 3


class S3Files:
    """`Files`. Objects are encrypted as the bucket says."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> bytes:
        return self._read(self._bucket, key)

    def read_uri(self, uri: str) -> bytes:
        parts = urlsplit(uri, allow_fragments=False)
        if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
            raise ValueError(f"{uri!r} is no address of an object: s3://bucket/key")
        return self._read(parts.netloc, parts.path.lstrip("/"))

    def _read(self, bucket: str, key: str) -> bytes:
        try:
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise KeyError(f"s3://{bucket}/{key}") from error
            raise

    def write(self, key: str, body: bytes, content_type: str) -> str:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        return self.uri(key)

    def write_new(self, key: str, body: bytes, content_type: str) -> bool:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=body,
                    ContentType=content_type,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == _BEING_WRITTEN and attempt < _ATTEMPTS:
                    continue
                if code != _EXISTS:
                    raise
                return False
            break
        return True

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def below(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"
