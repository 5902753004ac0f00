"""How a method is run: what was asked for, and what suits the method and the base elsewhere."""

from dataclasses import dataclass

from training.hyperparameters import Hyperparameters
from training.progress import Keep, Plan

_SMALL = 50_000_000
"""Parameters of a base up to which larger steps are taken."""
_RATES = {"rl": 1e-3, "offline-ppo": 1e-3, "dpo": 3e-4, "sft": 1e-3, "blog-ppo": 1e-3}
"""AdamW's, for a small base."""
_LARGE_BASE = 0.2
"""Times the rate of a small one."""
_STEPS = {"rl": 40, "blog-ppo": 40}
_EPOCHS = {"offline-ppo": 4, "dpo": 12, "sft": 4}
_FEWEST_STEPS, _MOST_STEPS = 60, 400
"""Few rows need many epochs: the limit of divergence ends what has learned enough."""
_BATCH = {"rl": 16, "offline-ppo": 32, "dpo": 16, "sft": 16, "blog-ppo": 32}
_MEASUREMENTS = 10


@dataclass(frozen=True)
class Settings:
    learning_rate: float
    """AdamW's."""
    batch_size: int
    """Questions, pairs or answers of a step."""
    samples: int
    """Answers sampled to each question."""
    kl_coefficient: float
    """What a nat of divergence costs, in standard deviations of the base's scores."""
    kl_limit: float
    """Nats per answer."""
    longest: int
    """Tokens of an answer."""
    seed: int


def settings_of(
    given: Hyperparameters, method: str, *, parameters: int, rows: int, trusted: bool
) -> tuple[Settings, Plan]:
    """`parameters`: of the base; `rows`: that the method learns from; `trusted`: the reward model
    is good enough to choose by."""
    batch = min(given.batch_size or _BATCH[method], rows)
    steps = given.steps or _STEPS.get(method) or _steps_of_epochs(method, rows, batch)
    rate = given.learning_rate
    if rate is None:
        rate = _RATES[method] * (1.0 if parameters <= _SMALL else _LARGE_BASE)
    settings = Settings(
        learning_rate=rate,
        batch_size=batch,
        samples=given.samples_per_prompt,
        kl_coefficient=given.kl_coefficient,
        kl_limit=given.kl_limit,
        longest=given.max_new_tokens,
        seed=given.seed,
    )
    plan = Plan(
        steps=steps,
        measure_every=max(1, steps // _MEASUREMENTS),
        kl_limit=given.kl_limit,
        keep=_kept(method, trusted=trusted),
    )
    return settings, plan


def _kept(method: str, *, trusted: bool) -> Keep:
    if method == "blog-ppo":
        return "last"
    # What is trained against the reward model believes it anyway.
    return "best" if trusted or method == "rl" else "newest"


def _steps_of_epochs(method: str, rows: int, batch: int) -> int:
    steps = _EPOCHS[method] * -(-rows // batch)
    return min(max(steps, _FEWEST_STEPS), _MOST_STEPS)
