"""How far reviewers agree: Krippendorff's alpha for ordinal data, with its interval.

By the library `krippendorff`; the interval is a bootstrap over items (a rated item is what was
drawn, not a single rating). K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
"""

from collections import defaultdict
from collections.abc import Iterable

from tandem.review.api import Agreement
from tandem.review.models import HIGHEST, LOWEST, Rating

_RESAMPLES = 1000
_SEED = 20_261_123
"""The same ratings have the same interval."""
_MOST_ITEMS_RESAMPLED = 2000
"""With more items the interval is that of so many: narrower ones help nobody decide."""


def krippendorff_alpha(ratings: Iterable[Rating]) -> Agreement:
    """Agreement of each reviewer's newest rating of each item. Needs the layer `statistics`."""
    # Half a second of a cold start that only the leads' page and the end of a job need.
    import numpy as np
    from krippendorff import alpha

    scores: dict[str, dict[str, int]] = defaultdict(dict)
    for rating in sorted(ratings, key=lambda rating: rating.at):
        scores[rating.candidate_id][rating.reviewer] = rating.rating
    domain = list(range(LOWEST, HIGHEST + 1))
    # Sorted, so that the same ratings are drawn again in whatever order they come.
    shared = [list(by.values()) for _, by in sorted(scores.items()) if len(by) > 1]
    counts = np.array([[s.count(value) for value in domain] for s in shared], dtype=np.int64)
    given = sum(len(by) for by in scores.values())

    def of(table: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> float | None:
        if len(table) == 0 or np.count_nonzero(table.sum(axis=0)) < 2:
            return None  # with a single value used there is nothing to agree about
        return float(alpha(value_counts=table, value_domain=domain, level_of_measurement="ordinal"))

    found = of(counts)
    if found is None:
        return Agreement(alpha=None, low=None, high=None, items=len(shared), ratings=given)
    generator = np.random.default_rng(_SEED)
    size = min(len(counts), _MOST_ITEMS_RESAMPLED)
    drawn = (of(counts[generator.integers(0, len(counts), size)]) for _ in range(_RESAMPLES))
    resampled = [value for value in drawn if value is not None]
    low, high = np.percentile(resampled, [2.5, 97.5]) if resampled else (found, found)
    return Agreement(
        alpha=round(found, 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
        items=len(shared),
        ratings=given,
    )
