"""Training jobs as SageMaker runs them, by processes of this machine: one at a time.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.account import Account
from local.sagemaker.errors import ServiceError, invalid
from local.sagemaker.events import TRAINING_JOB
from local.sagemaker.job_folder import JobFolder, NoData
from local.sagemaker.listing import listed
from local.sagemaker.metrics import final_metrics
from local.sagemaker.training_attempt import Attempt, End, Ended, Surroundings, refused
from local.sagemaker.training_job import TrainingJob

type Json = dict[str, Any]

_NOT_FOUND = "Requested resource not found."
_INTERNAL = "InternalServerError: We encountered an internal error.  Please try again."
_LONGEST_REASON = 1024
_WHY_STOPPED = {End.TOO_LONG: "MaxRuntimeExceeded", End.WAITED: "MaxWaitTimeExceeded"}


class TrainingJobs:
    """All of them. `folder` gets one of each job, which is removed with it; its log stays.

    `python` says which interpreter runs a job. `grace`: seconds between SIGTERM and SIGKILL (120 on
    AWS). `tick`: seconds between two looks at a job.
    """

    def __init__(
        self,
        account: Account,
        folder: Path,
        *,
        python: Callable[[], Path],
        grace: float = 10.0,
        tick: float = 0.2,
    ) -> None:
        self._on = account
        self._folder = folder
        self._python = python
        self._grace, self._tick = grace, tick
        self._jobs: dict[str, TrainingJob] = {}
        self._lock = threading.RLock()
        self._turn = threading.Lock()
        self._closing = threading.Event()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateTrainingJob": self._create,
            "DescribeTrainingJob": lambda params: self._asked_for(params).described(),
            "StopTrainingJob": self._stop,
            "ListTrainingJobs": self._list,
        }

    def close(self) -> None:
        """End what runs. Its thread may need a moment more."""
        self._closing.set()
        # Whoever has the turn gives it back when its process is gone.
        if self._turn.acquire(timeout=5):
            self._turn.release()

    # --- for tests -------------------------------------------------------------------------------
    def get(self, name: str) -> TrainingJob:
        """Raises `ServiceError`."""
        job = self._jobs.get(name.lower())
        if job is None:
            raise invalid(_NOT_FOUND)
        return job

    def log(self, name: str) -> str:
        """What it has written so far. Raises `ServiceError`."""
        path = self._log_of(self.get(name))
        return path.read_text(errors="replace") if path.is_file() else ""

    def announce(self, name: str) -> None:
        """Send the event of its state (again)."""
        job = self.get(name)
        self._on.send(TRAINING_JOB, job.arn, job.event(self._on.tags.of(job.arn)))

    def interrupt(self, name: str) -> None:
        """Take its instance away, now."""
        self.get(name).interrupted.set()

    # --- the API ---------------------------------------------------------------------------------
    def _create(self, params: Json) -> Json:
        if wrong := refused(params):
            raise invalid(wrong)
        name = params["TrainingJobName"]
        arn = self._on.names.arn("training-job", name)
        with self._lock:
            if name.lower() in self._jobs:
                raise ServiceError(
                    "ResourceInUse",
                    "Training job names must be unique within an AWS account and region, and a "
                    f"training job with this name already exists ({arn})",
                )
            now = datetime.now(UTC)
            folder = JobFolder(self._folder / "jobs" / name, params)
            job = TrainingJob(request=params, arn=arn, artifacts=folder.artifacts, created=now)
            job.becomes("InProgress", "Starting", now)
            self._jobs[name.lower()] = job
        self._on.tags.put(arn, params.get("Tags", []))
        self.announce(name)
        self._on.begin(lambda: self._live(job, folder))
        return {"TrainingJobArn": arn}

    def _asked_for(self, params: Json) -> TrainingJob:
        return self.get(params["TrainingJobName"])

    def _stop(self, params: Json) -> Json:
        job = self._asked_for(params)
        with self._lock:
            if job.over:
                raise invalid(
                    f"The request was rejected because the training job is in status {job.status}."
                )
            if job.status == "InProgress":
                self._becomes(job, "Stopping", "Stopping")
            job.stopping.set()
        return {}

    def _list(self, params: Json) -> Json:
        return listed(
            (job.summary() for job in self._jobs.values()),
            params,
            into="TrainingJobSummaries",
            kind="TrainingJob",
        )

    # --- a job's life ----------------------------------------------------------------------------
    def _live(self, job: TrainingJob, folder: JobFolder) -> None:
        with self._turn:
            if self._closing.is_set():
                return
            try:
                self._end(job, folder, self._attempts(job, folder))
            except NoData as error:
                self._fails(job, str(error))
            except Exception as error:  # whatever it is, the service ends the job with it
                self._fails(job, f"ClientError: {error}")
            shutil.rmtree(folder.root, ignore_errors=True)

    def _attempts(self, job: TrainingJob, folder: JobFolder) -> Ended:
        retries = job.request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
        while not job.stopping.is_set():
            ended = self._attempt(job, folder)
            if ended.how is End.BROKEN and retries:
                retries -= 1
                self._goes_on(job, "Restarting")
            elif ended.how is not End.INTERRUPTED:
                return ended
            else:
                self._goes_on(job, "Interrupted")
                waited = (datetime.now(UTC) - job.created).total_seconds()
                if waited > job.request["StoppingCondition"]["MaxWaitTimeInSeconds"]:
                    return Ended(End.WAITED)
                self._goes_on(job, "Starting")
        return Ended(End.STOPPED)

    def _attempt(self, job: TrainingJob, folder: JobFolder) -> Ended:
        attempt = Attempt(
            job,
            folder,
            self._log_of(job),
            self._around(job),
            lambda secondary: self._goes_on(job, secondary),
        )
        ended = attempt.run()
        if ended.how is End.INTERRUPTED and not job.spot:
            # An instance that was not lent and is gone all the same is the service's own failure.
            return Ended(End.BROKEN)
        return ended

    def _around(self, job: TrainingJob) -> Surroundings:
        return Surroundings(
            role=lambda: self._on.assume(job.request["RoleArn"]),
            python=self._python,
            faults=self._on.faults,
            closing=self._closing.is_set,
            grace=self._grace,
            tick=self._tick,
            region=self._on.names.region,
        )

    def _end(self, job: TrainingJob, folder: JobFolder, ended: Ended) -> None:
        if ended.how is End.GIVEN_UP:
            return
        self._measure(job)
        if ended.how is End.BROKEN:
            self._fails(job, ended.reason or _INTERNAL)
        elif ended.how is End.BY_ITSELF and ended.status:
            said = folder.failure()
            self._upload(job, folder, model=False)
            self._fails(job, f"AlgorithmError: {said}, exit code: {ended.status}")
        elif self._upload(job, folder, model=True):
            if ended.how is End.BY_ITSELF and not job.stopping.is_set():
                self._becomes(job, "Completed", "Completed")
            else:
                self._becomes(job, "Stopped", _WHY_STOPPED.get(ended.how, "Stopped"))

    def _upload(self, job: TrainingJob, folder: JobFolder, *, model: bool) -> bool:
        """Whether it went well; where not, the job has failed."""
        if not folder.root.is_dir():
            return True  # stopped before it began
        if model:
            self._goes_on(job, "Uploading")
        try:
            role = self._on.assume(job.request["RoleArn"])
            if model:
                folder.send_model(role)
            folder.send_output(role)
        except ClientError as error:
            if model:
                self._fails(job, f"ClientError: Artifact upload failed:{error}")
            return False
        return True

    def _measure(self, job: TrainingJob) -> None:
        definitions = job.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        now = datetime.now(UTC).timestamp()
        job.metrics = final_metrics(definitions, self.log(job.name), now)

    def _fails(self, job: TrainingJob, reason: str) -> None:
        job.reason = reason[:_LONGEST_REASON]
        self._becomes(job, "Failed", "Failed")

    def _goes_on(self, job: TrainingJob, secondary: str) -> None:
        """A secondary status, unless the job is about to stop: then only that is seen."""
        if not job.stopping.is_set():
            self._becomes(job, job.status, secondary)

    def _becomes(self, job: TrainingJob, status: str, secondary: str) -> None:
        with self._lock:
            job.becomes(status, secondary, datetime.now(UTC))
        self.announce(job.name)

    def _log_of(self, job: TrainingJob) -> Path:
        folder = self._folder / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{job.name}.log"
