"""Jobs, tasks, ratings and reviewers in the review's table."""

import sys
from datetime import datetime
from itertools import islice
from typing import Any

from tandem.aws.attributes import Item, instant
from tandem.aws.document_table import item_of
from tandem.aws.review_table import ReviewTable
from tandem.review.models import Job, Rating, Reviewer, Sitting, Task, TaskStatus


class DynamoJobs:
    """`Jobs`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def add(self, job: Job) -> bool:
        return self._table.add(_job(job))

    def get(self, name: str) -> Job | None:
        return self._table.get(Job, f"JOB#{name}", "JOB")

    def replace(self, before: Job, after: Job) -> None:
        self._table.replace(_job(after), before.revision)

    def unfinished(self) -> list[Job]:
        items = self._table.indexed("state", "JOB#unfinished")
        return [Job.model_validate_json(item["doc"]["S"]) for item in items]

    def recent(self, limit: int) -> list[Job]:
        items = self._table.indexed("time", "JOB", backwards=True, page=limit)
        return [Job.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]


def _job(job: Job) -> Item:
    at = instant(job.created_at)
    state = None if job.status.ended else ("JOB#unfinished", at)
    return item_of(f"JOB#{job.name}", "JOB", job, state=state, time=("JOB", at))


class DynamoTasks:
    """`Tasks`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def add(self, task: Task) -> bool:
        return self._table.add(_task(task))

    def get(self, job: str, candidate_id: str) -> Task | None:
        return self._table.get(Task, f"JOB#{job}", f"TASK#{candidate_id}")

    def replace(self, before: Task, after: Task) -> None:
        self._table.replace(_task(after), before.revision)

    def open(self, limit: int, besides: str | None = None) -> list[Task]:
        # With a filter a page may be short, or empty: whole pages are the fewest calls.
        items = (
            self._table.indexed("state", "TASK#open", page=limit)
            if besides is None
            else self._table.indexed("state", "TASK#open", without=("seen_by", besides))
        )
        return [Task.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]

    def open_of(self, job: str, limit: int) -> list[Task]:
        items = self._table.indexed("time", f"TASKS#{job}", page=limit)
        return [Task.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]

    def count_open(self, job: str) -> int:
        return self._table.count("time", f"TASKS#{job}", sys.maxsize)

    def of_job(self, job: str) -> list[Task]:
        items = self._table.below(f"JOB#{job}", "TASK#")
        return [Task.model_validate_json(item["doc"]["S"]) for item in items]


def _task(task: Task) -> Item:
    at = f"{task.priority}#{instant(task.created_at)}#{task.candidate_id}"
    keys = f"JOB#{task.job}", f"TASK#{task.candidate_id}"
    if task.status is not TaskStatus.OPEN:
        return item_of(*keys, task)
    item = item_of(*keys, task, state=("TASK#open", at), time=(f"TASKS#{task.job}", at))
    if seen_by := sorted({*task.rated_by, *task.skipped_by}):
        item["seen_by"] = {"SS": seen_by}
    return item


class DynamoRatings:
    """`Ratings`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def put(self, rating: Rating) -> None:
        at = instant(rating.at)
        self._table.put(
            item_of(
                f"CANDIDATE#{rating.candidate_id}",
                f"RATING#{rating.job}#{rating.reviewer}",
                rating,
                state=("RATING", at),
                time=(f"REVIEWER#{rating.reviewer}", at),
            )
        )

    def remove(self, candidate_id: str, job: str, reviewer: str) -> None:
        self._table.delete(f"CANDIDATE#{candidate_id}", f"RATING#{job}#{reviewer}")

    def of_candidate(self, candidate_id: str) -> list[Rating]:
        items = self._table.below(f"CANDIDATE#{candidate_id}", "RATING#")
        return sorted(map(_rating, items), key=lambda rating: rating.at)

    def of_reviewer(self, reviewer: str, limit: int) -> list[Rating]:
        items = self._table.indexed("time", f"REVIEWER#{reviewer}", backwards=True, page=limit)
        return [_rating(item) for item in islice(items, limit)]

    def since(self, start: datetime, limit: int) -> list[Rating]:
        items = self._table.indexed("state", "RATING", since=instant(start), backwards=True)
        return [_rating(item) for item in islice(items, limit)][::-1]


def _rating(item: dict[str, Any]) -> Rating:
    return Rating.model_validate_json(item["doc"]["S"])


class DynamoReviewers:
    """`Reviewers`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def get(self, reviewer: str) -> Reviewer | None:
        return self._table.get(Reviewer, "REVIEWERS", reviewer)

    def put(self, reviewer: Reviewer) -> None:
        self._table.put(_reviewer(reviewer))

    def add(self, reviewer: Reviewer) -> bool:
        return self._table.add(_reviewer(reviewer))

    def replace(self, before: Reviewer, after: Reviewer) -> None:
        self._table.replace(_reviewer(after), before.revision)

    def all(self) -> list[Reviewer]:
        items = self._table.below("REVIEWERS")
        return [Reviewer.model_validate_json(item["doc"]["S"]) for item in items]


def _reviewer(reviewer: Reviewer) -> Item:
    return item_of("REVIEWERS", reviewer.reviewer, reviewer)


class DynamoSittings:
    """`Sittings`."""

    def __init__(self, table: ReviewTable) -> None:
        self._table = table

    def get(self, reviewer: str) -> Sitting | None:
        return self._table.get(Sitting, "SITTINGS", reviewer)

    def add(self, sitting: Sitting) -> bool:
        return self._table.add(_sitting(sitting))

    def replace(self, before: Sitting, after: Sitting) -> None:
        self._table.replace(_sitting(after), before.revision)

    def all(self) -> list[Sitting]:
        items = self._table.below("SITTINGS")
        return [Sitting.model_validate_json(item["doc"]["S"]) for item in items]


def _sitting(sitting: Sitting) -> Item:
    return item_of("SITTINGS", sitting.reviewer, sitting)
