"""One of each thing that the tuning module keeps, for tests; name the fields that matter."""

from typing import Any

from tandem.tuning.models import (
    Audit,
    ModelVersion,
    Pair,
    RatingCounts,
    RewardModelFigures,
    RunSummary,
    TrainingRun,
)
from tests.fakes import START

FIGURES = RewardModelFigures(spearman=0.52, error=0.8, ratings=60, groups=12)


def run(name: str = "tandem-0123abcd-d3", **changes: Any) -> TrainingRun:
    values: dict[str, Any] = {
        "name": name,
        "dataset_version": 3,
        "dataset_uri": "s3://review/datasets/v000003/",
        "ratings": 60,
        "hyperparameters": {"method": "auto"},
        "asked_by": "policy",
        "started_at": START,
    }
    return TrainingRun(**values | changes)


def summary(**changes: Any) -> RunSummary:
    """Of a run that has trained weights."""
    values: dict[str, Any] = {
        "schema_version": "1",
        "kind": "weights",
        "method": "rl",
        "method_asked": "auto",
        "why": ("the reward model predicts well enough",),
        "dataset_version": 3,
        "dataset_inputs": "0" * 64,
        "base": "flan-t5-xl",
        "base_license": "Apache-2.0",
        "architecture": "encoder-decoder",
        "ratings": RatingCounts(train=50, validation=5, test=5),
        "preferences": 0,
        "demonstrations": 0,
        "reward_model": FIGURES,
        "judge": FIGURES,
        "judge_missing_because": None,
        "metrics": {"kl": 1.5, "eval/heldout": 3.1, "eval/heldout_base": 2.4},
        "stopped_because": "steps",
        "trainer_version": "1",
    }
    return RunSummary(**values | changes)


def version(number: int = 1, **changes: Any) -> ModelVersion:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/tandem-models/{number}"
    values: dict[str, Any] = {
        "version": number,
        "package_arn": arn,
        "kind": "weights",
        "run": "tandem-0123abcd-d3",
        "dataset_version": 3,
        "summary": summary(),
        "folder": "s3://models/runs/tandem-0123abcd-d3/output/model",
        "registered_at": START,
    }
    return ModelVersion(**values | changes)


def pair(name: str = "p1", **changes: Any) -> Pair:
    values: dict[str, Any] = {
        "version": 1,
        "pair_id": name,
        "question": "Why?",
        "context": (),
        "first": "So.",
        "second": "Because.",
        "candidate_is": "first",
    }
    return Pair(**values | changes)


def entry(name: str = "e1", **changes: Any) -> Audit:
    values: dict[str, Any] = {
        "entry_id": name,
        "at": START,
        "actor": "lea",
        "action": "approved",
        "subject": "version-1",
    }
    return Audit(**values | changes)
