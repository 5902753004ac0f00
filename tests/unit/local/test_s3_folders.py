"""Folders and prefixes of S3: what is called what when it is copied."""

from pathlib import Path

import pytest

from local.sagemaker.s3_folders import bring, put
from tests.sagemaker_stand_in import MemoryRole


def role(*keys: str) -> MemoryRole:
    return MemoryRole({f"s3://b/{key}": key.encode() for key in keys}, set(), set())


def brought(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("prefix", "files"),
    [
        ("d/data/", ["a.txt", "deep/b.txt"]),
        ("d/data", ["a.txt", "database/c.txt", "deep/b.txt"]),
        ("d/data/a.txt", ["a.txt"]),
        ("d/", ["data/a.txt", "data/deep/b.txt", "database/c.txt"]),
    ],
)
def test_names_are_what_stands_behind_the_prefix(
    tmp_path: Path, prefix: str, files: list[str]
) -> None:
    there = role("d/data/a.txt", "d/data/deep/b.txt", "d/database/c.txt", "d/data/")

    assert bring(there, f"s3://b/{prefix}", tmp_path) == len(files)
    assert brought(tmp_path) == files


def test_a_name_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        bring(role("d/../../x"), "s3://b/d/", tmp_path / "in")

    assert brought(tmp_path) == []


def test_a_folder_is_put_with_all_that_is_below_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_text("1")
    (tmp_path / "deep" / "b").write_text("2")
    objects: dict[str, bytes] = {}

    assert put(MemoryRole(objects, set(), set()), tmp_path, "s3://b/to/") == 2
    assert objects == {"s3://b/to/a": b"1", "s3://b/to/deep/b": b"2"}
