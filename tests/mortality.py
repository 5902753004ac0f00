"""Workers that die in the middle of what they do."""

from collections.abc import Callable
from threading import Lock
from typing import Any


class Died(BaseException):
    """The worker is gone: no `except Exception` of it runs any more that would change anything."""


class Life:
    """Of a worker that dies before its `calls`-th call of the world, and makes none from then on;
    None: it lives for ever."""

    def __init__(self, calls: int | None) -> None:
        self._left = calls
        self._lock = Lock()
        self.ended = False

    def through(self, port: object) -> Any:
        """The same port, whose calls take life."""
        return _Mortal(port, self._step)

    def _step(self) -> None:
        with self._lock:
            if self._left is None:
                return
            self._left -= 1
            if self._left < 0:
                self.ended = True
                raise Died

    def does(self, action: Callable[[], object]) -> bool:
        """False if the worker died of it."""
        try:
            action()
        except Died:
            return False
        return True


class _Mortal:
    def __init__(self, port: object, step: Callable[[], None]) -> None:
        self._port = port
        self._step = step

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self._step()
            return found(*args, **options)

        return call
