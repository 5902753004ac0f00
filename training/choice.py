"""Which method suits a dataset, and why, in words that a person can check.

The order was measured: a reward model that predicts ratings of unseen topics well makes the best
policy; where it does not, what was rated and written is learned from as it is.
"""

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

from training.failures import TrainingError

FEW_RATINGS = 200
_CORRELATION_OF_FEW, _CORRELATION = 0.3, 0.5
MANY_PREFERENCES = 100
_CERTAINTY = 0.8
"""With which the correlation has to be so high. Of few ratings it is hardly known, and a policy
becomes worse than its base when the reward model is wrong."""
_OWN_SHARE = 0.5
"""Of the rated answers that must be the base's own for ratios to be weights of importance."""
_EXAMPLES = 10


@dataclass(frozen=True)
class Situation:
    has_base: bool
    ratings: int
    """That the policy may learn from."""
    spearman: float
    """Of the reward model, on topics that it has not seen."""
    own_answers: int
    """Ratings of answers that the base itself gave."""
    preferences: int
    examples: int
    """Answers rated well or written by a person."""

    @property
    def needed_correlation(self) -> float:
        return _CORRELATION_OF_FEW if self.ratings < FEW_RATINGS else _CORRELATION

    @property
    def certain_correlation(self) -> float:
        """The lower bound of `spearman`, one-sided, by Fisher's transformation with the variance of
        E. C. Fieller, H. O. Hartley and E. S. Pearson, "Tests for rank correlation coefficients",
        1957."""
        if self.ratings <= 3:
            return -1.0
        spread = sqrt(1.06 / (self.ratings - 3))
        known = atanh(min(max(self.spearman, -0.999), 0.999))
        return tanh(known - NormalDist().inv_cdf(_CERTAINTY) * spread)

    @property
    def trusted(self) -> bool:
        """The reward model is good enough to train against, and to choose by."""
        return self.certain_correlation >= self.needed_correlation

    @property
    def mostly_own(self) -> bool:
        return self.own_answers > 0 and self.own_answers >= _OWN_SHARE * self.ratings


@dataclass(frozen=True)
class Choice:
    method: str
    why: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def choose(asked: str, now: Situation) -> Choice:
    """Raises TrainingError for a method that was asked for and cannot be had."""
    return _automatic(now) if asked == "auto" else _as_asked(asked, now)


def _automatic(now: Situation) -> Choice:
    if not now.has_base:
        return Choice("reward-model", ("There is no base, so no weights are trained.",))
    quality = (
        f"The reward model's rank correlation with ratings of unseen topics is {now.spearman:.2f}, "
        f"and with {_CERTAINTY:.0%} certainty at least {now.certain_correlation:.2f}"
    )
    needed = f"{now.needed_correlation:.1f} that {now.ratings} ratings need"
    if now.trusted:
        return Choice(
            "rl", (f"{quality}, not less than the {needed}: the policy is trained against it.",)
        )
    why = [f"{quality}, below the {needed}: it is not good enough to train a policy against."]
    if now.preferences >= MANY_PREFERENCES:
        why.append(
            f"There are {now.preferences} answers of people that are better than the model's, at "
            f"least {MANY_PREFERENCES}: they are preferred and imitated."
        )
        return Choice("dpo", tuple(why))
    if now.mostly_own:
        why.append(
            f"{now.own_answers} of {now.ratings} rated answers are the base's own: it is trained "
            "on them by their ratings."
        )
        return Choice("offline-ppo", tuple(why))
    why.append(
        f"Only {now.own_answers} of {now.ratings} rated answers are the base's own, so their "
        "ratings cannot weigh what it would say."
    )
    if now.examples >= _EXAMPLES:
        why.append(f"It imitates the {now.examples} answers that were rated well or written.")
        return Choice("sft", tuple(why))
    why.append(
        f"{now.examples} answers that were rated well or written are fewer than {_EXAMPLES}: no "
        "weights are trained until there are more."
    )
    return Choice("reward-model", tuple(why))


def _as_asked(method: str, now: Situation) -> Choice:
    why = (f"The method {method} was asked for.",)
    if method == "reward-model":
        return Choice(method, why)
    if not now.has_base:
        raise TrainingError(
            f"The method {method} trains weights, and there is no base: give the channel `base`, "
            "or method=reward-model."
        )
    if method == "offline-ppo" and not now.mostly_own:
        raise TrainingError(
            f"offline-ppo needs answers that the base itself gave, and only {now.own_answers} of "
            f"{now.ratings} rated ones are (by their model_id): use method=auto."
        )
    if method == "dpo" and not now.preferences:
        raise TrainingError("dpo needs answers that people preferred, and there are none.")
    if method == "sft" and not now.examples:
        raise TrainingError("sft needs answers rated 4 or more, or written by people: none are.")
    warnings = []
    if method == "rl" and not now.trusted:
        warnings.append(
            f"The reward model's rank correlation on unseen topics is {now.spearman:.2f}, which is "
            f"not certain to be {now.needed_correlation:.1f}: what it rewards may not be what "
            "people like."
        )
    return Choice(method, why, tuple(warnings))
