"""Door of the models' pages, behind the user pool's authorizer; see `docs/openapi.yaml`."""

from typing import Any

from tandem.aws import tuning_bootstrap
from tandem.aws.http_door import Request, serve
from tandem.aws.observability import observed
from tandem.live.errors import NotFound
from tandem.review.access import lead_of_claims, reviewer_of_claims
from tandem.tuning import api, comparing, decisions, leads

WORLD = tuning_bootstrap.world()
LEADING = tuning_bootstrap.leading()
_MOST_DIGITS = 9


# --- leads ---------------------------------------------------------------------------------------
def overview(request: Request) -> api.ModelsOverview:
    lead_of_claims(request.claims)
    return leads.overview(WORLD, LEADING)


def version(request: Request) -> api.VersionDetail:
    lead_of_claims(request.claims)
    return leads.detail(WORLD, LEADING, _number(request))


def train(request: Request) -> api.TrainingAsked:
    return decisions.request_training(WORLD, LEADING, lead_of_claims(request.claims))


def approve(request: Request) -> api.VersionView:
    person = lead_of_claims(request.claims)
    number, said = _number(request), request.body(api.Decide)
    return decisions.approve(WORLD, LEADING, person, number, said)


def reject(request: Request) -> api.VersionView:
    person = lead_of_claims(request.claims)
    number, said = _number(request), request.body(api.Decide)
    return decisions.reject(WORLD, LEADING, person, number, said)


def promote(request: Request) -> api.VersionView:
    person = lead_of_claims(request.claims)
    number, said = _number(request), request.body(api.Decide)
    return decisions.promote(WORLD, LEADING, person, number, said)


def roll_back(request: Request) -> api.VersionView:
    person = lead_of_claims(request.claims)
    number, said = _number(request), request.body(api.Decide)
    return decisions.roll_back(WORLD, LEADING, person, number, said)


def _number(request: Request) -> int:
    """Raises `NotFound`."""
    text = request.path["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise NotFound("There is no such version.")
    return int(text)


# --- whoever compares ----------------------------------------------------------------------------
def next_pair(request: Request) -> api.NextPair:
    return comparing.next_pair(WORLD, LEADING.judging, reviewer_of_claims(request.claims))


def choose(request: Request) -> api.NextPair:
    person = reviewer_of_claims(request.claims)
    return comparing.choose(WORLD, LEADING.judging, person, request.body(api.Choose))


def heartbeat(request: Request) -> api.PairHeld:
    person = reviewer_of_claims(request.claims)
    return comparing.heartbeat(WORLD, LEADING.judging, person, request.body(api.WhichPair))


ROUTES = {
    "GET /models/overview": overview,
    "GET /models/versions/{version}": version,
    "POST /models/train": train,
    "POST /models/versions/{version}/approve": approve,
    "POST /models/versions/{version}/reject": reject,
    "POST /models/versions/{version}/promote": promote,
    "POST /models/versions/{version}/roll_back": roll_back,
    "POST /models/compare/next": next_pair,
    "POST /models/compare/choose": choose,
    "POST /models/compare/heartbeat": heartbeat,
}


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return serve(ROUTES, event)
