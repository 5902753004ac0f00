"""Causal models learn by TRL's trainers, with our measurements, limits and checkpoints."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.rated_questions import questions_of, score_by_length
from training import base_files
from training.causal import CausalLearning, rows_at_once
from training.checkpoints import Checkpoints
from training.dataset import Preference
from training.failures import Interrupted
from training.held_out import HeldOut
from training.interruption import Interruption
from training.policy import Policy
from training.progress import Outcome, Plan, Progress
from training.settings import Settings
from training.step_log import StepLog
from training.surroundings import Surroundings

SETTINGS = Settings(
    learning_rate=1e-3,
    batch_size=4,
    samples=2,
    kl_coefficient=0.05,
    kl_limit=50.0,
    longest=12,
    seed=1,
)
SENTENCE = "Add the tags when a resource is created."


class Run:
    """One process of a training, as far as it gets."""

    def __init__(self, base: Path, folder: Path, documents: Path) -> None:
        self.policy = Policy(base_files.read(base), lora="attention", rank=4, seed=1)
        self.questions = questions_of(documents)
        self.checkpoints = Checkpoints(folder, "this training")
        self.interruption = Interruption()

    def rows(self, method: str) -> list[Any]:
        if method == "rl":
            return list(self.questions)
        if method == "dpo":
            return [Preference(question, SENTENCE, "No.") for question in self.questions]
        return [(question, SENTENCE) for question in self.questions]

    def go(self, method: str, *, steps: int, stop_at: int = 0) -> Outcome:
        return self.learning(method, steps=steps, stop_at=stop_at).run(resume=True)

    def learning(self, method: str, *, steps: int = 1, stop_at: int = 0) -> CausalLearning:
        plan = Plan(steps=steps, measure_every=2, kl_limit=50.0)
        held_out = HeldOut(self.questions[:4], self._score(stop_at), longest=12)
        return CausalLearning(
            self.policy,
            method,
            self.rows(method),
            scorer=score_by_length,
            progress=Progress(self.policy, held_out, plan),
            settings=SETTINGS,
            around=Surroundings(self.checkpoints, StepLog(), self.interruption),
        )

    def _score(self, stop_at: int) -> Callable[..., Any]:
        """Is asked twice for the base, and twice at each measurement."""
        calls = 0

        def score(questions: Any, answers: Any) -> Any:
            nonlocal calls
            calls += 1
            if stop_at and calls > 2 + stop_at:
                self.interruption.requested = True
            return score_by_length(questions, answers)

        return score


@pytest.fixture
def run(causal_folder: Path, documents: Path, tmp_path: Path) -> Callable[..., Run]:
    def make(name: str = "checkpoints") -> Run:
        return Run(causal_folder, tmp_path / name, documents)

    return make


def likelihood(policy: Policy, run: Run) -> float:
    ids = [policy.prompting.ids(question.text) for question in run.questions[:4]]
    answers = policy.answering.given([policy.prompting.answer_ids(SENTENCE)] * 4)
    with torch.no_grad():
        return float(policy.answering.log_probabilities(ids, answers).sum())


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_what_people_prefer_becomes_likelier(method: str, run: Callable[..., Run]) -> None:
    one = run()
    before = likelihood(one.policy, one)
    outcome = one.go(method, steps=4)
    one.policy.peft.eval()
    assert likelihood(one.policy, one) > before
    assert [figures["step"] for figures in outcome.history] == [1, 2, 3, 4]
    assert all("loss" in figures for figures in outcome.history)


@pytest.mark.parametrize("method", ["rl", "dpo"])
def test_a_training_that_was_broken_off_gives_the_same_numbers(
    method: str, run: Callable[..., Run]
) -> None:
    expected = run("whole").go(method, steps=4)
    with pytest.raises(Interrupted):
        run().go(method, steps=4, stop_at=1)
    found = run().go(method, steps=4)

    def numbers(outcome: Outcome) -> list[dict[str, float]]:
        return [{n: v for n, v in row.items() if n != "seconds"} for row in outcome.history]

    assert numbers(found) == numbers(expected)
    assert found.step == expected.step
    assert all(torch.equal(found.adapter[n], v) for n, v in expected.adapter.items())


def test_reinforcement_says_reward_divergence_and_length_of_each_step(
    run: Callable[..., Run],
) -> None:
    outcome = run().go("rl", steps=2)
    for figures in outcome.history:
        assert 1 <= figures["reward/mean"] <= 5
        assert 0 < figures["length"] <= 12
        assert figures.keys() >= {"kl", "loss", "seconds"}
    assert outcome.stopped_because == "steps"


@pytest.mark.parametrize("method", ["rl", "dpo", "sft"])
def test_long_questions_are_read_in_learning_as_they_are_asked(
    method: str, chat_folder: Path, documents: Path, tmp_path: Path
) -> None:
    one = Run(chat_folder, tmp_path, documents)
    asked = "Before that. " * 300 + one.questions[0].text
    one.questions[0] = dataclasses.replace(one.questions[0], prompt=asked)
    trainer = one.learning(method)._trainer()
    row = trainer.train_dataset[0]
    expected = one.policy.prompting.ids(one.questions[0].text)
    if method == "rl":
        (read,), _, _ = trainer._tokenize_prompts([row["prompt"]])
    else:
        read = row["prompt_ids" if method == "dpo" else "input_ids"][: len(expected)]
    assert read == expected


@pytest.mark.parametrize(("batch", "at_once"), [(1, 1), (4, 4), (17, 1), (20, 10), (32, 16)])
def test_a_part_of_a_batch_fits_a_gpu_and_parts_it_evenly(batch: int, at_once: int) -> None:
    assert rows_at_once(batch, 1) == at_once


@pytest.mark.parametrize(("batch", "whole", "at_once"), [(4, 4, 4), (18, 6, 6), (96, 24, 24)])
def test_answers_to_one_question_stay_together(batch: int, whole: int, at_once: int) -> None:
    assert rows_at_once(batch, whole) == at_once


def test_a_batch_is_as_large_as_asked_for_on_a_gpu(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    learning = run().learning("sft")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for batch in (1, 4, 16, 20, 24):
        said = learning._arguments(batch)
        assert said["per_device_train_batch_size"] * said["gradient_accumulation_steps"] == batch
