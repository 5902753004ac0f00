"""From a transcript to a label, by labelling jobs of Ground Truth (its stand-in runs the stack's
own functions with the job's own role)."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.reviewing import Json, Review
from tests.e2e.test_review_queue import pairs
from tests.e2e.waiting import until
from tests.e2e.workers import Workers, relevance

RELEVANT = relevance("4 - Relevant")


@pytest.fixture(scope="module")
def workers(deployment: Deployment) -> Iterator[Workers]:
    with Workers(deployment.stack.sagemaker.url) as workers:
        yield workers


@pytest.fixture(autouse=True, scope="module")
def _ground_truth(review: Review) -> Iterator[None]:
    with review.policy({"labeling": {"backend": "ground_truth", "days": 1}}):
        yield


def begun(review: Review, number: int = 2) -> tuple[str, list[Json]]:
    """A job, and those of its candidates that the test has put in."""
    candidates = review.sampled(review.imports(pairs(number)))
    return review.starts_labeling(candidates), candidates


def fates(review: Review, candidates: list[Json]) -> list[str]:
    found = review.outcome([each["candidate_id"] for each in candidates])
    return [each["status"] for each in found.values()]


def test_a_transcript_becomes_a_row_of_the_dataset(
    review: Review, deployment: Deployment, workers: Workers
) -> None:
    job, candidates = begun(review)

    assert workers.answers(job, "worker-1", RELEVANT) >= 2
    ended = review.ended(job)

    sagemaker = deployment.client("sagemaker").describe_labeling_job(LabelingJobName=job)
    assert sagemaker["LabelingJobStatus"] == "Completed"
    assert sagemaker["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"] == 1
    assert ended["output_uri"] == sagemaker["LabelingJobOutput"]["OutputDatasetS3Uri"]
    asked = {each["question"] for each in candidates}
    rows = review.rows(review.dataset_with(*asked), "ratings")
    assert {
        row["prompt"]: row["reward"] for row in rows if row["prompt"] in asked
    } == dict.fromkeys(asked, 4)


def test_the_output_manifest_and_the_dataset_name_no_worker(
    review: Review, workers: Workers
) -> None:
    job, candidates = begun(review)
    workers.answers(job, "worker-of-flesh-and-blood", RELEVANT)
    ended = review.ended(job)
    manifest = review.read(ended["output_uri"].removeprefix(f"s3://{review.bucket}/"))
    asked = [each["question"] for each in candidates]
    rows = review.rows(review.dataset_with(*asked), "ratings")

    assert b"relevance-metadata" in manifest
    assert b"flesh-and-blood" not in manifest
    assert "flesh-and-blood" not in json.dumps(rows)


def test_a_state_change_that_comes_twice_changes_nothing(
    review: Review, bus: Bus, workers: Workers
) -> None:
    with workers.fault(events=2):
        job, candidates = begun(review)
        workers.answers(job, "worker-1", RELEVANT)
        ended = review.ended(job)
    workers.announce(job)
    review.deployment.settles()

    assert review.job(job) == ended
    assert fates(review, candidates) == ["labeled", "labeled"]


def test_a_lost_state_change_is_found(review: Review, workers: Workers) -> None:
    with workers.fault(events=0):
        job, candidates = begun(review)
        workers.answers(job, "worker-1", RELEVANT)
    review.deployment.settles()
    assert review.job(job)["status"] == "open"

    review.reconcile()

    assert review.ended(job)["status"] == "completed"
    assert fates(review, candidates) == ["labeled", "labeled"]


def test_a_job_that_fails_half_way_gives_everything_back_with_the_reason(
    review: Review, workers: Workers
) -> None:
    with workers.fault(fail_at_batch=1):
        job, candidates = begun(review)
        workers.answers(job, "worker-1", RELEVANT)
        ended = review.ended(job)

    assert (ended["status"], ended["labeled"]) == ("failed", 0)
    assert "broke off" in ended["reason"]
    for each in review.outcome([c["candidate_id"] for c in candidates]).values():
        assert each["status"] == "waiting"
        assert "broke off" in each["returns"][0]["reason"]
    again = review.starts_labeling(candidates)
    assert again != job
    workers.answers(again, "worker-1", RELEVANT)
    review.ended(again)
    assert fates(review, candidates) == ["labeled", "labeled"]


def test_what_nobody_labels_in_time_comes_back_and_the_rest_is_kept(
    review: Review, workers: Workers
) -> None:
    job, candidates = begun(review, 3)
    mine = {each["candidate_id"] for each in candidates}
    size = len(review.job(job)["candidate_ids"])
    workers.answers(job, "worker-1", RELEVANT, most=size - 1)
    workers.expire(job)
    ended = review.ended(job)

    assert (ended["labeled"], ended["returned"]) == (size - 1, 1)
    found = review.outcome(review.job(job)["candidate_ids"]).values()
    (left,) = [each for each in found if each["status"] != "labeled"]
    assert left["status"] == "waiting"
    assert left["returns"][-1]["reason"]
    assert mine


def test_a_job_without_a_single_label_is_a_failure(review: Review, workers: Workers) -> None:
    job, candidates = begun(review)
    workers.expire(job)
    ended = review.ended(job)

    assert ended["status"] == "failed"
    assert fates(review, candidates) == ["waiting", "waiting"]


def test_what_workers_flag_goes_to_a_lead_or_comes_back_with_why(
    review: Review, workers: Workers
) -> None:
    job, candidates = begun(review)
    flagged = relevance("", flagged={"flagged": True}, reason="This is no question.")
    del flagged["relevance"]
    workers.answers(job, "worker-1", flagged)
    review.ended(job)

    for each in review.outcome([c["candidate_id"] for c in candidates]).values():
        assert each["status"] in ("waiting", "flagged", "given_up")
        assert each["returns"] or each["note"]


def test_two_jobs_at_once_share_no_candidate(review: Review, workers: Workers) -> None:
    candidates = review.sampled(review.imports(pairs(4)))
    event = {
        "source": "tandem.review",
        "detail-type": "Labeling Requested",
        "detail": {
            "version": "1",
            "id": "twice",
            "time": "2026-11-24T09:00:00Z",
            "requested_by": "lea",
        },
    }
    for _ in range(2):
        review.deployment.client("lambda").invoke(
            FunctionName=review.deployment.function("StartLabeling"),
            InvocationType="Event",
            Payload=json.dumps(event).encode(),
        )
    ids = [each["candidate_id"] for each in candidates]

    def all_in_a_job() -> set[str] | None:
        found = review.outcome(ids).values()
        return {c["job"] for c in found} if all(c["job"] for c in found) else None

    jobs = until(all_in_a_job, "all are in a job")
    review.deployment.settles()
    for job in jobs:
        review.tasks_made(job)
        workers.answers(job, "worker-1", RELEVANT)
        review.ended(job)
    assert fates(review, candidates) == ["labeled"] * 4
