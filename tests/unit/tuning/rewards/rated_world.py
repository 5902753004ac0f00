"""A world in which it is known how good an answer is: to see what is learned from noisy ratings.

Questions ask about a sentence of a page in local/knowledge; answers are that sentence, parts of it,
other sentences, refusals, empty phrases, too much, or the same over and over. A hidden scorer that
knows the sentence says how good the answer is, from 1 to 5; reviewers say so with an error of 0.7
(standard deviation), rounded. The page is the topic.
"""

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.fitting import Fitted, RatedAnswer, fit
from tandem.tuning.rewards.reward_model import RewardModel
from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder

NOISE = 0.7
_PAGES = Path(__file__).parents[4] / "local" / "knowledge"
_EVERYDAY = """the and is of to in for a it that with on are not you how can be this my an or as by
at from if they its your one has have which each when what all than then does do so no only"""
_REFUSALS = (
    "I'm sorry, but I could not find anything about this.",
    "I don't have information about that.",
    "Unfortunately I am not able to answer this question. Please contact support.",
)
_PHRASES = (
    "Happy to help with that!",
    "There are several things to consider here.",
    "It depends on your situation and your goals.",
    "In general, this might vary.",
    "Please see the documentation for more details.",
)
_QUESTIONS = (
    "How does {0} work with {1}?",
    "Can you explain {0} and {1}?",
    "i have a problem with {1} {0}, what can i do?",
    "Why is there {0} when {1}?",
)
_KINDS = ("good", "good", "good", "half", "near", "off", "refusal", "phrases", "long", "repeated")


@dataclass(frozen=True)
class Rated:
    rated: RatedAnswer
    truth: float
    """What the hidden scorer says."""


@cache
def _pages() -> dict[str, list[str]]:
    pages = {}
    for file in sorted(_PAGES.glob("*.md")):
        text = file.read_text().split("\n", maxsplit=1)[1]
        sentences = [re.sub(r"[*`#]", "", s).strip() for s in re.split(r"(?<=[.?!])\s+|\n+", text)]
        pages[file.stem] = [sentence for sentence in sentences if len(sentence.split()) >= 7]
    return pages


def topics() -> list[str]:
    return list(_pages())


def draw(count: int, seed: int, among: list[str] | None = None, answers: int = 3) -> list[Rated]:
    """So many rated answers, several to each question."""
    chance = random.Random(seed)
    drawn: list[Rated] = []
    while len(drawn) < count:
        topic = chance.choice(among or topics())
        sentence = chance.choice(_pages()[topic])
        words = sorted(set(_content(sentence)))
        asked = Asked(chance.choice(_QUESTIONS).format(*chance.sample(words, 2)))
        for _ in range(min(answers, count - len(drawn))):
            answer = _answer(chance, topic, sentence)
            truth = score(sentence, answer)
            rating = min(5.0, max(1.0, float(round(truth + chance.gauss(0, NOISE)))))
            drawn.append(Rated(RatedAnswer(asked, answer, rating, topic), truth))
    return drawn


def score(sentence: str, answer: str) -> float:
    """How good an answer is of which the sentence holds all that is needed, from 1 to 5."""
    words, wanted = _content(answer), set(_content(sentence))
    runs = list(zip(words, words[1:], words[2:], strict=False))
    if any(answer.startswith(refusal) for refusal in _REFUSALS):
        return 1.6
    value = 1 + 3.7 * len(wanted & set(words)) / len(wanted)
    value += 0.3 * ("[1]" in answer) - 0.02 * max(0, len(answer.split()) - 50)
    value -= 1.5 * (1 - len(set(runs)) / len(runs)) if runs else 0
    return min(5.0, max(1.0, value - 0.4 * any(phrase in answer for phrase in _PHRASES)))


def _answer(chance: random.Random, topic: str, sentence: str) -> str:
    def others(page: str, count: int) -> list[str]:
        return [chance.choice(_pages()[page]) for _ in range(count)]

    kind = chance.choice(_KINDS)
    if kind == "refusal":
        return chance.choice(_REFUSALS)
    if kind == "phrases":
        return " ".join(chance.sample(_PHRASES, 3))
    words = sentence.split()
    other = chance.choice([name for name in topics() if name != topic])
    text = {
        "good": sentence,
        "half": " ".join(words[: max(4, len(words) // 2)]) + ".",
        "near": " ".join(others(topic, 1)),
        "off": " ".join(others(other, 2)),
        "long": " ".join([sentence, *others(topic, 6)]),
        "repeated": " ".join([sentence] * 3),
    }[kind]
    return f"{text} [1]" if chance.random() < 0.5 else text


def _content(text: str) -> list[str]:
    return [
        w
        for w in re.findall(r"[a-z0-9]+", text.lower())
        if len(w) > 2 and w not in _EVERYDAY.split()
    ]


@cache
def embedding() -> StaticEmbedding:
    return StaticEmbedding.load(shipped_folder())


@cache
def fitted(count: int = 300, seed: int = 1) -> Fitted:
    """On two thirds of the topics."""
    return fit(
        [one.rated for one in draw(count, seed, topics()[::3] + topics()[1::3])], embedding()
    )


def fitted_model() -> RewardModel:
    return fitted().model


def unseen(count: int = 600, seed: int = 2) -> list[Rated]:
    """On the other third."""
    return draw(count, seed, topics()[2::3])
