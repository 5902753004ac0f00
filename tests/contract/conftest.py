"""Two worlds for each contract: the in-memory fakes, and the AWS adapters on moto."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.contract.bedrock_stand_in import StandIn, stand_in
from tests.fakes import ManualClock

REGION = "us-east-1"
TABLE = "tandem"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Tandem")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "tests")
    with mock_aws():
        yield


@pytest.fixture
def table(aws: None) -> str:
    """The table as `template.yaml` declares it."""
    keys = {
        "table": [("pk", "HASH"), ("sk", "RANGE")],
        "due": [("due_shard", "HASH"), ("due_at", "RANGE")],
        "queue": [("queue_key", "HASH"), ("queued_at", "RANGE")],
        "day": [("day_shard", "HASH"), ("day_at", "RANGE")],
    }

    def schema(name: str) -> list[dict[str, str]]:
        return [{"AttributeName": key, "KeyType": kind} for key, kind in keys[name]]

    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"}
            for pairs in keys.values()
            for key, _ in pairs
        ],
        KeySchema=schema("table"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": schema("due"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "queue",
                "KeySchema": schema("queue"),
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "day",
                "KeySchema": schema("day"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["fact"]},
            },
        ],
    )
    return TABLE


DOCUMENTS = {
    "refunds.md": "# Refunds\n\nA refund takes five working days after we have the parcel.\n",
    "shipping.md": "# Shipping\n\nParcels leave our warehouse in Hamburg every evening at six.\n",
}


@pytest.fixture(scope="session")
def running_bedrock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    documents = tmp_path_factory.mktemp("documents")
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text)
    with stand_in(documents, tmp_path_factory.mktemp("cache")) as running:
        yield running


@pytest.fixture
def bedrock(running_bedrock: StandIn) -> StandIn:
    """The Bedrock stand-in, with nothing told to it yet."""
    running_bedrock.reset()
    return running_bedrock
