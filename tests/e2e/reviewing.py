"""The offline half of the deployed stack: transcripts put into its bucket, reviewers who rate, and
what comes of it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from local.contents import USERS, User
from tests.e2e.deployment import Deployment
from tests.e2e.people import Api
from tests.e2e.waiting import until

type Json = dict[str, Any]

LEAD, RIO, REA = USERS[2], USERS[3], USERS[4]

POLICY: Json = {
    # Every pair of a transcript is picked, and no job starts before a test asks for one.
    "sampling": {"random_share": 1, "random_per_day": 1_000_000},
    "labeling": {"start_at": 10_000, "workers_per_object": 1},
    # What belongs to a test split that is drawn already waits for the next one: none is drawn.
    "dataset": {"minimum_labels": 1, "test_share": 0, "validation_share": 0},
    # All tests rate in the same few names: nobody is judged, and no bias is taken out.
    "quality": {"debias_from": 1_000_000, "judge_from": 1_000_000},
}
"""In force for all tests that want no other."""
READERS = (
    "SampleTranscript",
    "StartLabeling",
    "PreAnnotation",
    "PostAnnotation",
    "FinishLabeling",
    "ReconcileReview",
    "ServeReview",
    "BuildDataset",
    "AddKnowledge",
)
"""The functions that read the review's policy."""


class Reviewer(Api):
    """Somebody who rates, by HTTP."""

    def __init__(self, deployment: Deployment, user: User) -> None:
        super().__init__(deployment.http, deployment.stack.sign_in(user))
        self.user = user

    def next(self) -> Json | None:
        found: Json | None = self.post("/review/next")["item"]
        return found

    def rates(self, item: Json, rating: int, **said: Any) -> Json:
        reason = {} if rating > 2 else {"reason": "It does not answer the question."}
        return self.post("/review/rate", **which(item), rating=rating, **(reason | said))

    def rates_all(self, score: Callable[[Json], int]) -> list[Json]:
        """Everything that there is for them, in their order."""
        rated = []
        while item := self.next():
            self.rates(item, score(item))
            rated.append(item)
        return rated


def which(item: Json) -> Json:
    return {"job": item["job"], "candidate_id": item["candidate_id"]}


class Review:
    """What one can do to the review from outside."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._s3 = deployment.client("s3")
        self._ssm = deployment.client("ssm")
        self._lambda = deployment.client("lambda")
        self._dynamodb = deployment.client("dynamodb")
        self._sagemaker = deployment.client("sagemaker")
        self._transcripts = deployment.outputs["TranscriptsBucketName"]
        self.bucket: str = deployment.outputs["ReviewBucketName"]

    # --- what goes in ----------------------------------------------------------------------------
    def put(self, key: str, body: bytes) -> str:
        """An object of the transcripts bucket; returns its key."""
        self._s3.put_object(Bucket=self._transcripts, Key=key, Body=body)
        return key

    def imports(self, pairs: Sequence[tuple[str, str]], name: str = "") -> list[str]:
        """Conversations of another chatbot, one of each question and answer; returns their ids."""
        name = name or f"other-{uuid4().hex[:12]}"
        ids = [f"{name}-{number}" for number in range(len(pairs))]
        lines = [
            {
                "id": conversation_id,
                "model": "other-model",
                "messages": [
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": answer},
                ],
            }
            for conversation_id, (question, answer) in zip(ids, pairs, strict=True)
        ]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.put(f"imports/{name}.jsonl", body)
        return ids

    @contextmanager
    def policy(self, changes: Mapping[str, Any] | None = None) -> Iterator[None]:
        """The tests' policy with these changes, section by section, for every function at once."""
        self._put_policy(changes or {})
        try:
            yield
        finally:
            self._put_policy({})

    def _put_policy(self, changes: Mapping[str, Any]) -> None:
        merged = {
            section: {**POLICY.get(section, {}), **changes.get(section, {})}
            for section in (*POLICY, *(name for name in changes if name not in POLICY))
        }
        self.deployment.put_parameter(
            self.deployment.outputs["ReviewPolicyParameterName"], merged, *READERS
        )

    # --- what is there ---------------------------------------------------------------------------
    def candidates(self, conversation_ids: Sequence[str], status: str) -> list[Json]:
        """The candidates of these conversations that are in this state, as a lead sees them."""
        found = self.lead().get("/review/candidates", status=status, limit=1000)["candidates"]
        return [each for each in found if each["conversation_id"] in conversation_ids]

    def sampled(self, conversation_ids: Sequence[str], status: str = "waiting") -> list[Json]:
        """As soon as each of these conversations has a candidate in this state."""

        def all_there() -> list[Json] | None:
            found = self.candidates(conversation_ids, status)
            there = {each["conversation_id"] for each in found}
            return found if there == set(conversation_ids) else None

        return until(all_there, f"{len(conversation_ids)} conversations have a {status} candidate")

    def starts_labeling(self, candidates: Sequence[Json]) -> str:
        """A lead asks for a job with everything that waits; returns its name once it is open."""
        self.lead().post("/review/labeling")
        return self.job_of([each["candidate_id"] for each in candidates])

    def job_of(self, candidate_ids: Sequence[str]) -> str:
        """The job that these candidates are in, as soon as it is open."""

        def job() -> str | None:
            jobs = set()
            for candidate_id in candidate_ids:
                jobs.add(self._candidate(candidate_id)["job"])
            if len(jobs) != 1 or None in jobs:
                return None
            found = str(jobs.pop())
            return found if self.job(found)["status"] == "open" else None

        found = until(job, "a job has the candidates")
        if self.job(found)["backend"] == "ground_truth":
            self.tasks_made(found)
        return found

    def tasks_made(self, name: str) -> None:
        """Wait until Ground Truth has tasks for its workers."""

        def made() -> bool:
            try:
                described = self._sagemaker.describe_labeling_job(LabelingJobName=name)
            except self._sagemaker.exceptions.ResourceNotFound:
                return False
            return bool(described["LabelingJobStatus"] != "Initializing")

        until(made, f"{name} has tasks")

    def empties_the_queue(self) -> None:
        """Let nothing wait, and nothing be left to rate, of what other tests have put in."""
        self.deployment.settles()
        self.lead().send("POST", "/review/labeling")  # refused when nothing waits

        def nothing_waits() -> bool:
            waiting = self.lead().get("/review/candidates", status="waiting", limit=1)
            return not waiting["candidates"]

        until(nothing_waits, "nothing waits")
        self.deployment.settles()
        for user in (RIO, REA):
            self.reviewer(user).rates_all(lambda _: 3)

    def job(self, name: str) -> Json:
        return self._document(f"JOB#{name}", "JOB")

    def make_old(self, name: str) -> None:
        """Let a job have been made long ago, so that whoever started it is surely dead."""
        job = self.job(name)
        document = json.dumps({**job, "created_at": "2020-01-01T00:00:00Z"})
        self._dynamodb.update_item(
            TableName=self.deployment.outputs["ReviewTableName"],
            Key={"pk": {"S": f"JOB#{name}"}, "sk": {"S": "JOB"}},
            UpdateExpression="SET doc = :doc",
            ExpressionAttributeValues={":doc": {"S": document}},
        )

    def _candidate(self, candidate_id: str) -> Json:
        return self._document(f"CANDIDATE#{candidate_id}", "CANDIDATE")

    def _document(self, pk: str, sk: str) -> Json:
        item = self._dynamodb.get_item(
            TableName=self.deployment.outputs["ReviewTableName"],
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            ConsistentRead=True,
        )["Item"]
        found: Json = json.loads(item["doc"]["S"])
        return found

    def outcome(self, candidate_ids: Sequence[str]) -> dict[str, Json]:
        """The stored candidates by their ids."""
        return {each: self._candidate(each) for each in candidate_ids}

    def datasets(self) -> list[Json]:
        """Newest first, as the leads see them."""
        found: list[Json] = self.lead().get("/review/overview")["datasets"]
        return found

    def dataset_with(self, *questions: str) -> Json:
        """The newest dataset, as soon as it holds a rating for each of these questions."""

        def newest() -> Json | None:
            found = self.datasets()[:1]
            prompts = {row["prompt"] for each in found for row in self.rows(each, "ratings")}
            return found[0] if prompts >= set(questions) else None

        return until(newest, f"a dataset holds the labels of {questions}")

    def rows(self, dataset: Json, file: str) -> list[Json]:
        """All rows of a file (`ratings`, `preferences`) of a dataset, whatever their split."""
        prefix = dataset["uri"].removeprefix(f"s3://{self.bucket}/")
        keys = [key for key in self.keys(prefix) if key.endswith(f"{file}.jsonl")]
        assert keys, f"{prefix} has no {file}"
        return [json.loads(line) for key in keys for line in self.read(key).splitlines()]

    def ended(self, name: str) -> Json:
        """The job, as soon as it has ended."""

        def over() -> Json | None:
            job = self.job(name)
            return job if job["status"] in ("completed", "failed") else None

        return until(over, f"job {name} has ended")

    def reconcile(self) -> Json:
        """Do now what the schedule does every five minutes."""
        found: Json = self.invoke("ReconcileReview", {})
        return found

    def invoke(self, function: str, event: Json) -> Any:
        answer = self._lambda.invoke(
            FunctionName=self.deployment.function(function), Payload=json.dumps(event).encode()
        )
        said = json.load(answer["Payload"])
        assert "FunctionError" not in answer, said
        return said

    def keys(self, prefix: str) -> list[str]:
        """Keys of the review bucket."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def read(self, key: str) -> bytes:
        return bytes(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    # --- who is there ----------------------------------------------------------------------------
    def lead(self) -> Reviewer:
        return Reviewer(self.deployment, LEAD)

    def reviewer(self, user: User = RIO) -> Reviewer:
        return Reviewer(self.deployment, user)
