"""Labelling jobs as Amazon SageMaker Ground Truth runs them, for one custom task type.

What is called, written and sent is what the service documents: the two functions get its requests,
the output lies where it puts it, the state-change event has its shape.
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.ground_truth.faults import Faults
from local.sagemaker.account import Begin, in_a_thread
from local.sagemaker.errors import ServiceError
from local.sagemaker.roles import Role, read_uri, split_uri

type Json = dict[str, Any]

_BATCH = 500
"""Most objects of one request to the post-annotation function."""
_UNFINISHED = ("Initializing", "InProgress", "Stopping")
_NOBODY = "ClientError: Annotation tasks expired. No workers have completed the task in time."


@dataclass
class Answer:
    """What one worker said of an object."""

    worker: str
    content: Json
    accepted: datetime
    submitted: datetime


@dataclass
class DataObject:
    """A line of the input manifest. `task_input` is None until the pre-annotation function spoke;
    `excluded`: it said that nobody has to look."""

    line: Json
    task_input: Json | None = None
    excluded: bool = False
    answers: list[Answer] = field(default_factory=list)
    content: Json | None = None


@dataclass
class Job:
    """A job with the request that made it."""

    request: Json
    arn: str
    created: datetime
    status: str = "Initializing"
    reason: str = ""
    objects: list[DataObject] = field(default_factory=list)
    output_uri: str | None = None

    @property
    def name(self) -> str:
        return str(self.request["LabelingJobName"])

    @property
    def wanted(self) -> int:
        return int(self.request["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"])

    @property
    def attribute(self) -> str:
        return str(self.request["LabelAttributeName"])

    def waiting_for(self, worker: str) -> int | None:
        """The number of the first object that this worker may answer."""
        for number, data in enumerate(self.objects):
            if self.is_open_for(data, worker):
                return number
        return None

    def is_open_for(self, data: DataObject, worker: str) -> bool:
        taken = len(data.answers) >= self.wanted
        return not (data.excluded or taken or any(a.worker == worker for a in data.answers))

    @property
    def answered(self) -> bool:
        return all(o.excluded or len(o.answers) >= self.wanted for o in self.objects)

    def counters(self) -> dict[str, int]:
        labeled = sum(o.content is not None for o in self.objects)
        ended = self.status not in _UNFINISHED
        rest = len(self.objects) - labeled
        return {
            "TotalLabeled": labeled,
            "HumanLabeled": labeled,
            "MachineLabeled": 0,
            "FailedNonRetryableError": rest if ended else 0,
            "Unlabeled": 0 if ended else rest,
        }


class LabelingJobs:
    """All jobs. `assume` gives the clients that a job's role has; `send` sends its event; `begin`
    runs what a job does by itself once it was created."""

    def __init__(
        self,
        assume: Callable[[str], Role],
        send: Callable[[str, Json], None],
        faults: Faults,
        begin: Begin = in_a_thread,
    ) -> None:
        self._assume = assume
        self._send = send
        self._faults = faults
        self._run = begin
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()

    # --- what the service's API does -------------------------------------------------------------
    def create(self, request: Json, arn: str) -> Job:
        """Raises `ServiceError` where a job of this name exists."""
        name = str(request["LabelingJobName"])
        with self._lock:
            # Names are unique whatever their case.
            if name.lower() in self._jobs:
                raise ServiceError("ResourceInUse", f"A labeling job named {name} already exists.")
            job = Job(request=request, arn=arn, created=datetime.now(UTC))
            self._jobs[name.lower()] = job
        self._run(lambda: self._begin(job))
        return job

    def get(self, name: str) -> Job:
        """Raises `ServiceError`."""
        job = self._jobs.get(name.lower())
        if job is None:
            raise ServiceError("ResourceNotFound", f"There is no labeling job {name}.")
        return job

    def all(self) -> list[Job]:
        return sorted(self._jobs.values(), key=lambda job: job.created, reverse=True)

    def stop(self, name: str) -> None:
        """Ends a job with the labels that it has. Raises `ServiceError`."""
        job = self.get(name)
        if job.status in _UNFINISHED:
            self._end(job, "Stopped")

    # --- what workers and time do ----------------------------------------------------------------
    def template(self, job: Job) -> str:
        """The worker template's text."""
        uri = job.request["HumanTaskConfig"]["UiConfig"]["UiTemplateS3Uri"]
        return read_uri(self._assume(job.request["RoleArn"]), uri).decode()

    def answer(self, name: str, number: int, answer: Answer) -> None:
        """Take a worker's answer; the last one ends the job. Raises `ServiceError`."""
        job = self.get(name)
        with self._lock:
            data = job.objects[number] if number < len(job.objects) else None
            if (
                job.status != "InProgress"
                or data is None
                or not job.is_open_for(data, answer.worker)
            ):
                raise ServiceError("Gone", "This task is no longer open.")
            data.answers.append(answer)
            over = job.answered
        if over:
            self._end(job, "Completed")

    def expire(self, name: str) -> None:
        """The tasks' availability is over: what has an answer is consolidated, the rest fails."""
        self._end(self.get(name), "Completed")

    def announce(self, name: str) -> None:
        """Send the event of the job's state (again)."""
        job = self.get(name)
        self._send(job.arn, {"LabelingJobStatus": job.status})

    # --- a job's life ----------------------------------------------------------------------------
    def _begin(self, job: Job) -> None:
        try:
            role = self._assume(job.request["RoleArn"])
            source = job.request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
            lines = read_uri(role, source).decode().split("\n")
            job.objects = [DataObject(json.loads(line)) for line in lines if line.strip()]
            if not job.objects:
                raise ValueError("the input manifest has no line")
            for data in job.objects:
                if not {"source", "source-ref"} & data.line.keys():
                    raise ValueError("a line of the manifest has neither source nor source-ref")
                self._prepare(job, role, data)
        except Exception as error:  # whatever it is, the service ends the job with it
            job.reason = f"ClientError: {error}"
            self._end(job, "Failed")
            return
        with self._lock:
            # It may have been stopped meanwhile.
            if job.status == "Initializing":
                job.status = "InProgress"
        if job.answered:
            self._end(job, "Completed")

    def _prepare(self, job: Job, role: Role, data: DataObject) -> None:
        function = job.request["HumanTaskConfig"].get("PreHumanTaskLambdaArn")
        if function is None:
            data.task_input = data.line
            return
        said = role.invoke(
            function,
            {"version": "2018-10-16", "labelingJobArn": job.arn, "dataObject": data.line},
        )
        data.task_input = said["taskInput"]
        data.excluded = said.get("isHumanAnnotationRequired", True) is False

    def _end(self, job: Job, status: str) -> None:
        with self._lock:
            if job.status not in _UNFINISHED or job.status == "Stopping":
                return
            job.status = "Stopping"
        if status != "Failed":
            try:
                self._consolidate(job)
            except Exception as error:  # the function failed, or the bucket cannot be written
                status, job.reason = "Failed", f"ClientError: {error}"
        job.status = status
        for _ in range(self._faults.events()):
            self.announce(job.name)

    def _consolidate(self, job: Job) -> None:
        role = self._assume(job.request["RoleArn"])
        answered = [(n, data) for n, data in enumerate(job.objects) if data.answers]
        for first in range(0, len(answered), _BATCH):
            self._faults.before_consolidation()
            self._consolidate_batch(job, role, answered[first : first + _BATCH])
        base = _below(job.request["OutputConfig"]["S3OutputPath"], job.name)
        job.output_uri = f"{base}/manifests/output/output.manifest"
        text = "".join(json.dumps(_output_line(job, data)) + "\n" for data in job.objects)
        role.write(job.output_uri, text.encode())

    def _consolidate_batch(self, job: Job, role: Role, batch: list[tuple[int, DataObject]]) -> None:
        base = _below(job.request["OutputConfig"]["S3OutputPath"], job.name)
        stamp = datetime.now(UTC).strftime("%Y-%m-%d_%H:%M:%S")
        for number, data in batch:
            uri = f"{base}/annotations/worker-response/iteration-1/{number}/{stamp}.json"
            role.write(uri, json.dumps({"answers": [_response(a) for a in data.answers]}).encode())
        payload = [
            {
                "datasetObjectId": str(number),
                "dataObject": {"content": data.line["source"]}
                if "source" in data.line
                else {"s3Uri": data.line["source-ref"]},
                "annotations": [
                    {
                        "workerId": a.worker,
                        "annotationData": {"content": json.dumps(a.content)},
                    }
                    for a in data.answers
                ],
            }
            for number, data in batch
        ]
        place = f"{base}/annotations/consolidated-annotation"
        uri = f"{place}/consolidation-request/iteration-1/{stamp}-{batch[0][0]}.json"
        role.write(uri, json.dumps(payload).encode())
        function = job.request["HumanTaskConfig"]["AnnotationConsolidationConfig"]
        said = role.invoke(
            function["AnnotationConsolidationLambdaArn"],
            {
                "version": "2018-10-16",
                "labelingJobArn": job.arn,
                "labelCategories": None,
                "labelAttributeName": job.attribute,
                "roleArn": job.request["RoleArn"],
                "payload": {"s3Uri": uri},
            },
        )
        for label in said:
            number = int(label["datasetObjectId"])
            job.objects[number].content = label["consolidatedAnnotation"]["content"]
        answer_uri = f"{place}/consolidation-response/iteration-1/{stamp}-{batch[0][0]}.json"
        role.write(answer_uri, json.dumps(said).encode())


def _below(path: str, name: str) -> str:
    bucket, key = split_uri(path)
    return f"s3://{bucket}/{'/'.join(part for part in (key.strip('/'), name) if part)}"


def _response(answer: Answer) -> Json:
    return {
        "acceptanceTime": _time(answer.accepted),
        "submissionTime": _time(answer.submitted),
        "timeSpentInSeconds": round((answer.submitted - answer.accepted).total_seconds(), 3),
        "answerContent": answer.content,
        "workerId": answer.worker,
        "workerMetadata": {
            "identityData": {
                "identityProviderType": "Cognito",
                "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_workers",
                "sub": answer.worker,
            }
        },
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _output_line(job: Job, data: DataObject) -> Json:
    metadata: Json = {
        "type": "groundtruth/custom",
        "job-name": job.name,
        "human-annotated": "yes",
        "creation-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    line = dict(data.line)
    if data.content is None:
        reason = "Human annotation is not required." if data.excluded else _NOBODY
        line[f"{job.attribute}-metadata"] = {**metadata, "failure-reason": reason}
    else:
        line |= data.content
        line[f"{job.attribute}-metadata"] = metadata
    return line
