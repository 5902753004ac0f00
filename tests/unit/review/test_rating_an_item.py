"""Rating, skipping, flagging, and taking back."""

import pytest

from tandem.live.errors import NotFound
from tandem.review.errors import ItemGone, NothingToUndo, ReasonMissing
from tandem.review.models import TaskStatus
from tests.unit.review.desk_of_reviewers import REA, RIA, RIO, Reviewing, which


def test_a_rating_counts_and_the_next_item_comes_with_it() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2")
    item = reviewing.given(RIO)

    after = reviewing.rates(RIO, item, 4, seconds=12.5)

    (rating,) = reviewing.fakes.ratings.of_candidate(item.candidate_id)
    assert (rating.reviewer, rating.rating, rating.seconds) == ("rio", 4, 12.5)
    assert rating.at == reviewing.fakes.clock.now()
    assert after.item is not None
    assert after.item.candidate_id != item.candidate_id
    assert reviewing.fakes.meter.values("RatingsGiven") == [1]


def test_an_item_is_done_when_all_its_ratings_are_in() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=2)

    reviewing.rates(RIO, reviewing.given(RIO))
    assert reviewing.task("c1").status is TaskStatus.OPEN
    reviewing.rates(REA, reviewing.given(REA))

    assert reviewing.task("c1").status is TaskStatus.DONE
    assert reviewing.task("c1").holds == ()
    assert reviewing.next(RIA) is None


def test_the_end_of_a_jobs_last_item_is_told() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", wanted=1)
    reviewing.job("c3", job="j2", wanted=1)
    for _ in range(2):
        assert reviewing.drained == []
        reviewing.rates(RIO, which(reviewing.given(RIO).candidate_id))

    assert reviewing.drained == ["j1"]


def test_the_same_rating_sent_again_counts_once_and_is_no_error() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", wanted=2)
    item = reviewing.given(RIO)
    first = reviewing.rates(RIO, item)
    at = reviewing.fakes.ratings.of_candidate(item.candidate_id)[0].at
    reviewing.fakes.clock.advance(5)

    again = reviewing.rates(RIO, item)

    assert again.progress == first.progress
    assert again.item is not None
    assert first.item is not None
    assert again.item.candidate_id == first.item.candidate_id
    assert reviewing.task(item.candidate_id).rated_by == ("rio",)
    assert reviewing.fakes.ratings.of_candidate(item.candidate_id)[0].at == at


def test_another_rating_of_the_same_item_takes_the_place_of_the_first() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=2)
    item = reviewing.given(RIO)
    reviewing.rates(RIO, item, 4)

    progress = reviewing.rates(RIO, item, 5).progress

    assert reviewing.said_of("c1") == {"rio": 5}
    assert progress.rated == 1


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_a_low_rating_needs_a_reason(reason: str) -> None:
    reviewing = Reviewing({"reason_up_to": 2})
    reviewing.job("c1")
    item = reviewing.given(RIO)

    with pytest.raises(ReasonMissing, match="2 or less"):
        reviewing.rates(RIO, item, 2, reason)

    assert reviewing.said_of("c1") == {}
    reviewing.rates(RIO, item, 3, reason)
    assert reviewing.said_of("c1") == {"rio": 3}


def test_no_reason_is_asked_for_where_the_policy_wants_none() -> None:
    reviewing = Reviewing({"reason_up_to": 0})
    reviewing.job("c1")

    reviewing.rates(RIO, reviewing.given(RIO), 1, "")

    assert reviewing.said_of("c1") == {"rio": 1}


def test_addresses_and_numbers_are_stored_of_nothing_that_a_reviewer_writes() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", wanted=1)
    item = reviewing.given(RIO)
    reviewing.rates(RIO, item, 1, "Ask anna@example.com.", better_answer="Call +49 40 1234567.")
    reviewing.skips(RIO, reviewing.given(RIO), "bob@example.com knows")

    (rating,) = reviewing.fakes.ratings.of_candidate(item.candidate_id)
    assert rating.reason == "Ask [email]."
    assert rating.better_answer == "Call [phone]."
    assert "[email] knows" in "".join(t.note for t in reviewing.fakes.tasks.of_job("j1"))


def test_the_longest_texts_are_kept_within_what_is_stored() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")

    reviewing.rates(RIO, reviewing.given(RIO), 1, "a@b.cd " * 142, better_answer="a@b.cd " * 1142)

    (rating,) = reviewing.fakes.ratings.of_candidate("c1")
    assert len(rating.reason) == 1000
    assert len(rating.better_answer) == 8000


def test_who_had_an_item_for_too_long_may_still_rate_it_while_there_is_room() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.fakes.clock.advance(3600)

    reviewing.rates(RIO, item, 4)

    assert reviewing.said_of("c1") == {"rio": 4}


def test_who_comes_too_late_is_told_and_goes_on_with_the_next() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.fakes.clock.advance(61)
    theirs = reviewing.given(REA)
    reviewing.job("c2", job="j2")

    with pytest.raises(ItemGone, match="went to others"):
        reviewing.rates(RIO, item, 1)

    assert reviewing.said_of("c1") == {}
    assert reviewing.given(RIO).candidate_id == "c2"
    reviewing.rates(REA, theirs, 5)
    assert reviewing.said_of("c1") == {"rea": 5}


def test_who_is_overtaken_while_the_rating_is_stored_leaves_none() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.fakes.clock.advance(61)
    faster: list[object] = []
    reviewing.fakes.tasks.documents.before_next_replace = [
        lambda: faster.append(reviewing.given(REA))
    ]

    with pytest.raises(ItemGone):
        reviewing.rates(RIO, item, 1)

    assert reviewing.said_of("c1") == {}


def test_nobody_chooses_what_to_rate() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")

    for act in (reviewing.rates, reviewing.skips, reviewing.flags):
        with pytest.raises(NotFound, match="not given"):
            act(RIO, which("c1"))
        with pytest.raises(NotFound):
            act(RIO, which("none"))
        with pytest.raises(NotFound):
            act(RIO, which("c1", "none"))

    assert reviewing.said_of("c1") == {}


def test_nothing_is_rated_in_a_job_that_has_ended() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")
    item = reviewing.given(RIO)
    reviewing.ends()

    for act in (reviewing.rates, reviewing.skips, reviewing.flags):
        with pytest.raises(ItemGone, match="has ended"):
            act(RIO, item)


# --- skipping and flagging -----------------------------------------------------------------------
def test_a_skipped_item_goes_to_others_with_the_reason() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)

    reviewing.skips(RIO, item, "Not my\nfield.")
    reviewing.skips(RIO, item, "Not my\nfield.")

    assert reviewing.next(RIO) is None
    assert reviewing.task("c1").note == "skipped: Not my field."
    assert reviewing.given(REA).candidate_id == "c1"


def test_what_one_has_skipped_one_does_not_rate() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.skips(RIO, item)

    with pytest.raises(ItemGone, match="skipped"):
        reviewing.rates(RIO, item)


def test_what_too_many_skip_is_offered_to_nobody_else() -> None:
    reviewing = Reviewing({"most_skips": 2})
    reviewing.job("c1", wanted=1)
    reviewing.skips(RIO, reviewing.given(RIO), "Not my field.")
    reviewing.skips(REA, reviewing.given(REA), "Nor mine.")

    task = reviewing.task("c1")
    assert task.status is TaskStatus.UNLABELED
    assert task.note == "skipped: Not my field.\nskipped: Nor mine."
    assert reviewing.next(RIA) is None
    assert reviewing.drained == ["j1"]


def test_what_too_many_skip_keeps_the_rating_that_it_has() -> None:
    reviewing = Reviewing({"most_skips": 2})
    reviewing.job("c1", wanted=2)
    reviewing.rates(RIA, reviewing.given(RIA), 4)
    reviewing.skips(RIO, reviewing.given(RIO))
    reviewing.skips(REA, reviewing.given(REA))

    assert reviewing.task("c1").status is TaskStatus.DONE
    assert reviewing.said_of("c1") == {"ria": 4}


def test_who_has_an_item_that_too_many_skip_may_finish_it() -> None:
    reviewing = Reviewing({"most_skips": 2})
    reviewing.job("c1", wanted=3)
    items = {who.user: reviewing.given(who) for who in (RIO, REA, RIA)}
    reviewing.skips(RIO, items["rio"])
    reviewing.skips(REA, items["rea"])
    assert reviewing.task("c1").status is TaskStatus.OPEN

    reviewing.rates(RIA, items["ria"], 4)

    assert reviewing.task("c1").status is TaskStatus.DONE
    assert reviewing.drained == ["j1"]


def test_when_the_last_holder_of_what_too_many_skipped_leaves_it_is_over() -> None:
    reviewing = Reviewing({"most_skips": 1})
    reviewing.job("c1", wanted=2)
    mine = reviewing.given(RIO)
    reviewing.skips(REA, reviewing.given(REA))
    assert reviewing.task("c1").status is TaskStatus.OPEN

    reviewing.releases(RIO, mine)

    assert reviewing.task("c1").status is TaskStatus.UNLABELED
    assert reviewing.drained == ["j1"]


def test_when_the_last_holder_of_what_too_many_skipped_vanishes_the_next_who_asks_ends_it() -> None:
    reviewing = Reviewing({"most_skips": 1, "hold_seconds": 60})
    reviewing.job("c1", wanted=2)
    reviewing.next(RIO)
    reviewing.skips(REA, reviewing.given(REA))
    reviewing.fakes.clock.advance(61)

    assert reviewing.next(RIA) is None
    assert reviewing.task("c1").status is TaskStatus.UNLABELED
    assert reviewing.drained == ["j1"]


def test_a_flagged_item_is_out_of_the_queue_with_the_reason() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=2)
    mine, theirs = reviewing.given(RIO), reviewing.given(REA)

    reviewing.flags(RIO, mine, "Gibberish.")
    reviewing.flags(RIO, mine, "Gibberish.")

    assert reviewing.task("c1").status is TaskStatus.FLAGGED
    assert reviewing.task("c1").note == "flagged: Gibberish."
    assert reviewing.drained[0] == "j1"
    with pytest.raises(ItemGone, match="taken out"):
        reviewing.rates(REA, theirs)
    assert reviewing.said_of("c1") == {}


# --- taking back ---------------------------------------------------------------------------------
def test_the_last_rating_can_be_taken_back_with_what_was_said() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", "c3", wanted=1)
    first = reviewing.given(RIO)
    following = reviewing.rates(RIO, first, 1, "Wrong.", better_answer="It is so.").item
    assert following is not None

    undone = reviewing.undoes(RIO)

    assert undone.item.candidate_id == first.candidate_id
    assert (undone.rating, undone.reason, undone.better_answer) == (1, "Wrong.", "It is so.")
    assert (undone.progress.rated, undone.progress.can_undo) == (0, False)
    assert reviewing.said_of(first.candidate_id) == {}
    assert reviewing.task(first.candidate_id).status is TaskStatus.OPEN
    assert reviewing.given(RIO).candidate_id == first.candidate_id
    assert reviewing.rates(RIO, first, 5).item == following


def test_one_after_the_other_can_be_taken_back() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", "c3", wanted=1)
    order = []
    for _ in range(2):
        item = reviewing.given(RIO)
        order.append(item.candidate_id)
        reviewing.rates(RIO, item)

    undone = [reviewing.undoes(RIO).item.candidate_id for _ in range(2)]

    assert undone == order[::-1]
    with pytest.raises(NothingToUndo):
        reviewing.undoes(RIO)


def test_a_skip_can_be_taken_back() -> None:
    reviewing = Reviewing({"most_skips": 1})
    reviewing.job("c1", "c2", wanted=1)
    item = reviewing.given(RIO)
    reviewing.skips(RIO, item, "Not my field.")

    undone = reviewing.undoes(RIO)

    assert undone.rating is None
    assert undone.reason == "Not my field."
    assert reviewing.task(item.candidate_id).note == ""
    reviewing.rates(RIO, item, 3)
    assert reviewing.said_of(item.candidate_id) == {"rio": 3}


def test_a_flag_can_be_taken_back_by_who_set_it() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", wanted=2)
    item = reviewing.given(RIO)
    reviewing.flags(RIO, item)

    undone = reviewing.undoes(RIO)

    assert undone.item.candidate_id == item.candidate_id
    assert reviewing.task(item.candidate_id).status is TaskStatus.OPEN
    assert reviewing.task(item.candidate_id).note == ""


def test_a_rating_of_what_somebody_else_flagged_since_stays() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=3)
    reviewing.rates(RIO, reviewing.given(RIO), 4)
    reviewing.flags(REA, reviewing.given(REA))

    with pytest.raises(NothingToUndo, match="taken out"):
        reviewing.undoes(RIO)

    assert reviewing.task("c1").status is TaskStatus.FLAGGED
    assert reviewing.said_of("c1") == {"rio": 4}


def test_a_skip_stays_when_others_have_rated_the_item_since() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    reviewing.skips(RIO, reviewing.given(RIO))
    reviewing.rates(REA, reviewing.given(REA), 4)

    with pytest.raises(NothingToUndo, match="Others have rated"):
        reviewing.undoes(RIO)

    assert reviewing.task("c1").status is TaskStatus.DONE
    with pytest.raises(NothingToUndo, match="nothing to take back"):
        reviewing.undoes(RIO)


def test_nothing_is_taken_back_of_a_job_that_has_ended() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    reviewing.rates(RIO, reviewing.given(RIO), 4)
    reviewing.ends()

    with pytest.raises(NothingToUndo, match="has ended"):
        reviewing.undoes(RIO)

    assert reviewing.said_of("c1") == {"rio": 4}


def test_taking_back_goes_on_where_a_breakdown_left_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.rates(RIO, item, 4, "So.")

    def broken(*_: str) -> None:
        raise ConnectionError("no table")

    with monkeypatch.context() as patch:
        patch.setattr(reviewing.fakes.ratings, "remove", broken)
        with pytest.raises(ConnectionError):
            reviewing.undoes(RIO)

    undone = reviewing.undoes(RIO)

    assert (undone.item.candidate_id, undone.rating) == ("c1", 4)
    assert undone.progress.rated == 0
    assert reviewing.said_of("c1") == {}


# --- breakdowns ----------------------------------------------------------------------------------
def test_a_rating_whose_announcement_broke_off_is_announced_when_it_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)

    def broken(_: object) -> None:
        raise ConnectionError("no bus")

    with monkeypatch.context() as patch:
        patch.setattr(reviewing.fakes.bus, "publish", broken)
        with pytest.raises(ConnectionError):
            reviewing.rates(RIO, item)
    assert reviewing.task("c1").status is TaskStatus.DONE

    progress = reviewing.rates(RIO, item).progress

    assert reviewing.drained == ["j1"]
    assert progress.rated == 1


def test_a_rating_that_broke_off_before_it_counted_leaves_an_item_that_comes_again() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)

    def broken() -> None:
        raise ConnectionError("no table")

    reviewing.fakes.tasks.documents.before_next_replace = [broken]
    with pytest.raises(ConnectionError):
        reviewing.rates(RIO, item, 1)

    assert reviewing.task("c1").rated_by == ()
    assert reviewing.given(RIO).candidate_id == "c1"
    reviewing.rates(RIO, item, 5)
    assert reviewing.said_of("c1") == {"rio": 5}
