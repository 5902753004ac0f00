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
from tandem.review import api as review
from tandem.review.models import Article
from tandem.tuning import api as tuning


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
_V = "/models/versions/{version}"

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
    "GET /review/settings": Route(
        "What a reviewer is asked to do, and what they may.",
        review.ReviewSettings, DESK, errors=(401, 403),
    ),
    "POST /review/next": Route(
        "The item before the reviewer, or a new one; nobody is given the same item twice.",
        review.Next, DESK, errors=(401, 403, 503),
    ),
    "POST /review/heartbeat": Route(
        "A sign of life: the item stays with the reviewer.",
        review.Held, DESK, review.Which, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/release": Route(
        "Give an item back unrated; whoever comes next may have it.",
        review.Released, DESK, review.Which, errors=(400, 401, 403, 503),
    ),
    "POST /review/rate": Route(
        "Rate an item; the next one is the answer. The same rating sent again counts once.",
        review.Next, DESK, review.Rate, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/skip": Route(
        "Leave an item to others, with a reason; the next one is the answer.",
        review.Next, DESK, review.PutAside, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/flag": Route(
        "Say that an item cannot be rated, with a reason: a lead decides. The next one is the "
        "answer.",
        review.Next, DESK, review.PutAside, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/undo": Route(
        "Take the last rating or skip back, as long as its labelling job is open.",
        review.Undone, DESK, errors=(401, 403, 409, 503),
    ),
    "GET /review/progress": Route(
        "How far the reviewer is.", review.Progress, DESK, errors=(401, 403),
    ),
    "GET /review/fate": Route(
        "What became of the reviewer's ratings: labels, datasets, models.",
        review.LabelFate, DESK, errors=(401, 403),
    ),
    "GET /review/overview": Route(
        "Agreement, reviewers, candidates, jobs and datasets; for leads.",
        review.ReviewOverview, DESK, errors=(401, 403),
    ),
    "GET /review/disagreements": Route(
        "Labels whose ratings lie far apart and that no lead has decided, newest first; for leads.",
        review.CandidateList, DESK,
        query=(("limit", "integer", "1 to 1,000; 20 by default."),),
        errors=(400, 401, 403),
    ),
    "GET /review/candidates": Route(
        "Candidates of a status, with what was said of them; for leads.",
        review.CandidateList, DESK,
        query=(
            ("status", "string", "`waiting`, `labeling`, `labeled`, `flagged`, `given_up` or "
             "`discarded`."),
            ("limit", "integer", "1 to 1,000; 20 by default."),
        ),
        must_give=("status",),
        errors=(400, 401, 403),
    ),
    "POST /review/adjudicate": Route(
        "Decide a candidate: label it, let it be rated again, or discard it; for leads.",
        review.CandidateView, DESK, review.Adjudicate, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/standing": Route(
        "Set a reviewer's ratings aside, or count them; for leads.",
        review.StandingSet, DESK, review.SetStanding, errors=(400, 401, 403, 404, 503),
    ),
    "POST /review/labeling": Route(
        "Start a labelling job now with the candidates that wait; for leads.",
        review.LabelingAsked, DESK, errors=(401, 403, 409),
    ),
    "GET /review/withdrawals": Route(
        "Withdrawn conversations, newest first, and what still holds them; for leads.",
        review.WithdrawalList, DESK,
        query=(
            ("limit", "integer", "1 to 100; 20 by default."),
            ("after", "string", "`next` of the answer before."),
        ),
        errors=(400, 401, 403),
    ),
    "POST /review/withdrawals": Route(
        "Withdraw a conversation: no later dataset holds it; for leads.",
        review.WithdrawalView, DESK, review.Withdraw, errors=(400, 401, 403, 409, 503),
    ),
    "GET /review/articles": Route(
        "Articles of what experts answered, newest first; for leads.",
        review.ArticleList, DESK,
        query=(
            ("status", "string", "`proposed`, `published`, `rejected`, `expired` or `withdrawn`; "
             "`problem`: those that `problems` counts; all by default."),
            ("limit", "integer", "1 to 50; 20 by default."),
            ("after", "string", "`next` of the answer before."),
        ),
        errors=(400, 401, 403),
    ),
    "POST /review/articles/{article_id}/edit": Route(
        "Change an article's texts, product area or expiry; for leads.",
        Article, DESK, review.EditArticle, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /review/articles/{article_id}/decide": Route(
        "Publish, reject, expire or withdraw an article; for leads.",
        Article, DESK, review.DecideArticle, errors=(400, 401, 403, 404, 409, 503),
    ),
    "GET /models/overview": Route(
        "Which model answers with which share, the versions, what can be done with them, and the "
        "trainings; for leads.",
        tuning.ModelsOverview, DESK, errors=(401, 403),
    ),
    f"GET {_V}": Route(
        "A version with its training's figures, its verdict, samples of its answers and its "
        "history; for leads.",
        tuning.VersionDetail, DESK, errors=(400, 401, 403, 404),
    ),
    "POST /models/train": Route(
        "Train on the newest dataset now, however little is new; for leads.",
        tuning.TrainingAsked, DESK, errors=(401, 403, 409),
    ),
    f"POST {_V}/approve": Route(
        "Approve a version that has passed the gate: it is deployed, and tried by a share of the "
        "conversations; for leads.",
        tuning.VersionView, DESK, tuning.Decide, errors=(400, 401, 403, 404, 409, 503),
    ),
    f"POST {_V}/reject": Route(
        "Reject a version; for leads.",
        tuning.VersionView, DESK, tuning.Decide, errors=(400, 401, 403, 404, 409, 503),
    ),
    f"POST {_V}/promote": Route(
        "Let a version answer all conversations that begin: the one of the trial, or one that was "
        "live before; for leads.",
        tuning.VersionView, DESK, tuning.Decide, errors=(400, 401, 403, 404, 409, 503),
    ),
    f"POST {_V}/roll_back": Route(
        "Let the model before answer again, at once; for leads.",
        tuning.VersionView, DESK, tuning.Decide, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /models/compare/next": Route(
        "Two answers to compare, the ones before the reviewer or new ones; nothing tells whose "
        "they are.",
        tuning.NextPair, DESK, errors=(401, 403, 503),
    ),
    "POST /models/compare/choose": Route(
        "Say which of two answers is better; the next two are the answer. The same choice sent "
        "again counts once.",
        tuning.NextPair, DESK, tuning.Choose, errors=(400, 401, 403, 404, 409, 503),
    ),
    "POST /models/compare/heartbeat": Route(
        "A sign of life: the pair stays with the reviewer.",
        tuning.PairHeld, DESK, tuning.WhichPair, errors=(400, 401, 403, 404, 409, 503),
    ),
}  # fmt: skip

MEANINGS = {
    400: "The request is not what the interface asks for.",
    401: "No token, or one that is forged, expired or of another issuer.",
    403: "The token does not open this.",
    404: "There is no such thing.",
    409: "Its state does not allow it (closed, claimed, not yours, rated or changed by others).",
    413: "The message is too long.",
    429: "Too many requests; wait a minute.",
    503: "Too many changed the same thing at once; nothing was stored, try again.",
}
