"""The addresses of the HTTP API."""

from dataclasses import dataclass

from pydantic import BaseModel

from tandem.live import customer_api, desk, desk_api
from tandem.live.chat_settings import ChatSettings
from tandem.live.desk_settings import DeskSettings
from tandem.live.frames import EscalationView
from tandem.live.knowledge_preview import KnowledgePreview
from tandem.live.overview import Overview
from tandem.live.people import People


@dataclass(frozen=True)
class Route:
    """One address of the HTTP API: what goes in, what comes out, and who may."""

    summary: str
    answer: type[BaseModel]
    access: str
    body: type[BaseModel] | None = None
    query: tuple[tuple[str, str, str], ...] = ()
    """Name, type, description."""
    must_give: tuple[str, ...] = ()
    """The names of `query` that cannot be left out."""
    errors: tuple[int, ...] = ()


GUEST, TOKEN, CUSTOMER, DESK = "", "conversationToken", "customerIdentity", "deskIdentity"
_C = "/conversations/{conversation_id}"
_D = "/desk/conversations/{conversation_id}"

ROUTES: dict[str, Route] = {
    "GET /settings": Route(
        "What the chat shows before the first message, and what it can do.",
        ChatSettings, GUEST,
        query=(("language", "string", "Such as `de` or `de-AT`; English by default."),),
    ),
    "POST /conversations": Route(
        "Begin a conversation as a guest. Limited by network address.",
        customer_api.Opened, GUEST, customer_api.Open, errors=(400, 429),
    ),
    "POST /customer/conversations": Route(
        "Begin a conversation as a customer of your own identity provider.",
        customer_api.Opened, CUSTOMER, customer_api.Open, errors=(400, 401),
    ),
    f"GET {_C}": Route(
        "The conversation; with `after`, only the turns since: what was missed while away.",
        customer_api.ConversationView, TOKEN,
        query=(("after", "integer", "The `seq` of the last turn that was seen."),),
        errors=(400, 401, 403, 404),
    ),
    f"POST {_C}/token": Route(
        "A fresh token for the same conversation.",
        customer_api.Opened, TOKEN, errors=(401, 403, 404),
    ),
    f"POST {_C}/messages": Route(
        "Send a message. The answer comes by the socket, or by reading again.",
        customer_api.Sent, TOKEN, customer_api.Message, errors=(400, 401, 403, 409, 413),
    ),
    f"POST {_C}/person": Route(
        "Ask for a person. Works on an empty conversation, too.",
        customer_api.State, TOKEN, errors=(401, 403, 409),
    ),
    f"POST {_C}/thumbs": Route(
        "Rate one answer up or down.",
        customer_api.State, TOKEN, customer_api.Thumb, errors=(400, 401, 403, 404),
    ),
    f"POST {_C}/rating": Route(
        "Rate the whole conversation, 1 to 5; also after its end.",
        customer_api.State, TOKEN, customer_api.Stars, errors=(400, 401, 403),
    ),
    f"POST {_C}/close": Route(
        "End the conversation.", customer_api.State, TOKEN, errors=(401, 403),
    ),
    f"POST {_C}/reopen": Route(
        "Open a closed conversation again.", customer_api.State, TOKEN, errors=(401, 403),
    ),
    "GET /desk/settings": Route(
        "Who has signed in, and the rules and texts that they work with.",
        DeskSettings, DESK, errors=(401, 403),
    ),
    "GET /desk/people": Route(
        "Who has the desk open now.", People, DESK, errors=(401, 403),
    ),
    "GET /desk/queue": Route(
        "Who waits and who is being helped, by deadline; `state=follow_up`: who has to be got "
        "back to.",
        desk_api.Queue, DESK,
        query=(("state", "string", "`open` (default) or `follow_up`."),),
        errors=(400, 401, 403),
    ),
    "GET /desk/overview": Route(
        "What happened in a period, in figures; for leads.",
        Overview, DESK,
        query=(
            ("from", "string", "ISO 8601 with a time zone; the period begins with this moment."),
            ("to", "string", "The period ends before this moment; at most 31 days after `from`."),
        ),
        must_give=("from", "to"),
        errors=(400, 401, 403),
    ),
    "POST /desk/ticket": Route(
        "A ticket that opens the desk's WebSocket within a minute.",
        desk_api.Ticket, DESK, errors=(401, 403),
    ),
    f"GET {_D}": Route(
        "A conversation with gate decisions, sources and the withheld draft.",
        desk.ConversationView, DESK, errors=(401, 403, 404),
    ),
    f"GET {_D}/audit": Route(
        "Who did what, when, to which escalation.",
        desk_api.AuditTrail, DESK, errors=(401, 403, 404),
    ),
    f"GET {_D}/knowledge": Route(
        "What would be kept as knowledge of the present or last exchange with an expert, without "
        "personal data.",
        KnowledgePreview, DESK, errors=(401, 403, 404),
    ),
    f"POST {_D}/claim": Route(
        "Take the conversation over. Of many who try, exactly one wins.",
        EscalationView, DESK, errors=(401, 403, 404, 409),
    ),
    f"POST {_D}/messages": Route(
        "Write to the customer, or send the draft, as it is or edited.",
        desk_api.Said, DESK, desk_api.Say, errors=(400, 401, 403, 404, 409, 413),
    ),
    f"POST {_D}/hand-back": Route(
        "Give the conversation back to the assistant.",
        desk_api.State, DESK, desk_api.Ending, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/resolve": Route(
        "End escalation and conversation, with an outcome.",
        desk_api.State, DESK, desk_api.Ending, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/reassign": Route(
        "Give the conversation back to the queue, for somebody or for anybody.",
        desk_api.State, DESK, desk_api.Reassign, errors=(400, 401, 403, 404, 409),
    ),
    f"POST {_D}/presence": Route(
        "A sign of life; without one for too long, the conversation goes back to the queue.",
        desk_api.Done, DESK, errors=(401, 403, 404, 409),
    ),
    f"POST {_D}/follow-up": Route(
        "Note that somebody got back to the customer of an expired escalation.",
        EscalationView, DESK, desk_api.FollowUp, errors=(400, 401, 403, 404, 409),
    ),
}  # fmt: skip

MEANINGS = {
    400: "The request is not what the interface asks for.",
    401: "No token, or one that is forged, expired or of another issuer.",
    403: "The token does not open this.",
    404: "There is no such thing.",
    409: "The conversation's state does not allow it (closed, claimed, not yours).",
    413: "The message is too long.",
    429: "Too many requests; wait a minute.",
}
