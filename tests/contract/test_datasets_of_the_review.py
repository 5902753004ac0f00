"""What the review says of its datasets to those who train on them."""

from datetime import timedelta

import pytest

from tandem.aws.review_datasets import ReviewDatasets
from tandem.aws.review_records import DynamoRecords
from tandem.review.models import DatasetVersion, Withdrawal
from tandem.review.stores import Records
from tandem.tuning.ports import Dataset
from tests.contract.test_review_store import dynamodb
from tests.fakes import START
from tests.review_fakes import MemoryRecords

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Records:
    return MemoryRecords() if request.param == "memory" else DynamoRecords(dynamodb(request))


def built(records: Records, version: int, *conversations: str) -> DatasetVersion:
    """A dataset of so many conversations, a day after the one before."""
    records.add_members(version, conversations)
    dataset = DatasetVersion(
        version=version,
        uri=f"s3://review/datasets/v{version:06d}/",
        inputs=str(version),
        counts={},
        conversations=len(conversations),
        built_at=START + version * DAY,
    )
    records.add_dataset(dataset)
    return dataset


def withdrawn(records: Records, conversation: str, day: float) -> None:
    records.withdraw(
        Withdrawal(conversation_id=conversation, at=START + day * DAY, by="lea", reason="")
    )


def test_the_newest_dataset_is_the_one_with_the_highest_number(records: Records) -> None:
    assert ReviewDatasets(records).newest() is None

    for version in (1, 10, 9):
        built(records, version, "talk-1")

    assert ReviewDatasets(records).newest() == Dataset(10, "s3://review/datasets/v000010/")


def test_a_dataset_holds_what_was_withdrawn_since_it_was_built(records: Records) -> None:
    built(records, 1, "talk-1", "talk-2", "talk-3")
    built(records, 2, "talk-2", "talk-3")
    withdrawn(records, "talk-1", 1.5)
    withdrawn(records, "talk-2", 2.5)
    withdrawn(records, "talk-9", 2.6)

    datasets = ReviewDatasets(records)

    assert datasets.of(1) == ["talk-1", "talk-2"]
    assert datasets.of(2) == ["talk-2"]
    assert datasets.of(3) == []


def test_what_was_withdrawn_long_before_is_not_looked_at(records: Records) -> None:
    withdrawn(records, "talk-1", 0.5)
    # Left by a build that noticed the withdrawal and broke off.
    built(records, 1, "talk-1")

    assert ReviewDatasets(records).of(1) == []


def test_clocks_that_differ_a_little_hide_nothing(records: Records) -> None:
    built(records, 1, "talk-1")
    withdrawn(records, "talk-1", 1 - 1 / 1440)

    assert ReviewDatasets(records).of(1) == ["talk-1"]


def test_datasets_are_found_of_what_was_withdrawn_since_a_moment(records: Records) -> None:
    built(records, 1, "talk-1", "talk-2", "talk-3")
    built(records, 2, "talk-2", "talk-3")
    withdrawn(records, "talk-1", 1.5)
    withdrawn(records, "talk-2", 2.5)
    withdrawn(records, "talk-9", 2.6)
    # Left by a build that noticed the withdrawal and broke off.
    built(records, 4, "talk-2")
    # Nobody has built it (yet).
    records.add_members(5, ["talk-2"])

    datasets = ReviewDatasets(records)

    assert datasets.since(START + DAY) == {1, 2}
    assert datasets.since(START + 2.5 * DAY) == {1, 2}
    assert datasets.since(START + 2.6 * DAY) == frozenset()
    assert datasets.since(START) == {1, 2}


def test_however_many_were_withdrawn_all_are_found(records: Records) -> None:
    names = [f"talk-{number:03d}" for number in range(250)]
    built(records, 1, *names)
    for number, name in enumerate(names):
        withdrawn(records, name, 2 + number // 50)

    assert ReviewDatasets(records).of(1) == names
