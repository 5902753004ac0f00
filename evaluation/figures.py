"""The figures by which decisions are judged. A figure with nothing to stand on is None."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a yes or no was right. `right_yes` is true positives, `missed` false negatives."""

    right_yes: int = 0
    wrong_yes: int = 0
    missed: int = 0
    right_no: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> "Tally":
        """From (expected, got)."""
        counts = {(True, True): 0, (False, True): 0, (True, False): 0, (False, False): 0}
        for pair in pairs:
            counts[pair] += 1
        return cls(
            right_yes=counts[True, True],
            wrong_yes=counts[False, True],
            missed=counts[True, False],
            right_no=counts[False, False],
        )

    @property
    def count(self) -> int:
        return self.right_yes + self.wrong_yes + self.missed + self.right_no

    @property
    def right(self) -> int:
        return self.right_yes + self.right_no

    @property
    def precision(self) -> float | None:
        return share(self.right_yes, self.right_yes + self.wrong_yes)

    @property
    def recall(self) -> float | None:
        return share(self.right_yes, self.right_yes + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return share(2 * self.right_yes, 2 * self.right_yes + self.wrong_yes + self.missed)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least `percent` of 100 values do not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[ceil(percent / 100 * len(values)) - 1]


def hit(ranked: Sequence[str], wanted: Iterable[str], count: int) -> bool:
    """Is one of the wanted pages among the first `count` documents?

    A document is a path or URI; a page is a file name, or the end of a path.
    """
    ends = [f"/{page}" for page in wanted]
    return any(f"/{document}".endswith(end) for document in ranked[:count] for end in ends)


def distinct(uris: Iterable[str]) -> list[str]:
    """Documents in the order of their best passages, each once."""
    return list(dict.fromkeys(uris))
