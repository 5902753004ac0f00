"""Who did what in the review module."""

from tandem.review.models import Audit
from tandem.review.ports import ReviewWorld

BY_POLICY = "policy"
"""The actor of what happens by itself."""


def note(world: ReviewWorld, actor: str, action: str, subject: str, **detail: str) -> None:
    """Write an entry of the audit trail, now. It holds no text of customers, experts or reviewers,
    other than what a lead writes as a reason."""
    world.records.note(
        Audit(
            entry_id=world.ids.new(),
            at=world.clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
