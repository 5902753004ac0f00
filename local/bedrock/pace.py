"""How long answers take, so that benchmarks and tests see the times of a hosted model."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

_FIELDS = ("first_token_ms", "token_ms", "gate_ms", "retrieve_ms", "jitter", "seed")


class PaceError(ValueError):
    """A pace that makes no sense."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds to the first token, per further token, per gate judgement and per retrieval.

    `jitter` is the sigma of a log-normal factor on each time; `seed` makes its draws repeatable.
    All zero: as fast as the machine allows.
    """

    first_token_ms: float = 0
    token_ms: float = 0
    gate_ms: float = 0
    retrieve_ms: float = 0
    jitter: float = 0
    seed: int | None = None

    def changed(self, asked: Mapping[str, Any]) -> Self:
        """This pace with some numbers replaced.

        Raises:
            PaceError: for an unknown name, or a number that is negative or none.
        """
        if unknown := set(asked) - set(_FIELDS):
            raise PaceError(f"unknown: {', '.join(sorted(unknown))}")
        changes: dict[str, Any] = {}
        for name, value in asked.items():
            if name == "seed":
                changes[name] = None if value is None else int(value)
                continue
            try:
                changes[name] = float(value)
            except (TypeError, ValueError) as error:
                raise PaceError(f"{name} is a number") from error
            if not (math.isfinite(changes[name]) and changes[name] >= 0):
                raise PaceError(f"{name} is a number from 0")
        return replace(self, **changes)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read TANDEM_FIRST_TOKEN_MS, TANDEM_TOKEN_MS, TANDEM_GATE_MS and so on."""
        names = {name: f"TANDEM_{name.upper()}" for name in _FIELDS}
        return cls().changed({n: environment[e] for n, e in names.items() if environment.get(e)})


class Clockwork:
    """Draws the times of one run of the stand-in."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._random = random.Random(pace.seed)  # noqa: S311 - times, not secrets

    def seconds(self, milliseconds: float) -> float:
        """That time with this pace's jitter, in seconds."""
        if milliseconds <= 0:
            return 0.0
        factor = math.exp(self._random.gauss(0, self.pace.jitter)) if self.pace.jitter else 1.0
        return milliseconds * factor / 1000
