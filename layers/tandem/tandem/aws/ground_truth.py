"""Labelling jobs of Amazon SageMaker Ground Truth.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ParamValidationError

from tandem.aws.environment import GroundTruthSettings
from tandem.aws.sagemaker_failures import EXISTS, INVALID, is_missing, said
from tandem.review.models import Job
from tandem.review.policy import Labeling
from tandem.review.ports import GroundTruthState, JobRefused

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.client import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import TagTypeDef

_KEYWORDS = ["relevance", "question", "answer", "rating"]
_TASK_SECONDS = 3600
"""A worker has so long for one object; custom tasks may have 8 hours."""
_LEAST_SECONDS, _MOST_SECONDS = 60, 30 * 24 * 3600
"""How long tasks of a private team may wait for it."""
_MOST_AT_ONCE = 5000
_OPEN = frozenset({"Initializing", "InProgress", "Stopping"})


class SageMakerGroundTruth:
    """`GroundTruth`."""

    def __init__(self, client: "SageMakerClient", settings: GroundTruthSettings) -> None:
        self._client = client
        self._settings = settings

    def create(self, job: Job, manifest_uri: str, template_uri: str, labeling: Labeling) -> None:
        settings = self._settings
        folder = manifest_uri.rpartition("/")[0]
        seconds = round((job.deadline - job.created_at).total_seconds())
        lifetime = min(max(seconds, _LEAST_SECONDS), _MOST_SECONDS)
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
                OutputConfig={
                    "S3OutputPath": f"{folder}/output",
                    "KmsKeyId": settings.data_key_arn,
                },
                RoleArn=settings.ground_truth_role_arn,
                HumanTaskConfig={
                    "WorkteamArn": labeling.workteam_arn or settings.workteam_arn,
                    "UiConfig": {"UiTemplateS3Uri": template_uri},
                    "PreHumanTaskLambdaArn": settings.pre_annotation_arn,
                    "AnnotationConsolidationConfig": {
                        "AnnotationConsolidationLambdaArn": settings.post_annotation_arn
                    },
                    "TaskKeywords": _KEYWORDS,
                    "TaskTitle": labeling.title,
                    "TaskDescription": labeling.description,
                    "NumberOfHumanWorkersPerDataObject": job.workers_per_object,
                    "TaskTimeLimitInSeconds": min(_TASK_SECONDS, lifetime),
                    "TaskAvailabilityLifetimeInSeconds": lifetime,
                    # All at once: what is handed out later would be open beyond the deadline.
                    "MaxConcurrentTaskCount": min(len(job.candidate_ids), _MOST_AT_ONCE),
                },
                Tags=self._tags(),
            )
        except ParamValidationError as error:
            raise JobRefused(str(error)) from error
        except ClientError as error:
            code, message = said(error)
            if code == EXISTS or (code == INVALID and "already exists" in message):
                return
            if code == INVALID:
                raise JobRefused(message) from error
            raise

    def _tags(self) -> "list[TagTypeDef]":
        tags: list[TagTypeDef] = [{"Key": "tandem:module", "Value": "review"}]
        if self._settings.stack_name:
            tags.append({"Key": "tandem:stack", "Value": self._settings.stack_name})
        return tags

    def describe(self, name: str) -> GroundTruthState | None:
        try:
            found = self._client.describe_labeling_job(LabelingJobName=name)
        except ClientError as error:
            if is_missing(error):
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
            # The service's answer for a job that is stopping or has ended is that it is invalid.
            if not is_missing(error) and said(error)[0] != INVALID:
                raise
