"""The loop: it stops in time, keeps the best, and goes on exactly where it was broken off."""

import errno
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from tests.training.rated_questions import questions_of, rated_by_length, score_by_length
from training.base_files import Base
from training.checkpoints import Checkpoints
from training.dataset import Preference, Question, Rating
from training.document_questions import subjects_of
from training.failures import Interrupted, TrainingError, reason_of
from training.held_out import HeldOut
from training.interruption import Interruption
from training.learning import Learning
from training.methods.imitation import Imitation
from training.methods.method import Figures, Method, Stateless
from training.methods.preferences import Preferences
from training.methods.rated_answers import RatedAnswers
from training.methods.reinforcement import Reinforcement
from training.methods.stored_scores import StoredScores
from training.policy import Policy
from training.progress import Outcome, Plan, Progress
from training.scoring import Scores
from training.settings import Settings
from training.step_log import StepLog
from training.surroundings import Surroundings

SETTINGS = Settings(
    learning_rate=1e-3,
    batch_size=4,
    samples=2,
    kl_coefficient=0.05,
    kl_limit=50.0,
    longest=16,
    seed=1,
)
METHODS = ("rl", "offline-ppo", "dpo", "sft", "blog-ppo")


class Run:
    """One process of a training, as far as it gets."""

    def __init__(self, base: Base, folder: Path, documents: Path) -> None:
        self.policy = Policy(base, lora="attention", rank=4, seed=1)
        self.optimizer: Any = torch.optim.AdamW(self.policy.parameters(), lr=1e-3)
        self.questions = questions_of(documents)
        self.documents = documents
        self.checkpoints = Checkpoints(folder, "this training")
        self.interruption = Interruption()
        self.scorer: Callable[[Sequence[Question], Sequence[str]], Scores] = score_by_length

    def method(self, name: str) -> Method:
        policy, optimizer = self.policy, self.optimizer
        if name == "rl":
            return Reinforcement(policy, optimizer, self.questions, score_by_length, SETTINGS)
        sentences = {s.name: s.sentences for s in subjects_of(self.documents)}
        ratings = [
            Rating(q, text, rated_by_length(text), 1, None)
            for q in self.questions
            for text in sentences[q.topic][:1]
        ]
        if name == "offline-ppo":
            return RatedAnswers(policy, optimizer, ratings, SETTINGS)
        if name == "dpo":
            pairs = [Preference(row.question, row.answer, "No.") for row in ratings]
            return Preferences(policy, optimizer, pairs, SETTINGS)
        if name == "sft":
            examples = [(row.question, row.answer) for row in ratings]
            return Imitation(policy, optimizer, examples, SETTINGS)
        return StoredScores(policy, optimizer, ratings, SETTINGS)

    def go(self, method: Method, *, steps: int = 7, limit: float = 50.0, resume: bool = True,
           every: int = 2) -> Outcome:  # fmt: skip
        plan = Plan(steps=steps, measure_every=every, kl_limit=limit)
        held_out = HeldOut(self.questions[:4], self.scorer, longest=16)
        progress = Progress(self.policy, held_out, plan)
        around = Surroundings(self.checkpoints, StepLog(), self.interruption)
        return Learning(self.policy, method, self.optimizer, progress, around).run(resume=resume)


@pytest.fixture
def run(base: Base, tmp_path: Path, documents: Path) -> Callable[[], Run]:
    return lambda: Run(base, tmp_path / "checkpoints", documents)


def numbers(outcome: Outcome) -> list[Figures]:
    times = ("seconds", "tokens_per_second")
    return [{n: v for n, v in row.items() if n not in times} for row in outcome.history]


def scripted(*means: float) -> Callable[[Sequence[Question], Sequence[str]], Scores]:
    """A scorer that gives these at one measurement after the other."""
    # Of the likeliest answers, and of sampled ones.
    calls = iter([mean for mean in means for _ in range(2)])
    return lambda questions, answers: np.full(len(answers), float(next(calls)))


class Scripted(Stateless):
    """A method that says what it is told, and moves the policy by as much as it is told."""

    def __init__(self, run: Run, kl: Sequence[float] = (), move: float = 0.0) -> None:
        self._policy = run.policy
        self._kl = kl
        self._move = move
        self.after: Callable[[int], None] = lambda number: None

    def step(self, number: int) -> Figures:
        torch.manual_seed(number)
        moved = {
            name: value + self._move * torch.randn_like(value)
            for name, value in self._policy.adapter().items()
        }
        self._policy.set_adapter(moved)
        self.after(number)
        return {"kl": self._kl[number - 1]} if self._kl else {}


@pytest.mark.parametrize("name", METHODS)
def test_a_training_that_was_broken_off_gives_the_same_numbers(
    name: str, run: Callable[[], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run()
    whole.checkpoints = Checkpoints(tmp_path / "whole", "this training")
    expected = whole.go(whole.method(name))
    first = run()
    method = first.method(name)
    step = method.step

    def interrupted(number: int) -> Figures:
        # The signal comes in the middle of a step.
        first.interruption.requested = number == 4
        return step(number)

    monkeypatch.setattr(method, "step", interrupted)
    with pytest.raises(Interrupted):
        first.go(method)
    second = run()
    found = second.go(second.method(name))
    assert numbers(found) == numbers(expected)
    assert found.step == expected.step
    assert all(torch.equal(found.adapter[n], v) for n, v in expected.adapter.items())


def test_what_was_done_after_the_last_checkpoint_is_done_again_alike(
    run: Callable[[], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run()
    whole.checkpoints = Checkpoints(tmp_path / "whole", "this training")
    expected = whole.go(whole.method("rl"))
    first = run()
    method = first.method("rl")
    step = method.step

    def killed(number: int) -> Figures:
        if number == 7:
            raise KeyboardInterrupt
        return step(number)

    monkeypatch.setattr(method, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        first.go(method)
    second = run()
    assert numbers(second.go(second.method("rl"))) == numbers(expected)


def test_a_training_that_has_ended_is_not_gone_on_with(run: Callable[[], Run]) -> None:
    first = run()
    expected = first.go(Scripted(first, move=0.01), steps=3)
    second = run()

    class Never(Stateless):
        def step(self, number: int) -> Figures:
            raise AssertionError(number)

    found = second.go(Never(), steps=3)
    assert found.stopped_because == "steps"
    assert numbers(found) == numbers(expected)


def test_it_stops_at_the_limit_of_divergence_and_keeps_what_was_before(
    run: Callable[[], Run],
) -> None:
    one = run()
    outcome = one.go(Scripted(one, kl=[1.0, 2.0, 5.5, 1.0]), limit=5.0, every=3)
    assert outcome.stopped_because == "kl_limit"
    assert len(outcome.history) == 3
    assert outcome.step == 0


def test_it_stops_when_the_held_out_score_has_fallen_and_keeps_the_best(
    run: Callable[[], Run],
) -> None:
    one = run()
    one.scorer = scripted(2, 3, 4, 1, 1, 4)
    outcome = one.go(Scripted(one, move=0.001), every=1)
    assert outcome.stopped_because == "heldout_fell"
    assert outcome.step == 2
    assert outcome.best.mean == 4.0
    assert len(outcome.history) == 4


def test_one_bad_measurement_alone_does_not_stop_it(run: Callable[[], Run]) -> None:
    one = run()
    one.scorer = scripted(2, 4, 1, 4, 1, 5)
    outcome = one.go(Scripted(one, move=0.001), every=1, steps=5)
    assert (outcome.stopped_because, outcome.step) == ("steps", 5)


def test_nothing_better_than_the_base_means_the_base(run: Callable[[], Run]) -> None:
    one = run()
    before = one.policy.adapter()
    outcome = one.go(Scripted(one, move=0.3), steps=2, every=1, limit=1e9)
    if outcome.step == 0:
        assert all(torch.equal(outcome.adapter[n], v) for n, v in before.items())
    else:
        assert outcome.best.mean > outcome.base.mean


# --- checkpoints ---------------------------------------------------------------------------------
STATE: Mapping[str, Any] = {"tensor": torch.arange(5.0)}


def test_the_newest_checkpoint_is_found_again(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "this")
    for step in (5, 10, 15):
        checkpoints.save(step, {**STATE, "at": step})
    found = Checkpoints(tmp_path, "this").newest()
    assert found is not None
    assert (found[0], found[1]["at"]) == (15, 15)
    assert torch.equal(found[1]["tensor"], STATE["tensor"])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "this")
    checkpoints.save(5, dict(STATE))
    checkpoints.save(10, dict(STATE))
    path = tmp_path / "checkpoint-000010.pt"
    path.write_bytes(path.read_bytes()[:-100])
    found = checkpoints.newest()
    assert found is not None
    assert found[0] == 5
    assert checkpoints.unreadable == ["checkpoint-000010.pt"]


def test_a_machine_that_is_taken_away_meanwhile_leaves_no_checkpoint_that_seems_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(tmp_path, "this")
    checkpoints.save(5, dict(STATE))

    def interrupted(*_: object, **__: object) -> None:
        raise Interrupted

    monkeypatch.setattr(torch, "load", interrupted)
    with pytest.raises(Interrupted):
        checkpoints.newest()
    assert not checkpoints.unreadable


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path, "this").save(5, dict(STATE))
    with pytest.raises(TrainingError, match="of another training"):
        Checkpoints(tmp_path, "that").newest()


def test_a_full_disk_leaves_the_older_checkpoints_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(tmp_path, "this")
    checkpoints.save(5, dict(STATE))

    def full(what: object, file: Any) -> None:
        file.write(b"begun")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space") as raised:
        checkpoints.save(10, dict(STATE))
    assert "disk is full" in reason_of(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-000005.pt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_found_behind_what_torch_says_of_it() -> None:
    with pytest.raises(RuntimeError, match="unexpected pos") as raised:
        torch.save({"state": torch.zeros(100_000)}, "/dev/full")
    assert "disk is full" in reason_of(raised.value)


def test_weights_that_do_not_fit_on_the_disk_are_said_to(tmp_path: Path) -> None:
    told = SafetensorError(
        "Error while serializing: I/O error: No space left on device (os error 28)"
    )
    assert "disk is full" in reason_of(told)


def test_nothing_is_gone_on_with_where_it_was_asked_not_to(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "this")
    checkpoints.save(5, dict(STATE))
    checkpoints.forget()
    assert checkpoints.newest() is None
