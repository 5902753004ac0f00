"""Datasets for the trainer's tests, rated by a rule that a reward model can find out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.dataset import Question
from training.document_questions import questions_about, subjects_of
from training.scoring import Scores

SPLITS = ("train", "validation", "test")
KINDS = ("ratings", "preferences", "demonstrations")


def rated_by_length(answer: str) -> float:
    """1 to 5: the longer the better, up to 25 words."""
    return float(np.clip(round(len(answer.split()) / 5), 1, 5))


def score_by_length(questions: Sequence[Question], answers: Sequence[str]) -> Scores:
    """The same rule as a scorer, without the rounding."""
    del questions
    return np.array([min(max(len(answer.split()) / 5, 1.0), 5.0) for answer in answers])


def questions_of(documents: Path) -> list[Question]:
    return [
        Question(text, (), subject.name, "en")
        for subject in subjects_of(documents)
        for text in questions_about(subject)
    ]


def rating(prompt: str, response: str, reward: float, **others: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "0", "prompt": prompt, "topic": prompt, "language": "en", "context": [],
        "response": response, "reward": reward, "raters": 1, "agreement": None,
        "source": "reviewers", "model_id": "small-base", "picks": ["random"],
    }  # fmt: skip
    return {**row, **others}


def preference(prompt: str, chosen: str, rejected: str, **others: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "0", "prompt": prompt, "topic": prompt, "language": "en", "context": [],
        "chosen": chosen, "rejected": rejected, "chosen_by": "expert", "model_id": None,
    }  # fmt: skip
    return {**row, **others}


def demonstration(prompt: str, response: str, **others: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "0", "prompt": prompt, "topic": prompt, "language": "en", "context": [],
        "response": response, "written_by": "expert",
    }  # fmt: skip
    return {**row, **others}


def rated_documents(documents: Path) -> list[dict[str, Any]]:
    """Sentences as answers to questions about their document, rated by their length."""
    return [
        rating(question, sentence, rated_by_length(sentence), topic=subject.name)
        for subject in subjects_of(documents)
        for question in questions_about(subject)
        for sentence in subject.sentences
    ]


def write_dataset(
    folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]], *, version: int = 3
) -> Path:
    """`rows` by path within the version's folder without its ending: `train/ratings`."""
    files = []
    for split in SPLITS:
        (folder / split).mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            lines = [json.dumps(row) + "\n" for row in rows.get(f"{split}/{kind}", ())]
            path = folder / split / f"{kind}.jsonl"
            path.write_text("".join(lines), encoding="utf-8")
            files.append({"path": f"{split}/{kind}.jsonl", "rows": len(lines)})
    manifest = {"schema_version": "1", "version": version, "inputs": "ab" * 32, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def by_topic(rows: Sequence[dict[str, Any]], test: str, validation: str) -> dict[str, Any]:
    """Split by topic: the topic of the test, that of the validation, all others to train on."""
    where = {test: "test", validation: "validation"}
    split: dict[str, list[dict[str, Any]]] = {f"{name}/ratings": [] for name in SPLITS}
    for row in rows:
        split[f"{where.get(row['topic'], 'train')}/ratings"].append(row)
    return split
