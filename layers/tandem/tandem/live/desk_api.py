"""What goes in and out of the desk's HTTP interface."""

from datetime import datetime
from typing import Literal

from tandem.live import customer_api, desk
from tandem.live.errors import InvalidMessage
from tandem.live.frames import EscalationView, Reason, Text
from tandem.live.models import AuditEntry, Frozen, Identifier, Turn

State = customer_api.State


class Queue(Frozen):
    """Sorted by deadline."""

    escalations: tuple[EscalationView, ...]


class Ticket(Frozen):
    """Opens the desk's WebSocket (`?token=`) within a minute."""

    token: str
    expires_at: datetime
    websocket_url: str


class AuditTrail(Frozen):
    entries: tuple[AuditEntry, ...]


class Say(Frozen):
    client_id: Identifier
    text: Text = ""
    use_draft: bool = False
    """Send the withheld draft: as it is, or edited, if `text` is given."""


class Said(Frozen):
    turn: Turn
    duplicate: bool


class Ending(Frozen):
    outcome: Reason = ""
    note: Reason = ""
    knowledge: bool = False

    def value(self) -> desk.Ending:
        return desk.Ending(outcome=self.outcome, note=self.note, knowledge=self.knowledge)


class FollowUp(Ending):
    escalation_id: Identifier


class Reassign(Frozen):
    to: str | None = None
    """A user name; null for anybody."""
    note: Reason = ""


class Done(Frozen):
    done: bool = True


def queue_kind(state: str | None) -> Literal["open", "follow_up"]:
    """Raises `InvalidMessage`."""
    match state:
        case None | "open":
            return "open"
        case "follow_up":
            return "follow_up"
    raise InvalidMessage("state must be “open” or “follow_up”.")
