"""A small base, made once for all tests, and datasets to train on."""

import os
from pathlib import Path

import pytest

# Before torch is imported: many threads that share few cores are slower than one.
os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
from training import base_files, small_base
from training.base_files import Base
from training.policy import Policy

KNOWLEDGE = Path(__file__).parents[2] / "local" / "knowledge"
DOCUMENTS = ("managed-spot-training.md", "quotas.md", "tagging.md", "model-registry.md")


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the knowledge base's documents: few sentences are learned soon."""
    folder = tmp_path_factory.mktemp("documents")
    for name in DOCUMENTS:
        (folder / name).write_text((KNOWLEDGE / name).read_text())
    return folder


@pytest.fixture(scope="session")
def base_folder(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    small_base.make(documents, folder, steps=200, learning_rate=5e-3, vocabulary=900, width=64)
    return folder


@pytest.fixture(scope="session")
def causal_folder(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("causal")
    small_base.make(documents, folder, architecture="causal", steps=60, vocabulary=900, width=64)
    return folder


@pytest.fixture
def base(base_folder: Path) -> Base:
    return base_files.read(base_folder)


@pytest.fixture
def policy(base: Base) -> Policy:
    return Policy(base, lora="all-linear", rank=8, seed=1)


@pytest.fixture
def causal_policy(causal_folder: Path) -> Policy:
    return Policy(base_files.read(causal_folder), lora="all-linear", rank=8, seed=1)


@pytest.fixture(params=["encoder-decoder", "causal"])
def either_policy(request: pytest.FixtureRequest) -> Policy:
    """Whatever holds for a policy holds for both architectures."""
    name = {"encoder-decoder": "policy", "causal": "causal_policy"}[request.param]
    found: Policy = request.getfixturevalue(name)
    return found
