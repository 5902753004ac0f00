"""Answers to imitate: those that people rated well, or wrote themselves."""

from training.dataset import Question, Split

GOOD = 4.0
"""A rating from which on an answer is worth imitating."""


def examples_of(split: Split) -> list[tuple[Question, str]]:
    """Questions with answers to imitate."""
    rated = [(row.question, row.answer) for row in split.ratings if row.reward >= GOOD]
    return rated + [(row.question, row.answer) for row in split.demonstrations]
