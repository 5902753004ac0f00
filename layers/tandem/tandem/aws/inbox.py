"""What comes into the transcripts' bucket: its objects, and the two ways of hearing of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field

from tandem.review.ports import Arrival

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_PIECE = 2**17


class S3Inbox:
    """`Inbox`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def open(self, key: str) -> Arrival | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        body = answer["Body"]
        size = answer["ContentLength"]

        def pieces() -> Iterator[bytes]:
            with body:
                if size <= _PIECE:
                    yield body.read()
                else:
                    yield from body.iter_chunks(_PIECE)

        return Arrival(
            uri=f"s3://{self._bucket}/{key}",
            etag=answer["ETag"].strip('"'),
            version=answer.get("VersionId"),
            size=size,
            pieces=pieces(),
        )

    def copy(self, key: str, to_uri: str) -> None:
        to = urlsplit(to_uri, allow_fragments=False)
        try:
            self._client.copy_object(
                Bucket=to.netloc,
                # Not of the split address: a key may hold a question mark.
                Key=to_uri.removeprefix(f"s3://{to.netloc}/"),
                CopySource={"Bucket": self._bucket, "Key": key},
                # Without its tags: reading and writing those takes permissions of their own.
                TaggingDirective="REPLACE",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise KeyError(f"s3://{self._bucket}/{key}") from error
            raise


# --- events -------------------------------------------------------------------------------------
class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class _Bucket(_Shape):
    name: str


class _Object(_Shape):
    key: str


class ObjectCreated(_Shape):
    """`detail` of S3's event on EventBridge. Its key is the object's key as it is: only S3's own
    notifications encode it for a URL.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """

    bucket: _Bucket
    object: _Object


class _Batched(_Shape):
    bucket: str


class Batch(_Shape):
    """What a Distributed Map with an ItemBatcher gives its function: entries of ListObjectsV2.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """

    common: _Batched = Field(alias="BatchInput")
    items: tuple[dict[str, Any], ...] = Field(alias="Items")

    @property
    def keys(self) -> list[str]:
        return [str(item["Key"]) for item in self.items]
