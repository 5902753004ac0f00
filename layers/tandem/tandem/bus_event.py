"""What every event on the bus carries, whichever module sends it."""

from datetime import datetime
from typing import ClassVar, Literal

from tandem.live.models import Frozen, Identifier


class BusEvent(Frozen):
    """The `detail` of an event. `id` is the same when the same thing is announced again."""

    source: ClassVar[str]
    detail_type: ClassVar[str]

    version: Literal["1"] = "1"
    id: Identifier
    time: datetime
