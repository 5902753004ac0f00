"""SIGTERM: a spot machine is taken away, or somebody stops the job. There are two minutes left."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from training.failures import Interrupted


class Interruption:
    """At once, except while it is deferred: then somebody asks for it, and has saved before."""

    def __init__(self) -> None:
        self.requested = False
        self._deferred = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._receive)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
        if not self._deferred:
            raise Interrupted
