"""The experts' e-mails. They inform; nothing is decided by opening a link.

No task token, no access token, and what customers wrote is redacted and plain text.
"""

from collections.abc import Sequence
from urllib.parse import quote

from tandem.live.models import Author, Escalation, Turn
from tandem.live.redaction import redact

_SHOWN = 600
"""Characters of a message in an e-mail."""

_REASONS = {
    "negative_sentiment": "The customer is upset",
    "wants_person": "The customer asks for a person",
    "button": "The customer pressed “talk to a person”",
    "no_grounding": "Nothing was found to answer from",
    "repeated_question": "The customer asks the same again",
    "guardrail": "A guardrail intervened",
    "listed_word": "A listed word was used",
    "model_failure": "The model failed",
    "thumbs_down": "Several answers were rated down",
    "predicted_low": "The answer would likely be rated low",
    "external": "The chatbot asks for a person",
}


def escalation_mail(
    escalation: Escalation, turns: Sequence[Turn], tier: str, messages: int, desk_url: str
) -> tuple[str, str]:
    """Subject and plain-text body of the e-mail that calls a tier."""
    reason = _REASONS[escalation.trigger.value]
    # One line: it may hold what a customer or a model wrote. Often it only repeats the trigger.
    why = _short(escalation.reason)
    spoken = [turn for turn in turns if turn.author is not Author.SYSTEM]
    lines = [
        f"{reason}.",
        *([f"Why: {why}"] if why and why.casefold() != reason.casefold() else []),
        f"Customer: {_customer(escalation)}",
        f"Requested: {escalation.requested_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Called: {tier}",
        *(
            [f"Please claim before: {escalation.deadline:%Y-%m-%d %H:%M:%S} UTC"]
            if escalation.deadline
            else []
        ),
        *([f"Meant for: {escalation.assigned_to}"] if escalation.assigned_to else []),
        "",
        "Open the desk (you sign in there; opening the link decides nothing):",
        desk_link(escalation, desk_url),
    ]
    if messages and spoken:
        lines += ["", "The last messages, without personal data:"]
        lines += [f"  {turn.author.value}: {_short(turn.text)}" for turn in spoken[-messages:]]
    return f"Tandem: {reason.lower()} ({tier})", "\n".join(lines)


def follow_up_mail(escalation: Escalation, desk_url: str) -> tuple[str, str]:
    """Subject and body of the e-mail that announces a follow-up."""
    body = "\n".join(
        [
            "Nobody claimed this conversation in time. The customer was told that somebody will "
            "get back to them.",
            f"Why a person was wanted: {_REASONS[escalation.trigger.value]}.",
            f"Customer: {_customer(escalation)}",
            f"Requested: {escalation.requested_at:%Y-%m-%d %H:%M:%S} UTC",
            "",
            "Open the desk (you sign in there; opening the link decides nothing):",
            desk_link(escalation, desk_url),
        ]
    )
    return "Tandem: follow-up needed", body


def desk_link(escalation: Escalation, desk_url: str) -> str:
    """The deep link to a conversation at the desk."""
    return (
        f"{desk_url.rstrip('/')}/desk?conversation={quote(escalation.conversation_id)}"
        f"&escalation={quote(escalation.escalation_id)}"
    )


def _customer(escalation: Escalation) -> str:
    return "guest" if escalation.customer_id.startswith("guest") else "signed in"


def _short(text: str) -> str:
    one_line = " ".join(redact(text).split())
    return one_line if len(one_line) <= _SHOWN else f"{one_line[:_SHOWN]}…"
