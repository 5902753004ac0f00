"""Several ratings of one candidate become one label, by a stated rule.

Each reviewer's newest rating counts once; those of reviewers who are set aside do not. The label is
the **median**: one who is far off does not move it. Once everybody who rated the candidate shares
enough rated items with others to know their bias (`Quality.debias_from`), it is the **mean of the
ratings less the rater's bias**, kept within the scale: with bias known, the mean uses more of what
was said than the median does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import Literal

from tandem.review.manifest import kept_answers
from tandem.review.models import HIGHEST, LOWEST, Rating, Reviewer, Standing
from tandem.review.policy import Quality


@dataclass(frozen=True, slots=True)
class Consolidated:
    """One label. Names nobody."""

    rating: float
    rule: Literal["median", "debiased_mean"]
    raters: int
    agreement: float | None
    """1 - mean absolute difference of all pairs of ratings / 4; None with a single rater."""
    better_answers: tuple[str, ...]


def counted(ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer]) -> list[Rating]:
    """The newest rating of each reviewer who counts, oldest first."""
    newest: dict[str, Rating] = {}
    for rating in sorted(ratings, key=lambda rating: rating.at):
        newest.pop(rating.reviewer, None)
        newest[rating.reviewer] = rating
    return [rating for rating in newest.values() if counts(reviewers.get(rating.reviewer))]


def counts(reviewer: Reviewer | None) -> bool:
    """Whether what a reviewer says counts; who is not known yet does."""
    return reviewer is None or reviewer.standing is Standing.COUNTED


def set_aside(reviewers: Iterable[Reviewer]) -> frozenset[str]:
    """The names of those whose ratings do not count."""
    return frozenset(reviewer.reviewer for reviewer in reviewers if not counts(reviewer))


def consolidate(
    ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer], quality: Quality
) -> Consolidated | None:
    """The label of one candidate's ratings; None where no rating counts."""
    valid = counted(ratings, reviewers)
    if not valid:
        return None
    known = [reviewers.get(rating.reviewer) for rating in valid]
    biases = [r.bias for r in known if r is not None and r.overlap >= quality.debias_from]
    scores = [rating.rating for rating in valid]
    rule: Literal["median", "debiased_mean"]
    if len(biases) == len(valid):
        rule = "debiased_mean"
        label = fmean(score - bias for score, bias in zip(scores, biases, strict=True))
    else:
        rule, label = "median", float(median(scores))
    return Consolidated(
        rating=round(min(HIGHEST, max(LOWEST, label)), 4),
        rule=rule,
        raters=len(valid),
        agreement=agreement_of(scores),
        better_answers=better_answers(valid),
    )


def better_answers(valid: Sequence[Rating]) -> tuple[str, ...]:
    """What those whose ratings count would have answered, each once, as far as a label has room."""
    return kept_answers(rating.better_answer for rating in valid if rating.better_answer)


def agreement_of(scores: Sequence[int]) -> float | None:
    """1 for equal ratings, 0 for opposite ends of the scale; None for a single one."""
    if len(scores) < 2:
        return None
    apart = fmean(abs(one - other) for one, other in combinations(scores, 2))
    return round(1 - apart / (HIGHEST - LOWEST), 4)
