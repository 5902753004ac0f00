"""The extractive reader: an answer made of the passages' own sentences, with references.

Sentences are ranked by the weight of the question's words in them and around them, the best few
also by meaning; the best is given with what it needs to be understood, and a second one where it
adds something. When nothing in the passages is about the question, there is no answer.

At a temperature above zero it draws what comes first, as models do: then two drafts of an answer
may differ.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from local.bedrock.embedding import encoder
from local.bedrock.markdown import Block, read_page, sentences
from local.bedrock.prompts import Passage
from local.bedrock.terms import terms

_SHORTLIST, _SENTENCE_TOKENS, _QUESTION_TOKENS = 10, 32, 48
_LONGEST_SENTENCE, _LONGEST_ANSWER, _MOST_ITEMS = 420, 700, 6
_SECOND, _SECOND_ELSEWHERE = 0.75, 0.92
_RANK_DECAY = 0.94  # the next passage is a little less likely to be the right one
# Below: the passages are not about the question. Chosen on evaluation/retrieval_tune.jsonl.
_ENOUGH = 0.42
# Of a score, at temperature 1: sentences that are about as good as the best come first as often.
_SPREAD = 0.25
_LEANS_BACK = re.compile(
    r"^(?:It|They|This|These|Those|That|He|She|Such|However|Also|Then|Therefore|Additionally"
    r"|Moreover|In addition|Instead|Otherwise|For example|For instance|In this case"
    r"|To do (?:so|this)|Both|If so)\b"
)
# Questions that a page itself asks, and the mark before their answers.
_FAQ = re.compile(r"^(?:Q[:.] .*|A[:.] )")
_POINTS_AWAY = re.compile(
    r"^(?:For (?:more|additional|further|an? (?:example|list|overview)|information|details"
    r"|instructions)|To learn (?:more|about|how)|See\b|Learn more|Topics|The following\b"
    r"|This (?:topic|section|page|guide|chapter)|Choose\b|Next\b|Read\b)"
    r"|\b(?:see|refer to) [^.]{3,120}\.$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, or None and the reason why there is none."""

    text: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a list with its opening line. `before` is the sentence that it follows."""

    text: str
    passage: int
    order: int
    heading: str
    before: str = ""
    items: tuple[str, ...] = ()
    score: float = 0.0

    @property
    def whole(self) -> str:
        return " ".join((self.text, *self.items))


def read(
    question: str,
    passages: Sequence[Passage],
    temperature: float = 0.0,
    draw: Callable[[], float] = random.random,
) -> Reading:
    """Answer a question from numbered passages, in one to a few sentences with [n] references.

    `draw` gives numbers from 0 to 1.
    """
    if not passages:
        return Reading(None, "There is no passage to answer from.")
    units = [unit for rank, p in enumerate(passages) for unit in _units(p, rank)]
    asked = list(dict.fromkeys(terms(question)))
    ranked, confidence = _ranked(question, asked, units)
    if not ranked or confidence < _ENOUGH:
        return Reading(None, "The passages do not answer the question.")
    chosen = _chosen(_drawn(ranked, temperature, draw), frozenset(asked))
    return Reading(_written(chosen, passages))


def confidence(question: str, passages: Sequence[Passage]) -> float:
    """How sure the reader is, 0..1, that the passages are about the question: for tuning."""
    units = [unit for rank, p in enumerate(passages) for unit in _units(p, rank)]
    return _ranked(question, list(dict.fromkeys(terms(question))), units)[1]


# ----------------------------------------------------------------------------------- reading


def _units(passage: Passage, rank: int) -> list[_Unit]:
    units: list[_Unit] = []
    for section in read_page(passage.source, passage.text).sections:
        heading = " ".join((passage.title, *section.path, section.heading)).strip()
        before = ""
        opening: str | None = None
        items: list[str] = []
        blocks = [b for b in section.blocks if b.kind in ("text", "item")]
        for block in [*blocks, Block("text", "")]:
            if block.kind == "item":
                items.append(block.text)
                continue
            units += _list_units(opening, items, rank, len(units), heading)
            opening, items = None, []
            parts = [p for p in sentences(_FAQ.sub("", block.text)) if _readable(p)]
            for part in parts:
                if part.endswith(":"):
                    opening = part
                else:
                    units.append(_Unit(part, rank, len(units), heading, before))
                    before = part
    return units


def _list_units(
    opening: str | None, items: Sequence[str], rank: int, order: int, heading: str
) -> list[_Unit]:
    whole = [item for item in items if _readable(item)]
    if not whole:
        return []
    short = [sentences(item)[0] for item in whole]
    if opening and sum(map(len, short)) <= 900 and len(short) <= 2 * _MOST_ITEMS:
        return [_Unit(opening, rank, order, heading, "", tuple(short))]
    return [
        _Unit(part, rank, order + at, heading)
        for at, part in enumerate(s for item in whole for s in sentences(item) if s[-1] in ".!?")
    ]


def _readable(text: str) -> bool:
    """Whole prose, no leftover of a table, a path or a program."""
    if not 15 <= len(text) <= 1200 or "```" in text or text.count("|") > 1:
        return False
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return letters / len(text) > 0.72 and len(text.split()) >= 3


# ----------------------------------------------------------------------------------- ranking


def _ranked(question: str, asked: list[str], units: list[_Unit]) -> tuple[list[_Unit], float]:
    if not units or not asked:
        return [], 0.0
    found = [frozenset(terms(unit.whole)) for unit in units]
    around = [frozenset(terms(unit.heading)) for unit in units]
    count = Counter(term for terms_ in found for term in terms_)
    weight = {t: math.log(1 + (len(units) + 1) / (count[t] + 0.5)) for t in asked}
    total = sum(weight.values())
    scored = []
    for unit, own, near in zip(units, found, around, strict=True):
        inside = sum(weight[t] for t in asked if t in own)
        beside = sum(weight[t] for t in asked if t not in own and t in near)
        score = (inside + 0.5 * beside) / total
        score *= _RANK_DECAY**unit.passage
        score *= _style(unit)
        scored.append(replace(unit, score=score))
    short = sorted(scored, key=lambda u: -u.score)[:_SHORTLIST]
    if scored[0] not in short:  # the opening of the best passage, which often says it all
        short.append(scored[0])
    # The heading tells what "it" is about.
    texts = [f"{u.heading[-60:]}: {u.whole[:300]}" for u in short]
    vectors = encoder().encode(texts, _SENTENCE_TOKENS)
    asked_vector = encoder().encode([question[:1000]], _QUESTION_TOKENS)[0]
    similar = vectors @ asked_vector
    ranked = sorted(
        (
            replace(u, score=0.5 * u.score + 0.5 * float(s) * _style(u))
            for u, s in zip(short, similar, strict=True)
        ),
        key=lambda u: -u.score,
    )
    everything = frozenset().union(*found, *around)
    known = sum(weight[t] for t in asked if t in everything) / total
    return ranked, _confidence(known, float(np.max(similar)), ranked[0].score)


def _drawn(ranked: list[_Unit], temperature: float, draw: Callable[[], float]) -> list[_Unit]:
    """In an order that is drawn: each place by the softmax of the scores that are left (the Gumbel
    trick; Kool et al. 2019)."""
    if not temperature:
        return ranked

    def noisy(unit: _Unit) -> float:
        drawn = min(max(draw(), 1e-12), 1 - 1e-12)
        return unit.score - temperature * _SPREAD * math.log(-math.log(drawn))

    return sorted(ranked, key=noisy, reverse=True)


def _style(unit: _Unit) -> float:
    """How well a sentence stands alone, 0..1."""
    worth = 1.0
    if unit.items:
        return worth
    if _POINTS_AWAY.search(unit.text):
        worth *= 0.6
    if len(unit.text) > _LONGEST_SENTENCE:
        worth *= 0.7
    if len(unit.text.split()) < 6:
        worth *= 0.6
    if _LEANS_BACK.match(unit.text):
        worth *= 0.9 if unit.before else 0.6
    return worth


def _confidence(known: float, similarity: float, best: float) -> float:
    return 0.4 * known + 0.35 * min(1.0, similarity / 0.7) + 0.25 * min(1.0, best / 0.6)


# ----------------------------------------------------------------------------------- writing


def _chosen(ranked: list[_Unit], asked: frozenset[str]) -> list[_Unit]:
    first = ranked[0]
    chosen = [first]
    said = asked & frozenset(terms(first.whole))
    for unit in ranked[1:5]:
        fresh = (asked & frozenset(terms(unit.whole))) - said
        follows = unit.passage == first.passage and 0 < unit.order - first.order <= 2
        enough = _SECOND if unit.passage == first.passage else _SECOND_ELSEWHERE
        if unit.score < enough * first.score or not (fresh or follows):
            continue
        if len(first.whole) + len(unit.whole) <= _LONGEST_ANSWER:
            chosen.append(unit)
            break
    return chosen


def _written(chosen: list[_Unit], passages: Sequence[Passage]) -> str:
    chosen = sorted(chosen, key=lambda u: (u.passage != chosen[0].passage, u.passage, u.order))
    lines: list[str] = []
    sentences_: list[str] = []
    given: set[str] = set()
    for unit in chosen:
        mark = f"[{passages[unit.passage].index}]"
        if unit.items:
            lines += [" ".join(sentences_)] if sentences_ else []
            sentences_ = []
            lines.append(f"{unit.text} {mark}")
            lines += [f"- {item}" for item in unit.items[:_MOST_ITEMS]]
            continue
        text = unit.text
        if unit.before and _LEANS_BACK.match(text) and unit.before not in given:
            given.add(unit.before)
            text = f"{unit.before} {text}"
        given.add(unit.text)
        sentences_.append(f"{_ended(text)} {mark}")
    lines += [" ".join(sentences_)] if sentences_ else []
    return "\n".join(lines)


def _ended(text: str) -> str:
    return text if text[-1] in ".!?。！？\"')" else f"{text}."
