"""The library `datasets` loads a version as it is: no script, no network."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tandem.review.dataset_rows import Kind, Split
from tandem.review.models import ContextTurn, DatasetVersion
from tests.review_fakes import ReviewFakes
from tests.unit.review.dataset_scene import (
    built,
    correct,
    fakes_with,
    folder,
    label,
    labels,
    rows,
)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The library, offline, with its cache in a directory of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hugging-face")))
        patch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        loaded = importlib.import_module("datasets")
        yield loaded


def saved(fakes: ReviewFakes, dataset: DatasetVersion, at: Path) -> Path:
    for path, body in folder(fakes, dataset).items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_bytes(body)
    return at


def test_all_configurations_load_with_all_their_splits(
    datasets: ModuleType, tmp_path: Path
) -> None:
    fakes = fakes_with()
    labels(fakes, range(40), topics=25)
    context = (ContextTurn(author="customer", text="Hello"),)
    for number in range(40, 60):
        label(fakes, number, topic=f"topic-{number % 25}", better=("Better.",), context=context,
              agreement=None)  # fmt: skip
    label(fakes, 70, question="nul \x00 line \u2028 smile 😀", answer='{"a": "\n"}', language="de")
    for number in range(30):
        correct(fakes, number)
    dataset = built(fakes)
    path = saved(fakes, dataset, tmp_path)

    assert datasets.get_dataset_config_names(str(path)) == [kind.value for kind in Kind]
    for kind in Kind:
        loaded = datasets.load_dataset(str(path), kind.value)
        assert list(loaded) == [split.value for split in Split]
        for split in Split:
            expected = [row.model_dump(mode="json") for row in rows(fakes, dataset, kind, split)]
            assert list(loaded[split.value]) == expected
    default = datasets.load_dataset(str(path), split="train")
    assert default.num_rows == dataset.counts["ratings/train"]


def test_what_has_no_rows_is_not_offered_and_the_rest_loads(
    datasets: ModuleType, tmp_path: Path
) -> None:
    fakes = fakes_with()
    labels(fakes, range(10), topics=2)
    path = saved(fakes, built(fakes), tmp_path)

    assert datasets.get_dataset_config_names(str(path)) == ["ratings"]
    loaded = datasets.load_dataset(str(path), "ratings")
    assert sorted(loaded) == ["test", "train"]


def test_types_do_not_hang_on_what_is_in_the_rows(datasets: ModuleType, tmp_path: Path) -> None:
    fakes = fakes_with()
    for number in range(10):
        label(fakes, number, agreement=None, model_id=None, rating=4)
    path = saved(fakes, built(fakes), tmp_path)

    features = datasets.load_dataset(str(path), "ratings", split="train").features

    assert features["agreement"] == datasets.Value("float64")
    assert features["model_id"] == datasets.Value("string")
    assert features["reward"] == datasets.Value("float64")
    assert features["context"] == datasets.List(
        {"author": datasets.Value("string"), "text": datasets.Value("string")}
    )
