"""Lists of the review's table, and of a bucket, that go on: the fakes and AWS alike."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import boto3
import pytest

from tandem.aws.files import S3Files
from tandem.aws.review_records import DynamoArticles
from tandem.review.models import ArticleStatus, Erasure, Withdrawal
from tandem.review.ports import Files
from tandem.review.stores import Place
from tests.contract.conftest import REGION
from tests.contract.test_review_store import Stores, article, changed, dynamodb
from tests.fakes import START
from tests.review_fakes import MemoryFiles

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return Stores(None if request.param == "memory" else dynamodb(request))


# --- articles ------------------------------------------------------------------------------------
def test_articles_of_a_status_go_on_where_they_ended_also_within_one_moment(
    stores: Stores,
) -> None:
    for number in sorted(range(20), key=lambda number: number * 7 % 20):
        at = START + number // 6 * MICROSECOND
        stores.articles.add(article(f"a{number:02d}", created_at=at))
    stores.articles.add(article("other", status=ArticleStatus.REJECTED))

    pieces: list[list[str]] = []
    place: Place | None = None
    for _ in range(5):
        piece = stores.articles.of_status(ArticleStatus.PROPOSED, 4, place)
        pieces.append([found.article_id for found in piece])
        place = Place(piece[-1].created_at, piece[-1].article_id)

    assert stores.articles.of_status(ArticleStatus.PROPOSED, 4, place) == []
    assert [*chain(*pieces)] == [f"a{number:02d}" for number in reversed(range(20))]


def test_an_index_may_have_those_of_one_moment_in_any_order(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = dynamodb(request)
    articles = DynamoArticles(table)
    for number in range(6):
        articles.add(article(f"a{number}"))
    indexed = table.indexed

    def in_another_order(*which: Any, **more: Any) -> Iterator[Any]:
        return iter(sorted(indexed(*which, **more), key=lambda item: item["pk"]["S"][-1] in "024"))

    monkeypatch.setattr(table, "indexed", in_another_order)
    first = articles.of_status(ArticleStatus.PROPOSED, 3)
    rest = articles.of_status(ArticleStatus.PROPOSED, 3, Place(START, first[-1].article_id))

    assert [found.article_id for found in first + rest] == ["a5", "a4", "a3", "a2", "a1", "a0"]


def test_unsettled_articles_are_found_whatever_their_status_until_they_are_settled(
    stores: Stores,
) -> None:
    published: dict[str, Any] = {"status": ArticleStatus.PUBLISHED, "may_be_held": True}
    pending = article("pending", **published, published_revision=0)
    left = article("left", status=ArticleStatus.WITHDRAWN, may_be_held=True, problem="away")
    settled = article("settled", **published, published_revision=0, indexed=True)
    unread = article("unread", **published, published_revision=0, at_next_sync=True)
    for each in (pending, left, settled, unread, article("proposed")):
        stores.articles.add(each)

    assert {found.article_id for found in stores.articles.unsettled()} == {"pending", "left"}
    assert len(stores.articles.unsettled(1)) == 1

    stores.articles.replace(left, changed(left, may_be_held=False))
    edited = changed(settled, answer="Otherwise.")
    stores.articles.replace(settled, edited)
    assert {found.article_id for found in stores.articles.unsettled()} == {"pending", "settled"}


# --- withdrawals ---------------------------------------------------------------------------------
def test_withdrawals_go_on_where_they_ended_and_are_found_by_their_conversation(
    stores: Stores,
) -> None:
    made = [
        Withdrawal(conversation_id=f"talk-{n}", at=START + n // 2 * MICROSECOND, by="lea")
        for n in range(5)
    ]
    for each in made:
        stores.records.withdraw(each)

    first = stores.records.withdrawals(3)
    rest = stores.records.withdrawals(3, Place(first[-1].at, first[-1].conversation_id))

    assert [*first, *rest] == made[::-1]
    assert stores.records.withdrawals() == made[::-1]
    assert stores.records.withdrawal("talk-3") == made[3]
    assert stores.records.withdrawal("talk-9") is None


def test_what_is_to_be_erased_is_said_once_and_is_gone_when_it_is_done(stores: Stores) -> None:
    def erasure(job: str, candidate_id: str = "c1", whole: bool = True) -> Erasure:
        return Erasure(conversation_id="t", job=job, candidate_id=candidate_id, whole=whole)

    first, second, third = erasure("job-1"), erasure("job-1", "c2"), erasure("job-2")
    stores.records.add_erasures([third, first, second, first])
    assert stores.records.erasures() == [first, second, third]

    stores.records.erased(second)
    stores.records.erased(second)
    assert stores.records.erasures() == [first, third]


# --- objects -------------------------------------------------------------------------------------
@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> Files:
    if request.param == "memory":
        return MemoryFiles()
    request.getfixturevalue("aws")
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="review")
    return S3Files(client, "review")


def test_all_objects_below_a_folder_are_listed_however_many(files: Files) -> None:
    names = [f"jobs/a/{number:04d}.json" for number in range(1003)]
    for key in (*names, "jobs/ab/1.json", "jobs/b/1.json"):
        files.write(key, b"{}", "application/json")

    assert files.below("jobs/a/") == names
    assert files.below("jobs/none/") == []
