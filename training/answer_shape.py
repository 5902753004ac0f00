"""An answer's length, repetitions and end: where a policy cheats a reward model first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_NGRAM = 3
_LONGER, _SHORTER = 1.4, 0.7
"""Times the base's mean length: within, length is free."""
_MORE = 0.02
"""Of repetition and of answers that are cut off, so much more than the base's is free."""
_PER_LENGTH, _PER_REPETITION, _PER_CUT_OFF = 5.0, 40.0, 20.0
_MOST = 3.0
"""Standard deviations of the base's scores."""


@dataclass(frozen=True)
class Shape:
    """Means over answers."""

    length: float
    """Tokens."""
    repetition: float
    cut_off: float
    """The share that did not come to its end."""


def repetition(tokens: Sequence[int]) -> float:
    """The share of three tokens in a row that were there before; 0 for a shorter answer."""
    grams = list(zip(*(tokens[start:] for start in range(_NGRAM)), strict=False))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def shape_of(answers: Sequence[Sequence[int]], end: int) -> Shape:
    """Of answers as tokens; the last one of a finished answer is `end`."""
    return Shape(
        float(np.mean([len(tokens) for tokens in answers])),
        float(np.mean([repetition(tokens) for tokens in answers])),
        float(np.mean([_cut_off(tokens, end) for tokens in answers])),
    )


def costs(answers: Sequence[Sequence[int]], end: int, base: Shape) -> Numbers:
    """What each answer's shape costs, in standard deviations of the base's scores.

    Nothing as long as the answers together have about the base's shape, however they differ among
    each other: that is not the policy's doing. The farther their means drift away, the more does an
    answer cost that takes part in it.
    """
    now = shape_of(answers, end)
    ratio = now.length / max(base.length, 1.0)
    longer = max(ratio - _LONGER, 0.0) - max(_SHORTER - ratio, 0.0)
    repeating = max(now.repetition - base.repetition - _MORE, 0.0)
    endless = max(now.cut_off - base.cut_off - _MORE, 0.0)
    lengths = np.array([len(tokens) / max(base.length, 1.0) for tokens in answers])
    repeated = np.array([repetition(tokens) for tokens in answers])
    cut = np.array([_cut_off(tokens, end) for tokens in answers])
    found: Numbers = np.clip(
        _PER_LENGTH * longer * lengths
        + _PER_REPETITION * repeating * repeated
        + _PER_CUT_OFF * endless * cut,
        -_MOST,
        _MOST,
    )
    return found


def _cut_off(tokens: Sequence[int], end: int) -> float:
    return float(not tokens or tokens[-1] != end)
