"""A WebSocket as a browser has it: sends frames, and keeps everything that comes."""

import json
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e.waiting import PATIENCE_SECONDS

type Frame = dict[str, Any]


class Socket:
    """An open socket. Raises `websockets.exceptions.InvalidStatus` when it is refused."""

    def __init__(self, url: str, token: str | None) -> None:
        address = url if token is None else f"{url}?token={token}"
        self._open = ExitStack()
        self._connection = self._open.enter_context(
            connect(address, open_timeout=PATIENCE_SECONDS, proxy=None)
        )
        self._frames: list[Frame] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            for message in self._connection:
                with self._news:
                    self._frames.append(json.loads(message))
                    self._news.notify_all()
        except ConnectionClosed:
            pass

    def send(self, action: str, **fields: Any) -> None:
        self._connection.send(json.dumps({"action": action, **fields}))

    def send_raw(self, text: str) -> None:
        self._connection.send(text)

    @property
    def frames(self) -> list[Frame]:
        """All that came until now, in its order."""
        with self._news:
            return list(self._frames)

    def all(self, after: int = 0, **fields: Any) -> list[Frame]:
        """The frames with these fields, without the first `after` of all."""
        return [frame for frame in self.frames[after:] if _has(frame, fields)]

    def mark(self) -> int:
        """How many frames came until now, for `after`."""
        return len(self.frames)

    def wait(self, *, after: int = 0, within: float = PATIENCE_SECONDS, **fields: Any) -> Frame:
        """The first frame with these fields, come or still to come. Raises `AssertionError`."""
        deadline = time.monotonic() + within
        looked = after
        with self._news:
            while True:
                for frame in self._frames[looked:]:
                    if _has(frame, fields):
                        return frame
                looked = max(looked, len(self._frames))
                left = deadline - time.monotonic()
                if left <= 0:
                    came = "\n".join(str(frame)[:300] for frame in self._frames[after:])
                    raise AssertionError(f"no frame with {fields} came, but:\n{came}")
                self._news.wait(left)

    def ask(self, action: str, **fields: Any) -> Frame:
        """Send, and return the frame that answers this action (frames are answered in order)."""
        after = self.mark()
        self.send(action, **fields)
        return self.answer(after=after)

    def answer(self, *, after: int = 0, within: float = PATIENCE_SECONDS) -> Frame:
        """The first `received`, `done`, `pong` or `error`."""
        return self.wait(after=after, within=within, type=_ANSWERS)

    def close(self) -> None:
        self._open.close()
        self._reader.join(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_ANSWERS = frozenset({"received", "done", "pong", "error"})


def _has(frame: Frame, fields: dict[str, Any]) -> bool:
    """A field that is asked for as a set may be any of it."""
    return all(
        frame.get(name) in value if isinstance(value, frozenset) else frame.get(name) == value
        for name, value in fields.items()
    )
