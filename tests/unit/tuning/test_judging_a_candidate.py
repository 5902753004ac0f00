"""A candidate that is registered is compared with the live model: refused, or on to people."""

import json
from typing import Any

import pytest

from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference
from tandem.live.policy import Policy
from tandem.review.events import CandidateRegistered
from tandem.tuning.answered import answered_uri, read_answered
from tandem.tuning.events import CandidateJudged
from tandem.tuning.models import ModelVersion, VersionStatus
from tests import tuning_samples as samples
from tests.mortality import Died, Life
from tests.tuning_fakes import ScriptedRater
from tests.unit.tuning.judging_scene import (
    FOLDER,
    GOOD,
    USUAL,
    JudgingScene,
    line,
    rates_good_words,
)


def refused(scene: JudgingScene, number: int = 1) -> dict[str, str]:
    """What did not pass, by the check's name."""
    version = scene.stored(number)
    assert version.status is VersionStatus.REFUSED
    assert version.verdict is not None
    return {check.name: check.said for check in version.verdict.checks if not check.passed}


def judged(**changes: Any) -> JudgingScene:
    scene = JudgingScene()
    scene.candidate(**changes)
    scene.evaluates()
    return scene


# --- what a good one does ------------------------------------------------------------------------
def test_one_that_the_judge_finds_better_goes_on_to_people() -> None:
    scene = judged()

    version = scene.stored()
    assert version.status is VersionStatus.COMPARING
    assert version.comparison is not None
    assert version.comparison.of_questions == 120
    assert [check.name for check in version.checks if check.passed] == [
        "questions", "withdrawn", "kl", "answers", "length", "repetition", "for_several",
        "refusals", "judged", "lost",
    ]  # fmt: skip
    assert (version.heldout_live, version.heldout) == (2.5, 4.0)
    assert not scene.fakes.bus.of(CandidateJudged)


def test_without_a_comparison_by_people_what_the_judge_says_decides() -> None:
    scene = JudgingScene(comparing={"enabled": False})
    version = scene.candidate()
    scene.evaluates()

    after = scene.stored()
    assert after.status is VersionStatus.PASSED
    assert after.ended_at is None
    (event,) = scene.fakes.bus.of(CandidateJudged)
    assert (event.model_version, event.passed, event.reasons) == (1, True, ())
    package = scene.fakes.registry.packages[version.package_arn]
    assert package.properties["verdict"] == "passed"


def test_the_live_model_is_the_one_of_the_pointer_and_it_is_remembered() -> None:
    scene = JudgingScene()
    scene.goes_live("m-7")
    scene.candidate()
    scene.evaluates()

    assert scene.stored().compared_with == ModelReference(model_id="m-7")
    assert {model.model_id for model, _ in scene.fakes.answers.asked} == {"m-7"}


def test_what_people_see_tells_nothing_of_whose_it_is() -> None:
    scene = judged()

    pairs = scene.fakes.pairs.of(1)
    on_first = sum(pair.candidate_is == "first" for pair in pairs)
    assert 40 < on_first < 80
    for pair in pairs:
        shown = {"first": pair.first, "second": pair.second}
        assert GOOD in shown[pair.candidate_is]
        assert not any(f"q{n:04d}" in pair.pair_id for n in range(120))


def test_passages_numbers_are_not_shown_because_only_some_models_write_them() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = lambda model, question: f"{USUAL} [1]: see [2] for {question} [12]."
    scene.candidate()
    scene.evaluates()

    shown = {text for pair in scene.fakes.pairs.of(1) for text in (pair.first, pair.second)}
    assert not [text for text in shown if "[" in text]


def test_answers_that_are_the_same_are_compared_by_nobody() -> None:
    def write(number: int) -> dict[str, Any]:
        told = line(number)
        if number % 2:
            told["candidate_answer"] = f"{USUAL}: as to {told['prompt']}"
        return told

    scene = judged(write=write)

    assert len(scene.fakes.pairs.of(1)) == 60


def test_questions_that_the_live_model_leaves_to_a_person_are_compared_by_nobody() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = lambda model, question: (
        "" if "1" in question else f"{USUAL}: as to {question}"
    )
    scene.candidate()
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    left = [each for each in answered if not each.live]
    assert left
    assert len(scene.fakes.pairs.of(1)) == 120 - len(left)


# --- what is told without asking -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "asks 0 questions"),
        ("{", "Line 1"),
        (f"{json.dumps(line(1))}\n{json.dumps(line(2))[:40]}", "Line 2"),
        (f"{json.dumps(line(1))}\n" * 2, "repeats a question"),
        (json.dumps(line(1, candidate_answer=None)), "has no answer"),
        (json.dumps(line(1, prompt="x" * 30_001)), "prompt"),
        (b"\xff\xfe", "Line 1"),
        (json.dumps({**line(1), "candidate_answer": 7}), "candidate_answer"),
    ],
)
def test_a_test_that_cannot_be_read_refuses_the_version_with_where_it_is_broken(
    text: str | bytes, said: str
) -> None:
    scene = JudgingScene()
    version = scene.candidate()
    scene.leaves(text, version)
    scene.evaluates()

    assert said in refused(scene)["questions"]
    assert not scene.fakes.answers.asked


def test_a_training_that_left_no_test_is_refused() -> None:
    scene = JudgingScene()
    scene.candidate()
    scene.fakes.files.stored.clear()
    scene.evaluates()

    assert "left no answers" in refused(scene)["questions"]


def test_a_test_that_is_too_large_is_not_read() -> None:
    scene = JudgingScene()
    version = scene.candidate()
    scene.fakes.files.stored[f"{version.folder}/evaluation/test_answers.jsonl"] = bytes(
        64 * 1024 * 1024 + 1
    )
    scene.evaluates()

    assert "too many to read" in refused(scene)["questions"]


@pytest.mark.parametrize(("questions", "topics"), [(19, 19), (60, 4)])
def test_too_few_questions_or_topics_prove_nothing(questions: int, topics: int) -> None:
    scene = judged(questions=questions, write=lambda n: line(n, topics=topics))

    assert "needed to prove anything" in refused(scene)["questions"]
    assert not scene.fakes.answers.asked


def test_one_that_moved_too_far_from_its_base_is_refused_before_anybody_is_asked() -> None:
    scene = judged(summary=samples.summary(metrics={"kl": 5.1}))

    assert "5.10 nats" in refused(scene)["kl"]
    assert not scene.fakes.answers.asked


def test_one_whose_training_does_not_say_how_far_it_moved_is_refused() -> None:
    scene = judged(summary=samples.summary(metrics={}))

    assert "does not say" in refused(scene)["kl"]


def test_one_that_was_trained_on_what_is_withdrawn_is_refused() -> None:
    scene = JudgingScene()
    scene.candidate()
    scene.fakes.datasets.withdrawn[3] = ["talk-1"]
    scene.evaluates()

    assert "1 conversation that its dataset was made of was" in refused(scene)["withdrawn"]


# --- what shows of the answers -------------------------------------------------------------------
def says(text: str) -> Any:
    return lambda number: line(number, candidate_answer=text.replace("#", str(number)))


@pytest.mark.parametrize(
    ("text", "check"),
    [
        (f"{GOOD}: " + "this goes on and on about number # and its many sides " * 4, "length"),
        ("ok #", "length"),
        (f"{GOOD} {GOOD} {GOOD} {GOOD} #", "repetition"),
        (f"{GOOD}, whatever it is that you want.", "for_several"),
        ("I am sorry, but I cannot answer that one #.", "refusals"),
        ("Das kann ich nicht beantworten, auch nicht #.", "refusals"),
        ("…", "refusals"),
    ],
)
def test_what_shows_of_bad_answers_is_found_whatever_the_judge_says(text: str, check: str) -> None:
    scene = judged(write=says(text), judge=lambda question, answer: 5.0 if USUAL in answer else 2.0)
    assert check in refused(scene)

    hacked = judged(write=says(text), judge=lambda question, answer: 1.0 if USUAL in answer else 5)
    assert check in refused(hacked)


def test_repetition_and_refusals_of_the_live_model_are_no_fault_of_the_candidate() -> None:
    scene = JudgingScene()
    often = "again and again and again and again"
    scene.fakes.answers.says = lambda model, question: f"{often}: {question}"
    scene.candidate(write=says(f"{often}: {GOOD} #"))
    scene.evaluates()

    assert scene.stored().status is VersionStatus.COMPARING


def test_a_live_model_that_answers_nothing_is_nothing_to_compare_with() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = lambda model, question: ""
    scene.candidate()
    scene.evaluates()

    assert "answers 0 of the questions" in refused(scene)["answers"]


# --- the judge -----------------------------------------------------------------------------------
def test_one_that_the_judge_finds_no_better_is_refused_without_bothering_people() -> None:
    scene = judged(judge=lambda question, answer: 2.5)

    assert "+0.00" in refused(scene)["judged"]
    assert not scene.fakes.pairs.of(1)


def test_a_gain_that_a_few_topics_make_may_be_chance() -> None:
    lucky = {f"What is number {n}?" for n in range(120) if n % 20 == 3}

    scene = judged(
        judge=lambda question, answer: 4.0 if question in lucky and GOOD in answer else 3
    )

    assert "judged" in refused(scene)


def test_answers_of_one_topic_tell_the_judge_nothing_of_others() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = lambda model, question: (
        f"{USUAL}: as to {question}" if question.endswith("0?") else ""
    )
    scene.candidate(240, write=lambda n: line(n, topics=10))
    scene.evaluates()

    assert "of one topic only" in refused(scene)["judged"]


def test_what_was_forgotten_does_not_show_in_the_mean_and_is_found() -> None:
    forgotten = {f"What is number {n}?" for n in range(120) if n % 20 in {2, 5, 8, 11}}

    def judge(question: str, answer: str) -> float:
        if USUAL in answer:
            return 2.5
        return 1.4 if question in forgotten else 4.5

    scene = judged(judge=judge)

    assert "24 of 120" in refused(scene)["lost"]
    assert "judged" not in refused(scene)


def test_no_answer_counts_as_the_worst_whatever_the_judge_predicts_for_it() -> None:
    scene = judged(
        write=lambda n: line(n, candidate_answer=("" if n % 40 == 0 else f"{GOOD}: it is {n}.")),
        judge=lambda question, answer: 4.0 if GOOD in answer or not answer else 2.5,
    )

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert {each.candidate_rating for each in answered if not each.candidate} == {1.0}


@pytest.mark.parametrize("why", ["missing", "weak", "gone", "broken"])
def test_where_there_is_no_judge_people_decide_alone_and_it_is_said(why: str) -> None:
    scene = JudgingScene()
    weak = samples.FIGURES.model_copy(update={"spearman": 0.12})
    told = {
        "missing": samples.summary(judge=None, judge_missing_because="21 ratings are too few."),
        "weak": samples.summary(judge=weak),
    }
    version = scene.candidate(summary=told.get(why, samples.summary()))
    if why == "gone":
        del scene.fakes.raters.stored[version.judge_uri]
    if why == "broken":
        scene.fakes.raters.broken[version.judge_uri] = "it was fitted with another embedding"
    scene.evaluates()

    after = scene.stored()
    assert after.status is VersionStatus.COMPARING
    (check,) = (check for check in after.checks if check.name == "judged")
    assert check.passed
    assert "decides alone" in check.said
    assert after.heldout is None


def test_without_judge_and_without_people_nothing_can_be_proven() -> None:
    scene = JudgingScene(comparing={"enabled": False})
    scene.candidate(summary=samples.summary(judge=None, judge_missing_because="too few ratings"))
    scene.evaluates()

    assert "nothing can prove" in refused(scene)["judged"]


# --- how many pairs ------------------------------------------------------------------------------
def test_with_too_few_answers_that_differ_nobody_is_bothered() -> None:
    def write(number: int) -> dict[str, Any]:
        told = line(number)
        if number >= 4:
            told["candidate_answer"] = f"{USUAL}: as to {told['prompt']}"
        return told

    scene = JudgingScene()
    scene.candidate(write=write, summary=samples.summary(judge=None, judge_missing_because="few"))
    scene.evaluates()

    assert "Only 4 of 120 answers differ" in refused(scene)["comparison"]
    assert not scene.fakes.pairs.of(1)


def test_no_more_pairs_are_made_than_the_policy_allows_and_they_are_of_all_topics() -> None:
    scene = JudgingScene(comparing={"most_pairs": 20})
    scene.candidate()
    scene.evaluates()

    pairs = scene.fakes.pairs.of(1)
    asked = {int(pair.question.removesuffix("?").split()[-1]) % 20 for pair in pairs}
    assert (len(pairs), len(asked)) == (20, 20)


def test_no_more_questions_are_asked_than_the_policy_allows_and_the_same_ones_each_time() -> None:
    asked = []
    for _ in range(2):
        scene = JudgingScene(most_prompts=40)
        scene.candidate()
        scene.evaluates()
        asked.append([question for _, question in scene.fakes.answers.asked])

    assert asked[0] == asked[1]
    assert len(asked[0]) == 40


# --- picking among drafts ------------------------------------------------------------------------
def drafts(model: ModelReference, question: str, number: int) -> str:
    return f"{GOOD if number == 2 else USUAL}: draft {number} on {question}"


def test_a_reward_model_is_judged_by_what_it_picks_of_the_live_models_drafts() -> None:
    scene = JudgingScene()
    scene.fakes.answers.drafts = drafts
    scene.picker(lambda question, answer: 5.0 if GOOD in answer else 1.0)
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert {each.live[:30] for each in answered} == {f"{USUAL}: draft 0 on What is n"[:30]}
    assert all("draft 2" in each.candidate for each in answered)
    assert scene.stored().status is VersionStatus.COMPARING


def test_a_live_reward_model_picks_as_well() -> None:
    scene = JudgingScene()
    scene.fakes.answers.drafts = drafts
    live = ModelReference(model_id="base", reward_model="s3://models/old.json")
    scene.fakes.pointer.models = scene.fakes.pointer.models.model_copy(update={"answer": live})
    scene.fakes.raters.stored["s3://models/old.json"] = ScriptedRater(
        lambda question, answer: 5.0 if "draft 3" in answer else 1.0
    )
    scene.picker(lambda question, answer: 5.0 if GOOD in answer else 1.0)
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert all("draft 3" in each.live for each in answered)


def drafts_check(scene: JudgingScene) -> str:
    (said,) = (check.said for check in scene.stored().checks if check.name == "drafts")
    return said


@pytest.mark.parametrize("best_of", [2, 8])
def test_it_picks_among_as_many_drafts_as_the_chat_makes(best_of: int) -> None:
    scene = JudgingScene()
    scene.chat.policy = Policy.model_validate({"answering": {"best_of": best_of}})
    made: set[int] = set()

    def says(model: ModelReference, question: str, number: int) -> str:
        made.add(number)
        return f"{USUAL}: draft {number} on {question}"

    scene.fakes.answers.drafts = says
    scene.picker(lambda question, answer: 1.0)
    scene.evaluates()

    assert made == set(range(best_of))
    assert drafts_check(scene) == (f"It picks among {best_of} drafts, as many as the chat makes.")


@pytest.mark.parametrize("predicted_low", [False, True])
def test_where_the_chat_makes_one_draft_it_picks_among_four_and_leads_are_told(
    predicted_low: bool,
) -> None:
    scene = JudgingScene()
    scene.chat.policy = Policy.model_validate(
        {"triggers": {"predicted_low": {"enabled": predicted_low}}}
    )
    scene.fakes.answers.drafts = drafts
    scene.picker(lambda question, answer: 5.0 if GOOD in answer else 1.0)
    scene.evaluates()

    said = drafts_check(scene)
    assert "until the chat's policy raises answering.best_of, for example to 4." in said
    assert ("a person is called" in said) is predicted_low
    assert scene.stored().status is VersionStatus.COMPARING


def test_weights_are_compared_by_single_answers_whatever_the_chat_makes() -> None:
    scene = JudgingScene()
    scene.chat.policy = Policy.model_validate({"answering": {"best_of": 4}})
    live = ModelReference(model_id="base", reward_model="s3://models/old.json")
    scene.fakes.pointer.models = scene.fakes.pointer.models.model_copy(update={"answer": live})
    scene.fakes.raters.stored["s3://models/old.json"] = ScriptedRater(
        lambda question, answer: 5.0 if "draft 3" in answer else 1.0
    )
    scene.fakes.answers.drafts = drafts
    scene.candidate()
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert all("draft 0" in each.live for each in answered)
    assert "drafts" not in {check.name for check in scene.stored().checks}


def test_a_reward_model_that_cannot_be_read_is_refused() -> None:
    scene = JudgingScene()
    version = scene.picker(lambda question, answer: 1.0)
    scene.fakes.raters.broken[version.reward_model_uri] = "it has no weights"
    scene.evaluates()

    assert "it has no weights" in refused(scene)["reward_model"]


# --- broken off, late, twice ---------------------------------------------------------------------
def test_a_live_model_that_cannot_be_asked_is_asked_again_and_the_page_says_what_keeps_it() -> None:
    scene = JudgingScene()
    scene.candidate()
    answer = scene.fakes.answers.says

    def says(model: ModelReference, question: str) -> str:
        scene.fakes.clock.advance(1)
        if len(scene.fakes.answers.asked) == 50:
            raise ModelFailure("throttled", "slow down")
        return answer(model, question)

    scene.fakes.answers.says = says
    with pytest.RaisesGroup(ModelFailure):
        scene.evaluates()
    kept = scene.stored()
    scene.evaluates()

    assert kept.status is VersionStatus.REGISTERED
    assert "slow down" in kept.reason
    assert scene.stored().status is VersionStatus.COMPARING
    assert scene.stored().reason == ""


def refuses(*numbers: int) -> Any:
    """A live model that does not take these questions: they are too long for it."""

    def says(model: ModelReference, question: str) -> str:
        if int(question.removesuffix("?").split()[-1]) in numbers:
            raise ModelFailure("validation", "the input is too long")
        return f"{USUAL}: as to {question}"

    return says


def test_a_question_that_the_live_model_does_not_take_is_one_without_an_answer() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = refuses(7, 119)
    scene.candidate()
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert {each.prompt_id for each in answered if not each.live} == {"q0007", "q0119"}
    assert scene.stored().status is VersionStatus.COMPARING


def test_nor_do_the_drafts_of_one_that_it_does_not_take_hold_a_reward_model_up() -> None:
    scene = JudgingScene()
    scene.fakes.answers.says = refuses(7)
    scene.picker(lambda question, answer: 1.0)
    scene.evaluates()

    answered = read_answered(scene.fakes.files, answered_uri(FOLDER, scene.stored()))
    assert [each.candidate for each in answered if each.prompt_id == "q0007"] == [""]


@pytest.mark.parametrize("first", [0, 32])
def test_a_live_model_that_takes_no_question_is_broken_and_nobody_is_judged_by_it(
    first: int,
) -> None:
    scene = JudgingScene()
    scene.candidate(40)
    asked = scene.fakes.answers.asked

    def says(model: ModelReference, question: str) -> str:
        if len(asked) > first:
            raise ModelFailure("validation", "there is no such model")
        return f"{USUAL}: as to {question}"

    scene.fakes.answers.says = says
    with pytest.RaisesGroup(ModelFailure):
        scene.evaluates()

    assert scene.stored().status is VersionStatus.REGISTERED
    assert "there is no such model" in scene.stored().reason
    assert len(asked) == first + 8


def test_one_that_cannot_be_evaluated_keeps_no_newer_one_from_it() -> None:
    scene = JudgingScene()
    scene.candidate()
    scene.candidate()
    scene.fakes.answers.failures.append(ModelFailure("throttled", "slow down"))

    with pytest.RaisesGroup(ModelFailure):
        scene.evaluates()

    assert scene.stored(1).status is VersionStatus.REGISTERED
    assert scene.stored(2).status is VersionStatus.COMPARING


def test_what_was_answered_already_is_not_asked_again() -> None:
    scene = JudgingScene()
    scene.candidate()
    answer = scene.fakes.answers.says

    def dies(model: ModelReference, question: str) -> str:
        if len(scene.fakes.answers.asked) == 100:
            raise Died
        return answer(model, question)

    scene.fakes.answers.says = dies
    with pytest.raises(Died):
        scene.evaluates()
    scene.fakes.answers.says = answer
    scene.fakes.clock.advance(301)
    scene.evaluates()

    asked = [question for _, question in scene.fakes.answers.asked]
    assert len(asked) <= 120 + 8
    assert len(set(asked)) == 120
    assert scene.stored().status is VersionStatus.COMPARING


def test_who_runs_out_of_time_leaves_the_rest_to_the_next() -> None:
    scene = JudgingScene()
    scene.candidate()
    times = iter([900.0, 300.0])
    scene.evaluates(seconds=lambda: next(times, 60.0))

    assert scene.stored().status is VersionStatus.REGISTERED
    assert len(scene.fakes.answers.asked) == 16
    (event,) = scene.fakes.bus.of(CandidateRegistered)
    assert event.dataset_version == 3

    scene.evaluates()

    assert scene.stored().status is VersionStatus.COMPARING
    assert len(scene.fakes.answers.asked) == 120


def test_answers_of_many_drafts_are_begun_only_with_the_time_that_they_may_take() -> None:
    begun = {}
    for kind in ("weights", "reward_model"):
        scene = JudgingScene()
        if kind == "weights":
            scene.candidate()
        else:
            scene.picker(lambda question, answer: 1.0)
        scene.evaluates(seconds=lambda: 200.0)
        begun[kind] = bool(scene.fakes.answers.asked)

    assert begun == {"weights": True, "reward_model": False}


def test_who_has_no_time_at_all_does_not_call_the_next_one_over_and_over() -> None:
    scene = JudgingScene()
    scene.candidate()
    scene.evaluates(seconds=lambda: 10.0)

    assert not scene.fakes.bus.of(CandidateRegistered)
    assert scene.stored().evaluating_until is None


def test_a_duplicate_that_comes_meanwhile_leaves_it_to_the_first() -> None:
    scene = JudgingScene()
    scene.candidate()
    answer = scene.fakes.answers.says
    seen: list[object] = []

    def says(model: ModelReference, question: str) -> str:
        if not seen:
            seen.append(question)
            seen.extend(v.status for v in scene.evaluates())
        return answer(model, question)

    scene.fakes.answers.says = says
    scene.evaluates()

    assert seen[1:] == [VersionStatus.REGISTERED]
    assert len(scene.fakes.answers.asked) == 120


def test_one_that_is_judged_is_judged_once() -> None:
    scene = judged(judge=lambda question, answer: 2.5)
    scene.evaluates()

    assert len(scene.fakes.bus.of(CandidateJudged)) == 1


def test_one_that_a_lead_rejects_meanwhile_stays_rejected() -> None:
    scene = JudgingScene()
    version = scene.candidate()
    answer = scene.fakes.answers.says

    def says(model: ModelReference, question: str) -> str:
        if len(scene.fakes.answers.asked) == 60:
            scene.puts(version, status=VersionStatus.REJECTED)
        return answer(model, question)

    scene.fakes.answers.says = says
    scene.evaluates()

    assert scene.stored().status is VersionStatus.REJECTED
    assert not scene.fakes.bus.of(CandidateJudged)


def test_when_another_model_goes_live_meanwhile_the_candidate_is_compared_with_that_one() -> None:
    scene = JudgingScene()
    scene.candidate()
    answer = scene.fakes.answers.says

    def says(model: ModelReference, question: str) -> str:
        if len(scene.fakes.answers.asked) == 110:
            scene.goes_live("newer")
        return answer(model, question)

    scene.fakes.answers.says = says
    scene.evaluates()
    between: ModelVersion = scene.stored()
    scene.evaluates()

    assert (between.status, between.round) == (VersionStatus.REGISTERED, 2)
    assert scene.stored().compared_with == ModelReference(model_id="newer")
    assert scene.stored().status is VersionStatus.COMPARING
    assert {pair.round for pair in scene.fakes.pairs.of(1)} == {2}


@pytest.mark.parametrize("bad", [False, True])
def test_whoever_dies_of_it_wherever_leaves_it_to_be_finished(bad: bool) -> None:
    for calls in range(60):
        scene = JudgingScene()
        scene.candidate(40, judge=(lambda question, answer: 2.5) if bad else rates_good_words)
        life = Life(calls)
        mortal = scene.through(life)
        lived = life.does(mortal.evaluates)
        scene.fakes.clock.advance(900)
        scene.evaluates()

        wanted = VersionStatus.REFUSED if bad else VersionStatus.COMPARING
        assert scene.stored().status is wanted, calls
        events = scene.fakes.bus.of(CandidateJudged)
        assert len({event.id for event in events}) == bad
        assert len(scene.fakes.pairs.of(1)) == (0 if bad else 40)
        if lived and not life.ended:
            break
    else:
        pytest.fail("it never lived through it")
