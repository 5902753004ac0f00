"""Lists that are given out piece by piece, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.live.errors import InvalidMessage
from tandem.review.stores import Place

_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Listing:
    """How long a piece is where nobody says so, and at most."""

    usual: int
    most: int

    def size(self, limit: int) -> int:
        """`limit`, or the usual where it is 0. Raises `InvalidMessage`."""
        if limit > self.most:
            raise InvalidMessage(f"limit must be at most {self.most}.")
        return limit or self.usual

    def place(self, after: str) -> Place | None:
        """What `cut` said; None for the beginning. Raises `InvalidMessage`."""
        if not after:
            return None
        at, _, name = after.partition(_BETWEEN)
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not name:
            raise InvalidMessage("after is what an answer before gave as next, as it was.")
        return Place(moment, name)

    def cut[T](
        self, found: Sequence[T], size: int, place_of: Callable[[T], Place]
    ) -> tuple[Sequence[T], str | None]:
        """The first `size` of what was found, and, if there are more, where these go on."""
        listed = found[:size]
        if len(found) <= size:
            return listed, None
        last = place_of(listed[-1])
        return listed, f"{last.at.isoformat()}{_BETWEEN}{last.name}"
