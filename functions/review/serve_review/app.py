"""Door of the review, behind the user pool's authorizer; see `docs/openapi.yaml`."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.http_door import Request, serve
from tandem.aws.observability import observed
from tandem.review import api, decisions, deeds, knowledge, leads, queue, withdrawal
from tandem.review.access import lead_of_claims, reviewer_of_claims
from tandem.review.fate import fate
from tandem.review.models import Article

WORLD = review_bootstrap.world()
BASE = review_bootstrap.knowledge_base()


# --- reviewers -----------------------------------------------------------------------------------
def settings(request: Request) -> api.ReviewSettings:
    return queue.settings(WORLD, reviewer_of_claims(request.claims))


def next_item(request: Request) -> api.Next:
    return queue.next_item(WORLD, reviewer_of_claims(request.claims))


def heartbeat(request: Request) -> api.Held:
    person = reviewer_of_claims(request.claims)
    return queue.heartbeat(WORLD, person, request.body(api.Which))


def release(request: Request) -> api.Released:
    person = reviewer_of_claims(request.claims)
    return queue.release(WORLD, person, request.body(api.Which))


def rate(request: Request) -> api.Next:
    person = reviewer_of_claims(request.claims)
    return deeds.rate(WORLD, person, request.body(api.Rate))


def skip(request: Request) -> api.Next:
    person = reviewer_of_claims(request.claims)
    return deeds.skip(WORLD, person, request.body(api.PutAside))


def flag(request: Request) -> api.Next:
    person = reviewer_of_claims(request.claims)
    return deeds.flag(WORLD, person, request.body(api.PutAside))


def undo(request: Request) -> api.Undone:
    return deeds.undo(WORLD, reviewer_of_claims(request.claims))


def progress(request: Request) -> api.Progress:
    return queue.progress(WORLD, reviewer_of_claims(request.claims))


def show_fate(request: Request) -> api.LabelFate:
    return fate(WORLD, reviewer_of_claims(request.claims))


# --- leads ---------------------------------------------------------------------------------------
def overview(request: Request) -> api.ReviewOverview:
    lead_of_claims(request.claims)
    return leads.overview(WORLD)


def disagreements(request: Request) -> api.CandidateList:
    lead_of_claims(request.claims)
    return leads.disagreements(WORLD, request.number("limit"))


def candidates(request: Request) -> api.CandidateList:
    lead_of_claims(request.claims)
    return leads.candidates(WORLD, request.query.get("status", ""), request.number("limit"))


def adjudicate(request: Request) -> api.CandidateView:
    person = lead_of_claims(request.claims)
    return decisions.adjudicate(WORLD, person, request.body(api.Adjudicate))


def set_standing(request: Request) -> api.StandingSet:
    person = lead_of_claims(request.claims)
    return decisions.set_standing(WORLD, person, request.body(api.SetStanding))


def request_labeling(request: Request) -> api.LabelingAsked:
    return decisions.request_labeling(WORLD, lead_of_claims(request.claims))


def withdrawals(request: Request) -> api.WithdrawalList:
    lead_of_claims(request.claims)
    limit, after = request.number("limit"), request.query.get("after", "")
    return withdrawal.withdrawals(WORLD, limit, after)


def withdraw(request: Request) -> api.WithdrawalView:
    person = lead_of_claims(request.claims)
    return withdrawal.withdraw(WORLD, BASE, person, request.body(api.Withdraw))


def articles(request: Request) -> api.ArticleList:
    lead_of_claims(request.claims)
    limit, after = request.number("limit"), request.query.get("after", "")
    return knowledge.articles(WORLD, request.query.get("status"), limit, after)


def edit_article(request: Request) -> Article:
    person = lead_of_claims(request.claims)
    name, change = request.path["article_id"], request.body(api.EditArticle)
    return knowledge.edit(WORLD, BASE, person, name, change)


def decide_article(request: Request) -> Article:
    person = lead_of_claims(request.claims)
    name, decision = request.path["article_id"], request.body(api.DecideArticle)
    return knowledge.decide(WORLD, BASE, person, name, decision)


ROUTES = {
    "GET /review/settings": settings,
    "POST /review/next": next_item,
    "POST /review/heartbeat": heartbeat,
    "POST /review/release": release,
    "POST /review/rate": rate,
    "POST /review/skip": skip,
    "POST /review/flag": flag,
    "POST /review/undo": undo,
    "GET /review/progress": progress,
    "GET /review/fate": show_fate,
    "GET /review/overview": overview,
    "GET /review/disagreements": disagreements,
    "GET /review/candidates": candidates,
    "POST /review/adjudicate": adjudicate,
    "POST /review/standing": set_standing,
    "POST /review/labeling": request_labeling,
    "GET /review/withdrawals": withdrawals,
    "POST /review/withdrawals": withdraw,
    "GET /review/articles": articles,
    "POST /review/articles/{article_id}/edit": edit_article,
    "POST /review/articles/{article_id}/decide": decide_article,
}


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return serve(ROUTES, event)
