"""What a lead reads of a period, in figures."""

from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.live import conversation
from tandem.live.errors import InvalidMessage
from tandem.live.facts import ConversationFact, EscalationFact, Fact, RatingFact
from tandem.live.models import Trigger
from tandem.live.overview import MOST_FACTS, Overview, Period, Spread, overview, summarize
from tests.fakes import START
from tests.scene import ANNA, BORIS, Scene

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TODAY = Period(START, START + 3 * HOUR)


def begun(name: str = "c1", at: datetime = START) -> ConversationFact:
    return ConversationFact(conversation_id=name, at=at)


def called(
    name: str = "c1",
    at: datetime = START,
    trigger: Trigger = Trigger.BUTTON,
    *,
    claimed_after: float | None = None,
    ended_after: float | None = None,
) -> EscalationFact:
    """Claimed so many seconds after the request, and ended so many after the claim."""
    claimed_at = None if claimed_after is None else at + timedelta(seconds=claimed_after)
    ended_at = claimed_at and ended_after and claimed_at + timedelta(seconds=ended_after)
    return EscalationFact(
        conversation_id=name,
        at=at,
        trigger=trigger,
        open=not ended_at,
        expired=False,
        claimed_at=claimed_at,
        ended_at=ended_at or None,
    )


def starred(*stars: int) -> list[RatingFact]:
    return [
        RatingFact(conversation_id=f"c{n}", at=START, stars=given) for n, given in enumerate(stars)
    ]


def of(*facts: Fact, period: Period = TODAY) -> Overview:
    return summarize(facts, period)


# --- conversations and those that needed a person ------------------------------------------------
def test_of_a_period_in_which_nothing_happened_there_is_nothing_to_divide() -> None:
    nothing = of()

    assert (nothing.conversations, nothing.with_person, nothing.escalations) == (0, 0, 0)
    assert (nothing.claimed, nothing.expired, nothing.open) == (0, 0, 0)
    assert (nothing.share, nothing.claim_seconds, nothing.resolve_seconds) == (None, None, None)
    assert (nothing.reasons, nothing.ratings.stars) == ((), (0, 0, 0, 0, 0))
    assert nothing.ratings.average is None


def test_the_share_is_of_the_conversations_that_needed_a_person() -> None:
    found = of(begun("c1"), begun("c2"), begun("c3"), begun("c4"), called("c3"))

    assert (found.conversations, found.with_person, found.share) == (4, 1, 0.25)


def test_a_conversation_that_needed_a_person_twice_is_one_conversation() -> None:
    found = of(begun("c1"), called("c1"), called("c1", START + HOUR))

    assert (found.with_person, found.share, found.escalations) == (1, 1.0, 2)


def test_a_call_in_a_conversation_of_before_the_period_counts_as_a_call_and_not_in_the_share() -> (
    None
):
    found = of(begun("c2"), called("c1"))

    assert (found.escalations, found.open) == (1, 1)
    assert (found.conversations, found.with_person, found.share) == (1, 0, 0.0)


def test_reasons_come_by_frequency_and_equal_ones_by_name() -> None:
    triggers = [Trigger.WANTS_PERSON, Trigger.NO_GROUNDING, Trigger.BUTTON, Trigger.NO_GROUNDING]

    found = of(*(called(trigger=trigger) for trigger in triggers))

    assert [(reason.trigger.value, reason.count) for reason in found.reasons] == [
        ("no_grounding", 2),
        ("button", 1),
        ("wants_person", 1),
    ]


# --- how long it took ----------------------------------------------------------------------------
def test_one_claim_is_its_own_median_and_percentile() -> None:
    found = of(called(claimed_after=42.04))

    assert found.claim_seconds == Spread(count=1, median=42.0, p95=42.0)
    assert found.resolve_seconds is None


def test_waiting_ends_with_the_claim_and_helping_begins_with_it() -> None:
    found = of(
        called("c1", claimed_after=10, ended_after=100),
        called("c2", claimed_after=30),
        called("c3"),
    )

    assert found.claim_seconds == Spread(count=2, median=20.0, p95=29.0)
    assert found.resolve_seconds == Spread(count=1, median=100.0, p95=100.0)
    assert (found.escalations, found.claimed, found.open) == (3, 2, 2)


def test_a_claim_stamped_by_a_slower_clock_took_no_time() -> None:
    assert of(called(claimed_after=-0.2)).claim_seconds == Spread(count=1, median=0.0, p95=0.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_median_and_percentile_are_numpys(seconds: list[float]) -> None:
    spread = Spread.of(seconds)

    assert spread is not None
    assert spread.median == pytest.approx(float(np.median(seconds)), abs=0.051)
    assert spread.p95 == pytest.approx(float(np.quantile(seconds, 0.95)), abs=0.051)


# --- by the hour ---------------------------------------------------------------------------------
def drawn(found: Overview) -> list[tuple[str, int, int]]:
    return [
        (hour.start.strftime("%d.%H:%M"), hour.conversations, hour.escalations)
        for hour in found.hours
    ]


def test_every_hour_is_drawn_also_an_empty_one() -> None:
    found = of(begun("c1"), begun("c2", START + 59 * MINUTE), called("c1", START + 2 * HOUR))

    assert drawn(found) == [("23.09:00", 2, 0), ("23.10:00", 0, 0), ("23.11:00", 0, 1)]


def test_the_hours_at_both_ends_are_drawn_whole() -> None:
    period = Period(START + 30 * MINUTE, START + 90 * MINUTE)

    found = of(begun("c1", period.start), begun("c2", START + HOUR), period=period)

    assert drawn(found) == [("23.09:00", 1, 0), ("23.10:00", 1, 0)]


@pytest.mark.parametrize(
    ("begins_after", "length", "count"),
    [
        (timedelta(0), timedelta(microseconds=1), 1),
        (timedelta(0), HOUR, 1),
        (timedelta(0), timedelta(days=7), 168),
        (timedelta(0), timedelta(days=31), 744),
        (30 * MINUTE, timedelta(days=31), 745),
    ],
)
def test_also_a_long_period_is_drawn_by_the_hour(
    begins_after: timedelta, length: timedelta, count: int
) -> None:
    start = START + begins_after
    last = start + length - timedelta(microseconds=1)

    found = of(begun("c1", start), begun("c2", last), period=Period(start, start + length))

    assert len(found.hours) == count
    assert {hour.start.tzinfo for hour in found.hours} == {UTC}
    assert sum(hour.conversations for hour in found.hours) == 2
    assert min(found.hours[0].conversations, found.hours[-1].conversations) > 0


# --- ratings -------------------------------------------------------------------------------------
def test_stars_are_counted_each_and_averaged() -> None:
    found = of(*starred(5, 5, 2, 1)).ratings

    assert found.stars == (1, 1, 0, 0, 2)
    assert found.average == 3.25
    assert (found.thumbs_up, found.thumbs_down) == (0, 0)


def test_thumbs_are_counted_beside_the_stars() -> None:
    thumbs = [
        RatingFact.model_validate({"conversation_id": "c1", "at": START, "thumb": thumb})
        for thumb in ("up", "down", "up")
    ]

    found = of(*thumbs, *starred(4)).ratings

    assert (found.thumbs_up, found.thumbs_down, found.average) == (2, 1, 4.0)


# --- of what really happens ----------------------------------------------------------------------
def seen(scene: Scene, period: Period = TODAY) -> Overview:
    return overview(scene.fakes.facts, period)


def test_what_an_expert_has_solved_is_claimed_and_no_longer_open() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.clock.advance(20)
    scene.claims(ANNA)
    scene.fakes.clock.advance(300)
    scene.hands_back(ANNA)

    found = seen(scene)

    assert (found.conversations, found.share) == (1, 1.0)
    assert (found.claimed, found.expired, found.open) == (1, 0, 0)
    assert found.claim_seconds == Spread(count=1, median=20.0, p95=20.0)
    assert found.resolve_seconds == Spread(count=1, median=300.0, p95=300.0)


def test_what_an_expert_holds_is_claimed_and_open() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    found = seen(scene)

    assert (found.claimed, found.open, found.resolve_seconds) == (1, 1, None)


def test_what_was_given_back_to_the_queue_waits_again_since_the_request() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    scene.fakes.clock.advance(60)
    scene.machine_requeues()

    waiting = seen(scene)
    scene.fakes.clock.advance(60)
    scene.claims(BORIS)
    claimed = seen(scene)

    assert (waiting.claimed, waiting.open, waiting.claim_seconds) == (0, 1, None)
    assert claimed.escalations == 1
    assert claimed.claim_seconds == Spread(count=1, median=120.0, p95=120.0)


def test_what_nobody_came_to_is_expired_also_after_the_follow_up() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.machine_expires()

    found = seen(scene)

    assert (found.claimed, found.expired, found.open) == (0, 1, 0)
    assert found.claim_seconds is None


def test_whoever_leaves_while_waiting_was_neither_helped_nor_forgotten() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.closes()

    found = seen(scene)

    assert (found.escalations, found.claimed, found.expired, found.open) == (1, 0, 0, 0)


def test_a_conversation_counts_in_the_period_in_which_it_began_whatever_is_said_later() -> None:
    scene = Scene()
    scene.fakes.clock.advance(24 * 3600)
    scene.asks("How many endpoints may a new account run?")
    scene.presses_the_button()

    first, second = seen(scene), seen(scene, Period(START + 23 * HOUR, START + 25 * HOUR))

    assert (first.conversations, first.with_person, first.escalations) == (1, 0, 0)
    assert (second.conversations, second.with_person, second.escalations) == (0, 0, 1)


def test_of_several_ratings_of_the_same_the_last_counts_once_when_it_was_given() -> None:
    scene = Scene()
    scene.asks("How many endpoints may a new account run?")
    answer = scene.answers[-1].turn_id
    conversation.rate_turn(scene.world, scene.conversation_id, answer, "up")
    conversation.rate_conversation(scene.world, scene.conversation_id, 1)
    scene.fakes.clock.advance(24 * 3600)
    conversation.rate_turn(scene.world, scene.conversation_id, answer, "down")
    conversation.rate_conversation(scene.world, scene.conversation_id, 5)

    before = seen(scene).ratings
    after = seen(scene, Period(START, START + 25 * HOUR)).ratings

    assert (before.stars, before.thumbs_up, before.thumbs_down) == ((0, 0, 0, 0, 0), 0, 0)
    assert (after.stars, after.thumbs_up, after.thumbs_down) == ((0, 0, 0, 0, 1), 0, 1)


# --- the period ----------------------------------------------------------------------------------
def query(start: str | None, end: str | None) -> dict[str, str]:
    given = {"from": start, "to": end}
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z"),
        ("2026-11-23T10:00+01:00", "2026-11-23T08:00:00.000-04:00"),
        ("20261123T090000Z", "2026-11-23 12:00:00+00:00"),
    ],
)
def test_a_period_is_read_in_any_time_zone_and_kept_in_utc(start: str, end: str) -> None:
    period = Period.parse(query(start, end))

    assert period == TODAY
    assert (period.start.tzinfo, period.end.tzinfo) == (UTC, UTC)


GOOD = "2026-11-23T09:00:00Z"


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (None, GOOD, "“from” is missing"),
        (GOOD, None, "“to” is missing"),
        ("", GOOD, "“from” is missing"),
        (GOOD, "soon", "“to” is no time"),
        # What is left of a “+” that was not encoded.
        ("2026-11-23T10:00:00 01:00", GOOD, "“%2B”"),
        ("2026-11-23", GOOD, "“from” has no time zone"),
        ("0001-01-01T00:00:00+14:00", GOOD, "“from” is no time"),
        (GOOD, "9999-12-31T23:00:00-14:00", "“to” is no time"),
        (GOOD, GOOD, "“to” must be after “from”"),
        (GOOD, "2026-11-23T08:59:59Z", "“to” must be after “from”"),
        (GOOD, "2026-12-24T09:00:00.000001Z", "more than 31 days"),
    ],
)
def test_what_is_no_period_is_refused_with_what_to_do(
    start: str | None, end: str | None, message: str
) -> None:
    with pytest.raises(InvalidMessage, match=message):
        Period.parse(query(start, end))


def test_thirty_one_days_can_be_asked_for() -> None:
    period = Period.parse(query(GOOD, "2026-12-24T09:00:00Z"))

    assert period.end - period.start == timedelta(days=31)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("9999-12-31T22:30:00Z", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-20T00:00:00Z"),
    ],
)
def test_a_period_at_the_end_of_all_time_is_one_like_any_other(start: str, end: str) -> None:
    assert of(period=Period.parse(query(start, end))).hours


def test_the_bounds_are_answered_under_the_names_they_were_asked_by() -> None:
    answer: dict[str, Any] = of().model_dump(mode="json")

    assert (answer["from"], answer["to"]) == ("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z")
    assert not any(name.endswith("_") for name in answer)


def test_more_than_can_be_counted_in_time_is_refused_with_what_to_do() -> None:
    assert summarize(repeat(called(), MOST_FACTS), TODAY).escalations == MOST_FACTS

    with pytest.raises(InvalidMessage, match="ask for less at a time"):
        summarize(repeat(called()), TODAY)
