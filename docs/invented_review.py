"""What the pictures of the review show: transcripts of another chatbot for reviewers, and for leads
the invented ratings, jobs, datasets and articles of some weeks."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median

from local.stack import Stack
from tandem.aws.review_candidates import DynamoCandidates
from tandem.aws.review_labeling import DynamoJobs, DynamoRatings, DynamoReviewers
from tandem.aws.review_records import DynamoArticles, DynamoRecords
from tandem.aws.review_table import ReviewTable
from tandem.review.models import (
    Article,
    Backend,
    Candidate,
    CandidateStatus,
    DatasetVersion,
    Job,
    JobStatus,
    Label,
    Pair,
    Pick,
    Rating,
    Reviewer,
    TrainedModel,
    Withdrawal,
)

JOB = "tandem-4c1d8e77a2b05f36"
_SEED = 11
_RATED = 120
_COUNTS = (
    {"ratings": 64, "ratings/train": 44, "ratings/validation": 6, "ratings/test": 14,
     "preferences": 9, "preferences/train": 7, "preferences/validation": 1, "preferences/test": 1},
    {"ratings": 121, "ratings/train": 85, "ratings/validation": 12, "ratings/test": 24,
     "preferences": 17, "preferences/train": 12, "preferences/validation": 2,
     "preferences/test": 3},
)  # fmt: skip
"""Of the datasets, oldest first."""
_NAMES = {"rio": "Rio Reviewer", "rea": "Rea Reviewer", "kim": "Kim Reviewer"}
_KINDNESS = {"rio": 0.1, "rea": -0.3, "kim": 0.2}

_TALKS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("My bill is much higher than last month.",
         "I am sorry to hear that. Which part of it would you like to look at?"),
        ("How do I stop paying for an endpoint that I do not use?",
         "Delete the endpoint: it costs as long as it is in service, also without a request. "
         "Open SageMaker AI, choose Inference, then Endpoints, select it and choose Delete. The "
         "endpoint configuration and the model stay, and cost nothing."),
    ),
    (("Can I see who has changed an endpoint?", "Endpoints serve models in real time."),),
    (("Where do I find the logs of a training job?",
      "In Amazon CloudWatch, in the log group /aws/sagemaker/TrainingJobs."),),
    (("How long is a notebook kept that I do not use?", "As long as you do not delete it."),),
    (("What does managed spot training cost?",
      "Up to 90 percent less than on demand, as capacity is spare."),),
    (("Which regions have this instance type?", "Most regions have it."),),
)  # fmt: skip
"""Questions and answers of one conversation each."""
_DISPUTED = Pair(
    conversation_id="shop-20411", turn_id="t4", model_id="other-model",
    question="How do I stop paying for an endpoint that I do not use?",
    answer="Endpoints are a way to serve models in real time. You pay for the instances behind "
    "them by the second.",
)  # fmt: skip


def import_transcripts(stack: Stack) -> None:
    """Enough of them for a labelling job, which starts by itself."""
    lines = [
        {
            "id": f"shop-{number}",
            "model": "other-model",
            "messages": [
                {"role": role, "content": text}
                for exchange in talk
                for role, text in zip(("user", "assistant"), exchange, strict=True)
            ],
        }
        for number, talk in enumerate(_TALKS)
    ]
    stack.client("s3").put_object(
        Bucket=stack.outputs["TranscriptsBucketName"],
        Key="imports/shop.jsonl",
        Body="".join(f"{json.dumps(line)}\n" for line in lines).encode(),
    )


def invent_reviews(stack: Stack, now: datetime) -> None:
    """What a lead finds after some weeks."""
    chance = random.Random(_SEED)  # noqa: S311 - pictures, no secrets
    table = ReviewTable(stack.client("dynamodb"), stack.outputs["ReviewTableName"])
    candidates, ratings = DynamoCandidates(table), DynamoRatings(table)
    for reviewer, name in _NAMES.items():
        DynamoReviewers(table).put(Reviewer(reviewer=reviewer, name=name))
    for number in range(_RATED):
        given = list(_rated(f"invented-{number}", chance, now - timedelta(days=3)))
        candidates.add(_labeled(_pair(number), given))
        for rating in given:
            ratings.put(rating)
    disputed = [
        _rating("disputed", "rio", 4, now, reason="Says what one pays for."),
        _rating("disputed", "rea", 1, now, reason="Does not say how to stop it.",
                better_answer="Delete the endpoint: it costs as long as it is in service."),
    ]  # fmt: skip
    candidates.add(_labeled(_DISPUTED, disputed))
    for rating in disputed:
        ratings.put(rating)
    for job in _jobs(now):
        DynamoJobs(table).add(job)
    records = DynamoRecords(table)
    for version, counts in enumerate(_COUNTS, 1):
        built = now - timedelta(days=30 - 14 * version)
        uri = f"s3://{stack.outputs['ReviewBucketName']}/datasets/v{version}/"
        records.add_dataset(
            DatasetVersion(version=version, uri=uri, inputs=f"invented-{version}", counts=counts,
                           conversations=counts["ratings"], built_at=built)
        )  # fmt: skip
    records.add_model(TrainedModel(model_id="tandem-tuned-1", dataset_version=1, at=now))
    records.withdraw(
        Withdrawal(conversation_id="shop-18822", at=now - timedelta(days=5), by="lea",
                   reason="Asked for by e-mail")
    )  # fmt: skip
    articles = DynamoArticles(table)
    for article in _articles(now):
        articles.add(article)


def _pair(number: int) -> Pair:
    return Pair(
        conversation_id=f"invented-{number}", turn_id="t2", question=f"Invented question {number}?",
        answer=f"Invented answer {number}.", model_id="other-model",
    )  # fmt: skip


def _rated(candidate_id: str, chance: random.Random, at: datetime) -> Iterator[Rating]:
    worth = chance.choices(range(1, 6), [2, 3, 4, 7, 9])[0]
    for reviewer in chance.sample(list(_NAMES), 2):
        score = round(chance.gauss(worth + _KINDNESS[reviewer], 0.6))
        yield _rating(
            candidate_id, reviewer, min(5, max(1, score)), at,
            seconds=chance.lognormvariate(2.6, 0.5),
        )  # fmt: skip


def _rating(
    candidate_id: str, reviewer: str, score: int, at: datetime, *,
    reason: str = "", better_answer: str = "", seconds: float = 20,
) -> Rating:  # fmt: skip
    return Rating(
        candidate_id=candidate_id, job=JOB, reviewer=reviewer, rating=score, at=at,
        reason=reason, better_answer=better_answer, seconds=round(seconds, 1),
    )  # fmt: skip


def _labeled(pair: Pair, given: Sequence[Rating]) -> Candidate:
    at = given[0].at
    label = Label(
        rating=median(rating.rating for rating in given), rule="median", raters=len(given),
        agreement=None, job=JOB, at=at,
    )  # fmt: skip
    return Candidate(
        candidate_id=given[0].candidate_id, pair=pair, picks=(Pick.THUMBS_DOWN,), stratum="en",
        topic="invented", policy_version="invented", created_at=at - timedelta(days=2),
        conversations=(pair.conversation_id,), status=CandidateStatus.LABELED, label=label,
    )  # fmt: skip


def _jobs(now: datetime) -> Iterator[Job]:
    yield Job(
        name=JOB, backend=Backend.QUEUE, status=JobStatus.COMPLETED, workers_per_object=2,
        candidate_ids=tuple(f"invented-{number}" for number in range(_RATED)),
        created_at=now - timedelta(days=9), deadline=now + timedelta(days=5),
        ended_at=now - timedelta(days=3), labeled=_RATED - 1, returned=1,
    )  # fmt: skip
    yield Job(
        name="tandem-9b02f6d1c48ea733", backend=Backend.GROUND_TRUTH, status=JobStatus.FAILED,
        candidate_ids=("invented-1",), workers_per_object=3, created_at=now - timedelta(days=16),
        deadline=now - timedelta(days=2), ended_at=now - timedelta(days=15), returned=1,
        reason="ClientError: the input manifest could not be read (AccessDenied).",
    )  # fmt: skip


def _articles(now: datetime) -> Iterator[Article]:
    yield Article(
        article_id="invented-invoice", conversation_id="c-77aa21", answered_by="ada",
        question="Can I get an invoice for each department?",
        answer="Yes. Tag your resources with a cost center and activate the tag under Billing, "
        "Cost allocation tags. From the next day on, each invoice line names it.",
        product_area="Billing", created_at=now - timedelta(hours=5),
    )  # fmt: skip
    yield Article(
        article_id="invented-quota", conversation_id="c-19be02", answered_by="ben",
        question="Why was my training job stopped after a day?",
        answer="A job ends after its maximum run time, one day by default. Set a longer one when "
        "you start it.",
        product_area="Training", created_at=now - timedelta(days=1),
    )  # fmt: skip
