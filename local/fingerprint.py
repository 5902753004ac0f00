"""What a build was made from, as one digest: the same digest, the same build."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def fingerprint(made_by: str, files: Iterable[Path]) -> str:
    """Digest of the files' names and contents, and of what makes something of them."""
    digest = hashlib.sha256(made_by.encode())
    for path in files:
        digest.update(f"{path.relative_to(_ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def files_of(names: Iterable[str], *, without: Collection[str] = ()) -> Iterator[Path]:
    """The files of these folders, and these files, below the repository's root, in one order.

    `without`: names of folders that are left out, wherever they lie. What is not there is no file.
    """
    left_out = {"__pycache__", *without}
    for name in names:
        if (_ROOT / name).is_file():
            yield _ROOT / name
        for folder, folders, files in (_ROOT / name).walk():
            # Changed in place, so that what is left out is not walked through either.
            folders[:] = sorted(set(folders) - left_out)
            yield from (folder / file for file in sorted(files))
