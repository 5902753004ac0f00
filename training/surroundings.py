"""What a training has around it, whatever it trains."""

from dataclasses import dataclass

from training.checkpoints import Checkpoints
from training.interruption import Interruption
from training.step_log import StepLog


@dataclass(frozen=True)
class Surroundings:
    checkpoints: Checkpoints
    log: StepLog
    interruption: Interruption
