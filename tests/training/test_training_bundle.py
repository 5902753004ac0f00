"""The code channel: all that a container needs, the same bytes each time."""

import os
import subprocess
import sys
from pathlib import Path

from tandem.tuning.rewards.static_embedding import shipped_folder
from training import bundle


def test_the_same_sources_are_the_same_bundle() -> None:
    files = bundle.code_files()
    assert files == bundle.code_files()
    assert bundle.digest(files) == bundle.digest(bundle.code_files())
    assert bundle.digest(files) != bundle.digest(files[1:])


def test_it_holds_the_trainer_and_the_reward_models_code_only() -> None:
    names = {name for name, _ in bundle.code_files()}
    assert {
        "run_training.py",
        "training/train.py",
        "training/report.html.jinja",
        "training/serving/inference.py",
        "tandem/__init__.py",
        "tandem/tuning/__init__.py",
        "tandem/tuning/rewards/fitting.py",
    } <= names
    others = [name for name in names if name.startswith("tandem/")]
    assert all("/rewards/" in name or name.endswith("__init__.py") for name in others)
    assert not [name for name in names if "__pycache__" in name or "test" in name]


def test_it_runs_by_itself(tmp_path: Path) -> None:
    """As in the container: no Python path, nothing of the repository."""
    bundle.write(tmp_path, embedding=shipped_folder())
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run_training.py")],
        env={**environment, "TANDEM_ML_ROOT": str(tmp_path / "ml")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    reason = (tmp_path / "ml" / "output" / "failure").read_text()
    assert "There is no dataset in" in reason
