"""Runs a command, politely, that does not outlive whoever started it.

    python guard.py COMMAND …

Its standard input is the leash: when the other end closes it, by dying for instance, the command
and all that it has started are killed. SIGTERM is passed on to the command alone. It ends with the
command's status, 128 + n for a signal.
"""

import os
import signal
import subprocess
import sys
import threading

_PRIORITY = 10


def main() -> int:
    os.nice(_PRIORITY)
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: command.send_signal(signal.SIGTERM))

    def on_leash() -> None:
        sys.stdin.buffer.read()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=on_leash, daemon=True).start()
    status = command.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # Not by sys.exit, which would wait for the thread that holds standard input.
    os._exit(main())
