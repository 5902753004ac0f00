"""What customers see of their wait for a person: at once, and never the same twice."""

from datetime import timedelta

import pytest

from tandem.live import desk
from tandem.live.conversation import ask_for_person
from tandem.live.customer_api import read
from tandem.live.escalation import attach_draft
from tandem.live.frames import TurnSent, Waiting, WaitingChanged
from tandem.live.models import Draft, Owner
from tandem.live.policy import Policy
from tandem.live.recovery import reconcile
from tests.fakes import START
from tests.scene import ANNA, CUSTOMER, LEA, Scene

POLICY = Policy.model_validate(
    {
        "ladder": [
            {"name": "primary", "claim_within_seconds": 60},
            {"name": "second", "claim_within_seconds": 90},
            {"name": "lead", "topic": "leads", "claim_within_seconds": 120},
        ]
    }
)
SECOND = timedelta(seconds=1)


def told(scene: Scene) -> list[Waiting]:
    """What the customer's socket got, in order."""
    return [frame.waiting for frame in scene.fakes.push.frames(CUSTOMER, WaitingChanged)]


def waiting(scene: Scene) -> Waiting | None:
    """What the customer reads."""
    return read(scene.world, scene.conversation_id).waiting


def test_who_asks_for_a_person_sees_that_the_wait_has_begun_after_the_line_that_says_so() -> None:
    scene = Scene(POLICY)

    scene.presses_the_button()

    assert told(scene) == [Waiting(since=START, step=1, steps=3, until=None)]
    frames = scene.fakes.push.all_frames(CUSTOMER)
    assert [type(frame) for frame in frames] == [TurnSent, WaitingChanged]


def test_each_rung_that_is_called_is_shown_with_its_deadline() -> None:
    scene = Scene(POLICY)
    scene.presses_the_button()
    scene.machine_opens()

    scene.fakes.clock.advance(1)
    scene.machine_notifies(0)
    scene.fakes.clock.advance(60)
    scene.machine_notifies(1)

    assert told(scene)[1:] == [
        Waiting(since=START, step=1, steps=3, until=START + 61 * SECOND),
        Waiting(since=START, step=2, steps=3, until=START + 151 * SECOND),
    ]


def test_a_rung_that_is_passed_over_counts() -> None:
    scene = Scene(POLICY)
    scene.presses_the_button()
    scene.machine_opens()

    scene.machine_notifies(2)

    assert [(w.step, w.steps) for w in told(scene)] == [(1, 3), (3, 3)]


@pytest.mark.parametrize("how", ["vanishes", "passes it on"])
def test_when_whoever_came_had_to_leave_the_wait_goes_on_at_the_first_step(how: str) -> None:
    scene = Scene(POLICY)
    scene.is_called_for()
    scene.machine_notifies(1)
    scene.claims(ANNA)
    scene.machine_waits_for_resolution()
    scene.fakes.clock.advance(300)
    before = len(told(scene))

    if how == "vanishes":
        scene.machine_requeues()
    else:
        desk.reassign(scene.world, ANNA, scene.conversation_id, "boris")

    assert told(scene)[before:] == [Waiting(since=START, step=1, steps=3, until=None)]


def test_the_customer_reads_what_was_pushed() -> None:
    scene = Scene(POLICY)
    assert waiting(scene) is None

    scene.presses_the_button()
    assert waiting(scene) == told(scene)[-1]
    scene.machine_opens()
    scene.machine_notifies(1)
    assert waiting(scene) == told(scene)[-1]


@pytest.mark.parametrize("how", ["claimed", "expired", "closed"])
def test_a_wait_that_is_over_is_neither_read_nor_pushed(how: str) -> None:
    scene = Scene(POLICY)
    scene.is_called_for()
    before = len(told(scene))

    match how:
        case "claimed":
            scene.claims(ANNA)
        case "expired":
            scene.machine_expires()
        case "closed":
            scene.closes()

    assert waiting(scene) is None
    assert len(told(scene)) == before
    assert scene.fakes.push.frames(CUSTOMER, TurnSent)[-1].owner is not Owner.WAITING


def test_where_the_customer_sees_no_difference_nothing_is_pushed() -> None:
    scene = Scene(POLICY)
    scene.presses_the_button()
    pushed = len(scene.fakes.push.all_frames(CUSTOMER))

    scene.machine_opens()
    draft = Draft(turn_id="t", in_reply_to=1, text="Two.", withheld_because="late", at=START)
    assert attach_draft(scene.world, scene.conversation_id, draft)
    desk.reassign(scene.world, LEA, scene.conversation_id, "boris")
    assert len(scene.fakes.push.all_frames(CUSTOMER)) == pushed

    scene.machine_notifies(0)
    scene.machine_notifies(0)
    scene.machine_waits_for_claim()
    assert len(scene.fakes.push.all_frames(CUSTOMER)) == pushed + 1


def test_what_was_lost_on_its_way_is_pushed_again() -> None:
    scene = Scene(POLICY)
    scene.fakes.bus.failure = ConnectionError("no bus")
    with pytest.raises(ConnectionError):
        scene.presses_the_button()
    assert told(scene) == []
    scene.fakes.bus.failure = None
    scene.fakes.clock.advance(61)

    reconcile(scene.world)

    assert told(scene) == [Waiting(since=START, step=1, steps=3, until=None)]


def test_the_wait_is_no_business_of_the_desk() -> None:
    scene = Scene(POLICY)

    scene.is_called_for()

    assert not scene.fakes.push.frames("socket-anna", WaitingChanged)


def test_a_ladder_that_was_cut_meanwhile_is_not_climbed_beyond_its_end() -> None:
    scene = Scene(POLICY)
    scene.is_called_for()
    scene.machine_notifies(2)

    scene.fakes.set_policy(Policy.model_validate({"ladder": [{"name": "only"}]}))

    found = waiting(scene)
    assert found is not None
    assert (found.step, found.steps) == (1, 1)


def test_without_the_escalation_module_there_is_a_wait_but_no_ladder() -> None:
    scene = Scene(POLICY)
    scene.fakes.escalation = False

    ask_for_person(scene.fakes.world, scene.conversation_id)

    assert told(scene) == [Waiting(since=START, step=1, steps=1, until=None)]
