"""Whether a customer's message deserves a person: the stand-in's answer to the gate's call.

A logistic model over what the message hints at (`cues`), VADER's sentiment, how it is written
(capitals, exclamation marks), the customer's wish in words (`tandem.live.wishes`) and the meaning
as a sentence embedding. `train_gate` makes its weights.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from local.bedrock.cues import NAMES, counts, plain
from local.bedrock.embedding import encoder
from tandem.live.wishes import asks_for_person

WEIGHTS = Path(__file__).with_name("gate_weights.json")

_TOKENS, _LONG = 64, 600
_COMPLAINTS = (
    "insult",
    "anger",
    "leave",
    "legal",
    "again",
    "bot",
    "urgent",
    "distress",
    "safety",
    "irony",
)
_ANGRY_FACES = re.compile("[😡🤬😠👎🙄🙃💩😤🗑]")
_REASONS = {
    "insult": "The message is insulting.",
    "anger": "The customer is angry.",
    "leave": "The customer may leave.",
    "legal": "The customer threatens legal steps or a public complaint.",
    "again": "The same failure was met again.",
    "bot": "The customer is frustrated with the assistant.",
    "urgent": "The matter is urgent and costly.",
    "distress": "The customer is in distress.",
    "safety": "The matter is one of safety, privacy or misuse.",
    "irony": "The praise is not meant as praise.",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`sentiment` from -1 (furious) to 1 (delighted); whether a person is wanted; and why."""

    sentiment: float
    wants_person: bool
    reason: str


@cache
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def shortened(text: str) -> str:
    """The beginning and the end of a long message, where the mood is."""
    if len(text) <= _LONG:
        return text
    return f"{text[: _LONG // 2]} … {text[-_LONG // 2 :]}"


def hints(text: str) -> tuple[list[float], dict[str, int]]:
    """The features of a message but its embedding, and the cues found in it."""
    found = counts(plain(text))
    mood = _vader().polarity_scores(text)
    letters = [c for c in text if c.isalpha()]
    upper = sum(c.isupper() for c in letters) / len(letters) if len(letters) > 3 else 0.0
    complains = any(found[name] for name in _COMPLAINTS)
    features = [min(found[name], 3) / 1.5 for name in NAMES]
    features += [float(found[name] > 0) for name in NAMES]
    features += [
        2.0 * asks_for_person(text),
        2 * mood["neg"],
        2 * mood["pos"],
        mood["compound"],
        upper,
        float(upper > 0.6 and len(letters) > 6),
        min(text.count("!"), 3) / 2,
        min(text.count("?"), 3) / 2,
        float("!!" in text or "??" in text),
        float(text.rstrip().endswith("?")),
        math.log1p(len(text.split())) / 3,
        float(bool(_ANGRY_FACES.search(text))),
        float(complains),
        float(complains and found["thanks"] > 0),
        float(not complains and found["technical"] > 0),
    ]
    return features, found


def features(texts: Sequence[str]) -> NDArray[np.float64]:
    """All features, one row per text."""
    short = [shortened(text) for text in texts]
    meaning = encoder().encode(short, _TOKENS).astype(np.float64)
    written = np.array([hints(text)[0] for text in short])
    # The factor sets how strongly a meaning's weights are held back beside the cues'.
    return np.hstack([2.25 * meaning, written])


@dataclass(frozen=True, slots=True)
class _Model:
    weights: NDArray[np.float64]
    intercept: float

    def probability(self, row: NDArray[np.float64]) -> float:
        return float(1 / (1 + np.exp(-(row @ self.weights + self.intercept))))


@cache
def _models() -> dict[str, _Model]:
    kept = json.loads(WEIGHTS.read_text())
    return {n: _Model(np.array(m["weights"]), m["intercept"]) for n, m in kept.items()}


class Gate:
    """Judges messages. Safe to use from several threads."""

    def warm(self) -> None:
        """Load everything, so that the first judgement is as fast as the next."""
        self.judge("hello")

    def judge(self, message: str, earlier: tuple[str, ...] = ()) -> Judgement:
        """Judge one message, in the light of the customer's earlier ones (oldest first)."""
        row = features([message])[0]
        person = _models()["person"].probability(row)
        upset = _models()["upset"].probability(row)
        _, found = hints(shortened(message))
        if _repeats(message, earlier) and found["thanks"] == 0:
            person = max(person, (person + 1) / 2)
            found["again"] += 1
        wish = asks_for_person(message)
        if not (wish or person >= 0.5):
            return Judgement(_calm(person, upset, found), False, "Nothing calls for a person.")
        if wish:
            reason = "The customer asks for a person."
        else:
            named = [name for name in _COMPLAINTS if found[name]]
            weights = dict(zip(NAMES, _models()["person"].weights[-len(row) :][384:], strict=False))
            best = max(named, key=lambda n: weights[n] * min(found[n], 3), default="")
            reason = _REASONS.get(best, "The message reads as if a person should answer.")
        if upset >= 0.5:
            return Judgement(round(-upset, 3), wish, reason)
        return Judgement(round(-0.45 * upset / 0.5, 3), True, reason)


def _calm(person: float, upset: float, found: dict[str, int]) -> float:
    """The sentiment of a message that needs nobody, above -0.5."""
    pleased = 0.8 if found["thanks"] else 0.1
    worry = max(person, min(upset, 0.5))
    return round(pleased * (1 - 2 * min(worry, 0.5)) - 0.45 * min(worry, 0.5) / 0.5, 3)


def _repeats(message: str, earlier: tuple[str, ...]) -> bool:
    said = plain(message)
    return len(said) > 15 and any(plain(text) == said for text in earlier)
