"""The ladder of an escalation: who is called, by when, and what the customer is told."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.live import desk, ladder
from tandem.live.errors import NoLongerOpen
from tandem.live.events import (
    EscalationClaimed,
    EscalationExpired,
    EscalationRequested,
    ExpiryCause,
    MessageAnswered,
)
from tandem.live.hours import is_open, next_opening
from tandem.live.models import EscalationStatus, Owner
from tandem.live.policy import Policy, WorkingHours
from tests.fakes import START
from tests.scene import ANNA, BORIS, Scene

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {
    "timezone": "Europe/Berlin",
    "days": {
        day: [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "17:30"}]
        for day in ("mon", "tue", "wed", "thu", "fri")
    },
    "holidays": ["2026-12-25"],
}


def office(**changed: object) -> WorkingHours:
    return WorkingHours.model_validate({**OFFICE, **changed})


def policy_of(*tiers: dict[str, object]) -> Policy:
    return Policy.model_validate({"ladder": list(tiers)})


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


# --- tiers ---------------------------------------------------------------------------------------
def test_each_tier_has_its_topic_its_time_and_its_deadline() -> None:
    scene = Scene(
        policy_of(
            {"name": "primary", "claim_within_seconds": 60},
            {"name": "lead", "topic": "leads", "claim_within_seconds": 90},
        )
    )
    scene.presses_the_button()
    assert scene.machine_opens() == {"go": True, "tiers": [0, 1]}

    assert scene.machine_notifies(0) == {"state": "waiting", "wait_seconds": 60}
    assert scene.escalation.deadline == START + timedelta(seconds=60)
    assert scene.escalation.status is EscalationStatus.WAITING
    scene.fakes.clock.advance(60)
    assert scene.machine_notifies(1) == {"state": "waiting", "wait_seconds": 90}

    assert scene.escalation.tier == "lead"
    assert scene.escalation.deadline == START + timedelta(seconds=150)
    assert [mail.topic for mail in scene.fakes.notifier.mails] == ["experts", "leads"]
    assert scene.codes == ["person_coming", "still_waiting"]


def test_a_notification_that_is_tried_again_sends_the_mail_again_and_changes_nothing_else() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.machine_opens()
    scene.machine_notifies()
    before = scene.now

    assert scene.machine_notifies()["state"] == "waiting"

    assert scene.now == before
    assert len(scene.fakes.notifier.mails) == 2


def test_a_ladder_that_became_shorter_meanwhile_calls_its_last_tier() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.machine_opens()
    scene.fakes.set_policy(policy_of({"name": "only"}))

    scene.machine_notifies(1)

    assert scene.escalation.tier == "only"


# --- working hours -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00:00", True),
        ("2026-11-23 11:59:59", True),
        ("2026-11-23 12:00:00", False),
        ("2026-11-23 12:59:59", False),
        ("2026-11-23 13:00:00", True),
        ("2026-11-23 17:30:00", False),
        ("2026-11-22 10:00:00", False),
        ("2026-12-25 10:00:00", False),
        ("2026-12-28 10:00:00", True),
    ],
)
def test_hours_have_gaps_weekends_and_holidays_in_their_own_time_zone(
    when: str, there: bool
) -> None:
    assert is_open(office(), berlin(when).astimezone(UTC)) is there


@pytest.mark.parametrize(
    ("when", "opening"),
    [
        ("2026-11-23 08:00", "2026-11-23 09:00"),
        ("2026-11-23 12:10", "2026-11-23 13:00"),
        ("2026-11-23 17:30", "2026-11-24 09:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),
        ("2026-12-24 18:00", "2026-12-28 09:00"),
        ("2026-11-23 10:15", "2026-11-23 10:15"),
    ],
)
def test_the_next_opening_steps_over_gaps_weekends_and_holidays(when: str, opening: str) -> None:
    assert next_opening(office(), berlin(when).astimezone(UTC)) == berlin(opening)


def test_on_the_days_when_the_clocks_change_the_wall_clock_counts() -> None:
    daily = office(
        days={d: [{"start": "09:00", "end": "17:00"}] for d in ("sat", "sun")}, holidays=[]
    )
    # 28 March 2027: forward; 31 October 2027: back. Both are Sundays.
    for day, utc_hour in (("2027-03-28", 7), ("2027-10-31", 8)):
        opening = datetime.fromisoformat(day).replace(hour=utc_hour, tzinfo=UTC)
        assert not is_open(daily, opening - timedelta(seconds=1))
        assert is_open(daily, opening)
        assert is_open(daily, opening + timedelta(hours=8, seconds=-1))
        assert not is_open(daily, opening + timedelta(hours=8))


def test_a_whole_day_is_written_from_midnight_to_midnight_also_when_it_has_23_or_25_hours() -> None:
    whole = WorkingHours.model_validate(
        {"timezone": "Europe/Berlin", "days": {"sun": [{"start": "00:00", "end": "00:00"}]}}
    )
    for day, hours in (("2027-03-28", 23), ("2027-10-31", 25), ("2027-06-06", 24)):
        midnight = berlin(day).astimezone(UTC)
        assert is_open(whole, midnight)
        assert is_open(whole, midnight + timedelta(hours=hours, seconds=-1))
        assert not is_open(whole, midnight + timedelta(hours=hours))
        assert not is_open(whole, midnight - timedelta(seconds=1))


def test_nobody_ever_there_has_no_next_opening() -> None:
    assert next_opening(office(days={}), START) is None


def test_without_hours_somebody_is_always_there() -> None:
    assert is_open(None, START)
    assert next_opening(None, START) == START


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_the_next_opening_is_never_past_somebody_is_there_then_and_nobody_before(
    now: datetime, zone: str
) -> None:
    hours = office(timezone=zone, holidays=[])

    opening = next_opening(hours, now)

    assert opening is not None
    assert opening.astimezone(UTC) >= now
    assert is_open(hours, opening.astimezone(UTC))
    # Looked at in steps: no open moment was passed over.
    between = now
    while between < opening.astimezone(UTC):
        assert not is_open(hours, between)
        between += timedelta(minutes=29)


@given(st.datetimes(datetime(2027, 10, 30, 20), datetime(2027, 10, 31, 6), timezones=st.just(UTC)))
def test_nor_in_the_night_in_which_an_hour_comes_twice(now: datetime) -> None:
    night = WorkingHours.model_validate(
        {"timezone": "Europe/Berlin", "days": {"sun": [{"start": "02:30", "end": "02:45"}]}}
    )

    opening = next_opening(night, now)

    if opening is not None:
        assert opening.astimezone(UTC) >= now
        assert is_open(night, opening.astimezone(UTC))


def test_outside_the_hours_the_customer_is_told_at_once_when_somebody_is_there_again() -> None:
    scene = Scene(policy_of({"name": "primary", "hours": OFFICE}))
    scene.fakes.clock._now = berlin("2026-11-27 18:00").astimezone(UTC)
    scene.presses_the_button()

    assert scene.machine_opens() == {"go": True, "tiers": []}
    assert scene.machine_expires("outside_hours") == {"state": "expired"}

    assert scene.turns[-1].code == "outside_hours"
    assert "again from 2026-11-30 09:00 CET" in scene.turns[-1].text
    assert scene.now.owner is Owner.ASSISTANT
    assert scene.escalation.follow_up


def test_the_earliest_opening_of_all_tiers_is_named() -> None:
    later = {**OFFICE, "days": {"tue": [{"start": "06:00", "end": "07:00"}]}}
    scene = Scene(policy_of({"name": "a", "hours": later}, {"name": "b", "hours": OFFICE}))
    scene.fakes.clock._now = berlin("2026-11-23 18:00").astimezone(UTC)
    scene.presses_the_button()
    scene.machine_opens()

    scene.machine_expires("outside_hours")

    assert "2026-11-24 06:00" in scene.turns[-1].text


def test_only_tiers_that_are_there_are_on_the_ladder() -> None:
    scene = Scene(
        policy_of({"name": "a", "hours": OFFICE}, {"name": "b"}, {"name": "c", "hours": OFFICE})
    )
    scene.fakes.clock._now = berlin("2026-11-22 12:00").astimezone(UTC)
    scene.presses_the_button()

    assert scene.machine_opens()["tiers"] == [1]


# --- the end -------------------------------------------------------------------------------------
def test_at_the_end_the_customer_is_told_the_truth_and_a_follow_up_is_due() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.writes("Is anybody there at all?")

    assert scene.machine_expires() == {"state": "expired"}

    assert scene.codes[-1] == "nobody_available"
    assert "nobody could come" in scene.turns[-1].text
    assert scene.now.owner is Owner.ASSISTANT
    assert not scene.now.pending
    assert scene.fakes.notifier.mails[-1].topic == "leads"
    (event,) = scene.fakes.bus.of(EscalationExpired)
    assert event.because == "deadline"
    assert event.follow_up


def test_nothing_is_said_of_a_follow_up_before_one_is_stored() -> None:
    scene = Scene()
    scene.is_called_for()

    assert not any("get back to you" in t.text for t in scene.turns)
    scene.machine_expires()
    (change,) = [
        c for c in scene.fakes.store.commits if any(t.code == "nobody_available" for t in c.turns)
    ]
    assert change.escalations[0].follow_up, "said and stored in one step"


def test_a_claim_in_the_last_moment_beats_the_expiry() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.store.before_next_commit = [lambda: scene.claims(ANNA)]

    assert scene.machine_expires() == {"state": "claimed"}

    assert scene.now.owner is Owner.EXPERT
    assert "nobody_available" not in scene.codes
    assert not scene.fakes.bus.of(EscalationExpired)


def test_an_expiry_in_the_last_moment_beats_the_claim() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.store.before_next_commit = [scene.machine_expires]

    with pytest.raises(NoLongerOpen):
        scene.claims(ANNA)

    assert scene.now.owner is Owner.ASSISTANT
    assert "expert_joined" not in scene.codes


@pytest.mark.parametrize("because", ["deadline", "outside_hours", "failure"])
def test_whatever_the_reason_an_expert_who_has_come_is_not_sent_away(
    because: ExpiryCause,
) -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    assert scene.machine_expires(because) == {"state": "claimed"}

    assert scene.now.expert == "anna"


def test_an_expiry_that_failed_half_way_is_finished_when_it_is_tried_again() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.fakes.notifier.failure = ConnectionError("no mail today")
    with pytest.raises(ConnectionError):
        scene.machine_expires()
    scene.fakes.notifier.failure = None

    assert scene.machine_expires() == {"state": "expired"}

    assert scene.codes.count("nobody_available") == 1
    assert scene.fakes.notifier.mails[-1].subject == "Tandem: follow-up needed"
    assert len(scene.fakes.bus.of(EscalationExpired)) == 1


# --- twice, late, and in another order -----------------------------------------------------------
def test_opened_by_two_executions_only_the_first_goes_on() -> None:
    scene = Scene()
    scene.presses_the_button()
    (event,) = scene.fakes.bus.of(EscalationRequested)

    first = ladder.open_(scene.world, event, "run-1")
    second = ladder.open_(scene.world, event, "run-2")
    again = ladder.open_(scene.world, event, "run-1")

    assert (first["go"], second["go"], again["go"]) == (True, False, True)
    assert scene.escalation.execution == "run-1"


def test_a_wait_that_begins_after_the_claim_ends_at_once() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.machine_opens()
    scene.claims(ANNA)

    scene.machine_waits_for_claim("late")

    assert scene.fakes.task_tokens.succeeded == [("late", {"state": "claimed"})]
    assert scene.escalation.task_token is None


def test_a_wait_that_begins_after_the_end_ends_at_once() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.closes()

    scene.machine_waits_for_claim("late")
    scene.machine_waits_for_resolution("later")

    assert scene.fakes.task_tokens.succeeded[-2:] == [
        ("late", {"state": "over"}),
        ("later", {"state": "over"}),
    ]


def test_a_wait_for_the_resolution_of_what_is_queued_again_ends_at_once() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    desk.reassign(scene.world, ANNA, scene.conversation_id)

    scene.machine_waits_for_resolution("late")

    assert scene.fakes.task_tokens.succeeded[-1] == ("late", {"state": "requeued"})


def test_a_claim_while_the_wait_begins_is_not_missed() -> None:
    scene = Scene()
    scene.presses_the_button()
    scene.machine_opens()
    scene.fakes.store.before_next_commit = [lambda: scene.claims(ANNA)]

    scene.machine_waits_for_claim("token")

    assert scene.fakes.task_tokens.succeeded == [("token", {"state": "claimed"})]


def test_a_requeue_after_reassigning_and_a_new_claim_leaves_the_new_expert_alone() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    desk.reassign(scene.world, ANNA, scene.conversation_id, "boris")
    scene.claims(BORIS)

    assert scene.machine_requeues() == {"state": "claimed"}

    assert scene.now.expert == "boris"
    assert "expert_left" not in scene.codes


def test_a_requeue_that_is_tried_again_tells_the_customer_once() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    assert scene.machine_requeues() == scene.machine_requeues()

    assert scene.codes.count("expert_left") == 1


@pytest.mark.parametrize("ended", ["resolved", "handed back", "closed"])
def test_every_step_that_comes_after_the_end_changes_nothing(ended: str) -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    match ended:
        case "resolved":
            scene.resolves(ANNA)
        case "handed back":
            scene.hands_back(ANNA)
        case _:
            scene.closes()
    before, told = scene.now, scene.codes
    (event,) = scene.fakes.bus.of(EscalationRequested)

    assert ladder.open_(scene.world, event, "run-9") == {"go": False}
    assert scene.machine_notifies() == {"state": "over"}
    assert scene.machine_requeues() == {"state": "over"}
    assert scene.machine_expires() == {"state": "over"}
    scene.machine_waits_for_claim("late")

    assert scene.now == before
    assert scene.codes == told


def test_what_is_announced_twice_has_the_same_id() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)

    scene.machine_announces()
    scene.machine_announces()

    first, second = scene.fakes.bus.of(EscalationClaimed)
    assert first == second
    assert first.claimed_by == "anna"


# --- from a team's own chatbot -------------------------------------------------------------------
def from_outside(scene: Scene, name: str = "theirs-1", **fields: object) -> EscalationRequested:
    return EscalationRequested.model_validate(
        {
            "id": name,
            "time": START,
            "conversation_id": "outside",
            "escalation_id": name,
            "reason": "the flow is at its end",
            **fields,
        }
    )


def test_a_conversation_from_outside_begins_with_what_was_said_so_far() -> None:
    scene = Scene()
    messages = [
        {"author": "customer", "text": "My parcel is lost"},
        {"author": "assistant", "text": "I cannot help with that"},
    ]

    answer = ladder.open_(
        scene.world, from_outside(scene, messages=messages, language="de"), "run-1"
    )

    assert answer["go"] is True
    stored = scene.fakes.store.get("outside")
    assert stored is not None
    assert (stored.owner, stored.channel) == (Owner.WAITING, "bus")
    turns = scene.fakes.store.turns("outside")
    assert [t.text for t in turns][:2] == ["My parcel is lost", "I cannot help with that"]
    assert turns[2].text.startswith("Ich hole")
    answered = scene.fakes.bus.of(MessageAnswered)
    assert [e.text for e in answered] == [turns[2].text], (
        "what was said elsewhere is not said again"
    )


def test_the_desk_knows_the_language_of_a_call_from_outside() -> None:
    scene = Scene()

    ladder.open_(scene.world, from_outside(scene, language="de"), "run-1")

    assert [e.language for e in scene.fakes.store.escalations("outside")] == ["de"]


def test_the_longest_conversation_from_outside_is_taken() -> None:
    scene = Scene()
    messages = [{"author": "customer", "text": f"Line {n}"} for n in range(80)]

    ladder.open_(scene.world, from_outside(scene, messages=messages), "run-1")

    assert len(scene.fakes.store.turns("outside")) == 81


def test_the_assistant_does_not_answer_what_was_said_elsewhere_when_nobody_comes() -> None:
    scene = Scene()
    messages = [{"author": "customer", "text": "My parcel is lost"}]
    event = from_outside(scene, messages=messages)
    ladder.open_(scene.world, event, "run-1")

    ladder.expire(scene.world, scene.fakes.notifier, "outside", "theirs-1", "deadline")

    stored = scene.fakes.store.get("outside")
    assert stored is not None
    assert not stored.pending


def test_the_same_request_twice_makes_one_escalation() -> None:
    scene = Scene()
    ladder.open_(scene.world, from_outside(scene), "run-1")

    assert ladder.open_(scene.world, from_outside(scene), "run-2") == {"go": False}
    assert len(scene.fakes.store.escalations("outside")) == 1


def test_a_request_while_somebody_is_called_for_is_noted_and_makes_no_second_escalation() -> None:
    scene = Scene()
    scene.is_called_for()
    event = from_outside(scene, conversation_id=scene.conversation_id)

    for _ in range(2):
        assert ladder.open_(scene.world, event, "run-2") == {"go": False}

    assert len(scene.escalations) == 1
    assert [a for a in scene.actions if a[1] == "requested again"] == [
        ("assistant", "requested again")
    ]


def test_a_request_that_was_only_noted_does_not_call_anybody_when_it_comes_again_later() -> None:
    scene = Scene()
    scene.is_claimed_by(ANNA)
    event = from_outside(scene, conversation_id=scene.conversation_id)
    ladder.open_(scene.world, event, "run-2")
    scene.hands_back(ANNA)

    ladder.open_(scene.world, event, "run-3")

    assert scene.now.owner is Owner.ASSISTANT


def test_a_request_on_a_closed_conversation_opens_it_again() -> None:
    scene = Scene()
    scene.asks("How many endpoints may I run?")
    scene.closes()
    event = from_outside(scene, conversation_id=scene.conversation_id)

    assert ladder.open_(scene.world, event, "run-1")["go"] is True

    assert scene.now.owner is Owner.WAITING
    assert scene.now.closed_at is None
    assert scene.codes == ["closed", "reopened", "person_coming"]
    assert [a for a in scene.actions if a[1] in ("reopened", "requested")] == [
        ("assistant", "reopened"),
        ("assistant", "requested"),
    ]


def test_holidays_are_dates() -> None:
    assert office().holidays == (date(2026, 12, 25),)
