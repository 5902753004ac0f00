"""The SageMaker stand-in behind the engine's door: real objects, roles that are held to what they
may do, events on the bus, alarms."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.engine import ACCOUNT_ID, REGION, Engine
from local.sagemaker.server import SageMaker
from local.service import Service
from tests.sagemaker_stand_in import training_request
from tests.unit.local.test_engine_patches import free_port
from tests.unit.local.test_sagemaker_endpoints import INFERENCE, canary, variant

type Json = dict[str, Any]

BUCKET = "tandem-models"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555"
IMAGE = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/serving:1"
TRAINS = """
import json, os, pathlib, time
root = pathlib.Path(os.environ["TANDEM_ML_ROOT"])
(root / "checkpoints" / "step").write_text("1")
model = root / "model" / "model"
(model / "code").mkdir(parents=True)
(model / "name.txt").write_text("trained")
code = (root / "input" / "data" / "code" / "inference.txt").read_text()
(model / "code" / "inference.py").write_text(code)
(model / "weights.bin").write_bytes(b"w" * 20_000_000)
print("reward/mean=3.5")
"""


def until[T](look: Callable[[], T], within: float = 60.0) -> T:
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def allow(*statements: tuple[str | list[str], str]) -> str:
    made = [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": made})


class Deployed:
    """An engine with the stand-in, a bucket, and the two roles of the tuning module."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.s3 = self.client("s3")
        self.sagemaker = self.client("sagemaker")
        self.s3.create_bucket(Bucket=BUCKET)
        objects = f"arn:aws:s3:::{BUCKET}/*"
        bucket = f"arn:aws:s3:::{BUCKET}"
        self.training = self._role(
            "training",
            allow((["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], objects),
                  ("s3:ListBucket", bucket)),
        )  # fmt: skip
        self.serving = self._role(
            "serving",
            allow(("s3:GetObject", objects), ("s3:ListBucket", bucket),
                  ("cloudwatch:DescribeAlarms", "*")),
        )  # fmt: skip
        self.blind = self._role("blind", allow(("s3:GetObject", objects)))
        for key, body in (
            ("code/1/run_training.py", TRAINS),
            ("code/1/inference.txt", INFERENCE),
            ("dataset/1/manifest.json", "{}"),
        ):
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        self.queue = self._queue()

    def client(self, service: str) -> Any:
        once = Config(retries={"total_max_attempts": 1})
        settings: dict[str, Any] = self.engine.client_settings()
        return boto3.client(service, config=once, **settings)

    def _role(self, name: str, policy: str) -> str:
        iam = self.client("iam")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(made["Role"]["Arn"])

    def _queue(self) -> str:
        url = self.client("sqs").create_queue(QueueName="events")["QueueUrl"]
        events = self.client("events")
        pattern = json.dumps({"source": ["aws.sagemaker"]})
        events.put_rule(Name="sagemaker", EventPattern=pattern)
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events"
        events.put_targets(Rule="sagemaker", Targets=[{"Id": "1", "Arn": arn}])
        return str(url)

    def events(self) -> list[Json]:
        """Those that have come since the last call."""
        found: list[Json] = []
        sqs = self.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def trains(self, name: str, role: str) -> Json:
        request = training_request(
            name,
            RoleArn=role,
            InputDataConfig=[
                {
                    "ChannelName": of,
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": f"s3://{BUCKET}/{of}/1/",
                        }
                    },
                }
                for of in ("code", "dataset")
            ],
            OutputDataConfig={
                "S3OutputPath": f"s3://{BUCKET}/runs",
                "CompressionType": "NONE",
                "KmsKeyId": KEY,
            },
            CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/{name}"},
        )
        self.sagemaker.create_training_job(**request)

        def ended() -> Json | None:
            job = self.sagemaker.describe_training_job(TrainingJobName=name)
            over = job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
            return dict(job) if over else None

        return until(ended) or {}

    def serves(self, name: str, endpoint: str) -> None:
        source = {
            "S3Uri": f"s3://{BUCKET}/runs/tandem-d1/output/model/model/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.serving,
            PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}},
        )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant(name)]
        )
        if name == "v1":
            self.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=name)

    def endpoint(self, name: str) -> Json:
        def there() -> Json | None:
            found = self.sagemaker.describe_endpoint(EndpointName=name)
            moving = found["EndpointStatus"] in ("Creating", "Updating", "RollingBack")
            return None if moving else dict(found)

        return until(there) or {}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("engine")
    address = Engine(port=free_port(), state_dir=folder)
    python = Path(sys.executable)
    stand_in = SageMaker(
        address.client_settings(),
        ACCOUNT_ID,
        folder / "sagemaker",
        train_with=lambda: python,
        serve_with=lambda: python,
        minute=0.2,
    )
    service = Service(stand_in.app()).start()
    try:
        with Engine(port=address.port, state_dir=folder, sagemaker_url=service.url) as engine:
            yield Deployed(engine)
    finally:
        service.stop()


def test_a_model_is_trained_served_asked_and_updated(deployed: Deployed) -> None:
    job = deployed.trains("tandem-d1", deployed.training)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["FinalMetricDataList"][0]["Value"] == pytest.approx(3.5)
    keys = {
        each["Key"]: each["Size"]
        for each in deployed.s3.list_objects_v2(Bucket=BUCKET, Prefix="runs/")["Contents"]
    }
    assert keys["runs/tandem-d1/output/model/model/weights.bin"] == 20_000_000
    told = until(deployed.events)
    assert {event["detail-type"] for event in told} == {"SageMaker Training Job State Change"}
    assert told[-1]["resources"][0].endswith(":training-job/tandem-d1")
    saved = deployed.s3.list_objects_v2(Bucket=BUCKET, Prefix="checkpoints/tandem-d1/")
    assert [each["Key"] for each in saved["Contents"]] == ["checkpoints/tandem-d1/step"]

    deployed.serves("v1", "tandem-blue")
    assert deployed.endpoint("tandem-blue")["EndpointStatus"] == "InService"
    answer = deployed.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="tandem-blue", ContentType="application/json", Body=b'{"inputs": "How?"}'
    )
    assert json.load(answer["Body"])["generated_text"] == "trained: How?"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    with pytest.raises(ClientError) as failed:
        deployed.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="tandem-blue", ContentType="application/json", Body=b'{"inputs": "fail"}'
        )
    assert failed.value.response["Error"]["Code"] == "ModelError"

    cloudwatch = deployed.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="tandem-blue-errors",
        MetricName="Invocation5XXErrors",
        Namespace="AWS/SageMaker",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    deployed.serves("v2", "tandem-blue")
    for state, config in (("ALARM", "v1"), ("OK", "v2")):
        cloudwatch.set_alarm_state(
            AlarmName="tandem-blue-errors", StateValue=state, StateReason="test"
        )
        deployed.sagemaker.update_endpoint(
            EndpointName="tandem-blue",
            EndpointConfigName="v2",
            DeploymentConfig=canary(60, "tandem-blue-errors"),
        )
        found = deployed.endpoint("tandem-blue")
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    statuses = [event["detail"]["EndpointStatus"] for event in deployed.events()]
    assert statuses == [
        "CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE", "UPDATING",
        "IN_SERVICE",
    ]  # fmt: skip


def test_a_role_that_may_not_list_the_bucket_fails_the_job(deployed: Deployed) -> None:
    job = deployed.trains("tandem-d2", deployed.blind)

    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"]
