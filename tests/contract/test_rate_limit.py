"""How often somebody may do something."""

import boto3
import pytest

from tandem.aws.rate_limit import DynamoRateLimit
from tandem.live.ports import RateLimit
from tests.contract.conftest import REGION
from tests.fakes import START, ManualClock, MemoryRateLimit


@pytest.fixture(params=["memory", "dynamodb"])
def rate_limit(request: pytest.FixtureRequest, clock: ManualClock) -> RateLimit:
    if request.param == "memory":
        return MemoryRateLimit(clock)
    table = request.getfixturevalue("table")
    return DynamoRateLimit(boto3.client("dynamodb", region_name=REGION), table, clock)


def test_only_as_many_as_allowed_pass_within_a_window(rate_limit: RateLimit) -> None:
    assert [rate_limit.allow("a", 3, 60) for _ in range(5)] == [True, True, True, False, False]


def test_each_key_has_its_own_count(rate_limit: RateLimit) -> None:
    assert rate_limit.allow("a", 1, 60)
    assert rate_limit.allow("b", 1, 60)
    assert not rate_limit.allow("a", 1, 60)


def test_each_window_begins_anew(rate_limit: RateLimit, clock: ManualClock) -> None:
    assert rate_limit.allow("a", 1, 60)
    clock.advance(59)
    assert not rate_limit.allow("a", 1, 60)
    clock.advance(1)
    assert rate_limit.allow("a", 1, 60)


def test_no_network_address_is_stored_and_counts_expire(table: str, clock: ManualClock) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    DynamoRateLimit(client, table, clock).allow("192.0.2.7", 1, 60)
    items = client.scan(TableName=table)["Items"]
    assert "192.0.2.7" not in str(items)
    assert [int(item["expires_at"]["N"]) for item in items] == [int(START.timestamp()) + 120]
