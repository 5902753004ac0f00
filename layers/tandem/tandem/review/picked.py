"""Stores what was picked: each pair once, however often and in however many versions it comes."""

from enum import Enum

from tandem.review.models import Candidate, CandidateStatus, Pick
from tandem.review.moves import change_candidate, with_changes
from tandem.review.ports import ReviewWorld

_UNLABELED = frozenset({CandidateStatus.WAITING, CandidateStatus.GIVEN_UP})


class Kept(Enum):
    NEW = "new"
    KNOWN = "known"
    """It was there; what is new about it was added."""
    OVER_BUDGET = "over_budget"
    """A random one, and the day's number is reached."""


def keep(world: ReviewWorld, candidate: Candidate, random_per_day: int) -> Kept:
    """Store a candidate, or add to the stored one in which conversations, and why, it was picked
    as well, and the label that came with it. Raises `Conflict` when too many change it at once."""
    if candidate.picks == (Pick.RANDOM,) and world.candidates.get(candidate.candidate_id) is None:
        today = world.clock.now().date().isoformat()
        if not world.candidates.random_today(today, random_per_day):
            return Kept.OVER_BUDGET
    if world.candidates.add(candidate):
        return Kept.NEW
    stored = world.candidates.get(candidate.candidate_id)
    if stored is not None:
        change_candidate(world, stored, lambda found: _with(found, candidate))
    return Kept.KNOWN


def _with(stored: Candidate, again: Candidate) -> Candidate | None:
    """The stored candidate with what is new; None if nothing is."""
    changes: dict[str, object] = {}
    both = {*stored.picks, *again.picks}
    picks = tuple(pick for pick in Pick if pick in both)
    if set(stored.picks) != both:
        changes["picks"] = picks
    pair = stored.pair.model_copy(
        update={
            "escalated": stored.pair.escalated or again.pair.escalated,
            "thumbs_down": stored.pair.thumbs_down or again.pair.thumbs_down,
        }
    )
    if pair != stored.pair:
        changes["pair"] = pair
    if again.label is not None and stored.status in _UNLABELED:
        changes |= {"label": again.label, "status": CandidateStatus.LABELED}
    return with_changes(stored, **changes) if changes else None
