"""The customer and the expert, as their pages behave."""

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.e2e.sockets import Frame, Socket
from tests.e2e.waiting import PATIENCE_SECONDS, until

type Json = dict[str, Any]


class Api:
    """The HTTP API with one bearer token."""

    def __init__(self, http: httpx.Client, token: str | None = None) -> None:
        self._http = http
        self.token = token

    def send(
        self, method: str, path: str, body: Json | None = None, **query: Any
    ) -> httpx.Response:
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        return self._http.request(
            method,
            path,
            headers=headers,
            params=query or None,
            json=(body or {}) if method == "POST" else None,
        )

    def get(self, path: str, **query: Any) -> Json:
        return _document(self.send("GET", path, **query))

    def post(self, path: str, **body: Any) -> Json:
        return _document(self.send("POST", path, body))


def _document(response: httpx.Response) -> Json:
    assert response.status_code == 200, f"{response.request.url}: {response.text}"
    found: Json = response.json()
    return found


class Customer:
    """Somebody in one conversation, connected by a socket."""

    def __init__(self, http: httpx.Client, websocket_url: str, language: str = "en") -> None:
        opened = Api(http).post("/conversations", language=language)
        self.conversation_id: str = opened["conversation_id"]
        self.token: str = opened["token"]
        self.api = Api(http, self.token)
        self._websocket_url = websocket_url
        self.socket = Socket(websocket_url, self.token)

    @property
    def path(self) -> str:
        return f"/conversations/{self.conversation_id}"

    def reconnect(self) -> None:
        self.socket.close()
        self.second_window()

    def second_window(self) -> None:
        """Go on with another socket beside the first."""
        self.socket = Socket(self._websocket_url, self.token)

    def does(self, action: str, **fields: Any) -> None:
        """One action that has to succeed."""
        answer = self.socket.ask(action, **fields)
        assert answer["type"] == "done", answer

    def says(self, text: str, client_id: str | None = None) -> int:
        """Send a message; returns its `seq` once it is stored."""
        client_id = client_id or f"m-{uuid4().hex}"
        self.socket.send("message", client_id=client_id, text=text)
        return int(self.socket.wait(type="received", client_id=client_id)["seq"])

    def asks(self, text: str) -> Frame:
        """Send a question; returns the assistant's whole turn."""
        return self.answer_to(self.says(text))

    def answer_to(self, seq: int) -> Frame:
        return self.socket.wait(type="turn", author="assistant", in_reply_to=seq)

    def hears(self, code: str, after: int = 0) -> Frame:
        """The status line with this code."""
        return self.socket.wait(type="turn", author="system", code=code, after=after)

    def read(self, after: int = 0) -> Json:
        return self.api.get(self.path, after=after)

    @property
    def turns(self) -> list[Frame]:
        """All turns as they are stored."""
        return list(self.read()["turns"])

    @property
    def owner(self) -> str:
        return str(self.read()["owner"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()


class Expert:
    """Somebody at the desk: signed in, and connected by a socket."""

    def __init__(self, http: httpx.Client, websocket_url: str, id_token: str, name: str) -> None:
        self.api = Api(http, id_token)
        self.name = name
        self.ticket: str = self.api.post("/desk/ticket")["token"]
        self.socket = Socket(websocket_url, self.ticket)

    def queue(self, state: str = "open") -> list[Json]:
        return list(self.api.get("/desk/queue", state=state)["escalations"])

    def queued(self, conversation_id: str, state: str = "open") -> Json | None:
        found = [e for e in self.queue(state) if e["conversation_id"] == conversation_id]
        assert len(found) <= 1, f"more than once in the queue: {found}"
        return found[0] if found else None

    def sees(self, conversation_id: str, status: str) -> Json:
        """The escalation in the queue, as soon as it has this status."""
        return until(
            lambda: (e := self.queued(conversation_id)) and e["status"] == status and e,
            f"the queue shows {conversation_id} as {status}",
        )

    def read(self, conversation_id: str) -> Json:
        return self.api.get(f"/desk/conversations/{conversation_id}")

    def audit(self, conversation_id: str) -> list[str]:
        entries = self.api.get(f"/desk/conversations/{conversation_id}/audit")["entries"]
        return [entry["action"] for entry in entries]

    def does(self, action: str, conversation_id: str, **fields: Any) -> Frame:
        """One action over the socket, that has to succeed; returns its answer."""
        answer = self.socket.ask(action, conversation_id=conversation_id, **fields)
        assert answer["type"] in ("done", "received"), answer
        return answer

    def claims(self, conversation_id: str) -> None:
        self.does("claim", conversation_id)

    def says(self, conversation_id: str, text: str, **fields: Any) -> Frame:
        return self.does("say", conversation_id, client_id=f"d-{uuid4().hex}", text=text, **fields)

    def hears(self, conversation_id: str, text: str, within: float = PATIENCE_SECONDS) -> Frame:
        """The customer's message."""
        return self.socket.wait(
            within=within,
            type="turn",
            conversation_id=conversation_id,
            author="customer",
            text=text,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()
