"""What the review module keeps. The DynamoDB adapters and the in-memory fakes pass the same tests.

Whatever is `Stored` is changed by `replace(before, after)`: `after.revision` must be
`before.revision + 1`, and `Conflict` is raised when the stored revision is not `before`'s, so that
of two who change the same thing at once one reads again and decides again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
