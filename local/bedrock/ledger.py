"""What was asked of the stand-in and what it answered, for tests and for the curious."""

import time
from collections import Counter, deque
from threading import Lock
from typing import Any

_KEPT = 200
_TEXT = 2000


class Ledger:
    """Counts all calls and keeps the last ones. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def opened(self, operation: str, **asked: Any) -> dict[str, Any]:
        """Note a call; the entry is completed by `closed`."""
        entry: dict[str, Any] = {"operation": operation, "at": time.time(), "outcome": "open"}
        entry |= {k: v[:_TEXT] if isinstance(v, str) else v for k, v in asked.items()}
        with self._lock:
            self._calls[operation] += 1
            self._recent.append(entry)
        return entry

    def closed(self, entry: dict[str, Any], outcome: str, **answered: Any) -> None:
        """Note how a call ended: a stop reason, or the code of an error."""
        with self._lock:
            if entry["outcome"] != "open":
                return
            entry["outcome"] = outcome
            entry["seconds"] = round(time.time() - entry["at"], 4)
            entry |= {k: v[:_TEXT] if isinstance(v, str) else v for k, v in answered.items()}
            self._outcomes[f"{entry['operation']} {outcome}"] += 1
            for name in ("input_tokens", "output_tokens"):
                self._tokens[name] += int(answered.get(name, 0))

    def report(self) -> dict[str, Any]:
        """Counts of calls, outcomes and tokens, and the last calls, oldest first."""
        with self._lock:
            return {
                "calls": dict(self._calls),
                "outcomes": dict(self._outcomes),
                "tokens": dict(self._tokens),
                "recent": [dict(entry) for entry in self._recent],
            }

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for counter in (self._calls, self._outcomes, self._tokens):
                counter.clear()
            self._recent.clear()
