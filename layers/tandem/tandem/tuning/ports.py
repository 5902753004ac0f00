"""What the tuning module needs of the world besides what it keeps (`stores`).

AWS adapters and in-memory fakes pass the same tests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tandem.bus_event import BusEvent
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.ports import Clock, Ids, Meter
from tandem.tuning.models import ModelVersion, SaidBefore, TrainingRun
from tandem.tuning.policy import HostingPolicy, Training, TuningPolicy
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.stores import History, Pairs, Runs, Trials, Versions


class Files(Protocol):
    """Objects by their URI (`s3://…`), of any bucket that may be read."""

    def read_uri(self, uri: str) -> bytes:
        """Raises `KeyError`."""

    def size(self, uri: str) -> int:
        """In bytes. Raises `KeyError`."""

    def exists(self, uri: str) -> bool: ...

    def write_uri(self, uri: str, body: bytes, content_type: str) -> None: ...

    def delete_uri(self, uri: str) -> None:
        """Nothing happens if there is none."""

    def link(self, uri: str, seconds: int) -> str:
        """An address at which a browser can read the object for so long."""


class Refused(Exception):
    """The service does not take what it was asked for: asking again would not help. The text says
    why."""


@dataclass(frozen=True, slots=True)
class JobState:
    """A training job. `output_uri`: of the job's `model/`, once it has ended well."""

    status: Literal["open", "completed", "failed", "stopped"]
    output_uri: str | None = None
    reason: str = ""
    seconds: float | None = None
    """That were paid for."""


class TrainingJobs(Protocol):
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"""

    def create(self, run: TrainingRun, training: Training) -> None:
        """Start the job; one of this name that exists is not an error. Raises `Refused`."""

    def describe(self, name: str) -> JobState | None:
        """None if there is none of this name."""

    def stop(self, name: str) -> None:
        """Nothing happens if it has ended."""


@dataclass(frozen=True, slots=True)
class Package:
    version: int
    arn: str
    approval: Literal["PendingManualApproval", "Approved", "Rejected"]
    description: str = ""
    """What was said with the approval."""


class Registry(Protocol):
    """The stack's model package group of SageMaker."""

    def register(
        self, run: TrainingRun, folder: str, properties: dict[str, str], *, weights: bool
    ) -> Package:
        """Register what a run has made, pending approval; for a run that has a package, that one.
        `weights`: whether there is a model to be served. Raises `Refused`."""

    def get(self, arn: str) -> Package | None: ...

    def decide(
        self,
        arn: str,
        approval: Literal["PendingManualApproval", "Approved", "Rejected"],
        description: str,
    ) -> None:
        """`PendingManualApproval` takes an approval back. Raises `Refused` where there is no such
        package."""

    def note(self, arn: str, properties: dict[str, str]) -> None:
        """Add to what the package says of itself. Raises `Refused` where there is none."""


@dataclass(frozen=True, slots=True)
class Served:
    """Whether a version can be asked."""

    status: Literal["deploying", "in_service", "failed", "gone"]
    reference: ModelReference | None = None
    """Where it can be asked; without version and reward model."""
    reason: str = ""


class Hosting(Protocol):
    """Endpoints of SageMaker (two of a stack, `blue` and `green`), and imports into Bedrock."""

    def deploy(self, version: ModelVersion, hosting: HostingPolicy) -> bool:
        """Begin to serve `version`: in its `slot`, which is made or updated (a canary first, back
        by itself on an alarm), or by its `import_job`. Begun twice is once. False if the slot is
        busy with something else: ask again later. Raises `Refused`."""

    def state(self, version: ModelVersion) -> Served:
        """`gone`: its slot serves another, or there is none; so it is, too, when an update to it
        was taken back, with the reason where the service tells it."""

    def remove(self, version: ModelVersion) -> bool:
        """No longer serve it. Nothing happens if its slot serves another, or if it is gone. False
        while the service is busy with it: ask again later."""

    def empty(self, slot: Literal["blue", "green"]) -> bool:
        """Remove what a slot serves, whatever it is. Returns whether there was anything to
        remove."""


@dataclass(frozen=True, slots=True)
class GoneOff:
    """An alarm of an endpoint that is in alarm, and since when."""

    alarm: str
    slot: Literal["blue", "green"]
    since: datetime


class Alarms(Protocol):
    """Of the stack's endpoints; without them, no event tells of one that is in alarm already."""

    def gone_off(self) -> list[GoneOff]:
        """Those that are in alarm now."""


class Pointer(Protocol):
    """The document that the chat reads."""

    def read(self) -> Models: ...

    def write(self, before: Models, after: Models) -> None:
        """Move what answers and what is in a trial. Raises `Conflict` where it is no longer
        `before`."""


class Answers(Protocol):
    """Answers as the chat would give them now, with passages of the knowledge base."""

    def of(
        self,
        reference: ModelReference,
        questions: Sequence[tuple[str, tuple[SaidBefore, ...]]],
        *,
        drafts: int = 1,
    ) -> Iterator[tuple[str, ...] | ModelFailure]:
        """For each question its drafts, in this order; an empty text where the model said that it
        cannot answer, and the failure where it does not take this question. Raises `ModelFailure`
        where it cannot be asked."""


class Prediction(Protocol):
    @property
    def rating(self) -> float:
        """From 1 to 5."""


class Rater(Protocol):
    """A reward model or a judge, as `tandem.tuning.rewards.reward_model.RewardModel`."""

    def predict(self, asked: Asked, answers: Sequence[str]) -> Sequence[Prediction]:
        """How people would rate each of the answers, in their order."""


class Raters(Protocol):
    """Reward models and judges, by the URI of their document."""

    def load(self, uri: str) -> Rater:
        """Raises `KeyError` where there is none, and `ValueError` where it is broken or was made
        for another embedding; the text says how."""


class Panel(Protocol):
    """The review's people."""

    def set_aside(self) -> frozenset[str]:
        """Those whose ratings do not count, and whose choices do not, either."""


class WithdrawnDatasets(Protocol):
    """What the review says of datasets."""

    def of(self, dataset_version: int) -> list[str]:
        """Conversations that the dataset was made of and that were withdrawn since."""

    def since(self, at: datetime) -> frozenset[int]:
        """Versions of the datasets that hold conversations which were withdrawn from then on."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A version that the review has built. `uri`: of its folder."""

    version: int
    uri: str


class Datasets(WithdrawnDatasets, Protocol):
    """What the review says of datasets, to those who train on them."""

    def newest(self) -> Dataset | None: ...


class Bus(Protocol):
    def publish(self, events: Sequence[BusEvent]) -> None:
        """Raises when the bus did not take all of them."""


class TuningPolicies(Protocol):
    def current(self) -> TuningPolicy: ...


@dataclass(frozen=True, slots=True)
class TuningWorld:
    """What every function of the tuning module is wired to. Made once, by
    `tandem.aws.tuning_bootstrap`; what only some need is handed in beside it."""

    runs: Runs
    versions: Versions
    pairs: Pairs
    trials: Trials
    history: History
    bus: Bus
    policies: TuningPolicies
    clock: Clock
    ids: Ids
    meter: Meter
