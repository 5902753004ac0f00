"""Training jobs of Amazon SageMaker.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ParamValidationError

from tandem.aws.environment import TrainingSettings
from tandem.aws.instance_types import takes_volume_key
from tandem.aws.sagemaker_failures import EXISTS, INVALID, is_missing, said
from tandem.aws.training_code import ENTRYPOINT, TrainingCode
from tandem.tuning.models import TrainingRun
from tandem.tuning.policy import Training
from tandem.tuning.ports import JobState, Refused

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.client import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import (
        ChannelTypeDef,
        DescribeTrainingJobResponseTypeDef,
        MetricDefinitionTypeDef,
        OutputDataConfigTypeDef,
        ResourceConfigTypeDef,
        StoppingConditionTypeDef,
        TagTypeDef,
    )

_HOUR = 3600
_CODE = "/opt/ml/input/data/code"
_RETRIES = 2
"""Of the whole job, when the service itself fails."""
_OF_ANOTHER_TIME = (
    "SageMaker has a job of this name that wrote into another bucket, from before the tuning was "
    "switched off and on again: train once more, which takes another name"
)
_WHY_STOPPED = {
    "MaxRuntimeExceeded": "the training took longer than the policy's most_hours",
    "MaxWaitTimeExceeded": "there was no spare capacity within the policy's spot_wait_hours",
}


class SageMakerTraining:
    """`TrainingJobs`. `code` and `metrics`, what SageMaker reads out of the trainer's log, are only
    asked where a job is created."""

    def __init__(
        self,
        client: "SageMakerClient",
        settings: TrainingSettings,
        code: TrainingCode,
        metrics: Callable[[], Iterable[Mapping[str, str]]],
    ) -> None:
        self._client = client
        self._settings = settings
        self._code = code
        self._metrics = metrics

    def create(self, run: TrainingRun, training: Training) -> None:
        checkpoints = f"s3://{self._settings.models_bucket}/checkpoints/{run.name}/"
        try:
            self._client.create_training_job(
                TrainingJobName=run.name,
                RoleArn=self._settings.training_role_arn,
                AlgorithmSpecification={
                    "TrainingImage": self._settings.training_image,
                    "TrainingInputMode": "File",
                    "ContainerEntrypoint": ["python3", f"{_CODE}/{ENTRYPOINT}"],
                    "MetricDefinitions": self._definitions(),
                },
                HyperParameters=run.hyperparameters,
                InputDataConfig=self._channels(run),
                OutputDataConfig=self._output(),
                ResourceConfig=self._resources(training),
                StoppingCondition=_stopping(training),
                EnableManagedSpotTraining=training.spot,
                # Also without spare capacity: what fails inside the service goes on from there.
                CheckpointConfig={"S3Uri": checkpoints},
                RetryStrategy={"MaximumRetryAttempts": _RETRIES},
                # All that it needs comes through its channels.
                EnableNetworkIsolation=True,
                # A figure is to be seen when it is printed, not when a buffer is full.
                Environment={"PYTHONUNBUFFERED": "1"},
                Tags=self._tags(run),
            )
        except ParamValidationError as error:
            raise Refused(str(error)) from error
        except ClientError as error:
            code, message = said(error)
            if code == EXISTS and self._is_ours(run.name):
                return
            if code == EXISTS:
                raise Refused(_OF_ANOTHER_TIME) from error
            if code == INVALID:
                raise Refused(message) from error
            raise

    def _is_ours(self, name: str) -> bool:
        """Jobs are kept for ever, and the module may have been removed and made anew since."""
        found = self._client.describe_training_job(TrainingJobName=name)
        return found["OutputDataConfig"]["S3OutputPath"] == self._output()["S3OutputPath"]

    def _definitions(self) -> "list[MetricDefinitionTypeDef]":
        return [{"Name": each["Name"], "Regex": each["Regex"]} for each in self._metrics()]

    def _channels(self, run: TrainingRun) -> "list[ChannelTypeDef]":
        channels = {"dataset": run.dataset_uri, "code": self._code.uri()}
        if self._settings.base_model_uri:
            channels["base"] = self._settings.base_model_uri
        return [_channel(name, uri) for name, uri in channels.items()]

    def _output(self) -> "OutputDataConfigTypeDef":
        output: OutputDataConfigTypeDef = {
            "S3OutputPath": f"s3://{self._settings.models_bucket}/runs",
            # An endpoint reads the model where the job has left it.
            "CompressionType": "NONE",
        }
        if self._settings.data_key_arn:
            output["KmsKeyId"] = self._settings.data_key_arn
        return output

    def _resources(self, training: Training) -> "ResourceConfigTypeDef":
        resources: ResourceConfigTypeDef = {
            # A name that the client does not know may be new; the service knows it.
            "InstanceType": cast("Any", training.instance_type),
            "InstanceCount": 1,
            "VolumeSizeInGB": training.volume_gb,
        }
        if self._settings.data_key_arn and takes_volume_key(training.instance_type):
            resources["VolumeKmsKeyId"] = self._settings.data_key_arn
        return resources

    def _tags(self, run: TrainingRun) -> "list[TagTypeDef]":
        tags: list[TagTypeDef] = [
            {"Key": "tandem:module", "Value": "tuning"},
            {"Key": "tandem:dataset", "Value": str(run.dataset_version)},
        ]
        if self._settings.stack_name:
            tags.append({"Key": "tandem:stack", "Value": self._settings.stack_name})
        return tags

    def describe(self, name: str) -> JobState | None:
        try:
            found = self._client.describe_training_job(TrainingJobName=name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        seconds = found.get("BillableTimeInSeconds", found.get("TrainingTimeInSeconds"))
        match found["TrainingJobStatus"]:
            case "Completed":
                folder = found["ModelArtifacts"]["S3ModelArtifacts"].rstrip("/")
                return JobState("completed", folder, seconds=seconds)
            case "Failed":
                return JobState("failed", reason=found.get("FailureReason", ""), seconds=seconds)
            case "Stopped":
                return JobState("stopped", reason=_why_stopped(found), seconds=seconds)
            case _:
                return JobState("open")

    def stop(self, name: str) -> None:
        try:
            self._client.stop_training_job(TrainingJobName=name)
        except ClientError as error:
            # The service's answer for a job that is stopping or has ended is that it is invalid.
            if not is_missing(error) and said(error)[0] != INVALID:
                raise


def _channel(name: str, uri: str) -> "ChannelTypeDef":
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                # Without a slash at its end it would take in all that begins alike.
                "S3Uri": f"{uri.rstrip('/')}/",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _stopping(training: Training) -> "StoppingConditionTypeDef":
    most = round(training.most_hours * _HOUR)
    if not training.spot:
        return {"MaxRuntimeInSeconds": most}
    waiting = round(training.spot_wait_hours * _HOUR)
    return {"MaxRuntimeInSeconds": most, "MaxWaitTimeInSeconds": most + waiting}


def _why_stopped(found: "DescribeTrainingJobResponseTypeDef") -> str:
    usual = found.get("FailureReason") or "the training job was stopped"
    return _WHY_STOPPED.get(found["SecondaryStatus"], usual)
