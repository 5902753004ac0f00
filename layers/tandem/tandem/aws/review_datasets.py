"""What the review's table says of datasets."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from tandem.review.models import Withdrawal
from tandem.review.stores import Place, Records
from tandem.tuning.ports import Dataset

_CLOCKS = timedelta(hours=1)
"""Far more than the clocks of two machines differ: a dataset is without what was withdrawn before
its build began."""
_READ_AT_ONCE = 100


class ReviewDatasets:
    """`Datasets`; only reads."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def newest(self) -> Dataset | None:
        found = next(iter(self._records.datasets()), None)
        return None if found is None else Dataset(found.version, found.uri)

    def of(self, dataset_version: int) -> list[str]:
        since = self._may_hold_from().get(dataset_version)
        if since is None:
            return []
        names = (withdrawal.conversation_id for withdrawal in self._from(since))
        return sorted(n for n in names if dataset_version in self._records.datasets_of(n))

    def since(self, at: datetime) -> frozenset[int]:
        may_hold_from = self._may_hold_from()
        return frozenset(
            version
            for withdrawal in self._from(at)
            for version in self._records.datasets_of(withdrawal.conversation_id)
            if version in may_hold_from and withdrawal.at >= may_hold_from[version]
        )

    def _may_hold_from(self) -> dict[int, datetime]:
        """Of each dataset that was built: it is without what was withdrawn before."""
        return {found.version: found.built_at - _CLOCKS for found in self._records.datasets()}

    def _from(self, at: datetime) -> Iterator[Withdrawal]:
        return takewhile(lambda withdrawal: withdrawal.at >= at, self._newest_first())

    def _newest_first(self) -> Iterator[Withdrawal]:
        place: Place | None = None
        while found := self._records.withdrawals(_READ_AT_ONCE, place):
            yield from found
            place = Place(found[-1].at, found[-1].conversation_id)
