"""What became of a reviewer's ratings: labels, datasets, models."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tandem.live.models import Person
from tandem.review.api import LabelFate
from tandem.review.consolidation import counts
from tandem.review.models import Candidate, DatasetVersion
from tandem.review.ports import ReviewWorld

_MOST_RATINGS = 1000
_AT_ONCE = 8


def fate(world: ReviewWorld, person: Person) -> LabelFate:
    """Of the newest 1,000 ratings of the one who asks.

    A rating is in a label where it is one of those that the label was made of: neither its rater is
    set aside, nor has a lead decided instead. The label is in a dataset that was built after it and
    has it in a row: what waits for the next test is in none.
    """
    ratings = world.ratings.of_reviewer(person.user, _MOST_RATINGS)
    jobs_of = {(rating.candidate_id, rating.job) for rating in ratings}
    known = world.reviewers.get(person.user)
    names = sorted({rating.candidate_id for rating in ratings})
    labeled = [
        candidate
        for candidate in (world.candidates.many(names) if counts(known) else [])
        if candidate.label is not None
        and candidate.label.rule != "adjudicated"
        and (candidate.candidate_id, candidate.label.job) in jobs_of
    ]
    held_by = _datasets(world, labeled)
    versions = sorted({version for found in held_by for version in found})
    models = {model.model_id for version in versions for model in world.records.models_of(version)}
    return LabelFate(
        rated=len(ratings),
        in_labels=len(labeled),
        in_datasets=sum(bool(found) for found in held_by),
        newest_dataset=versions[-1] if versions else None,
        models=tuple(sorted(models)),
    )


def _datasets(world: ReviewWorld, candidates: Sequence[Candidate]) -> list[set[int]]:
    """The versions that hold each candidate's label."""
    built = world.records.datasets()

    def one(candidate: Candidate) -> set[int]:
        after = {dataset.version for dataset in built if _may_hold(dataset, candidate)}
        if not after:
            return set()
        labels = world.records.labels_of(candidate.pair.conversation_id)
        return {version for version in after if candidate.candidate_id in labels.get(version, {})}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, candidates))


def _may_hold(dataset: DatasetVersion, candidate: Candidate) -> bool:
    return candidate.label is not None and candidate.label.at <= dataset.built_at
