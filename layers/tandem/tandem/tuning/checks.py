"""The gate's questions to a candidate, each answered by a sentence.

Nothing here decides alone: all checks have to pass. Figures that are missing or not finite do not.
What the live model leaves to a person is compared with nothing: whether a question is to be
answered at all is not a matter of the better answer.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from tandem.live.policy import Policy
from tandem.tuning import answer_figures as figures
from tandem.tuning.answered import Answered
from tandem.tuning.frozen_test import topics_of
from tandem.tuning.models import Check, Comparison, ModelVersion, TestAnswers
from tandem.tuning.policy import Gate
from tandem.tuning.statistics import (
    chance_of,
    lower_bound,
    paired_gain,
    pairs_needed,
    wins_needed,
)

WEAKEST_JUDGE = 0.3
"""Rank correlation with people's ratings of topics that a judge has not seen. A weaker one does not
tell better answers from worse ones."""
_WHOLE_POINT = 1.0
_LOWEST = 1.0


# --- before anybody is asked ---------------------------------------------------------------------
def enough_questions(questions: Sequence[TestAnswers], gate: Gate) -> Check:
    topics = topics_of(questions)
    passed = len(questions) >= gate.minimum_prompts and topics >= gate.minimum_topics
    said = f"The test asks {len(questions)} questions of {topics} topics."
    if not passed:
        said += (
            f" At least {gate.minimum_prompts} questions of {gate.minimum_topics} topics are needed"
            " to prove anything: more ratings make a larger test."
        )
    return Check(
        name="questions",
        passed=passed,
        said=said,
        observed=len(questions),
        bound=gate.minimum_prompts,
    )


def not_withdrawn(withdrawn: Sequence[str]) -> Check:
    if not withdrawn:
        said = "No conversation that its dataset was made of has been withdrawn."
    else:
        said = (
            f"{_count(len(withdrawn), 'conversation')} that its dataset was made of"
            f" {'was' if len(withdrawn) == 1 else 'were'} withdrawn since: train on a dataset"
            " without."
        )
    return Check(
        name="withdrawn", passed=not withdrawn, said=said, observed=len(withdrawn), bound=0
    )


def near_its_base(version: ModelVersion, gate: Gate) -> Check:
    if version.kind == "reward_model":
        return Check(name="kl", passed=True, said="No weights were trained: its words are as ever.")
    moved = version.summary.metrics.get("kl")
    if moved is None:
        said = "Its training does not say how far it has moved from its base."
        return Check(name="kl", passed=False, said=said, bound=gate.most_kl)
    return Check(
        name="kl",
        passed=moved <= gate.most_kl,
        said=f"It has moved {moved:.2f} nats per answer from its base; {gate.most_kl:g} are"
        " allowed.",
        observed=moved,
        bound=gate.most_kl,
    )


def drafts(picked_among: int, chat: Policy) -> Check:
    """Of a reward model: what the chat would make of it, which is no reason to refuse it."""
    among = f"It picks among {picked_among} drafts"
    if chat.answering.best_of > 1:
        said = f"{among}, as many as the chat makes."
    else:
        said = (
            f"{among} here, but the chat makes one of each answer: made live, it changes no answer"
            f" until the chat's policy raises answering.best_of, for example to {picked_among}."
        )
        if chat.triggers.predicted_low.enabled:
            said += " Before that it only decides at which answers a person is called."
    return Check(name="drafts", passed=True, said=said)


# --- of the answers ------------------------------------------------------------------------------
def told_by_text(answered: Sequence[Answered], gate: Gate) -> list[Check]:
    """What shows of the answers without a judge."""
    both = answered_by_live(answered)
    enough = _enough_answers(len(both), gate)
    if not both:
        return [enough]
    live, candidate = [each.live for each in both], [each.candidate for each in both]
    return [
        enough,
        _length(figures.mean_length(live), figures.mean_length(candidate), gate),
        _beyond_live(
            "repetition",
            "Of its word triples, {candidate} repeat an earlier one of the same answer; of the live"
            " model's {live}.",
            figures.repetition(live),
            figures.repetition(candidate),
            gate.most_repetition,
        ),
        _beyond_live(
            "for_several",
            "Of its answers, {candidate} are the same for several questions; of the live model's"
            " {live}.",
            figures.share_for_several(live),
            figures.share_for_several(candidate),
            gate.most_for_several,
        ),
        _beyond_live(
            "refusals",
            "It has no answer to {candidate} of the questions, the live model to {live}.",
            figures.share_of_refusals([each.live for each in answered]),
            figures.share_of_refusals([each.candidate for each in answered]),
            gate.most_refusals,
        ),
    ]


def answered_by_live(answered: Sequence[Answered]) -> list[Answered]:
    return [each for each in answered if not figures.is_empty(each.live)]


def _enough_answers(answers: int, gate: Gate) -> Check:
    passed = answers >= gate.minimum_prompts
    said = f"The live model answers {answers} of the questions."
    if not passed:
        said += f" At least {gate.minimum_prompts} are needed to compare with."
    return Check(
        name="answers", passed=passed, said=said, observed=answers, bound=gate.minimum_prompts
    )


def _length(live: float, candidate: float, gate: Gate) -> Check:
    ratio = candidate / live if live else 0.0
    return Check(
        name="length",
        passed=gate.shortest <= ratio <= gate.longest,
        said=f"Its answers are {ratio:.2f} times as long as the live model's; {gate.shortest:g} to"
        f" {gate.longest:g} are allowed.",
        observed=ratio,
        bound=gate.longest if ratio > gate.longest else gate.shortest,
    )


def _beyond_live(name: str, said: str, live: float, candidate: float, most: float) -> Check:
    passed = candidate - live <= most
    return Check(
        name=name,
        passed=passed,
        said=said.format(candidate=_percent(candidate), live=_percent(live))
        + ("" if passed else f" At most {_percent(most)} more are allowed."),
        observed=candidate - live,
        bound=most,
    )


# --- of the judge --------------------------------------------------------------------------------
def no_judge_because(version: ModelVersion) -> str:
    """Why nobody is asked but people; empty where there is a judge."""
    judge = version.summary.judge
    if judge is None:
        return version.summary.judge_missing_because or "too few ratings were kept for one"
    if not judge.spearman >= WEAKEST_JUDGE:
        return (
            f"its rank correlation with people's ratings is {judge.spearman:.2f}, and below"
            f" {WEAKEST_JUDGE:g} it does not tell better answers from worse ones"
        )
    return ""


def without_judge(because: str, gate: Gate) -> Check:
    """People decide alone, where they are asked: their word is the stronger one anyway. Where
    nobody is asked, nothing is proven."""
    because = because.rstrip(". ")
    if gate.comparing.enabled:
        said = f"There is no judge ({because}): which answers people prefer decides alone."
    else:
        said = (
            f"There is no judge ({because}), and the comparison by people is switched off: nothing"
            " can prove that it is better."
        )
    return Check(name="judged", passed=gate.comparing.enabled, said=said)


def told_by_judge(answered: Sequence[Answered], gate: Gate) -> list[Check]:
    """Of answers that the judge has rated."""
    rated = _rated(answered)
    if not rated:
        said = "There is no answer of the live model that the judge could compare with."
        return [Check(name="judged", passed=False, said=said)]
    topics = [each.topic for each in rated]
    if len(set(topics)) == 1:
        said = "The live model answers questions of one topic only: they tell nothing of others."
        return [Check(name="judged", passed=False, said=said)]
    differences = [each.candidate - each.live for each in rated]
    gain = paired_gain(differences, topics, gate.confidence)
    live = fmean(each.live for each in rated)
    sure, asked = _percent(gate.confidence), f"{len(rated)} questions, {gain.clusters} topics"
    better = Check(
        name="judged",
        passed=gain.low > 0,
        said=f"The judge, which learned from other ratings, expects {live + gain.mean:.2f} instead"
        f" of {live:.2f}: {gain.mean:+.2f}, and {gain.low:+.2f} at least with {sure} confidence"
        f" ({asked}).",
        observed=gain.mean,
        bound=gain.low,
    )
    lost = sum(difference <= -_WHOLE_POINT for difference in differences)
    kept = Check(
        name="lost",
        passed=lost <= gate.most_lost * len(rated),
        said=f"The judge sees it fall by a point or more at {lost} of {len(rated)} questions;"
        f" {_percent(gate.most_lost)} are allowed.",
        observed=lost / len(rated),
        bound=gate.most_lost,
    )
    return [better, kept]


def mean_ratings(answered: Sequence[Answered]) -> tuple[float | None, float | None]:
    """What the judge predicts for the live model and the candidate."""
    rated = _rated(answered)
    if not rated:
        return None, None
    return fmean(each.live for each in rated), fmean(each.candidate for each in rated)


class _Rated(NamedTuple):
    live: float
    candidate: float
    topic: str


def _rated(answered: Sequence[Answered]) -> list[_Rated]:
    return [
        _Rated(each.live_rating, each.candidate_rating, each.topic)
        for each in answered_by_live(answered)
        if each.live_rating is not None and each.candidate_rating is not None
    ]


def rating_of(answer: str, predicted: float) -> float:
    """What counts of a judge's prediction: no answer is the worst one."""
    return _LOWEST if figures.is_empty(answer) else predicted


# --- of people -----------------------------------------------------------------------------------
def planned(of_questions: int, gate: Gate) -> Comparison:
    """The comparison that the policy asks for."""
    wanted = gate.comparing
    needed = pairs_needed(wanted.detect_win_rate, wanted.power, gate.confidence)
    return Comparison(pairs=needed, of_questions=min(of_questions, wanted.most_pairs))


def can_show_anything(comparison: Comparison, gate: Gate) -> bool:
    """Whether winning all pairs would prove something."""
    return wins_needed(_to_tell_apart(comparison), gate.confidence) is not None


def is_over(comparison: Comparison, gate: Gate) -> bool:
    """Whether nothing that people may still say changes the result.

    How many pairs have to be told apart is fixed before the first is shown. It is over when they
    are, when all pairs are compared, and as soon as the candidate has won as often as it needs to
    of all of them, or cannot any more: that is curtailed, not peeked at, and the same result.
    """
    if comparison.done >= comparison.of_questions:
        return True
    wanted = _to_tell_apart(comparison)
    needed = wins_needed(wanted, gate.confidence)
    return (
        needed is None
        or comparison.better + comparison.worse >= wanted
        or comparison.better >= needed
        or comparison.worse > wanted - needed
    )


def expected(comparison: Comparison) -> int:
    """How many pairs it takes, as far as is known: what is the same tells nothing, and another pair
    takes its place."""
    return min(comparison.of_questions, _to_tell_apart(comparison) + comparison.same)


def told_by_people(comparison: Comparison, gate: Gate) -> Check:
    told_apart = comparison.better + comparison.worse
    if comparison.done < comparison.of_questions:
        # Curtailed: pairs that nobody had to compare any more count as lost.
        told_apart = max(told_apart, _to_tell_apart(comparison))
    chance = chance_of(comparison.better, told_apart)
    passed = chance <= 1 - gate.confidence
    return Check(
        name="comparison",
        passed=passed,
        said=_said_by_people(comparison, chance, gate, passed=passed),
        observed=lower_bound(comparison.better, told_apart, gate.confidence) if told_apart else 0.0,
        bound=0.5,
    )


def too_few_differ(comparison: Comparison, questions: int, gate: Gate) -> Check:
    """Of a comparison that cannot show anything."""
    return Check(
        name="comparison",
        passed=False,
        said=f"Only {comparison.of_questions} of {questions} answers differ from the live model's:"
        f" too few to show with {_percent(gate.confidence)} confidence that it is better, even if"
        " people preferred every one.",
        observed=comparison.of_questions,
    )


def _said_by_people(comparison: Comparison, chance: float, gate: Gate, *, passed: bool) -> str:
    told_apart = comparison.better + comparison.worse
    said = f"People prefer its answer in {comparison.better} of {told_apart} pairs"
    if comparison.same:
        said += f" ({comparison.same} more are the same to them)"
    if passed:
        return f"{said}: more than chance alone (p = {chance:.2g})."
    said += f": that may be chance (p = {chance:.2g}, at most {1 - gate.confidence:.2g} is asked)."
    if comparison.done >= comparison.of_questions and told_apart < comparison.pairs:
        said += (
            f" {comparison.pairs} pairs have to be told apart to see an answer that wins"
            f" {_percent(gate.comparing.detect_win_rate)} of them; so many do not differ."
        )
    return said


def _to_tell_apart(comparison: Comparison) -> int:
    return min(comparison.pairs, comparison.of_questions)


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
