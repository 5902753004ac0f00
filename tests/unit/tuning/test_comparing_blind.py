"""What people are given to compare, how long it is theirs, and what their choices do."""

from datetime import timedelta

import pytest

from tandem.live.errors import NotFound
from tandem.live.models import Person
from tandem.tuning import comparing
from tandem.tuning.api import PairHeld, WhichPair
from tandem.tuning.errors import PairGone
from tandem.tuning.events import CandidateJudged, ComparisonCompleted
from tandem.tuning.models import ModelVersion, Pair, VersionStatus
from tandem.tuning.moves import changed
from tests.mortality import Life
from tests.unit.tuning.judging_scene import LEA, REA, RIA, RIO, ROY, JudgingScene


def compared(questions: int = 120, **gate: object) -> JudgingScene:
    """A candidate whose answers people compare now."""
    scene = JudgingScene(**gate)
    scene.candidate(questions)
    scene.evaluates()
    assert scene.stored().status is VersionStatus.COMPARING
    return scene


def is_there(scene: JudgingScene, who: Person, pair: Pair) -> PairHeld:
    which = WhichPair(version=pair.version, pair_id=pair.pair_id)
    return comparing.heartbeat(scene.world, scene.judging, who, which)


# --- what one is given ---------------------------------------------------------------------------
def test_a_reviewer_sees_a_question_and_two_answers_and_nothing_else() -> None:
    scene = compared()

    shown = scene.asks(RIO).pair

    assert shown is not None
    assert set(shown.model_dump()) == {
        "version", "pair_id", "question", "context", "first", "second", "held_until",
    }  # fmt: skip


def test_where_nothing_is_compared_there_is_nothing_to_give() -> None:
    found = JudgingScene().asks(RIO)

    assert found.pair is None
    assert (found.progress.done, found.progress.pairs, found.progress.mine) == (0, 0, 0)


def test_who_loads_the_page_again_gets_what_they_had() -> None:
    scene = compared()
    first = scene.given(RIO)
    scene.fakes.clock.advance(30)

    again = scene.given(RIO)

    assert again.pair_id == first.pair_id
    assert again.held_until is not None
    assert first.held_until is not None
    assert again.held_until > first.held_until


def test_nobody_is_given_what_somebody_else_has() -> None:
    scene = compared(40)

    given = [scene.given(who).pair_id for who in (RIO, REA, RIA, ROY, LEA)]

    assert len(set(given)) == 5


def test_of_two_who_want_the_same_pair_at_once_one_gets_another() -> None:
    scene = compared()
    wanted = scene.given(RIO)
    scene.fakes.clock.advance(301)
    until = scene.fakes.clock.now() + timedelta(seconds=300)
    taken = changed(wanted, held_by="rea", held_until=until)
    scene.fakes.pairs.documents.before_next_replace = [
        lambda: scene.fakes.pairs.replace(wanted, taken)
    ]

    assert scene.given(RIO).pair_id != wanted.pair_id


def test_what_one_had_for_too_long_goes_to_somebody_else() -> None:
    scene = compared(40)
    had = {who.user: scene.given(who).pair_id for who in (RIO, REA)}
    scene.fakes.clock.advance(301)

    seen = set()
    for _ in range(39):
        pair = scene.given(RIA)
        seen.add(pair.pair_id)
        scene.prefers(RIA, pair, "same")

    assert had["rio"] in seen


def test_everybody_has_an_order_of_their_own_that_stays() -> None:
    def order(who: Person) -> list[str]:
        scene = compared(30)
        found = []
        for _ in range(20):
            pair = scene.given(who)
            found.append(pair.question)
            scene.prefers(who, pair, "same")
        return found

    assert order(RIO) == order(RIO)
    assert order(RIO) != order(REA)


def test_the_oldest_comparison_comes_first() -> None:
    scene = compared(40)
    scene.candidate(40)
    scene.evaluates()

    assert scene.given(RIO).version == 1
    scene.puts(scene.stored(1), status=VersionStatus.REJECTED)
    assert scene.given(RIO).version == 2


# --- what one chooses ----------------------------------------------------------------------------
def test_a_choice_is_answered_by_the_next_pair_and_counts() -> None:
    scene = compared()
    pair = scene.given(RIO)

    after = scene.prefers(RIO, pair, "candidate")

    assert after.pair is not None
    assert after.pair.pair_id != pair.pair_id
    assert (after.progress.done, after.progress.mine, after.progress.pairs) == (1, 1, 76)
    stored = scene.fakes.pairs.get(1, pair.pair_id)
    assert stored is not None
    assert (stored.choice, stored.chosen_by) == (pair.candidate_is, "rio")


def test_what_is_the_same_is_no_evidence_and_another_pair_takes_its_place() -> None:
    scene = compared()

    after = scene.prefers(RIO, scene.given(RIO), "same")

    assert (after.progress.done, after.progress.pairs) == (1, 77)


def test_the_same_choice_sent_again_counts_once() -> None:
    scene = compared()
    pair = scene.given(RIO)
    scene.prefers(RIO, pair, "candidate")

    again = scene.prefers(RIO, pair, "candidate")

    assert again.progress.done == 1


def test_another_choice_of_the_same_pair_from_another_tab_is_refused() -> None:
    scene = compared()
    pair = scene.given(RIO)
    scene.prefers(RIO, pair, "candidate")

    with pytest.raises(PairGone, match="You have chosen"):
        scene.prefers(RIO, pair, "live")

    stored = scene.fakes.pairs.get(1, pair.pair_id)
    assert stored is not None
    assert stored.choice == pair.candidate_is


def test_who_had_it_for_too_long_may_still_choose_if_nobody_else_took_it() -> None:
    scene = compared()
    pair = scene.given(RIO)
    scene.fakes.clock.advance(4000)

    assert scene.prefers(RIO, pair, "live").progress.done == 1


@pytest.mark.parametrize("chosen", [False, True])
def test_a_tab_that_lost_its_lock_is_told_so(chosen: bool) -> None:
    scene = compared(5, minimum_prompts=5)
    pair = scene.given(RIO)
    scene.fakes.clock.advance(301)
    while (other := scene.given(REA)).pair_id != pair.pair_id:
        scene.prefers(REA, other, "same")
    if chosen:
        scene.prefers(REA, other, "same")
        scene.puts(scene.stored(), status=VersionStatus.COMPARING)

    with pytest.raises(PairGone, match="so long"):
        scene.prefers(RIO, pair, "candidate")
    with pytest.raises(PairGone, match="so long"):
        is_there(scene, RIO, pair)


def test_nobody_chooses_what_they_were_not_given() -> None:
    scene = compared()
    pair = scene.fakes.pairs.of(1)[0]

    with pytest.raises(NotFound, match="not given"):
        scene.chooses(RIO, pair, "first")


@pytest.mark.parametrize("name", ["another", "of another round"])
def test_a_pair_that_is_none_is_refused(name: str) -> None:
    scene = compared()
    pair = scene.given(RIO)
    if name == "another":
        pair = pair.model_copy(update={"pair_id": "nothing"})
    else:
        scene.puts(scene.stored(), round=2)

    with pytest.raises(NotFound):
        scene.chooses(RIO, pair, "first")


def test_a_comparison_that_is_over_needs_no_choice_any_more() -> None:
    scene = compared()
    pair = scene.given(RIO)
    scene.puts(scene.stored(), status=VersionStatus.REJECTED)

    with pytest.raises(PairGone, match="over"):
        scene.chooses(RIO, pair, "first")
    with pytest.raises(PairGone, match="over"):
        is_there(scene, RIO, pair)


def test_a_sign_of_life_keeps_the_pair() -> None:
    scene = compared(5, minimum_prompts=5)
    pair = scene.given(RIO)
    for _ in range(4):
        scene.fakes.clock.advance(200)
        is_there(scene, RIO, pair)

    others = set()
    while (shown := scene.asks(REA).pair) is not None:
        others.add(shown.pair_id)
        stored = scene.fakes.pairs.get(1, shown.pair_id)
        assert stored is not None
        scene.prefers(REA, stored, "same")

    assert pair.pair_id not in others


# --- whose choices count -------------------------------------------------------------------------
def test_what_somebody_says_who_is_set_aside_does_not_count_and_they_are_not_told() -> None:
    scene = compared()
    scene.fakes.panel.aside.add("rio")
    pair = scene.given(RIO)

    after = scene.prefers(RIO, pair, "live")

    assert after.pair is not None
    assert (after.progress.done, after.progress.mine) == (0, 1)


def test_a_pair_is_compared_anew_when_who_compared_it_is_set_aside() -> None:
    scene = compared(20)
    for _ in range(8):
        scene.prefers(RIO, scene.given(RIO), "same")
    scene.fakes.panel.aside.add("rio")

    done = scene.compares_all(lambda _, __: "candidate", (REA,))

    assert done == 15
    after = scene.settles()
    assert after is not None
    assert after.status is VersionStatus.PASSED


def test_nobody_compares_the_same_pair_twice_whether_or_not_it_counted() -> None:
    scene = compared(5, minimum_prompts=5)
    scene.fakes.panel.aside.add("rio")
    for _ in range(5):
        scene.prefers(RIO, scene.given(RIO), "live")

    assert scene.asks(RIO).pair is None


def test_it_goes_on_when_somebody_is_set_aside_before_the_verdict() -> None:
    scene = compared()
    scene.compares_all(lambda _, __: "candidate", (RIO, REA))
    scene.fakes.panel.aside.add("rio")

    settled = scene.settles()

    assert settled is not None
    assert settled.status is VersionStatus.COMPARING
    assert scene.asks(REA).pair is not None


# --- when it is over -----------------------------------------------------------------------------
def over(scene: JudgingScene) -> list[ComparisonCompleted]:
    return scene.fakes.bus.of(ComparisonCompleted)


def settled(scene: JudgingScene) -> ModelVersion:
    after = scene.settles()
    assert after is not None
    return after


def test_it_is_over_as_soon_as_it_is_decided_and_the_verdict_says_by_what() -> None:
    scene = compared()

    done = scene.compares_all(lambda number, _: "live" if number % 10 == 9 else "candidate")

    assert done == 51
    assert scene.asks(REA).progress.pairs == 51
    (event,) = over(scene)
    assert event.model_version == 1
    after = settled(scene)
    assert after.status is VersionStatus.PASSED
    assert after.comparison is not None
    assert (after.comparison.better, after.comparison.worse) == (46, 5)
    assert after.verdict is not None
    (check,) = [check for check in after.verdict.checks if check.name == "comparison"]
    assert "46 of 51 pairs" in check.said
    (judged,) = scene.fakes.bus.of(CandidateJudged)
    assert judged.passed


def test_one_that_cannot_win_any_more_is_refused_without_bothering_people_further() -> None:
    scene = compared()

    done = scene.compares_all(lambda number, _: "candidate" if number % 2 else "live")

    assert done == 61
    after = settled(scene)
    assert after.status is VersionStatus.REFUSED
    assert "may be chance" in after.reason


def test_where_too_few_pairs_are_told_apart_it_is_refused_and_said_why() -> None:
    scene = compared(60)
    scene.compares_all(
        lambda number, _: "same" if number >= 20 else ("live" if number % 3 == 2 else "candidate")
    )

    after = settled(scene)

    assert after.status is VersionStatus.REFUSED
    assert "76 pairs have to be told apart" in after.reason


def test_fewer_pairs_than_the_policy_asks_for_suffice_where_the_exact_test_says_so() -> None:
    scene = compared(24)

    done = scene.compares_all(lambda _, __: "candidate")

    assert done == 17
    assert settled(scene).status is VersionStatus.PASSED


def test_the_last_choice_sent_again_announces_the_same_event_again() -> None:
    scene = compared(5, minimum_prompts=5)
    pair = scene.given(RIO)
    for number in range(5):
        if number:
            pair = scene.given(RIO)
        scene.prefers(RIO, pair, "candidate")
    scene.prefers(RIO, pair, "candidate")

    assert len(over(scene)) == 2
    assert len({event.id for event in over(scene)}) == 1


def test_a_second_event_judges_nothing_anew() -> None:
    scene = compared(5, minimum_prompts=5)
    scene.compares_all(lambda _, __: "candidate")
    settled(scene)
    settled(scene)

    assert len(scene.fakes.bus.of(CandidateJudged)) == 1


def test_an_event_that_comes_too_early_judges_nothing() -> None:
    scene = compared()
    scene.prefers(RIO, scene.given(RIO), "candidate")

    assert settled(scene).status is VersionStatus.COMPARING


def test_an_event_of_no_version_is_nothing() -> None:
    assert JudgingScene().settles(7) is None


# --- what it stands on ---------------------------------------------------------------------------
def test_when_another_model_went_live_meanwhile_the_candidate_is_compared_with_that_one() -> None:
    scene = compared()
    scene.goes_live("newer")

    after = settled(scene)
    scene.evaluates()

    assert (after.status, after.round) == (VersionStatus.REGISTERED, 2)
    assert scene.stored().status is VersionStatus.COMPARING
    shown = scene.asks(RIO)
    assert (shown.progress.done, shown.progress.mine) == (0, 0)


def test_when_what_it_was_trained_on_is_withdrawn_meanwhile_it_is_refused() -> None:
    scene = compared()
    scene.compares_all(lambda _, __: "candidate")
    scene.fakes.datasets.withdrawn[3] = ["talk-1", "talk-2"]

    after = settled(scene)

    assert after.status is VersionStatus.REFUSED
    assert "2 conversations" in after.reason


@pytest.mark.parametrize("whose", ["candidate", "live"])
def test_whoever_dies_of_the_verdict_leaves_it_to_be_given(whose: str) -> None:
    for calls in range(40):
        scene = compared(8, minimum_prompts=5)
        scene.compares_all(lambda _, __: whose)
        life = Life(calls)
        mortal = scene.through(life)
        life.does(mortal.settles)
        after = settled(scene)

        passed = whose == "candidate"
        assert after.status is (VersionStatus.PASSED if passed else VersionStatus.REFUSED), calls
        assert len({event.id for event in scene.fakes.bus.of(CandidateJudged)}) == 1
        package = scene.fakes.registry.packages[after.package_arn]
        assert package.properties["verdict"] == after.status.value
        if not life.ended:
            break
    else:
        pytest.fail("nobody lived through it")


@pytest.mark.parametrize("calls", range(14))
def test_whoever_dies_of_the_last_choice_leaves_it_to_the_reconciler(calls: int) -> None:
    scene = compared(5, minimum_prompts=5)
    for _ in range(4):
        scene.prefers(RIO, scene.given(RIO), "candidate")
    last = scene.given(RIO)
    life = Life(calls)
    mortal = scene.through(life)
    life.does(lambda: mortal.prefers(RIO, last, "candidate"))

    scene.reconciles()
    stored = scene.fakes.pairs.get(1, last.pair_id)
    assert stored is not None
    assert bool(over(scene)) == (stored.choice is not None)
