"""A dataset of the world: answers of the base, rated by one noisy reviewer each.

Laid out as docs/review.md says, for the trainer to read.
"""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.learning.world import (
    TOPICS,
    WORDINGS,
    Topic,
    corrected,
    question,
    rating,
    true_score,
)

HELD_OUT = 12
"""Topics that are never rated: where it shows whether something was learnt."""
MODEL_ID = "small-base"
"""Under which the base's answers are recorded: they are its own."""
_SPLITS = (("validation", 0.1), ("test", 0.2))
_CORRECTED = 0.3
"""Share of the rated answers beside which an expert wrote a better one."""

Asking = Callable[[Sequence[str]], Sequence[str]]
"""Answers of the base to questions, one to each, drawn anew at each call."""


@dataclass(frozen=True)
class Topics:
    rated: tuple[Topic, ...]
    held_out: tuple[Topic, ...]


def topics(seed: int) -> Topics:
    order = list(TOPICS)
    random.Random(seed).shuffle(order)
    return Topics(tuple(order[HELD_OUT:]), tuple(order[:HELD_OUT]))


def write(folder: Path, count: int, seed: int, ask: Asking) -> None:
    """`count` rated answers, over all splits, about topics that are not held out."""
    draw = random.Random(f"{seed}/{count}")
    rated = topics(seed).rated
    split_of = _splits(rated)
    chosen = [(draw.choice(rated), draw.randrange(WORDINGS)) for _ in range(count)]
    answers = ask([question(topic, wording) for topic, wording in chosen])
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, ((topic, wording), said) in enumerate(zip(chosen, answers, strict=True)):
        split = split_of[topic.name]
        common = {
            "id": f"{number:06d}",
            "prompt": question(topic, wording),
            "topic": topic.name,
            "language": "en",
            "context": [],
        }
        if not said.strip():
            continue
        score = rating(true_score(topic, said), draw)
        rows.setdefault(f"{split}/ratings.jsonl", []).append(
            {**common, "response": said, "reward": float(score), "raters": 1, "agreement": None,
             "source": "reviewers", "model_id": MODEL_ID, "picks": ["random"]}
        )  # fmt: skip
        if draw.random() < _CORRECTED and said != corrected(topic):
            rows.setdefault(f"{split}/preferences.jsonl", []).append(
                {**common, "chosen": corrected(topic), "rejected": said, "chosen_by": "expert",
                 "model_id": MODEL_ID}
            )  # fmt: skip
    _write(folder, rows)


def _splits(rated: Sequence[Topic]) -> dict[str, str]:
    names = [topic.name for topic in rated]
    found = dict.fromkeys(names, "train")
    start = 0
    for split, share in _SPLITS:
        end = start + round(share * len(names))
        found |= dict.fromkeys(names[start:end], split)
        start = end
    return found


def _write(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    inputs = hashlib.sha256()
    files = []
    for name in sorted(rows):
        body = "".join(json.dumps(row) + "\n" for row in rows[name]).encode()
        inputs.update(body)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        files.append({"path": name, "rows": len(rows[name])})
    manifest = {"schema_version": "1", "version": 1, "inputs": inputs.hexdigest(), "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
