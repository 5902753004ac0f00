"""Reviewers who are noise or an attack are found and set aside, and the others are not."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean

import pytest

from tandem.review.consolidation import consolidate
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Label,
    Pair,
    Pick,
    Rating,
    Reviewer,
    Standing,
    Task,
    TaskStatus,
)
from tandem.review.policy import Quality
from tandem.review.relabeling import relabel
from tandem.review.reviewer_quality import compare, figures, judge
from tandem.review.standings import assess
from tests.fakes import START
from tests.review_fakes import ReviewFakes
from tests.unit.review.panel import Panel, panel, rated

QUALITY = Quality()
SEEDS = range(5)


def set_aside(reviewers: dict[str, Reviewer]) -> set[str]:
    return {n for n, r in reviewers.items() if r.standing is Standing.SET_ASIDE}


def error(simulated: Panel, reviewers: dict[str, Reviewer], *, plain: bool = False) -> float:
    """Mean absolute distance of the labels to the truth."""
    by_item: dict[str, list[Rating]] = defaultdict(list)
    for rating in simulated.ratings:
        by_item[rating.candidate_id].append(rating)
    apart = []
    for item, ratings in by_item.items():
        if plain:
            apart.append(abs(fmean(r.rating for r in ratings) - simulated.truth[item]))
        elif (label := consolidate(ratings, reviewers, QUALITY)) is not None:
            apart.append(abs(label.rating - simulated.truth[item]))
    return fmean(apart)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("per_item", [2, 3])
def test_noise_and_attackers_are_set_aside_and_nobody_else(seed: int, per_item: int) -> None:
    simulated = panel(seed, items=2400 // per_item, per_item=per_item)

    judged = judge(simulated.ratings, {}, QUALITY)

    assert set_aside(judged) == simulated.of_kind("random", "inverted")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_labels_are_nearer_to_the_truth_without_them(seed: int) -> None:
    simulated = panel(seed)

    judged = judge(simulated.ratings, {}, QUALITY)

    assert error(simulated, judged) < 0.75 * error(simulated, {}, plain=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_honest_reviewers_are_not_set_aside_however_biased(seed: int) -> None:
    simulated = panel(seed, bad=0)

    assert set_aside(judge(simulated.ratings, {}, QUALITY)) == set()


def looks(simulated: Panel, number: int) -> Iterator[set[str]]:
    """Who is set aside, judged anew each time that as many ratings again have come."""
    ratings = simulated.ratings
    for look in range(1, number + 1):
        yield set_aside(judge(ratings[: len(ratings) * look // number], {}, QUALITY))


@pytest.mark.parametrize("good_answers", [0.0, 0.85])
@pytest.mark.parametrize("reviewers", [6, 10, 20])
def test_judged_again_and_again_at_most_one_panel_in_twenty_loses_somebody_honest(
    reviewers: int, good_answers: float
) -> None:
    losing = 0
    for seed in range(20):
        simulated = panel(
            seed, items=60 * reviewers, reviewers=reviewers, good_answers=good_answers
        )
        honest = simulated.of_kind("honest")
        losing += any(aside & honest for aside in looks(simulated, 4))

    assert losing <= 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reviewers", [6, 10, 20])
def test_noise_and_attackers_are_found_where_most_answers_are_good(
    reviewers: int, seed: int
) -> None:
    simulated = panel(seed, items=120 * reviewers, reviewers=reviewers, good_answers=0.85)

    judged = judge(simulated.ratings, {}, QUALITY)

    assert set_aside(judged) == simulated.of_kind("random", "inverted")


@pytest.mark.parametrize("seed", SEEDS)
def test_where_most_answers_are_good_a_panel_without_attackers_keeps_everybody(seed: int) -> None:
    simulated = panel(seed, bad=0, good_answers=0.85)

    assert not any(looks(simulated, 4))


def test_a_few_shared_items_are_not_enough_to_judge() -> None:
    ratings = [
        rated(f"c{n}", name, 5 - n % 5 if name == "x" else 1 + n % 5)
        for n in range(QUALITY.judge_from - 1)
        for name in ("a", "b", "d", "x")
    ]

    assert set_aside(judge(ratings, {}, QUALITY)) == set()


def test_who_always_says_the_same_is_noise() -> None:
    ratings = [
        rating
        for n in range(60)
        for rating in (
            rated(f"c{n}", "a", 1 + n % 5),
            rated(f"c{n}", "b", 1 + n % 5),
            rated(f"c{n}", "x", 5),
        )
    ]

    assert set_aside(judge(ratings, {}, QUALITY)) == {"x"}


def test_a_bias_is_measured_against_the_others() -> None:
    ratings = [
        rating
        for n in range(40)
        for rating in (rated(f"c{n}", "kind", 2 + n % 4), rated(f"c{n}", "a", 1 + n % 4))
    ]

    compared = compare(ratings)

    assert compared["kind"].bias == pytest.approx(1)
    assert compared["a"].bias == pytest.approx(-1)
    assert compared["kind"].overlap == 40


def test_what_a_lead_said_the_statistics_do_not_change() -> None:
    simulated = panel(0)
    bad = min(simulated.of_kind("inverted"))
    good = min(simulated.of_kind("honest"))
    said = {
        bad: Reviewer(reviewer=bad, by="lead"),
        good: Reviewer(reviewer=good, by="lead", standing=Standing.SET_ASIDE),
    }

    judged = judge(simulated.ratings, said, QUALITY)

    assert judged[bad].standing is Standing.COUNTED
    assert judged[good].standing is Standing.SET_ASIDE


def labeled(name: str, rating: float, raters: int = 2) -> Candidate:
    return Candidate(
        candidate_id=name,
        pair=Pair(conversation_id="t", turn_id="t", question="Why?", answer="So."),
        picks=(Pick.RANDOM,),
        stratum="en",
        topic="q",
        policy_version="p",
        created_at=START,
        conversations=("t",),
        status=CandidateStatus.LABELED,
        job="j1",
        label=Label(rating=rating, rule="median", raters=raters, job="j1", at=START),
    )


def test_when_somebody_is_set_aside_their_labels_are_made_anew() -> None:
    fakes = ReviewFakes()
    simulated = panel(2)
    bad = simulated.of_kind("random", "inverted")
    for rating in simulated.ratings:
        fakes.ratings.put(rating)
    by_item: dict[str, list[Rating]] = defaultdict(list)
    for rating in simulated.ratings:
        by_item[rating.candidate_id].append(rating)
    for item, ratings in by_item.items():
        made = consolidate(ratings, {}, QUALITY)
        assert made is not None
        fakes.candidates.add(labeled(item, made.rating, made.raters))
    fakes.clock.advance(600 * 60)

    aside = assess(fakes.world)

    assert set(aside) == bad
    for item, ratings in by_item.items():
        honest = [r for r in ratings if r.reviewer not in bad]
        candidate = fakes.candidates.get(item)
        assert candidate is not None
        if honest:
            assert candidate.label is not None
            assert candidate.label.raters == len(honest)
        else:
            assert candidate.status is CandidateStatus.WAITING
            assert candidate.label is None
            assert candidate.returns[-1].reason == "every rater was set aside"
    assert len(fakes.meter.values("ReviewersSetAside")) == len(bad)
    assert {entry.subject for entry in fakes.records.entries} == bad
    assert assess(fakes.world) == []


def test_a_leads_own_label_stays() -> None:
    fakes = ReviewFakes()
    own = labeled("c1", 5)
    assert own.label is not None
    kept = own.model_copy(update={"label": own.label.model_copy(update={"rule": "adjudicated"})})
    fakes.candidates.add(kept)
    fakes.ratings.put(rated("c1", "x", 1))
    fakes.reviewers.put(Reviewer(reviewer="x", standing=Standing.SET_ASIDE))

    assert relabel(fakes.world, "x") == 0
    assert fakes.candidates.get("c1") == kept


def test_a_label_that_nobodys_ratings_are_of_stays() -> None:
    fakes = ReviewFakes()
    fakes.candidates.add(labeled("c1", 4))
    fakes.ratings.put(rated("c1", "x", 1).model_copy(update={"job": "an earlier one"}))
    fakes.reviewers.put(Reviewer(reviewer="x", standing=Standing.SET_ASIDE))

    assert relabel(fakes.world, "x") == 0


def test_the_leads_see_everybody_beside_the_others() -> None:
    ratings = [
        Rating(**rated(f"c{n}", name, score).model_dump() | {"seconds": seconds})
        for n in range(5)
        for name, score, seconds in (("a", 1 + n, 10.0 + n), ("b", 1 + n, None))
    ]
    stored = {"a": Reviewer(reviewer="a", name="Anna", because="x")}

    anna, other = figures(ratings, stored)

    assert (anna.name, anna.ratings, anna.overlap, anna.bias) == ("Anna", 5, 5, 0)
    assert anna.correlation == pytest.approx(1)
    assert anna.median_seconds == 12
    assert (other.name, other.median_seconds) == ("b", None)


def test_a_label_that_came_with_the_transcript_stays() -> None:
    fakes = ReviewFakes()
    imported = labeled("c1", 5, raters=3)
    assert imported.label is not None
    label = imported.label.model_copy(update={"job": "import"})
    kept = imported.model_copy(update={"label": label})
    fakes.candidates.add(kept)
    fakes.ratings.put(rated("c1", "x", 1))
    fakes.reviewers.put(Reviewer(reviewer="x", standing=Standing.SET_ASIDE))

    assert relabel(fakes.world, "x") == 0
    assert fakes.candidates.get("c1") == kept


def test_a_rating_that_never_counted_gets_into_no_label() -> None:
    fakes = ReviewFakes()
    fakes.candidates.add(labeled("c1", 4))
    for name, score in (("a", 4), ("b", 4), ("late", 1)):
        fakes.ratings.put(rated("c1", name, score))
    fakes.tasks.add(
        Task(
            job="j1",
            candidate_id="c1",
            wanted=2,
            task_input={},
            created_at=START,
            status=TaskStatus.DONE,
            rated_by=("a", "b"),
        )
    )
    fakes.reviewers.put(Reviewer(reviewer="b", standing=Standing.SET_ASIDE))

    relabel(fakes.world, "b")

    candidate = fakes.candidates.get("c1")
    assert candidate is not None
    assert candidate.label is not None
    assert (candidate.label.raters, candidate.label.rating) == (1, 4)


def test_that_its_raters_were_set_aside_counts_against_no_candidate() -> None:
    fakes = ReviewFakes()
    fakes.candidates.add(labeled("c1", 4, raters=1))
    fakes.ratings.put(rated("c1", "x", 4))
    fakes.reviewers.put(Reviewer(reviewer="x", standing=Standing.SET_ASIDE))

    assert relabel(fakes.world, "x") == 1

    candidate = fakes.candidates.get("c1")
    assert candidate is not None
    assert candidate.status is CandidateStatus.WAITING
    assert [returned.counts for returned in candidate.returns] == [False]
