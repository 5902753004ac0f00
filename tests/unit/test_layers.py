"""What goes into the layers: the parts of their build that decide something."""

import gzip
import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tandem.tuning.rewards import static_embedding
from tandem.tuning.rewards.static_embedding import shipped_folder

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"

BASE = """\
# made by a tool
boto3==1.2.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r base.in
"""
CHAT = """\
boto3==1.2.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via langchain-aws
langchain_aws==1.0 ; python_version > '3' \\
    --hash=sha256:cc
    # via -r chat.in
numpy==2.0 \\
    --hash=sha256:dd
"""


Beyond = Callable[[str, str, list[str]], str]


@pytest.fixture(scope="module")
def beyond() -> Beyond:
    function: Beyond = runpy.run_path(str(LAYERS / "chat/beyond_base.py"))["beyond"]
    return function


def test_the_chat_layer_carries_only_what_the_base_lacks(beyond: Beyond) -> None:
    assert beyond(BASE, CHAT, ["numpy"]) == (
        "langchain_aws==1.0 ; python_version > '3' \\\n    --hash=sha256:cc\n"
    )


def test_a_package_locked_to_two_versions_is_refused(beyond: Beyond) -> None:
    with pytest.raises(ValueError, match="different versions: boto3"):
        beyond(BASE, CHAT.replace("boto3==1.2.3", "boto3==1.2.4"), [])


def test_leaving_out_what_is_not_locked_is_refused(beyond: Beyond) -> None:
    with pytest.raises(ValueError, match="nothing to leave out: pandas"):
        beyond(BASE, CHAT, ["pandas"])


def test_the_projects_own_locks_agree(beyond: Beyond) -> None:
    requirements = ROOT / "requirements"
    base, chat = ((requirements / f"{name}.txt").read_text() for name in ("base", "chat"))

    carried = re.findall(r"^([^ =]+)==", beyond(base, chat, []), re.MULTILINE)

    assert {"langchain-aws", "langchain-core"} <= set(carried)
    assert not {"boto3", "botocore", "pydantic"} & set(carried)


@pytest.mark.parametrize("layer", ["chat", "privacy", "reward", "statistics"])
def test_what_a_layer_leaves_out_is_locked_and_its_lock_agrees_with_the_base(
    beyond: Beyond, layer: str
) -> None:
    requirements = ROOT / "requirements"
    base, lock = ((requirements / f"{name}.txt").read_text() for name in ("base", layer))
    makefile = (LAYERS / layer / "Makefile").read_text().replace("\\\n", " ")
    left_out = re.search(r"^LEFT_OUT := (.*)$", makefile, re.MULTILINE)

    assert beyond(base, lock, left_out[1].split() if left_out else [])


def test_the_privacy_layer_carries_what_finds_personal_data_and_no_more(beyond: Beyond) -> None:
    requirements = ROOT / "requirements"
    base, lock = ((requirements / f"{name}.txt").read_text() for name in ("base", "privacy"))
    makefile = (LAYERS / "privacy/Makefile").read_text()
    left_out = re.search(r"^LEFT_OUT := (.*)$", makefile, re.MULTILINE)
    assert left_out is not None

    carried = re.findall(r"^([^ =]+)==", beyond(base, lock, left_out[1].split()), re.MULTILINE)

    assert carried == ["phonenumbers", "presidio-analyzer", "regex"]


def test_the_reward_layer_carries_what_predicts_ratings_and_no_more(beyond: Beyond) -> None:
    requirements = ROOT / "requirements"
    base, lock = ((requirements / f"{name}.txt").read_text() for name in ("base", "reward"))
    makefile = (LAYERS / "reward/Makefile").read_text().replace("\\\n", " ")
    left_out = re.search(r"^LEFT_OUT := (.*)$", makefile, re.MULTILINE)
    assert left_out is not None

    carried = re.findall(r"^([^ =]+)==", beyond(base, lock, left_out[1].split()), re.MULTILINE)

    assert carried == ["numpy", "safetensors", "tokenizers"]


def test_the_embedding_lies_where_its_reader_looks_for_it_and_in_one_layer_only() -> None:
    reward, tandem = ((LAYERS / name / "Makefile").read_text() for name in ("reward", "tandem"))

    assert f"EMBEDDING := {static_embedding.PACKAGE}\n" in reward
    folder = shipped_folder().relative_to(LAYERS / "tandem/tandem")
    assert f'"$(LAYERS)tandem/tandem/{folder}" "$(SITE)/$(EMBEDDING)"' in reward
    assert f'rm -r "$(SITE)/tandem/{folder}"' in tandem


def test_a_service_model_loses_its_prose_and_nothing_else(tmp_path: Path) -> None:
    model: dict[str, Any] = {
        "documentation": "<p>All of it.</p>",
        "operations": {"Put": {"documentation": "<p>Puts.</p>", "errors": [{"shape": "Full"}]}},
        "shapes": {"Put": {"members": {"documentation": {"shape": "Text"}}}},
    }
    directory = tmp_path / "things" / "2020-01-01"
    directory.mkdir(parents=True)
    (directory / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(model).encode()))

    stripped = runpy.run_path(str(LAYERS / "base/strip_descriptions.py"))["strip"](tmp_path)

    assert stripped == 1
    assert [file.name for file in directory.iterdir()] == ["service-2.json"]
    assert json.loads((directory / "service-2.json").read_text()) == {
        "documentation": "",
        "operations": {"Put": {"documentation": "", "errors": [{"shape": "Full"}]}},
        "shapes": {"Put": {"members": {"documentation": {"shape": "Text"}}}},
    }


def test_every_service_that_a_function_calls_is_in_the_base_layer() -> None:
    makefile = (LAYERS / "base/Makefile").read_text().replace("\\\n", " ")
    listed = re.search(r"^SERVICES := (.*)$", makefile, re.MULTILINE)
    assert listed is not None
    kept = set(listed[1].split())
    source = (LAYERS / "tandem/tandem/aws/clients.py").read_text()

    called = set(re.findall(r'_client\(\s*"([a-z0-9-]+)"', source))

    assert called, "the adapters make their clients in another way: adapt this test"
    assert called <= kept


def test_the_layers_are_built_for_the_architecture_that_the_template_defaults_to() -> None:
    template = (ROOT / "template.yaml").read_text()
    built_for = re.search(
        r"^LAMBDA_ARCHITECTURE \?= (\S+)$",
        (LAYERS / "python_layer.mk").read_text(),
        re.MULTILINE,
    )
    declared = re.search(
        r"^  Architecture:\n(?:    .*\n)*?    Default: (\S+)$", template, re.MULTILINE
    )
    assert built_for is not None
    assert declared is not None

    assert built_for[1] == declared[1]
