"""Sentences to vectors without a neural network: the weighted mean of the vectors of their tokens.

The files are Model2Vec's (https://github.com/MinishLab/model2vec, version 0.10), so that any of its
models can stand in the folder: `tokenizer.json`, `config.json`, and `model.safetensors` with
`embeddings` (rows of any number type; a factor common to all does not matter), and where the model
has them `weights` (one for each token) and `mapping` (the row of each token, where several tokens
share one).
"""

import hashlib
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load
from tokenizers import Tokenizer

Matrix = NDArray[np.float32]

FILES = ("config.json", "model.safetensors", "tokenizer.json")
PACKAGE = "tandem_embedding"
"""Where the files are on the Python path when they are not beside this module: in a layer."""
LONGEST = 512
"""Tokens of a text that count, unless `max_length` in config.json says otherwise."""
_CHARACTERS_PER_TOKEN = 12
"""More than tokens have: what is cut off by it is beyond the last token that counts."""


class BadEmbedding(Exception):
    """The folder does not hold an embedding that can be read. The text says why."""


class StaticEmbedding:
    """Made by `load`. Safe to use from several threads."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        rows: NDArray[np.generic],
        *,
        weights: Matrix | None,
        mapping: NDArray[np.int64] | None,
        longest: int,
        digest: str,
    ) -> None:
        self._tokenizer = tokenizer
        self._rows = rows
        self._weights = weights
        self._mapping = mapping
        self._longest = longest
        unknown = getattr(tokenizer.model, "unk_token", None)
        self._unknown = tokenizer.token_to_id(unknown) if unknown else None
        self.digest = digest
        """SHA-256 of the files, hexadecimal: a reward model belongs to one embedding."""

    @classmethod
    def load(cls, folder: Path | str) -> "StaticEmbedding":
        """Raises `BadEmbedding`."""
        digest = hashlib.sha256()
        found = {}
        for name in FILES:
            try:
                found[name] = (Path(folder) / name).read_bytes()
            except OSError as error:
                raise BadEmbedding(f"no embedding in {folder}: {error}") from error
            digest.update(f"{name} {len(found[name])}\n".encode())
            digest.update(found[name])
        try:
            tokenizer = Tokenizer.from_str(found["tokenizer.json"].decode())
            tensors = load(found["model.safetensors"])
            longest = json.loads(found["config.json"]).get("max_length") or LONGEST
        except SafetensorError as error:
            raise BadEmbedding(f"model.safetensors in {folder} is broken: {error}") from error
        except Exception as error:  # what tokenizers raises is a bare Exception
            raise BadEmbedding(f"the embedding in {folder} is broken: {error}") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
        rows = tensors.get("embeddings")
        if rows is None or rows.ndim != 2:
            raise BadEmbedding(f"model.safetensors in {folder} has no matrix `embeddings`")
        weights, mapping = tensors.get("weights"), tensors.get("mapping")
        tokens = tokenizer.get_vocab_size()
        by_token = {"embeddings": None if mapping is not None else rows}
        by_token |= {"weights": weights, "mapping": mapping}
        for name, tensor in by_token.items():
            if tensor is not None and len(tensor) != tokens:
                raise BadEmbedding(f"{folder}: {len(tensor)} {name} for {tokens} tokens")
        if mapping is not None and not 0 <= mapping.min() <= mapping.max() < len(rows):
            raise BadEmbedding(f"{folder}: the mapping names rows that are not there")
        return cls(
            tokenizer,
            rows,
            weights=None if weights is None else weights.astype(np.float32).reshape(-1, 1),
            mapping=None if mapping is None else mapping.astype(np.int64),
            longest=int(longest),
            digest=digest.hexdigest(),
        )

    @property
    def dimensions(self) -> int:
        return int(self._rows.shape[1])

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of shape (len(texts), dimensions); zeros for a text without known tokens."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for vector, ids in zip(vectors, self._tokens(texts), strict=True):
            if len(ids):
                # The sum points where the mean does.
                vector[:] = self._vectors(ids).sum(axis=0)
        return vectors / _lengths(vectors)

    def coverage(self, texts: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """How much of the first text of each pair the second one speaks of too: the cosine of each
        token with the nearest one of the other text, averaged by how much the token counts for in a
        sentence, which is the length of its vector; at most 1, and 0 for a text without tokens.

        Zhang et al. 2020 (BERTScore) call this recall, with vectors that know their context.
        """
        every = list(dict.fromkeys(text for pair in texts for text in pair))
        known = dict(zip(every, map(self._vectors, self._tokens(every)), strict=True))
        covered = np.zeros(len(texts))
        for number, (one, other) in enumerate(texts):
            if len(known[one]) and len(known[other]):
                lengths = _lengths(known[one])
                directions = known[other] / _lengths(known[other])
                nearest = (known[one] / lengths @ directions.T).max(axis=1)
                covered[number] = np.average(nearest, weights=lengths[:, 0])
        return covered

    def _tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        longest = self._longest * _CHARACTERS_PER_TOKEN
        coded = self._tokenizer.encode_batch_fast(
            [text[:longest] for text in texts], add_special_tokens=False
        )
        return [np.array([i for i in c.ids if i != self._unknown], np.int64) for c in coded]

    def _vectors(self, ids: NDArray[np.int64]) -> Matrix:
        rows = self._rows[ids if self._mapping is None else self._mapping[ids]].astype(np.float32)
        return rows if self._weights is None else rows * self._weights[ids]


def _lengths(vectors: Matrix) -> Matrix:
    """Of each row, as a column; 1 for a row of zeros, which divided by it stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 0, lengths, np.float32(1)).astype(np.float32)


def shipped_folder() -> Path:
    """Where the embedding is that comes with Tandem: beside this module, or in a layer.

    Raises `BadEmbedding`.
    """
    beside = Path(__file__).with_name("embedding")
    if (beside / "model.safetensors").is_file():
        return beside
    found = find_spec(PACKAGE)
    if found is not None and found.submodule_search_locations:
        return Path(next(iter(found.submodule_search_locations)))
    raise BadEmbedding("no embedding is installed: the layer with the reward model is missing")
