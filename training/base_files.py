"""The base's folder: what it is, under which licence, and whether its files are whole.

Read without loading the model, so that what is wrong is said within a second.
"""

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.failures import TrainingError

IDENTITY = "base.json"
"""Optional: {"name": …, "license": …, "model_ids": [the ids under which the chat knows it]}."""
_LICENSE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE")
_HEADER_AT_MOST = 100_000_000
_KNOWN_LICENSES = (
    ("Apache License", "Apache-2.0"),
    ("MIT License", "MIT"),
    ("LLAMA", "Llama Community License"),
)


@dataclass(frozen=True)
class Base:
    folder: Path
    name: str
    license: str | None
    architecture: str
    """`encoder-decoder` or `causal`."""
    model_ids: frozenset[str]
    """Answers of these are its own."""
    digest: str
    """Of its configuration, its tokenizer and what its weights' files say about themselves."""
    license_files: tuple[Path, ...]

    @property
    def causal(self) -> bool:
        return self.architecture == "causal"


def read(folder: Path) -> Base:
    """Raises TrainingError when a file is missing, broken or cut off."""
    config = _json(folder / "config.json")
    identity = _json(folder / IDENTITY) if (folder / IDENTITY).is_file() else {}
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise TrainingError(
            f"The base in {folder} has no weights (*.safetensors). Convert other formats with "
            "transformers' save_pretrained first."
        )
    _check_shards(folder)
    rows = [rows for path in weights if (rows := _embedding_rows(path))]
    tokenizer = folder / "tokenizer.json"
    if tokenizer.is_file() and rows:
        _check_vocabulary(tokenizer, max(rows))
    name = str(
        identity.get("name") or Path(str(config.get("_name_or_path") or folder.resolve())).name
    )
    licenses = tuple(folder / file for file in _LICENSE_FILES if (folder / file).is_file())
    return Base(
        folder,
        name,
        identity.get("license") or _license(folder, licenses),
        "encoder-decoder" if config.get("is_encoder_decoder") else "causal",
        frozenset({name, *_model_ids(folder, identity)}),
        _digest(folder, weights),
        licenses,
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(f"The base has no {path.name}: {path} is missing.") from None
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise TrainingError(f"{path} is broken, it is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise TrainingError(f"{path} is broken, it is no JSON object.")
    return found


def _model_ids(folder: Path, identity: Mapping[str, Any]) -> list[str]:
    found = identity.get("model_ids", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TrainingError(f"`model_ids` in {folder / IDENTITY} must be a list of texts.")
    return found


def header(path: Path) -> dict[str, Any]:
    """What a safetensors file says about its tensors; TrainingError when the file is cut off.

    Format: https://github.com/huggingface/safetensors, "Format".
    """
    broken = f"The weights in {path} are broken or cut off: copy the file anew."
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else -1
        if not 0 < length <= min(size - 8, _HEADER_AT_MOST):
            raise TrainingError(broken)
        try:
            found: dict[str, Any] = json.loads(file.read(length))
            ends = [
                entry["data_offsets"][1] for name, entry in found.items() if name != "__metadata__"
            ]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise TrainingError(broken) from None
    if max(ends, default=0) != size - 8 - length:
        raise TrainingError(broken)
    return found


def _check_shards(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return
    named = set(_json(index).get("weight_map", {}).values())
    if missing := sorted(name for name in named if not (folder / name).is_file()):
        raise TrainingError(f"The base in {folder} lacks weights: {', '.join(missing)}.")


def _embedding_rows(path: Path) -> int | None:
    for name, entry in header(path).items():
        if name.endswith(("shared.weight", "embed_tokens.weight", "wte.weight")):
            return int(entry["shape"][0])
    return None


def _check_vocabulary(path: Path, rows: int) -> None:
    found = _json(path)
    model = found.get("model", {})
    vocabulary = model.get("vocab", {})
    # A dictionary of pieces to ids, or a list of [piece, score] in the order of the ids.
    ids = list(vocabulary.values()) if isinstance(vocabulary, dict) else range(len(vocabulary))
    added = [token["id"] for token in found.get("added_tokens", ())]
    highest = max([*ids, *added], default=-1)
    if highest >= rows:
        raise TrainingError(
            f"The tokenizer in {path} does not belong to this base: it has a token with the number "
            f"{highest}, the weights know {rows}. Put the tokenizer of the base's release there."
        )


def _license(folder: Path, files: tuple[Path, ...]) -> str | None:
    card = folder / "README.md"
    if card.is_file():
        said = re.search(
            r"^license:\s*(\S+)",
            card.read_text(encoding="utf-8", errors="replace")[:5000],
            re.MULTILINE,
        )
        if said:
            return said.group(1)
    for file in files:
        start = file.read_text(encoding="utf-8", errors="replace")[:2000]
        for words, name in _KNOWN_LICENSES:
            if words.lower() in start.lower():
                return name
    return None


def _digest(folder: Path, weights: list[Path]) -> str:
    digest = hashlib.sha256()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        path = folder / name
        digest.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    for path in weights:
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as file:
            # Weights may be many gigabytes: both ends stand for the whole.
            digest.update(file.read(1 << 20))
            file.seek(max(0, size - (1 << 20)))
            digest.update(file.read())
    return digest.hexdigest()
