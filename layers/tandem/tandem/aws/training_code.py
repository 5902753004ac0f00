"""The trainer's code in the models bucket: what the container's `code` channel is read from."""

import hashlib
from collections.abc import Callable, Iterable

from tandem.tuning.ports import Files

ENTRYPOINT = "run_training.py"
"""At the root of the code. It is written last: where it is, all is."""


class TrainingCode:
    """Uploads the code once, below the digest of what is in it.

    `load` gives the files: paths, with slashes, and what is in them.
    """

    def __init__(
        self, files: Files, bucket: str, load: Callable[[], Iterable[tuple[str, bytes]]]
    ) -> None:
        self._files = files
        self._bucket = bucket
        self._load = load
        self._uploaded: str | None = None

    def uri(self) -> str:
        """Of the folder, with a slash at its end; what is not there yet is uploaded."""
        if self._uploaded is None:
            self._uploaded = self._upload()
        return self._uploaded

    def _upload(self) -> str:
        code = dict(self._load())
        uri = f"s3://{self._bucket}/code/{_digest(code)}/"
        if not self._files.exists(uri + ENTRYPOINT):
            for path in sorted(code, key=lambda path: (path == ENTRYPOINT, path)):
                self._files.write_uri(uri + path, code[path], "application/octet-stream")
        return uri


def _digest(code: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path in sorted(code):
        whole.update(f"{path} {hashlib.sha256(code[path]).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]
