"""Door of the desk's HTTP interface, behind the user pool's authorizer; see `docs/openapi.yaml`."""

from typing import Any

from tandem.aws import bootstrap
from tandem.aws.http_door import Request, serve
from tandem.aws.observability import observed
from tandem.live import desk
from tandem.live import desk_api as api
from tandem.live.access import desk_ticket, lead_of_claims, person_of_claims
from tandem.live.desk_settings import DeskSettings, desk_settings
from tandem.live.frames import EscalationView
from tandem.live.knowledge_preview import KnowledgePreview, knowledge_preview
from tandem.live.models import Person
from tandem.live.overview import Overview, Period, overview
from tandem.live.people import People, people

WORLD = bootstrap.world()
FACTS = bootstrap.facts()


def _who(request: Request) -> tuple[Person, str]:
    """The signed-in person (a member of a desk group) and the conversation that is meant."""
    return person_of_claims(request.claims), request.path["conversation_id"]


def settings(request: Request) -> DeskSettings:
    return desk_settings(WORLD, person_of_claims(request.claims))


def who_is_there(request: Request) -> People:
    person_of_claims(request.claims)
    return people(WORLD)


def queue(request: Request) -> api.Queue:
    person_of_claims(request.claims)
    kind = api.queue_kind(request.query.get("state"))
    return api.Queue(escalations=tuple(desk.queue(WORLD, kind)))


def show_overview(request: Request) -> Overview:
    lead_of_claims(request.claims)
    return overview(FACTS, Period.parse(request.query))


def ticket(request: Request) -> api.Ticket:
    person = person_of_claims(request.claims)
    token, expires = desk_ticket(bootstrap.token_secret(), person, WORLD.clock.now())
    return api.Ticket(token=token, expires_at=expires, websocket_url=bootstrap.websocket_url())


def read(request: Request) -> desk.ConversationView:
    _, name = _who(request)
    return desk.read(WORLD, name)


def knowledge(request: Request) -> KnowledgePreview:
    _, name = _who(request)
    return knowledge_preview(WORLD, name)


def audit(request: Request) -> api.AuditTrail:
    _, name = _who(request)
    return api.AuditTrail(entries=tuple(desk.audit_trail(WORLD, name)))


def claim(request: Request) -> EscalationView:
    person, name = _who(request)
    return desk.claim(WORLD, person, name)


def say(request: Request) -> api.Said:
    person, name = _who(request)
    body = request.body(api.Say)
    turn, duplicate = desk.say(
        WORLD, person, name, body.client_id, body.text, use_draft=body.use_draft
    )
    return api.Said(turn=turn, duplicate=duplicate)


def hand_back(request: Request) -> api.State:
    person, name = _who(request)
    ending = request.body(api.Ending)
    return api.State.of(desk.hand_back(WORLD, person, name, ending.value()))


def resolve(request: Request) -> api.State:
    person, name = _who(request)
    ending = request.body(api.Ending)
    return api.State.of(desk.resolve(WORLD, person, name, ending.value()))


def reassign(request: Request) -> api.State:
    person, name = _who(request)
    body = request.body(api.Reassign)
    return api.State.of(desk.reassign(WORLD, person, name, body.to, body.note))


def presence(request: Request) -> api.Done:
    person, name = _who(request)
    desk.show_presence(WORLD, person, name)
    return api.Done()


def follow_up(request: Request) -> EscalationView:
    person, name = _who(request)
    body = request.body(api.FollowUp)
    return desk.follow_up_done(WORLD, person, name, body.escalation_id, body.value())


ROUTES = {
    "GET /desk/settings": settings,
    "GET /desk/people": who_is_there,
    "GET /desk/queue": queue,
    "GET /desk/overview": show_overview,
    "POST /desk/ticket": ticket,
    "GET /desk/conversations/{conversation_id}": read,
    "GET /desk/conversations/{conversation_id}/audit": audit,
    "GET /desk/conversations/{conversation_id}/knowledge": knowledge,
    "POST /desk/conversations/{conversation_id}/claim": claim,
    "POST /desk/conversations/{conversation_id}/messages": say,
    "POST /desk/conversations/{conversation_id}/hand-back": hand_back,
    "POST /desk/conversations/{conversation_id}/resolve": resolve,
    "POST /desk/conversations/{conversation_id}/reassign": reassign,
    "POST /desk/conversations/{conversation_id}/presence": presence,
    "POST /desk/conversations/{conversation_id}/follow-up": follow_up,
}


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return serve(ROUTES, event)
