"""Which method suits which dataset, and that it says why."""

from dataclasses import replace

import pytest

from training.choice import Situation, choose
from training.failures import TrainingError

GOOD = Situation(
    has_base=True,
    ratings=100,
    spearman=0.45,
    own_answers=100,
    preferences=0,
    examples=40,
)
POOR = replace(GOOD, spearman=0.1)


def test_a_good_reward_model_is_trained_against() -> None:
    choice = choose("auto", GOOD)
    assert choice.method == "rl"
    assert "0.45" in choice.why[0]


def test_with_many_ratings_the_reward_model_has_to_be_better() -> None:
    assert choose("auto", replace(GOOD, ratings=199)).method == "rl"
    assert choose("auto", replace(GOOD, ratings=200, own_answers=200)).method == "offline-ppo"
    assert choose("auto", replace(GOOD, ratings=200, spearman=0.56)).method == "rl"


def test_the_correlation_of_few_ratings_has_to_be_certain_enough() -> None:
    few = replace(GOOD, ratings=36, own_answers=36)
    assert choose("auto", replace(few, spearman=0.41)).method == "offline-ppo"
    assert choose("auto", replace(few, spearman=0.46)).method == "rl"
    assert choose("auto", replace(few, ratings=150, spearman=0.41)).method == "rl"
    assert "with 80% certainty at least 0.28" in choose("auto", replace(few, spearman=0.41)).why[0]


@pytest.mark.parametrize("spearman", [-1.0, 0.0, 1.0])
def test_the_bound_of_a_correlation_is_one_and_lies_below_it(spearman: float) -> None:
    for ratings in (2, 3, 4, 1000):
        bound = replace(GOOD, ratings=ratings, spearman=spearman).certain_correlation
        assert -1 <= bound <= max(spearman, -0.99)


def test_a_good_reward_model_goes_before_many_preferences() -> None:
    assert choose("auto", replace(GOOD, preferences=500)).method == "rl"


def test_a_hundred_corrections_are_preferred_where_the_reward_model_is_poor() -> None:
    assert choose("auto", replace(POOR, preferences=99)).method == "offline-ppo"
    choice = choose("auto", replace(POOR, preferences=100))
    assert choice.method == "dpo"
    assert "below the 0.3" in choice.why[0]


def test_another_models_answers_are_imitated_but_never_weighed_by_ratios() -> None:
    choice = choose("auto", replace(POOR, own_answers=20))
    assert choice.method == "sft"
    assert "Only 20 of 100" in " ".join(choice.why)
    with pytest.raises(TrainingError, match="only 20 of 100"):
        choose("offline-ppo", replace(POOR, own_answers=20))


def test_with_nothing_to_learn_from_no_weights_are_trained() -> None:
    choice = choose("auto", replace(POOR, own_answers=0, examples=9))
    assert choice.method == "reward-model"
    assert "fewer than 10" in choice.why[-1]


def test_without_a_base_there_is_a_reward_model_only() -> None:
    assert choose("auto", replace(GOOD, has_base=False)).method == "reward-model"
    with pytest.raises(TrainingError, match="there is no base"):
        choose("rl", replace(GOOD, has_base=False))


def test_what_was_asked_for_is_done_with_a_warning_where_it_is_doubtful() -> None:
    choice = choose("rl", POOR)
    assert choice.method == "rl"
    assert "what it rewards may not be what people like" in choice.warnings[0]
    assert choose("rl", GOOD).warnings == ()


@pytest.mark.parametrize(
    ("method", "lacking", "said"),
    [
        ("dpo", replace(GOOD, preferences=0), "there are none"),
        ("sft", replace(GOOD, examples=0), "none are"),
    ],
)
def test_a_method_without_its_rows_is_refused(method: str, lacking: Situation, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        choose(method, lacking)
