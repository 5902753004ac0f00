"""One attempt of a training job: from the empty folder to the end of its process.

A managed spot training may need several. Network isolation is asked for, and cannot be enforced for
a process of this machine: it is told that there is no network, and has no credentials of AWS.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from local.sagemaker.checkpoints import Checkpoints
from local.sagemaker.faults import Faults
from local.sagemaker.job_folder import ML, JobFolder
from local.sagemaker.job_process import JobProcess
from local.sagemaker.roles import Role
from local.sagemaker.training_job import TrainingJob

type Json = dict[str, Any]

_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Two threads of torch that share a small machine are several times slower than one."""
_NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class End(Enum):
    """How an attempt ended."""

    BY_ITSELF = auto()
    STOPPED = auto()
    TOO_LONG = auto()
    INTERRUPTED = auto()
    """As a spot instance is taken away."""
    WAITED = auto()
    """Interrupted once more than there is time to wait for."""
    BROKEN = auto()
    """By the service itself."""
    GIVEN_UP = auto()
    """The stand-in ends."""


@dataclass(frozen=True)
class Ended:
    how: End
    status: int = 0
    """Of the process, where it ended by itself."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an attempt needs beside its job; see `TrainingJobs`. `closing` says whether the stand-in
    ends."""

    role: Callable[[], Role]
    python: Callable[[], Path]
    faults: Faults
    closing: Callable[[], bool]
    grace: float
    tick: float
    region: str


class Attempt:
    """`becomes` is told each secondary status."""

    def __init__(
        self,
        job: TrainingJob,
        folder: JobFolder,
        log: Path,
        around: Surroundings,
        becomes: Callable[[str], None],
    ) -> None:
        self._job = job
        self._folder = folder
        self._log = log
        self._around = around
        self._becomes = becomes
        self._saved = _checkpoints(job, folder, around)
        self._log_before = 0

    def run(self) -> Ended:
        """Raises `NoData` or `ClientError` where what it needs could not be brought."""
        self._becomes("Downloading")
        self._folder.make()
        self._folder.fill(self._around.role())
        if self._saved is not None:
            self._saved.bring()
        if self._job.stopping.is_set():
            return Ended(End.STOPPED)
        self._becomes("Training")
        self._log_before = self._log.stat().st_size if self._log.is_file() else 0
        began = time.monotonic()
        process = JobProcess(self._command(), self._environment(), self._folder.root, self._log)
        try:
            return self._watch(process, began)
        finally:
            process.kill()
            self._job.seconds += time.monotonic() - began

    def _watch(self, process: JobProcess, began: float) -> Ended:
        longest = self._job.request["StoppingCondition"].get("MaxRuntimeInSeconds", 86_400)
        left = longest - self._job.seconds
        while True:
            status = process.wait(self._around.tick)
            if status is not None:
                self._save(last=True)
                return Ended(End.BY_ITSELF, status)
            if self._around.closing():
                return Ended(End.GIVEN_UP)
            if self._job.stopping.is_set():
                return self._asked_to_end(process, End.STOPPED)
            if time.monotonic() - began > left:
                return self._asked_to_end(process, End.TOO_LONG)
            self._save()
            if broken := self._broken():
                process.kill()
                return broken

    def _asked_to_end(self, process: JobProcess, how: End) -> Ended:
        process.stop(self._around.grace)
        self._save(last=True)
        return Ended(how)

    def _save(self, *, last: bool = False) -> None:
        if self._saved is not None:
            self._saved.sync(last=last)

    def _broken(self) -> Ended | None:
        """Whether something takes the process away now."""
        faults, name = self._around.faults, self._job.name
        if self._job.interrupted.is_set():
            self._job.interrupted.clear()
            return Ended(End.INTERRUPTED)
        fault = faults.waiting("job_interrupted", name)
        if fault and (self._says(fault.after) if fault.after else self._has_saved()):
            faults.take("job_interrupted", name)
            return Ended(End.INTERRUPTED)
        fault = faults.waiting("job_fails", name)
        if fault and self._says(fault.after):
            faults.take("job_fails", name)
            return Ended(End.BROKEN, reason=fault.message)
        return None

    def _says(self, text: str) -> bool:
        """Whether it stands in what this attempt has written."""
        with self._log.open("rb") as log:
            log.seek(self._log_before)
            return text.encode() in log.read()

    def _has_saved(self) -> bool:
        return self._saved is None or self._saved.any_sent

    def _command(self) -> list[str]:
        """The container's entry point, with this machine's Python and places."""
        asked = self._job.request["AlgorithmSpecification"]
        words = [*asked["ContainerEntrypoint"], *asked.get("ContainerArguments", [])]
        first, *rest = (self._folder.place(word) for word in words)
        python = str(self._around.python())
        return [python if _PYTHON.fullmatch(first) else first, *rest]

    def _environment(self) -> dict[str, str]:
        job = self._job
        return {
            **job.request.get("Environment", {}),
            "TRAINING_JOB_NAME": job.name,
            "TRAINING_JOB_ARN": job.arn,
            "AWS_REGION": self._around.region,
            "TANDEM_ML_ROOT": str(self._folder.root),
            **_ONE_THREAD,
            **(_NO_NETWORK if job.request.get("EnableNetworkIsolation") else {}),
        }


def _checkpoints(job: TrainingJob, folder: JobFolder, around: Surroundings) -> Checkpoints | None:
    config = job.request.get("CheckpointConfig")
    if config is None:
        return None
    key_id = job.request["OutputDataConfig"].get("KmsKeyId", "")
    return Checkpoints(folder.checkpoints, config["S3Uri"], around.role, key_id)


def refused(request: Json) -> str:
    """Why the service, or this stand-in, does not take a CreateTrainingJob; empty: it does."""
    missing = [
        name
        for name in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
        if name not in request
    ]
    if missing:
        return f"{' and '.join(missing)} must be given, unless the job is serverless."
    stopping = request["StoppingCondition"]
    longest, waiting = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    spot = request.get("EnableManagedSpotTraining", False)
    if spot and (longest is None or waiting is None or waiting < longest):
        return (
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds."
        )
    if not spot and waiting is not None:
        return "MaxWaitTimeInSeconds is for managed spot training only."
    return _not_here(request)


def _not_here(request: Json) -> str:
    """What is right on AWS and cannot be done by a process of this machine."""
    here = "The local engine runs no containers:"
    algorithm = request["AlgorithmSpecification"]
    if not algorithm.get("ContainerEntrypoint"):
        return f"{here} AlgorithmSpecification.ContainerEntrypoint must say what to run."
    if request["ResourceConfig"].get("InstanceCount", 1) > 1:
        return f"{here} ResourceConfig.InstanceCount is 1."
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource", {})
        mode = channel.get("InputMode", algorithm["TrainingInputMode"])
        if source.get("S3DataType") != "S3Prefix" or mode == "Pipe":
            return f"{here} channels are files below a prefix of S3 (S3Prefix; File or FastFile)."
    local = request.get("CheckpointConfig", {}).get("LocalPath", f"{ML}/checkpoints")
    if not local.startswith(f"{ML}/"):
        return f"{here} CheckpointConfig.LocalPath is below {ML}."
    return ""
