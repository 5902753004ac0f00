"""The Ground Truth stand-in without an engine: its roles reach objects and functions in memory."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from local.sagemaker.roles import Role
from local.sagemaker.server import SageMaker
from local.service import Service
from tests.fakes import PATIENCE_SECONDS

type Json = dict[str, Any]

REGION, ACCOUNT = "us-east-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ground-truth"
PRE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:stack-PreAnnotation-1"
POST = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:stack-PostAnnotation-1"
WORKTEAM = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:workteam/private-crowd/reviewers"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"


class MemoryRole(Role):
    """What a job's role reaches."""

    def __init__(self, objects: dict[str, bytes], functions: dict[str, Callable[[Any], Any]]):
        self._objects = objects
        self._functions = functions

    def read(self, bucket: str, key: str) -> bytes:
        return self._objects[f"s3://{bucket}/{key}"]

    def write(self, uri: str, body: bytes) -> None:
        self._objects[uri] = body

    def invoke(self, function: str, request: dict[str, Any]) -> Any:
        # As by the wire: JSON there and back.
        said = self._functions[function](json.loads(json.dumps(request)))
        return json.loads(json.dumps(said))


class StandIn:
    """The stand-in, what it can reach, and what it has sent. `waiting` holds what jobs do by
    themselves until `goes_on`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.functions: dict[str, Callable[[Any], Any]] = {}
        self.events: list[tuple[str, Json]] = []
        self.assumed: list[str] = []
        self.waiting: list[Callable[[], None]] = []
        self.app = SageMaker(
            {"region_name": REGION},
            ACCOUNT,
            Path(os.devnull),  # nothing is trained or served
            roles=self._role,
            send=lambda _, arn, detail: self.events.append((arn, detail)),
            begin=self.waiting.append,
        ).app()

    def _role(self, arn: str) -> Role:
        self.assumed.append(arn)
        return MemoryRole(self.objects, self.functions)

    def goes_on(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@cache
def session() -> botocore.session.Session:
    """Of all: the service's model is large."""
    made = botocore.session.get_session()
    made.set_credentials("testing", "testing")
    return made


@contextmanager
def served(stand_in: StandIn) -> Iterator[tuple[str, Any]]:
    """Its address, and a client of SageMaker that speaks with it."""
    service = Service(stand_in.app).start()
    client = session().create_client(
        "sagemaker",
        region_name=REGION,
        endpoint_url=service.url,
        config=Config(
            read_timeout=PATIENCE_SECONDS,
            retries={"total_max_attempts": 1},
        ),
    )
    try:
        yield service.url, client
    finally:
        client.close()
        service.stop()


def job_request(name: str = "tandem-1", **changes: Any) -> Json:
    """A CreateLabelingJob request; `task` changes its HumanTaskConfig."""
    task = {
        "WorkteamArn": WORKTEAM,
        "UiConfig": {"UiTemplateS3Uri": "s3://review/templates/1.liquid.html"},
        "PreHumanTaskLambdaArn": PRE,
        "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": POST},
        "TaskKeywords": ["relevance"],
        "TaskTitle": "Rate",
        "TaskDescription": "Rate an answer.",
        "NumberOfHumanWorkersPerDataObject": 1,
        "TaskTimeLimitInSeconds": 3600,
        "TaskAvailabilityLifetimeInSeconds": 86400,
        **changes.pop("task", {}),
    }
    return {
        "LabelingJobName": name,
        "LabelAttributeName": "relevance",
        "InputConfig": {
            "DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://review/jobs/1/input.manifest"}}
        },
        "OutputConfig": {"S3OutputPath": "s3://review/jobs/1/output"},
        "RoleArn": ROLE,
        "HumanTaskConfig": task,
        **changes,
    }
