"""What the stand-in needs of the engine: the clients of a job's role."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

AS_SERVICE = "x-tandem-aws-service"
"""Header by which the engine knows a call for one that a service of AWS makes."""


class Role:
    """S3, Lambda and CloudWatch with the credentials of a job's role, which the engine holds it to.

    Raises botocore's `ClientError`, also where the role may not do it.
    """

    def __init__(self, session: "boto3.session.Session", endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def write(self, uri: str, body: bytes) -> None:
        bucket, key = split_uri(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Of all objects that begin so."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from (found["Key"] for found in page.get("Contents", []))

    def fetch(self, bucket: str, key: str, path: Path) -> None:
        """An object into a file."""
        self._s3.download_file(bucket, key, str(path))

    def store(self, path: Path, uri: str, key_id: str = "") -> None:
        """A file as an object, encrypted with that key of KMS."""
        bucket, key = split_uri(uri)
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
        self._s3.upload_file(str(path), bucket, key, ExtraArgs=encrypted)

    def remove(self, uri: str) -> None:
        bucket, key = split_uri(uri)
        self._s3.delete_object(Bucket=bucket, Key=key)

    def invoke(self, function: str, request: dict[str, Any]) -> Any:
        """Raises `RuntimeError` with what the function failed with."""
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(request).encode())
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{function.rpartition(':')[2]}: {said.get('errorMessage', said)}")
        return said

    def alarming(self, names: Sequence[str]) -> list[str]:
        """Which of these alarms have gone off."""
        found = self._cloudwatch.describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]

    @cached_property
    def _s3(self) -> Any:
        return self._session.client("s3", endpoint_url=self._endpoint)

    @cached_property
    def _lambda(self) -> Any:
        return self._session.client("lambda", endpoint_url=self._endpoint)

    @cached_property
    def _cloudwatch(self) -> Any:
        return self._session.client("cloudwatch", endpoint_url=self._endpoint)


type Assume = Callable[[str], Role]
"""The role of that ARN. Raises `ClientError` where the service may not take it on."""


def as_service(client: Any, operation: str, service: str = "sagemaker") -> Any:
    """The client, whose calls of an operation the engine knows for those of AWS's own service."""
    client.meta.events.register(
        f"before-sign.{operation}",
        lambda request, **_: request.headers.add_header(AS_SERVICE, service),
    )
    return client


def assume(
    settings: dict[str, Any], session_name: str = "SageMaker", service: str = "sagemaker"
) -> Assume:
    """The roles of an engine that is reached with these settings of boto3."""

    def of(arn: str) -> Role:
        sts = as_service(boto3.client("sts", **settings), "sts.AssumeRole", service)
        got = sts.assume_role(RoleArn=arn, RoleSessionName=session_name)["Credentials"]
        session = boto3.session.Session(
            aws_access_key_id=got["AccessKeyId"],
            aws_secret_access_key=got["SecretAccessKey"],
            aws_session_token=got["SessionToken"],
            region_name=settings["region_name"],
        )
        return Role(session, settings["endpoint_url"])

    return of


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def read_uri(role: Role, uri: str) -> bytes:
    return role.read(*split_uri(uri))
