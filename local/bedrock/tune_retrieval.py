"""Fits the calibration of `retrieval` and prints how good the search is.

    python -m local.bedrock.tune_retrieval FOLDER [--write]

FOLDER holds the documents that evaluation/retrieval_tune.jsonl asks about. Each question is also
asked of small random parts of them (with the pages that answer it), so that the calibration holds
for ten documents as well as for a thousand. Figures are cross-validated by question; the report
set is only counted.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from local.bedrock.knowledge import Document, Folder
from local.bedrock.retrieval import Index, calibrated

_EVALUATION = Path("evaluation")
_WEIGHTS = Path(__file__).with_name("retrieval_weights.json")
_PARTS = ((10, 6), (60, 6), (300, 4))  # documents, how many such parts
_FULL_WEIGHT = 8.0
# A refused answer costs more than a needless one: a person reads along either way.
_ANSWERABLE_COST = 1.5

type Question = dict[str, Any]


def questions(name: str) -> list[Question]:
    """A labelled set: {"id", "question", "answerable", "pages"} each."""
    lines = (_EVALUATION / f"retrieval_{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _parts(documents: Sequence[Document], asked: Sequence[Question]) -> list[list[Document]]:
    chance = random.Random(7)  # noqa: S311 - a repeatable sample
    needed = [key for q in asked for key in q["pages"]]
    parts = []
    for size, count in _PARTS:
        for _ in range(count):
            chosen = set(chance.sample(needed, min(len(needed), size // 3)))
            chosen |= {d.key for d in chance.sample(documents, min(len(documents), size))}
            parts.append([d for d in documents if d.key in chosen])
    return parts


def _samples(
    index: Index, asked: Sequence[Question], held: set[str] | None, weight: float
) -> list[tuple[list[float], bool, int, float]]:
    rows = []
    for number, question in enumerate(asked):
        there = held is None or bool(held.intersection(question["pages"]))
        if question["answerable"] and not there:
            continue
        _, evidence = index.evidence(question["question"])
        rows.append((evidence.features(), bool(question["answerable"]), number, weight))
    return rows


def fit(documents: list[Document], full: Index, asked: list[Question]) -> dict[str, Any]:
    """The calibration's weights, with cross-validated figures for the whole collection."""
    rows = _samples(full, asked, None, _FULL_WEIGHT)
    own = len(rows)
    for part in _parts(documents, asked):
        index = Index()
        index._vectors = full._vectors
        index.refresh(part)
        rows += _samples(index, asked, {d.key for d in part}, 1.0)
    x = np.array([r[0] for r in rows])
    y = np.array([r[1] for r in rows])
    group = np.array([r[2] for r in rows])
    weight = np.array([r[3] for r in rows])
    # The share of answerable questions in the set shall not matter, only what mistakes cost.
    weight = weight * np.where(y, _ANSWERABLE_COST * weight[~y].sum() / weight[y].sum(), 1.0)
    guess = np.zeros(len(y))
    for train, test in GroupKFold(10).split(x, y, group):
        guess[test] = _logistic(x[train], y[train], weight[train]).predict_proba(x[test])[:, 1]
    for name, where in (("whole", slice(0, own)), ("parts", slice(own, None))):
        print(f"cross-validated, {name}: {_refusals(guess[where], y[where])}")
    model = _logistic(x, y, weight)
    return {
        "weights": [round(float(v), 4) for v in model.coef_[0]],
        "intercept": round(float(model.intercept_[0]), 4),
    }


def _logistic(
    x: NDArray[np.float64], y: NDArray[np.bool_], weight: NDArray[np.float64]
) -> LogisticRegression:
    return LogisticRegression(C=1.0, max_iter=5000).fit(x, y, sample_weight=weight)


def _refusals(guess: NDArray[np.float64], answerable: NDArray[np.bool_]) -> str:
    low = guess < 0.5
    return f"refused {low[~answerable].mean():.2f}, wrongly refused {low[answerable].mean():.2f}"


def report(index: Index, asked: Sequence[Question]) -> str:
    """Hits among the first 1, 3 and 5 documents, refusals at 0.5, and times of a query."""
    hits, times, guess = np.zeros(3), [], []
    answerable = [q for q in asked if q["answerable"]]
    for question in asked:
        began = time.perf_counter()
        index.search(question["question"], 5)
        times.append((time.perf_counter() - began) * 1000)
        keys, evidence = index.evidence(question["question"])
        guess.append(calibrated(evidence))
        if question["answerable"]:
            hits += [any(k in question["pages"] for k in keys[:n]) for n in (1, 3, 5)]
    shares = hits / len(answerable)
    return (
        f"hit@1 {shares[0]:.2f} hit@3 {shares[1]:.2f} hit@5 {shares[2]:.2f}, "
        f"{_refusals(np.array(guess), np.array([q['answerable'] for q in asked]))}, "
        f"query p50 {np.percentile(times, 50):.1f} ms p95 {np.percentile(times, 95):.1f} ms"
    )


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--write", action="store_true", help="keep the weights")
    given = options.parse_args()
    documents = list(Folder(given.folder).documents())
    index = Index()
    began, busy = time.perf_counter(), time.process_time()
    index.refresh(documents)
    print(
        f"{len(documents)} documents indexed in {time.perf_counter() - began:.1f} s "
        f"({time.process_time() - busy:.1f} s of processor time)"
    )
    fitted = fit(documents, index, questions("tune"))
    print(fitted)
    if given.write:
        _WEIGHTS.write_text(json.dumps(fitted, indent=2) + "\n")
    for name in ("tune", "report"):
        print(f"{name}: {report(index, questions(name))}")


if __name__ == "__main__":
    main()
