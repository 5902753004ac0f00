"""What lies in the bucket already is sampled by the Distributed Map, with the same code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.reviewing import Json, Review
from tests.e2e.test_review_queue import pairs
from tests.e2e.waiting import until


@contextmanager
def nobody_hears_of_objects(review: Review) -> Iterator[None]:
    """The bucket's events reach nobody, as before the review was switched on."""
    events = review.deployment.client("events")
    rules = [
        rule["Name"]
        for rule in events.list_rules()["Rules"]
        if "Object Created" in rule.get("EventPattern", "")
    ]
    assert rules
    for rule in rules:
        events.disable_rule(Name=rule)
    try:
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)


def backfilled(review: Review, prefix: str) -> Json:
    machines = review.deployment.client("stepfunctions")
    execution = machines.start_execution(
        stateMachineArn=review.deployment.outputs["BackfillArn"],
        input=json.dumps(
            {"bucket": review.deployment.outputs["TranscriptsBucketName"], "prefix": prefix}
        ),
    )["executionArn"]

    def ended() -> Json | None:
        found: Json = machines.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found = until(ended, "the backfill has ended", within=120)
    assert found["status"] == "SUCCEEDED", found
    output: Json = json.loads(found["output"])
    return output


def test_objects_from_before_the_review_was_switched_on_are_sampled(review: Review) -> None:
    asked = [pairs(2) for _ in range(3)]
    with nobody_hears_of_objects(review):
        ids = [
            name for each in asked for name in review.imports(each, name=f"old-{each[0][1][8:16]}")
        ]
        review.put("imports/old-broken.jsonl", b"{")
        review.deployment.settles()
        assert review.candidates(ids, "waiting") == []

        said = backfilled(review, "imports/old-")

    assert said == {"not_sampled": 0}
    assert len(review.sampled(ids)) == 6
    assert review.keys("quarantine/imports/old-broken.jsonl")


def test_a_second_backfill_changes_nothing(review: Review) -> None:
    ids = review.imports(pairs(2), name="again")
    before = review.sampled(ids)

    backfilled(review, "imports/again")

    assert review.candidates(ids, "waiting") == before
