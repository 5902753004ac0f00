"""What a training is told: typed, checked, and with a default for everything."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from training.failures import TrainingError

METHODS = ("auto", "reward-model", "rl", "offline-ppo", "dpo", "sft", "blog-ppo")
LORA = ("attention", "all-linear")
_SDK_PREFIX = "sagemaker_"
"""The SageMaker SDK's own entries, which say nothing about the training."""
_LOWEST = {
    "rank": 1,
    "learning_rate": 0.0,
    "steps": 1,
    "batch_size": 1,
    "samples_per_prompt": 2,
    "kl_coefficient": 0.0,
    "kl_limit": 0.0,
    "max_new_tokens": 1,
    "minimum_ratings": 1,
    "dataset_version": 1,
}


@dataclass(frozen=True)
class Hyperparameters:
    """None means: what suits the method and the base, see `training.settings`."""

    method: str = "auto"
    seed: int = 1
    lora: str = "all-linear"
    rank: int = 16
    learning_rate: float | None = None
    steps: int | None = None
    batch_size: int | None = None
    samples_per_prompt: int = 4
    kl_coefficient: float = 0.05
    """What a nat of divergence costs, in standard deviations of the base's scores."""
    kl_limit: float = 5.0
    """Nats per answer."""
    eight_bit: bool = False
    max_new_tokens: int = 200
    minimum_ratings: int = 30
    dataset_version: int | None = None
    """Checked against the manifest."""
    resume: bool = True

    def __post_init__(self) -> None:
        _one_of("method", self.method, METHODS)
        _one_of("lora", self.lora, LORA)
        for name, lowest in _LOWEST.items():
            value = getattr(self, name)
            if value is not None and not value >= lowest:
                raise TrainingError(
                    f"The hyperparameter {name} must be at least {lowest:g}, not {value}."
                )


HINTS = get_type_hints(Hyperparameters)
NAMES = tuple(field.name for field in dataclasses.fields(Hyperparameters))


def read(path: Path) -> dict[str, str]:
    """The file that SageMaker writes: an object of strings. Empty without the file."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainingError(f"{path} is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise TrainingError(f"{path} must be a JSON object of strings.")
    return {str(name): str(value) for name, value in found.items()}


def parsed(given: Mapping[str, str]) -> Hyperparameters:
    """Raises TrainingError for a name that is unknown and a value that cannot be read."""
    named = {n: v for n, v in given.items() if not n.startswith(_SDK_PREFIX)}
    if unknown := sorted(set(named) - set(NAMES)):
        raise TrainingError(
            f"There is no hyperparameter {', '.join(unknown)}. There are: {', '.join(NAMES)}."
        )
    return Hyperparameters(**{name: _value(name, text) for name, text in named.items()})


def _value(name: str, text: str) -> Any:
    # The SageMaker SDK writes each value as JSON, a text thus with quotation marks.
    text = text.strip().strip('"')
    kind = str(HINTS[name])
    try:
        if "bool" in kind:
            return {"true": True, "false": False}[text.lower()]
        if "int" in kind:
            return int(text)
        return float(text) if "float" in kind else text
    except (KeyError, ValueError):
        expected = "true or false" if "bool" in kind else "a number"
        raise TrainingError(
            f"The hyperparameter {name} must be {expected}, not {text!r}."
        ) from None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise TrainingError(
            f"The hyperparameter {name} must be one of {', '.join(allowed)}, not {value!r}."
        )
