"""Whose ratings count: bias, agreement with the others, and who is noise or an attack.

A reviewer is compared with the mean of the others on the items that somebody else rated as well
(leave-one-out). Who rates at random does not go along with it, who rates inverted goes against it:
the correlation tells both, and a bias does not disturb it. A reviewer is set aside when, on enough
shared items, their correlation is below the policy's minimum and also worse than the panel's beyond
doubt: the upper end of what theirs may be is below the median of those who count. The worst is set
aside first, and the others are then compared without them, so that whoever shared many items with
an attacker is not dragged along.

Beyond doubt means that of all panels of honest reviewers at most one in twenty ever loses one,
however many are judged (the doubt is shared out among them: Bonferroni) and however often they are
judged anew, which is after each labelling job: the bound is a confidence sequence, not an interval
(Robbins' normal mixture, https://doi.org/10.1214/20-AOS1991), on Fisher's scale
(https://doi.org/10.1093/biomet/10.4.507). Where most answers are good, ratings are far from normal:
the correlation's spread is taken from the ratings themselves (its influence function,
https://doi.org/10.1093/biomet/62.3.531), and Pearson's is used, to which the few bad answers say
more than to that of ranks. `tests/unit/review/test_whose_ratings_count.py` holds it to panels of
both kinds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import atanh, log, sqrt, tanh
from statistics import fmean, median

from tandem.review.api import ReviewerFigures
from tandem.review.models import Rating, Reviewer, Standing
from tandem.review.policy import Quality

WINDOW = timedelta(days=90)
MOST_RATINGS = 20_000
_DOUBT = 0.05
"""Of one panel over all its time: how likely an honest reviewer is set aside."""
_SHARPEST_AT = 50
"""Shared items at which the sequence's bound is tightest, about."""
_NEARLY_ONE = 0.9999
_LEAST_SPREAD = 0.5
"""Of Fisher's z, as a part of what it is for normal ratings: few items may all lie on a line."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A reviewer beside the others, on shared items."""

    overlap: int
    bias: float
    """Mean of own rating - mean of the others'."""
    correlation: float | None
    """Pearson's; None where it is undefined (too few items, or the others always rate the same)."""
    spread: float = 1.0
    """Of Fisher's z of the correlation, times the root of the number of items."""

    def at_most(self, doubt: float) -> float:
        """What the correlation is below with probability 1 - `doubt`, however often one looks;
        without a correlation, 1."""
        if self.correlation is None or self.overlap < 4:
            return 1.0
        share = (self.overlap + _SHARPEST_AT) / self.overlap
        far = sqrt(share * log((self.overlap + _SHARPEST_AT) / (_SHARPEST_AT * doubt**2)))
        return tanh(_fisher(self.correlation) + far * self.spread / sqrt(self.overlap - 3))


def _fisher(correlation: float) -> float:
    return atanh(min(_NEARLY_ONE, max(-_NEARLY_ONE, correlation)))


def compare(
    ratings: Iterable[Rating], without: frozenset[str] = frozenset()
) -> dict[str, Compared]:
    """Every reviewer beside the others; those of `without` are compared, and compared with by
    nobody."""
    items: dict[str, dict[str, int]] = defaultdict(dict)
    for rating in sorted(ratings, key=lambda rating: rating.at):
        items[rating.candidate_id][rating.reviewer] = rating.rating
    own: dict[str, list[int]] = defaultdict(list)
    others: dict[str, list[float]] = defaultdict(list)
    reviewers = {name for scores in items.values() for name in scores}
    for scores in items.values():
        for name, score in scores.items():
            beside = [s for n, s in scores.items() if n != name and n not in without]
            if beside:
                own[name].append(score)
                others[name].append(fmean(beside))
    return {name: _compared(own[name], others[name]) for name in reviewers}


def _compared(own: Sequence[int], others: Sequence[float]) -> Compared:
    if not own:
        return Compared(0, 0.0, None)
    bias = fmean(own) - fmean(others)
    mine, theirs = _standardized(own), _standardized(others)
    if theirs is None:
        return Compared(len(own), bias, None)
    if mine is None:
        # Who always says the same tells nothing apart: that is noise, as far as anybody can say.
        return Compared(len(own), bias, 0.0)
    pairs = list(zip(mine, theirs, strict=True))
    found = fmean(x * y for x, y in pairs)
    bounded = tanh(_fisher(found))
    variance = fmean((x * y - bounded / 2 * (x * x + y * y)) ** 2 for x, y in pairs)
    spread = max(_LEAST_SPREAD, sqrt(variance) / (1 - bounded**2))
    return Compared(len(own), bias, found, spread)


def _standardized(values: Sequence[float]) -> list[float] | None:
    """With mean 0 and variance 1; None where all are the same."""
    if len(set(values)) < 2:
        return None
    middle = fmean(values)
    deviation = sqrt(fmean((value - middle) ** 2 for value in values))
    return [(value - middle) / deviation for value in values]


def judge(
    ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer], quality: Quality
) -> dict[str, Reviewer]:
    """Everybody who rated, as they stand now by these ratings. `revision` and `changed_at` are the
    stored ones'.

    What a lead said about a reviewer stays; whom statistics set aside counts again when it no
    longer holds.
    """
    fixed = {n: r.standing for n, r in reviewers.items() if r.by == "lead"}
    aside = {name for name, standing in fixed.items() if standing is Standing.SET_ASIDE}
    because: dict[str, str] = {}
    while True:
        compared = compare(ratings, frozenset(aside))
        known = {
            name: found.correlation
            for name, found in compared.items()
            if found.overlap >= quality.judge_from and found.correlation is not None
        }
        counting = [correlation for name, correlation in known.items() if name not in aside]
        usual = median(counting) if counting else 0.0
        suspects = [
            (correlation, name)
            for name, correlation in known.items()
            if name not in aside
            and name not in fixed
            and correlation < quality.minimum_correlation
            and compared[name].at_most(_DOUBT / len(known)) < usual
        ]
        if not suspects:
            break
        correlation, worst = min(suspects)
        aside.add(worst)
        because[worst] = (
            f"correlation with the others {correlation:.2f} on {compared[worst].overlap} shared "
            f"items, at most {compared[worst].at_most(_DOUBT / len(known)):.2f}; usual is "
            f"{usual:.2f}, the minimum {quality.minimum_correlation}"
        )
    return {
        name: _standing(name, found, because.get(name), reviewers.get(name))
        for name, found in compared.items()
    }


def _standing(name: str, found: Compared, because: str | None, stored: Reviewer | None) -> Reviewer:
    """`because`: why they are set aside; None where they are not."""
    before = stored or Reviewer(reviewer=name)
    update: dict[str, object] = {
        "bias": round(found.bias, 4),
        "overlap": found.overlap,
        "correlation": None if found.correlation is None else round(found.correlation, 4),
    }
    if before.by != "lead":
        update["standing"] = Standing.COUNTED if because is None else Standing.SET_ASIDE
        update["because"] = because or ""
    return before.model_copy(update=update)


def figures(
    ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer]
) -> tuple[ReviewerFigures, ...]:
    """For the leads: every reviewer who rated, the busiest first."""
    aside = frozenset(n for n, r in reviewers.items() if r.standing is Standing.SET_ASIDE)
    compared = compare(ratings, aside)
    by_reviewer: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_reviewer[rating.reviewer].append(rating)
    found = []
    for name, theirs in by_reviewer.items():
        stored = reviewers.get(name) or Reviewer(reviewer=name)
        seconds = [rating.seconds for rating in theirs if rating.seconds is not None]
        beside = compared[name]
        found.append(
            ReviewerFigures(
                reviewer=name,
                name=stored.name or name,
                standing=stored.standing,
                by=stored.by,
                because=stored.because,
                ratings=len(theirs),
                overlap=beside.overlap,
                bias=round(beside.bias, 4) if beside.overlap else None,
                correlation=beside.correlation,
                median_seconds=median(seconds) if seconds else None,
            )
        )
    return tuple(sorted(found, key=lambda figure: (-figure.ratings, figure.reviewer)))
