"""Events are lost or come twice, workers die, reviewers vanish, transcripts are poisoned: every
candidate is labelled once, or listed with why not."""

import json
from uuid import uuid4

from tests.e2e.bus import Bus
from tests.e2e.reviewing import REA, RIO, Review, which
from tests.e2e.test_recovery import lost
from tests.e2e.test_review_queue import pairs
from tests.e2e.waiting import until


def test_a_job_whose_end_was_not_heard_of_is_found(review: Review) -> None:
    ids = review.imports(pairs(2))
    with lost(review.deployment, "Labeling Job Drained"):
        job = review.starts_labeling(review.sampled(ids))
        review.reviewer().rates_all(lambda _: 4)
        review.deployment.settles()
        assert review.job(job)["status"] == "open"

    review.reconcile()

    assert review.ended(job)["status"] == "completed"
    assert len(review.candidates(ids, "labeled")) == 2


def test_the_end_of_a_job_that_is_told_twice_counts_once(review: Review, bus: Bus) -> None:
    ids = review.imports(pairs(2))
    job = review.starts_labeling(review.sampled(ids))
    review.reviewer().rates_all(lambda _: 4)
    ended = review.ended(job)
    drained = {
        "version": "1",
        "id": f"drained-{job}",
        "time": "2026-11-24T09:00:00Z",
        "job": job,
    }
    bus.put(("Labeling Job Drained", drained), source="tandem.review")
    review.deployment.settles()

    assert review.job(job) == ended


def test_what_a_reviewer_had_who_vanished_goes_to_somebody_else(review: Review) -> None:
    ids = review.imports(pairs(1))
    with review.policy({"labeling": {"hold_seconds": 1}}):
        job = review.starts_labeling(review.sampled(ids))
        rio = review.reviewer(RIO)
        while (held := rio.next()) and held["job"] != job:
            rio.rates(held, 3)
        assert held
        rea = review.reviewer(REA)

        def given_to_rea() -> bool:
            rea.rates_all(lambda _: 5)
            return bool(review.job(job)["status"] != "open")

        until(given_to_rea, "Rea was given it")
        review.ended(job)

    assert [each["label"]["rating"] for each in review.candidates(ids, "labeled")] == [5]


def test_a_start_whose_worker_was_killed_is_gone_on_with(review: Review) -> None:
    ids = review.imports(pairs(3))
    candidates = review.sampled(ids)
    deployment = review.deployment
    review.lead().post("/review/labeling")
    deployment.engine.kill_worker(deployment.function("StartLabeling"))
    deployment.settles()
    in_jobs = {
        each["job"] for each in review.outcome([c["candidate_id"] for c in candidates]).values()
    }
    for job in in_jobs - {None}:
        review.make_old(job)

    def rated() -> bool:
        review.reconcile()
        review.lead().send("POST", "/review/labeling")  # refused when nothing waits any more
        review.reviewer().rates_all(lambda _: 4)
        return len(review.candidates(ids, "labeled")) == 3

    until(rated, "all are labelled all the same")


def test_what_cannot_be_read_is_put_aside_with_the_reason_and_the_rest_goes_on(
    review: Review,
) -> None:
    (asked,) = pairs(1)
    name = f"poisoned-{uuid4().hex[:8]}"
    good = {
        "id": f"{name}-good",
        "messages": [
            {"role": "user", "content": asked[0]},
            {"role": "assistant", "content": asked[1]},
        ],
    }
    lines = [b'{"messages": [', json.dumps(good).encode(), b'{"messages": "none"}', b"\xff\xfe"]
    review.put(f"imports/{name}.jsonl", b"\n".join(lines))
    broken = review.put(f"transcripts/2026/11/24/{name}/v1.json", b'{"schema": "other"')

    review.sampled([f"{name}-good"])
    aside = until(
        lambda: (keys := review.keys(f"quarantine/imports/{name}")) and keys,
        "the lines that cannot be read are put aside",
    )
    until(lambda: review.keys(f"quarantine/{broken}"), "so is the transcript")

    said = " ".join(review.read(key).decode(errors="replace") for key in aside)
    assert "reason" in said


def test_bad_items_of_a_job_do_not_keep_it_open(review: Review) -> None:
    ids = review.imports(pairs(2))
    job = review.starts_labeling(review.sampled(ids))
    rio = review.reviewer(RIO)
    while item := rio.next():
        if item["job"] == job:
            rio.post("/review/flag", **which(item), reason="Gibberish.")
        else:
            rio.rates(item, 4)
    ended = review.ended(job)

    assert ended["labeled"] + ended["returned"] == len(ended["candidate_ids"])
    assert {each["conversation_id"] for each in review.candidates(ids, "flagged")} == set(ids)
