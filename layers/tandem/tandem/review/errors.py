"""What can go wrong in the review, each with a code that clients can rely on."""

from tandem.live.errors import InvalidMessage, LiveError


class ItemGone(LiveError):
    """The item is not to be rated (by this reviewer) any more; the next one is."""

    code = "item_gone"
    status = 409


class ReasonMissing(InvalidMessage):
    """The policy asks for a reason with so low a rating."""

    code = "reason_missing"


class NothingToUndo(LiveError):
    code = "nothing_to_undo"
    status = 409


class NotDecidable(LiveError):
    """The candidate's state does not allow what a lead decided."""

    code = "not_decidable"
    status = 409


class NothingWaits(LiveError):
    """There is no candidate that a labelling job could be made of."""

    code = "nothing_waits"
    status = 409


class ChangedMeanwhile(LiveError):
    """It is no longer what the lead has seen."""

    code = "changed_meanwhile"
    status = 409
