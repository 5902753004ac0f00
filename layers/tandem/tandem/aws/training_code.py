"""The trainer's code in the models bucket: what the container's `code` channel is read from."""

import hashlib
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from tandem.tuning.ports import Files

ENTRYPOINT = "run_training.py"
"""At the root of the code. It is written last: where it is, all is."""
EMBEDDING = "tandem_embedding"
"""`tandem.tuning.rewards.static_embedding.PACKAGE`, whose module needs NumPy to be imported."""


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


# --- what the layer `training` carries, loaded only where a training starts ----------------------
def bundled_code(embedding: str = "") -> list[tuple[str, bytes]]:
    """The trainer's files, for `TrainingCode`. `embedding`: folder of the sentence embedding that
    reward models are fitted with; empty: the one that comes with Tandem."""
    from training.bundle import code_files

    if embedding:
        return code_files(Path(embedding))
    # In a deployed function it lies in a layer, apart from the module that reads it.
    found = find_spec(EMBEDDING)
    folders = found.submodule_search_locations if found else None
    return code_files(Path(next(iter(folders))) if folders else None)


def metric_definitions() -> list[dict[str, str]]:
    """What SageMaker reads out of the trainer's log."""
    from training.metric_definitions import METRIC_DEFINITIONS

    return METRIC_DEFINITIONS
