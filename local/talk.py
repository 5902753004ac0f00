"""A terminal as the customer's chat, or as the expert's desk, against the running local stack."""

import argparse
import json
import sys
import threading
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import boto3
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from local.contents import PASSWORD, USERS
from local.engine import Engine
from local.stack import CACHE, STACK


def main() -> int:
    parser = argparse.ArgumentParser(prog="make talk", description=__doc__)
    parser.add_argument("who", choices=["customer", "expert"])
    options = parser.parse_args()
    try:
        local = _Local()
    except (OSError, KeyError) as error:
        print(f"talk: nothing runs here; start it with `make run`. ({error})", file=sys.stderr)
        return 1
    try:
        _customer(local) if options.who == "customer" else _expert(local)
    except (KeyboardInterrupt, EOFError):
        print()
    return 0


class _Local:
    """The addresses of the running stack."""

    def __init__(self) -> None:
        port = int((CACHE / "port").read_text())
        engine = Engine(port=port, state_dir=CACHE / "engine")
        self.settings: dict[str, Any] = engine.client_settings()
        cloudformation = boto3.client("cloudformation", **self.settings)
        try:
            found = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        except Exception as error:
            raise OSError(str(error)) from error
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found}
        self.http_url = engine.local_url(self.outputs["HttpUrl"])
        self.websocket_url = engine.local_url(self.outputs["WebSocketUrl"])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        request = urllib.request.Request(  # noqa: S310
            f"{self.http_url}{path}",
            json.dumps(body or {}).encode() if method == "POST" else None,
            {"content-type": "application/json", "authorization": f"Bearer {token}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def sign_in(self) -> str:
        answer = boto3.client("cognito-idp", **self.settings).admin_initiate_auth(
            UserPoolId=self.outputs["DeskUserPoolId"],
            ClientId=self.outputs["DeskClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": USERS[0].email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])


def _customer(local: _Local) -> None:
    opened = local.call("POST", "/conversations")
    with connect(f"{local.websocket_url}?token={opened['token']}") as socket:
        print("You are the customer. /person calls a person, /close ends. Ctrl-D leaves.")
        _show(socket)
        while True:
            text = input().strip()
            if text in ("/person", "/close"):
                socket.send(json.dumps({"action": text[1:]}))
            elif text:
                socket.send(
                    json.dumps({"action": "message", "client_id": uuid4().hex, "text": text})
                )


def _expert(local: _Local) -> None:
    token = local.sign_in()
    ticket = local.call("POST", "/desk/ticket", token=token)["token"]
    held: str | None = None
    with connect(f"{local.websocket_url}?token={ticket}") as socket:
        print(
            f"You are {USERS[0].name}. /queue lists, /take claims the first, /draft sends the "
            "draft, /back hands back, /resolve OUTCOME ends; everything else goes to the customer."
        )
        _show(socket)
        while True:
            text = input().strip()
            command, _, rest = text.partition(" ")
            frame: dict[str, Any] = {"conversation_id": held}
            if command in ("/queue", "/take"):
                waiting = local.call("GET", "/desk/queue", token=token)["escalations"]
                for found in waiting:
                    print(f"  {found['status']}  {found['waiting_seconds']} s  {found['reason']}")
                free = [found for found in waiting if found["status"] == "waiting"]
                if command == "/queue" or not free:
                    continue
                held = frame["conversation_id"] = free[0]["conversation_id"]
                frame["action"] = "claim"
                for turn in local.call("GET", f"/desk/conversations/{held}", token=token)["turns"]:
                    print(f"  {turn['author']}: {turn['text']}")
            elif command == "/draft":
                frame |= {"action": "say", "client_id": uuid4().hex, "use_draft": True}
            elif command == "/back":
                frame |= {"action": "hand_back", "outcome": rest or "handed back"}
            elif command == "/resolve":
                frame |= {"action": "resolve", "outcome": rest or "resolved"}
            elif text:
                frame |= {"action": "say", "client_id": uuid4().hex, "text": text}
            else:
                continue
            if frame["conversation_id"] is None:
                print("  You hold no conversation: /take one first.")
                continue
            socket.send(json.dumps(frame))


def _show(socket: ClientConnection) -> None:
    """Print what comes in, in a thread of its own."""

    def read() -> None:
        streamed: dict[str, str] = {}
        try:
            for message in socket:
                frame = json.loads(message)
                match frame["type"]:
                    case "delta":
                        before = streamed.get(frame["turn_id"], "")
                        # Several pieces in one bring again what was there before.
                        text = frame["text"][len(before) if frame["pieces"] > 1 else 0 :]
                        print(text, end="", flush=True)
                        streamed[frame["turn_id"]] = before + text
                    case "turn" if frame["author"] != "customer" or frame.get("name"):
                        _print_turn(frame, streamed.pop(frame["turn_id"], ""))
                    case "withdrawn":
                        print("\n  (withdrawn)")
                    case "queue":
                        view = frame["escalation"]
                        print(f"  queue: {view['status']} - {view['reason']}")
                    case "error":
                        print(f"  ! {frame['message']}")
        except ConnectionClosed:
            print("  (the connection is closed)")

    threading.Thread(target=read, daemon=True).start()


def _print_turn(frame: dict[str, Any], streamed: str) -> None:
    """What is new of a turn: of one that was streamed, the rest."""
    if streamed and frame["text"].startswith(streamed):
        print(frame["text"][len(streamed) :])
    else:
        who = frame.get("name") or frame["author"]
        print(f"{who}: {frame['text']}")
    for source in frame["sources"]:
        marks = "".join(f"[{number}] " for number in source["numbers"])
        print(f"    source: {marks}{source['title']} ({source['uri']})")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except urllib.error.URLError as error:
        sys.exit(f"talk: {error}")
