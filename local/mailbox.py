"""The mail that the engine keeps instead of sending: SNS's e-mails, and SES's.

On AWS an e-mail subscription must be confirmed by a click before it gets anything. In the engine
a subscription made by CloudFormation or the API counts as confirmed, so that the first
escalation reaches the mailbox. Filter policies of subscriptions decide as on AWS.
"""

import asyncio
import base64
import hashlib
import html
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.datastructures import URL, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

_PATH = "/_ministack/ses/messages"
_TIMEOUT = 10.0
_REFRESH_SECONDS = 10
# Only characters that RFC 3986 allows in an address: what else a mail holds (spaces, quotes, marks
# that turn the direction of reading) ends it. The last one is no punctuation of a sentence.
_ADDRESS = re.compile(
    r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]*[\w/#=&%~-]", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one or more addresses. `text` is plain text, whatever it looks like."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    at: datetime


class EngineSilent(Exception):
    """The engine doesn't answer, or not what a mailbox is."""


class InvalidDate(Exception):
    """`after` is no date."""


class Mailbox:
    """Reads the mail that the engine at `engine_url` has kept since it was started."""

    def __init__(self, engine_url: str) -> None:
        self._url = engine_url.rstrip("/") + _PATH

    def list(self, to: str | None = None, after: datetime | None = None) -> list[Mail]:
        """The mail, newest first: to one address, sent later than `after` (with time zone).

        Raises `EngineSilent`.
        """
        try:
            with urllib.request.urlopen(self._url, timeout=_TIMEOUT) as answer:  # noqa: S310
                kept = json.load(answer)["messages"]
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise EngineSilent(f"The engine doesn't answer: {reason}") from error
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
:root { color-scheme: light dark; background: Canvas; --line: #8884; --dim: #666; }
@media (prefers-color-scheme: dark) { :root { --dim: #aaa; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
nav a { display: inline-block; padding: .25rem 0; margin-inline-end: 1rem; }
main { overflow-wrap: anywhere; }
article { border-top: 1px solid var(--line); padding: 1rem 0; }
h2 { font-size: 1.05rem; margin: 0; }
.meta { color: var(--dim); font-size: .875rem; margin: .1rem 0 .6rem; }
pre { font: inherit; white-space: pre-wrap; margin: 0; }
bdi { display: inline-block; max-width: 100%; }
a { color: LinkText; }
"""
# A mark that ends an isolation (U+2069) gets out of an inline <bdi>, not out of a block.
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
    to = ", ".join(f"<bdi>{html.escape(address)}</bdi>" for address in mail.to)
    return (
        f'<article><h2 dir="auto">{html.escape(mail.subject) or "(no subject)"}</h2>'
        f'<p class="meta">to {to} · '
        f'<time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M:%S} UTC</time></p>'
        f'<pre dir="auto">{_linked(mail.text)}</pre></article>'
    )


def _linked(text: str) -> str:
    """The text as HTML: its http and https addresses as links, all else as it stands."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = html.escape(found[0])
        parts.append(html.escape(text[end : found.start()]))
        # Read from left to right, whatever mark precedes it: it must not pass for another one.
        parts.append(
            f'<a dir="ltr" href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
        )
        end = found.end()
    return "".join([*parts, html.escape(text[end:])])


def _page(mails: Iterable[Mail], url: URL) -> str:
    articles = "".join(map(_article, mails)) or (
        "<p>No mail yet. What the stack sends by e-mail will appear here.</p>"
    )
    if _refreshes(url):
        other, does = url.remove_query_params("refresh"), "Stop looking for new mail"
    else:
        other = url.include_query_params(refresh="on")
        does = f"Look for new mail every {_REFRESH_SECONDS} seconds"
    return _document("Mail", f"<p>{_link(other, does)}</p>{articles}", refreshes=_refreshes(url))


def _no_engine_page(error: EngineSilent, url: URL) -> str:
    words = (
        f'<p dir="auto">{html.escape(str(error))}</p>'
        "<p>It may still be starting, or have been stopped.</p>"
        f"<p>{_link(url, 'Try again')}</p>"
    )
    return _document("The mail cannot be read", words, refreshes=_refreshes(url))


def _no_date_page(error: InvalidDate, url: URL) -> str:
    back = _link(url.remove_query_params("after"), "Show mail of any time")
    words = f'<p dir="auto">{html.escape(str(error))}</p><p>{back}</p>'
    return _document("There is no such date", words)


def _refreshes(url: URL) -> bool:
    # A page that loads itself again takes a reader's place away (WCAG 2.2.1): only who asks for it
    # gets it.
    return "refresh" in QueryParams(url.query)


def _link(url: URL, words: str) -> str:
    query = f"?{url.query}" if url.query else ""
    return f'<a href="{html.escape(url.path + query)}">{words}</a>'


def _document(title: str, content: str, *, refreshes: bool = False) -> str:
    refresh = f'<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">' if refreshes else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        '<body><nav aria-label="Pages"><a href="/">Chat</a><a href="/desk">Desk</a></nav>'
        f"<main><h1>{title}</h1>{content}</main></body></html>"
    )


def create_app(engine_url: str) -> Starlette:
    """`/mail` for people, `/api/mail` for programs; both take `?to=` and `?after=` (ISO date)."""
    mailbox = Mailbox(engine_url)

    async def chosen(request: Request) -> list[Mail]:
        asked = request.query_params
        return await asyncio.to_thread(mailbox.list, asked.get("to"), _moment(asked.get("after")))

    async def page(request: Request) -> Response:
        try:
            document, status = _page(await chosen(request), request.url), 200
        except InvalidDate as error:
            document, status = _no_date_page(error, request.url), 400
        except EngineSilent as error:
            document, status = _no_engine_page(error, request.url), 503
        return HTMLResponse(document, status, headers=_HEADERS)

    async def api(request: Request) -> Response:
        try:
            mails = [asdict(mail) | {"at": mail.at.isoformat()} for mail in await chosen(request)]
        except InvalidDate as error:
            return JSONResponse({"message": str(error)}, 400, headers=_HEADERS)
        except EngineSilent as error:
            return JSONResponse({"message": str(error)}, 503, headers=_HEADERS)
        return JSONResponse({"mail": mails}, headers=_HEADERS)

    return Starlette(routes=[Route("/mail", page), Route("/api/mail", api)])


def _moment(written: str | None) -> datetime | None:
    """Raises `InvalidDate`."""
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise InvalidDate(
            f"“{written}” is no date. Write “after” in ISO 8601, such as 2026-11-23T09:00:00Z "
            "(in an address, “+” is written as “%2B”)."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
