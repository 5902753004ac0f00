"""What the review's table says of datasets."""

from collections.abc import Iterator
from datetime import timedelta
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
        built = {dataset.version: dataset.built_at for dataset in self._records.datasets()}
        if dataset_version not in built:
            return []
        since = built[dataset_version] - _CLOCKS
        later = takewhile(lambda withdrawal: withdrawal.at >= since, self._newest_first())
        names = (withdrawal.conversation_id for withdrawal in later)
        return sorted(n for n in names if dataset_version in self._records.datasets_of(n))

    def _newest_first(self) -> Iterator[Withdrawal]:
        place: Place | None = None
        while found := self._records.withdrawals(_READ_AT_ONCE, place):
            yield from found
            place = Place(found[-1].at, found[-1].conversation_id)
