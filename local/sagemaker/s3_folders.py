"""Folders of this machine and prefixes of S3: one copied to the other."""

from collections.abc import Iterator
from pathlib import Path

from local.sagemaker.roles import Role, split_uri


def bring(role: Role, uri: str, folder: Path) -> int:
    """Copy all objects that begin with `uri` into a folder; returns how many.

    What stands behind the last slash of the prefix is part of the names: `s3://b/data` gives the
    object `data/a.txt` as `a.txt` (a folder of that name) and `database` as `database`.
    Raises `ClientError`, and `ValueError` for a name that leads out of the folder.
    """
    bucket, prefix = split_uri(uri)
    root = folder.resolve()
    count = 0
    for key in role.keys(bucket, prefix):
        if key.endswith("/"):
            continue  # a folder, as the console makes them
        path = folder / _below(prefix, key)
        if root not in path.resolve().parents:
            raise ValueError(f"the object {key} is named to lie outside of its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        role.fetch(bucket, key, path)
        count += 1
    return count


def _below(prefix: str, key: str) -> str:
    rest = key.removeprefix(prefix)
    if prefix.endswith("/") or rest.startswith("/"):
        return rest.lstrip("/")
    return key.rpartition("/")[2] if not rest else key.removeprefix(_parent(prefix))


def _parent(prefix: str) -> str:
    return prefix.rpartition("/")[0] + "/" if "/" in prefix else ""


def put(role: Role, folder: Path, uri: str, key_id: str = "") -> int:
    """Copy all files of a folder below `uri`; returns how many. Raises `ClientError`."""
    count = 0
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        role.store(path, f"{uri.rstrip('/')}/{name}", key_id)
        count += 1
    return count


def files_of(folder: Path) -> Iterator[Path]:
    """In order of their names; nothing where there is no folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
