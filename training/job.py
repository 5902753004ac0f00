"""A whole training, from the dataset to the model's folder."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tandem.tuning.rewards.static_embedding import StaticEmbedding
from training import base_files, choice, dataset, export, reward_models
from training.base_files import Base
from training.choice import Situation
from training.dataset import Dataset
from training.examples import examples_of
from training.hyperparameters import Hyperparameters
from training.interruption import Interruption
from training.ml_folders import MlFolders
from training.report import Report, write_report
from training.reward_models import RewardModels
from training.run_summary import RunSummary
from training.scoring import RewardModelScorer
from training.step_log import StepLog

if TYPE_CHECKING:
    from training.progress import Outcome

_NO_INDEPENDENT_SCORE = (
    "There are too few validation ratings for an independent score during the training: the "
    "held-out score is that of the reward model that the policy was trained against."
)


@dataclass(frozen=True)
class Job:
    folders: MlFolders
    given: Hyperparameters
    log: StepLog
    interruption: Interruption
    embedding: StaticEmbedding | None = None
    """None: the one that comes with Tandem."""

    def run(self) -> RunSummary:
        """Raises TrainingError, Interrupted and OSError."""
        began = time.monotonic()
        data = dataset.read(self.folders.dataset, expected_version=self.given.dataset_version)
        base = base_files.read(self.folders.base) if self.folders.base else None
        meaning = self.embedding or reward_models.embedding()
        models = reward_models.fitted(data, meaning, minimum=self.given.minimum_ratings)
        fit = models.policy
        self.log.say(f"rm/spearman={fit.spearman:.4f} rm/error={fit.error:.4f}")
        situation = _situation(data, models, base)
        chosen = choice.choose(self.given.method, situation)
        for sentence in (*chosen.why, *chosen.warnings):
            self.log.say(sentence)
        empty(self.folders.model)
        summary = RunSummary(data, self.given.method, chosen, base, models)
        pairs = [export.Pair(question, None, None) for question in data.test.questions()]
        outcome: Outcome | None = None
        if base is not None and summary.kind == "weights":
            outcome, pairs, summary = self._weights(base, summary, trusted=situation.trusted)
        seconds = time.monotonic() - began
        summary = replace(summary, metrics={**summary.metrics, "seconds": seconds})
        self._write(summary, pairs, outcome)
        return summary

    def _weights(
        self, base: Base, summary: RunSummary, *, trusted: bool
    ) -> "tuple[Outcome, list[export.Pair], RunSummary]":
        # Needs torch, which a reward model alone does not.
        from training.policy import free_memory
        from training.weights import WeightTraining

        data, models = summary.dataset, summary.models
        training = WeightTraining(self.folders, self.given, self.log, self.interruption)
        trained = training.run(
            data,
            base,
            summary.choice.method,
            scorer=RewardModelScorer(models.policy.model),
            held_out_scorer=RewardModelScorer((models.choice or models.policy).model),
            trusted=trusted,
        )
        adapter = self.folders.model / "adapter"
        trained.policy.save_adapter(adapter)
        warnings = [*trained.warnings, *([] if models.choice else [_NO_INDEPENDENT_SCORE])]
        outcome, metrics = trained.outcome, trained.metrics()
        test, held_out = data.test.questions(), list(trained.held_out)
        # Its memory is needed for the model that is written.
        del trained
        free_memory()
        pairs = export.write_model(
            base,
            adapter,
            self.folders.model / "model",
            test or held_out,
            longest=self.given.max_new_tokens,
        )
        summary = replace(
            summary, metrics=metrics, stopped_because=outcome.stopped_because, warnings=warnings
        )
        return outcome, pairs, summary

    def _write(
        self, summary: RunSummary, pairs: Sequence[export.Pair], outcome: "Outcome | None"
    ) -> None:
        model = self.folders.model
        reward = model / "reward"
        reward.mkdir()
        (reward / "reward_model.json").write_text(summary.models.chat.model.dump())
        if summary.models.judge is not None:
            (reward / "judge.json").write_text(summary.models.judge.model.dump())
        answers = model / "evaluation" / "test_answers.jsonl"
        of_test = pairs if summary.dataset.test.questions() else ()
        export.write_test_answers(answers, of_test, summary.dataset.test)
        export.write_metrics(model / "metrics.jsonl", outcome.history if outcome else ())
        write_report(model / "report.html", Report(summary, pairs, outcome))
        # Last: a folder with a summary is whole.
        summary.write(model / "run.json")


def empty(folder: Path) -> None:
    """Nothing of a run before may seem to be of this one. The folder itself may be a mount point,
    which cannot be removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _situation(data: Dataset, models: RewardModels, base: Base | None) -> Situation:
    own = base.model_ids if base else frozenset[str]()
    return Situation(
        has_base=base is not None,
        ratings=len(data.train.ratings),
        spearman=models.policy.spearman,
        own_answers=sum(row.model_id in own for row in data.train.ratings),
        preferences=len(data.train.preferences),
        examples=len(examples_of(data.train)),
    )
