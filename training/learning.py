"""The loop: step after step, with checkpoints in between, until there is a reason to stop."""

import time
from collections.abc import Callable
from typing import Any

from training.failures import Interrupted
from training.methods.method import Method
from training.policy import Policy
from training.progress import Outcome, Progress
from training.surroundings import Surroundings

STEPS_BETWEEN_CHECKPOINTS = 5
_SECONDS_BETWEEN_CHECKPOINTS = 60.0


class Learning:
    def __init__(
        self,
        policy: Policy,
        method: Method,
        optimizer: Any,
        progress: Progress,
        around: Surroundings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._method = method
        self._optimizer = optimizer
        self._progress = progress
        self._checkpoints = around.checkpoints
        self._log = around.log
        self._interruption = around.interruption
        self._clock = clock
        self._step = 0

    def run(self, *, resume: bool) -> Outcome:
        """Raises Interrupted, after a checkpoint, when the machine is taken away."""
        if resume:
            self._resume()
        self._log.begin(self._progress.plan.steps, self._progress.base.mean, done=self._step)
        saved = self._clock()
        with self._interruption.deferred():
            while self._progress.stopped is None:
                self._one_step()
                due = self._step % STEPS_BETWEEN_CHECKPOINTS == 0
                late = self._clock() - saved > _SECONDS_BETWEEN_CHECKPOINTS
                if due or late or self._progress.stopped or self._interruption.requested:
                    self._save()
                    saved = self._clock()
                if self._interruption.requested:
                    raise Interrupted
        self._log.end()
        return self._progress.outcome()

    def _one_step(self) -> None:
        began = self._clock()
        self._step += 1
        figures = self._method.step(self._step)
        seconds = max(self._clock() - began, 1e-9)
        figures |= {"seconds": seconds, "tokens_per_second": figures.pop("tokens", 0.0) / seconds}
        self._log.step(self._progress.note(self._step, figures))

    def _save(self) -> None:
        self._checkpoints.save(
            self._step,
            {
                "adapter": self._policy.adapter(),
                "optimizer": self._optimizer.state_dict(),
                "method": dict(self._method.state()),
                "progress": self._progress.state(),
            },
        )

    def _resume(self) -> None:
        found = self._checkpoints.newest()
        for name in self._checkpoints.unreadable:
            self._log.say(f"The checkpoint {name} is broken; the one before it is used.")
        if found is None:
            return
        self._step, state = found
        self._policy.set_adapter(state["adapter"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._method.set_state(state["method"])
        self._progress.set_state(state["progress"])
        self._log.say(f"Goes on after step {self._step}, from a checkpoint.")
