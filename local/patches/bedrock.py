"""Bedrock: the stand-in behind the engine's door."""

import asyncio
import contextlib
import contextvars
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from local.patches import iam

SERVICES = ("bedrock-runtime", "bedrock-agent-runtime", "bedrock-agent", "bedrock")

_HOP_BY_HOP = {
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "accept-encoding",
}  # fmt: skip
_MODEL_PATH = re.compile(r"/model/(.+)/([^/]+)")

type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Receive = Callable[[], Awaitable[dict[str, Any]]]


def _encoded(path: str) -> str:
    """The path as botocore writes it: a model id is one segment, whatever it contains."""
    if model := _MODEL_PATH.fullmatch(path):
        return f"/model/{quote(model[1], safe='')}/{model[2]}"
    return quote(path, safe="/:")


def forward(url: str) -> None:
    """Answer Bedrock's calls with the stand-in at `url`.

    AWS: models answer, event by event as they come.
    ministack: canned text.
    The patch passes the call on once the caller is authenticated and authorized, and passes the
    answer back chunk by chunk as it arrives.
    """
    from ministack import app

    client: httpx.AsyncClient | None = None

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, str], Any]:
        nonlocal client
        if app.AUTH and (denied := iam.denial(_further(method, path, body), headers, query)):
            return denied
        if client is None:
            # Made here because a client belongs to the loop that it is used in.
            client = httpx.AsyncClient(
                base_url=url,
                timeout=httpx.Timeout(300, connect=5),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            )
        request = client.build_request(
            method,
            _encoded(path) + (f"?{urlencode(query, doseq=True)}" if query else ""),
            headers={k: v for k, v in headers.items() if k not in _HOP_BY_HOP}
            | {"accept-encoding": "identity"},
            content=body,
        )
        try:
            return await _answer(await client.send(request, stream=True))
        except httpx.TransportError as error:
            message = f"The Bedrock stand-in at {url} doesn't answer: {error!r}"
            return 503, dict(_UNAVAILABLE), json.dumps({"message": message}).encode()

    for service in SERVICES:
        app.SERVICE_HANDLERS[service] = handle


def tell_tags_of_models(url: str) -> None:
    """A policy may allow the imported models of one stack only.

    AWS: `aws:ResourceTag/<key>` is a tag of what a call is about.
    ministack: it does not know this key, so that a condition on it is never met.
    The patch asks the stand-in at `url` for the tags of the imported model.
    """
    from ministack.core import iam_actions

    find_resource = iam_actions.extract_resource_arn
    tags_of = iam_actions.request_tag_context
    about = contextvars.ContextVar("about", default="")
    # Given when a model is made, and never changed.
    known: dict[str, dict[str, str]] = {}

    def resource(service: str, *request: Any) -> str:
        found = str(find_resource(service, *request))
        about.set(found)
        return found

    def context(*call: Any) -> dict[str, Any]:
        # Asked for the same call as, and after, the resource.
        found: dict[str, Any] = tags_of(*call)
        model = about.get()
        if ":imported-model/" not in model:
            return found
        if model not in known:
            told = httpx.post(f"{url}/listTagsForResource", json={"resourceARN": model})
            if not told.is_success:
                return found
            tags = told.json().get("tags", [])
            known[model] = {f"aws:ResourceTag/{tag['key']}": tag["value"] for tag in tags}
        return found | known[model]

    iam_actions.extract_resource_arn = resource
    iam_actions.request_tag_context = context


def _further(method: str, path: str, body: bytes) -> Iterator[iam.Check]:
    """What is asked of IAM besides the operation itself: an import is given a role."""
    if (method, path) == ("POST", "/model-import-jobs"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            yield iam.passing(str(json.loads(body)["roleArn"]), "bedrock.amazonaws.com")


_UNAVAILABLE = {
    "Content-Type": "application/json",
    "x-amzn-ErrorType": "ServiceUnavailableException",
}


async def _answer(response: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """The stand-in's answer in ministack's form: status, headers, body."""
    from ministack.core.responses import StreamingResponse

    # ministack sets Content-Type itself unless it finds it under this spelling.
    headers = {
        "Content-Type" if name == "content-type" else name: value
        for name, value in response.headers.items()
        if name not in _HOP_BY_HOP
    }
    if "content-length" in response.headers:
        content = await response.aread()
        await response.aclose()
        return response.status_code, headers, content

    async def stream(send: Send, receive: Receive) -> None:
        async def pump() -> None:
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def client_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks = [asyncio.ensure_future(pump()), asyncio.ensure_future(client_gone())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            await response.aclose()

    return response.status_code, headers, StreamingResponse(stream)
