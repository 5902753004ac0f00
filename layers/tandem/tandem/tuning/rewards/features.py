"""What is measured of an answer, beside the meaning of its words.

Each feature is a number that a rater might mind or like; whether it counts, and which way, is
learned. Everything runs in time linear in the length of the texts, which is bounded.
"""

import math
import re
import unicodedata
from collections import Counter

from tandem.tuning.rewards.asked import Asked, last_turns

_READ = 20_000
"""Characters of a text that are measured."""
# Chinese and Japanese are written without spaces: each character counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_CITATION = re.compile(r"\[\d{1,3}\]")
_CODE = re.compile(r"`|\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*|\w_\w|\w\.\w")
_ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])\s", re.MULTILINE)
_ENDS = frozenset(".!?…:;)]\"'”’»`*。！？")
_REFUSAL = re.compile(
    r"\b(?:i (?:can(?:no|')t|could not|couldn't|am (?:not able|unable)|don't (?:know|have)|do not"
    r" (?:know|have))|i'm (?:not able|unable|not sure)|unable to|not (?:find|found|mentioned)"
    r"|no (?:information|answer)|as an ai"
    r"|(?:kann|konnte|weiß|finde) (?:ich )?(?:\w+ )?(?:nicht|leider|keine?)"
    r"|je ne (?:sais|peux|trouve)|no (?:puedo|sé|encuentro|encontré)|non (?:so|posso|trovo)"
    r"|não (?:sei|posso|encontrei)|niet (?:vinden|weten))\b"
)
_HEDGE = re.compile(
    r"\b(?:might|maybe|perhaps|possibly|probably|likely|it depends|depending|generally|usually"
    r"|i (?:think|believe|guess)|should be|could be|vielleicht|möglicherweise|wahrscheinlich"
    r"|peut-être|probablement|quizás?|probablemente|forse|talvez|misschien)\b"
)
_APOLOGY = re.compile(
    r"\b(?:sorry|apologi[sz]e|apologies|unfortunately|leider|entschuldig\w*|désolée?|malheureusement"
    r"|lo siento|lamentablemente|purtroppo|mi dispiace|desculpe|infelizmente|helaas)\b"
)
_FUNCTION_WORDS = {
    "de": "der die das und ist nicht ein eine mit für auf den ich sie wie kann wird im zu von",
    "en": "the and is of to in for a it that with on are not you how can be this my i do does what"
    " when where",
    "es": "el la los las y es de que en un una por con para no se cómo puedo del mi",
    "fr": "le la les et est de des un une que en pour dans avec ne pas je comment du sur",
    "it": "il la le e è di che un una per con non in come si del posso sono gli mi",
    "nl": "de het een en is van niet in op te met voor dat ik hoe kan zijn mijn aan er",
    "pt": "o a os as e é de que em um uma por com para não se como posso do meu",
}
_LANGUAGES = {name: frozenset(words.split()) for name, words in _FUNCTION_WORDS.items()}
_EVERYDAY = frozenset().union(*_LANGUAGES.values())
_CUSTOMARY = 3.7
"""Logarithm of the length, in words, of an answer of two or three sentences."""

NAMES = (
    "empty",
    "length",
    "unusual_length",
    "question_covered",
    "question_echoed",
    "said_before",
    "repeated",
    "citations",
    "refusal",
    "hedges",
    "apology",
    "asks_back",
    "digits",
    "code",
    "items",
    "unfinished",
    "other_script",
    "other_language",
)


def measured(asked: Asked, answer: str) -> list[float]:
    """One number for each of `NAMES`."""
    answer = answer[:_READ].strip()
    question = asked.question[:_READ]
    lowered = answer.casefold()
    words = _WORD.findall(lowered)
    topical = [word for word in words if word not in _EVERYDAY]
    wanted = set(_WORD.findall(question.casefold())) - _EVERYDAY
    earlier: set[str] = set()
    for author, text in last_turns(asked.context):
        if author != "customer":
            earlier.update(_WORD.findall(text.casefold()))
    found = set(topical)
    length = math.log1p(len(words))
    values = {
        "empty": float(not words),
        "length": length,
        "unusual_length": (length - _CUSTOMARY) ** 2,
        "question_covered": len(wanted & found) / max(1, len(wanted)),
        "question_echoed": len(wanted & found) / max(1, len(found)),
        "said_before": len(found & (earlier - wanted)) / max(1, len(found)),
        "repeated": _repeated(words),
        "citations": float(min(3, len(set(_CITATION.findall(answer))))),
        "refusal": float(_REFUSAL.search(lowered) is not None),
        "hedges": math.log1p(len(_HEDGE.findall(lowered))),
        "apology": float(_APOLOGY.search(lowered) is not None),
        "asks_back": float("?" in answer or "？" in answer),
        "digits": math.log1p(sum(character.isdigit() for character in _CITATION.sub("", answer))),
        "code": math.log1p(len(_CODE.findall(answer))),
        "items": math.log1p(len(_ITEM.findall(answer))),
        "unfinished": float(bool(answer) and answer[-1] not in _ENDS),
        "other_script": float(_script(question) != _script(answer)),
        "other_language": float(_differ(_language(question), _language(answer))),
    }
    return [values[name] for name in NAMES]


def _repeated(words: list[str]) -> float:
    """Share of the runs of three words that have been there before."""
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def _script(text: str) -> str:
    """The script of most of the text's letters, by the first word of their Unicode names."""
    letters = Counter(text[:500])
    scripts: Counter[str] = Counter()
    for letter, times in letters.items():
        if letter.isalpha():
            scripts[unicodedata.name(letter, "?").split()[0]] += times
    return scripts.most_common(1)[0][0] if scripts else ""


def _language(text: str) -> str | None:
    """The language whose function words are the most frequent; None where no two tell."""
    words = _WORD.findall(text[:2000].casefold())
    hits = Counter(
        name for word in words for name, known in _LANGUAGES.items() if word in known
    ).most_common(2)
    if not hits or hits[0][1] < 2 or (len(hits) > 1 and hits[0][1] == hits[1][1]):
        return None
    return hits[0][0]


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
