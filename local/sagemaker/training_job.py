"""A training job: its state, and what the service says of it."""

import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

type Json = dict[str, Any]

ENDED = ("Completed", "Failed", "Stopped")
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Restarting": "Restarting the training job after an internal error",
    "Interrupted": "The instances of the managed spot training were taken away",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job runtime exceeded MaxWaitTimeInSeconds provided",
}
_ASKED = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "HyperParameters",
    "VpcConfig",
    "Environment",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
)
"""Fields of the request that the answer to DescribeTrainingJob repeats."""
_TOLD = (
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
)
"""Fields of the request that an event repeats."""


@dataclass
class Transition:
    """A secondary status, and when it was."""

    status: str
    began: datetime
    ended: datetime | None = None

    def described(self) -> Json:
        described: Json = {
            "Status": self.status,
            "StartTime": self.began.timestamp(),
            "StatusMessage": _MESSAGES[self.status],
        }
        return described | ({"EndTime": self.ended.timestamp()} if self.ended else {})


@dataclass
class TrainingJob:
    """A job with the request that made it. `seconds`: that it trained for, in all attempts.

    `stopping` and `interrupted` are set by others than the thread that runs it.
    """

    request: Json
    arn: str
    artifacts: str
    created: datetime
    status: str = "InProgress"
    transitions: list[Transition] = field(default_factory=list)
    reason: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    metrics: list[Json] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    interrupted: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        return str(self.request["TrainingJobName"])

    @property
    def secondary(self) -> str:
        return self.transitions[-1].status

    @property
    def spot(self) -> bool:
        return bool(self.request.get("EnableManagedSpotTraining"))

    @property
    def over(self) -> bool:
        return self.status in ENDED

    def becomes(self, status: str, secondary: str, now: datetime) -> None:
        if self.transitions:
            self.transitions[-1].ended = now
        self.transitions.append(Transition(secondary, now))
        self.status, self.modified = status, now
        if secondary == "Downloading" and self.began is None:
            self.began = now
        if self.over:
            self.transitions[-1].ended = self.ended = now

    def summary(self) -> Json:
        """Of ListTrainingJobs."""
        summary: Json = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "CreationTime": self.created.timestamp(),
            "LastModifiedTime": self.modified.timestamp(),
        }
        return summary | ({"TrainingEndTime": self.ended.timestamp()} if self.ended else {})

    def described(self) -> Json:
        """Of DescribeTrainingJob."""
        described: Json = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            # The service's model asks for it of any job; there is something from `Completed` on.
            "ModelArtifacts": {"S3ModelArtifacts": self.artifacts},
            "CreationTime": self.created.timestamp(),
            "LastModifiedTime": self.modified.timestamp(),
            "SecondaryStatusTransitions": [each.described() for each in self.transitions],
            **{name: self.request[name] for name in _ASKED if name in self.request},
        }
        if self.reason:
            described["FailureReason"] = self.reason
        if self.began:
            described["TrainingStartTime"] = self.began.timestamp()
        if self.ended:
            described["TrainingEndTime"] = self.ended.timestamp()
            described["FinalMetricDataList"] = self.metrics
        if self.ended and self.began:
            whole = (self.ended - self.began).total_seconds()
            described["TrainingTimeInSeconds"] = max(1, math.ceil(whole))
            # What was interrupted is not paid for a second time.
            described["BillableTimeInSeconds"] = max(1, math.ceil(min(whole, self.seconds)))
        return described

    def event(self, tags: dict[str, str]) -> Json:
        """The detail of its state change, whose times are milliseconds as text."""
        times = {
            "CreationTime": self.created,
            "TrainingStartTime": self.began,
            "TrainingEndTime": self.ended,
            "LastModifiedTime": self.modified,
        }
        detail: Json = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            **{name: self.request[name] for name in _TOLD if name in self.request},
            **{k: str(int(v.timestamp() * 1000)) for k, v in times.items() if v is not None},
            "SecondaryStatusTransitions": [
                {
                    **each.described(),
                    **{
                        name: int(seconds * 1000)
                        for name, seconds in each.described().items()
                        if name.endswith("Time")
                    },
                }
                for each in self.transitions
            ],
            "Tags": tags,
        }
        if self.status == "Failed":
            detail["FailureReason"] = self.reason
        return detail
