"""What the review module needs of the world. AWS adapters and in-memory fakes pass the same tests.

Whatever is `Stored` is changed by `replace(before, after)`: `after.revision` must be
`before.revision + 1`, and `Conflict` is raised when the stored revision is not `before`'s, so that
of two who change the same thing at once one reads again and decides again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tandem.bus_event import BusEvent
from tandem.live.ports import Clock, Ids, Meter
from tandem.review.models import (
    Article,
    ArticleStatus,
    Audit,
    Candidate,
    CandidateStatus,
    Correction,
    DatasetVersion,
    Erasure,
    Job,
    Rating,
    Reviewer,
    Sitting,
    Task,
    TrainedModel,
    Withdrawal,
)
from tandem.review.policy import Labeling, ReviewPolicy


class Candidates(Protocol):
    def add(self, candidate: Candidate) -> bool:
        """Store a new candidate. False if it exists: then `candidate.conversations` are added to
        the stored ones (as long as these are fewer than `MOST_CONVERSATIONS`)."""

    def get(self, candidate_id: str) -> Candidate | None: ...

    def many(self, candidate_ids: Sequence[str]) -> list[Candidate]:
        """Those that exist, in the given order."""

    def replace(self, before: Candidate, after: Candidate) -> None:
        """Raises `Conflict`."""

    def remove(self, candidate: Candidate) -> None:
        """Delete it with its ratings' and conversations' traces. Nothing happens if it is gone."""

    def of_status(self, status: CandidateStatus, limit: int | None = None) -> Iterator[Candidate]:
        """Picked for a reason before random ones, then oldest first. Eventually consistent: look
        at the status again before relying on it."""

    def count(self, status: CandidateStatus, most: int) -> int:
        """How many there are, up to `most`. Eventually consistent."""

    def of_conversation(self, conversation_id: str) -> list[Candidate]: ...

    def random_today(self, day: str, stratum: str, most: int) -> bool:
        """Count one more random candidate of a stratum on a day (ISO date); False if there are
        `most`."""

    def random_of(self, day: str) -> dict[str, int]:
        """How many random candidates of each stratum were counted."""


class Corrections(Protocol):
    def put(self, correction: Correction) -> None:
        """Storing the same twice is one."""

    def all(self) -> Iterator[Correction]: ...

    def remove_of(self, conversation_id: str) -> int:
        """Returns how many there were."""


class Jobs(Protocol):
    def add(self, job: Job) -> bool:
        """False if a job of this name exists."""

    def get(self, name: str) -> Job | None: ...

    def replace(self, before: Job, after: Job) -> None:
        """Raises `Conflict`."""

    def unfinished(self) -> list[Job]: ...

    def recent(self, limit: int) -> list[Job]:
        """Newest first."""


class Tasks(Protocol):
    def add(self, task: Task) -> bool:
        """False if the job has a task for this candidate."""

    def get(self, job: str, candidate_id: str) -> Task | None: ...

    def replace(self, before: Task, after: Task) -> None:
        """Raises `Conflict`."""

    def open(self, limit: int, besides: str | None = None) -> list[Task]:
        """By priority, then oldest first; not those that the reviewer `besides` has rated or
        skipped. Eventually consistent."""

    def open_of(self, job: str, limit: int) -> list[Task]:
        """In any order. Eventually consistent."""

    def count_open(self, job: str) -> int:
        """Eventually consistent."""

    def of_job(self, job: str) -> list[Task]:
        """Strongly consistent."""


class Ratings(Protocol):
    def put(self, rating: Rating) -> None:
        """The newest of a reviewer for a candidate in a job counts."""

    def remove(self, candidate_id: str, job: str, reviewer: str) -> None: ...

    def of_candidate(self, candidate_id: str) -> list[Rating]:
        """Of all jobs, oldest first. Strongly consistent."""

    def of_reviewer(self, reviewer: str, limit: int) -> list[Rating]:
        """Newest first."""

    def since(self, start: datetime, limit: int) -> list[Rating]:
        """The newest `limit`, oldest first."""


class Reviewers(Protocol):
    def get(self, reviewer: str) -> Reviewer | None: ...

    def put(self, reviewer: Reviewer) -> None: ...

    def add(self, reviewer: Reviewer) -> bool:
        """False if there is one of this name."""

    def replace(self, before: Reviewer, after: Reviewer) -> None:
        """Raises `Conflict`."""

    def all(self) -> list[Reviewer]: ...


class Sittings(Protocol):
    def get(self, reviewer: str) -> Sitting | None: ...

    def add(self, sitting: Sitting) -> bool:
        """False if the reviewer has one."""

    def replace(self, before: Sitting, after: Sitting) -> None:
        """Raises `Conflict`."""

    def all(self) -> list[Sitting]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """In a list, newest first: behind what is of this moment and has this name."""

    at: datetime
    name: str


class Articles(Protocol):
    def add(self, article: Article) -> bool:
        """False if it exists."""

    def get(self, article_id: str) -> Article | None: ...

    def replace(self, before: Article, after: Article) -> None:
        """Raises `Conflict`."""

    def of_status(
        self, status: ArticleStatus, limit: int | None = None, after: Place | None = None
    ) -> list[Article]:
        """By `created_at` and id, newest first. Eventually consistent."""

    def unsettled(self, limit: int | None = None) -> list[Article]:
        """Of whatever status: those of which the knowledge base does not hold what it should, as
        far as they know (`publishing.is_settled`). Ordered likewise. Eventually consistent."""

    def of_conversation(self, conversation_id: str) -> list[Article]: ...


class Records(Protocol):
    """Withdrawals, dataset versions, trained models, the audit trail."""

    def withdraw(self, withdrawal: Withdrawal) -> bool:
        """False if the conversation was withdrawn before."""

    def withdrawn(self, conversation_ids: Iterable[str]) -> set[str]:
        """Those of them that are withdrawn. Strongly consistent."""

    def withdrawal(self, conversation_id: str) -> Withdrawal | None:
        """Strongly consistent."""

    def withdrawals(self, limit: int | None = None, after: Place | None = None) -> list[Withdrawal]:
        """By `at` and conversation, newest first. Eventually consistent."""

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        """Saying the same twice is once."""

    def erasures(self) -> list[Erasure]:
        """What is still to be done. Strongly consistent."""

    def erased(self, erasure: Erasure) -> None:
        """It is done."""

    def add_dataset(self, dataset: DatasetVersion) -> bool:
        """False if the version is taken."""

    def add_members(
        self,
        version: int,
        conversation_ids: Iterable[str],
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Say which conversations a version is made of, before it counts as built. Adds to those
        said before; saying the same twice is once. `labels`: by conversation, the candidates of it
        whose labels are in the version, and in which split."""

    def datasets_of(self, conversation_id: str) -> list[int]:
        """The versions that were made with it, oldest first: also a version whose build broke off
        and that is not among `datasets`. Strongly consistent."""

    def labels_of(self, conversation_id: str) -> dict[int, dict[str, str]]:
        """Of each of these versions the candidates of the conversation whose labels are in it, and
        in which split. Strongly consistent."""

    def datasets(self) -> list[DatasetVersion]:
        """Newest first."""

    def add_model(self, model: TrainedModel) -> None: ...

    def models_of(self, dataset_version: int) -> list[TrainedModel]: ...

    def note(self, entry: Audit) -> None: ...

    def audit(self, limit: int) -> list[Audit]:
        """Newest first."""


class Files(Protocol):
    """Objects of one bucket. A key has no leading slash."""

    def read(self, key: str) -> bytes:
        """Raises `KeyError`."""

    def write(self, key: str, body: bytes, content_type: str) -> str:
        """Returns the URI (`s3://…`)."""

    def write_new(self, key: str, body: bytes, content_type: str) -> bool:
        """False if there is an object of this key: it stays as it is."""

    def delete(self, key: str) -> None: ...

    def below(self, prefix: str) -> list[str]:
        """The keys that begin so, in order."""

    def uri(self, key: str) -> str: ...

    def read_uri(self, uri: str) -> bytes:
        """Of any bucket that may be read. Raises `KeyError`."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object of the transcripts' bucket, as it is now."""

    uri: str
    etag: str
    version: str | None
    size: int
    """Bytes."""
    pieces: Iterator[bytes]
    """Its content; raises what the network raises."""


class Inbox(Protocol):
    """The bucket that transcripts come in by."""

    def open(self, key: str) -> Arrival | None:
        """None if there is no such object (any more)."""

    def copy(self, key: str, to_uri: str) -> None:
        """Copy an object as it is. Raises `KeyError` if it is gone."""


class Redactor(Protocol):
    def redact(
        self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        """The texts with personal data replaced by `[name]`, `[email]`, `[phone]`, `[card]`, …

        `names` are known to be names (of the customer, of experts). `beside` is what else was said:
        names that it introduces are taken out of the texts. Takes linear time.
        """


class AnnotationFunctions(Protocol):
    """The two Lambda functions that both backends call, with the requests of Ground Truth.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
    """

    def pre(self, request: dict[str, object]) -> dict[str, object]: ...

    def post(self, request: dict[str, object]) -> list[dict[str, object]]: ...


@dataclass(frozen=True, slots=True)
class GroundTruthState:
    """A labelling job of Ground Truth. `output_uri`: of its output manifest, once there is one."""

    status: Literal["open", "ended"]
    output_uri: str | None = None
    reason: str = ""
    """Why it failed or was stopped."""


class JobRefused(Exception):
    """A labelling job is not what the service takes: asking again would not help. The text says
    why."""


class GroundTruth(Protocol):
    """Amazon SageMaker Ground Truth."""

    def create(self, job: Job, manifest_uri: str, template_uri: str, labeling: Labeling) -> None:
        """Start the job; nothing happens if one of this name exists. Raises `JobRefused`."""

    def describe(self, name: str) -> GroundTruthState | None:
        """None if there is no such job."""

    def stop(self, name: str) -> None:
        """Nothing happens if it has ended."""


class Bus(Protocol):
    def publish(self, events: Sequence[BusEvent]) -> None:
        """Raises when the bus did not take all of them."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said in one escalation, as it was said: not redacted."""

    question: str
    """The customer's messages, one a line."""
    answer: str
    """The experts' messages, likewise."""
    names: tuple[str, ...]
    """Of everybody who is known to have a part in it."""
    beside: tuple[str, ...] = ()
    """What else was said in the conversation: it may introduce who is named here."""


class Exchanges(Protocol):
    """What the live module has of conversations; only read."""

    def of(self, conversation_id: str, escalation_id: str) -> Exchange | None:
        """None where there is no such escalation (any more)."""


@dataclass(frozen=True, slots=True)
class InBase:
    """What a knowledge base has of an article."""

    state: Literal["absent", "pending", "held", "next_sync", "failed"]
    """`pending`: it is being indexed, or taken out. `next_sync`: what it is to hold, or no more,
    lies ready, and counts from a synchronization on that it does not tell of."""
    reason: str = ""
    """Why it failed."""


class IngestionFailed(Exception):
    """The knowledge base did not take a request; the text says why, for a lead."""


class KnowledgeBase(Protocol):
    """Takes an article at once, and indexes it, or lets go of it, in its own time."""

    def put(self, article: Article) -> InBase:
        """Add or replace. The same revision is taken once. Raises `IngestionFailed`."""

    def remove(self, article_id: str) -> InBase:
        """Nothing happens if it is not there. Raises `IngestionFailed`."""

    def states(self, article_ids: Sequence[str]) -> dict[str, InBase]:
        """What it has of each; one that it cannot tell of is left out. Raises
        `IngestionFailed`."""


class ReviewPolicies(Protocol):
    def current(self) -> ReviewPolicy: ...


@dataclass(frozen=True, slots=True)
class ReviewWorld:
    """Everything that the review module is wired to. Made once, by `tandem.aws.bootstrap`."""

    candidates: Candidates
    corrections: Corrections
    jobs: Jobs
    tasks: Tasks
    ratings: Ratings
    reviewers: Reviewers
    sittings: Sittings
    articles: Articles
    records: Records
    files: Files
    """The review bucket."""
    bus: Bus
    policies: ReviewPolicies
    clock: Clock
    ids: Ids
    meter: Meter
