"""In-memory fakes of everything that the tuning module needs of the world.

Those of the stores pass the same contract tests as the AWS adapters (`tests/contract`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from tandem.live.errors import Conflict, ModelFailure
from tandem.live.model_pointer import ModelReference, Models
from tandem.tuning.models import (
    Arm,
    Audit,
    ModelVersion,
    Pair,
    SaidBefore,
    TrainingRun,
    TrialFigures,
    TrialRecord,
)
from tandem.tuning.policy import HostingPolicy, Training, TuningPolicy
from tandem.tuning.ports import (
    Dataset,
    GoneOff,
    JobState,
    Package,
    Rater,
    Refused,
    Served,
    TuningWorld,
)
from tandem.tuning.rewards.asked import Asked
from tests.fakes import ManualClock, MemoryMeter, SequentialIds
from tests.memory_documents import MemoryDocuments
from tests.review_fakes import RecordingEvents


# --- what is kept --------------------------------------------------------------------------------
class MemoryRuns:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[TrainingRun](lambda run: run.name)

    def add(self, run: TrainingRun) -> bool:
        return self.documents.add(run)

    def get(self, name: str) -> TrainingRun | None:
        return self.documents.stored.get(name)

    def replace(self, before: TrainingRun, after: TrainingRun) -> None:
        self.documents.replace(before, after)

    def unfinished(self) -> list[TrainingRun]:
        found = (run for run in self.documents if not run.status.ended)
        return sorted(found, key=lambda run: run.started_at)

    def recent(self, limit: int) -> list[TrainingRun]:
        return sorted(self.documents, key=lambda run: run.started_at, reverse=True)[:limit]


class MemoryVersions:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[ModelVersion](lambda version: version.version)

    def add(self, version: ModelVersion) -> bool:
        return self.documents.add(version)

    def get(self, version: int) -> ModelVersion | None:
        return self.documents.stored.get(version)

    def replace(self, before: ModelVersion, after: ModelVersion) -> None:
        self.documents.replace(before, after)

    def all(self) -> list[ModelVersion]:
        return sorted(self.documents, key=lambda version: version.version, reverse=True)


class MemoryPairs:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[Pair](lambda pair: (pair.version, pair.pair_id))

    def add(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            self.documents.add(pair)

    def get(self, version: int, pair_id: str) -> Pair | None:
        return self.documents.stored.get((version, pair_id))

    def replace(self, before: Pair, after: Pair) -> None:
        self.documents.replace(before, after)

    def of(self, version: int) -> list[Pair]:
        found = (pair for pair in self.documents if pair.version == version)
        return sorted(found, key=lambda pair: pair.pair_id)

    def remove(self, version: int) -> int:
        pairs = self.of(version)
        for pair in pairs:
            self.documents.remove(pair)
        return len(pairs)


class MemoryTrials:
    def __init__(self) -> None:
        self.stored: dict[tuple[int, str], TrialRecord] = {}
        self.calls: dict[tuple[int, str], datetime] = {}

    def note(self, record: TrialRecord) -> bool:
        key = record.version, record.conversation_id
        known = self.stored.get(key)
        if known is None:
            self.stored[key] = record
            return True
        if not record.bad or known.bad:
            return False
        self.stored[key] = known.model_copy(update={"bad": True})
        return True

    def arm_of(self, version: int, conversation_id: str) -> Arm | None:
        known = self.stored.get((version, conversation_id))
        return None if known is None else known.arm

    def note_call(self, version: int, conversation_id: str, at: datetime) -> None:
        key = version, conversation_id
        self.calls[key] = max(at, self.calls.get(key, at))

    def called_at(self, version: int, conversation_id: str) -> datetime | None:
        return self.calls.get((version, conversation_id))

    def figures(self, version: int) -> TrialFigures:
        def count(arm: Arm, *, bad: bool) -> int:
            found = (r for r in self.stored.values() if (r.version, r.arm) == (version, arm))
            return sum(record.bad or not bad for record in found)

        return TrialFigures(
            candidate_conversations=count("candidate", bad=False),
            candidate_bad=count("candidate", bad=True),
            live_conversations=count("live", bad=False),
            live_bad=count("live", bad=True),
        )


class MemoryHistory:
    def __init__(self) -> None:
        self.entries: list[Audit] = []

    def note(self, entry: Audit) -> None:
        self.entries.append(entry)

    def of(self, subject: str, limit: int) -> list[Audit]:
        return [entry for entry in self._newest_first() if entry.subject == subject][:limit]

    def recent(self, limit: int) -> list[Audit]:
        return self._newest_first()[:limit]

    def _newest_first(self) -> list[Audit]:
        return sorted(self.entries, key=lambda entry: (entry.at, entry.entry_id), reverse=True)


# --- what is needed of others --------------------------------------------------------------------
class MemoryTuningFiles:
    """Objects of all buckets, by their URI."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def read_uri(self, uri: str) -> bytes:
        if not uri.startswith("s3://"):
            raise ValueError(uri)
        return self.stored[uri]

    def size(self, uri: str) -> int:
        return len(self.read_uri(uri))

    def exists(self, uri: str) -> bool:
        return uri in self.stored

    def write_uri(self, uri: str, body: bytes, content_type: str) -> None:
        self.stored[uri] = body

    def delete_uri(self, uri: str) -> None:
        self.stored.pop(uri, None)

    def link(self, uri: str, seconds: int) -> str:
        return f"https://files.example/{uri.removeprefix('s3://')}?expires={seconds}"


@dataclass
class MemoryTrainingJob:
    run: TrainingRun
    training: Training
    state: JobState


class MemoryTrainingJobs:
    """Training jobs run until they are ended (`end`, `stop`).

    While `refusal` is set, no job is taken; `failures` are raised by the next calls of `create`.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, MemoryTrainingJob] = {}
        self.refusal = ""
        self.failures: list[Exception] = []

    def create(self, run: TrainingRun, training: Training) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if self.refusal:
            raise Refused(self.refusal)
        if run.name not in self.jobs:
            self.jobs[run.name] = MemoryTrainingJob(run, training, JobState("open"))

    def describe(self, name: str) -> JobState | None:
        return self.jobs[name].state if name in self.jobs else None

    def stop(self, name: str) -> None:
        if name in self.jobs and self.jobs[name].state.status == "open":
            self.end(name, "stopped")

    def end(
        self,
        name: str,
        status: Literal["completed", "failed", "stopped"] = "completed",
        *,
        output_uri: str | None = None,
        reason: str = "",
        seconds: float | None = 3600.0,
    ) -> None:
        """Let a job end. A completed one has its output where jobs have it, unless said."""
        if status == "completed" and output_uri is None:
            output_uri = f"s3://models/runs/{name}/output/model"
        self.jobs[name].state = JobState(status, output_uri, reason, seconds)


@dataclass
class MemoryPackage:
    package: Package
    run: str
    folder: str
    properties: dict[str, str]
    weights: bool


class MemoryRegistry:
    """While `refusal` is set, nothing is registered; `failures` are raised by the next calls of
    `register`."""

    def __init__(self) -> None:
        self.packages: dict[str, MemoryPackage] = {}
        self.refusal = ""
        self.failures: list[Exception] = []

    def register(
        self, run: TrainingRun, folder: str, properties: dict[str, str], *, weights: bool
    ) -> Package:
        if self.failures:
            raise self.failures.pop(0)
        if self.refusal:
            raise Refused(self.refusal)
        for made in self.packages.values():
            if made.run == run.name:
                return made.package
        version = len(self.packages) + 1
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/tandem-models/{version}"
        package = Package(version, arn, "PendingManualApproval")
        self.packages[arn] = MemoryPackage(package, run.name, folder, dict(properties), weights)
        return package

    def get(self, arn: str) -> Package | None:
        return self.packages[arn].package if arn in self.packages else None

    def decide(
        self,
        arn: str,
        approval: Literal["PendingManualApproval", "Approved", "Rejected"],
        description: str,
    ) -> None:
        found = self._of(arn)
        found.package = replace(found.package, approval=approval, description=description)

    def note(self, arn: str, properties: dict[str, str]) -> None:
        self._of(arn).properties.update(properties)

    def _of(self, arn: str) -> MemoryPackage:
        if arn not in self.packages:
            raise Refused(f"{arn} does not exist")
        return self.packages[arn]


class MemoryHosting:
    """Slots and imports by name, with the version that they serve.

    `slow`: they come into service only when told to by `come_up`; `broken` names versions that
    never do, with the reason. While `refusal` is set, nothing is deployed; `failures` are raised by
    the next calls of `deploy`.
    """

    def __init__(self) -> None:
        self.serving: dict[str, int] = {}
        self.former: dict[str, int | None] = {}
        """Whom an update is from."""
        self.in_service: set[int] = set()
        self.deployed: list[int] = []
        """All that was begun, in order."""
        self.slow = False
        self.broken: dict[int, str] = {}
        self.refusal = ""
        self.failures: list[Exception] = []

    def deploy(self, version: ModelVersion, hosting: HostingPolicy) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        if self.refusal:
            raise Refused(self.refusal)
        place = self._place(version)
        there = self.serving.get(place)
        if there == version.version:
            return True
        if there is not None and there not in self.in_service and there not in self.broken:
            return False
        self.former[place] = there if there in self.in_service else None
        self.serving[place] = version.version
        if there not in self.serving.values():
            self.in_service.discard(there or 0)
        self.deployed.append(version.version)
        if not self.slow:
            self.come_up()
        return True

    def come_up(self) -> None:
        """Whatever is being deployed comes into service."""
        self.in_service.update(v for v in self.serving.values() if v not in self.broken)

    def take_back(self, place: str) -> None:
        """The update under way is taken back: who was there before serves again."""
        former = self.former.pop(place, None)
        del self.serving[place]
        if former is not None:
            self.serving[place] = former
            self.in_service.add(former)

    def state(self, version: ModelVersion) -> Served:
        place = version.slot or version.import_job
        if place is None or self.serving.get(place) != version.version:
            return Served("gone")
        if version.version in self.broken:
            return Served("failed", reason=self.broken[version.version])
        if version.version not in self.in_service:
            return Served("deploying")
        model_id = f"tandem-v{version.version}"
        if version.slot is None:
            arn = f"arn:aws:bedrock:us-east-1:123456789012:imported-model/{model_id}"
            return Served("in_service", ModelReference(model_id=arn, provider="meta"))
        endpoint = f"tandem-{version.slot}"
        return Served("in_service", ModelReference(model_id=model_id, endpoint=endpoint))

    def remove(self, version: ModelVersion) -> bool:
        place = version.slot or version.import_job
        if place is not None and self.serving.get(place) == version.version:
            if version.version not in self.in_service and version.version not in self.broken:
                return False
            del self.serving[place]
            if version.version not in self.serving.values():
                self.in_service.discard(version.version)
        return True

    def empty(self, slot: Literal["blue", "green"]) -> bool:
        there = self.serving.get(slot)
        if there is None or (there not in self.in_service and there not in self.broken):
            return False
        del self.serving[slot]
        if there not in self.serving.values():
            self.in_service.discard(there)
        return True

    @staticmethod
    def _place(version: ModelVersion) -> str:
        place = version.slot or version.import_job
        if place is None:
            raise Refused(f"version {version.version} has neither a slot nor an import job")
        return place


class MemoryAlarms:
    """What is in alarm."""

    def __init__(self) -> None:
        self.off: list[GoneOff] = []

    def gone_off(self) -> list[GoneOff]:
        return self.off


class MemoryPointer:
    def __init__(self, models: Models | None = None) -> None:
        base = ModelReference(model_id="base")
        self.models = models or Models(answer=base, gate=ModelReference(model_id="gate"))
        self.written: list[Models] = []
        self.before_next_write: list[Callable[[], object]] = []
        """Run before it looks at what is there: what they write has been faster."""

    def read(self) -> Models:
        return self.models

    def write(self, before: Models, after: Models) -> None:
        if self.before_next_write:
            self.before_next_write.pop(0)()
        if self.models != before:
            raise Conflict("the model pointer has changed")
        self.models = after
        self.written.append(after)


class ScriptedAnswers:
    """Answers as `says` does, each draft as `drafts` do where there are any; `failures` are raised
    by the next questions, one each. What `says` raises of the kind `validation` is of its question
    alone."""

    def __init__(self, says: Callable[[ModelReference, str], str] | None = None) -> None:
        self.says = says or (lambda model, question: f"{model.model_id} on {question}")
        self.drafts: Callable[[ModelReference, str, int], str] | None = None
        self.failures: list[Exception] = []
        self.asked: list[tuple[ModelReference, str]] = []

    def of(
        self,
        reference: ModelReference,
        questions: Sequence[tuple[str, tuple[SaidBefore, ...]]],
        *,
        drafts: int = 1,
    ) -> Iterator[tuple[str, ...] | ModelFailure]:
        for question, _ in questions:
            if self.failures:
                raise self.failures.pop(0)
            self.asked.append((reference, question))
            try:
                yield self._said(reference, question, drafts)
            except ModelFailure as error:
                if error.kind != "validation":
                    raise
                yield error

    def _said(self, reference: ModelReference, question: str, drafts: int) -> tuple[str, ...]:
        if self.drafts is None:
            return (self.says(reference, question),) * drafts
        return tuple(self.drafts(reference, question, n) for n in range(drafts))


@dataclass(frozen=True)
class _Rated:
    rating: float


@dataclass(frozen=True)
class ScriptedRater:
    """Rates each answer to a question as `says` does."""

    says: Callable[[str, str], float]

    def predict(self, asked: Asked, answers: Sequence[str]) -> list[_Rated]:
        return [_Rated(self.says(asked.question, answer)) for answer in answers]


class MemoryRaters:
    """Reward models and judges by their URI; those in `broken` cannot be read."""

    def __init__(self) -> None:
        self.stored: dict[str, Rater] = {}
        self.broken: dict[str, str] = {}

    def load(self, uri: str) -> Rater:
        if uri in self.broken:
            raise ValueError(self.broken[uri])
        return self.stored[uri]


class MemoryPanel:
    def __init__(self) -> None:
        self.aside: set[str] = set()

    def set_aside(self) -> frozenset[str]:
        return frozenset(self.aside)


class MemoryDatasets:
    """What the review says of its datasets: also `WithdrawnDatasets`."""

    def __init__(self) -> None:
        self.built: list[Dataset] = []
        self.withdrawn: dict[int, list[str]] = {}

    def newest(self) -> Dataset | None:
        return max(self.built, key=lambda dataset: dataset.version, default=None)

    def of(self, dataset_version: int) -> list[str]:
        return sorted(self.withdrawn.get(dataset_version, []))

    def since(self, at: datetime) -> frozenset[int]:
        """All of them were withdrawn just now."""
        return frozenset(version for version, names in self.withdrawn.items() if names)


class FixedTuningPolicies:
    def __init__(self, policy: TuningPolicy | None = None) -> None:
        self.policy = policy or TuningPolicy()

    def current(self) -> TuningPolicy:
        return self.policy


@dataclass
class TuningFakes:
    """All fakes, and the world that is wired to them."""

    policies: FixedTuningPolicies = field(default_factory=FixedTuningPolicies)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    versions: MemoryVersions = field(default_factory=MemoryVersions)
    pairs: MemoryPairs = field(default_factory=MemoryPairs)
    trials: MemoryTrials = field(default_factory=MemoryTrials)
    history: MemoryHistory = field(default_factory=MemoryHistory)
    bus: RecordingEvents = field(default_factory=RecordingEvents)
    clock: ManualClock = field(default_factory=ManualClock)
    ids: SequentialIds = field(default_factory=SequentialIds)
    meter: MemoryMeter = field(default_factory=MemoryMeter)
    files: MemoryTuningFiles = field(default_factory=MemoryTuningFiles)
    jobs: MemoryTrainingJobs = field(default_factory=MemoryTrainingJobs)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    hosting: MemoryHosting = field(default_factory=MemoryHosting)
    pointer: MemoryPointer = field(default_factory=MemoryPointer)
    alarms: MemoryAlarms = field(default_factory=MemoryAlarms)
    answers: ScriptedAnswers = field(default_factory=ScriptedAnswers)
    datasets: MemoryDatasets = field(default_factory=MemoryDatasets)
    raters: MemoryRaters = field(default_factory=MemoryRaters)
    panel: MemoryPanel = field(default_factory=MemoryPanel)

    @property
    def world(self) -> TuningWorld:
        return TuningWorld(
            runs=self.runs,
            versions=self.versions,
            pairs=self.pairs,
            trials=self.trials,
            history=self.history,
            bus=self.bus,
            policies=self.policies,
            clock=self.clock,
            ids=self.ids,
            meter=self.meter,
        )
