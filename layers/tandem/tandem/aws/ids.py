"""Fresh ids that sort by time: ULIDs (https://github.com/ulid/spec), in lower case."""

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
_RANDOM_BITS = 80


class TimeOrderedIds:
    """26 characters: 48 bits of milliseconds and 80 of chance.

    Ids of one process grow strictly, also within a millisecond and when the clock is set back.
    """

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> str:
        milliseconds = time.time_ns() // 1_000_000
        with self._lock:
            fresh = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            self._last = value = max(fresh, self._last + 1)
        return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
