"""What a training may be told."""

import json
from pathlib import Path

import pytest

from training import hyperparameters
from training.failures import TrainingError
from training.hyperparameters import Hyperparameters


def test_sagemaker_hands_everything_over_as_texts() -> None:
    given = {"method": "rl", "steps": "30", "learning_rate": "1e-4", "eight_bit": "true"}
    read = hyperparameters.parsed(given)
    assert (read.method, read.steps, read.learning_rate, read.eight_bit) == ("rl", 30, 1e-4, True)


def test_the_sagemaker_sdk_puts_texts_in_quotation_marks() -> None:
    assert hyperparameters.parsed({"method": '"sft"'}).method == "sft"


def test_the_sagemaker_sdks_own_entries_are_passed_over() -> None:
    assert hyperparameters.parsed({"sagemaker_region": "eu-west-1"}) == Hyperparameters()


def test_an_unknown_name_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(TrainingError, match=r"no hyperparameter stepps\. There are: method, seed"):
        hyperparameters.parsed({"stepps": "3"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("method", "magic", "must be one of auto, reward-model, rl"),
        ("lora", "some", "must be one of attention, all-linear"),
        ("steps", "many", "must be a number"),
        ("steps", "0", "must be at least 1"),
        ("samples_per_prompt", "1", "must be at least 2"),
        ("kl_limit", "-1", "must be at least 0"),
        ("learning_rate", "nan", "must be at least 0"),
        ("eight_bit", "yes", "must be true or false"),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(TrainingError, match=f"hyperparameter {name} {said}"):
        hyperparameters.parsed({name: value})


def test_the_file_is_read_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "hyperparameters.json"
    assert hyperparameters.read(path) == {}
    path.write_text(json.dumps({"seed": "7"}))
    assert hyperparameters.read(path) == {"seed": "7"}
    path.write_text("{")
    with pytest.raises(TrainingError, match="is no JSON"):
        hyperparameters.read(path)
