"""The stand-in as a process of its own, so that its reading holds nobody else up.

Started by `local.stack`; ends when its standard input does, that is, when whoever started it ends.
"""

import argparse
import signal
import sys
import threading

import uvicorn

from local.bedrock.server import app_from_environment


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    # Ctrl-C is for the process that started this one; it ends this one in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = uvicorn.Server(
        uvicorn.Config(
            app_from_environment(),
            host="127.0.0.1",
            port=options.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )

    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=end_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
