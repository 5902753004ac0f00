"""The day's number of random candidates, in equal parts for the strata.

Within its part a stratum's pairs come first come, first served: which of more than its part, that
depends on the order. How many strata a day will have nobody knows before its end, so those of the
day before count as well. For one that comes up when the day's number is reached, there is something
beyond it: where it is the n-th, one part of n (n + 1), which is half the number in all at most.
What a stratum leaves of its part goes to no other: the number is a ceiling, no goal.
"""

from datetime import UTC, datetime, timedelta

from tandem.review.ports import ReviewWorld

MOST_STRATA = 100
"""So many have a part of their own; those that come up after them share one."""
_THE_OTHERS = "*"


class Budget:
    """Of random candidates, by one reading of the policy. For one thread or several."""

    def __init__(self, world: ReviewWorld, per_day: int) -> None:
        self._candidates = world.candidates
        self._clock = world.clock
        self._per_day = per_day
        self._before: dict[str, frozenset[str]] = {}
        """Day → the strata of the day before."""
        self._used_up: set[tuple[str, str]] = set()
        """Day and stratum: a part only gets smaller in a day, so who has used it up has done so."""

    def takes(self, stratum: str) -> bool:
        """Count one more random candidate of today. False if its stratum has had its part."""
        now = self._clock.now().astimezone(UTC)
        day = now.date().isoformat()
        if not self._per_day or (day, stratum) in self._used_up:
            return False
        counted = self._candidates.random_of(day)
        strata = self._strata_before(now) | counted.keys()
        name = stratum if stratum in strata or len(strata) < MOST_STRATA else _THE_OTHERS
        number = len(strata | {name})
        if sum(counted.values()) < self._per_day:
            part = max(1, self._per_day // number)
        else:
            part = self._per_day // (number * (number + 1))
        taken = self._candidates.random_today(day, name, part)
        if not taken:
            self._used_up.add((day, stratum))
        return taken

    def _strata_before(self, now: datetime) -> frozenset[str]:
        day = (now - timedelta(days=1)).date().isoformat()
        if day not in self._before:
            self._before[day] = frozenset(self._candidates.random_of(day))
        return self._before[day]
