"""The mail that the engine keeps instead of sending: SNS's e-mails, and SES's.

On AWS an e-mail subscription must be confirmed by a click before it gets anything. In the engine
a subscription made by CloudFormation or the API counts as confirmed, so that the first
escalation reaches the mailbox. Filter policies of subscriptions decide as on AWS.
"""

import asyncio
import base64
import hashlib
import html
import json
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

_PATH = "/_ministack/ses/messages"
_TIMEOUT = 10.0


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one or more addresses. `text` is plain text, whatever it looks like."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    at: datetime


class Mailbox:
    """Reads the mail that the engine at `engine_url` has kept since it was started."""

    def __init__(self, engine_url: str) -> None:
        self._url = engine_url.rstrip("/") + _PATH

    def list(self, to: str | None = None, after: datetime | None = None) -> list[Mail]:
        """The mail, newest first: to one address, sent later than `after` (with time zone)."""
        with urllib.request.urlopen(self._url, timeout=_TIMEOUT) as answer:  # noqa: S310
            kept = json.load(answer)["messages"]
        mails = [_mail(raw) for account in kept.values() for raw in account]
        chosen = [
            mail
            for mail in mails
            if (to is None or to.lower() in (address.lower() for address in mail.to))
            and (after is None or mail.at > after)
        ]
        return sorted(chosen, key=lambda mail: mail.at, reverse=True)


def _mail(raw: dict[str, object]) -> Mail:
    to, moment = raw.get("To"), raw["Timestamp"]
    # SNS's mail is kept with seconds since the epoch, SES's with an ISO date.
    at = (
        datetime.fromtimestamp(moment, UTC)
        if isinstance(moment, int | float)
        else datetime.fromisoformat(str(moment))
    )
    return Mail(
        id=str(raw["MessageId"]),
        sender=str(raw["Source"]),
        to=tuple(str(address) for address in to) if isinstance(to, list) else (),
        subject=str(raw.get("Subject") or ""),
        text=str(raw.get("BodyText") or ""),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
    )


# -- the page

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #666; }
@media (prefers-color-scheme: dark) { :root { --dim: #aaa; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
article { border-top: 1px solid var(--line); padding: 1rem 0; }
h2 { font-size: 1.05rem; margin: 0; }
.meta { color: var(--dim); font-size: .875rem; margin: .1rem 0 .6rem; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
"""
# The one style is allowed by its digest, and nothing else: no script, no image, no frame, no form.
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def _article(mail: Mail) -> str:
    at = mail.at.astimezone(UTC)
    return (
        f"<article><h2>{html.escape(mail.subject) or '(no subject)'}</h2>"
        f'<p class="meta">to {html.escape(", ".join(mail.to))} · '
        f'<time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M:%S} UTC</time></p>'
        f"<pre>{html.escape(mail.text)}</pre></article>"
    )


def _page(mails: Iterable[Mail]) -> str:
    articles = "".join(map(_article, mails)) or (
        "<p>No mail yet. What the stack sends by e-mail will appear here.</p>"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Mail</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>Mail</h1>{articles}</main></body></html>"
    )


def create_app(engine_url: str) -> Starlette:
    """`/mail` for people, `/api/mail` for programs; both take `?to=` and `?after=` (ISO date)."""
    mailbox = Mailbox(engine_url)

    async def chosen(request: Request) -> list[Mail]:
        after = request.query_params.get("after")
        moment = datetime.fromisoformat(after) if after else None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return await asyncio.to_thread(mailbox.list, request.query_params.get("to"), moment)

    async def page(request: Request) -> Response:
        return HTMLResponse(_page(await chosen(request)), headers=_HEADERS)

    async def api(request: Request) -> Response:
        mails = [asdict(mail) | {"at": mail.at.isoformat()} for mail in await chosen(request)]
        return JSONResponse({"mail": mails}, headers=_HEADERS)

    async def bad_query(_request: Request, error: Exception) -> Response:
        return JSONResponse({"message": str(error)}, 400, headers=_HEADERS)

    async def no_engine(_request: Request, error: Exception) -> Response:
        return JSONResponse({"message": f"The engine doesn't answer: {error}"}, 503)

    return Starlette(
        routes=[Route("/mail", page), Route("/api/mail", api)],
        exception_handlers={ValueError: bad_query, OSError: no_engine},
    )
