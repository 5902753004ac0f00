"""What shows of answers without a judge: their length, what they repeat, where they are none.

Everything runs in time linear in the length of the texts, which is bounded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_READ = 20_000
"""Characters of an answer that are looked at."""
# Chinese and Japanese are written without spaces: each character counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_CITATION = re.compile(r"[ \t]?\[[0-9]{1,2}\]")
_BEGINS = 240
"""Characters within which an answer says that it is none: later, it is a remark beside one."""
_REFUSALS = (
    # English
    "i cannot answer", "i can't answer", "i can not answer", "cannot be answered",
    "i cannot help", "i can't help", "i cannot assist", "i can't assist",
    "i am unable to", "i'm unable to", "i am not able to", "i'm not able to",
    "i do not know", "i don't know", "i have no information", "i do not have information",
    "i don't have information", "i do not have any information", "i don't have any information",
    "i do not have enough information", "i don't have enough information", "as an ai",
    "as a language model", "do not hold the answer", "does not hold the answer",
    "do not contain the answer", "does not contain the answer",
    "not mentioned in the passages", "no answer to this question", "unanswerable",
    # German
    "kann ich nicht beantworten", "kann diese frage nicht", "kann die frage nicht",
    "kann ihnen dabei nicht helfen", "kann ihnen nicht helfen", "ich weiß es nicht",
    "weiß ich leider nicht", "liegen mir keine informationen", "habe ich keine informationen",
    "habe keine informationen",
    # French
    "je ne peux pas répondre", "je ne peux pas vous aider", "je ne sais pas",
    "je n'ai pas d'information", "je n'ai aucune information", "je ne suis pas en mesure",
    # Spanish
    "no puedo responder", "no puedo ayudar", "no lo sé", "no tengo información",
    "no dispongo de información",
)  # fmt: skip
_REFUSAL = re.compile("|".join(map(re.escape, _REFUSALS)))


def is_empty(answer: str) -> bool:
    """Also of an answer without a single letter or digit."""
    return _WORD.search(answer[:_READ]) is None


def is_refusal(answer: str) -> bool:
    """Whether an answer says that it is none, or is empty."""
    said = " ".join(answer[:_READ].casefold().replace("’", "'").split())[:_BEGINS]
    return is_empty(answer) or _REFUSAL.search(said) is not None


def share_of_refusals(answers: Sequence[str]) -> float:
    return sum(map(is_refusal, answers)) / len(answers) if answers else 0.0


def mean_length(answers: Iterable[str]) -> float:
    """Characters of those that are not empty; 0 where all are."""
    lengths = [len(answer.strip()) for answer in answers if not is_empty(answer)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def repetition(answers: Iterable[str]) -> float:
    """The share of three words in a row that stood in the same answer before."""
    triples = repeated = 0
    for answer in answers:
        words = _WORD.findall(answer[:_READ].casefold())
        of_answer = list(zip(words, words[1:], words[2:], strict=False))
        triples += len(of_answer)
        repeated += len(of_answer) - len(set(of_answer))
    return repeated / triples if triples else 0.0


def share_for_several(answers: Sequence[str]) -> float:
    """The share of answers that were given to another question as well, empty ones aside."""
    plain = [" ".join(_WORD.findall(answer[:_READ].casefold())) for answer in answers]
    times = Counter(text for text in plain if text)
    return sum(times[text] > 1 for text in plain) / len(plain) if plain else 0.0


def without_citations(answer: str) -> str:
    """An answer without the numbers of the passages that it rests on, `[1]`, and without white
    space around it."""
    return _CITATION.sub("", answer).strip()
