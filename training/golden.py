"""Texts with their tokens and log-probabilities, which an endpoint checks before it serves."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.failures import TrainingError
from training.serving import inference

EXAMPLES = 4
_ALWAYS = "How do I reset it? 1,000 – “quoted”, naïve, a.b/c@d"
"""Signs that tokenizers' releases disagree about first."""


def write(folder: Path, asked: Sequence[str], answers: Sequence[str]) -> None:
    """For the model that lies in the folder, reckoned by what will serve it."""
    served = inference.load(folder)
    pairs = [*zip(asked[:EXAMPLES], answers[:EXAMPLES], strict=True), (_ALWAYS, _ALWAYS)]
    examples = [_example(served, text, answer) for text, answer in pairs if answer]
    (folder / inference.GOLDEN).write_text(
        json.dumps({"format": "tandem-golden-1", "examples": examples}, ensure_ascii=False),
        encoding="utf-8",
    )
    inference.check(served, folder)


def check_base(folder: Path) -> None:
    """Of a base that has golden examples: a model that was trained here before. TrainingError."""
    if not (folder / inference.GOLDEN).is_file():
        return
    try:
        inference.model_fn(str(folder))
    except inference.ModelRefused as error:
        raise TrainingError(f"The base is not what it was: {error}.") from error


def _example(served: inference.Served, asked: str, answer: str) -> dict[str, Any]:
    question = served.question_ids(asked)
    said = served.tokenizer(answer, add_special_tokens=False)["input_ids"]
    return {
        "inputs": asked,
        "input_ids": question,
        "answer": answer,
        "answer_ids": said,
        "log_probability": inference.log_probability(served, question, said),
    }
