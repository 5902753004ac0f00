"""In-memory fakes of everything that the review module needs of the world.

They pass the same contract tests as the AWS adapters (`tests/contract`).
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from tandem.bus_event import BusEvent
from tandem.live.errors import Conflict
from tandem.review.models import (
    MOST_CONVERSATIONS,
    Article,
    ArticleStatus,
    Audit,
    Candidate,
    CandidateStatus,
    Correction,
    DatasetVersion,
    Erasure,
    Job,
    Pick,
    Rating,
    Reviewer,
    Sitting,
    Task,
    TaskStatus,
    TrainedModel,
    Withdrawal,
)
from tandem.review.policy import ReviewPolicy
from tandem.review.ports import (
    Arrival,
    Exchange,
    InBase,
    IngestionFailed,
    ReviewWorld,
)
from tandem.review.publishing import is_settled
from tandem.review.stores import Place
from tests.fakes import ManualClock, MemoryMeter, SequentialIds
from tests.memory_documents import MemoryDocuments


class MemoryCandidates:
    def __init__(self, ratings: "MemoryRatings") -> None:
        self.documents = MemoryDocuments[Candidate](lambda candidate: candidate.candidate_id)
        self._ratings = ratings
        self._random: dict[str, Counter[str]] = {}

    def add(self, candidate: Candidate) -> bool:
        with self.documents.lock:
            if self.documents.add(candidate):
                return True
            stored = self.documents.stored[candidate.candidate_id]
            new = [c for c in candidate.conversations if c not in stored.conversations]
            new = new[: MOST_CONVERSATIONS - len(stored.conversations)]
            if new:
                changes = {
                    "conversations": (*stored.conversations, *new),
                    "revision": stored.revision + 1,
                }
                self.documents.stored[stored.candidate_id] = stored.model_copy(update=changes)
            return False

    def get(self, candidate_id: str) -> Candidate | None:
        return self.documents.stored.get(candidate_id)

    def many(self, candidate_ids: Sequence[str]) -> list[Candidate]:
        found = map(self.get, candidate_ids)
        return [candidate for candidate in found if candidate is not None]

    def replace(self, before: Candidate, after: Candidate) -> None:
        self.documents.replace(before, after)

    def remove(self, candidate: Candidate) -> None:
        self.documents.stored.pop(candidate.candidate_id, None)
        self._ratings.forget(candidate.candidate_id)

    def of_status(self, status: CandidateStatus, limit: int | None = None) -> Iterator[Candidate]:
        found = sorted(
            (c for c in self.documents if c.status is status),
            key=lambda c: (set(c.picks) == {Pick.RANDOM}, c.created_at, c.candidate_id),
        )
        return islice(iter(found), limit)

    def count(self, status: CandidateStatus, most: int) -> int:
        return min(most, sum(candidate.status is status for candidate in self.documents))

    def of_conversation(self, conversation_id: str) -> list[Candidate]:
        found = (c for c in self.documents if conversation_id in c.conversations)
        return sorted(found, key=lambda candidate: candidate.candidate_id)

    def random_today(self, day: str, stratum: str, most: int) -> bool:
        with self.documents.lock:
            if self.random_of(day).get(stratum, 0) >= most:
                return False
            self._random.setdefault(day, Counter())[stratum] += 1
            return True

    def random_of(self, day: str) -> dict[str, int]:
        with self.documents.lock:
            return dict(self._random.get(day, Counter()))


class MemoryCorrections:
    def __init__(self) -> None:
        self.stored: dict[str, Correction] = {}

    def put(self, correction: Correction) -> None:
        self.stored[correction.correction_id] = correction

    def all(self) -> Iterator[Correction]:
        return iter(sorted(self.stored.values(), key=lambda correction: correction.at))

    def remove_of(self, conversation_id: str) -> int:
        found = [k for k, c in self.stored.items() if c.conversation_id == conversation_id]
        for key in found:
            del self.stored[key]
        return len(found)


class MemoryJobs:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[Job](lambda job: job.name)

    def add(self, job: Job) -> bool:
        return self.documents.add(job)

    def get(self, name: str) -> Job | None:
        return self.documents.stored.get(name)

    def replace(self, before: Job, after: Job) -> None:
        self.documents.replace(before, after)

    def unfinished(self) -> list[Job]:
        found = (job for job in self.documents if not job.status.ended)
        return sorted(found, key=lambda job: job.created_at)

    def recent(self, limit: int) -> list[Job]:
        return sorted(self.documents, key=lambda job: job.created_at, reverse=True)[:limit]


class MemoryTasks:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[Task](lambda task: (task.job, task.candidate_id))

    def add(self, task: Task) -> bool:
        return self.documents.add(task)

    def get(self, job: str, candidate_id: str) -> Task | None:
        return self.documents.stored.get((job, candidate_id))

    def replace(self, before: Task, after: Task) -> None:
        self.documents.replace(before, after)

    def open(self, limit: int, besides: str | None = None) -> list[Task]:
        found = (task for task in self._open() if besides not in {*task.rated_by, *task.skipped_by})
        return sorted(found, key=lambda t: (t.priority, t.created_at, t.candidate_id))[:limit]

    def open_of(self, job: str, limit: int) -> list[Task]:
        return [task for task in self._open() if task.job == job][:limit]

    def count_open(self, job: str) -> int:
        return sum(task.job == job for task in self._open())

    def _open(self) -> Iterator[Task]:
        return (task for task in self.documents if task.status is TaskStatus.OPEN)

    def of_job(self, job: str) -> list[Task]:
        found = (task for task in self.documents if task.job == job)
        return sorted(found, key=lambda task: task.candidate_id)


class MemoryRatings:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Rating] = {}

    def put(self, rating: Rating) -> None:
        self.stored[rating.candidate_id, rating.job, rating.reviewer] = rating

    def remove(self, candidate_id: str, job: str, reviewer: str) -> None:
        self.stored.pop((candidate_id, job, reviewer), None)

    def forget(self, candidate_id: str) -> None:
        for key in [key for key in self.stored if key[0] == candidate_id]:
            del self.stored[key]

    def of_candidate(self, candidate_id: str) -> list[Rating]:
        return self._by_time(r for r in self._all() if r.candidate_id == candidate_id)

    def of_reviewer(self, reviewer: str, limit: int) -> list[Rating]:
        return self._by_time(r for r in self._all() if r.reviewer == reviewer)[::-1][:limit]

    def since(self, start: datetime, limit: int) -> list[Rating]:
        return self._by_time(r for r in self._all() if r.at >= start)[-limit:]

    def _all(self) -> list[Rating]:
        return list(self.stored.values())

    @staticmethod
    def _by_time(ratings: Iterable[Rating]) -> list[Rating]:
        return sorted(ratings, key=lambda rating: rating.at)


class MemoryReviewers:
    def __init__(self) -> None:
        self.stored: dict[str, Reviewer] = {}

    def get(self, reviewer: str) -> Reviewer | None:
        return self.stored.get(reviewer)

    def put(self, reviewer: Reviewer) -> None:
        self.stored[reviewer.reviewer] = reviewer

    def add(self, reviewer: Reviewer) -> bool:
        return self.stored.setdefault(reviewer.reviewer, reviewer) is reviewer

    def replace(self, before: Reviewer, after: Reviewer) -> None:
        stored = self.stored.get(before.reviewer)
        if stored is None or stored.revision != before.revision:
            raise Conflict(f"{before.reviewer} has changed")
        self.stored[after.reviewer] = after

    def all(self) -> list[Reviewer]:
        return sorted(self.stored.values(), key=lambda reviewer: reviewer.reviewer)


class MemorySittings:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[Sitting](lambda sitting: sitting.reviewer)

    def get(self, reviewer: str) -> Sitting | None:
        return self.documents.stored.get(reviewer)

    def add(self, sitting: Sitting) -> bool:
        return self.documents.add(sitting)

    def replace(self, before: Sitting, after: Sitting) -> None:
        self.documents.replace(before, after)

    def all(self) -> list[Sitting]:
        return sorted(self.documents, key=lambda sitting: sitting.reviewer)


def _newest_first[T](
    found: Iterable[T],
    place_of: Callable[[T], Place],
    limit: int | None,
    after: Place | None = None,
) -> list[T]:
    def order(document: T) -> tuple[datetime, str]:
        place = place_of(document)
        return place.at, place.name

    behind = (d for d in found if after is None or order(d) < (after.at, after.name))
    return sorted(behind, key=order, reverse=True)[:limit]


class MemoryArticles:
    def __init__(self) -> None:
        self.documents = MemoryDocuments[Article](lambda article: article.article_id)

    def add(self, article: Article) -> bool:
        return self.documents.add(article)

    def get(self, article_id: str) -> Article | None:
        return self.documents.stored.get(article_id)

    def replace(self, before: Article, after: Article) -> None:
        self.documents.replace(before, after)

    def of_status(
        self, status: ArticleStatus, limit: int | None = None, after: Place | None = None
    ) -> list[Article]:
        found = (article for article in self.documents if article.status is status)
        return _newest_first(found, self._place, limit, after)

    def unsettled(self, limit: int | None = None) -> list[Article]:
        found = (article for article in self.documents if not is_settled(article))
        return _newest_first(found, self._place, limit)

    @staticmethod
    def _place(article: Article) -> Place:
        return Place(article.created_at, article.article_id)

    def of_conversation(self, conversation_id: str) -> list[Article]:
        found = (a for a in self.documents if a.conversation_id == conversation_id)
        return sorted(found, key=lambda article: article.article_id)


class MemoryRecords:
    def __init__(self) -> None:
        self._withdrawals: dict[str, Withdrawal] = {}
        self._erasures: dict[tuple[str, str, str], Erasure] = {}
        self._datasets: dict[int, DatasetVersion] = {}
        self._members: dict[tuple[int, str], dict[str, str]] = {}
        self._models: dict[tuple[int, str], TrainedModel] = {}
        self.entries: list[Audit] = []

    def withdraw(self, withdrawal: Withdrawal) -> bool:
        if withdrawal.conversation_id in self._withdrawals:
            return False
        self._withdrawals[withdrawal.conversation_id] = withdrawal
        return True

    def withdrawn(self, conversation_ids: Iterable[str]) -> set[str]:
        return set(conversation_ids) & self._withdrawals.keys()

    def withdrawal(self, conversation_id: str) -> Withdrawal | None:
        return self._withdrawals.get(conversation_id)

    def withdrawals(self, limit: int | None = None, after: Place | None = None) -> list[Withdrawal]:
        found = self._withdrawals.values()
        return _newest_first(found, lambda w: Place(w.at, w.conversation_id), limit, after)

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        for erasure in erasures:
            self._erasures[self._key(erasure)] = erasure

    def erasures(self) -> list[Erasure]:
        return [self._erasures[key] for key in sorted(self._erasures)]

    def erased(self, erasure: Erasure) -> None:
        self._erasures.pop(self._key(erasure), None)

    @staticmethod
    def _key(erasure: Erasure) -> tuple[str, str, str]:
        return erasure.conversation_id, erasure.job, erasure.candidate_id

    def add_dataset(self, dataset: DatasetVersion) -> bool:
        if dataset.version in self._datasets:
            return False
        self._datasets[dataset.version] = dataset
        return True

    def add_members(
        self,
        version: int,
        conversation_ids: Iterable[str],
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        for name in conversation_ids:
            self._members[version, name] = dict((labels or {}).get(name, {}))

    def datasets_of(self, conversation_id: str) -> list[int]:
        return sorted(self.labels_of(conversation_id))

    def labels_of(self, conversation_id: str) -> dict[int, dict[str, str]]:
        return {v: held for (v, name), held in self._members.items() if name == conversation_id}

    def datasets(self) -> list[DatasetVersion]:
        return [self._datasets[version] for version in sorted(self._datasets, reverse=True)]

    def add_model(self, model: TrainedModel) -> None:
        self._models[model.dataset_version, model.model_id] = model

    def models_of(self, dataset_version: int) -> list[TrainedModel]:
        return [self._models[key] for key in sorted(self._models) if key[0] == dataset_version]

    def note(self, entry: Audit) -> None:
        self.entries.append(entry)

    def audit(self, limit: int) -> list[Audit]:
        return sorted(self.entries, key=lambda entry: entry.at, reverse=True)[:limit]


class MemoryFiles:
    """Objects of a bucket; `elsewhere` holds those of other buckets by their URI."""

    BUCKET = "review"

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.elsewhere: dict[str, bytes] = {}

    def read(self, key: str) -> bytes:
        if key not in self.stored:
            raise KeyError(self.uri(key))
        return self.stored[key]

    def write(self, key: str, body: bytes, content_type: str) -> str:
        self.stored[key] = body
        return self.uri(key)

    def write_new(self, key: str, body: bytes, content_type: str) -> bool:
        if key in self.stored:
            return False
        self.stored[key] = body
        return True

    def delete(self, key: str) -> None:
        self.stored.pop(key, None)

    def below(self, prefix: str) -> list[str]:
        return sorted(key for key in self.stored if key.startswith(prefix))

    def uri(self, key: str) -> str:
        return f"s3://{self.BUCKET}/{key}"

    def read_uri(self, uri: str) -> bytes:
        if not uri.startswith("s3://"):
            raise ValueError(uri)
        own = f"s3://{self.BUCKET}/"
        if uri.startswith(own):
            return self.read(uri.removeprefix(own))
        return self.elsewhere[uri]


class MemoryInbox:
    """Objects of the transcripts' bucket; copies go to the review bucket."""

    BUCKET = "transcripts"

    def __init__(self, files: MemoryFiles) -> None:
        self.stored: dict[str, bytes] = {}
        self.pieces = 4096
        """How long a piece of a content is."""
        self.fails: dict[str, Exception] = {}
        """Raised instead of an object's content."""
        self._files = files

    def open(self, key: str) -> Arrival | None:
        if key not in self.stored:
            return None
        body = self.stored[key]
        return Arrival(
            uri=f"s3://{self.BUCKET}/{key}",
            etag=hashlib.md5(body, usedforsecurity=False).hexdigest(),
            version=None,
            size=len(body),
            pieces=self._content(key, body),
        )

    def _content(self, key: str, body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), self.pieces):
            if key in self.fails:
                raise self.fails[key]
            yield body[start : start + self.pieces]

    def copy(self, key: str, to_uri: str) -> None:
        own = self._files.uri("")
        assert to_uri.startswith(own)
        self._files.stored[to_uri.removeprefix(own)] = self.stored[key]


class RecordingEvents:
    """`Bus`."""

    def __init__(self) -> None:
        self.published: list[BusEvent] = []

    def publish(self, events: Sequence[BusEvent]) -> None:
        self.published += events

    def of[E: BusEvent](self, kind: type[E]) -> list[E]:
        return [event for event in self.published if isinstance(event, kind)]


class FixedReviewPolicies:
    def __init__(self, policy: ReviewPolicy | None = None) -> None:
        self.policy = policy or ReviewPolicy()

    def current(self) -> ReviewPolicy:
        return self.policy


class FakeRedactor:
    """Takes out the given names, those behind "name is", and every word with an `@`."""

    def redact(
        self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        said = "\n".join([*texts, *beside])
        heard = [part.split()[0].strip(".,") for part in said.split("name is ")[1:]]
        return [self._one(text, [*names, *heard]) for text in texts]

    @staticmethod
    def _one(text: str, names: Sequence[str]) -> str:
        for name in names:
            text = text.replace(name, "[name]")
        return " ".join("[email]" if "@" in word else word for word in text.split(" "))


@dataclass
class FakeAnnotationFunctions:
    """`AnnotationFunctions` that call what they are given."""

    pre_function: Callable[[dict[str, object]], dict[str, object]]
    post_function: Callable[[dict[str, object]], list[dict[str, object]]]

    def pre(self, request: dict[str, object]) -> dict[str, object]:
        return self.pre_function(request)

    def post(self, request: dict[str, object]) -> list[dict[str, object]]:
        return self.post_function(request)


class MemoryKnowledgeBase:
    """`slow`: it indexes, and lets go, only when told to by `catch_up`. `failures` are raised by
    the next calls of `put` and `remove`, one each; `unindexable` names articles that it takes and
    cannot index, with the reason."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.taken: list[Article] = []
        self.slow = False
        self.failures: list[IngestionFailed] = []
        self.unindexable: dict[str, str] = {}
        self.before_next_put: list[Callable[[], object]] = []
        """Run before it takes an article: what they put has been faster."""
        self._waiting: dict[str, Article | None] = {}

    def put(self, article: Article) -> InBase:
        if self.failures:
            raise self.failures.pop(0)
        if self.before_next_put:
            self.before_next_put.pop(0)()
        self.taken.append(article)
        self._waiting[article.article_id] = article
        if not self.slow:
            self.catch_up()
        return self._state(article.article_id)

    def remove(self, article_id: str) -> InBase:
        if self.failures:
            raise self.failures.pop(0)
        if article_id in self.articles:
            self._waiting[article_id] = None
        else:
            self._waiting.pop(article_id, None)
        if not self.slow:
            self.catch_up()
        return self._state(article_id)

    def states(self, article_ids: Sequence[str]) -> dict[str, InBase]:
        return {name: self._state(name) for name in article_ids}

    def catch_up(self) -> None:
        for name, article in self._waiting.items():
            if article is None:
                self.articles.pop(name, None)
            elif name not in self.unindexable:
                self.articles[name] = article
        self._waiting.clear()

    def _state(self, article_id: str) -> InBase:
        if article_id in self._waiting:
            return InBase("pending")
        if article_id in self.unindexable:
            return InBase("failed", self.unindexable[article_id])
        return InBase("held" if article_id in self.articles else "absent")


class MemoryExchanges:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Exchange] = {}

    def of(self, conversation_id: str, escalation_id: str) -> Exchange | None:
        return self.stored.get((conversation_id, escalation_id))


@dataclass
class ReviewFakes:
    """All fakes, and the world that is wired to them."""

    policies: FixedReviewPolicies = field(default_factory=FixedReviewPolicies)
    ratings: MemoryRatings = field(default_factory=MemoryRatings)
    corrections: MemoryCorrections = field(default_factory=MemoryCorrections)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    reviewers: MemoryReviewers = field(default_factory=MemoryReviewers)
    sittings: MemorySittings = field(default_factory=MemorySittings)
    articles: MemoryArticles = field(default_factory=MemoryArticles)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    bus: RecordingEvents = field(default_factory=RecordingEvents)
    clock: ManualClock = field(default_factory=ManualClock)
    ids: SequentialIds = field(default_factory=SequentialIds)
    meter: MemoryMeter = field(default_factory=MemoryMeter)

    def __post_init__(self) -> None:
        self.candidates = MemoryCandidates(self.ratings)

    @property
    def world(self) -> ReviewWorld:
        return ReviewWorld(
            candidates=self.candidates,
            corrections=self.corrections,
            jobs=self.jobs,
            tasks=self.tasks,
            ratings=self.ratings,
            reviewers=self.reviewers,
            sittings=self.sittings,
            articles=self.articles,
            records=self.records,
            files=self.files,
            bus=self.bus,
            policies=self.policies,
            clock=self.clock,
            ids=self.ids,
            meter=self.meter,
        )
