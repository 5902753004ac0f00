"""What can be concluded from few answers and few choices, and how sure that is.

The exact binomial test (the sign test of W. J. Dixon and A. M. Mood, "The statistical sign test",
1946) for the blind comparison: among pairs that are not the same to people, a candidate that is no
better wins half. The paired bootstrap (B. Efron and R. J. Tibshirani, "An Introduction to the
Bootstrap", 1993, chapters 13 and 16) for the judge's figures; whole topics are drawn, because
answers to questions of one topic go well or badly together (C. A. Field and A. H. Welsh,
"Bootstrapping clustered data", 2007). Percentiles of few topics lie too near the mean; their
distance is stretched by what T. C. Hesterberg, "What Teachers Should Know About the Bootstrap",
2015, finds them to lack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, cos, exp, lgamma, log, pi, sin, sqrt, tan
from statistics import NormalDist

_RESAMPLES = 10_000
_AT_ONCE = 500
"""Resamples in memory."""
_SEED = 20_261_126
"""The same answers have the same bound."""
_HALVINGS = 60
_LEAST = 2
"""Clusters of which something can be said of others."""
_MOST = 5000
"""Pairs beyond which nobody compares."""


# --- the blind comparison ------------------------------------------------------------------------
def chance_of(wins: int, pairs: int) -> float:
    """The chance to win so many of `pairs` or more when each is as likely lost as won: the exact
    one-sided p-value."""
    ways = sum(comb(pairs, won) for won in range(max(0, wins), pairs + 1))
    return float(Fraction(ways, 2**pairs))


def wins_needed(pairs: int, confidence: float) -> int | None:
    """The fewest wins whose chance is at most `1 - confidence`; None where not even all would do.

    No fewer are needed of more pairs, and no more losses are allowed of fewer.
    """
    most = int(Fraction(1 - confidence) * 2**pairs)
    ways = term = 1
    for wins in range(pairs, 0, -1):
        if ways > most:
            return wins + 1 if wins < pairs else None
        term = term * wins // (pairs - wins + 1)
        ways += term
    return 1 if pairs else None


def power_of(pairs: int, win_rate: float, confidence: float) -> float:
    """The chance that a candidate which wins with `win_rate` wins as often as it needs to."""
    needed = wins_needed(pairs, confidence)
    return 0.0 if needed is None else _tail(needed, pairs, win_rate)


def pairs_needed(win_rate: float, power: float, confidence: float) -> int:
    """The number of pairs from which on the power is never below `power`.

    The power of an exact test is a sawtooth: the first number that reaches it may lose it with the
    next (M. A. Chernick and C. Y. Liu, "The saw-toothed behavior of power versus sample size and
    software solutions", 2002). At most 5,000.
    """
    spread = (win_rate * (1 - win_rate)) ** 0.5
    certain, seen = NormalDist().inv_cdf(confidence), NormalDist().inv_cdf(power)
    roughly = ((certain / 2 + seen * spread) / (win_rate - 0.5)) ** 2
    least = min(_MOST, int(1.2 * roughly) + 30)
    while least > 1 and power_of(least - 1, win_rate, confidence) >= power:
        least -= 1
    return least


def lower_bound(wins: int, pairs: int, confidence: float) -> float:
    """The share of wins that is not exceeded with `confidence`, one-sided.

    C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
    case of the binomial", 1934.
    """
    if wins == 0:
        return 0.0
    low, high = 0.0, wins / pairs
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _tail(wins, pairs, middle) > 1 - confidence:
            high = middle
        else:
            low = middle
    return low


def _tail(wins: int, pairs: int, rate: float) -> float:
    """The chance of `wins` or more."""
    if wins <= 0 or rate >= 1:
        return 1.0
    if rate <= 0:
        return 0.0
    won, lost, all_ = log(rate), log(1 - rate), lgamma(pairs + 1)
    return min(
        1.0,
        sum(
            exp(all_ - lgamma(k + 1) - lgamma(pairs - k + 1) + k * won + (pairs - k) * lost)
            for k in range(wins, pairs + 1)
        ),
    )


# --- the judge -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Gain:
    """A mean difference. `low`: its bound, which the true mean is not below with the confidence
    that was asked for, one-sided."""

    mean: float
    low: float
    clusters: int


def paired_gain(differences: Sequence[float], clusters: Sequence[str], confidence: float) -> Gain:
    """The mean of the differences, each of a question of the cluster beside it, and its bound by
    10,000 resamples of the clusters. Raises `ValueError` where there are fewer than two clusters:
    one tells nothing of others."""
    # Only what judges a candidate needs NumPy.
    import numpy as np

    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + difference
        counts[cluster] = counts.get(cluster, 0) + 1
    if len(sums) < _LEAST:
        raise ValueError(f"{len(sums)} clusters: at least {_LEAST} are needed")
    # Sorted, so that the same answers are drawn again in whatever order they come.
    names = sorted(sums)
    of_sums = np.array([sums[name] for name in names])
    of_counts = np.array([counts[name] for name in names], dtype=np.float64)
    generator = np.random.default_rng(_SEED)
    means = []
    for _ in range(_RESAMPLES // _AT_ONCE):
        drawn = generator.integers(0, len(names), (_AT_ONCE, len(names)))
        means.append(of_sums[drawn].sum(axis=1) / of_counts[drawn].sum(axis=1))
    mean = float(of_sums.sum() / of_counts.sum())
    percentile = float(np.quantile(np.concatenate(means), 1 - confidence))
    low = mean - (mean - percentile) * too_near(len(names), confidence)
    return Gain(mean, low, len(names))


def too_near(clusters: int, confidence: float) -> float:
    """By what factor a percentile of so few resampled clusters lies too near the mean: resamples
    spread by √((n-1)/n) too little, and as if the clusters' spread were known."""
    normal = NormalDist().inv_cdf(confidence)
    if normal <= 0:  # the median is no distance away
        return 1.0
    return sqrt(clusters / (clusters - 1)) * t_quantile(confidence, clusters - 1) / normal


def t_quantile(confidence: float, degrees: int) -> float:
    """What Student's t of so many degrees of freedom does not exceed with `confidence`, of 0.5 or
    more."""
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (1 + _t_within(middle, degrees)) / 2 < confidence:
            low = middle
        else:
            high = middle
    return sqrt(degrees) * tan(low)


def _t_within(angle: float, degrees: int) -> float:
    """The chance that Student's t is within ±√degrees·tan(angle).

    M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and 26.7.4.
    """
    odd = degrees % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for power in range(1 + odd, degrees, 2):
        total += term
        term *= power / (power + 1) * cos(angle) ** 2
    within = sin(angle) * total
    return 2 / pi * (angle + within) if odd else within
