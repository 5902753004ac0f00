"""What the stand-in needs of the engine: the clients of a job's role; and faults on request."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3

AS_SERVICE = "x-tandem-aws-service"
"""Header by which the engine knows a call for one that a service of AWS makes."""


@dataclass
class ServiceError(Exception):
    """An error of the service's API: its code, and the message for people."""

    code: str
    message: str


class Role:
    """S3 and Lambda with the credentials of a job's role, which the engine holds it to."""

    def __init__(self, session: "boto3.session.Session", endpoint: str) -> None:
        self._s3 = session.client("s3", endpoint_url=endpoint)
        self._lambda = session.client("lambda", endpoint_url=endpoint)

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def write(self, uri: str, body: bytes) -> None:
        bucket, key = split_uri(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def invoke(self, function: str, request: dict[str, Any]) -> Any:
        """Raises `RuntimeError` with what the function failed with."""
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(request).encode())
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{function.rpartition(':')[2]}: {said.get('errorMessage', said)}")
        return said


def as_service(client: Any, operation: str) -> Any:
    """The client, whose calls of an operation the engine knows for those of SageMaker itself."""
    client.meta.events.register(
        f"before-sign.{operation}",
        lambda request, **_: request.headers.add_header(AS_SERVICE, "sagemaker"),
    )
    return client


def assume(settings: dict[str, Any]) -> Callable[[str], Role]:
    """The roles of an engine that is reached with these settings of boto3."""

    def of(arn: str) -> Role:
        sts = as_service(boto3.client("sts", **settings), "sts.AssumeRole")
        got = sts.assume_role(RoleArn=arn, RoleSessionName="GroundTruth")["Credentials"]
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


class Faults:
    """What goes wrong with the jobs that end from now on."""

    def __init__(self) -> None:
        self._events = 1
        self._fail_at: int | None = None

    def set(self, events: int, fail_at_batch: int | None) -> None:
        """`events`: how often the state change is sent, 0 loses it. `fail_at_batch`: the number of
        the batch of labels that breaks off, counted from 1."""
        self._events = events
        self._fail_at = fail_at_batch

    def events(self) -> int:
        return self._events

    def before_consolidation(self) -> None:
        """Raises where the batch is the one to break off."""
        if self._fail_at is not None:
            self._fail_at -= 1
            if self._fail_at == 0:
                self._fail_at = None
                raise RuntimeError("InternalServerError: the service broke off")
