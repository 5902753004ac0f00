"""The SageMaker stand-in without an engine: its roles reach objects in memory, jobs and models run
on the tests' own Python."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from botocore.config import Config
from botocore.exceptions import ClientError

from local.sagemaker.endpoint import Endpoint
from local.sagemaker.roles import Role
from local.sagemaker.server import SageMaker
from local.sagemaker.training_job import TrainingJob
from local.service import Service
from tests.fakes import PATIENCE_SECONDS
from tests.ground_truth_stand_in import ACCOUNT, REGION, session

type Json = dict[str, Any]

ROLE = f"arn:aws:iam::{ACCOUNT}:role/tuning"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/trainer:1"
ENTRYPOINT = ["python3", "/opt/ml/input/data/code/run_training.py"]


class MemoryRole(Role):
    """What a role reaches. `denied`: prefixes of URIs that it does not."""

    def __init__(self, objects: dict[str, bytes], denied: set[str], gone_off: set[str]) -> None:
        self._objects = objects
        self._denied = denied
        self._gone_off = gone_off

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        self._may("ListObjectsV2", f"s3://{bucket}/{prefix}")
        root = f"s3://{bucket}/"
        found = [uri.removeprefix(root) for uri in self._objects if uri.startswith(root + prefix)]
        yield from sorted(found)

    def fetch(self, bucket: str, key: str, path: Path) -> None:
        self._may("GetObject", f"s3://{bucket}/{key}")
        path.write_bytes(self._objects[f"s3://{bucket}/{key}"])

    def store(self, path: Path, uri: str, key_id: str = "") -> None:
        self._may("PutObject", uri)
        self._objects[uri] = path.read_bytes()

    def remove(self, uri: str) -> None:
        self._objects.pop(uri, None)

    def alarming(self, names: Sequence[str]) -> list[str]:
        self._may("DescribeAlarms", "alarms")
        return [name for name in names if name in self._gone_off]

    def _may(self, operation: str, uri: str) -> None:
        if any(uri.startswith(prefix) for prefix in self._denied):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": uri}}, operation)


class Front:
    """A server, and clients of it, for one stand-in after the other: making them takes time."""

    def __init__(self) -> None:
        self.app: Any = None

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                await self.app(scope, receive, send)
                return
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})

        self._service = Service(answer).start()
        self.client = self._client("sagemaker")
        self.runtime = self._client("sagemaker-runtime")
        self.http = httpx.Client(
            base_url=self._service.url, trust_env=False, timeout=PATIENCE_SECONDS
        )

    def _client(self, service: str) -> Any:
        return session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self._service.url,
            config=Config(read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1}),
        )

    def close(self) -> None:
        for each in (self.client, self.runtime, self.http):
            each.close()
        self._service.stop()


class StandIn:
    """The stand-in, what its roles reach, and what it has sent. `waiting` holds what resources do
    by themselves until `goes_on`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects: dict[str, bytes] = {}
        self.denied: set[str] = set()
        self.gone_off: set[str] = set()
        self.events: list[tuple[str, str, Json]] = []
        self.assumed: list[str] = []
        self.waiting: list[Callable[[], None]] = []
        self.model_python: Path | None = Path(sys.executable)
        self._stand_in = SageMaker(
            {"region_name": REGION},
            ACCOUNT,
            folder,
            roles=self._role,
            send=lambda *event: self.events.append(event),
            begin=self.waiting.append,
            train_with=lambda: Path(sys.executable),
            serve_with=lambda: self.model_python,
            minute=0.05,
            grace=0.5,
            tick=0.02,
        )
        self.client: Any = None
        self.runtime: Any = None
        self.http: httpx.Client

    @property
    def operations(self) -> list[str]:
        return list(self._stand_in.operations)

    @contextmanager
    def behind(self, front: Front) -> Iterator[None]:
        front.app = self._stand_in.app()
        self.client, self.runtime, self.http = front.client, front.runtime, front.http
        try:
            yield
        finally:
            self._stand_in.close()

    def _role(self, arn: str) -> Role:
        self.assumed.append(arn)
        return MemoryRole(self.objects, self.denied, self.gone_off)

    def goes_on(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """The same, while the test does something else; and waited for."""
        thread = threading.Thread(target=self.goes_on)
        thread.start()
        try:
            yield
        finally:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()

    # --- faults and controls ---------------------------------------------------------------------
    def fault(self, what: str, **fields: Any) -> None:
        self.http.post("/_tandem/tuning/faults", json={"what": what, **fields}).raise_for_status()

    def control(self, path: str) -> int:
        return self.http.post(f"/_tandem/{path}").status_code

    def job(self, name: str) -> TrainingJob:
        """What the stand-in knows of a job."""
        return self._stand_in._jobs.get(name)

    def endpoint(self, name: str) -> Endpoint:
        """And of an endpoint."""
        return self._stand_in._endpoints.get(name)

    # --- what lies in S3 -------------------------------------------------------------------------
    def put(self, uri: str, **files: str | bytes) -> None:
        """Files below a prefix; `__` in a name stands for a slash, `_dot_` for a dot."""
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            self.objects[f"{uri}{name.replace('__', '/').replace('_dot_', '.')}"] = body

    def below(self, uri: str) -> dict[str, bytes]:
        return {k.removeprefix(uri): v for k, v in self.objects.items() if k.startswith(uri)}

    # --- events ----------------------------------------------------------------------------------
    def told(self, detail_type: str, field: str) -> list[Any]:
        """What the events of a type say in one field of their detail."""
        return [detail[field] for kind, _, detail in self.events if kind == detail_type]


def training_request(name: str = "tandem-d1", **changes: Any) -> Json:
    """A CreateTrainingJob request as the tuning module makes it."""

    def channel(of: str) -> Json:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://models/{of}/1/",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {"ChannelName": of, "DataSource": {"S3DataSource": source}, "InputMode": "File"}

    algorithm = {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ENTRYPOINT,
        "MetricDefinitions": [
            {"Name": "reward/mean", "Regex": r"reward/mean=([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"},
            {"Name": "kl", "Regex": r"kl=([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"},
        ],
        **changes.pop("algorithm", {}),
    }
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": algorithm,
        "HyperParameters": {"method": "auto", "seed": "1"},
        "InputDataConfig": [channel("code"), channel("dataset")],
        "OutputDataConfig": {"S3OutputPath": "s3://models/runs", "CompressionType": "NONE"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        "EnableManagedSpotTraining": True,
        "EnableNetworkIsolation": True,
        "CheckpointConfig": {"S3Uri": f"s3://models/checkpoints/{name}/"},
        "Tags": [{"Key": "tandem:module", "Value": "tuning"}],
        **changes,
    }
