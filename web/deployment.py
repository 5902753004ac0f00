"""What the built pages have to know of the stack that they belong to, written into their HTML."""

import html
import json
import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

# Alone on its line in each page's head, so that nothing else can be meant.
_PLACE = re.compile(r"^(?P<indent>[ \t]*)<!-- deployment -->[ \t]*$", re.MULTILINE)


class NoPlace(ValueError):
    """The page has not exactly one line `<!-- deployment -->`."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where experts, leads and reviewers sign in. `endpoint`: of Amazon Cognito, where it isn't
    AWS's own."""

    user_pool_id: str
    client_id: str
    endpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a page reads of its stack; the same names as in `web/src/shared/configuration.ts`.

    `desk`: None where nobody signs in. `guests`: whether customers may write without a token of the
    team's identity provider. `escalation`: whether people are called to the desk. `review`: whether
    answers are rated. `tuning`: whether models are trained on the ratings.
    """

    http_url: str
    websocket_url: str
    region: str
    desk: Desk | None
    guests: bool
    escalation: bool
    review: bool
    tuning: bool


def connections(deployment: Deployment, sign_in_url: str | None = None) -> list[str]:
    """What a page may connect to, as sources of `connect-src`; with the sign-in at this address.

    A source with a path allows that one path, and what lies below it only if it ends with a slash:
    https://www.w3.org/TR/CSP3/#match-paths. Raises `ValueError` for what cannot be a source.
    """
    wanted = [f"{deployment.http_url.rstrip('/')}/", deployment.websocket_url]
    if sign_in_url is not None:
        wanted.append(f"{sign_in_url.rstrip('/')}/")
    for url in wanted:
        # A space or a semicolon would begin another source or directive.
        if re.search(r"[\s;,'\"]", url) or not urlsplit(url).netloc:
            raise ValueError(f"{url!r} is no address that a page can connect to.")
    return wanted


def with_deployment(page: str, deployment: Deployment, connect_to: list[str]) -> str:
    """The page's HTML with its configuration and what it may connect to. Raises `NoPlace`.

    The policy adds to the one that the distribution sends: a browser obeys both.
    """
    tags = [
        _meta("name", "tandem", json.dumps(asdict(deployment), sort_keys=True)),
        _meta("http-equiv", "Content-Security-Policy", f"connect-src {' '.join(connect_to)}"),
    ]
    places = _PLACE.findall(page)
    if len(places) != 1:
        raise NoPlace(f"The line `<!-- deployment -->` is there {len(places)} times, not once.")
    return _PLACE.sub(lambda place: "\n".join(place["indent"] + tag for tag in tags), page)


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(content)}">'
