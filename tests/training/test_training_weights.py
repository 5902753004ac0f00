"""Which rows a method learns from, and what is said where none are left."""

from pathlib import Path
from typing import Any

from tests.training.rated_questions import preference, rating, write_dataset
from training import dataset, job, train
from training.weights import learned_from

OWN = frozenset({"small-base"})


def of_two_models(folder: Path) -> dataset.Dataset:
    rows = [
        {**rating(f"Q{n}", f"An answer of {n} words", 1 + n % 5), "model_id": model}
        for n, model in enumerate(["small-base", "another", None] * 4)
    ]
    return dataset.read(write_dataset(folder, {"train/ratings": rows}))


def test_ratios_are_taken_of_the_bases_own_answers_alone(tmp_path: Path) -> None:
    data = of_two_models(tmp_path)
    rows = learned_from("offline-ppo", data, data.train.questions(), OWN)
    assert [row.model_id for row in rows] == ["small-base"] * 4
    assert len(learned_from("blog-ppo", data, data.train.questions(), OWN)) == 12


def test_preferences_that_are_all_held_back_leave_nothing_to_learn(
    base_folder: Path, tmp_path: Path
) -> None:
    rated = [rating(f"Q{n}", f"{n} words", 1 + n % 5, topic="abcdef"[n % 6]) for n in range(40)]
    better = [preference("Q0", "Yes.", "No.", topic="a")]
    rows: dict[str, list[dict[str, Any]]] = {"train/ratings": rated, "train/preferences": better}
    folder = write_dataset(tmp_path / "dataset", rows)
    arguments = ["--dataset", str(folder), "--base", str(base_folder), "--out", str(tmp_path)]
    assert train.main([*arguments, "--method", "dpo"]) == 1
    said = (tmp_path / "output" / "failure").read_text()
    assert "Nothing is left for dpo to learn from" in said
    assert "Rate answers of more topics" in said


def test_the_models_folder_is_emptied_and_stays(tmp_path: Path) -> None:
    """Where containers run it is a mount point, which cannot be removed."""
    model = tmp_path / "model"
    (model / "model").mkdir(parents=True)
    (model / "run.json").write_text("{}")
    before = model.stat().st_ino
    job.empty(model)
    assert model.stat().st_ino == before
    assert not list(model.iterdir())
