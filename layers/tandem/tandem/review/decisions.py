"""What leads decide: a candidate's label, a reviewer's standing, a labelling job now.

Each is in the audit trail, with who and why.
"""

from datetime import datetime

from tandem.live.errors import Busy, Conflict, InvalidMessage, NotFound
from tandem.live.models import Person
from tandem.review.api import (
    Adjudicate,
    CandidateView,
    LabelingAsked,
    SetStanding,
    StandingSet,
)
from tandem.review.audit import note
from tandem.review.consolidation import better_answers, counted
from tandem.review.dataset_rows import Split
from tandem.review.errors import NotDecidable, NothingWaits
from tandem.review.events import LabelingRequested
from tandem.review.leads import named_reviewers, view
from tandem.review.models import Candidate, CandidateStatus, Label, Return, Reviewer
from tandem.review.moves import change_candidate, with_changes
from tandem.review.ports import ReviewWorld
from tandem.review.relabeling import ratings_of_label
from tandem.review.standings import follow, place

_ATTEMPTS = 5
_NO_JOB = "adjudication"
"""Stands for the job of a label whose candidate never was in one."""
_MOST_COUNTED = 10_000
_ACTIONS = {
    "label": "labelled candidate",
    "return": "returned candidate",
    "discard": "discarded candidate",
}


def adjudicate(world: ReviewWorld, person: Person, decision: Adjudicate) -> CandidateView:
    """Label a candidate, let it be rated again, or discard it; the same decision again changes
    nothing. Says so where the decision takes effect with the next test series only.

    Raises `InvalidMessage` for a label without a rating, `NotFound`, `NotDecidable` while reviewers
    are at it, `Busy`.
    """
    if decision.decision == "label" and decision.rating is None:
        raise InvalidMessage("Say which rating (1 to 5) the label has.")
    candidate = world.candidates.get(decision.candidate_id)
    now, decided = world.clock.now(), False

    def change(found: Candidate) -> Candidate | None:
        nonlocal decided
        if found.status is CandidateStatus.LABELING:
            raise NotDecidable(
                "Reviewers are rating this now. Decide when their labelling job has ended."
            )
        after = _decided(world, found, decision, now)
        decided = after is not None
        return after

    try:
        after = None if candidate is None else change_candidate(world, candidate, change)
    except Conflict as error:
        raise Busy("Too many change this at once. Nothing is lost; try again.") from error
    if after is None:
        raise NotFound("There is no such candidate. It may have been withdrawn.")
    if decided:
        detail = {"note": decision.note}
        if decision.decision == "label":
            detail["rating"] = str(decision.rating)
        note(world, person.user, _ACTIONS[decision.decision], after.candidate_id, **detail)
    seen = view(world, after, named_reviewers(world))
    return seen.model_copy(update={"in_test_series": _in_test(world, after)})


def _in_test(world: ReviewWorld, candidate: Candidate) -> int | None:
    """The test series of the newest dataset, if it holds a label of the candidate."""
    newest = next(iter(world.records.datasets()), None)
    if newest is None:
        return None
    held = world.records.labels_of(candidate.pair.conversation_id).get(newest.version, {})
    return newest.test_series if held.get(candidate.candidate_id) == Split.TEST else None


def _decided(
    world: ReviewWorld, found: Candidate, decision: Adjudicate, now: datetime
) -> Candidate | None:
    """None if it is so already."""
    match decision.decision:
        case "label":
            return _labeled(world, found, decision, now)
        case "return":
            if found.status is CandidateStatus.WAITING:
                return None
            reason = f"a lead: {decision.note}" if decision.note else "a lead wants it rated again"
            returned = Return(job=_job_of(found), reason=reason, at=now, counts=False)
            return with_changes(
                found,
                status=CandidateStatus.WAITING,
                job=None,
                label=None,
                returns=(*found.returns, returned),
                note=decision.note,
            )
        case "discard":
            if found.status is CandidateStatus.DISCARDED:
                return None
            return with_changes(
                found, status=CandidateStatus.DISCARDED, label=None, note=decision.note
            )


def _labeled(
    world: ReviewWorld, found: Candidate, decision: Adjudicate, now: datetime
) -> Candidate | None:
    assert decision.rating is not None
    before = found.label
    if (
        before is not None
        and (before.rule, before.rating) == ("adjudicated", decision.rating)
        and found.note == decision.note
    ):
        return None
    label = Label(
        rating=decision.rating,
        rule="adjudicated",
        raters=1,
        better_answers=_better_answers(world, found),
        job=_job_of(found),
        at=now,
    )
    return with_changes(found, status=CandidateStatus.LABELED, label=label, note=decision.note)


def _better_answers(world: ReviewWorld, candidate: Candidate) -> tuple[str, ...]:
    """Of the reviewers who count; of those that came with a transcript, nobody is known."""
    ratings = ratings_of_label(world, candidate.candidate_id, _job_of(candidate))
    if not ratings:
        return candidate.label.better_answers if candidate.label else ()
    reviewers = {reviewer.reviewer: reviewer for reviewer in world.reviewers.all()}
    return better_answers(counted(ratings, reviewers))


def _job_of(candidate: Candidate) -> str:
    if candidate.label is not None:
        return candidate.label.job
    return candidate.job or (candidate.returns[-1].job if candidate.returns else _NO_JOB)


def set_standing(world: ReviewWorld, person: Person, wanted: SetStanding) -> StandingSet:
    """Set a reviewer's ratings aside, or count them, and make their labels anew; statistics do not
    change it any more. Raises `NotFound`, `Busy`."""
    name = wanted.reviewer
    for _ in range(_ATTEMPTS):
        before = world.reviewers.get(name)
        if before is None and not world.ratings.of_reviewer(name, 1):
            raise NotFound("Nobody of this name has rated anything.")
        after = (before or Reviewer(reviewer=name)).model_copy(
            update={"standing": wanted.standing, "by": "lead", "because": wanted.note}
        )
        if after != before:
            place(world, before, after, person.user)
        stored = world.reviewers.get(name)
        if stored is not None and (stored.by, stored.standing, stored.because) == (
            "lead",
            wanted.standing,
            wanted.note,
        ):
            relabeled = 0 if stored.labels_follow else follow(world, stored)
            return StandingSet(reviewer=name, standing=stored.standing, relabeled=relabeled)
    raise Busy("Too many judge this reviewer at once. Nothing is lost; try again.")


def request_labeling(world: ReviewWorld, person: Person) -> LabelingAsked:
    """Ask for a labelling job with what waits, however little. Raises `NothingWaits`."""
    waiting = world.candidates.count(CandidateStatus.WAITING, _MOST_COUNTED)
    if not waiting:
        raise NothingWaits("No candidate waits for a rating. Each new transcript may bring some.")
    event = LabelingRequested(id=world.ids.new(), time=world.clock.now(), requested_by=person.user)
    world.bus.publish([event])
    note(world, person.user, "asked for labelling", "candidates", waiting=str(waiting))
    return LabelingAsked(waiting=waiting)
