"""What leads see: how far reviewers agree, who rates how, what waits for a decision."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tandem.live.errors import InvalidMessage
from tandem.review.agreement import krippendorff_alpha
from tandem.review.api import (
    CandidateList,
    CandidateView,
    DatasetView,
    JobView,
    RatingView,
    ReviewOverview,
)
from tandem.review.consolidation import counted, counts
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    Job,
    Rating,
    Reviewer,
)
from tandem.review.ports import ReviewWorld
from tandem.review.reviewer_quality import MOST_RATINGS, WINDOW, figures

_MOST_COUNTED = 10_000
_JOBS = 20
_DATASETS = 20
_MOST_LISTED = 1000
_USUALLY_LISTED = 20
_MOST_CHARACTERS = 3_000_000
"""Of one answer: a Lambda function's takes 6 MB."""
_AT_ONCE = 8


def overview(world: ReviewWorld) -> ReviewOverview:
    """Of the newest 20,000 ratings of 90 days. Needs the layer `statistics`."""
    ratings = _ratings(world)
    reviewers = named_reviewers(world)
    valid = [rating for rating in ratings if counts(reviewers.get(rating.reviewer))]
    jobs = world.jobs.recent(_JOBS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        numbers = pool.map(lambda s: world.candidates.count(s, _MOST_COUNTED), CandidateStatus)
        shown_jobs = pool.map(lambda job: _job(world, job), jobs)
        return ReviewOverview(
            agreement=krippendorff_alpha(valid),
            reviewers=figures(ratings, reviewers),
            candidates=dict(zip(CandidateStatus, numbers, strict=True)),
            disagreements=sum(1 for _ in _disagreements(world, ratings, reviewers)),
            jobs=tuple(shown_jobs),
            datasets=tuple(_datasets(world)),
            withdrawals=len(world.records.withdrawals()),
        )


def disagreements(world: ReviewWorld, limit: int) -> CandidateList:
    """Labels whose ratings lie so far apart that a lead should look, newest first.

    Raises `InvalidMessage`.
    """
    reviewers = named_reviewers(world)
    found = sorted(_disagreements(world, _ratings(world), reviewers), key=_labeled_at, reverse=True)
    return _list(world, found[: _listed(limit)], reviewers)


def candidates(world: ReviewWorld, status: str, limit: int) -> CandidateList:
    """Candidates of a status: picked for a reason before random ones, then oldest first.

    Raises `InvalidMessage`.
    """
    if status not in set(CandidateStatus):
        raise InvalidMessage(f"status must be one of {', '.join(CandidateStatus)}.")
    found = list(world.candidates.of_status(CandidateStatus(status), _listed(limit)))
    return _list(world, found, named_reviewers(world))


def view(
    world: ReviewWorld, candidate: Candidate, reviewers: Mapping[str, Reviewer]
) -> CandidateView:
    """A candidate with what was said of it, oldest first.

    Nothing is shown of ratings while reviewers are at it: leads rate as well, and rate blind.
    """
    blind = candidate.status is CandidateStatus.LABELING
    ratings = [] if blind else world.ratings.of_candidate(candidate.candidate_id)
    return CandidateView(
        candidate_id=candidate.candidate_id,
        conversation_id=candidate.pair.conversation_id,
        question=candidate.pair.question,
        answer=candidate.pair.answer,
        context=candidate.pair.context,
        model_id=candidate.pair.model_id,
        picks=candidate.picks,
        status=candidate.status,
        label=candidate.label,
        ratings=tuple(_rating(rating, reviewers) for rating in ratings),
        returns=tuple(returned.reason for returned in candidate.returns),
        note=candidate.note,
    )


def named_reviewers(world: ReviewWorld) -> dict[str, Reviewer]:
    """What is known of reviewers, with the names under which they signed in."""
    known = {reviewer.reviewer: reviewer for reviewer in world.reviewers.all()}
    for sitting in world.sittings.all():
        reviewer = known.get(sitting.reviewer) or Reviewer(reviewer=sitting.reviewer)
        known[sitting.reviewer] = reviewer.model_copy(update={"name": sitting.name})
    return known


# --- parts ---------------------------------------------------------------------------------------
def _ratings(world: ReviewWorld) -> list[Rating]:
    return world.ratings.since(world.clock.now() - WINDOW, MOST_RATINGS)


def _disagreements(
    world: ReviewWorld, ratings: Iterable[Rating], reviewers: Mapping[str, Reviewer]
) -> Iterator[Candidate]:
    """Labelled candidates, not decided by a lead, whose label's ratings lie far apart."""
    apart = world.policies.current().quality.disagreement_from
    items: dict[tuple[str, str], list[Rating]] = defaultdict(list)
    for rating in ratings:
        items[rating.candidate_id, rating.job].append(rating)
    disputed = set()
    for key, of_item in items.items():
        scores = [rating.rating for rating in counted(of_item, reviewers)]
        if scores and max(scores) - min(scores) >= apart:
            disputed.add(key)
    for candidate in world.candidates.many(sorted({name for name, _ in disputed})):
        label = candidate.label
        if (
            candidate.status is CandidateStatus.LABELED
            and label is not None
            and label.rule != "adjudicated"
            and (candidate.candidate_id, label.job) in disputed
        ):
            yield candidate


def _labeled_at(candidate: Candidate) -> float:
    return candidate.label.at.timestamp() if candidate.label else 0.0


def _listed(limit: int) -> int:
    """How many are asked for; 0 stands for the usual number."""
    if limit > _MOST_LISTED:
        raise InvalidMessage(f"limit must be at most {_MOST_LISTED}.")
    return limit or _USUALLY_LISTED


def _list(
    world: ReviewWorld, found: Sequence[Candidate], reviewers: Mapping[str, Reviewer]
) -> CandidateList:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        views = list(pool.map(lambda candidate: view(world, candidate, reviewers), found))
    shown, left = [], _MOST_CHARACTERS
    for each in views:
        left -= len(each.model_dump_json())
        if left < 0:
            break
        shown.append(each)
    return CandidateList(candidates=tuple(shown))


def _rating(rating: Rating, reviewers: Mapping[str, Reviewer]) -> RatingView:
    known = reviewers.get(rating.reviewer)
    return RatingView(
        reviewer=rating.reviewer,
        name=(known.name if known else "") or rating.reviewer,
        rating=rating.rating,
        reason=rating.reason,
        better_answer=rating.better_answer,
        counted=counts(known),
        at=rating.at,
    )


def _job(world: ReviewWorld, job: Job) -> JobView:
    return JobView(
        name=job.name,
        backend=job.backend,
        status=job.status,
        created_at=job.created_at,
        deadline=job.deadline,
        ended_at=job.ended_at,
        candidates=len(job.candidate_ids),
        labeled=job.labeled,
        returned=job.returned,
        open=_open(world, job),
        reason=job.reason,
    )


def _open(world: ReviewWorld, job: Job) -> int | None:
    if job.backend is Backend.GROUND_TRUTH:
        return None
    return 0 if job.status.ended else world.tasks.count_open(job.name)


def _datasets(world: ReviewWorld) -> Iterator[DatasetView]:
    for dataset in world.records.datasets()[:_DATASETS]:
        yield DatasetView(
            version=dataset.version,
            uri=dataset.uri,
            counts=dataset.counts,
            built_at=dataset.built_at,
            models=tuple(model.model_id for model in world.records.models_of(dataset.version)),
            test_series=dataset.test_series,
            shortcomings=dataset.shortcomings,
        )
