"""What a training has reached: its figures, the best adapter so far, and whether it should stop.

The best adapter is the one with the best held-out score within the limits of divergence and length,
the base itself included: a training never hands on what its own measurements call worse than its
beginning. Where the scores are not to be trusted, it is the newest one within the limits.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from training.held_out import HeldOut, Measured, has_fallen
from training.methods.method import Figures
from training.policy import Policy

_FALLS = 2
"""So many measurements in a row below the best one end the training."""
_SHORTEST, _LONGEST = 0.55, 1.8
"""Times the base's length: an adapter that answers shorter or longer is not kept. The gate's bounds
are a little wider, so what is kept here need not fear them on other questions."""


Keep = Literal["best", "newest", "last"]


@dataclass(frozen=True)
class Plan:
    steps: int
    measure_every: int
    kl_limit: float
    """Nats per answer."""
    keep: Keep = "best"
    """Which adapter within the limits: the one with the best held-out score, or the newest one.
    `last`: the last one, whatever was measured (of a comparison)."""


@dataclass(frozen=True)
class Outcome:
    adapter: Mapping[str, Any]
    step: int
    """At which this adapter was; 0 is the base itself."""
    stopped_because: str
    """`kl_limit`, `heldout_fell` or `steps`."""
    base: Measured
    best: Measured
    history: list[Figures]


class Progress:
    def __init__(self, policy: Policy, held_out: HeldOut, plan: Plan) -> None:
        self._policy = policy
        self._held_out = held_out
        self.plan = plan
        self.base = held_out.of_base(policy)
        self._best = self.base
        self._best_step = 0
        self._best_adapter: Mapping[str, Any] = policy.adapter()
        self._falls = 0
        self.history: list[Figures] = []
        self.stopped: str | None = None

    def note(self, step: int, figures: Figures) -> Figures:
        """The figures of a step, with those of a measurement where one is due."""
        figures = {"step": step, **figures}
        last = step >= self.plan.steps
        if last or step % self.plan.measure_every == 0:
            figures |= self._measure(step, figures)
        limited = self.plan.keep != "last"
        furthest = max(figures.get("kl", 0.0), figures.get("eval/kl", 0.0))
        if limited and furthest > self.plan.kl_limit:
            self.stopped = "kl_limit"
        elif limited and self._falls >= _FALLS:
            self.stopped = "heldout_fell"
        elif last:
            self.stopped = "steps"
        self.history.append(figures)
        return figures

    def outcome(self) -> Outcome:
        return Outcome(
            self._best_adapter,
            self._best_step,
            self.stopped or "steps",
            self.base,
            self._best,
            self.history,
        )

    def _measure(self, step: int, figures: Figures) -> Figures:
        measured = self._held_out.of_policy(self._policy)
        within = (
            max(measured.divergence, figures.get("kl", 0.0)) <= self.plan.kl_limit
            and _SHORTEST <= measured.length / max(self.base.length, 1.0) <= _LONGEST
        )
        by_score = self.plan.keep == "best"
        better = not by_score or measured.mean > self._best.mean
        if self.plan.keep == "last" or (within and better):
            self._best, self._best_step = measured, step
            self._best_adapter = self._policy.adapter()
        self._falls = self._falls + 1 if by_score and has_fallen(measured, self._best) else 0
        return {
            "kl": figures.get("kl", measured.divergence),
            "eval/heldout": measured.mean,
            "eval/likeliest": measured.likeliest,
            "eval/kl": measured.divergence,
            "eval/length": measured.length,
            "eval/repetition": measured.repetition,
        }

    # --- for checkpoints -------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        return {
            "history": self.history,
            "best_adapter": dict(self._best_adapter),
            "best_step": self._best_step,
            "best": {**asdict(self._best), "scores": self._best.scores.tolist()},
            "falls": self._falls,
            "stopped": self.stopped,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.history = list(state["history"])
        self._best_adapter, self._best_step = state["best_adapter"], state["best_step"]
        best = state["best"]
        self._best = Measured(**{**best, "scores": np.array(best["scores"])})
        self._falls, self.stopped = state["falls"], state["stopped"]
