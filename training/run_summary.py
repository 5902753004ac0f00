"""`model/run.json`: the summary of a training, for whoever registers and judges the candidate."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandem.tuning.rewards.fitting import Fitted
from training.base_files import Base
from training.choice import Choice
from training.dataset import Dataset
from training.reward_models import RewardModels

TRAINER_VERSION = "1"


@dataclass
class RunSummary:
    dataset: Dataset
    asked: str
    choice: Choice
    base: Base | None
    models: RewardModels
    metrics: Mapping[str, float] = field(default_factory=dict)
    stopped_because: str | None = None
    warnings: Sequence[str] = ()

    @property
    def kind(self) -> str:
        return "reward_model" if self.choice.method == "reward-model" else "weights"

    def as_json(self) -> dict[str, Any]:
        data, models = self.dataset, self.models
        splits = {"train": data.train, "validation": data.validation, "test": data.test}
        return {
            "schema_version": "1",
            "kind": self.kind,
            "method": self.choice.method,
            "method_asked": self.asked,
            "why": list(self.choice.why),
            "dataset_version": data.version,
            "dataset_inputs": data.inputs,
            "base": self.base.name if self.base else None,
            "base_license": self.base.license if self.base else None,
            "architecture": self.base.architecture if self.base else None,
            "ratings": {name: len(split.ratings) for name, split in splits.items()},
            "preferences": sum(len(split.preferences) for split in splits.values()),
            "demonstrations": sum(len(split.demonstrations) for split in splits.values()),
            "reward_model": _figures(models.chat),
            "judge": _figures(models.judge) if models.judge else None,
            "judge_missing_because": models.judge_missing_because,
            "metrics": {
                name: round(value, 6)
                for name, value in self.metrics.items()
                if math.isfinite(value)
            },
            "warnings": [*self.choice.warnings, *self.warnings],
            "stopped_because": self.stopped_because,
            "trainer_version": TRAINER_VERSION,
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False), encoding="utf-8")


def _figures(fitted: Fitted) -> dict[str, float]:
    return {
        "spearman": round(fitted.spearman, 4),
        "error": round(fitted.error, 4),
        "ratings": fitted.ratings,
        "groups": fitted.groups,
    }
