"""Reward models and judges, from the files of their trainings.

NumPy, the tokenizer and the embedding are loaded when the first of them is.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from tandem.tuning.ports import Files, Rater

if TYPE_CHECKING:
    from tandem.tuning.rewards.static_embedding import StaticEmbedding


class StoredRaters:
    """`tandem.tuning.ports.Raters`."""

    def __init__(self, files: Files, embedding_folder: str = "") -> None:
        """`embedding_folder`: of another embedding than the one that comes with Tandem."""
        self._files = files
        self._folder = embedding_folder
        self._embedding: StaticEmbedding | None = None
        self._loaded: dict[str, Rater] = {}

    def load(self, uri: str) -> Rater:
        from tandem.tuning.rewards.reward_model import LARGEST, BadRewardModel, RewardModel
        from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder

        if (known := self._loaded.get(uri)) is not None:
            return known
        if self._embedding is None:
            folder = Path(self._folder) if self._folder else shipped_folder()
            self._embedding = StaticEmbedding.load(folder)
        if (size := self._files.size(uri)) > LARGEST:
            raise ValueError(f"it takes {size} bytes, and {LARGEST} at most are read")
        try:
            rater = RewardModel.load(self._files.read_uri(uri), self._embedding)
        except BadRewardModel as error:
            raise ValueError(str(error)) from error
        self._loaded[uri] = rater
        return rater
