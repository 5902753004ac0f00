"""The numbers behind the gate: the exact test and its power, the bound, the bootstrap."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import beta, binom, t

from tandem.tuning import checks
from tandem.tuning.models import Comparison
from tandem.tuning.policy import Gate
from tandem.tuning.statistics import (
    chance_of,
    lower_bound,
    paired_gain,
    pairs_needed,
    power_of,
    t_quantile,
    too_near,
    wins_needed,
)

CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99])


# --- the exact test ------------------------------------------------------------------------------
@given(pairs=st.integers(1, 400), confidence=CONFIDENCES)
def test_the_wins_needed_are_those_of_the_binomial_distribution(
    pairs: int, confidence: float
) -> None:
    chances = binom.sf(np.arange(pairs + 1) - 1, pairs, 0.5)
    enough = [wins for wins, chance in enumerate(chances) if chance <= 1 - confidence + 1e-12]

    assert wins_needed(pairs, confidence) == (enough[0] if enough else None)


@given(data=st.data(), pairs=st.integers(1, 400))
def test_the_chance_is_that_of_the_binomial_distribution(data: st.DataObject, pairs: int) -> None:
    wins = data.draw(st.integers(0, pairs))

    assert chance_of(wins, pairs) == pytest.approx(binom.sf(wins - 1, pairs, 0.5))


@given(data=st.data(), pairs=st.integers(1, 300), confidence=CONFIDENCES)
def test_the_bound_is_that_of_clopper_and_pearson(
    data: st.DataObject, pairs: int, confidence: float
) -> None:
    wins = data.draw(st.integers(1, pairs))

    exact = beta.ppf(1 - confidence, wins, pairs - wins + 1)
    assert lower_bound(wins, pairs, confidence) == pytest.approx(exact, abs=1e-9)


@given(pairs=st.integers(1, 300), rate=st.floats(0.5, 0.99), confidence=CONFIDENCES)
def test_the_power_is_that_of_the_binomial_distribution(
    pairs: int, rate: float, confidence: float
) -> None:
    needed = wins_needed(pairs, confidence)
    exact = 0.0 if needed is None else binom.sf(needed - 1, pairs, rate)

    assert power_of(pairs, rate, confidence) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(
    ("win_rate", "power", "confidence", "pairs"),
    [(0.65, 0.8, 0.95, 76), (0.6, 0.8, 0.95, 169), (0.7, 0.9, 0.95, 58), (0.9, 0.8, 0.99, 17)],
)
def test_so_many_pairs_have_the_power_and_one_fewer_does_not_or_loses_it(
    win_rate: float, power: float, confidence: float, pairs: int
) -> None:
    assert pairs_needed(win_rate, power, confidence) == pairs
    assert power_of(pairs - 1, win_rate, confidence) < power
    more = range(pairs, pairs + 200)
    assert all(power_of(number, win_rate, confidence) >= power for number in more)


def test_a_difference_that_nobody_could_see_asks_for_no_more_than_anybody_compares() -> None:
    assert pairs_needed(0.501, 0.99, 0.99) == 5000


# --- when it is over -----------------------------------------------------------------------------
GATE = Gate()


@given(
    choices=st.lists(st.sampled_from(["better", "worse", "same"]), min_size=5, max_size=130),
    spare=st.integers(0, 40),
)
def test_ending_as_soon_as_it_is_decided_changes_nothing_of_the_result(
    choices: list[str], spare: int
) -> None:
    plan = Comparison(pairs=60, of_questions=len(choices))

    def after(number: int) -> Comparison:
        told = choices[:number]
        counts = {name: told.count(name) for name in ("better", "worse", "same")}
        return plan.model_copy(update={"done": number, **counts})

    ends = next(n for n in range(len(choices) + 1) if checks.is_over(after(n), GATE))
    at_the_end = next(
        n
        for n in range(len(choices) + 1)
        if after(n).better + after(n).worse == 60 or n == len(choices)
    )

    early, late = checks.told_by_people(after(ends), GATE), after(at_the_end)
    assert ends <= at_the_end
    assert early.passed == (chance_of(late.better, late.better + late.worse) <= 0.05)


def test_what_is_expected_grows_with_what_is_the_same_up_to_all_there_is() -> None:
    plan = Comparison(pairs=60, of_questions=70)

    assert checks.expected(plan) == 60
    assert checks.expected(plan.model_copy(update={"same": 4})) == 64
    assert checks.expected(plan.model_copy(update={"same": 30})) == 70


# --- the bootstrap -------------------------------------------------------------------------------
def test_the_bound_is_below_the_mean_by_about_what_normal_theory_says() -> None:
    generator = np.random.default_rng(7)
    drawn = generator.normal(0.5, 1.0, 400)

    gain = paired_gain(list(map(float, drawn)), [f"t{n}" for n in range(400)], 0.95)

    assert gain.mean == pytest.approx(drawn.mean())
    assert gain.low == pytest.approx(drawn.mean() - 1.645 * drawn.std() / 20, abs=0.01)


@given(degrees=st.integers(1, 2000), confidence=st.floats(0.5, 0.999))
def test_the_quantiles_of_students_t_are_right(degrees: int, confidence: float) -> None:
    assert t_quantile(confidence, degrees) == pytest.approx(t.ppf(confidence, degrees), abs=1e-9)


def test_the_fewer_the_topics_the_farther_is_the_bound_from_the_mean() -> None:
    stretched = [too_near(topics, 0.95) for topics in (2, 5, 12, 60, 2000)]

    assert stretched == pytest.approx([5.43, 1.45, 1.14, 1.02, 1.00], abs=0.01)
    assert too_near(5, 0.5) == 1


def test_answers_of_one_topic_count_as_little_more_than_one_answer() -> None:
    generator = np.random.default_rng(8)
    topics = generator.normal(0.3, 1.0, 40)
    differences = [float(of_topic) for of_topic in topics for _ in range(10)]

    together = paired_gain(differences, [f"t{n // 10}" for n in range(400)], 0.95)
    apart = paired_gain(differences, [f"t{n}" for n in range(400)], 0.95)

    assert together.mean == pytest.approx(apart.mean)
    assert together.mean - together.low > 2.5 * (apart.mean - apart.low)


@given(st.lists(st.tuples(st.floats(-4, 4), st.sampled_from("abcdefgh")), min_size=1, max_size=40))
def test_the_order_of_the_answers_does_not_matter(told: list[tuple[float, str]]) -> None:
    assume(len({topic for _, topic in told}) > 1)
    forward = paired_gain([d for d, _ in told], [t for _, t in told], 0.95)
    backward = paired_gain([d for d, _ in told[::-1]], [t for _, t in told[::-1]], 0.95)

    assert forward.low == pytest.approx(backward.low, abs=1e-9)


@pytest.mark.parametrize("answers", [0, 5])
def test_of_no_topic_or_one_nothing_can_be_said(answers: int) -> None:
    with pytest.raises(ValueError, match="at least 2 are needed"):
        paired_gain([1.0] * answers, ["t1"] * answers, 0.95)


@pytest.mark.parametrize("topics", [5, 8, 20, 60])
def test_no_gain_is_seldom_taken_for_one(topics: int) -> None:
    """With topics that differ much, about as seldom as the confidence says."""
    generator = np.random.default_rng(topics)
    topic = np.arange(120) % topics
    names = [f"t{number}" for number in topic]
    taken = 0
    for _ in range(200):
        told = generator.normal(0, 0.5, topics)[topic] + generator.normal(0, 0.7, 120)
        taken += paired_gain(list(map(float, told)), names, 0.95).low > 0
    assert taken <= 0.07 * 200
