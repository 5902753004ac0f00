"""Who is set aside may go on, and takes no place, no item and no last word from anybody."""

from tandem.live.models import Person
from tandem.review.models import Reviewer, Standing, TaskStatus
from tests.unit.review.desk_of_reviewers import REA, RIA, RIO, ROY, Reviewing


def reviewing(*aside: Person) -> Reviewing:
    scene = Reviewing()
    for person in aside:
        scene.fakes.reviewers.put(Reviewer(reviewer=person.user, standing=Standing.SET_ASIDE))
    return scene


def test_their_ratings_fill_no_place() -> None:
    scene = reviewing(RIO, REA)
    scene.job("c1", wanted=2)

    for who in (RIO, REA, RIA, ROY):
        scene.rates(who, scene.given(who))

    task = scene.task("c1")
    assert task.status is TaskStatus.DONE
    assert task.rated_by == ("rio", "rea", "ria", "roy")


def test_what_they_have_before_them_others_get_all_the_same() -> None:
    scene = reviewing(RIO)
    scene.job("c1", wanted=1)
    scene.given(RIO)

    assert scene.given(REA).candidate_id == "c1"


def test_they_are_given_no_item_that_needs_nobody_else() -> None:
    scene = reviewing(RIO)
    scene.job("c1", wanted=1)
    scene.given(REA)

    assert scene.next(RIO) is None


def test_their_flags_take_nothing_out_of_the_queue() -> None:
    scene = reviewing(RIO)
    scene.job("c1", "c2", wanted=1)
    for _ in range(2):
        scene.flags(RIO, scene.given(RIO), "Nobody can read this.")

    assert scene.next(RIO) is None
    assert {scene.task(name).status for name in ("c1", "c2")} == {TaskStatus.OPEN}
    assert {scene.task(name).note for name in ("c1", "c2")} == {""}
    assert scene.next(REA) is not None


def test_a_flag_of_theirs_can_be_taken_back() -> None:
    scene = reviewing(RIO)
    scene.job("c1", wanted=1)
    scene.flags(RIO, scene.given(RIO))

    assert scene.undoes(RIO).item.candidate_id == "c1"
    assert scene.task("c1").skipped_by == ()


def test_their_skips_keep_nothing_from_others() -> None:
    scene = reviewing(RIO, REA)
    scene.job("c1", wanted=1)
    scene.skips(RIO, scene.given(RIO))
    scene.skips(REA, scene.given(REA))

    assert scene.task("c1").status is TaskStatus.OPEN
    assert scene.given(RIA).candidate_id == "c1"


def test_an_item_is_open_again_for_one_more_when_a_rater_is_set_aside_meanwhile() -> None:
    scene = reviewing()
    scene.job("c1", wanted=2)
    scene.rates(RIO, scene.given(RIO))
    scene.fakes.reviewers.put(Reviewer(reviewer="rio", standing=Standing.SET_ASIDE))
    scene.rates(REA, scene.given(REA))

    assert scene.task("c1").status is TaskStatus.OPEN
    scene.rates(RIA, scene.given(RIA))
    assert scene.task("c1").status is TaskStatus.DONE
