"""Sentences to vectors: the files are Model2Vec's, and broken ones are refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from tandem.tuning.rewards import static_embedding
from tandem.tuning.rewards.static_embedding import (
    FILES,
    PACKAGE,
    BadEmbedding,
    StaticEmbedding,
    shipped_folder,
)
from tests.unit.tuning.rewards.rated_world import embedding

TOKENS = {"[UNK]": 0, "cat": 1, "dog": 2, "##s": 3}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Four tokens in two dimensions."""
    (tmp_path / "tokenizer.json").write_text(
        json.dumps(
            {
                "version": "1.0",
                "added_tokens": [],
                "normalizer": {"type": "Lowercase"},
                "pre_tokenizer": {"type": "Whitespace"},
                "model": {
                    "type": "WordPiece",
                    "unk_token": "[UNK]",
                    "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 100,
                    "vocab": TOKENS,
                },
            }
        )
    )
    (tmp_path / "config.json").write_text(json.dumps({"normalize": True}))
    rows = np.array([[9, 9], [3, 0], [0, 4], [0, 0]], np.float32)
    save_file({"embeddings": rows}, tmp_path / "model.safetensors")
    return tmp_path


def with_tensors(folder: Path, **tensors: object) -> Path:
    kept = load_file(folder / "model.safetensors")
    changed = {name: np.array(tensor) for name, tensor in tensors.items()}
    save_file({**kept, **changed}, folder / "model.safetensors")
    return folder


def test_a_text_is_the_direction_of_the_sum_of_its_tokens(tiny: Path) -> None:
    vectors = StaticEmbedding.load(tiny).encode(["cat", "Dog cat", "dog dogs"])

    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[1, 0], [0.6, 0.8], [0, 1]]))


def test_a_text_without_known_tokens_is_nowhere(tiny: Path) -> None:
    vectors = StaticEmbedding.load(tiny).encode(["", "bird", "bird cat"])

    assert vectors == pytest.approx(np.array([[0, 0], [0, 0], [1, 0]]))


def test_no_texts_have_no_vectors(tiny: Path) -> None:
    assert StaticEmbedding.load(tiny).encode([]).shape == (0, 2)


def test_tokens_have_weights_where_the_model_has_them(tiny: Path) -> None:
    weighted = with_tensors(tiny, weights=[1.0, 1.0, 0.0, 1.0])

    assert StaticEmbedding.load(weighted).encode(["cat dog"])[0] == pytest.approx([1, 0])


def test_tokens_share_rows_where_the_model_says_so(tiny: Path) -> None:
    shared = with_tensors(
        tiny, embeddings=np.array([[5, 0], [0, 5]], np.int8), mapping=[0, 1, 1, 0]
    )

    assert StaticEmbedding.load(shared).encode(["cat", "dog"]) == pytest.approx(
        np.array([[0, 1], [0, 1]])
    )


def test_a_text_counts_up_to_its_longest(tiny: Path) -> None:
    (tiny / "config.json").write_text(json.dumps({"max_length": 2}))

    assert StaticEmbedding.load(tiny).encode(["cat cat dog dog"])[0] == pytest.approx([1, 0])


def test_coverage_is_how_much_of_one_text_the_other_speaks_of_too(tiny: Path) -> None:
    loaded = StaticEmbedding.load(tiny)

    covered = loaded.coverage([("cat", "cat dog"), ("cat dog", "cat"), ("cat", "dog"), ("", "dog")])

    # By the lengths of their vectors: the cat counts three, the dog four.
    assert covered == pytest.approx([1, 3 / 7, 0, 0])


def test_the_digest_is_that_of_all_files(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    digest = StaticEmbedding.load(tiny).digest
    for name in FILES:
        shutil.copytree(tiny, copy, dirs_exist_ok=True)
        assert StaticEmbedding.load(copy).digest == digest
        if name != "model.safetensors":
            (copy / name).write_text((copy / name).read_text() + " ")
        else:
            with_tensors(copy, embeddings=np.eye(4, 2, dtype=np.float32))
        assert StaticEmbedding.load(copy).digest != digest


# --- what is refused -----------------------------------------------------------------------------
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadEmbedding, match="no embedding in"):
        StaticEmbedding.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(tiny: Path, name: str) -> None:
    (tiny / name).write_bytes((tiny / name).read_bytes()[:-5])

    with pytest.raises(BadEmbedding, match="broken"):
        StaticEmbedding.load(tiny)


def test_a_model_without_its_matrix_is_refused(tiny: Path) -> None:
    save_file({"other": np.eye(2)}, tiny / "model.safetensors")

    with pytest.raises(BadEmbedding, match="no matrix `embeddings`"):
        StaticEmbedding.load(tiny)


@pytest.mark.parametrize(
    "tensors",
    [{"embeddings": np.eye(3)}, {"weights": [1.0, 1.0]}, {"mapping": [0, 1, 2]}],
    ids=["embeddings", "weights", "mapping"],
)
def test_a_tensor_that_does_not_fit_the_tokens_is_refused(
    tiny: Path, tensors: dict[str, object]
) -> None:
    with pytest.raises(BadEmbedding, match="for 4 tokens"):
        StaticEmbedding.load(with_tensors(tiny, **tensors))


def test_a_mapping_to_rows_that_are_not_there_is_refused(tiny: Path) -> None:
    with pytest.raises(BadEmbedding, match="mapping"):
        StaticEmbedding.load(with_tensors(tiny, mapping=[0, 1, 2, 4]))


# --- the one that comes with Tandem --------------------------------------------------------------
def test_the_shipped_one_knows_what_is_about_the_same() -> None:
    asked, same, other = embedding().encode(
        [
            "How long does a refund take?",
            "When do I get my money back?",
            "Our office is closed on public holidays.",
        ]
    )

    assert asked @ same > asked @ other + 0.1


def test_the_shipped_one_is_small() -> None:
    assert sum((shipped_folder() / name).stat().st_size for name in FILES) < 4_000_000


@given(st.lists(st.text(max_size=200), max_size=5))
def test_every_text_has_a_unit_vector_or_none(texts: list[str]) -> None:
    lengths = np.linalg.norm(embedding().encode(texts), axis=1)

    assert all(length == pytest.approx(1, abs=1e-5) or length == 0 for length in lengths)


def test_in_a_layer_it_is_found_on_the_python_path(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = tmp_path / "layer"
    shutil.copytree(tiny, layer / PACKAGE, ignore=shutil.ignore_patterns("layer"))
    monkeypatch.syspath_prepend(layer)
    monkeypatch.setattr(static_embedding, "__file__", str(tmp_path / "elsewhere" / "module.py"))

    assert shipped_folder() == layer / PACKAGE


def test_without_the_layer_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_embedding, "__file__", str(tmp_path / "module.py"))

    with pytest.raises(BadEmbedding, match="the layer with the reward model is missing"):
        shipped_folder()
