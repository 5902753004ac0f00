"""Whose ratings count: bias, agreement with the others, and who is noise or an attack.

A reviewer is compared with the mean of the others on the items that somebody else rated as well
(leave-one-out). Who rates at random does not go along with it, who rates inverted goes against it:
the correlation tells both, and a bias does not disturb it. A reviewer is set aside when, on enough
shared items, their correlation is below the policy's minimum and also worse than the panel's beyond
doubt: the upper end of its 95 % interval (Fisher's z, https://doi.org/10.1093/biomet/10.4.507) is
below the median correlation of those who count. The worst is set aside first, and the others are
then compared without them, so that whoever shared many items with an attacker is not dragged along.

What a lead said about a reviewer, the statistics do not change; whom they set aside themselves they
take back when it no longer holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from math import atanh, sqrt, tanh
from statistics import StatisticsError, correlation, fmean, median

from tandem.live.errors import Conflict
from tandem.review.api import ReviewerFigures
from tandem.review.audit import note
from tandem.review.consolidation import consolidate
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    Label,
    Rating,
    Return,
    Reviewer,
    Standing,
)
from tandem.review.moves import with_changes
from tandem.review.policy import Quality
from tandem.review.ports import ReviewWorld

WINDOW = timedelta(days=90)
MOST_RATINGS = 20_000
_NORMAL_95 = 1.96
_SPEARMAN_VARIANCE = 1.06
"""Of Fisher's z for rank correlations: Fieller, Hartley & Pearson (1957)."""
_ATTEMPTS = 5
_STATISTICS = "statistics"
_AT_ONCE = 8
_ACTIONS = {Standing.COUNTED: "counted reviewer", Standing.SET_ASIDE: "set reviewer aside"}


@dataclass(frozen=True, slots=True)
class Compared:
    """A reviewer beside the others, on shared items."""

    overlap: int
    bias: float
    """Mean of own rating - mean of the others'."""
    correlation: float | None
    """Spearman's; None where it is undefined (too few items, or always the same rating)."""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the correlation; without one, -1 to 1."""
        if self.correlation is None or self.overlap < 4:
            return -1.0, 1.0
        bounded = min(0.999999, max(-0.999999, self.correlation))
        spread = _NORMAL_95 * sqrt(_SPEARMAN_VARIANCE / (self.overlap - 3))
        return tanh(atanh(bounded) - spread), tanh(atanh(bounded) + spread)


def compare(
    ratings: Iterable[Rating], without: frozenset[str] = frozenset()
) -> dict[str, Compared]:
    """Every reviewer beside the others; those of `without` are compared, and compared with by
    nobody."""
    items: dict[str, dict[str, int]] = defaultdict(dict)
    for rating in sorted(ratings, key=lambda rating: rating.at):
        items[rating.candidate_id][rating.reviewer] = rating.rating
    own: dict[str, list[int]] = defaultdict(list)
    others: dict[str, list[float]] = defaultdict(list)
    reviewers = {name for scores in items.values() for name in scores}
    for scores in items.values():
        for name, score in scores.items():
            beside = [s for n, s in scores.items() if n != name and n not in without]
            if beside:
                own[name].append(score)
                others[name].append(fmean(beside))
    return {name: _compared(own[name], others[name]) for name in reviewers}


def _compared(own: Sequence[int], others: Sequence[float]) -> Compared:
    if not own:
        return Compared(0, 0.0, None)
    bias = fmean(mine - theirs for mine, theirs in zip(own, others, strict=True))
    try:
        found: float | None = correlation(own, others, method="ranked")
    except StatisticsError:
        # Fewer than two items, or one side is constant. Who always says the same tells nothing
        # apart: that is noise, as far as anybody can say.
        found = 0.0 if len(set(own)) == 1 < len(set(others)) else None
    return Compared(len(own), bias, found)


def judge(
    ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer], quality: Quality
) -> dict[str, Reviewer]:
    """Everybody who rated, as they stand now by these ratings. `revision` and `changed_at` are the
    stored ones'."""
    fixed = {n: r.standing for n, r in reviewers.items() if r.by == "lead"}
    aside = {name for name, standing in fixed.items() if standing is Standing.SET_ASIDE}
    while True:
        compared = compare(ratings, frozenset(aside))
        known = {
            name: found
            for name, found in compared.items()
            if name not in aside
            and found.overlap >= quality.judge_from
            and found.correlation is not None
        }
        usual = median(found.correlation or 0.0 for found in known.values()) if known else 0.0
        suspects = [
            (found.correlation or 0.0, name)
            for name, found in known.items()
            if name not in fixed
            and (found.correlation or 0.0) < quality.minimum_correlation
            and found.interval[1] < usual
        ]
        if not suspects:
            break
        aside.add(min(suspects)[1])
    return {
        name: _standing(name, found, name in aside, reviewers.get(name), quality)
        for name, found in compared.items()
    }


def _standing(
    name: str, found: Compared, aside: bool, stored: Reviewer | None, quality: Quality
) -> Reviewer:
    before = stored or Reviewer(reviewer=name)
    update: dict[str, object] = {
        "bias": round(found.bias, 4),
        "overlap": found.overlap,
        "correlation": None if found.correlation is None else round(found.correlation, 4),
    }
    if before.by != "lead":
        low, high = found.interval
        update["standing"] = Standing.SET_ASIDE if aside else Standing.COUNTED
        update["because"] = (
            f"correlation with the others {found.correlation:.2f} (95 %: {low:.2f} to {high:.2f}) "
            f"on {found.overlap} shared items; the minimum is {quality.minimum_correlation}"
            if aside
            else ""
        )
    return before.model_copy(update=update)


def figures(
    ratings: Sequence[Rating], reviewers: Mapping[str, Reviewer]
) -> tuple[ReviewerFigures, ...]:
    """For the leads: every reviewer who rated, the busiest first."""
    aside = frozenset(n for n, r in reviewers.items() if r.standing is Standing.SET_ASIDE)
    compared = compare(ratings, aside)
    by_reviewer: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_reviewer[rating.reviewer].append(rating)
    found = []
    for name, theirs in by_reviewer.items():
        stored = reviewers.get(name) or Reviewer(reviewer=name)
        seconds = [rating.seconds for rating in theirs if rating.seconds is not None]
        beside = compared[name]
        found.append(
            ReviewerFigures(
                reviewer=name,
                name=stored.name or name,
                standing=stored.standing,
                by=stored.by,
                because=stored.because,
                ratings=len(theirs),
                overlap=beside.overlap,
                bias=round(beside.bias, 4) if beside.overlap else None,
                correlation=beside.correlation,
                median_seconds=median(seconds) if seconds else None,
            )
        )
    return tuple(sorted(found, key=lambda figure: (-figure.ratings, figure.reviewer)))


def assess(world: ReviewWorld) -> list[str]:
    """Judge everybody by their newest ratings, and make the labels of who changed anew.

    At most the newest 20,000 ratings of 90 days. Returns who was set aside. What breaks off is gone
    on with the next time.
    """
    ratings = world.ratings.since(world.clock.now() - WINDOW, MOST_RATINGS)
    stored = {reviewer.reviewer: reviewer for reviewer in world.reviewers.all()}
    aside = []
    for name, after in judge(ratings, stored, world.policies.current().quality).items():
        before = stored.get(name)
        if after == before:
            continue
        if place(world, before, after, _STATISTICS) and after.standing is Standing.SET_ASIDE:
            aside.append(name)
            world.meter.record("ReviewersSetAside", 1, "Count")
    for reviewer in world.reviewers.all():
        if not reviewer.labels_follow:
            follow(world, reviewer)
    return aside


def place(world: ReviewWorld, before: Reviewer | None, after: Reviewer, actor: str) -> bool:
    """Store a reviewer as they stand now. Returns whether their standing has changed by this:
    `labels_follow` is False then, until `follow` is done.

    Nothing happens when somebody else, such as a lead, stored them meanwhile.
    """
    now = world.clock.now()
    was = Standing.COUNTED if before is None else before.standing
    moved = after.standing is not was
    if moved:
        after = after.model_copy(update={"changed_at": now, "labels_follow": False})
    if before is None:
        stored = world.reviewers.add(after)
    else:
        after = after.model_copy(update={"revision": before.revision + 1})
        try:
            world.reviewers.replace(before, after)
            stored = True
        except Conflict:
            stored = False
    if stored and (moved or actor != _STATISTICS):
        note(world, actor, _ACTIONS[after.standing], after.reviewer, because=after.because)
    return stored and moved


def follow(world: ReviewWorld, reviewer: Reviewer) -> int:
    """Let the labels follow a reviewer's standing. Returns how many changed."""
    changed = relabel(world, reviewer.reviewer)
    after = reviewer.model_copy(update={"revision": reviewer.revision + 1, "labels_follow": True})
    with suppress(Conflict):  # whoever changed them meanwhile lets the labels follow once more
        world.reviewers.replace(reviewer, after)
    return changed


def relabel(world: ReviewWorld, reviewer: str) -> int:
    """Make the labels anew that a reviewer has a part in. Of a lead's own labels the rating stays,
    and reviewers' better answers beside it follow.

    What nobody counts for any more waits for a rating again. Returns how many labels changed.
    """
    reviewers = {found.reviewer: found for found in world.reviewers.all()}
    rated = {r.candidate_id for r in world.ratings.of_reviewer(reviewer, MOST_RATINGS)}
    labeled = [c for c in world.candidates.many(sorted(rated)) if _is_labeled(c)]

    def one(candidate: Candidate) -> bool:
        return _relabeled(world, candidate.candidate_id, reviewers)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(one, labeled))


def _is_labeled(candidate: Candidate) -> bool:
    return candidate.status is CandidateStatus.LABELED and candidate.label is not None


def _relabeled(world: ReviewWorld, candidate_id: str, reviewers: Mapping[str, Reviewer]) -> bool:
    for _ in range(_ATTEMPTS):
        before = world.candidates.get(candidate_id)
        if before is None or before.label is None or not _is_labeled(before):
            return False
        after = _with_label(world, before, before.label, reviewers)
        if after is None:
            return False
        try:
            world.candidates.replace(before, after)
        except Conflict:
            continue
        return True
    raise Conflict(f"candidate {candidate_id}: too many change it at once")


def _with_label(
    world: ReviewWorld, before: Candidate, label: Label, reviewers: Mapping[str, Reviewer]
) -> Candidate | None:
    """The candidate with the label of those who count now; None where it stays as it is."""
    of_candidate = world.ratings.of_candidate(before.candidate_id)
    ratings = [rating for rating in of_candidate if rating.job == label.job]
    if not ratings:
        return None  # nobody's ratings have a part in it: it came with the transcript
    made = consolidate(ratings, reviewers, world.policies.current().quality)
    now = world.clock.now()
    if label.rule == "adjudicated":
        changes: dict[str, object] = {"better_answers": made.better_answers if made else ()}
    elif made is not None:
        changes = {
            "rating": made.rating,
            "rule": made.rule,
            "raters": made.raters,
            "agreement": made.agreement,
            "better_answers": made.better_answers,
        }
    else:
        returned = Return(job=label.job, reason="every rater was set aside", at=now)
        return with_changes(
            before,
            status=CandidateStatus.WAITING,
            label=None,
            job=None,
            returns=(*before.returns, returned),
        )
    after = label.model_copy(update=changes)
    if after == label:
        return None
    return with_changes(before, label=after.model_copy(update={"at": now}))
