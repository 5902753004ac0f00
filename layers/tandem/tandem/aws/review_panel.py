"""What the review's table says of those who rate."""

from tandem.review.consolidation import set_aside
from tandem.review.stores import Reviewers


class ReviewPanel:
    """`tandem.tuning.ports.Panel`; only reads."""

    def __init__(self, reviewers: Reviewers) -> None:
        self._reviewers = reviewers

    def set_aside(self) -> frozenset[str]:
        return set_aside(self._reviewers.all())
