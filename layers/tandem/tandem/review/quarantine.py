"""What cannot be read is put aside with the reason, where somebody finds it and can mend it.

Under `quarantine/` in the review bucket: `<key>.reason.json` says what is wrong with the object of
this key; beside it lies a copy of the object (`<key>`), or only its lines that cannot be read
(`<key>.unread.jsonl`). Mended and uploaded under `imports/`, they are read like everything else.
"""

import hashlib
import json
from dataclasses import dataclass, field

from tandem.review.ports import Arrival, Inbox, ReviewWorld

LISTED = 1000
"""So many lines are listed with their reasons; the others are counted."""
_KEPT_BYTES = 8 * 2**20
"""So much is kept of the lines."""
_COPIED_BYTES = 5 * 2**30
"""S3 copies no larger object at once."""
_LONGEST_KEY = 960
"""Bytes. A key of S3 has at most 1,024, and the prefix and endings are to come."""


@dataclass(slots=True)
class Unread:
    """What could not be read of one object."""

    reason: str = ""
    """Why the object, or the rest of it, could not be read; empty if only lines could not."""
    number: int = 0
    """Lines or documents; 1 at least, if there is a reason."""
    lines: list[dict[str, object]] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    _last: int = 0

    def add(self, line: int | None, reason: str, raw: bytes | None) -> None:
        """A line, or, without its number, all of the object."""
        self.number += 1
        if line is None:
            self.reason = self.reason or reason
            return
        if raw is not None and line != self._last and len(self.raw) + len(raw) < _KEPT_BYTES:
            self.raw += raw + b"\n"
        self._last = line
        if len(self.lines) < LISTED:
            self.lines.append({"line": line, "reason": reason})


def put_aside(world: ReviewWorld, inbox: Inbox, key: str, arrival: Arrival, unread: Unread) -> None:
    """Keep what cannot be read, and say why. Doing it again leaves the same."""
    name = f"quarantine/{_shortened(key)}"
    kept = []
    if unread.reason and arrival.size <= _COPIED_BYTES:
        try:
            inbox.copy(key, world.files.uri(name))
        except KeyError:
            pass  # deleted meanwhile; what was wrong with it is still said
        else:
            kept.append(world.files.uri(name))
    if unread.raw:
        kept.append(
            world.files.write(f"{name}.unread.jsonl", bytes(unread.raw), "application/jsonlines")
        )
    said = {
        "reason": unread.reason or f"{unread.number} lines cannot be read",
        "source": arrival.uri,
        "etag": arrival.etag,
        "version": arrival.version,
        "at": world.clock.now().isoformat(),
        "unreadable": unread.number,
        "lines": unread.lines,
        "kept": kept,
    }
    body = json.dumps(said, ensure_ascii=False, indent=1).encode(errors="replace")
    world.files.write(f"{name}.reason.json", body, "application/json")
    world.meter.record("TranscriptsQuarantined", unread.number, "Count")


def _shortened(key: str) -> str:
    raw = key.encode(errors="replace")
    if len(raw) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(raw).hexdigest()[:16]
    return f"{raw[: _LONGEST_KEY - 20].decode(errors='ignore')}…{digest}"
