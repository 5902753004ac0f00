"""A customer's right to erasure: what the review has of a conversation goes.

The withdrawal is recorded first, and from then on nothing new comes of the conversation. What there
is already is removed step by step; each can be repeated, so that a withdrawal that breaks off is
completed by the next call, or by `complete`.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import takewhile

from tandem.live.errors import Busy, Conflict
from tandem.live.models import Person
from tandem.review.api import Withdraw, WithdrawalView
from tandem.review.audit import note
from tandem.review.knowledge import ERASED, erase
from tandem.review.labeling import drained
from tandem.review.models import ArticleStatus, Candidate, Task, TaskStatus, Withdrawal
from tandem.review.moves import change_candidate, with_changes
from tandem.review.ports import KnowledgeBase, ReviewWorld

COMPLETED_FOR = timedelta(days=7)
"""So long `complete` looks after a withdrawal: for what was at work when it came, and was late."""
_ATTEMPTS = 5
_WITHDRAWN = "the customer has withdrawn the conversation"
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
    if world.records.withdraw(asked):
        note(world, person.user, "withdrew conversation", name)
        stored = asked
    else:
        known = (w for w in world.records.withdrawals() if w.conversation_id == name)
        stored = next(known, asked)
    try:
        _remove(world, base, name)
    except Conflict as error:
        raise Busy(
            "It is recorded, but what it is about is being changed right now. What is left of it "
            "is removed in some minutes, or when you withdraw it again."
        ) from error
    return _view(world, stored)


def withdrawals(world: ReviewWorld) -> list[WithdrawalView]:
    """Newest first."""
    return [_view(world, withdrawal) for withdrawal in world.records.withdrawals()]


def complete(world: ReviewWorld, base: KnowledgeBase) -> list[str]:
    """Remove what is left, or came late, of the conversations withdrawn in the last seven days.

    Returns the ids of those of which there was something.
    """
    since = world.clock.now() - COMPLETED_FOR
    completed = []
    for withdrawal in takewhile(lambda w: w.at >= since, world.records.withdrawals()):
        try:
            if _remove(world, base, withdrawal.conversation_id):
                completed.append(withdrawal.conversation_id)
        except (Conflict, Busy):
            continue  # the next run comes again
    return completed


def _view(world: ReviewWorld, withdrawal: Withdrawal) -> WithdrawalView:
    versions = world.records.datasets_of(withdrawal.conversation_id)
    models = [model.model_id for version in versions for model in world.records.models_of(version)]
    return WithdrawalView(
        conversation_id=withdrawal.conversation_id,
        at=withdrawal.at,
        by=withdrawal.by,
        reason=withdrawal.reason,
        datasets=tuple(versions),
        models=tuple(dict.fromkeys(models)),
    )


def _remove(world: ReviewWorld, base: KnowledgeBase, name: str) -> bool:
    """Returns whether there was something. Raises `Conflict`, `Busy`."""
    found = False
    for candidate in world.candidates.of_conversation(name):
        found = _take_out(world, candidate, name) or found
    found = world.corrections.remove_of(name) > 0 or found
    for article in world.articles.of_conversation(name):
        if article.status is not ArticleStatus.WITHDRAWN or article.answer != ERASED:
            found = True
            erase(world, base, article.article_id, _WITHDRAWN)
    return found


def _take_out(world: ReviewWorld, candidate: Candidate, name: str) -> bool:
    if name not in candidate.conversations:
        return False
    told_here = candidate.pair.conversation_id == name
    if set(candidate.conversations) == {name}:
        # The tasks first: they are found by what the candidate says of its jobs.
        _close_tasks(world, candidate)
        world.candidates.remove(candidate)
        return True
    if told_here:
        _take_context_out_of_tasks(world, candidate)
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


# --- tasks of the review queue -------------------------------------------------------------------
def _close_tasks(world: ReviewWorld, candidate: Candidate) -> None:
    for job in _jobs(candidate):
        was_open = False

        def closed(task: Task) -> Task | None:
            nonlocal was_open
            was_open = task.status is TaskStatus.OPEN
            texts = {"question": ERASED, "answer": ERASED, "context": []}
            after = task.model_copy(
                update={
                    "status": TaskStatus.UNLABELED if was_open else task.status,
                    "task_input": {**task.task_input, **texts},
                    "holds": (),
                    "note": _WITHDRAWN,
                }
            )
            return None if after == task else after

        _change_task(world, job, candidate.candidate_id, closed)
        if was_open:
            _announce_drained(world, job)


def _take_context_out_of_tasks(world: ReviewWorld, candidate: Candidate) -> None:
    def without_context(task: Task) -> Task | None:
        if not task.task_input.get("context"):
            return None
        return task.model_copy(update={"task_input": {**task.task_input, "context": []}})

    for job in _jobs(candidate):
        _change_task(world, job, candidate.candidate_id, without_context)


def _jobs(candidate: Candidate) -> Iterator[str]:
    """The jobs that it is known to have been in."""
    names = [candidate.job, candidate.label.job if candidate.label else None]
    names += [returned.job for returned in candidate.returns]
    return (name for name in dict.fromkeys(names) if name is not None)


def _change_task(
    world: ReviewWorld, job: str, candidate_id: str, change: Callable[[Task], Task | None]
) -> None:
    for _ in range(_ATTEMPTS):
        task = world.tasks.get(job, candidate_id)
        changed = None if task is None else change(task)
        if task is None or changed is None:
            return
        try:
            world.tasks.replace(task, changed.model_copy(update={"revision": task.revision + 1}))
        except Conflict:
            continue
        return
    raise Conflict(f"task {candidate_id} of {job}: too many change it at once")


def _announce_drained(world: ReviewWorld, name: str) -> None:
    """Nobody rates the job's last task any more, so nobody else says that it is over."""
    job = world.jobs.get(name)
    if job is None or job.status.ended:
        return
    if not any(task.status is TaskStatus.OPEN for task in world.tasks.of_job(name)):
        world.bus.publish([drained(job, world.clock.now())])
