"""What a training leaves behind for who serves and who evaluates the model.

Without weights it needs no torch: a reward model is trained wherever NumPy is.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.tuning.rewards.asked import Asked
from training.base_files import Base
from training.dataset import Question, Split

_DIGITS_OF_AN_ID = 20


@dataclass(frozen=True)
class Pair:
    """The base's answer and the candidate's; None where no weights were trained."""

    question: Question
    base: str | None
    candidate: str | None


def write_metrics(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(dict(figures)) for figures in history)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_model(
    base: Base, adapter: Path, folder: Path, questions: Sequence[Question], *, longest: int
) -> list[Pair]:
    """The merged model with all that an endpoint needs, and both models' answers to the questions.

    The answers are the likeliest ones, of what is served and in its kind of numbers.
    """
    # Where weights are trained, these are there anyway.
    from training import golden
    from training.answering import AnsweringModel
    from training.policy import (
        device,
        free_memory,
        load_network,
        merged,
        number_type,
        tokenizer_of,
    )
    from training.prompting import Prompting

    prompting = Prompting(tokenizer_of(base), causal=base.causal)
    ids = [prompting.ids(question.text) for question in questions]
    network = load_network(base, kind=number_type())
    before = prompting.texts(AnsweringModel(network, prompting).greedy(ids, longest=longest))
    del network
    free_memory()
    network = merged(base, adapter)
    network.generation_config = _generation(network, prompting.tokenizer)
    shutil.rmtree(folder, ignore_errors=True)
    network.save_pretrained(folder)
    prompting.tokenizer.save_pretrained(folder)
    network.to(device(), number_type())
    after = prompting.texts(AnsweringModel(network, prompting).greedy(ids, longest=longest))
    del network
    free_memory()
    _write_beside(base, folder)
    golden.write(folder)
    return [
        Pair(question, one, other)
        for question, one, other in zip(questions, before, after, strict=True)
    ]


def write_test_answers(path: Path, pairs: Sequence[Pair], test: Split) -> None:
    """One line for each question of the frozen test, with the rated answers to it."""
    references: dict[Asked, list[dict[str, Any]]] = {}
    for row in test.ratings:
        references.setdefault(row.question.asked, []).append(
            {"text": row.answer, "reward": row.reward}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for pair in pairs:
            question = pair.question
            line = {
                "prompt_id": prompt_id(question),
                "prompt": question.prompt,
                "topic": question.topic,
                "language": question.language,
                "context": [{"author": a, "text": t} for a, t in question.context],
                "base_answer": pair.base,
                "candidate_answer": pair.candidate,
                "reference_answers": references.get(question.asked, []),
            }
            file.write(json.dumps(line, ensure_ascii=True) + "\n")


def prompt_id(question: Question) -> str:
    """Of its texts alone: the same question has the same name in every run."""
    texts = json.dumps([question.prompt, question.context])
    return hashlib.sha256(texts.encode()).hexdigest()[:_DIGITS_OF_AN_ID]


def _generation(network: Any, tokenizer: Any) -> Any:
    """Where answers begin and end, and nothing else of the base's.

    What bases come with (a price on repetition, a part of the likeliest tokens) would make other
    answers of the model than those that were scored.
    """
    from transformers import GenerationConfig

    from training.serving import inference

    given = network.generation_config
    return GenerationConfig(
        bos_token_id=given.bos_token_id,
        decoder_start_token_id=given.decoder_start_token_id,
        eos_token_id=inference.ends(network, tokenizer),
        pad_token_id=tokenizer.pad_token_id,
    )


def _write_beside(base: Base, folder: Path) -> None:
    """The code that serves it, and the licence that comes with the base."""
    from training.serving import inference

    code = folder / "code"
    code.mkdir()
    shutil.copyfile(inference.__file__, code / "inference.py")
    for path in base.license_files:
        shutil.copyfile(path, folder / path.name)
