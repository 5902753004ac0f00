"""Makes gate_weights.npz, and prints how good the gate is.

    python -m local.bedrock.train_gate [--write]

Learned from evaluation/gate_tune.jsonl and the messages beside this file (gate_examples.tsv: 1 or
0, tab, text). Figures are cross-validated on the tune set; the report set is only counted.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from local.bedrock.embedding import DIMENSIONS
from local.bedrock.gate import WEIGHTS, Gate, Models, features, scaled
from tandem.live.wishes import asks_for_person

_EVALUATION = Path("evaluation")
_STRENGTH = 0.3
_KERNEL = {"C": 2.0, "gamma": 1.5}
_SHARE = 1.5
_UPSET = frozenset(
    {
        "anger",
        "insult",
        "sarcasm",
        "threat_to_leave",
        "legal_or_public_threat",
        "frustration_with_bot",
        "repeated_failure",
    }
)

type Rows = NDArray[np.float64]
type Labels = NDArray[np.bool_]


def messages(name: str) -> list[dict[str, Any]]:
    """A labelled set: {"id", "text", "person", "why"} each."""
    lines = (_EVALUATION / f"gate_{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def examples() -> tuple[list[str], Labels]:
    """The messages beside this file."""
    lines = Path(__file__).with_name("gate_examples.tsv").read_text().splitlines()
    split = [line.split("\t", 1) for line in lines if line]
    return [text for _, text in split], np.array([label == "1" for label, _ in split])


def _linear(x: Rows, y: Labels) -> NDArray[np.float64]:
    model = LogisticRegression(C=_STRENGTH, max_iter=5000, class_weight="balanced")
    model.fit(scaled(x), y)
    return np.append(model.coef_[0], model.intercept_[0])


def fit(x: Rows, y: Labels, upset: Labels | None = None) -> Models:
    """Models from features and labels; `upset` labels the first rows only."""
    kernel = SVC(kernel="rbf", class_weight="balanced", **_KERNEL).fit(x[:, :DIMENSIONS], y)
    person = _linear(x, y)
    return Models(
        person=person,
        upset=person if upset is None else _linear(x[: len(upset)], upset),
        known=kernel.support_vectors_.astype(np.float32),
        duals=kernel.dual_coef_[0].astype(np.float32),
        bias=float(kernel.intercept_[0]),
        gamma=_KERNEL["gamma"],
        share=_SHARE,
    )


def figures(guess: Labels, y: Labels) -> str:
    """Precision, recall and F1 of the decision for a person."""
    p, r, f, _ = precision_recall_fscore_support(y, guess, average="binary", zero_division=0.0)
    return f"P {p:.3f} R {r:.3f} F1 {f:.3f}"


def cross_validated(x: Rows, y: Labels, more_x: Rows, more_y: Labels, seeds: int = 5) -> list[str]:
    """Figures of repeated five-fold cross-validation; the examples are in every training part."""
    lines = []
    for seed in range(seeds):
        guess = np.zeros(len(y), bool)
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
            model = fit(np.vstack([x[train], more_x]), np.concatenate([y[train], more_y]))
            guess[test] = model.log_odds(x[test]) >= 0
        lines.append(figures(guess, y))
    return lines


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="keep the weights")
    given = options.parse_args()
    tune = messages("tune")
    x = features([m["text"] for m in tune])
    y = np.array([m["person"] for m in tune])
    upset = np.array([m["why"] in _UPSET for m in tune])
    texts, more_y = examples()
    more_x = features(texts)
    for line in cross_validated(x, y, more_x, more_y):
        print(f"cross-validated: {line}")
    if given.write:
        models = fit(np.vstack([x, more_x]), np.concatenate([y, more_y]), upset)
        models.save(WEIGHTS)
        print(f"{len(models.known)} support vectors, {WEIGHTS.stat().st_size // 1024} KiB")
    for name in ("tune", "report"):
        labelled = messages(name)
        gate = Gate()
        judged = [gate.judge(m["text"]) for m in labelled]
        guess = np.array(
            [
                asks_for_person(m["text"]) or j.sentiment <= -0.5 or j.wants_person
                for m, j in zip(labelled, judged, strict=True)
            ]
        )
        truth = np.array([m["person"] for m in labelled])
        words = np.array([asks_for_person(m["text"]) for m in labelled])
        print(f"{name}: {figures(guess, truth)} (by words alone: {figures(words, truth)})")


if __name__ == "__main__":
    main()
