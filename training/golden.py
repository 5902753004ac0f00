"""Texts with their tokens and log-probabilities, which an endpoint checks before it serves."""

import json
from pathlib import Path
from typing import Any

from training.failures import TrainingError
from training.serving import inference

_QUESTIONS = (
    "Where is my parcel, and when will it arrive?",
    "How can I send something back that I do not like?",
    "customer: Hello\nassistant: Hello! How can I help?\ncustomer: I forgot my password.",
    "Wie ändere ich meine Adresse, und was kostet das?",
)
"""None is of the dataset: these texts stay with the model, also when a customer has withdrawn what
it was trained on."""
_SIGNS = "How do I reset it? 1,000 – “quoted”, naïve, a.b/c@d"
"""Signs that tokenizers' releases disagree about first."""
_LONGEST = 64
"""Tokens of an answer."""


def write(folder: Path) -> None:
    """For the model that lies in the folder: answered and computed by what will serve it."""
    served = inference.load(folder)
    pairs = [*((asked, _answer(served, asked)) for asked in _QUESTIONS), (_SIGNS, _SIGNS)]
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


def _answer(served: inference.Served, asked: str) -> str:
    """The likeliest one."""
    data = {"inputs": asked, "max_new_tokens": _LONGEST, "temperature": 0.0}
    return str(inference.predict_fn(data, served)["generated_text"])


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
