"""Who did what in the tuning module."""

from tandem.tuning.models import Audit
from tandem.tuning.ports import TuningWorld

BY_POLICY = "policy"
"""The actor of what happens by itself."""


def note(world: TuningWorld, actor: str, action: str, subject: str, **detail: str) -> None:
    """Write an entry of the audit trail, now. It holds no text of customers, experts or reviewers,
    other than what a lead writes as a reason. `subject`: a run's name, or `of_version`."""
    world.history.note(
        Audit(
            entry_id=world.ids.new(),
            at=world.clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )


def of_version(version: int) -> str:
    """The subject of what was done with a model version."""
    return f"version-{version}"
