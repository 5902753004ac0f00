"""A base whose files are not whole is refused before it is loaded."""

import json
import shutil
from pathlib import Path

import pytest

from training import base_files
from training.failures import TrainingError


@pytest.fixture
def copy(base_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base_folder, tmp_path / "flan"))


def test_a_base_says_what_it_is(copy: Path) -> None:
    base = base_files.read(copy)
    assert (base.name, base.architecture) == ("small-base", "encoder-decoder")
    assert base.model_ids == {"small-base"}
    assert [path.name for path in base.license_files] == ["LICENSE"]


def test_without_an_identity_the_folder_names_the_base(copy: Path) -> None:
    (copy / "base.json").unlink()
    assert base_files.read(copy).name == "flan"


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("README.md", "---\nlicense: apache-2.0\n---\n# Model", "apache-2.0"),
        ("LICENSE", "                Apache License\n   Version 2.0", "Apache-2.0"),
        ("LICENSE", "All rights reserved.", None),
    ],
)
def test_the_licence_is_found_in_the_card_or_in_its_own_file(
    copy: Path, file: str, text: str, expected: str | None
) -> None:
    (copy / file).write_text(text)
    assert base_files.read(copy).license == expected


def test_another_base_has_another_digest(copy: Path) -> None:
    before = base_files.read(copy).digest
    assert base_files.read(copy).digest == before
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert base_files.read(copy).digest != before


@pytest.mark.parametrize("left", [0, 4, 100, -1000])
def test_weights_that_were_cut_off_are_refused(copy: Path, left: int) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:left])
    with pytest.raises(TrainingError, match="broken or cut off: copy the file anew"):
        base_files.read(copy)


def test_a_part_of_the_weights_that_is_missing_is_named(copy: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(TrainingError, match=r"lacks weights: model-2\.safetensors"):
        base_files.read(copy)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_what_a_base_must_have_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(TrainingError, match=r"config\.json is missing|has no weights"):
        base_files.read(copy)


def test_a_file_is_no_folder_of_a_base(copy: Path) -> None:
    with pytest.raises(TrainingError, match=r"config\.json cannot be read: Not a directory"):
        base_files.read(copy / "model.safetensors")


@pytest.mark.parametrize("ids", [5, "small-base", [5]])
def test_ids_that_are_no_list_of_texts_are_refused(copy: Path, ids: object) -> None:
    (copy / "base.json").write_text(json.dumps({"model_ids": ids}))
    with pytest.raises(TrainingError, match=r"`model_ids` .* must be a list of texts"):
        base_files.read(copy)


def test_a_card_in_another_encoding_is_read_as_far_as_it_goes(copy: Path) -> None:
    (copy / "README.md").write_bytes(b"---\nlicense: apache-2.0\n---\nCaf\xe9")
    assert base_files.read(copy).license == "apache-2.0"


def test_a_configuration_that_is_broken_is_named(copy: Path) -> None:
    (copy / "config.json").write_text("{")
    with pytest.raises(TrainingError, match=r"config\.json is broken"):
        base_files.read(copy)
