"""Makes the sentence embedding that the reward model reads, from all-MiniLM-L6-v2.

    python -m local.distill_embedding [folder]        (ten minutes on two cores)
    python -m local.distill_embedding --measure

In Model2Vec's way (https://github.com/MinishLab/model2vec; Tulkens and van Dongen 2024): each
token of the vocabulary goes through the encoder between [SEP] and [CLS], and is weighted by how
rare it is (smooth inverse frequency, Arora et al. 2017, with the frequencies of Zipf's law, as the
vocabulary is in the order of frequency). Then as in Tokenlearn
(https://github.com/MinishLab/tokenlearn): the vectors of tokens are moved so that their mean in a
sentence comes near the encoder's vector of the sentence, here by ridge regression, which leaves
tokens that are in no sentence where they were. The sentences are those of the documentation in
botocore's service models; the vectors live in their first principal components.

The files are in Model2Vec's format: rows of small integers, and a weight for each token by which
its row is scaled. The same machine gives the same bytes. `--measure` says how the similarity of
sentences in local/knowledge and evaluation/ ranks beside the encoder's.
"""

import argparse
import gzip
import html
import json
import random
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsmr
from scipy.stats import spearmanr
from tokenizers import Tokenizer

from local.bedrock.embedding import Matrix, encoder, weights_folder
from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder

DIMENSIONS = 96
_SENTENCES = 16_000
_SEED = 1
_RARITY = 1e-4
"""Model2Vec's coefficient of the smooth inverse frequency."""
_PENALTY = 0.1
"""Of the ridge regression, by the rank correlation on sentences of another kind (--measure)."""
_BATCH = 1024
_NEVER_IN_A_TEXT = re.compile(r"\[(?:unused\d+|PAD|CLS|SEP|MASK)\]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    folder = given.folder or shipped_folder()
    if not given.measure:
        distill(folder)
    print(json.dumps(measured(StaticEmbedding.load(folder)), indent=2))


def distill(folder: Path) -> None:
    """Write the embedding's files into the folder."""
    description = json.loads((weights_folder() / "tokenizer.json").read_text())
    vocabulary: dict[str, int] = description["model"]["vocab"]
    kept = [
        (token, number)
        for token, number in sorted(vocabulary.items(), key=lambda entry: entry[1])
        if not _NEVER_IN_A_TEXT.fullmatch(token)
    ]
    tokenizer = _tokenizer(description, {token: new for new, (token, _) in enumerate(kept)})
    rows = _of_tokens([number for _, number in kept], vocabulary)
    sentences = _sentences()
    wanted = encoder().encode(sentences)
    wanted -= wanted.mean(axis=0)
    axes = np.linalg.eigh(wanted.T @ wanted)[1][:, ::-1][:, :DIMENSIONS]
    coded = [c.ids for c in tokenizer.encode_batch_fast(sentences, add_special_tokens=False)]
    rows = _taught(rows @ axes, coded, wanted @ axes)
    # What ends every sentence has come to stand for what all of them share: it tells none apart.
    rows[[number for number, (token, _) in enumerate(kept) if _only_signs(token)]] = 0
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, tokenizer, rows)


def _tokenizer(description: dict[str, Any], vocabulary: dict[str, int]) -> Tokenizer:
    """The encoder's, with other numbers, and without what it puts around and behind a text."""
    unknown = description["model"]["unk_token"]
    special = [entry for entry in description["added_tokens"] if entry["content"] == unknown]
    return Tokenizer.from_str(
        json.dumps(
            {
                **description,
                "model": {**description["model"], "vocab": vocabulary},
                "added_tokens": [{**special[0], "id": vocabulary[unknown]}],
                "post_processor": None,
                "padding": None,
                "truncation": None,
            }
        )
    )


def _of_tokens(numbers: list[int], vocabulary: dict[str, int]) -> Matrix:
    """What the encoder makes of each token alone, by its rarity. Model2Vec puts the marks of
    beginning and end in the wrong order, and reports that this is better; so it is here."""
    alone = np.array(
        [[vocabulary["[SEP]"], number, vocabulary["[CLS]"]] for number in numbers], np.int64
    )
    rows = np.concatenate(
        [encoder().pooled(alone[i : i + _BATCH]) for i in range(0, len(alone), _BATCH)]
    )
    rows -= rows.mean(axis=0)
    frequency = 1 / np.arange(2, len(rows) + 2)
    frequency /= frequency.sum()
    rows *= (_RARITY / (_RARITY + frequency))[:, None]
    return rows


def _only_signs(token: str) -> bool:
    return all(unicodedata.category(character)[0] in "PS" for character in token)


def _sentences() -> list[str]:
    """Sentences of botocore's documentation, the same ones each time."""
    data = Path(botocore.__file__).parent / "data"
    found: set[str] = set()
    for file in data.glob("*/*/service-2.json.gz"):
        for text in _documentation(json.loads(gzip.decompress(file.read_bytes()))):
            plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
            parts = re.split(r"(?<=[.?!])\s+", plain)
            found.update(part for part in parts if 6 <= len(part.split()) <= 40)
    return random.Random(_SEED).sample(sorted(found), _SENTENCES)  # noqa: S311 (no secret)


def _documentation(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "documentation" and isinstance(value, str):
                yield value
            else:
                yield from _documentation(value)
    elif isinstance(part, list):
        for value in part:
            yield from _documentation(value)


def _taught(rows: Matrix, sentences: list[list[int]], wanted: Matrix) -> Matrix:
    """The rows, moved so that the mean of a sentence's rows comes near what is wanted of it."""
    lengths = np.array([len(tokens) for tokens in sentences])
    means = csr_matrix(
        (
            np.repeat(1 / lengths, lengths),
            (np.repeat(np.arange(len(sentences)), lengths), np.concatenate(sentences)),
        ),
        shape=(len(sentences), len(rows)),
    )
    now = means @ rows
    rows = rows * float((now * wanted).sum() / (now * now).sum())
    missing = wanted - means @ rows
    moves = [lsmr(means, column, damp=_PENALTY**0.5, maxiter=60)[0] for column in missing.T]
    return np.asarray(rows + np.column_stack(moves), np.float32)


def _write(folder: Path, tokenizer: Tokenizer, rows: Matrix) -> None:
    largest = np.abs(rows).max(axis=1)
    scaled = np.round(rows * (127 / np.where(largest > 0, largest, 1))[:, None])
    tensors: dict[str, NDArray[Any]] = {
        "embeddings": scaled.astype(np.int8),
        "weights": (largest / 127).astype(np.float32),
    }
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "base_model": "sentence-transformers/all-MiniLM-L6-v2",
        "license": "apache-2.0",
        "embedding_dtype": "int8",
        "normalize": True,
        "max_length": 512,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


# --- how good it is ------------------------------------------------------------------------------
def measured(embedding: StaticEmbedding) -> dict[str, float]:
    """Of sentences that it was not taught on, beside the encoder: rank correlation of the cosines
    of all pairs, and the share of the ten nearest sentences that are the same."""
    texts = _other_sentences()
    of_encoder, of_embedding = encoder().encode(texts), embedding.encode(texts)
    truth, found = of_encoder @ of_encoder.T, of_embedding @ of_embedding.T
    pairs = np.triu_indices(len(texts), 1)
    same = [
        len(set(_nearest(one, number)) & set(_nearest(other, number))) / 10
        for number, (one, other) in enumerate(zip(truth, found, strict=True))
    ]
    return {
        "sentences": len(texts),
        "rank_correlation": round(float(spearmanr(truth[pairs], found[pairs]).statistic), 3),
        "nearest_in_common": round(float(np.mean(same)), 3),
    }


def _other_sentences() -> list[str]:
    texts = []
    for file in sorted(Path("local/knowledge").glob("*.md")):
        for part in re.split(r"(?<=[.?!:])\s+|\n+", file.read_text()):
            sentence = re.sub(r"^[\W\d_]+", "", part)
            if len(sentence.split()) >= 4:
                texts.append(sentence)
    for file in sorted(Path("evaluation").glob("retrieval_*.jsonl")):
        texts += [json.loads(line)["question"] for line in file.read_text().splitlines()]
    return texts


def _nearest(similarities: NDArray[np.float32], without: int) -> list[int]:
    return [int(i) for i in np.argsort(-similarities) if i != without][:10]


if __name__ == "__main__":
    main()
