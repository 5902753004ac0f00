"""A reward model is trained wherever NumPy is: what weights need is not even looked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.rated_questions import by_topic, rated_documents, write_dataset

ROOT = Path(__file__).parents[3]
KNOWLEDGE = ROOT / "local" / "knowledge"
_NOWHERE = "raise ImportError('it is not needed')"


def trained(root: Path, without: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A training as a job's process does it, in the folder that a container would have."""
    config = root / "input" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps(settings))
    rows = rated_documents(KNOWLEDGE)[::7]
    topics = sorted({row["topic"] for row in rows})
    dataset = by_topic(rows, test=topics[0], validation=topics[1])
    write_dataset(root / "input" / "data" / "dataset", dataset)
    return subprocess.run(
        [sys.executable, str(ROOT / "training" / "run_training.py")],
        env={
            **os.environ,
            "TANDEM_ML_ROOT": str(root),
            "PYTHONPATH": os.pathsep.join([str(without), str(ROOT / "layers/tandem"), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """What weights are trained with is not installed."""
    folder = tmp_path / "without"
    for name in ("torch", "transformers", "peft", "trl"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(_NOWHERE)
    return folder


def test_a_reward_model_needs_nothing_that_weights_need(tmp_path: Path, without: Path) -> None:
    done = trained(tmp_path, without, method="reward-model")

    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "model" / "run.json").read_text())
    assert (run["kind"], run["method"]) == ("reward_model", "reward-model")
    made = {
        path.relative_to(tmp_path / "model").as_posix() for path in tmp_path.rglob("model/**/*")
    }
    assert {"reward/reward_model.json", "evaluation/test_answers.jsonl", "report.html"} <= made


def test_weights_without_a_base_are_refused_with_what_to_do(tmp_path: Path, without: Path) -> None:
    done = trained(tmp_path, without, method="rl")

    assert done.returncode == 1
    assert "give the channel `base`" in (tmp_path / "output" / "failure").read_text()
