"""What customers make of a candidate is counted once for each conversation, and ends its trial."""

from typing import Any

import pytest

from tandem.live.events import AnswerRated, MessageAnswered
from tandem.live.models import Author
from tandem.tuning import watching
from tandem.tuning.models import TrialFigures, TrialRecord
from tests.unit.tuning.serving_scene import ServingScene

MANY = 400


def in_trial(**trial: Any) -> tuple[ServingScene, int]:
    scene = ServingScene(share=0.5, **trial)
    number = scene.candidate()
    scene.approve(number)
    return scene, number


def names(scene: ServingScene, arm: str, count: int) -> list[str]:
    """Of conversations that the pointer gives to this arm."""
    trial = scene.pointer.models.trial
    assert trial is not None
    drawn = (f"c{n}" for n in range(10_000))
    found = (c for c in drawn if trial.takes(c, trial.since) is (arm == "candidate"))
    return [next(found) for _ in range(count)]


def figures(scene: ServingScene, number: int) -> tuple[int, int, int, int]:
    found = scene.fakes.trials.figures(number)
    return (
        found.candidate_bad,
        found.candidate_conversations,
        found.live_bad,
        found.live_conversations,
    )


# --- what counts ---------------------------------------------------------------------------------
def test_a_conversation_counts_for_the_model_that_answers_it() -> None:
    scene, number = in_trial()
    (mine,), (other,) = names(scene, "candidate", 1), names(scene, "live", 1)

    assert scene.answered(mine)
    assert scene.answered(other)

    assert figures(scene, number) == (0, 1, 0, 1)


def test_once_however_often_it_is_answered_or_rated_or_told() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)
    for _ in range(2):
        scene.answered(mine)
        scene.rated(mine, "down")
        scene.escalated(mine)

    assert figures(scene, number) == (1, 1, 0, 0)
    assert not scene.rated(mine, "down")


def test_a_call_for_a_person_before_any_answer_counts() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)

    assert scene.escalated(mine)

    assert figures(scene, number) == (1, 1, 0, 0)


def test_a_rating_whose_answers_event_is_late_counts() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)
    scene.rated(mine, "down")
    scene.answered(mine)

    assert figures(scene, number) == (1, 1, 0, 0)


def test_a_thumb_up_says_nothing() -> None:
    scene, number = in_trial()

    assert not scene.rated("c1", "up")
    assert figures(scene, number) == (0, 0, 0, 0)


def test_a_person_called_by_a_button_before_any_answer_says_nothing_of_a_model() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)

    assert not scene.escalated(mine, asked=False)
    scene.answered(mine)
    assert scene.escalated(mine, asked=False)

    assert figures(scene, number) == (1, 1, 0, 0)


def test_a_button_whose_event_overtakes_that_of_the_answer_before_it_counts() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)
    answered_at = scene.fakes.clock.now()
    scene.passes(seconds=20)

    assert not scene.escalated(mine, asked=False)
    assert scene.answered(mine, at=answered_at)

    assert figures(scene, number) == (1, 1, 0, 0)


def test_a_button_before_any_answer_says_nothing_of_the_answers_after_it() -> None:
    scene, number = in_trial()
    (mine,) = names(scene, "candidate", 1)
    scene.escalated(mine, asked=False)
    scene.passes(seconds=20)

    assert scene.answered(mine)

    assert figures(scene, number) == (0, 1, 0, 0)


def test_conversations_from_before_the_trial_are_not_in_it() -> None:
    scene, number = in_trial()

    assert not scene.answered("c1", began_after=59)
    assert scene.answered("c1", began_after=60)
    assert figures(scene, number)[1::2] in {(1, 0), (0, 1)}


@pytest.mark.parametrize("author", [Author.EXPERT, Author.SYSTEM])
def test_what_people_and_status_lines_say_is_no_models_answer(author: Any) -> None:
    scene, _ = in_trial()
    said = MessageAnswered(
        id="t1",
        time=scene.fakes.clock.now(),
        conversation_id="c1",
        turn_id="t1",
        seq=2,
        author=author,
        text="I am here.",
        conversation_began_at=scene.fakes.clock.now().replace(year=2027),
    )

    assert not watching.watch(scene.world, scene.pointer.models, said)


def test_nor_is_a_thumb_on_what_an_expert_said() -> None:
    scene, _ = in_trial()
    thumb = AnswerRated(
        id="r1",
        time=scene.fakes.clock.now(),
        conversation_id="c1",
        turn_id="t1",
        thumb="down",
        conversation_began_at=scene.fakes.clock.now().replace(year=2027),
    )

    assert not watching.watch(scene.world, scene.pointer.models, thumb)


def test_without_a_trial_nothing_is_counted() -> None:
    scene = ServingScene()

    assert not scene.answered("c1")


def test_an_event_of_a_front_end_that_does_not_say_when_it_began_is_not_counted() -> None:
    scene, _ = in_trial()
    said = MessageAnswered(
        id="t1",
        time=scene.fakes.clock.now(),
        conversation_id="c1",
        turn_id="t1",
        seq=2,
        author=Author.ASSISTANT,
        text="So.",
        model_id="m",
    )

    assert not watching.watch(scene.world, scene.pointer.models, said)


# --- what follows --------------------------------------------------------------------------------
def conversations(
    scene: ServingScene, number: int, *, candidate_bad: int, live_bad: int, each: int = MANY
) -> None:
    """So many of each arm, of which some went badly."""
    for arm, bad in (("candidate", candidate_bad), ("live", live_bad)):
        for n in range(each):
            record: dict[str, Any] = {"arm": arm, "bad": n < bad}
            scene.fakes.trials.note(
                TrialRecord(version=number, conversation_id=f"{arm}-{n}", **record)
            )


def test_a_candidate_that_is_worse_is_rolled_back_with_the_figures() -> None:
    scene, number = in_trial()
    conversations(scene, number, candidate_bad=80, live_bad=30)

    scene.look()

    assert (scene.status(number), scene.tried) == ("rolled_back", None)
    assert scene.rolled_back() == [(number, "trial")]
    said = scene.version(number).reason
    assert "80 of its 400 conversations went badly, and 30 of 400 of the live model's" in said
    assert scene.version(number).trial == TrialFigures(
        candidate_conversations=400, candidate_bad=80, live_conversations=400, live_bad=30
    )


def test_one_for_which_that_is_ruled_out_goes_live() -> None:
    scene, number = in_trial()
    conversations(scene, number, candidate_bad=60, live_bad=90)

    scene.look()

    assert (scene.answers, scene.status(number)) == (number, "live")
    assert scene.promoted()[-1] == (number, 1.0)


def test_but_not_before_it_has_had_as_many_conversations_as_the_policy_asks_for() -> None:
    scene, number = in_trial(minimum_conversations=401)
    conversations(scene, number, candidate_bad=60, live_bad=90)

    scene.look()
    assert scene.tried == number
    scene.fakes.trials.note(TrialRecord(version=number, conversation_id="c", arm="candidate"))
    scene.look()

    assert scene.answers == number


def test_nor_where_the_policy_leaves_it_to_a_lead() -> None:
    scene, number = in_trial(ends_by_itself=False)
    conversations(scene, number, candidate_bad=60, live_bad=90)

    scene.look()
    scene.look()

    assert scene.tried == number
    assert "a lead may make it live" in scene.version(number).reason
    assert scene.fakes.meter.values("TrialsLeftToLeads") == [1]


def test_nor_where_what_it_was_trained_on_was_withdrawn_meanwhile() -> None:
    scene, number = in_trial()
    conversations(scene, number, candidate_bad=60, live_bad=90)
    scene.fakes.datasets.withdrawn[number] = ["talk-1"]

    scene.look()

    assert scene.tried == number
    assert "withdrawn" in scene.version(number).reason


def test_rolling_back_is_not_left_to_a_lead() -> None:
    scene, number = in_trial(ends_by_itself=False)
    conversations(scene, number, candidate_bad=80, live_bad=30)

    scene.look()

    assert scene.status(number) == "rolled_back"


def test_a_trial_that_shows_nothing_goes_on() -> None:
    scene, number = in_trial()
    conversations(scene, number, candidate_bad=11, live_bad=9)
    before = scene.version(number)

    scene.look()

    assert scene.version(number) == before


def test_and_after_some_weeks_the_leads_are_told_once() -> None:
    scene, number = in_trial(most_days=14)
    scene.passes(days=14, minutes=1)

    for _ in range(2):
        scene.reconcile()

    assert scene.tried == number
    assert "shown nothing in 14 days" in scene.version(number).reason
    assert scene.fakes.meter.values("TrialsLeftToLeads") == [1]


def test_who_was_told_that_it_has_shown_nothing_is_told_when_it_has() -> None:
    scene, number = in_trial(most_days=14, ends_by_itself=False)
    scene.passes(days=15)
    scene.look()
    conversations(scene, number, candidate_bad=60, live_bad=90)

    for _ in range(2):
        scene.look()

    assert scene.version(number).reason.startswith("a lead may make it live: 60 of its 400")
    assert scene.fakes.meter.values("TrialsLeftToLeads") == [1, 1]
    assert scene.trail(number)[-2:] == ["left to the leads"] * 2


def test_what_it_has_shown_is_not_taken_back_when_the_evidence_grows_less() -> None:
    scene, number = in_trial(most_days=14, ends_by_itself=False)
    conversations(scene, number, candidate_bad=60, live_bad=90)
    scene.look()
    scene.passes(days=15)
    conversations(scene, number, candidate_bad=95, live_bad=90)

    scene.look()

    assert scene.tried == number
    assert scene.version(number).reason.startswith("a lead may make it live: 60 of its 400")
    assert scene.fakes.meter.values("TrialsLeftToLeads") == [1]


def test_a_trial_that_has_ended_is_not_ended_again() -> None:
    scene, number = in_trial()
    trial = scene.pointer.models.trial
    assert trial is not None
    conversations(scene, number, candidate_bad=80, live_bad=30)
    scene.roll_back(number)

    found = watching.look(scene.world, scene.hosting, scene.pointer, scene.fakes.datasets, trial)

    assert found is None
    assert scene.rolled_back() == [(number, "lead")]
