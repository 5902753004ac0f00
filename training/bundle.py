"""What the code channel of a training job holds. Standard library alone.

Same sources, same bytes: the digest says which code trained a model.
"""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

_TRAINING = Path(__file__).parent
_ENTRY = "run_training.py"
_LEFT_OUT = {"__pycache__"}
_EMBEDDING = "tandem/tuning/rewards/embedding"


def code_files(embedding: Path | None = None) -> list[tuple[str, bytes]]:
    """(path, content), in the order of the paths, which are relative and have slashes.

    `embedding`: the folder of the sentence embedding, where it does not lie beside its module. Its
    files are put there, since a training container has no layers.
    """
    tandem = _package("tandem")
    found = {_ENTRY: (_TRAINING / _ENTRY).read_bytes()}
    found |= _below(_TRAINING, "training")
    for name in ("__init__.py", "tuning/__init__.py"):
        found[f"tandem/{name}"] = (tandem / name).read_bytes()
    found |= _below(tandem / "tuning" / "rewards", "tandem/tuning/rewards")
    if embedding is not None:
        found |= _below(embedding, _EMBEDDING)
    return sorted(found.items())


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 of names and contents, hexadecimal."""
    whole = hashlib.sha256()
    for name, content in files:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def write(folder: Path, embedding: Path | None = None) -> str:
    """Lays the files out, and returns their digest."""
    files = code_files(embedding)
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return digest(files)


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise RuntimeError(f"the package {name} is not on the Python path")
    return Path(found.origin).parent


def _below(folder: Path, name: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in _files(folder)
    }


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _LEFT_OUT.intersection(path.relative_to(folder).parts):
            yield path
