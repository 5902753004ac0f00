"""Stores what was picked: each pair once, however often and in however many versions it comes."""

from collections.abc import Sequence
from enum import Enum

from tandem.review.budget import Budget
from tandem.review.models import MOST_CONVERSATIONS, Candidate, CandidateStatus, Pick
from tandem.review.moves import change_candidate, with_changes
from tandem.review.ports import ReviewWorld

_UNLABELED = frozenset({CandidateStatus.WAITING, CandidateStatus.GIVEN_UP})


class Kept(Enum):
    NEW = "new"
    KNOWN = "known"
    """It was there; what is new about it was added."""
    OVER_BUDGET = "over_budget"
    """A random one, and its stratum has had its part of the day's number."""


def keep_all(
    world: ReviewWorld, candidates: Sequence[Candidate], budget: Budget
) -> list[tuple[Candidate, Kept]]:
    """Store candidates, or add to stored ones in which conversations, and why, they were picked as
    well, and the labels that came with them.

    What is stored already is read at once: mostly nothing is new about it, and nothing is written.
    Raises `Conflict` when too many change one at once.
    """
    if not candidates:
        return []
    known = {c.candidate_id: c for c in world.candidates.many([c.candidate_id for c in candidates])}
    kept = []
    for candidate in candidates:
        stored = known.get(candidate.candidate_id)
        kept.append((candidate, _keep(world, candidate, stored, budget)))
        if kept[-1][1] is Kept.NEW:
            known[candidate.candidate_id] = candidate
    return kept


def _keep(
    world: ReviewWorld, candidate: Candidate, stored: Candidate | None, budget: Budget
) -> Kept:
    by_chance = candidate.picks == (Pick.RANDOM,)
    if stored is None and by_chance and not budget.takes(candidate.stratum):
        return Kept.OVER_BUDGET
    told = stored is not None and (
        len(stored.conversations) >= MOST_CONVERSATIONS
        or set(candidate.conversations) <= set(stored.conversations)
    )
    if not told and world.candidates.add(candidate):
        return Kept.NEW
    if stored is None or _with(stored, candidate) is not None:
        found = world.candidates.get(candidate.candidate_id)
        if found is not None:
            change_candidate(world, found, lambda now: _with(now, candidate))
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
