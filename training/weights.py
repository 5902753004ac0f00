"""Trains a policy's weights: who learns from what, measured on which questions."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from transformers.utils.logging import disable_progress_bar

from training import golden
from training.base_files import Base
from training.checkpoints import Checkpoints
from training.dataset import Dataset, Question
from training.examples import examples_of
from training.failures import TrainingError
from training.held_out import HeldOut
from training.hyperparameters import Hyperparameters
from training.interruption import Interruption
from training.learning import Learning
from training.methods import stored_scores
from training.methods.imitation import Imitation
from training.methods.method import Method
from training.methods.preferences import Preferences
from training.methods.rated_answers import RatedAnswers
from training.methods.reinforcement import Reinforcement
from training.methods.stored_scores import StoredScores
from training.ml_folders import MlFolders
from training.policy import Policy
from training.progress import Outcome, Progress
from training.scoring import Scorer
from training.settings import Settings, settings_of
from training.step_log import StepLog
from training.surroundings import Surroundings

if TYPE_CHECKING:
    from training.causal import CausalLearning

# Bars of how far a file is read tell nobody anything who reads a training's log.
disable_progress_bar()

_BY_TRL = ("rl", "dpo", "sft")
"""Methods of causal models that TRL has a trainer for."""
_HELD_BACK = 5
"""One topic in so many of the training, where there are no validation questions."""


_NOTHING_LEFT = (
    "Nothing is left for {method} to learn from: all of it is of topics that are held back to "
    "measure by. Rate answers of more topics, or take another method."
)
_NOT_CHOSEN = (
    "The reward model is not good enough to choose by: of all measured adapters within the limits "
    "of divergence and length, the newest is kept."
)


@dataclass(frozen=True)
class Trained:
    policy: Policy
    """With the adapter that is kept."""
    outcome: Outcome
    held_out: tuple[Question, ...]
    warnings: tuple[str, ...]

    def metrics(self) -> dict[str, float]:
        outcome = self.outcome
        kept = next((f for f in outcome.history if f["step"] == outcome.step), {})
        rewards = {name: kept[name] for name in ("reward/mean",) if name in kept}
        return {
            **rewards,
            "kl": outcome.best.divergence,
            "eval/heldout": outcome.best.mean,
            "eval/heldout_base": outcome.base.mean,
            "length_ratio": outcome.best.length / max(outcome.base.length, 1.0),
            "repetition": outcome.best.repetition,
            "repetition_base": outcome.base.repetition,
            "steps": outcome.step,
        }


@dataclass(frozen=True)
class WeightTraining:
    folders: MlFolders
    given: Hyperparameters
    log: StepLog
    interruption: Interruption

    def run(
        self,
        data: Dataset,
        base: Base,
        method: str,
        *,
        scorer: Scorer,
        held_out_scorer: Scorer,
        trusted: bool,
    ) -> Trained:
        """Raises TrainingError and Interrupted. The scorers: to train against, and to choose by,
        if they are to be `trusted`."""
        golden.check_base(base.folder)
        given = self.given
        policy = Policy(
            base, lora=given.lora, rank=given.rank, seed=given.seed, eight_bit=given.eight_bit
        )
        questions, held_back, warnings = _parted(data)
        held_out = HeldOut(held_back, held_out_scorer, longest=given.max_new_tokens)
        rows = learned_from(method, data, questions, base.model_ids)
        if not rows:
            raise TrainingError(_NOTHING_LEFT.format(method=method))
        settings, plan = settings_of(
            given,
            method,
            parameters=policy.answering.network.num_parameters(),
            rows=len(rows),
            trusted=trusted,
        )
        if plan.keep == "newest":
            warnings.append(_NOT_CHOSEN)
        around = Surroundings(self._checkpoints(data, base, method), self.log, self.interruption)
        progress = Progress(policy, held_out, plan)
        learning: Learning | CausalLearning
        if base.causal and method in _BY_TRL:
            # Seconds to import, of a causal model alone.
            from training import causal

            learning = causal.CausalLearning(
                policy,
                method,
                rows,
                scorer=scorer,
                progress=progress,
                settings=settings,
                around=around,
            )
        else:
            optimizer = torch.optim.AdamW(
                policy.parameters(), lr=settings.learning_rate, weight_decay=0.0
            )
            learner = _method(method, policy, optimizer, rows, scorer=scorer, settings=settings)
            learning = Learning(policy, learner, optimizer, progress, around)
        outcome = learning.run(resume=given.resume)
        policy.set_adapter(outcome.adapter)
        if method == "blog-ppo":
            warnings.append(stored_scores.WARNING)
        if outcome.step == 0:
            warnings.append(
                "No step was better than the base on held-out questions: the model is the base."
            )
        return Trained(policy, outcome, held_out.questions, tuple(warnings))

    def _checkpoints(self, data: Dataset, base: Base, method: str) -> Checkpoints:
        told = replace(self.given, method=method, resume=True)
        checkpoints = Checkpoints(self.folders.checkpoints, repr((data.inputs, base.digest, told)))
        if not self.given.resume:
            checkpoints.forget()
        return checkpoints


def _method(
    method: str,
    policy: Policy,
    optimizer: Any,
    rows: Sequence[Any],
    *,
    scorer: Scorer,
    settings: Settings,
) -> Method:
    if method == "rl":
        return Reinforcement(policy, optimizer, rows, scorer, settings)
    learner: type[RatedAnswers | Preferences | Imitation | StoredScores] = {
        "offline-ppo": RatedAnswers,
        "dpo": Preferences,
        "sft": Imitation,
        "blog-ppo": StoredScores,
    }[method]
    return learner(policy, optimizer, rows, settings)


def learned_from(
    method: str, data: Dataset, questions: Sequence[Question], own: Container[str | None]
) -> Sequence[Any]:
    """What the method learns from; nothing of a topic that is held back."""
    if method == "rl":
        return questions
    topics = {question.topic for question in questions}
    split = data.train
    if method == "dpo":
        return [row for row in split.preferences if row.question.topic in topics]
    if method == "sft":
        return [example for example in examples_of(split) if example[0].topic in topics]
    rated = [row for row in split.ratings if row.question.topic in topics]
    if method == "offline-ppo":
        # Ratios are weights of importance for answers that the base itself gave, for no others.
        return [row for row in rated if row.model_id in own]
    return rated


def _parted(data: Dataset) -> tuple[list[Question], list[Question], list[str]]:
    """Questions to train on, those held back, and what is to be said about them."""
    train, validation = data.train.questions(), data.validation.questions()
    if validation:
        return train, validation, []
    topics = sorted({question.topic for question in train})
    away = set(topics[::_HELD_BACK]) if len(topics) > 2 else set()
    if not away:
        warning = (
            "There are no validation questions, and too few topics to hold one back: the held-out "
            "score is of questions that were trained on."
        )
        return train, train, [warning]
    return (
        [question for question in train if question.topic not in away],
        [question for question in train if question.topic in away],
        ["There are no validation questions: a fifth of the training topics was held back."],
    )
