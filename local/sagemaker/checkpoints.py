"""A training's checkpoints: copied to S3 while it runs, and back when it begins.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from local.sagemaker.roles import Role
from local.sagemaker.s3_folders import bring, files_of

type _Stamps = dict[Path, tuple[int, int]]
"""When a file was changed, and its size."""


class Checkpoints:
    """Of one attempt of a job. `role` is asked for whenever something is to be copied: credentials
    do not last as long as a training may. `any_sent`: this attempt has put one into S3."""

    def __init__(self, folder: Path, uri: str, role: Callable[[], Role], key_id: str = "") -> None:
        self.any_sent = False
        self._folder = folder
        self._uri = uri.rstrip("/")
        self._role = role
        self._key_id = key_id
        self._seen: _Stamps = {}
        self._there: _Stamps = {}

    def bring(self) -> int:
        """What is in S3, into the folder; returns how many files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        count = bring(self._role(), f"{self._uri}/", self._folder)
        self._there = self._stamps()
        return count

    def sync(self, *, last: bool = False) -> None:
        """Copy what has changed, remove what is gone. A file that looks otherwise than at the call
        before may still be written, and waits for the next one; unless this call is the last."""
        now, before = self._stamps(), self._seen
        self._seen = now
        settled = [path for path, stamp in now.items() if last or before.get(path) == stamp]
        changed = [path for path in settled if self._there.get(path) != now[path]]
        gone = [path for path in self._there if path not in now]
        if not changed and not gone:
            return
        role = self._role()
        for path in changed:
            # It may be gone by now; the next call sees that.
            with contextlib.suppress(FileNotFoundError):
                role.store(path, self._uri_of(path), self._key_id)
                self._there[path] = now[path]
                self.any_sent = True
        for path in gone:
            role.remove(self._uri_of(path))
            del self._there[path]

    def _uri_of(self, path: Path) -> str:
        return f"{self._uri}/{path.relative_to(self._folder).as_posix()}"

    def _stamps(self) -> _Stamps:
        stamps: _Stamps = {}
        for path in files_of(self._folder):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                stamps[path] = (found.st_mtime_ns, found.st_size)
        return stamps
