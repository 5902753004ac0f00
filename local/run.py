"""`make run`: everything on this machine, until Ctrl-C."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from local.build import BuildError
from local.contents import KNOWLEDGE, PASSWORD, SMALL_BASE, USERS
from local.engine import EngineError
from local.stack import CACHE, DeployError, Stack
from web.publish import PublishError


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=4566, help="of the engine; three more follow it"
    )
    parser.add_argument("--docs", type=Path, default=KNOWLEDGE, help="a folder of Markdown")
    parser.add_argument(
        "--base", type=Path, default=SMALL_BASE, help="a folder of the model that is trained"
    )
    options = parser.parse_args()
    for folder, default in ((options.docs, KNOWLEDGE), (options.base, SMALL_BASE)):
        if folder != default and not folder.is_dir():
            print(f"run: there is no folder {folder}.", file=sys.stderr)
            return 1

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _interrupt(ended))
    began = time.monotonic()
    stack = Stack(
        port=options.port,
        documents=options.docs.resolve(),
        base=options.base.resolve(),
        say=lambda text: print(f"  {time.monotonic() - began:5.1f} s  {text}", flush=True),
    )
    try:
        with stack:
            (CACHE / "port").write_text(str(options.port))
            print(_welcome(stack, time.monotonic() - began), flush=True)
            ended.wait()
            print("\nStopping …", flush=True)
    except KeyboardInterrupt:
        print("\nStopped before it was up.", file=sys.stderr)
        return 130
    except (EngineError, BuildError, DeployError, PublishError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    return 0


def _interrupt(ended: threading.Event) -> None:
    if ended.is_set():
        return  # a second Ctrl-C while it stops
    ended.set()
    if threading.current_thread() is threading.main_thread() and not _up.is_set():
        raise KeyboardInterrupt


_up = threading.Event()


def _welcome(stack: Stack, seconds: float) -> str:
    _up.set()
    experts, leads, reviewers = (
        ", ".join(user.email for user in USERS if group in user.groups)
        for group in ("experts", "leads", "reviewers")
    )
    return f"""
Tandem runs ({seconds:.0f} s).

  Chat         {stack.chat_url}
  Desk         {stack.desk_url}            as {experts}
  Overview     {stack.desk_url}/overview   as {leads}; all with the password {PASSWORD}
  Review       {stack.review_url}            as {reviewers}; leads also at /overview,
                                                /disagreements, /articles, /withdrawals below it
{_models(stack)}  Mailbox      {stack.mail_url}

  HTTP API     {stack.http_url}
  WebSocket    {stack.websocket_url}?token=…
  Event bus    {stack.outputs["BusName"]}
  AWS endpoint {stack.engine.url}   (key and secret: test)

Try: in the chat, ask “How do I stop paying for an endpoint?”, then write “This is useless, I want
to talk to a human!”. Open the desk in another window, claim the conversation, answer, hand it back.
End conversations: as soon as five answers wait, they are to be rated at the review.
In a terminal: `make talk`, `make talk WHO=expert`.

Ctrl-C ends everything."""


def _models(stack: Stack) -> str:
    """The line of the models' page, where there is one."""
    if "ModelsBucketName" not in stack.outputs:
        return ""
    return f"  Models       {stack.models_url}            as leads; reviewers compare there\n"


if __name__ == "__main__":
    sys.exit(main())
