"""What the review module needs of the world besides what it keeps (`stores`).

AWS adapters and in-memory fakes pass the same tests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tandem.bus_event import BusEvent
from tandem.live.ports import Clock, Ids, Meter
from tandem.review.models import (
    Article,
    Job,
)
from tandem.review.policy import Labeling, ReviewPolicy
from tandem.review.stores import (
    Articles,
    Candidates,
    Corrections,
    Jobs,
    Ratings,
    Records,
    Reviewers,
    Sittings,
    Tasks,
)


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
