"""Which adapter is kept: the best one that stays near the base, in what it says and how long."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from training.held_out import Measured
from training.policy import Policy
from training.progress import Keep, Plan, Progress


class Measurements:
    """In place of held-out questions: the base's measurement, then one for each step."""

    def __init__(self, base: Measured, steps: list[Measured]) -> None:
        self._base = base
        self._steps: Iterator[Measured] = iter(steps)

    def of_base(self, policy: object) -> Measured:
        return self._base

    def of_policy(self, policy: object) -> Measured:
        return next(self._steps)


def measured(mean: float, *, length: float = 20.0, divergence: float = 1.0) -> Measured:
    return Measured(np.full(4, mean), mean, length, 0.0, divergence)


def kept(policy: Policy, *steps: Measured, keep: Keep = "best") -> int:
    plan = Plan(len(steps), measure_every=1, kl_limit=5.0, keep=keep)
    measurements: Any = Measurements(measured(2.0, divergence=0.0), list(steps))
    progress = Progress(policy, measurements, plan)
    for number in range(1, len(steps) + 1):
        progress.note(number, {})
        if progress.stopped:
            break
    return progress.outcome().step


def test_the_best_is_kept_not_the_last(policy: Policy) -> None:
    assert kept(policy, measured(2.5), measured(3.0), measured(2.9)) == 2


def test_the_base_is_kept_when_nothing_is_better(policy: Policy) -> None:
    assert kept(policy, measured(1.9), measured(2.0)) == 0


def test_what_diverged_too_far_is_not_kept_however_good(policy: Policy) -> None:
    assert kept(policy, measured(2.5), measured(4.5, divergence=5.1)) == 1


@pytest.mark.parametrize("length", [10.0, 40.0])
def test_what_answers_much_shorter_or_longer_is_not_kept(policy: Policy, length: float) -> None:
    assert kept(policy, measured(2.5), measured(4.5, length=length)) == 1


def test_of_a_comparison_the_last_is_kept_whatever_was_measured(policy: Policy) -> None:
    worse = measured(1.0, divergence=20.0, length=90.0)
    assert kept(policy, measured(2.5), worse, keep="last") == 2


def test_where_scores_are_not_to_be_trusted_the_newest_within_the_limits_is_kept(
    policy: Policy,
) -> None:
    far, long = measured(4.0, divergence=5.1), measured(4.0, length=90.0)
    assert kept(policy, measured(2.5), measured(1.0), keep="newest") == 2
    assert kept(policy, measured(2.5), measured(1.5), long, keep="newest") == 2
    assert kept(policy, measured(2.5), far, keep="newest") == 1


def test_nor_do_such_scores_end_a_training(policy: Policy) -> None:
    worse = [measured(1.5), measured(1.2), measured(1.1), measured(1.0)]
    assert kept(policy, measured(2.5), *worse, keep="newest") == 5
    assert kept(policy, measured(2.5), *worse, keep="best") == 1
