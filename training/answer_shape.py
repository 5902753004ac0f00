"""An answer's length and repetitions: where a policy cheats a reward model first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_NGRAM = 3
_LONGER, _SHORTER = 1.5, 0.6
"""Times the base's mean length: within, length is free."""
_PER_LENGTH = 1.0
"""Points for each further length of the base's mean, or of what is missing of it."""
_CUT_OFF = 1.0
"""Points for an answer that did not come to its end."""
_REPEATED = 2.0
"""Points for an answer that is repetition throughout."""


def repetition(tokens: Sequence[int]) -> float:
    """The share of three tokens in a row that were there before; 0 for a shorter answer."""
    grams = list(zip(*(tokens[start:] for start in range(_NGRAM)), strict=False))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def penalties(
    lengths: Numbers,
    finished: Numbers,
    repeated: Numbers,
    *,
    base_length: float,
    base_repetition: float,
) -> Numbers:
    """Points to take from each answer's reward; zero for one of the base's shape.

    Of the base are the means of its own sampled answers.
    """
    ratio = lengths / max(base_length, 1.0)
    outside = np.maximum(ratio - _LONGER, 0) + np.maximum(_SHORTER - ratio, 0)
    more_repeated = np.maximum(repeated - base_repetition, 0)
    return _PER_LENGTH * outside + _CUT_OFF * (1 - finished) + _REPEATED * more_repeated
