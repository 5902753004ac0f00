"""A small base, made once for all tests, and datasets to train on."""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

# Before torch is imported: many threads that share few cores are slower than one.
os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
from training import base_files, small_base
from training.base_files import Base
from training.policy import Policy

# As Llama 3.2's: it tells the model the date.
CHAT_TEMPLATE = """\
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{{- "<system>\\n\\nToday Date: " + date_string + "\\n\\n" }}
{%- for message in messages %}
    {{- '<' + message['role'] + '>\\n\\n' + message['content'] | trim + '</s>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<assistant>\\n\\n' }}
{%- endif %}
"""
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


@pytest.fixture(scope="session")
def chat_folder(causal_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The causal base with a chat template."""
    folder = Path(shutil.copytree(causal_folder, tmp_path_factory.mktemp("chat") / "base"))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    return folder


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of templates to a day in May."""
    from transformers.utils import chat_template_utils

    def move(day: int) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: object = None) -> "Clock":
                del tz
                return cls(2025, 5, day)

        monkeypatch.setattr(chat_template_utils, "datetime", Clock)

    return move


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
