"""Adjudication, standing, labelling on demand; who did what."""

from typing import Any

import pytest

from tandem.live.errors import InvalidMessage, NotFound
from tandem.review.api import Adjudicate, CandidateView, SetStanding, StandingSet
from tandem.review.decisions import adjudicate, request_labeling, set_standing
from tandem.review.errors import NotDecidable, NothingWaits
from tandem.review.events import LabelingRequested
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Label,
    Return,
    Reviewer,
    Standing,
)
from tandem.review.standings import assess
from tests.fakes import START
from tests.unit.review.desk_of_reviewers import LEA, Reviewing, candidate
from tests.unit.review.panel import panel, rated

LABEL = Label(rating=3, rule="median", raters=2, agreement=0, better_answers=("So.",), job="j1",
              at=START)  # fmt: skip


def decides(reviewing: Reviewing, decision: Any, **said: Any) -> CandidateView:
    return adjudicate(
        reviewing.world, LEA, Adjudicate(candidate_id="c1", decision=decision, **said)
    )


def stored(reviewing: Reviewing) -> Candidate:
    found = reviewing.fakes.candidates.get("c1")
    assert found is not None
    return found


def audited(reviewing: Reviewing) -> list[tuple[str, str, str]]:
    return [(e.actor, e.action, e.subject) for e in reviewing.fakes.records.entries]


@pytest.mark.parametrize(
    "before",
    [
        {"status": CandidateStatus.LABELED, "label": LABEL, "job": "j1"},
        {"status": CandidateStatus.FLAGGED, "job": "j1"},
        {
            "status": CandidateStatus.GIVEN_UP,
            "returns": (Return(job="j1", reason="nobody", at=START),),
        },
        {"status": CandidateStatus.WAITING},
        {"status": CandidateStatus.DISCARDED},
    ],
    ids=lambda before: before["status"].value,
)
def test_a_lead_labels_whatever_no_reviewer_is_at(before: dict[str, Any]) -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(candidate("c1", **before))

    view = decides(reviewing, "label", rating=2, note="I asked the team.")

    label = stored(reviewing).label
    assert label is not None
    assert (label.rating, label.rule) == (2, "adjudicated")
    assert label.at == reviewing.fakes.clock.now()
    assert (view.status, view.label, view.note) == (
        CandidateStatus.LABELED,
        label,
        "I asked the team.",
    )
    assert audited(reviewing) == [("lea", "labelled candidate", "c1")]
    assert reviewing.fakes.records.entries[0].detail == {
        "note": "I asked the team.",
        "rating": "2",
    }


def test_a_leads_label_is_one_persons_and_says_which_job_it_was() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=LABEL, job="j1")
    )

    decides(reviewing, "label", rating=5)

    label = stored(reviewing).label
    assert label is not None
    assert (label.job, label.raters, label.agreement) == ("j1", 1, None)


def test_a_leads_label_keeps_the_better_answers_that_came_with_the_transcript() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=LABEL, job="j1")
    )

    decides(reviewing, "label", rating=5)

    assert written(reviewing) == ("So.",)


def wrote(reviewing: Reviewing, **answers: str) -> None:
    """Ratings of job `j1` with better answers, and their label."""
    label = LABEL.model_copy(update={"better_answers": tuple(answers.values())})
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=label, job="j1")
    )
    for name, answer in answers.items():
        rating = rated("c1", name, 2).model_copy(update={"better_answer": answer})
        reviewing.fakes.ratings.put(rating)


def written(reviewing: Reviewing) -> tuple[str, ...]:
    """The better answers beside the label."""
    label = stored(reviewing).label
    assert label is not None
    return label.better_answers


def test_a_leads_label_has_no_better_answer_of_whom_nobody_counts() -> None:
    reviewing = Reviewing()
    wrote(reviewing, rio="Evil answer.", rea="Good answer.")
    reviewing.fakes.reviewers.put(Reviewer(reviewer="rio", standing=Standing.SET_ASIDE))

    decides(reviewing, "label", rating=5)

    assert written(reviewing) == ("Good answer.",)


def test_better_answers_beside_a_leads_label_follow_whose_ratings_count() -> None:
    reviewing = Reviewing()
    wrote(reviewing, rio="Evil answer.", rea="Good answer.")
    decides(reviewing, "label", rating=5)

    assert stands(reviewing, "rio", Standing.SET_ASIDE).relabeled == 1
    without = written(reviewing)
    assert stands(reviewing, "rio", Standing.COUNTED).relabeled == 1

    assert without == ("Good answer.",)
    assert written(reviewing) == ("Evil answer.", "Good answer.")
    label = stored(reviewing).label
    assert label is not None
    assert (label.rating, label.rule) == (5, "adjudicated")


def test_a_better_answer_is_back_when_its_author_counts_again() -> None:
    reviewing = Reviewing()
    wrote(reviewing, rio="Ask twice.", rea="Good answer.")
    stands(reviewing, "rio", Standing.SET_ASIDE)
    without = written(reviewing)

    stands(reviewing, "rio", Standing.COUNTED)

    assert without == ("Good answer.",)
    assert written(reviewing) == ("Ask twice.", "Good answer.")


def test_a_label_needs_a_rating() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(candidate("c1"))

    with pytest.raises(InvalidMessage, match="which rating"):
        decides(reviewing, "label")


@pytest.mark.parametrize("decision", ["label", "return", "discard"])
def test_the_same_decision_again_changes_nothing(decision: str) -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=LABEL, job="j1")
    )
    decides(reviewing, decision, rating=4, note="So.")
    before = stored(reviewing)
    reviewing.fakes.clock.advance(60)

    decides(reviewing, decision, rating=4, note="So.")

    assert stored(reviewing) == before
    assert len(audited(reviewing)) == 1


def test_a_returned_candidate_waits_again_and_says_why() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(candidate("c1", status=CandidateStatus.FLAGGED, job="j1"))

    decides(reviewing, "return", note="It can be rated.")

    found = stored(reviewing)
    assert (found.status, found.job, found.label) == (CandidateStatus.WAITING, None, None)
    assert [(r.job, r.reason, r.counts) for r in found.returns] == [
        ("j1", "a lead: It can be rated.", False)
    ]
    assert audited(reviewing) == [("lea", "returned candidate", "c1")]


def test_a_discarded_candidate_has_no_label() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=LABEL, job="j1")
    )

    decides(reviewing, "discard", note="A test of ours.")

    found = stored(reviewing)
    assert (found.status, found.label) == (CandidateStatus.DISCARDED, None)
    assert found.note == "A test of ours."


@pytest.mark.parametrize("decision", ["label", "return", "discard"])
def test_nothing_is_decided_while_reviewers_are_at_it(decision: str) -> None:
    reviewing = Reviewing()
    reviewing.job("c1")

    with pytest.raises(NotDecidable, match="Reviewers are rating"):
        decides(reviewing, decision, rating=4)

    assert stored(reviewing).status is CandidateStatus.LABELING


def test_a_job_that_is_faster_than_a_lead_wins() -> None:
    reviewing = Reviewing()
    before = candidate("c1")
    reviewing.fakes.candidates.add(before)
    claimed = before.model_copy(
        update={"status": CandidateStatus.LABELING, "job": "j1", "revision": 1}
    )
    documents = reviewing.fakes.candidates.documents
    documents.before_next_replace = [lambda: documents.stored.update({"c1": claimed})]

    with pytest.raises(NotDecidable):
        decides(reviewing, "discard")

    assert stored(reviewing) == claimed
    assert audited(reviewing) == []


def test_what_was_withdrawn_cannot_be_decided() -> None:
    with pytest.raises(NotFound):
        decides(Reviewing(), "discard")


# --- standing ------------------------------------------------------------------------------------
def stands(reviewing: Reviewing, name: str, standing: Standing, note: str = "Seen.") -> StandingSet:
    wanted = SetStanding(reviewer=name, standing=standing, note=note)
    return set_standing(reviewing.world, LEA, wanted)


def labeled_by(reviewing: Reviewing, **scores: int) -> None:
    label = LABEL.model_copy(update={"rating": 3})
    reviewing.fakes.candidates.add(
        candidate("c1", status=CandidateStatus.LABELED, label=label, job="j1")
    )
    for name, score in scores.items():
        reviewing.fakes.ratings.put(rated("c1", name, score))


def test_a_lead_sets_a_reviewer_aside_and_the_labels_follow() -> None:
    reviewing = Reviewing()
    labeled_by(reviewing, rio=1, rea=5)

    done = stands(reviewing, "rio", Standing.SET_ASIDE, "Clicks through.")

    assert done.relabeled == 1
    label = stored(reviewing).label
    assert label is not None
    assert (label.rating, label.raters) == (5, 1)
    reviewer = reviewing.fakes.reviewers.get("rio")
    assert reviewer is not None
    assert (reviewer.by, reviewer.because, reviewer.labels_follow) == (
        "lead",
        "Clicks through.",
        True,
    )
    assert audited(reviewing) == [("lea", "set reviewer aside", "rio")]


def test_a_lead_takes_it_back() -> None:
    reviewing = Reviewing()
    labeled_by(reviewing, rio=1, rea=5)
    stands(reviewing, "rio", Standing.SET_ASIDE)

    assert stands(reviewing, "rio", Standing.COUNTED).relabeled == 1

    label = stored(reviewing).label
    assert label is not None
    assert (label.rating, label.raters) == (3, 2)


def test_the_same_standing_again_changes_nothing() -> None:
    reviewing = Reviewing()
    labeled_by(reviewing, rio=1, rea=5)
    stands(reviewing, "rio", Standing.SET_ASIDE)
    before = reviewing.fakes.reviewers.get("rio")

    assert stands(reviewing, "rio", Standing.SET_ASIDE).relabeled == 0

    assert reviewing.fakes.reviewers.get("rio") == before
    assert len(audited(reviewing)) == 1


def test_a_lead_confirms_a_reviewer_whom_statistics_may_not_set_aside_any_more() -> None:
    reviewing = Reviewing()
    simulated = panel(0)
    for rating in simulated.ratings:
        reviewing.fakes.ratings.put(rating)
    reviewing.fakes.clock.advance(600 * 60)
    trusted = min(simulated.of_kind("inverted"))
    stands(reviewing, trusted, Standing.COUNTED, "Knows the product.")

    aside = assess(reviewing.world)

    assert set(aside) == simulated.of_kind("inverted", "random") - {trusted}
    assert ("lea", "counted reviewer", trusted) in audited(reviewing)


def test_labels_follow_the_next_time_when_that_broke_off(monkeypatch: pytest.MonkeyPatch) -> None:
    reviewing = Reviewing()
    labeled_by(reviewing, rio=1, rea=5)

    def broken(*_: Any) -> None:
        raise ConnectionError("no table")

    with monkeypatch.context() as patch:
        patch.setattr(reviewing.fakes.candidates, "replace", broken)
        with pytest.raises(ConnectionError):
            stands(reviewing, "rio", Standing.SET_ASIDE)
    assess(reviewing.world)

    label = stored(reviewing).label
    assert label is not None
    assert (label.rating, label.raters) == (5, 1)
    assert assess(reviewing.world) == []


def test_statistics_do_not_overwrite_what_a_lead_says_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reviewing = Reviewing()
    simulated = panel(0)
    for rating in simulated.ratings:
        reviewing.fakes.ratings.put(rating)
    reviewing.fakes.clock.advance(600 * 60)
    bad = min(simulated.of_kind("inverted"))
    reviewing.fakes.reviewers.put(Reviewer(reviewer=bad))
    everybody = reviewing.fakes.reviewers.all()
    stands(reviewing, bad, Standing.COUNTED, "A lead was faster.")
    listed = [everybody]

    def stale() -> list[Reviewer]:
        return (
            listed.pop()
            if listed
            else sorted(reviewing.fakes.reviewers.stored.values(), key=lambda r: r.reviewer)
        )

    monkeypatch.setattr(reviewing.fakes.reviewers, "all", stale)

    aside = assess(reviewing.world)

    assert bad not in aside
    kept = reviewing.fakes.reviewers.get(bad)
    assert kept is not None
    assert (kept.by, kept.standing) == ("lead", Standing.COUNTED)


def test_nobody_can_be_judged_who_has_not_rated() -> None:
    with pytest.raises(NotFound):
        stands(Reviewing(), "stranger", Standing.SET_ASIDE)


# --- labelling on demand -------------------------------------------------------------------------
def test_a_lead_asks_for_labelling_with_what_waits() -> None:
    reviewing = Reviewing()
    reviewing.fakes.candidates.add(candidate("c1"))
    reviewing.fakes.candidates.add(candidate("c2"))

    asked = request_labeling(reviewing.world, LEA)

    assert asked.waiting == 2
    (event,) = reviewing.fakes.bus.of(LabelingRequested)
    assert event.requested_by == "lea"
    assert audited(reviewing) == [("lea", "asked for labelling", "candidates")]


def test_there_is_nothing_to_ask_for_when_nothing_waits() -> None:
    reviewing = Reviewing()

    with pytest.raises(NothingWaits):
        request_labeling(reviewing.world, LEA)

    assert reviewing.fakes.bus.published == []
