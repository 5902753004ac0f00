"""Makes labels anew when a reviewer's ratings count no more, or again."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from tandem.review.consolidation import consolidate
from tandem.review.models import Candidate, CandidateStatus, Label, Rating, Return, Reviewer
from tandem.review.moves import change_candidate, kept_returns, with_changes
from tandem.review.ports import ReviewWorld
from tandem.review.reviewer_quality import MOST_RATINGS

_AT_ONCE = 8


def relabel(world: ReviewWorld, reviewer: str) -> int:
    """Make the labels anew that a reviewer has a part in. Of a lead's own labels the rating stays,
    and reviewers' better answers beside it follow.

    What nobody counts for any more waits for a rating again. Returns how many labels changed.
    """
    reviewers = {found.reviewer: found for found in world.reviewers.all()}
    rated = {r.candidate_id for r in world.ratings.of_reviewer(reviewer, MOST_RATINGS)}

    def one(candidate: Candidate) -> bool:
        return _relabeled(world, candidate, reviewers)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(one, world.candidates.many(sorted(rated))))


def ratings_of_label(world: ReviewWorld, candidate_id: str, job: str) -> list[Rating]:
    """The ratings that a job's label of a candidate is made of, whether they count or not.

    Not what its task in the queue knows nothing of: a rating that came too late.
    """
    found = [rating for rating in world.ratings.of_candidate(candidate_id) if rating.job == job]
    task = world.tasks.get(job, candidate_id) if found else None
    return [rating for rating in found if task is None or rating.reviewer in task.rated_by]


def _relabeled(world: ReviewWorld, candidate: Candidate, reviewers: Mapping[str, Reviewer]) -> bool:
    changed = False

    def change(found: Candidate) -> Candidate | None:
        nonlocal changed
        after = _with_label(world, found, reviewers)
        changed = after is not None
        return after

    return change_candidate(world, candidate, change) is not None and changed


def _with_label(
    world: ReviewWorld, before: Candidate, reviewers: Mapping[str, Reviewer]
) -> Candidate | None:
    """The candidate with the label of those who count now; None where it stays as it is."""
    label = before.label
    if before.status is not CandidateStatus.LABELED or label is None:
        return None
    ratings = ratings_of_label(world, before.candidate_id, label.job)
    if not ratings:
        return None  # nobody's ratings have a part in it: it came with the transcript
    made = consolidate(ratings, reviewers, world.policies.current().quality)
    if label.rule == "adjudicated":
        changes: dict[str, object] = {"better_answers": made.better_answers if made else ()}
    elif made is not None:
        changes = {
            "rating": made.rating,
            "rule": made.rule,
            "raters": made.raters,
            "agreement": made.agreement,
            "better_answers": made.better_answers,
        }
    else:
        return _waiting(world, before, label)
    after = label.model_copy(update=changes)
    if after == label:
        return None
    return with_changes(before, label=after.model_copy(update={"at": world.clock.now()}))


def _waiting(world: ReviewWorld, before: Candidate, label: Label) -> Candidate:
    # Counts against nobody: the candidate is not why its raters were set aside.
    returned = Return(
        job=label.job, reason="every rater was set aside", at=world.clock.now(), counts=False
    )
    return with_changes(
        before,
        status=CandidateStatus.WAITING,
        label=None,
        job=None,
        returns=kept_returns((*before.returns, returned)),
    )
