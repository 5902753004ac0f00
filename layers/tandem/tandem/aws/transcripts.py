"""Transcripts in S3: one object for each version, never overwritten."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_ATTEMPTS = 3
_EXISTS = "PreconditionFailed"
_BEING_WRITTEN = "ConditionalRequestConflict"


class S3Transcripts:
    """`Transcripts`, under `transcripts/<yyyy>/<mm>/<dd>/<conversation>/v<version>.json`; the day
    is that of `closed_at` in UTC."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, conversation_id: str, version: int, closed_at: datetime, body: bytes) -> str:
        day = closed_at.astimezone(UTC).strftime("%Y/%m/%d")
        key = f"transcripts/{day}/{conversation_id}/v{version}.json"
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=body,
                    ContentType="application/json",
                    IfNoneMatch="*",
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == _BEING_WRITTEN and attempt < _ATTEMPTS:
                    continue
                if code != _EXISTS:
                    raise
            break
        return f"s3://{self._bucket}/{key}"
