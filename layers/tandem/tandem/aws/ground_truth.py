"""Labelling jobs of Amazon SageMaker Ground Truth."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tandem.review.models import Job
from tandem.review.policy import Labeling
from tandem.review.ports import GroundTruthState

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.client import SageMakerClient

_KEYWORDS = ["relevance", "question", "answer", "rating"]
_TASK_SECONDS = 3600
_MOST_SECONDS = 30 * 24 * 3600
"""How long tasks of a private team may wait for it."""
_TAKEN = frozenset({"ResourceInUse"})
_OPEN = frozenset({"Initializing", "InProgress", "Stopping"})


class SageMakerGroundTruth:
    """`GroundTruth`."""

    def __init__(
        self,
        client: "SageMakerClient",
        *,
        role_arn: str,
        workteam_arn: str,
        key_arn: str,
        pre_arn: str,
        post_arn: str,
    ) -> None:
        self._client = client
        self._role = role_arn
        self._workteam = workteam_arn
        self._key = key_arn
        self._pre = pre_arn
        self._post = post_arn

    def create(self, job: Job, manifest_uri: str, template_uri: str, labeling: Labeling) -> None:
        folder = manifest_uri.rpartition("/")[0]
        seconds = round((job.deadline - job.created_at).total_seconds())
        try:
            self._client.create_labeling_job(
                LabelingJobName=job.name,
                LabelAttributeName=job.label_attribute,
                InputConfig={
                    "DataSource": {"S3DataSource": {"ManifestS3Uri": manifest_uri}},
                    # What is labelled was redacted before it became a candidate.
                    "DataAttributes": {
                        "ContentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]
                    },
                },
                OutputConfig={"S3OutputPath": f"{folder}/output", "KmsKeyId": self._key},
                RoleArn=self._role,
                HumanTaskConfig={
                    "WorkteamArn": labeling.workteam_arn or self._workteam,
                    "UiConfig": {"UiTemplateS3Uri": template_uri},
                    "PreHumanTaskLambdaArn": self._pre,
                    "AnnotationConsolidationConfig": {
                        "AnnotationConsolidationLambdaArn": self._post
                    },
                    "TaskKeywords": _KEYWORDS,
                    "TaskTitle": labeling.title,
                    "TaskDescription": labeling.description,
                    "NumberOfHumanWorkersPerDataObject": job.workers_per_object,
                    "TaskTimeLimitInSeconds": _TASK_SECONDS,
                    "TaskAvailabilityLifetimeInSeconds": min(seconds, _MOST_SECONDS),
                },
                Tags=[{"Key": "tandem:module", "Value": "review"}],
            )
        except ClientError as error:
            if not _is_taken(error):
                raise

    def describe(self, name: str) -> GroundTruthState | None:
        try:
            found = self._client.describe_labeling_job(LabelingJobName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFound":
                return None
            raise
        status = found["LabelingJobStatus"]
        if status in _OPEN:
            return GroundTruthState("open")
        failure = found.get("FailureReason", "")
        return GroundTruthState(
            "ended",
            output_uri=found.get("LabelingJobOutput", {}).get("OutputDatasetS3Uri"),
            reason=failure or ("" if status == "Completed" else f"the job was {status.lower()}"),
        )

    def stop(self, name: str) -> None:
        try:
            self._client.stop_labeling_job(LabelingJobName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ResourceNotFound", "ValidationException"}:
                raise


def _is_taken(error: ClientError) -> bool:
    """The service has said both of a name that is taken."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return code in _TAKEN or (code == "ValidationException" and "already exists" in message)
