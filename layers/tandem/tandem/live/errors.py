"""What can go wrong, each with a code that clients can rely on and a text that says what to do."""


class LiveError(Exception):
    """Base of the errors that a caller caused and can understand."""

    code = "invalid"
    status = 400

    def __init__(self, message: str, **detail: str) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class InvalidMessage(LiveError):
    """The message is empty, or otherwise not what the interface asks for."""

    code = "invalid_message"


class MessageTooLong(LiveError):
    code = "message_too_long"
    status = 413


class ConversationClosed(LiveError):
    code = "conversation_closed"
    status = 409


class NotFound(LiveError):
    code = "not_found"
    status = 404


class AccessDenied(LiveError):
    """The caller has no, or not this, right. The text never says what exists."""

    code = "access_denied"
    status = 403


class NotSignedIn(LiveError):
    """No token, or one that is forged, expired or of another issuer."""

    code = "not_signed_in"
    status = 401


class AlreadyClaimed(LiveError):
    """Another expert was first. `detail["by"]` names who."""

    code = "already_claimed"
    status = 409


class NotYours(LiveError):
    """The conversation is not owned by this expert."""

    code = "not_yours"
    status = 409


class NoLongerOpen(LiveError):
    """The escalation has ended."""

    code = "no_longer_open"
    status = 409


class TooManyRequests(LiveError):
    code = "too_many_requests"
    status = 429


class Busy(LiveError):
    """Too many changed the same conversation at once; nothing was stored, try again."""

    code = "busy"
    status = 503


class Conflict(Exception):
    """Somebody else changed the conversation since it was read: read it again and decide again."""


class ModelFailure(Exception):
    """A model call failed. `kind` says how; the text is for the log, not for the customer."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
