"""The log of a training: a line per step for SageMaker's metrics, a bar for who looks on."""

import math
import sys
from collections.abc import Mapping
from typing import TextIO

from tqdm import tqdm


def line(figures: Mapping[str, float]) -> str:
    """`name=number` parted by blanks; what is not a finite number is left out."""
    said = (f"{name}={_number(value)}" for name, value in figures.items() if math.isfinite(value))
    return " ".join(said)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e9 else f"{value:.5g}"


class StepLog:
    """Lines on standard output; the bar on standard error, and only on a terminal."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._bar: tqdm[None] | None = None

    def say(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def begin(self, steps: int, base: float, *, done: int = 0) -> None:
        """`base`: its held-out score; `done`: steps before the checkpoint."""
        self.say(line({"eval/heldout_base": base}))
        self._bar = tqdm(total=steps, initial=done, desc="steps", disable=not sys.stderr.isatty())

    def step(self, figures: Mapping[str, float]) -> None:
        self.say(line(figures))
        if self._bar is not None:
            shown = ("reward/mean", "kl", "eval/heldout", "loss")
            self._bar.set_postfix({n: f"{figures[n]:.3g}" for n in shown if n in figures})
            self._bar.update()

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()
