"""Compares a candidate's answers to the frozen test with those of the model that is live.

What can be told without asking anybody is told first: a candidate that fails there costs nothing.
Then the live model is asked, as the chat would ask it now, a few questions at a time; what it said
is kept, so that a worker which breaks off or runs out of time leaves the rest to the next. In the
end the candidate is refused, or passes, or goes on to the blind comparison by people.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched

from tandem.live.errors import ModelFailure
from tandem.live.ports import Policies
from tandem.tuning import checks
from tandem.tuning.announcing import announce
from tandem.tuning.answer_figures import is_empty, without_citations
from tandem.tuning.answered import Answered, answered_uri, read_answered, write_answered
from tandem.tuning.frozen_test import UnreadableTest, chosen, read_test
from tandem.tuning.models import Check, ModelVersion, Pair, TestAnswers, VersionStatus
from tandem.tuning.moves import change_version
from tandem.tuning.picking import Pick, Unusable, drafts_of
from tandem.tuning.ports import Answers, Files, Rater, Raters, TuningWorld
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.verdict import (
    Judging,
    conclude,
    fresh_round,
    is_live,
    overtaken,
    pairs_of,
)

_AT_ONCE = 8
"""Questions between two looks at the clock, after each of which is kept what was said. Asked at the
same time, they take as long as one."""
_LEASE = timedelta(minutes=5)
_NO_ANSWER = "(No answer: a person would be called.)"
_LONGEST_REASON = 1000
_SECONDS_A_DRAFT = 45.0
"""Of an answer that has to be asked for several times: drafts are made one after the other."""
_SECONDS_FOR_THE_REST = 60.0
"""Kept for the judge."""


@dataclass(frozen=True, slots=True)
class Evaluating:
    """What only an evaluation needs of the world. `folder`: URI of all evaluations; `chat`: the
    chat's policy."""

    judging: Judging
    files: Files
    answers: Answers
    raters: Raters
    folder: str
    chat: Policies


def evaluate_waiting(
    world: TuningWorld, parts: Evaluating, seconds_left: Callable[[], float]
) -> list[ModelVersion]:
    """Evaluate the versions that wait for it, oldest first; returns them as they are then.

    What fails keeps no other version from being evaluated: its error (`ModelFailure` where the live
    model cannot be asked) is raised at the end, in a group.
    """
    after: list[ModelVersion] = []
    errors: list[Exception] = []
    waiting = [v for v in world.versions.all() if v.status is VersionStatus.REGISTERED]
    for version in reversed(waiting):
        try:
            after.append(_evaluate(world, parts, version, seconds_left))
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("some candidates could not be evaluated", errors)
    return after


def _evaluate(
    world: TuningWorld,
    parts: Evaluating,
    version: ModelVersion,
    seconds_left: Callable[[], float],
) -> ModelVersion:
    begun = _begin(world, parts, version)
    if begun is None:
        return version
    evaluation = _Evaluation(world, parts, begun, seconds_left)
    try:
        return evaluation.run()
    except _Elsewhere:
        return world.versions.get(version.version) or version
    except ModelFailure as error:
        evaluation.leave(f"The live model could not be asked: {error}"[:_LONGEST_REASON])
        raise
    except Exception:
        evaluation.leave()
        raise


class _Failed(Exception):
    """The candidate, at one of the checks found so far."""

    def __init__(self, found: list[Check]) -> None:
        super().__init__()
        self.found = found


class _Elsewhere(Exception):
    """Somebody else goes on with it, or it is not to be judged any more."""


def _begin(world: TuningWorld, parts: Evaluating, version: ModelVersion) -> ModelVersion | None:
    """The version with a lease on it; None where somebody else is at it, or it is judged."""
    now, live = world.clock.now(), parts.judging.pointer.read()
    mine = False

    def take(found: ModelVersion) -> dict[str, object] | None:
        nonlocal mine
        free = found.evaluating_until is None or found.evaluating_until <= now
        mine = found.status is VersionStatus.REGISTERED and free
        if not mine:
            return None
        reference = found.compared_with
        # Answers of a model that is not live any more are of no use.
        anew = reference is not None and not is_live(reference, live)
        return {
            **(fresh_round(found) if anew else {}),
            "compared_with": live.answer if anew or reference is None else reference,
            "evaluating_until": now + _LEASE,
            "reason": "",
        }

    after = change_version(world, version, take)
    return after if mine else None


def _same_lease(found: ModelVersion, version: ModelVersion) -> bool:
    return (
        found.status is VersionStatus.REGISTERED
        and found.evaluating_until is not None
        and (found.round, found.evaluating_until) == (version.round, version.evaluating_until)
    )


class _Evaluation:
    """One worker's part of it, under its lease."""

    def __init__(
        self,
        world: TuningWorld,
        parts: Evaluating,
        version: ModelVersion,
        seconds_left: Callable[[], float],
    ) -> None:
        assert version.compared_with is not None
        self._world = world
        self._parts = parts
        self._version = version
        self._live = version.compared_with
        self._seconds_left = seconds_left
        self._gate = world.policies.current().gate
        self._chat = parts.chat.current()
        self._uri = answered_uri(parts.folder, version)
        self._asked = False

    def run(self) -> ModelVersion:
        try:
            questions, found = self._first_look()
            pick = self._pick(found)
        except _Failed as failed:
            return self._conclude(failed.found)
        answered = self._ask(questions, pick)
        if len(answered) < len(questions):
            return self._leave_the_rest()
        return self._decide(answered, found)

    def _first_look(self) -> tuple[list[TestAnswers], list[Check]]:
        """The questions, and what is found without asking anybody. Raises `_Failed`."""
        version, gate = self._version, self._gate
        withdrawn = checks.not_withdrawn(self._parts.judging.withdrawn.of(version.dataset_version))
        if not withdrawn.passed:
            raise _Failed([withdrawn])  # its answers to the test are erased, or will be
        try:
            questions = chosen(read_test(self._parts.files, version), gate.most_prompts)
        except UnreadableTest as error:
            raise _Failed([Check(name="questions", passed=False, said=str(error))]) from None
        found = [
            checks.enough_questions(questions, gate),
            withdrawn,
            checks.near_its_base(version, gate),
        ]
        if version.kind == "reward_model":
            found.append(checks.drafts(drafts_of(version, self._chat.answering), self._chat))
        if not all(check.passed for check in found):
            raise _Failed(found)
        return questions, found

    def _pick(self, found: list[Check]) -> Pick:
        """Raises `_Failed`."""
        try:
            return Pick(self._parts.raters, self._version, self._live, self._chat.answering)
        except Unusable as error:
            broken = Check(name="reward_model", passed=False, said=str(error))
            raise _Failed([*found, broken]) from None

    def _decide(self, answered: list[Answered], found: list[Check]) -> ModelVersion:
        found = [*found, *checks.told_by_text(answered, self._gate)]
        answered, judged = self._judged(answered)
        found += judged
        if (after := overtaken(self._world, self._parts.judging, self._version)) is not None:
            return after
        if self._gate.comparing.enabled and all(check.passed for check in found):
            return self._compare(answered, found)
        return self._conclude(found)

    # --- the live model --------------------------------------------------------------------------
    def _ask(self, questions: Sequence[TestAnswers], pick: Pick) -> list[Answered]:
        """What was asked until now, or all. Raises `ModelFailure`, `_Elsewhere`."""
        known = {each.prompt_id: each for each in read_answered(self._parts.files, self._uri)}
        answered = [known[q.prompt_id] for q in questions if q.prompt_id in known]
        left = [q for q in questions if q.prompt_id not in known]
        for batch in batched(left, _AT_ONCE, strict=False):
            if self._seconds_left() < _SECONDS_FOR_THE_REST + pick.drafts * _SECONDS_A_DRAFT:
                break
            self._keep_lease()
            asked = [(question.prompt, question.context) for question in batch]
            said = list(self._parts.answers.of(self._live, asked, drafts=pick.drafts))
            not_taken = [each for each in said if isinstance(each, ModelFailure)]
            if len(not_taken) == len(said) and (len(said) == _AT_ONCE or not answered):
                # It is not for the questions that none is taken.
                raise not_taken[0]
            answered += [pick.of(q, drafts) for q, drafts in zip(batch, said, strict=True)]
            write_answered(self._parts.files, self._uri, answered)
            self._asked = True
        return answered

    def _keep_lease(self) -> None:
        until = self._world.clock.now() + _LEASE

        def prolong(found: ModelVersion) -> dict[str, object]:
            if not _same_lease(found, self._version):
                raise _Elsewhere
            return {"evaluating_until": until}

        self._version = change_version(self._world, self._version, prolong)

    # --- the judge -------------------------------------------------------------------------------
    def _judged(self, answered: list[Answered]) -> tuple[list[Answered], list[Check]]:
        because = checks.no_judge_because(self._version)
        if not because:
            try:
                judge = self._parts.raters.load(self._version.judge_uri)
            except KeyError:
                because = "its document is missing"
            except ValueError as error:
                because = str(error)
        if because:
            return answered, [checks.without_judge(because, self._gate)]
        rated = [_rated(judge, each) for each in answered]
        write_answered(self._parts.files, self._uri, rated)
        live, candidate = checks.mean_ratings(rated)
        self._version = self._version.model_copy(
            update={"heldout_live": live, "heldout": candidate}
        )
        return rated, checks.told_by_judge(rated, self._gate)

    # --- the end ---------------------------------------------------------------------------------
    def leave(self, reason: str = "") -> None:
        """Let the next worker begin at once. `reason`: what keeps it."""

        def let_go(found: ModelVersion) -> dict[str, object] | None:
            if not _same_lease(found, self._version):
                return None
            return {"evaluating_until": None, "reason": reason}

        change_version(self._world, self._version, let_go)

    def _leave_the_rest(self) -> ModelVersion:
        """To the next worker; where this one had no time for anything, whenever it comes."""
        self.leave()
        if self._asked:
            announce(self._world, self._version)
        return self._version

    def _conclude(self, found: list[Check]) -> ModelVersion:
        return conclude(self._world, self._parts.judging, self._version, found)

    def _compare(self, answered: list[Answered], found: list[Check]) -> ModelVersion:
        """Let people compare the answers that differ."""
        version, gate = self._version, self._gate
        with_answer = checks.answered_by_live(answered)
        differing = [pair for each in with_answer if (pair := self._pair(each)) is not None]
        plan = checks.planned(len(differing), gate)
        if not checks.can_show_anything(plan, gate):
            return self._conclude([*found, checks.too_few_differ(plan, len(with_answer), gate)])
        self._world.pairs.add(differing[: plan.of_questions])
        plan = plan.model_copy(update={"of_questions": len(pairs_of(self._world, version))})

        def open_(stored: ModelVersion) -> dict[str, object] | None:
            if stored.status is not VersionStatus.REGISTERED or stored.round != version.round:
                return None
            return {
                "status": VersionStatus.COMPARING,
                "checks": tuple(found),
                "comparison": plan,
                "heldout": version.heldout,
                "heldout_live": version.heldout_live,
                "evaluating_until": None,
            }

        return change_version(self._world, version, open_)

    def _pair(self, each: Answered) -> Pair | None:
        """None where nobody could tell the answers apart."""
        live, candidate = _shown(each.live), _shown(each.candidate)
        if live == candidate:
            return None
        version = self._version
        # Neither tells anything to somebody who knows the question and how this is made: of what is
        # drawn twice, the first is kept.
        drawn = hashlib.sha256(self._world.ids.new().encode()).digest()[0] % 2
        name = f"{version.package_arn} {version.round} {each.prompt_id}"
        return Pair(
            version=version.version,
            pair_id=hashlib.sha256(name.encode()).hexdigest()[:20],
            round=version.round,
            question=each.question,
            context=each.context,
            first=candidate if drawn else live,
            second=live if drawn else candidate,
            candidate_is="first" if drawn else "second",
        )


# --- what is asked of a judge --------------------------------------------------------------------
def _rated(judge: Rater, each: Answered) -> Answered:
    asked = Asked(each.question, tuple((said.author, said.text) for said in each.context))
    live, candidate = judge.predict(asked, [each.live, each.candidate])
    return each.model_copy(
        update={
            "live_rating": checks.rating_of(each.live, live.rating),
            "candidate_rating": checks.rating_of(each.candidate, candidate.rating),
        }
    )


# --- what people are shown -----------------------------------------------------------------------
def _shown(answer: str) -> str:
    """Without the numbers of passages, which nobody sees here and only some models write."""
    return _NO_ANSWER if is_empty(answer) else without_citations(answer)
