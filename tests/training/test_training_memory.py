"""The trained policy makes room for the model that is written: a large one has no room for both."""

import weakref
from pathlib import Path
from typing import Any

import pytest

from tests.training.rated_questions import (
    by_topic,
    preference,
    rated_documents,
    write_dataset,
)
from training import export
from training.hyperparameters import parsed
from training.interruption import Interruption
from training.job import Job
from training.ml_folders import MlFolders
from training.policy import Policy
from training.step_log import StepLog

SETTINGS = {
    "steps": "1",
    "batch_size": "2",
    "samples_per_prompt": "2",
    "max_new_tokens": "8",
    "lora": "attention",
    "rank": "4",
}


class Written(Exception):
    """As far as the test goes."""


@pytest.fixture(scope="module")
def rated(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = rated_documents(documents)
    topics = sorted({row["topic"] for row in rows})
    split = by_topic(rows, test=topics[0], validation=topics[1])
    asked, topic = split["train/ratings"][0]["prompt"], split["train/ratings"][0]["topic"]
    split["train/preferences"] = [preference(asked, "Ask weeks ahead.", "No.", topic=topic)] * 4
    return write_dataset(tmp_path_factory.mktemp("rated"), split)


@pytest.mark.parametrize("method", ["rl", "dpo", "sft"])
def test_nothing_of_the_policy_is_left_when_the_model_is_written(
    method: str,
    rated: Path,
    causal_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks: list[weakref.ref[Any]] = []
    made = Policy.__init__

    def noted(self: Policy, *given: Any, **settings: Any) -> None:
        made(self, *given, **settings)
        networks.append(weakref.ref(self.peft))

    def write_model(*given: Any, **settings: Any) -> None:
        del given, settings
        assert [network() for network in networks] == [None]
        raise Written

    monkeypatch.setattr(Policy, "__init__", noted)
    monkeypatch.setattr(export, "write_model", write_model)
    folders = MlFolders.below(tmp_path, dataset=rated, base=causal_folder)
    job = Job(folders, parsed({**SETTINGS, "method": method}), StepLog(), Interruption())
    with pytest.raises(Written):
        job.run()
