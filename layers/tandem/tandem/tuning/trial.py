"""The test that decides a trial: is the candidate worse than the live model, or is that ruled out?

A conversation went badly if a person was called or an answer was rated down. Which model answers a
conversation is drawn by the pointer before it begins: the candidate, with probability `s` (the
trial's share), whoever the customer and whatever the question. So if it made no difference which
model answers, each conversation that goes badly would be one of the candidate's with probability
`s`, whatever came before it: however the rate changes with the hour, however many are one
customer's, and whenever somebody looks. If the candidate's rate is `r` times the live model's, the
probability is

    θ(r) = s·r / (s·r + 1 − s)

Of the `n` conversations that went badly, `x` are the candidate's. The likelihood ratio of one rate
against another,

    L(r; r0) = (θ(r) / θ(r0))^x · ((1 − θ(r)) / (1 − θ(r0)))^(n − x)

averaged over a few `r`, is an e-value: where the truth is `r0` (or on its other side) it is a
supermartingale that begins at 1, and by Ville's inequality it ever reaches `1/α` with probability
at most `α`. That holds at every look at once, so that the trial may be looked at after each
conversation and ended as soon as something shows.

- `worse`: against r0 = 1, over r = R, R², R³, where R is the policy's `worse_by`. It reaches
  `1/false_alarm` with a chance of at most `false_alarm` where the candidate is no worse.
- `not_worse`: against r0 = R, over r = 1, 1/√R, 1/R. It reaches `1/false_alarm` with a chance of
  at most `false_alarm` where the candidate is worse by R or more.

What it does not see: a candidate that is worse only in how soon a conversation goes badly counts as
worse for a while; and where most conversations go badly anyway, there is no room for a ratio.

Sources: A. Wald, "Sequential Tests of Statistical Hypotheses", Annals of Mathematical Statistics 16
(1945), for the test and its mixture; J. Ville, "Étude critique de la notion de collectif" (1939),
for the inequality; A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, "Game-Theoretic Statistics and Safe
Anytime-Valid Inference", Statistical Science 38 (2023), for e-values under optional stopping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, log

from tandem.tuning.models import TrialFigures
from tandem.tuning.policy import TrialPolicy

_WORSE = (1.0, 2.0, 3.0)
_NOT_WORSE = (0.0, -0.5, -1.0)
"""Powers of `worse_by`: the rates that the e-values look for."""
_LARGEST = 700.0
"""Of a logarithm whose value a float can hold."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """E-values, and from where on each decides."""

    worse: float
    worse_at: float
    not_worse: float
    not_worse_at: float

    @property
    def is_worse(self) -> bool:
        return self.worse >= self.worse_at

    @property
    def is_not_worse(self) -> bool:
        return self.not_worse >= self.not_worse_at


def evidence(figures: TrialFigures, share: float, policy: TrialPolicy) -> Evidence:
    """What the conversations of a trial say, with `share` of them the candidate's.

    Where the candidate takes all, there is nothing to compare it with: both e-values stay 1.
    """
    ratio = policy.worse_by
    enough = 1 / policy.false_alarm
    worse = not_worse = 1.0
    if 0 < share < 1:
        worse = _e_value(figures, share, 1.0, [ratio**power for power in _WORSE])
        not_worse = _e_value(figures, share, ratio, [ratio**power for power in _NOT_WORSE])
    return Evidence(worse, enough, not_worse, enough)


def _e_value(figures: TrialFigures, share: float, against: float, ratios: Sequence[float]) -> float:
    null = _of_the_candidate(share, against)
    exponents = []
    for ratio in ratios:
        other = _of_the_candidate(share, ratio)
        exponents.append(
            figures.candidate_bad * log(other / null)
            + figures.live_bad * log((1 - other) / (1 - null))
        )
    highest = max(exponents)
    mean = fsum(exp(each - highest) for each in exponents) / len(exponents)
    return exp(min(highest + log(mean), _LARGEST))


def _of_the_candidate(share: float, ratio: float) -> float:
    """θ: the chance that a conversation that went badly is the candidate's."""
    return share * ratio / (share * ratio + 1 - share)
