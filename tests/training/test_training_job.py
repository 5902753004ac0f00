"""Whole trainings, as the process that SageMaker starts."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.rated_questions import (
    by_topic,
    demonstration,
    rated_documents,
    rating,
    write_dataset,
)

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "method": "rl",
    "steps": "12",
    "batch_size": "4",
    "samples_per_prompt": "2",
    "max_new_tokens": "16",
    "lora": "attention",
    "rank": "4",
    "kl_limit": "50",
}


class Container:
    """The layout that SageMaker gives a job, and the process in it."""

    def __init__(self, root: Path, dataset: Path, base: Path | None, **settings: str) -> None:
        self.root = root
        channels = root / "input" / "data"
        channels.mkdir(parents=True)
        (channels / "dataset").symlink_to(dataset)
        if base is not None:
            (channels / "base").symlink_to(base)
        config = root / "input" / "config"
        config.mkdir()
        (config / "hyperparameters.json").write_text(json.dumps({**SETTINGS, **settings}))

    def start(self) -> subprocess.Popen[str]:
        path = f"{ROOT / 'layers' / 'tandem'}{os.pathsep}{ROOT}"
        return subprocess.Popen(
            [sys.executable, str(ROOT / "training" / "run_training.py")],
            env={**os.environ, "TANDEM_ML_ROOT": str(self.root), "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> tuple[int, str]:
        """Exit code and standard output."""
        with self.start() as process:
            out, err = process.communicate()
        assert process.returncode in (0, 1), err
        return process.returncode, out

    @property
    def model(self) -> Path:
        return self.root / "model"

    @property
    def failure(self) -> str:
        return (self.root / "output" / "failure").read_text()

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.model / "run.json").read_text())
        return found

    def numbers(self) -> list[dict[str, float]]:
        times = ("seconds", "tokens_per_second")
        lines = (self.model / "metrics.jsonl").read_text().splitlines()
        return [{n: v for n, v in json.loads(row).items() if n not in times} for row in lines]


@pytest.fixture(scope="session")
def rated(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = rated_documents(documents)
    topics = sorted({row["topic"] for row in rows})
    split = by_topic(rows, test=topics[0], validation=topics[1])
    return write_dataset(tmp_path_factory.mktemp("rated"), split)


@pytest.fixture(scope="session")
def finished(rated: Path, base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """A training that nobody interrupted."""
    container = Container(tmp_path_factory.mktemp("finished"), rated, base_folder, method="auto")
    code, container_log = container.run()
    assert code == 0
    (container.root / "log").write_text(container_log)
    return container


def test_it_leaves_all_that_was_agreed(finished: Container) -> None:
    found = {
        path.relative_to(finished.model).as_posix()
        for path in finished.model.rglob("*")
        if path.is_file()
    }
    assert found >= {
        "run.json",
        "report.html",
        "metrics.jsonl",
        "reward/reward_model.json",
        "evaluation/test_answers.jsonl",
        "adapter/adapter_model.safetensors",
        "adapter/adapter_config.json",
        "model/config.json",
        "model/model.safetensors",
        "model/tokenizer.json",
        "model/generation_config.json",
        "model/golden.json",
        "model/code/inference.py",
        "model/LICENSE",
    }
    assert not (finished.root / "output" / "failure").exists()


def test_the_summary_says_what_was_done_and_why(finished: Container) -> None:
    run = finished.summary()
    assert run["schema_version"] == "1"
    assert (run["kind"], run["method"], run["method_asked"]) == ("weights", "rl", "auto")
    assert "rank correlation" in run["why"][0]
    assert (run["dataset_version"], run["dataset_inputs"]) == (3, "ab" * 32)
    assert (run["base"], run["architecture"]) == ("small-base", "encoder-decoder")
    assert run["stopped_because"] == "steps"
    assert run["judge"] is not None or run["judge_missing_because"]
    assert run["metrics"].keys() >= {
        "kl", "eval/heldout", "eval/heldout_base", "length_ratio", "repetition",
        "repetition_base", "steps", "seconds",
    }  # fmt: skip
    assert run["metrics"]["kl"] >= 0
    assert run["metrics"]["eval/heldout"] >= run["metrics"]["eval/heldout_base"]


def test_the_log_has_a_line_for_each_step(finished: Container) -> None:
    log = (finished.root / "log").read_text()
    steps = re.findall(r"^step=(\d+) reward/mean=[\d.]+ .*\bkl=", log, re.MULTILINE)
    assert [int(step) for step in steps] == list(range(1, 13))
    assert "rm/spearman=" in log
    assert len(finished.numbers()) == 12


def test_every_question_of_the_test_has_both_models_answers(finished: Container) -> None:
    path = finished.model / "evaluation" / "test_answers.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 5
    assert all(row["base_answer"] and row["candidate_answer"] for row in rows)
    assert all(row["reference_answers"] for row in rows)
    assert len({row["prompt_id"] for row in rows}) == 5


def test_the_report_stands_alone(finished: Container) -> None:
    page = (finished.model / "report.html").read_text()
    assert page.count("<svg") == 5
    # Names of SVG's and of metadata's vocabularies are no addresses that anything is loaded from.
    assert not re.findall(r"(?:src|href)=\"(?!#)", page.replace('xlink:href="#', ""))
    assert "Before and after" in page


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_was_ended_half_way_goes_on_with_the_same_numbers(
    ended_by: signal.Signals, finished: Container, rated: Path, base_folder: Path, tmp_path: Path
) -> None:
    container = Container(tmp_path, rated, base_folder, method="auto")
    with container.start() as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("step=7 "):
                process.send_signal(ended_by)
                break
        process.communicate()
    code = process.returncode
    assert code == (143 if ended_by == signal.SIGTERM else -signal.SIGKILL)
    assert not container.model.joinpath("run.json").exists()
    assert not (container.root / "output" / "failure").exists()
    code, log = container.run()
    assert code == 0
    # After SIGTERM at the very step, after SIGKILL from the last checkpoint before.
    done = int(re.findall(r"Goes on after step (\d+)", log)[0])
    assert done >= (7 if ended_by == signal.SIGTERM else 5)
    assert container.numbers() == finished.numbers()
    merged = "model/model.safetensors"
    assert (container.model / merged).read_bytes() == (finished.model / merged).read_bytes()


def test_without_a_base_there_is_a_reward_model_only(rated: Path, tmp_path: Path) -> None:
    container = Container(tmp_path, rated, None, method="auto")
    assert container.run()[0] == 0
    run = container.summary()
    assert (run["kind"], run["method"], run["base"]) == ("reward_model", "reward-model", None)
    assert run["stopped_because"] is None
    assert (container.model / "reward" / "reward_model.json").is_file()
    assert not (container.model / "model").exists()
    path = container.model / "evaluation" / "test_answers.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["candidate_answer"] for row in rows} == {None}


Refused = tuple[dict[str, list[dict[str, Any]]], dict[str, str], str]


def refused() -> Iterator[Refused]:
    many = [rating(f"Q{n}", f"An answer of {n} words", 1 + n % 5) for n in range(40)]
    yield {"train/ratings": many[:20]}, {}, "10 more are missing"
    yield {"train/ratings": [{**row, "reward": 4} for row in many]}, {}, "nothing to learn"
    yield {"train/ratings": [{**many[0], "reward": 7}, *many]}, {}, "line 1: .* rating 7"
    yield {}, {}, "is empty"
    yield {"train/demonstrations": [demonstration("Q", "A")]}, {}, "30 more are missing"
    yield {"train/ratings": many}, {"stepps": "3"}, "no hyperparameter stepps"
    yield {"train/ratings": many}, {"dataset_version": "4"}, "has version 3"


@pytest.mark.parametrize(("rows", "settings", "said"), refused())
def test_what_cannot_be_trained_on_fails_with_the_reason_where_sagemaker_shows_it(
    rows: dict[str, list[dict[str, Any]]], settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    from training import train

    dataset = write_dataset(tmp_path / "dataset", rows)
    container = Container(tmp_path / "ml", dataset, None, method="auto", **settings)
    assert train.main(["--ml-root", str(container.root)]) == 1
    assert re.search(said, container.failure)
    assert not (container.model / "run.json").exists()


def test_a_full_disk_is_said_to_be_full(
    rated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from training import export, train

    def full(path: Path, history: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(export, "write_metrics", full)
    container = Container(tmp_path, rated, None, method="auto")
    with pytest.raises(OSError, match="No space"):
        train.main(["--ml-root", str(container.root)])
    assert "The disk is full while writing" in container.failure
    assert "goes on from its newest checkpoint" in container.failure
    assert not (container.model / "run.json").exists()


def test_help_is_there_without_the_heavy_dependencies() -> None:
    path = f"{ROOT / 'layers' / 'tandem'}{os.pathsep}{ROOT}"
    script = "import sys; sys.modules['torch'] = None; from training.train import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "--help"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--kl-limit" in done.stdout
