"""A labelling job on the review queue, and people who rate in it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tandem.live.models import Person
from tandem.review import deeds, queue
from tandem.review.api import Item, Next, PutAside, Rate, Undone, Which
from tandem.review.events import LabelingJobDrained
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    Pair,
    Pick,
    Task,
)
from tandem.review.policy import ReviewPolicy
from tandem.review.ports import ReviewWorld
from tests.fakes import START
from tests.review_fakes import FixedReviewPolicies, ReviewFakes

RIO, REA, RIA, ROY = (
    Person(user=name.lower(), name=f"{name} Reviewer", groups=frozenset({"reviewers"}))
    for name in ("Rio", "Rea", "Ria", "Roy")
)
LEA = Person(user="lea", name="Lea Lead", groups=frozenset({"leads"}))


def candidate(name: str, **changes: Any) -> Candidate:
    values: dict[str, Any] = {
        "candidate_id": name,
        "pair": Pair(
            conversation_id=f"talk-{name}",
            turn_id="t1",
            question=f"What is {name}?",
            answer=f"It is {name}.",
            model_id="some-model",
        ),
        "picks": (Pick.RANDOM,),
        "stratum": "en",
        "topic": f"t:{name}",
        "policy_version": "p",
        "created_at": START,
        "conversations": (f"talk-{name}",),
    }
    return Candidate(**values | changes)


@dataclass
class Reviewing:
    """The world with its fakes, and what people do in it."""

    labeling: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        policy = ReviewPolicy.model_validate({"labeling": self.labeling, "quality": self.quality})
        self.fakes = ReviewFakes(policies=FixedReviewPolicies(policy))

    @property
    def world(self) -> ReviewWorld:
        return self.fakes.world

    def job(self, *names: str, job: str = "j1", wanted: int = 2, priority: int = 1) -> Job:
        """An open job with a task of each candidate."""
        at = self.fakes.clock.now()
        made = Job(
            name=job,
            backend=Backend.QUEUE,
            status=JobStatus.OPEN,
            candidate_ids=names,
            workers_per_object=wanted,
            created_at=at,
            deadline=at + timedelta(days=14),
            manifest_uri=f"s3://review/jobs/{job}/input.manifest",
        )
        self.fakes.jobs.add(made)
        for number, name in enumerate(names):
            changes = {"status": CandidateStatus.LABELING, "job": job}
            self.fakes.candidates.add(candidate(name, **changes))
            self.fakes.tasks.add(
                Task(
                    job=job,
                    candidate_id=name,
                    wanted=wanted,
                    task_input={
                        "question": f"What is {name}?",
                        "answer": f"It is {name}.",
                        "context": [{"author": "customer", "text": "Hello."}],
                        "labels": ["1 - No"],
                    },
                    priority=priority,
                    created_at=at + timedelta(seconds=number),
                )
            )
        return made

    def ends(self, job: str = "j1") -> None:
        before = self.fakes.jobs.get(job)
        assert before is not None
        changes = {"revision": before.revision + 1, "status": JobStatus.COMPLETED}
        self.fakes.jobs.replace(before, before.model_copy(update=changes))

    # --- what people do --------------------------------------------------------------------------
    def next(self, who: Person) -> Item | None:
        return queue.next_item(self.world, who).item

    def given(self, who: Person) -> Item:
        item = self.next(who)
        assert item is not None
        return item

    def rates(
        self, who: Person, item: Item | Which, rating: int = 4, reason: str = "So.", **said: Any
    ) -> Next:
        values = {"rating": rating, "reason": reason, **said}
        return deeds.rate(self.world, who, Rate(**_keys(item), **values))

    def skips(self, who: Person, item: Item | Which, reason: str = "Not my field.") -> Next:
        return deeds.skip(self.world, who, PutAside(**_keys(item), reason=reason))

    def flags(self, who: Person, item: Item | Which, reason: str = "Gibberish.") -> Next:
        return deeds.flag(self.world, who, PutAside(**_keys(item), reason=reason))

    def releases(self, who: Person, item: Item | Which) -> None:
        queue.release(self.world, who, Which(**_keys(item)))

    def is_there(self, who: Person, item: Item | Which) -> None:
        queue.heartbeat(self.world, who, Which(**_keys(item)))

    def undoes(self, who: Person) -> Undone:
        return deeds.undo(self.world, who)

    # --- what is there ---------------------------------------------------------------------------
    def task(self, name: str, job: str = "j1") -> Task:
        found = self.fakes.tasks.get(job, name)
        assert found is not None
        return found

    def said_of(self, name: str) -> dict[str, int]:
        return {r.reviewer: r.rating for r in self.fakes.ratings.of_candidate(name)}

    @property
    def drained(self) -> list[str]:
        return [event.job for event in self.fakes.bus.of(LabelingJobDrained)]


def _keys(item: Item | Which) -> dict[str, Any]:
    return {"job": item.job, "candidate_id": item.candidate_id}


def which(name: str, job: str = "j1") -> Which:
    return Which(job=job, candidate_id=name)
