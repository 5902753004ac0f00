"""Whether a customer's message deserves a person: the stand-in's answer to the gate's call.

The mean of two models. A linear one looks at what the message hints at (`cues`), VADER's
sentiment, how it is written (capitals, exclamation marks), the customer's wish in words
(`tandem.live.wishes`) and the meaning as a sentence embedding; a kernel one compares the meaning
with known messages. `train_gate` makes both.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from local.bedrock.cues import NAMES, counts, plain
from local.bedrock.embedding import DIMENSIONS, encoder
from tandem.live.wishes import asks_for_person

WEIGHTS = Path(__file__).with_name("gate_weights.npz")

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
    return np.hstack([meaning, written])


# How much a meaning's weights are held back beside the cues', by its scale.
_MEANING_SCALE = 2.25


def scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features as the linear model wants them."""
    return np.hstack([_MEANING_SCALE * rows[:, :DIMENSIONS], rows[:, DIMENSIONS:]])


@dataclass(frozen=True, slots=True)
class Models:
    """The trained models.

    `person` and `upset` are linear (weights, then the intercept as the last number). `known` are
    the embeddings of support vectors (count x 384), `duals` their coefficients, `bias` the kernel
    model's intercept and `gamma` the width of its Gaussian kernel; `share` scales its decision to
    log-odds.
    """

    person: NDArray[np.float64]
    upset: NDArray[np.float64]
    known: NDArray[np.float32]
    duals: NDArray[np.float32]
    bias: float
    gamma: float
    share: float

    def log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """That a person should answer, one number per row of features."""
        linear = scaled(rows) @ self.person[:-1] + self.person[-1]
        likeness = rows[:, :DIMENSIONS].astype(np.float32) @ self.known.T
        # Unit vectors: the squared distance is 2 - 2 cos.
        kernel = np.exp(-self.gamma * (2 - 2 * likeness)) @ self.duals + self.bias
        mean: NDArray[np.float64] = (linear + self.share * kernel) / 2
        return mean

    def upset_log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """That the customer is angry or disappointed, one number per row of features."""
        odds: NDArray[np.float64] = scaled(rows) @ self.upset[:-1] + self.upset[-1]
        return odds

    def save(self, file: Path) -> None:
        """Write the models; embeddings as 8-bit integers."""
        np.savez_compressed(
            file,
            person=self.person.astype(np.float32),
            upset=self.upset.astype(np.float32),
            known=np.round(self.known * _STEPS).astype(np.int8),
            duals=self.duals.astype(np.float32),
            numbers=np.array([self.bias, self.gamma, self.share]),
        )

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the models."""
        with np.load(file) as kept:
            known = kept["known"].astype(np.float32)
            bias, gamma, share = (float(n) for n in kept["numbers"])
            return cls(
                kept["person"].astype(np.float64),
                kept["upset"].astype(np.float64),
                known / np.linalg.norm(known, axis=1, keepdims=True),
                kept["duals"],
                bias,
                gamma,
                share,
            )


# No component of a unit vector of 384 dimensions comes near 0.4.
_STEPS = 127 / 0.4


@cache
def _models() -> Models:
    return Models.load(WEIGHTS)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


class Gate:
    """Judges messages. Safe to use from several threads."""

    def warm(self) -> None:
        """Load everything, so that the first judgement is as fast as the next."""
        self.judge("hello")

    def judge(self, message: str, earlier: tuple[str, ...] = ()) -> Judgement:
        """Judge one message, in the light of the customer's earlier ones (oldest first)."""
        rows = features([message])
        person = _probability(float(_models().log_odds(rows)[0]))
        upset = _probability(float(_models().upset_log_odds(rows)[0]))
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
            weights = dict(zip(NAMES, _models().person[DIMENSIONS:], strict=False))
            named = [name for name in _COMPLAINTS if found[name]]
            best = max(named, key=lambda name: weights[name] * min(found[name], 3), default="")
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
