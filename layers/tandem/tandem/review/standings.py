"""How reviewers come to stand: judged by their ratings after each labelling job, or by a lead.

A change of standing is stored first and its labels follow after it (`labels_follow`), so that what
breaks off in between is gone on with the next time.
"""

from contextlib import suppress

from tandem.live.errors import Conflict
from tandem.review.audit import note
from tandem.review.models import Reviewer, Standing
from tandem.review.ports import ReviewWorld
from tandem.review.relabeling import relabel
from tandem.review.reviewer_quality import MOST_RATINGS, WINDOW, judge

_STATISTICS = "statistics"
_ACTIONS = {Standing.COUNTED: "counted reviewer", Standing.SET_ASIDE: "set reviewer aside"}


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
