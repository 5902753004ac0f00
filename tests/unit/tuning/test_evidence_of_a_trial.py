"""The sequential test keeps what it promises, although it is looked at after every conversation.

Trials are simulated: conversations one after the other, each drawn for the candidate with the
trial's share, each going badly with the rate of its model. All randomness is seeded.
"""

from dataclasses import dataclass
from math import log

import numpy as np
import pytest

from tandem.tuning.models import TrialFigures
from tandem.tuning.policy import TrialPolicy
from tandem.tuning.trial import evidence

POLICY = TrialPolicy(minimum_conversations=1)
TRIALS = 1000
CONVERSATIONS = 20_000


@dataclass(frozen=True)
class Ends:
    """How so many simulated trials end, as shares."""

    worse: float
    not_worse: float
    median: int
    """Conversations until then, of both models."""


def simulated(ratio: float, share: float, *, rate: float = 0.15, drift: float = 0.0) -> Ends:
    """Look after every conversation that goes badly, and end at the first decision.

    `drift`: the rate of both models swings by so much of itself, as over days.
    """
    random = np.random.default_rng(7)
    swing = 1 + drift * np.sin(np.linspace(0, 40, CONVERSATIONS))
    worse, not_worse, used = 0, 0, []
    for _ in range(TRIALS):
        candidates = random.random(CONVERSATIONS) < share
        rates = np.where(candidates, rate * ratio, rate) * swing
        badly = np.flatnonzero(random.random(CONVERSATIONS) < rates)
        of_candidate = np.cumsum(candidates[badly])
        looks = zip(badly.tolist(), of_candidate.tolist(), strict=True)
        for number, (when, bad) in enumerate(looks, start=1):
            found = _evidence(bad, number - bad, share)
            if found != "open":
                worse += found == "worse"
                not_worse += found == "not worse"
                used.append(when)
                break
    median = int(np.median(used)) if used else CONVERSATIONS
    return Ends(worse / TRIALS, not_worse / TRIALS, median)


def _evidence(candidate_bad: int, live_bad: int, share: float) -> str:
    key = (candidate_bad, live_bad, share)
    if key not in _KNOWN:
        found = evidence(
            TrialFigures(candidate_bad=candidate_bad, live_bad=live_bad), share, POLICY
        )
        said = "not worse" if found.is_not_worse else "open"
        _KNOWN[key] = "worse" if found.is_worse else said
    return _KNOWN[key]


_KNOWN: dict[tuple[int, int, float], str] = {}
MARGIN = 0.015
"""Two standard errors of a share of 0.05 in so many trials."""


# --- what is promised ----------------------------------------------------------------------------
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_candidate_that_is_as_good_is_hardly_ever_rolled_back(share: float) -> None:
    ends = simulated(1.0, share)

    assert ends.worse <= POLICY.false_alarm + MARGIN
    assert ends.not_worse >= 0.9


def test_and_not_either_where_all_rates_swing_with_the_hour() -> None:
    assert simulated(1.0, 0.2, drift=0.8).worse <= POLICY.false_alarm + MARGIN


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_candidate_that_is_worse_by_the_policys_ratio_hardly_ever_goes_live(
    share: float,
) -> None:
    ends = simulated(POLICY.worse_by, share)

    assert ends.not_worse <= POLICY.false_alarm + MARGIN
    assert ends.worse >= 0.9


def test_one_that_is_much_worse_is_found_soon() -> None:
    ends = simulated(3.0, 0.1)

    assert ends.worse >= 0.99
    assert ends.median <= 300


def test_one_that_is_better_goes_live() -> None:
    ends = simulated(0.7, 0.1)

    assert ends.not_worse >= 0.97


# --- the formulas --------------------------------------------------------------------------------
def test_where_nothing_went_badly_there_is_no_evidence() -> None:
    found = evidence(TrialFigures(candidate_conversations=99), 0.1, POLICY)

    assert (found.worse, found.not_worse) == (1.0, 1.0)
    assert (found.worse_at, found.not_worse_at) == (20.0, 20.0)


def test_the_e_value_is_the_mean_of_the_likelihood_ratios() -> None:
    share, bad, other = 0.1, 4, 9

    def ratio(theta: float, null: float) -> float:
        return (theta / null) ** bad * ((1 - theta) / (1 - null)) ** other

    def theta(rate: float) -> float:
        return share * rate / (share * rate + 1 - share)

    found = evidence(TrialFigures(candidate_bad=bad, live_bad=other), share, POLICY)

    worse = [ratio(theta(rate), share) for rate in (1.5, 1.5**2, 1.5**3)]
    not_worse = [ratio(theta(rate), theta(1.5)) for rate in (1, 1.5**-0.5, 1 / 1.5)]
    assert found.worse == pytest.approx(sum(worse) / 3)
    assert found.not_worse == pytest.approx(sum(not_worse) / 3)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("ratio", [0.2, 0.7, 1.0])
def test_no_next_conversation_raises_it_on_average_where_the_candidate_is_no_worse(
    share: float, ratio: float
) -> None:
    chance = share * ratio / (share * ratio + 1 - share)
    now = evidence(TrialFigures(candidate_bad=7, live_bad=20), share, POLICY).worse
    one_more = evidence(TrialFigures(candidate_bad=8, live_bad=20), share, POLICY).worse
    another = evidence(TrialFigures(candidate_bad=7, live_bad=21), share, POLICY).worse

    expected = chance * one_more + (1 - chance) * another
    assert expected <= now * (1 + 1e-9)
    if ratio == 1.0:
        assert expected == pytest.approx(now)


def test_where_the_candidate_takes_all_there_is_nothing_to_compare_it_with() -> None:
    found = evidence(TrialFigures(candidate_bad=900), 1.0, POLICY)

    assert not found.is_worse
    assert not found.is_not_worse


def test_millions_of_conversations_are_no_trouble() -> None:
    found = evidence(TrialFigures(candidate_bad=10**6, live_bad=10**6), 0.1, POLICY)

    assert log(found.worse) == pytest.approx(700)
    assert found.not_worse == 0
