"""Labelling without AWS: fakes, the real annotation functions, raters of both backends, and a world
whose worker dies at a chosen moment."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from tandem.bus_event import BusEvent
from tandem.review import annotation, finishing, labeling, recovery
from tandem.review.annotation import answer_content
from tandem.review.events import LabelingCompleted, LabelingJobDrained
from tandem.review.labeling import Backends
from tandem.review.manifest import (
    Json,
    output_line,
    read_consolidated,
    read_lines,
    write_lines,
)
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Job,
    JobStatus,
    Pair,
    Pick,
    Rating,
    Task,
    TaskStatus,
)
from tandem.review.policy import Labeling, ReviewPolicy
from tandem.review.ports import GroundTruthState, JobRefused, ReviewWorld
from tests.fakes import START
from tests.mortality import Life
from tests.review_fakes import (
    FakeAnnotationFunctions,
    FakeRedactor,
    FixedReviewPolicies,
    MemoryKnowledgeBase,
    ReviewFakes,
)


def candidate(name: str = "c1", **changes: Any) -> Candidate:
    """A candidate that waits. `pair` may give fields of its pair."""
    pair = {
        "conversation_id": f"talk-{name}",
        "turn_id": "t2",
        "question": f"What about {name}?",
        "answer": f"That is {name}.",
        "model_id": "secret-model",
        **changes.pop("pair", {}),
    }
    values = {
        "candidate_id": name,
        "pair": Pair(**pair),
        "picks": (Pick.ESCALATED,),
        "stratum": "en",
        "topic": f"q:{name}",
        "policy_version": "p1",
        "created_at": START,
        "conversations": (pair["conversation_id"],),
        **changes,
    }
    return Candidate(**values)


@dataclass
class MemoryJob:
    """A labelling job of Ground Truth in memory."""

    job: Job
    manifest_uri: str
    answers: dict[int, dict[str, Json]]
    status: str = "open"
    output_uri: str | None = None
    reason: str = ""


class MemoryGroundTruth:
    """`GroundTruth`, with raters: calls the annotation functions and writes what the service
    writes. It refuses jobs with `refusal`, and raises `failure` at every call, `creating_fails`
    instead of making a job, `answer_is_lost` after it; jobs end by `stop` only where it `stops`."""

    def __init__(self, fakes: ReviewFakes, functions: FakeAnnotationFunctions) -> None:
        self._fakes = fakes
        self._functions = functions
        self.jobs: dict[str, MemoryJob] = {}
        self.refusal = ""
        self.failure: Exception | None = None
        self.creating_fails: Exception | None = None
        self.answer_is_lost: Exception | None = None
        self.stops = True
        self.stopped: list[str] = []

    def create(self, job: Job, manifest_uri: str, template_uri: str, labeling: Labeling) -> None:
        if self.failure or self.creating_fails:
            raise self.failure or self.creating_fails or AssertionError
        if self.refusal:
            raise JobRefused(self.refusal)
        assert self._fakes.files.read_uri(template_uri)
        if job.name not in self.jobs:
            self.jobs[job.name] = MemoryJob(job, manifest_uri, {})
        if self.answer_is_lost:
            raise self.answer_is_lost

    def describe(self, name: str) -> GroundTruthState | None:
        if self.failure:
            raise self.failure
        found = self.jobs.get(name)
        if found is None:
            return None
        if found.status == "open":
            return GroundTruthState("open")
        return GroundTruthState("ended", found.output_uri, found.reason)

    def stop(self, name: str) -> None:
        self.stopped.append(name)
        if self.stops:
            self.complete(name, reason="the job was stopped")

    def says(self, name: str, candidate_id: str, worker: str, content: Json) -> None:
        """A worker's answer; nothing happens where it is not asked for (any more)."""
        found = self.jobs.get(name)
        if found is None or found.status != "open":
            return
        for number, line in enumerate(self.lines(name)):
            answers = found.answers.setdefault(number, {})
            if line["candidate-id"] == candidate_id and len(answers) < found.job.workers_per_object:
                answers.setdefault(worker, content)

    def lines(self, name: str) -> list[Json]:
        return list(read_lines(self._fakes.files.read_uri(self.jobs[name].manifest_uri)))

    def complete(self, name: str, *, reason: str = "", without_output: bool = False) -> None:
        """The job ends with what it has."""
        found = self.jobs[name]
        if found.status != "open":
            return
        found.status, found.reason = "ended", reason
        if without_output:
            return
        labels = self._consolidated(found)
        lines = [
            output_line(
                line,
                found.job.label_attribute,
                labels.get(number),
                job=name,
                at=self._fakes.clock.now(),
                reason="No workers have completed the task in time.",
            )
            for number, line in enumerate(self.lines(name))
        ]
        key = f"jobs/{name}/output/{name}/manifests/output/output.manifest"
        found.output_uri = self._fakes.files.write(key, write_lines(lines), "application/json")

    def _consolidated(self, found: MemoryJob) -> dict[int, object]:
        lines = self.lines(found.job.name)
        payload = [
            {
                "datasetObjectId": str(number),
                "dataObject": {"content": lines[number]["source"]},
                "annotations": [
                    {"workerId": worker, "annotationData": {"content": json.dumps(content)}}
                    for worker, content in answers.items()
                ],
            }
            for number, answers in found.answers.items()
            if answers
        ]
        if not payload:
            return {}
        key = f"jobs/{found.job.name}/output/consolidation-request.json"
        uri = self._fakes.files.write(key, json.dumps(payload).encode(), "application/json")
        said = self._functions.post(post_request(found.job, uri))
        return read_consolidated(said, found.job.label_attribute)


def post_request(job: Job, uri: str) -> Json:
    """A post-annotation request as the service sends it."""
    return {
        "version": "2018-10-16",
        "labelingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:labeling-job/{job.name}",
        "labelCategories": None,
        "labelAttributeName": job.label_attribute,
        "roleArn": "arn:aws:iam::123456789012:role/ground-truth",
        "payload": {"s3Uri": uri},
    }


class LabelingScene:
    """Candidates, jobs, raters. `labeling` are fields of the policy's section."""

    def __init__(self, candidates: int | Sequence[Candidate] = 0, **labeling: Any) -> None:
        policy = {"start_at": 1, "workers_per_object": 1, **labeling}
        self.fakes = ReviewFakes(
            policies=FixedReviewPolicies(ReviewPolicy(labeling=Labeling(**policy)))
        )
        self.world = self.fakes.world
        self.base = MemoryKnowledgeBase()
        self.functions = FakeAnnotationFunctions(
            lambda request: annotation.pre_annotation(self.world, request),
            lambda request: annotation.post_annotation(self.world, FakeRedactor(), request),
        )
        self.ground_truth = MemoryGroundTruth(self.fakes, self.functions)
        self.backends = Backends(self.functions, self.ground_truth)
        if isinstance(candidates, int):
            candidates = [candidate(f"c{number}") for number in range(candidates)]
        for each in candidates:
            self.fakes.candidates.add(each)

    # --- what the doors do -----------------------------------------------------------------------
    def start(self, at_least: int = 1) -> Job:
        """Start one job; there must be enough for it."""
        job = labeling.start(self.world, self.backends, at_least=at_least)
        assert job is not None
        return job

    def finish(self, job: Job) -> Job | None:
        return finishing.finish(self.world, self.backends, job.name)

    def reconcile(self) -> recovery.Found:
        return recovery.reconcile(self.world, self.backends, self.base)

    # --- what is there ---------------------------------------------------------------------------
    def candidate(self, name: str) -> Candidate:
        found = self.fakes.candidates.get(name)
        assert found is not None
        return found

    def fates(self) -> dict[str, str]:
        return {each.candidate_id: each.status.value for each in self.fakes.candidates.documents}

    def job(self, job: Job) -> Job:
        found = self.fakes.jobs.get(job.name)
        assert found is not None
        return found

    def task(self, job: Job, name: str) -> Task:
        found = self.fakes.tasks.get(job.name, name)
        assert found is not None
        return found

    def announced(self) -> list[LabelingCompleted]:
        return self.fakes.bus.of(LabelingCompleted)

    def drained(self) -> list[str]:
        return [event.job for event in self.fakes.bus.of(LabelingJobDrained)]

    def everything_outside_the_table(self) -> str:
        """What training, other functions and whoever listens may read."""
        outputs = [
            body.decode()
            for key, body in self.fakes.files.stored.items()
            if "manifest" in key or "template" in key
        ]
        labels = [c.label.model_dump_json() for c in self.fakes.candidates.documents if c.label]
        return "\n".join([*outputs, *labels, *map(_as_text, self.fakes.bus.published)])

    # --- what reviewers do -----------------------------------------------------------------------
    def rates(
        self, job: Job, name: str, rating: int = 4, by: str = "rio", **said: str
    ) -> BusEvent | None:
        """A rating in the review queue; the event, if it was the job's last."""
        task = self.fakes.tasks.get(job.name, name)
        if task is None or task.status is not TaskStatus.OPEN or by in task.rated_by:
            return None
        self.fakes.ratings.put(
            Rating(
                candidate_id=name,
                job=job.name,
                reviewer=by,
                rating=rating,
                at=self.fakes.clock.now(),
                seconds=7,
                **said,
            )
        )
        rated_by = (*task.rated_by, by)
        status = TaskStatus.DONE if len(rated_by) >= task.wanted else TaskStatus.OPEN
        return self._changed(task, status=status, rated_by=rated_by)

    def flags(self, job: Job, name: str, why: str = "It is gibberish.") -> BusEvent | None:
        task = self.fakes.tasks.get(job.name, name)
        if task is None or task.status is not TaskStatus.OPEN:
            return None
        return self._changed(task, status=TaskStatus.FLAGGED, note=why)

    def nobody_can(self, job: Job, name: str, why: str = "Everybody skipped it.") -> None:
        self._changed(self.task(job, name), status=TaskStatus.UNLABELED, note=why)

    def _changed(self, task: Task, **changes: Any) -> BusEvent | None:
        after = task.model_copy(update={"revision": task.revision + 1, **changes})
        self.fakes.tasks.replace(task, after)
        tasks = self.fakes.tasks.of_job(task.job)
        if any(each.status is TaskStatus.OPEN for each in tasks):
            return None
        job = self.fakes.jobs.get(task.job)
        assert job is not None
        return labeling.drained(job, self.fakes.clock.now())

    def says(self, job: Job, name: str, rating: int | None, by: str = "w1", **said: str) -> None:
        """An answer in Ground Truth; None: it cannot be rated."""
        content = answer_content(
            rating,
            said.get("reason", ""),
            said.get("better_answer", ""),
            self.fakes.policies.policy.labeling,
        )
        self.ground_truth.says(job.name, name, by, content)

    # --- what must hold --------------------------------------------------------------------------
    def settled(self) -> None:
        """Every candidate is labelled once, or listed with why not; nothing hangs."""
        jobs = {job.name: job for job in self.fakes.jobs.documents}
        assert all(job.status.ended for job in jobs.values()), jobs
        for each in self.fakes.candidates.documents:
            match each.status:
                case CandidateStatus.LABELED:
                    assert each.label is not None
                    assert jobs[each.label.job].status is JobStatus.COMPLETED
                case CandidateStatus.WAITING | CandidateStatus.GIVEN_UP:
                    assert each.label is None
                    assert each.job is None
                    assert all(r.reason for r in each.returns)
                case CandidateStatus.FLAGGED:
                    assert each.note
                case _:
                    raise AssertionError(f"{each.candidate_id} hangs: {each.status}")
        assert all(task.status is not TaskStatus.OPEN for task in self.fakes.tasks.documents)
        completed = {event.job: event for event in self.announced()}
        for name, event in completed.items():
            labeled = sum(
                c.label is not None and c.label.job == name for c in self.fakes.candidates.documents
            )
            gone = [c for c in jobs[name].candidate_ids if self.fakes.candidates.get(c) is None]
            assert event.labeled == jobs[name].labeled
            assert labeled <= event.labeled <= labeled + len(gone)
        assert all(
            name in completed for name, job in jobs.items() if "other jobs" not in job.reason
        )

    def passes(self, **time: float) -> None:
        self.fakes.clock.advance(timedelta(**time).total_seconds())


def _as_text(event: BusEvent) -> str:
    return event.model_dump_json()


# --- workers that die ----------------------------------------------------------------------------
class MortalWorker:
    """The world and backends of a worker that dies before its `calls`-th call of the world."""

    _UNCOUNTED = ("clock", "policies", "ids", "meter")

    def __init__(self, scene: LabelingScene, calls: int) -> None:
        self._life = Life(calls)
        ports: dict[str, Any] = {
            each.name: getattr(scene.world, each.name)
            if each.name in self._UNCOUNTED
            else self._life.through(getattr(scene.world, each.name))
            for each in fields(ReviewWorld)
        }
        self.world = ReviewWorld(**ports)
        self.backends = Backends(
            self._life.through(scene.functions), self._life.through(scene.ground_truth)
        )

    @property
    def died(self) -> bool:
        return self._life.ended

    def does(self, action: Callable[[ReviewWorld, Backends], object]) -> bool:
        """False if it died of it."""
        return self._life.does(lambda: action(self.world, self.backends))
