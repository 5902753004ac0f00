"""What a reviewer is given, and how long it is theirs."""

from typing import Any

import pytest

from tandem.live.errors import NotFound
from tandem.review import queue
from tandem.review.api import Which
from tandem.review.errors import ItemGone
from tandem.review.models import CandidateStatus, Task, TaskStatus
from tests.unit.review.desk_of_reviewers import LEA, REA, RIA, RIO, ROY, Reviewing, which


def test_a_reviewer_sees_question_and_answer_and_nothing_of_the_model_or_of_others() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")
    reviewing.rates(REA, reviewing.given(REA), 1)

    item = reviewing.given(RIO)

    assert item.model_dump(exclude={"held_until"}) == {
        "job": "j1",
        "candidate_id": "c1",
        "question": "What is c1?",
        "answer": "It is c1.",
        "context": ({"author": "customer", "text": "Hello."},),
    }


def test_an_empty_queue_has_nothing_to_give() -> None:
    found = queue.next_item(Reviewing().world, RIO)

    assert found.item is None
    assert found.progress.left == 0
    assert not found.progress.can_undo


def test_who_loads_the_page_again_gets_what_they_had() -> None:
    reviewing = Reviewing()
    reviewing.job(*(f"c{n}" for n in range(9)))
    first = reviewing.given(RIO)
    reviewing.fakes.clock.advance(30)

    again = reviewing.given(RIO)

    assert again.candidate_id == first.candidate_id
    assert again.held_until > first.held_until
    assert len([t for t in reviewing.fakes.tasks.of_job("j1") if t.holds]) == 1


def test_what_one_has_is_found_by_the_task_when_the_record_of_it_was_lost() -> None:
    reviewing = Reviewing()
    reviewing.job(*(f"c{n}" for n in range(9)))
    first = reviewing.given(RIO)
    reviewing.fakes.sittings.documents.stored.clear()

    assert reviewing.given(RIO).candidate_id == first.candidate_id


def test_an_item_is_locked_while_as_many_have_it_as_are_wanted() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=2)

    assert reviewing.next(RIO)
    assert reviewing.next(REA)
    assert reviewing.next(RIA) is None


def test_an_item_comes_back_when_its_holder_leaves() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    assert reviewing.next(REA) is None

    reviewing.releases(RIO, item)
    reviewing.releases(RIO, item)

    assert reviewing.next(REA)
    assert reviewing.next(RIO) is None


def test_an_item_comes_back_when_its_holder_vanishes() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    reviewing.next(RIO)
    reviewing.fakes.clock.advance(59)
    assert reviewing.next(REA) is None

    reviewing.fakes.clock.advance(1)

    assert reviewing.next(REA)
    assert reviewing.next(RIO) is None


def test_a_sign_of_life_keeps_an_item() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    for _ in range(3):
        reviewing.fakes.clock.advance(50)
        reviewing.is_there(RIO, item)

    assert reviewing.next(REA) is None


def test_a_sign_of_life_for_what_somebody_else_has_now_says_so() -> None:
    reviewing = Reviewing({"hold_seconds": 60})
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)
    reviewing.fakes.clock.advance(61)
    reviewing.next(REA)

    with pytest.raises(ItemGone, match="went to others"):
        reviewing.is_there(RIO, item)
    with pytest.raises(ItemGone):
        reviewing.is_there(RIA, item)
    with pytest.raises(NotFound):
        reviewing.is_there(RIA, which("none"))


def test_releasing_what_one_never_had_changes_nothing() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    item = reviewing.given(RIO)

    reviewing.releases(REA, item)
    reviewing.releases(REA, which("none"))

    assert [hold.reviewer for hold in reviewing.task("c1").holds] == ["rio"]


def test_nobody_is_given_the_same_item_twice() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", "c3", wanted=2)
    seen = []
    while item := reviewing.next(RIO):
        seen.append(item.candidate_id)
        reviewing.rates(RIO, item)

    assert sorted(seen) == ["c1", "c2", "c3"]


def test_what_was_picked_for_a_reason_comes_first_then_the_oldest() -> None:
    reviewing = Reviewing()
    reviewing.job(*(f"old-{n:03d}" for n in range(120)))
    reviewing.fakes.clock.advance(3600)
    reviewing.job("urgent", job="j2", priority=0)

    first = reviewing.given(RIO)
    reviewing.rates(RIO, first)
    rest = [reviewing.given(RIO)]
    while len(rest) < 19:
        reviewing.rates(RIO, rest[-1])
        rest.append(reviewing.given(RIO))

    assert first.candidate_id == "urgent"
    assert {item.candidate_id for item in rest} <= {f"old-{n:03d}" for n in range(50)}


def test_reviewers_who_ask_at_once_are_spread_over_the_next_items() -> None:
    reviewing = Reviewing()
    reviewing.job(*(f"c{n:02d}" for n in range(50)), wanted=9)

    given = {reviewing.given(who).candidate_id for who in (RIO, REA, RIA, ROY)}

    assert len(given) == 4


def test_of_two_who_want_the_last_place_one_gets_it_and_the_other_the_next_item() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)
    reviewing.job("c2", job="j2", wanted=1, priority=2)
    got = []
    reviewing.fakes.tasks.documents.before_next_replace = [
        lambda: got.append(reviewing.given(REA).candidate_id)
    ]

    got.append(reviewing.given(RIO).candidate_id)

    assert got == ["c1", "c2"]
    assert [len(reviewing.task(*keys).holds) for keys in (("c1", "j1"), ("c2", "j2"))] == [1, 1]


def test_a_leads_ratings_are_as_good_as_anybodys() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", wanted=1)

    reviewing.rates(LEA, reviewing.given(LEA), 5)

    assert reviewing.said_of("c1") == {"lea": 5}
    assert queue.settings(reviewing.world, LEA).lead
    assert not queue.settings(reviewing.world, RIO).lead


def test_the_queue_is_read_once_for_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    reviewing = Reviewing()
    reviewing.job(*(f"c{n:02d}" for n in range(40)), wanted=2)
    reads: list[int] = []
    read = reviewing.fakes.tasks.open

    def counted(limit: int, besides: str | None = None) -> list[Task]:
        reads.append(limit)
        return read(limit, besides)

    monkeypatch.setattr(reviewing.fakes.tasks, "open", counted)
    item = reviewing.given(RIO)
    for _ in range(19):
        after = reviewing.rates(RIO, item).item
        assert after is not None
        item = after

    assert len(reads) == 1


def test_a_withdrawn_item_is_shown_to_nobody() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2")
    gone = reviewing.fakes.candidates.get("c1")
    assert gone is not None
    reviewing.fakes.candidates.remove(gone)

    assert reviewing.given(RIO).candidate_id == "c2"
    reviewing.releases(RIO, which("c2"))
    reviewing.given(REA)

    closed = reviewing.task("c1")
    if closed.status is not TaskStatus.OPEN:
        assert closed.task_input == {}


def test_a_withdrawn_item_that_was_the_last_of_its_job_ends_it() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")
    gone = reviewing.fakes.candidates.get("c1")
    assert gone is not None
    reviewing.fakes.candidates.remove(gone)

    assert reviewing.next(RIO) is None

    assert reviewing.task("c1").status is TaskStatus.UNLABELED
    assert reviewing.task("c1").task_input == {}
    assert reviewing.drained == ["j1"]


def test_what_a_job_left_open_when_it_ended_is_shown_to_nobody() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")
    reviewing.ends()
    before = reviewing.fakes.candidates.get("c1")
    assert before is not None
    changes: dict[str, Any] = {"status": CandidateStatus.WAITING, "job": None, "revision": 1}
    reviewing.fakes.candidates.replace(before, before.model_copy(update=changes))

    assert reviewing.next(RIO) is None
    assert reviewing.fakes.tasks.open(10) == []
    assert reviewing.drained == []


def test_progress_says_what_is_left_and_forgets_what_was_yesterday() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2", "c3", "c4")
    assert queue.progress(reviewing.world, RIO).left == 4

    reviewing.rates(RIO, reviewing.given(RIO))
    progress = reviewing.skips(RIO, reviewing.given(RIO)).progress

    assert (progress.rated_today, progress.rated, progress.skipped, progress.left) == (1, 1, 1, 2)
    assert progress.can_undo

    reviewing.fakes.clock.advance(15 * 3600)  # past midnight in UTC
    progress = queue.progress(reviewing.world, RIO)

    assert (progress.rated_today, progress.rated, progress.skipped) == (0, 1, 0)


def test_what_is_left_is_counted_anew_after_a_minute() -> None:
    reviewing = Reviewing()
    reviewing.job("c1")
    assert queue.progress(reviewing.world, RIO).left == 1
    reviewing.job("c2", job="j2")

    assert queue.progress(reviewing.world, RIO).left == 1
    reviewing.fakes.clock.advance(61)
    assert queue.progress(reviewing.world, RIO).left == 2


def test_two_windows_of_one_reviewer_have_the_same_item_and_lose_nothing() -> None:
    reviewing = Reviewing()
    reviewing.job("c1", "c2")
    seen = []
    reviewing.fakes.sittings.documents.before_next_replace = []
    first = reviewing.given(RIO)
    reviewing.fakes.sittings.documents.before_next_replace = [
        lambda: seen.append(reviewing.given(RIO))
    ]

    progress = reviewing.rates(RIO, first).progress

    assert progress.rated == 1
    assert len(seen) == 1
    sitting = reviewing.fakes.sittings.get("rio")
    assert sitting is not None
    assert [deed.candidate_id for deed in sitting.done] == [first.candidate_id]
    assert Which(job="j1", candidate_id=first.candidate_id).model_dump() not in [
        place.model_dump() for place in sitting.holding
    ]
