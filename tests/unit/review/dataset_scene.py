"""Labels and corrections to build datasets of, and what is in a dataset that was built."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tandem.bus_event import BusEvent
from tandem.review.dataset import Built, build
from tandem.review.dataset_rows import (
    ROWS,
    DatasetManifest,
    DemonstrationRow,
    Kind,
    PreferenceRow,
    RatingRow,
    Row,
    Split,
)
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Correction,
    DatasetVersion,
    Label,
    Pair,
    Pick,
    Withdrawal,
)
from tandem.review.policy import Dataset, ReviewPolicy
from tandem.review.ports import ReviewWorld
from tests.fakes import START
from tests.review_fakes import (
    FixedReviewPolicies,
    MemoryFiles,
    MemoryRecords,
    RecordingEvents,
    ReviewFakes,
)


def fakes_with(**dataset: Any) -> ReviewFakes:
    """A world whose policy builds a dataset from the first label on, if nothing else is said."""
    policy = ReviewPolicy(dataset=Dataset(**{"minimum_labels": 1} | dataset))
    return ReviewFakes(policies=FixedReviewPolicies(policy))


def set_policy(fakes: ReviewFakes, **dataset: Any) -> None:
    fakes.policies.policy = fakes_with(**dataset).policies.policy


def label(
    fakes: ReviewFakes,
    number: int,
    *,
    topic: str | None = None,
    question: str | None = None,
    answer: str | None = None,
    conversations: tuple[str, ...] = (),
    rating: float = 4,
    raters: int = 2,
    agreement: float | None = 0.75,
    rule: str = "median",
    better: tuple[str, ...] = (),
    **pair: Any,
) -> Candidate:
    """Candidate `c<number>` of conversation `talk-<number>`, labelled."""
    conversations = conversations or (f"talk-{number}",)
    values: dict[str, Any] = {
        "question": question or f"Question {number}?",
        "answer": answer or f"Answer {number}.",
        "model_id": "test.model",
    }
    candidate = Candidate(
        candidate_id=f"c{number:05d}",
        pair=Pair(conversation_id=conversations[0], turn_id="t", **values | pair),
        picks=(Pick.RANDOM,),
        stratum="en",
        topic=topic or f"topic-{number}",
        policy_version="abc123",
        created_at=START + timedelta(minutes=number),
        conversations=conversations,
        status=CandidateStatus.LABELED,
        label=Label(
            rating=rating,
            rule=rule,
            raters=raters,
            agreement=agreement,
            better_answers=better,
            job="j1",
            at=START + timedelta(minutes=number),
        ),
    )
    fakes.candidates.add(candidate)
    return candidate


def labels(fakes: ReviewFakes, numbers: Iterable[int], topics: int = 1_000_000) -> None:
    for number in numbers:
        label(fakes, number, topic=f"topic-{number % topics}")


def correct(fakes: ReviewFakes, number: int, **changes: Any) -> Correction:
    """Correction `k<number>` of conversation `desk-<number>`."""
    values: dict[str, Any] = {
        "correction_id": f"k{number}",
        "conversation_id": f"desk-{number}",
        "question": f"Hard question {number}?",
        "expert_answer": f"Expert's answer {number}.",
        "assistant_answer": f"Weak answer {number}.",
        "model_id": "test.model",
        "topic": f"hard-{number}",
        "at": START + timedelta(minutes=number),
    }
    correction = Correction(**values | changes)
    fakes.corrections.put(correction)
    return correction


def withdraw(fakes: ReviewFakes, *conversations: str) -> None:
    for name in conversations:
        fakes.records.withdraw(Withdrawal(conversation_id=name, at=fakes.clock.now(), by="lea"))


def built(fakes: ReviewFakes) -> DatasetVersion:
    """Build, where a new version is expected."""
    result = build(fakes.world)
    assert result.is_new, result.reason
    assert result.dataset is not None
    return result.dataset


# --- what is in it -------------------------------------------------------------------------------
def folder(fakes: ReviewFakes, dataset: DatasetVersion) -> dict[str, bytes]:
    """All files of a version by their paths within its folder."""
    prefix = dataset.uri.removeprefix(f"s3://{MemoryFiles.BUCKET}/")
    assert prefix == f"datasets/v{dataset.version:06d}/"
    stored = fakes.files.stored.items()
    return {key.removeprefix(prefix): body for key, body in stored if key.startswith(prefix)}


def manifest(fakes: ReviewFakes, dataset: DatasetVersion) -> DatasetManifest:
    return DatasetManifest.model_validate_json(folder(fakes, dataset)["manifest.json"])


def rows(fakes: ReviewFakes, dataset: DatasetVersion, kind: Kind, split: Split) -> list[Row]:
    body = folder(fakes, dataset)[kind.path(split)]
    return [ROWS[kind].model_validate_json(line) for line in body.split(b"\n")[:-1]]


def all_rows(fakes: ReviewFakes, dataset: DatasetVersion) -> dict[Split, list[Row]]:
    return {
        split: [row for kind in Kind for row in rows(fakes, dataset, kind, split)]
        for split in Split
    }


def topics(fakes: ReviewFakes, dataset: DatasetVersion, split: Split) -> set[str]:
    return {row.topic for row in all_rows(fakes, dataset)[split]}


def ratings(fakes: ReviewFakes, dataset: DatasetVersion) -> list[RatingRow]:
    """Of all splits."""
    found = [row for split in all_rows(fakes, dataset).values() for row in split]
    return [row for row in found if isinstance(row, RatingRow)]


def preferences(fakes: ReviewFakes, dataset: DatasetVersion) -> list[PreferenceRow]:
    found = [row for split in all_rows(fakes, dataset).values() for row in split]
    return [row for row in found if isinstance(row, PreferenceRow)]


def demonstrations(fakes: ReviewFakes, dataset: DatasetVersion) -> list[DemonstrationRow]:
    found = [row for split in all_rows(fakes, dataset).values() for row in split]
    return [row for row in found if isinstance(row, DemonstrationRow)]


def assert_whole(fakes: ReviewFakes, dataset: DatasetVersion) -> None:
    """All files of a version are there, and are what its manifest says."""
    files, said = folder(fakes, dataset), manifest(fakes, dataset)
    assert said.version == dataset.version
    assert said.inputs == dataset.inputs
    assert said.built_at == dataset.built_at
    assert said.counts() == dataset.counts
    assert {file.path for file in said.files} == {k.path(s) for k in Kind for s in Split}
    for file in said.files:
        body = files[file.path]
        assert hashlib.sha256(body).hexdigest() == file.sha256, file.path
        assert (len(body), body.count(b"\n")) == (file.size, file.rows), file.path
    listed = files["rows.txt"].decode().splitlines()
    assert len(listed) == sum(file.rows for file in said.files)
    assert files["README.md"].startswith(b"---\n")


# --- what goes wrong -----------------------------------------------------------------------------
class Broken(Exception):
    """The function's process dies here."""


@dataclass
class Steps:
    """What a build writes, in order; something may happen before one of these steps."""

    before: Callable[[int, str], None] = lambda number, name: None
    done: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.done.append(name)
        self.before(len(self.done) - 1, name)


class SteppedFiles(MemoryFiles):
    def __init__(self, files: MemoryFiles, steps: Steps) -> None:
        super().__init__()
        self.stored = files.stored
        self._steps = steps

    def write(self, key: str, body: bytes, content_type: str) -> str:
        self._steps.step(key)
        return super().write(key, body, content_type)

    def write_new(self, key: str, body: bytes, content_type: str) -> bool:
        self._steps.step(key)
        return super().write_new(key, body, content_type)


class SteppedRecords(MemoryRecords):
    def __init__(self, records: MemoryRecords, steps: Steps) -> None:
        super().__init__()
        self.__dict__ |= records.__dict__
        self._steps = steps

    def add_members(
        self,
        version: int,
        conversation_ids: Iterable[str],
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._steps.step("members")
        super().add_members(version, conversation_ids, labels)

    def add_dataset(self, dataset: DatasetVersion) -> bool:
        self._steps.step("dataset")
        return super().add_dataset(dataset)


class SteppedBus(RecordingEvents):
    def __init__(self, bus: RecordingEvents, steps: Steps) -> None:
        super().__init__()
        self.published = bus.published
        self._steps = steps

    def publish(self, events: Sequence[BusEvent]) -> None:
        self._steps.step("publish")
        super().publish(events)


def stepped(fakes: ReviewFakes, steps: Steps) -> ReviewWorld:
    """The world of these fakes, where each write is a step."""
    same = ReviewFakes(
        policies=fakes.policies,
        ratings=fakes.ratings,
        corrections=fakes.corrections,
        jobs=fakes.jobs,
        files=SteppedFiles(fakes.files, steps),
        records=SteppedRecords(fakes.records, steps),
        bus=SteppedBus(fakes.bus, steps),
        clock=fakes.clock,
        meter=fakes.meter,
    )
    same.candidates = fakes.candidates
    return same.world


def steps_of(fakes: ReviewFakes) -> list[str]:
    """The steps of a build."""
    steps = Steps()
    build(stepped(fakes, steps))
    return steps.done


def build_and(fakes: ReviewFakes, at: int, action: Callable[[], object]) -> Built | None:
    """Build, with something happening before a step; None if the build broke off."""

    def before(number: int, name: str) -> None:
        if number == at:
            action()

    try:
        return build(stepped(fakes, Steps(before)))
    except Broken:
        return None


def die() -> None:
    raise Broken
