"""A customer's right to erasure: what the review has of a conversation goes.

The withdrawal is recorded first, and from then on nothing new comes of the conversation. What there
is already is removed step by step; each can be repeated, so that a withdrawal that breaks off is
completed by the next call, or by `complete`. The files of labelling jobs are left to
`job_files.erase_all`.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache
from itertools import takewhile

from tandem.live.errors import Busy, Conflict, NotFound
from tandem.live.models import Person
from tandem.review.api import Withdraw, WithdrawalList, WithdrawalView
from tandem.review.audit import note
from tandem.review.erasing import ERASED, WITHDRAWN, erase_article, is_erased
from tandem.review.listing import Listing
from tandem.review.models import (
    Candidate,
    Erasure,
    Given,
    Task,
    TaskStatus,
    Withdrawal,
)
from tandem.review.moves import change_candidate, jobs_of, with_changes
from tandem.review.ports import KnowledgeBase, ReviewWorld
from tandem.review.publishing import settle
from tandem.review.stores import Place
from tandem.review.tasks import announce_if_drained, change_task, changed

COMPLETED_FOR = timedelta(days=7)
"""So long `complete` looks after a withdrawal: for what was at work when it came, and was late."""
_LISTED = Listing(usual=20, most=100)
_READ_AT_ONCE = 100
_UNKNOWN_TURN = "unknown"


def withdraw(
    world: ReviewWorld, base: KnowledgeBase, person: Person, request: Withdraw
) -> WithdrawalView:
    """Withdraw a conversation, also one that the review does not know (yet).

    Its candidates, ratings, corrections and tasks go, and its articles leave the knowledge base.
    A pair that came up in other conversations as well stays theirs. The same again completes what
    is left to do, and changes nothing otherwise. Raises `Busy`: then it is recorded all the same.
    """
    name = request.conversation_id
    asked = Withdrawal(
        conversation_id=name, at=world.clock.now(), by=person.user, reason=request.reason
    )
    is_first = world.records.withdraw(asked)
    if is_first:
        note(world, person.user, "withdrew conversation", name)
    try:
        _remove(world, base, name)
        if not is_first:
            for article in world.articles.of_conversation(name):
                settle(world, base, article.article_id)
    except (Conflict, Busy) as error:
        raise Busy(
            "It is recorded, but what it is about is being changed right now. What is left of it "
            "is removed in some minutes, or when you withdraw it again."
        ) from error
    return _Views(world).of(world.records.withdrawal(name) or asked)


def withdrawals(world: ReviewWorld, limit: int = 0, after: str = "") -> WithdrawalList:
    """Newest first, up to `limit` (0: the usual many) from where the list before ended. Raises
    `InvalidMessage`."""
    most, place = _LISTED.size(limit), _LISTED.place(after)
    found = world.records.withdrawals(most + 1, place)
    listed, following = _LISTED.cut(found, most, _place)
    views = _Views(world)
    return WithdrawalList(withdrawals=tuple(views.of(each) for each in listed), next=following)


def complete(world: ReviewWorld, base: KnowledgeBase) -> list[str]:
    """Remove what is left, or came late, of the conversations withdrawn in the last seven days.

    Returns the ids of those of which there was something.
    """
    since = world.clock.now() - COMPLETED_FOR
    completed = []
    for withdrawal in takewhile(lambda w: w.at >= since, _newest_first(world)):
        try:
            if _remove(world, base, withdrawal.conversation_id):
                completed.append(withdrawal.conversation_id)
        except (Conflict, Busy):
            continue  # the next run comes again
    return completed


def _newest_first(world: ReviewWorld) -> Iterator[Withdrawal]:
    place: Place | None = None
    while found := world.records.withdrawals(_READ_AT_ONCE, place):
        yield from found
        place = _place(found[-1])


def _place(withdrawal: Withdrawal) -> Place:
    return Place(withdrawal.at, withdrawal.conversation_id)


# --- what a lead sees ----------------------------------------------------------------------------
class _Views:
    """Withdrawals with what still holds them. What is the same for all is read once."""

    def __init__(self, world: ReviewWorld) -> None:
        self._world = world
        self._built = {dataset.version for dataset in world.records.datasets()}
        self._jobs: dict[str, list[str]] = {}
        for erasure in world.records.erasures():
            self._jobs.setdefault(erasure.conversation_id, []).append(erasure.job)
        self._models_of = cache(self._models)

    def of(self, withdrawal: Withdrawal) -> WithdrawalView:
        name = withdrawal.conversation_id
        versions = [v for v in self._world.records.datasets_of(name) if v in self._built]
        models = [model for version in versions for model in self._models_of(version)]
        articles = self._world.articles.of_conversation(name)
        left = [article for article in articles if article.may_be_held]
        return WithdrawalView(
            conversation_id=name,
            at=withdrawal.at,
            by=withdrawal.by,
            reason=withdrawal.reason,
            datasets=tuple(versions),
            models=tuple(dict.fromkeys(models)),
            left=tuple(article.article_id for article in left),
            problem=next((article.problem for article in left if article.problem), ""),
            until_sync=tuple(
                article.article_id
                for article in articles
                if article.at_next_sync and not article.may_be_held
            ),
            in_jobs=tuple(dict.fromkeys(self._jobs.get(name, []))),
        )

    def _models(self, version: int) -> list[str]:
        return [model.model_id for model in self._world.records.models_of(version)]


# --- what goes -----------------------------------------------------------------------------------
def _remove(world: ReviewWorld, base: KnowledgeBase, name: str) -> bool:
    """Returns whether there was something. Raises `Conflict`, `Busy`."""
    found = False
    for candidate in world.candidates.of_conversation(name):
        found = _take_out(world, candidate, name) or found
    found = world.corrections.remove_of(name) > 0 or found
    for article in world.articles.of_conversation(name):
        if not is_erased(article):
            found = True
            erase_article(world, base, article.article_id)
    return found


def _take_out(world: ReviewWorld, candidate: Candidate, name: str) -> bool:
    if name not in candidate.conversations:
        return False
    told_here = candidate.pair.conversation_id == name
    whole = set(candidate.conversations) == {name}
    if whole or told_here:
        # The files and the tasks first: they are found by what the candidate says of its jobs.
        jobs = jobs_of(world, candidate)
        world.records.add_erasures(
            Erasure(conversation_id=name, job=job, candidate_id=candidate.candidate_id, whole=whole)
            for job in jobs
        )
        for job in jobs:
            _take_out_of_task(world, Given(job=job, candidate_id=candidate.candidate_id), whole)
    if whole:
        world.candidates.remove(candidate)
    else:
        change_candidate(world, candidate, lambda found: _without(found, name))
    return True


def _without(candidate: Candidate, name: str) -> Candidate | None:
    others = tuple(other for other in candidate.conversations if other != name)
    if len(others) == len(candidate.conversations) or not others:
        return None
    pair = candidate.pair
    if pair.conversation_id == name:
        # Question and answer were the same elsewhere. What was said before them was not.
        pair = pair.model_copy(
            update={"conversation_id": others[0], "turn_id": _UNKNOWN_TURN, "context": ()}
        )
    return with_changes(candidate, conversations=others, pair=pair)


def _take_out_of_task(world: ReviewWorld, given: Given, whole: bool) -> None:
    was_open = False

    def without(task: Task) -> Task:
        nonlocal was_open
        was_open = task.status is TaskStatus.OPEN
        if not whole:
            return changed(task, task_input={**task.task_input, "context": []})
        texts = {"question": ERASED, "answer": ERASED, "context": []}
        return changed(
            task,
            status=TaskStatus.UNLABELED if was_open else task.status,
            task_input={**task.task_input, **texts},
            holds=(),
            note=WITHDRAWN,
        )

    with suppress(NotFound):  # Ground Truth has its own
        change_task(world, given, without)
    if whole and was_open:
        # Nobody rates it any more, so nobody else says that the job's last task is done.
        announce_if_drained(world, given.job)
