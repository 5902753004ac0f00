"""What in-memory stores keep that is changed by `replace`."""

from collections.abc import Callable, Iterator
from threading import RLock
from typing import Protocol

from tandem.live.errors import Conflict


class _Revised(Protocol):
    @property
    def revision(self) -> int: ...


class MemoryDocuments[T: _Revised]:
    """Documents by a key of theirs. One lock makes each call atomic."""

    def __init__(self, key: Callable[[T], object]) -> None:
        self._key = key
        self.stored: dict[object, T] = {}
        self.lock = RLock()
        self.before_next_replace: list[Callable[[], object]] = []
        """Run before it looks at the stored revision: what they replace has been faster."""

    def add(self, document: T) -> bool:
        with self.lock:
            if self._key(document) in self.stored:
                return False
            self.stored[self._key(document)] = document
            return True

    def replace(self, before: T, after: T) -> None:
        assert after.revision == before.revision + 1
        assert self._key(after) == self._key(before)
        if self.before_next_replace:
            self.before_next_replace.pop(0)()
        with self.lock:
            stored = self.stored.get(self._key(before))
            if stored is None or stored.revision != before.revision:
                raise Conflict(f"{self._key(before)} has changed")
            self.stored[self._key(after)] = after

    def remove(self, document: T) -> None:
        with self.lock:
            self.stored.pop(self._key(document), None)

    def __iter__(self) -> Iterator[T]:
        with self.lock:
            return iter(list(self.stored.values()))
