"""An ASGI application served on the loopback interface by a thread of this process."""

import socket
import threading
from typing import Any, Self

import uvicorn

from local.engine import HOST, EngineError, PortInUse

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class Service:
    """Serves `app` at `http://127.0.0.1:port`; port 0 takes a free one."""

    def __init__(self, app: Any, port: int = 0) -> None:
        # Named, or asyncio does not take it for TCP and lets small answers wait for more (40 ms).
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError as error:
            self._socket.close()
            raise PortInUse(port) from error
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def start(self) -> Self:
        """Start and wait until it serves. Raises `EngineError`."""
        self._thread.start()
        waited = 0.0
        while not self._server.started:
            self._thread.join(0.02)
            waited += 0.02
            if not self._thread.is_alive() or waited > _START_SECONDS:
                raise EngineError(f"The service at {self.url} did not start.")
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._socket.close()
