"""What a training needs to go on in another process, in one file, whole or not at all.

SageMaker copies the folder to S3 while the job runs, and back when it starts again. A file is
written under another name and renamed when it is complete; the two newest are kept, so that one
that was cut off on its way costs a few steps only.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import torch

from training.failures import TrainingError

_KEPT = 2
_PATTERN = "checkpoint-*.pt"
_LAST_FILE = "progress.pt"


class Checkpoints:
    """`belongs_to` says what must be the same to go on: settings, dataset, base."""

    def __init__(self, folder: Path, belongs_to: str) -> None:
        self.folder = folder
        self._belongs_to = hashlib.sha256(belongs_to.encode()).hexdigest()
        self.unreadable: list[str] = []
        """Names of files that were passed over by `newest`."""

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Raises OSError, or torch's RuntimeError that comes of one, with the older checkpoints
        untouched."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"checkpoint-{step:06d}.pt"
        self._write(path, {"step": step, "state": state})
        for old in self._paths()[_KEPT:]:
            old.unlink(missing_ok=True)

    def newest(self) -> tuple[int, dict[str, Any]] | None:
        """Step and state. Raises TrainingError when it belongs to another training."""
        for path in self._paths():
            found = self._read(path)
            if found is not None:
                return found["step"], found["state"]
        return None

    def complete(self, folder: Path, state: dict[str, Any]) -> None:
        """Puts the last file into a checkpoint that somebody else has written below our folder."""
        self._write(folder / _LAST_FILE, {"state": state})

    def newest_completed(self) -> tuple[Path, dict[str, Any]] | None:
        """Folder and state. Raises TrainingError when it belongs to another training."""
        folders = {int(path.parent.name.rpartition("-")[2]): path for path in self._completed()}
        for _, path in sorted(folders.items(), reverse=True):
            found = self._read(path)
            if found is not None:
                return path.parent, found["state"]
        return None

    def forget(self) -> None:
        for path in self._paths():
            path.unlink()
        for path in self._completed():
            shutil.rmtree(path.parent)

    def _write(self, path: Path, what: dict[str, Any]) -> None:
        part = path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                torch.save({"belongs_to": self._belongs_to, **what}, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except (OSError, RuntimeError):
            part.unlink(missing_ok=True)
            raise

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
            belongs_to = found["belongs_to"]
        except Exception:  # a broken archive is reported in many ways
            self.unreadable.append(path.name)
            return None
        if belongs_to != self._belongs_to:
            raise TrainingError(
                f"The checkpoints in {self.folder} are of another training (other settings, "
                "dataset or base): give this one a folder of its own, or resume=false."
            )
        return dict(found)

    def _completed(self) -> list[Path]:
        return list(self.folder.glob(f"checkpoint-*/{_LAST_FILE}"))

    def _paths(self) -> list[Path]:
        """Newest first."""
        return sorted(self.folder.glob(_PATTERN), reverse=True)
