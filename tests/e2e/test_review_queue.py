"""From a transcript to a row of the dataset, with reviewers at the built-in queue."""

from uuid import uuid4

import pytest

from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer
from tests.e2e.reviewing import REA, RIO, Review, which

QUESTION = "How do I stop paying for an endpoint that I do not use?"


def pairs(number: int) -> list[tuple[str, str]]:
    """Questions that nobody else asks."""
    mark = f"x{uuid4().hex[:8]}"  # digits alone would be a number that is taken out
    return [
        (f"What does the option {mark}-{n} of my training job do?", f"It sets {mark} to {n}.")
        for n in range(number)
    ]


def test_a_conversation_of_the_chat_becomes_a_row_of_the_dataset_by_events_alone(
    review: Review, customer: Customer
) -> None:
    unique = f"x{uuid4().hex[:8]}"
    asked = f"{QUESTION} My job is called {unique}."
    answer = customer.asks(asked)
    customer.does("thumb", turn_id=answer["turn_id"], thumb="down")
    customer.does("close")

    candidates = review.sampled([customer.conversation_id])
    job = review.starts_labeling(candidates)
    rated = review.reviewer().rates_all(lambda _: 4)
    ended = review.ended(job)

    assert [item["question"] for item in rated if unique in item["question"]] == [asked]
    assert ended["status"] == "completed"
    dataset = review.dataset_with(asked)
    (row,) = [row for row in review.rows(dataset, "ratings") if unique in row["prompt"]]
    assert (row["prompt"], row["response"], row["reward"]) == (asked, answer["text"], 4)
    assert row["model_id"] == "tandem.extractive-reader-v1"
    assert row["raters"] == 1


def test_transcripts_of_another_chatbot_go_the_same_way(review: Review) -> None:
    asked = pairs(3)
    ids = review.imports(asked)

    job = review.starts_labeling(review.sampled(ids))
    scores = {asked[0][0]: 1, asked[1][0]: 3, asked[2][0]: 5}
    review.reviewer().rates_all(lambda item: scores.get(item["question"], 3))
    review.ended(job)

    rows = review.rows(review.dataset_with(*scores), "ratings")
    found = {row["prompt"]: row["reward"] for row in rows if row["prompt"] in scores}
    assert found == scores
    assert all(row["model_id"] == "other-model" for row in rows if row["prompt"] in scores)


def test_importing_the_same_again_makes_nothing_new(review: Review) -> None:
    asked = pairs(2)
    first = review.imports(asked)
    review.sampled(first)
    second = review.imports(asked)
    review.deployment.settles()

    assert review.candidates(second, "waiting") == []
    assert len(review.candidates(first, "waiting")) == 2


def test_several_reviewers_rate_an_item_blind_and_the_median_counts(review: Review) -> None:
    asked = pairs(2)
    with review.policy({"labeling": {"workers_per_object": 2}}):
        ids = review.imports(asked)
        candidates = review.sampled(ids)
        job = review.starts_labeling(candidates)
        seen = review.reviewer(RIO).rates_all(lambda _: 2)
        assert review.job(job)["status"] == "open"
        also = review.reviewer(REA).rates_all(lambda _: 4)
        review.ended(job)

    mine = {item["candidate_id"] for item in seen} & {c["candidate_id"] for c in candidates}
    assert mine == {c["candidate_id"] for c in candidates}
    for item in (*seen, *also):
        assert item.keys() == {
            "job", "candidate_id", "question", "answer", "context", "held_until",
        }  # fmt: skip
    for candidate in review.candidates(ids, "labeled"):
        assert candidate["label"]["rating"] == 3
        assert candidate["label"]["raters"] == 2


def test_an_item_is_locked_while_somebody_has_it_and_comes_back_when_they_leave(
    review: Review,
) -> None:
    ids = review.imports(pairs(1))
    job = review.starts_labeling(review.sampled(ids))
    rio, rea = review.reviewer(RIO), review.reviewer(REA)

    def items_of(job: str) -> list[str]:
        """What Rea can get of this job: she skips whatever else there is."""
        found = []
        while item := rea.next():
            if item["job"] == job:
                found.append(item["candidate_id"])
                rea.post("/review/release", **which(item))
                break
            rea.rates(item, 3)
        return found

    while (held := rio.next()) and held["job"] != job:
        rio.rates(held, 3)
    assert held
    assert items_of(job) == []
    rio.post("/review/release", **which(held))
    assert items_of(job) == [held["candidate_id"]]

    review.reviewer(RIO).rates_all(lambda _: 5)
    assert review.ended(job)["labeled"] == 1


def test_what_was_rated_last_can_be_taken_back(review: Review) -> None:
    asked = pairs(2)
    ids = review.imports(asked)
    job = review.starts_labeling(review.sampled(ids))
    rio = review.reviewer(RIO)
    first = rio.next()
    assert first
    rio.rates(first, 1)
    undone = rio.post("/review/undo")
    assert which(undone["item"]) == which(first)
    assert undone["rating"] == 1
    rio.rates_all(lambda _: 5)
    review.ended(job)

    labels = [each["label"]["rating"] for each in review.candidates(ids, "labeled")]
    assert labels == [5, 5]


def test_what_cannot_be_rated_goes_to_a_lead_who_decides(review: Review) -> None:
    ids = review.imports(pairs(2))
    candidates = review.sampled(ids)
    job = review.starts_labeling(candidates)
    rio = review.reviewer(RIO)
    flagged = None
    while item := rio.next():
        if flagged is None and item["job"] == job:
            flagged = item
            rio.post("/review/flag", **which(item), reason="It is not a question.")
        else:
            rio.rates(item, 4)
    assert flagged
    review.ended(job)
    (shown,) = review.candidates(ids, "flagged")
    assert "It is not a question." in shown["note"]

    review.lead().post(
        "/review/adjudicate", candidate_id=shown["candidate_id"], decision="label", rating=2
    )

    labels = {each["candidate_id"]: each["label"] for each in review.candidates(ids, "labeled")}
    assert labels[shown["candidate_id"]]["rule"] == "adjudicated"
    assert labels[shown["candidate_id"]]["rating"] == 2
    assert len(labels) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/review/next"),
        ("GET", "/review/overview"),
        ("GET", "/review/articles"),
        ("POST", "/review/withdrawals"),
    ],
)
def test_only_who_may_is_let_in(
    review: Review, deployment: Deployment, method: str, path: str
) -> None:
    nobody = deployment.api()
    expert = deployment.api(deployment.stack.sign_in())
    rio = review.reviewer(RIO)
    body = {"conversation_id": "c1"}

    assert nobody.send(method, path, body).status_code == 401
    assert expert.send(method, path, body).status_code == 403
    if path != "/review/next":
        assert rio.send(method, path, body).status_code == 403


def test_a_withdrawn_conversation_is_in_no_later_dataset(review: Review) -> None:
    asked = pairs(2)
    ids = review.imports(asked)
    job = review.starts_labeling(review.sampled(ids))
    review.reviewer().rates_all(lambda _: 4)
    review.ended(job)
    before = review.dataset_with(*(question for question, _ in asked))
    assert {row["prompt"] for row in review.rows(before, "ratings")} >= {a[0] for a in asked}

    said = review.lead().post("/review/withdrawals", conversation_id=ids[0], reason="asked for it")
    assert before["version"] in said["datasets"]
    review.imports([asked[0]], name=ids[0].rpartition("-")[0])  # its transcript comes again
    review.invoke("BuildDataset", {"detail-type": "Scheduled Event", "source": "aws.events"})

    newest = review.datasets()[0]
    prompts = {row["prompt"] for row in review.rows(newest, "ratings")}
    assert newest["version"] > before["version"]
    assert asked[0][0] not in prompts
    assert asked[1][0] in prompts
    assert review.candidates([ids[0]], "waiting") == []
