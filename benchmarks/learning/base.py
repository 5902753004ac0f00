"""The base of the world: it has read answers of all manners to all topics, and knows no manners."""

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.learning.world import TOPICS, WORDINGS, answer, question
from training.document_questions import Example
from training.small_base import train

STEPS = 2000
_BATCH = 32
_TEXTS = 20
"""Answers to each topic that the tokenizer is made of."""


def make(folder: Path, *, seed: int = 1) -> float:
    """Writes the base's folder; returns its loss in nats per token."""
    draw = random.Random(seed)
    texts = [question(topic, wording) for topic in TOPICS for wording in range(WORDINGS)]
    texts += [answer(topic, draw) for topic in TOPICS for _ in range(_TEXTS)]
    return train(texts, _batches(random.Random(seed + 1)), folder, steps=STEPS, seed=seed)


def _batches(draw: random.Random) -> Iterator[list[Example]]:
    while True:
        topics = draw.choices(TOPICS, k=_BATCH)
        yield [
            Example(question(topic, draw.randrange(WORDINGS)), (), answer(topic, draw))
            for topic in topics
        ]
