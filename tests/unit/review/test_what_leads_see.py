"""Agreement, reviewers, disagreements, candidates: what a lead looks at."""

from datetime import timedelta
from typing import Any

import pytest

from tandem.live.errors import InvalidMessage
from tandem.review import leads
from tandem.review.fate import fate
from tandem.review.models import (
    Backend,
    Candidate,
    CandidateStatus,
    DatasetVersion,
    Job,
    JobStatus,
    Label,
    Rating,
    Return,
    Reviewer,
    Standing,
    TrainedModel,
    Withdrawal,
)
from tests.fakes import START
from tests.unit.review.desk_of_reviewers import REA, RIO, Reviewing, candidate

DAY = timedelta(days=1)


def labeled(reviewing: Reviewing, name: str, *scores: int, **changes: Any) -> Candidate:
    """A candidate that Rio, Rea and Ria have rated."""
    at: Any = changes.pop("at", START)
    rule = changes.pop("rule", "median")
    label = Label(rating=3, rule=rule, raters=len(scores), job="j1", at=at)
    made = candidate(
        name, **{"status": CandidateStatus.LABELED, "job": "j1", "label": label} | changes
    )
    reviewing.fakes.candidates.add(made)
    for who, score in zip(("rio", "rea", "ria"), scores, strict=False):
        reviewing.fakes.ratings.put(
            Rating(
                candidate_id=name,
                job="j1",
                reviewer=who,
                rating=score,
                reason="Because.",
                seconds=10,
                at=at,
            )
        )
    return made


def set_aside(reviewing: Reviewing, name: str) -> None:
    reviewing.fakes.reviewers.put(Reviewer(reviewer=name, standing=Standing.SET_ASIDE))


def disputed(reviewing: Reviewing, limit: int = 0) -> list[str]:
    found = leads.disagreements(reviewing.world, limit).candidates
    return [each.candidate_id for each in found]


def test_labels_whose_ratings_lie_far_apart_are_shown_newest_first() -> None:
    reviewing = Reviewing(quality={"disagreement_from": 2})
    labeled(reviewing, "near", 3, 4)
    labeled(reviewing, "far", 1, 4, at=START)
    labeled(reviewing, "far-too", 5, 3, at=START + DAY)
    labeled(reviewing, "alone", 1)
    reviewing.fakes.clock.advance(2 * 86_400)

    assert disputed(reviewing) == ["far-too", "far"]
    assert disputed(reviewing, 1) == ["far-too"]


def test_what_a_lead_has_decided_is_disputed_no_more() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "decided", 1, 5, rule="adjudicated")
    labeled(reviewing, "flagged", 1, 5, status=CandidateStatus.FLAGGED)
    labeled(reviewing, "discarded", 1, 5, status=CandidateStatus.DISCARDED, label=None)

    assert disputed(reviewing) == []


def test_who_is_set_aside_disputes_nothing() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "c1", 5, 1, 4)
    set_aside(reviewing, "rea")

    assert disputed(reviewing) == []
    assert leads.overview(reviewing.world).disagreements == 0


def test_ratings_of_a_job_that_gave_no_label_are_no_dispute_about_it() -> None:
    reviewing = Reviewing()
    made = labeled(reviewing, "c1", 4)
    reviewing.fakes.ratings.put(
        Rating(candidate_id="c1", job="j0", reviewer="rea", rating=1, at=START)
    )

    assert disputed(reviewing) == []
    assert len(leads.view(reviewing.world, made, {}).ratings) == 2


def test_a_lead_sees_who_rated_what_and_whether_it_counts() -> None:
    reviewing = Reviewing()
    reviewing.job("c9")
    reviewing.next(RIO)  # signs in with a name
    labeled(reviewing, "c1", 1, 5, returns=(Return(job="j0", reason="nobody rated it", at=START),))
    set_aside(reviewing, "rea")

    (shown,) = leads.candidates(reviewing.world, "labeled", 0).candidates

    assert [(r.reviewer, r.name, r.rating, r.counted) for r in shown.ratings] == [
        ("rio", "Rio Reviewer", 1, True),
        ("rea", "rea", 5, False),
    ]
    assert (shown.model_id, shown.returns) == ("some-model", ("nobody rated it",))
    assert shown.conversation_id == "talk-c1"


def test_nothing_is_shown_of_ratings_while_reviewers_are_at_it() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=2)
    reviewing.rates(RIO, reviewing.given(RIO))

    (shown,) = leads.candidates(reviewing.world, "labeling", 0).candidates

    assert shown.ratings == ()


def test_candidates_are_listed_by_status_up_to_a_limit() -> None:
    reviewing = Reviewing()
    for number in range(25):
        reviewing.fakes.candidates.add(candidate(f"c{number:02d}"))

    assert len(leads.candidates(reviewing.world, "waiting", 0).candidates) == 20
    assert len(leads.candidates(reviewing.world, "waiting", 3).candidates) == 3
    assert len(leads.candidates(reviewing.world, "waiting", 1000).candidates) == 25
    assert leads.candidates(reviewing.world, "given_up", 0).candidates == ()
    with pytest.raises(InvalidMessage, match="waiting, labeling"):
        leads.candidates(reviewing.world, "lost", 0)
    with pytest.raises(InvalidMessage, match="at most 1000"):
        leads.candidates(reviewing.world, "waiting", 1001)


def test_a_list_is_cut_before_it_is_too_long_for_an_answer() -> None:
    reviewing = Reviewing()
    for number in range(500):
        long = candidate(f"c{number:03d}")
        pair = long.pair.model_copy(update={"answer": "x" * 8000})
        reviewing.fakes.candidates.add(long.model_copy(update={"pair": pair}))

    listed = leads.candidates(reviewing.world, "waiting", 500)

    assert 300 < len(listed.candidates) < 500
    assert len(listed.model_dump_json()) < 3_100_000


def test_the_overview_counts_what_there_is() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", "c3", wanted=1)
    reviewing.rates(RIO, reviewing.given(RIO))
    for number in range(4):
        labeled(reviewing, f"d{number}", 1 + number, 1 + number)
    labeled(reviewing, "far", 1, 5)
    reviewing.fakes.candidates.add(candidate("waits"))
    reviewing.fakes.jobs.add(
        Job(
            name="gt",
            backend=Backend.GROUND_TRUTH,
            status=JobStatus.OPEN,
            candidate_ids=("x", "y"),
            workers_per_object=3,
            created_at=START - DAY,
            deadline=START + DAY,
        )
    )
    reviewing.fakes.records.add_dataset(
        DatasetVersion(version=1, uri="s3://b/1", inputs="i", counts={"ratings": 5},
                       conversations=5, test_series=2, shortcomings=("Too small.",), built_at=START)
    )  # fmt: skip
    reviewing.fakes.records.add_model(TrainedModel(model_id="m1", dataset_version=1, at=START))
    reviewing.fakes.records.withdraw(Withdrawal(conversation_id="t", at=START, by="lea"))

    seen = leads.overview(reviewing.world)

    assert seen.agreement.items == 5
    assert seen.agreement.alpha is not None
    assert seen.disagreements == 1
    assert seen.candidates == {
        CandidateStatus.WAITING: 1,
        CandidateStatus.LABELING: 3,
        CandidateStatus.LABELED: 5,
        CandidateStatus.FLAGGED: 0,
        CandidateStatus.GIVEN_UP: 0,
        CandidateStatus.DISCARDED: 0,
    }
    assert [(job.name, job.candidates, job.open) for job in seen.jobs] == [
        ("j1", 3, 2),
        ("gt", 2, None),
    ]
    (dataset,) = seen.datasets
    assert (dataset.version, dataset.models) == (1, ("m1",))
    assert (dataset.test_series, dataset.shortcomings) == (2, ("Too small.",))
    assert seen.withdrawals == 1
    rio, rea = seen.reviewers
    assert (rio.name, rio.ratings, rio.overlap, rio.median_seconds) == ("Rio Reviewer", 6, 5, 10)
    assert (rea.reviewer, rea.ratings) == ("rea", 5)


def test_agreement_is_that_of_the_reviewers_who_count() -> None:
    reviewing = Reviewing()
    for number in range(30):
        labeled(reviewing, f"c{number}", 1 + number % 5, 1 + number % 5, 5 - number % 5)
    before = leads.overview(reviewing.world).agreement.alpha
    set_aside(reviewing, "ria")

    after = leads.overview(reviewing.world).agreement.alpha

    assert before is not None
    assert before < 0.5
    assert after == 1


def test_what_is_older_than_ninety_days_is_not_looked_at() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "c1", 1, 5)
    reviewing.fakes.clock.advance(91 * 86_400)

    assert disputed(reviewing) == []
    assert leads.overview(reviewing.world).reviewers == ()


# --- what became of ratings ----------------------------------------------------------------------
def built(reviewing: Reviewing, version: int, at: Any, *candidates: str) -> None:
    """A dataset with the labels of these candidates."""
    reviewing.fakes.records.add_dataset(
        DatasetVersion(version=version, uri="s3://b", inputs=str(version), counts={},
                       conversations=1, built_at=at)
    )  # fmt: skip
    labels = {f"talk-{name}": {name: "train"} for name in candidates}
    reviewing.fakes.records.add_members(version, labels, labels)


def test_a_reviewer_sees_what_became_of_their_ratings() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "c1", 4, 4)
    labeled(reviewing, "c2", 4)
    labeled(reviewing, "late", 4, at=START + 3 * DAY)
    labeled(reviewing, "flagged", 4, status=CandidateStatus.FLAGGED, label=None)
    built(reviewing, 1, START + DAY, "c1", "late")
    built(reviewing, 2, START + 2 * DAY, "c1")
    reviewing.fakes.records.add_model(TrainedModel(model_id="m2", dataset_version=2, at=START))
    reviewing.fakes.records.add_model(TrainedModel(model_id="m1", dataset_version=1, at=START))

    of_rio, of_rea = fate(reviewing.world, RIO), fate(reviewing.world, REA)

    assert (of_rio.rated, of_rio.in_labels, of_rio.in_datasets) == (4, 3, 1)
    assert (of_rio.newest_dataset, of_rio.models) == (2, ("m1", "m2"))
    assert (of_rea.rated, of_rea.in_labels, of_rea.in_datasets) == (1, 1, 1)


def test_a_label_that_waits_for_the_next_test_is_in_no_dataset_though_its_conversation_is() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "waits", 4)
    labeled(reviewing, "held", 4)
    built(reviewing, 1, START + DAY, "held")
    reviewing.fakes.records.add_members(1, ["talk-waits"], {"talk-waits": {"other": "train"}})

    seen = fate(reviewing.world, RIO)

    assert (seen.in_labels, seen.in_datasets, seen.newest_dataset) == (2, 1, 1)


def test_ratings_that_do_not_count_are_in_no_label() -> None:
    reviewing = Reviewing()
    labeled(reviewing, "c1", 4, 4)
    labeled(reviewing, "decided", 4, rule="adjudicated")
    built(reviewing, 1, START + DAY, "c1", "decided")
    set_aside(reviewing, "rea")

    of_rio, of_rea = fate(reviewing.world, RIO), fate(reviewing.world, REA)

    assert (of_rio.rated, of_rio.in_labels, of_rio.in_datasets) == (2, 1, 1)
    assert (of_rea.rated, of_rea.in_labels, of_rea.in_datasets) == (1, 0, 0)
    assert of_rea.newest_dataset is None
