"""Does a customer say that they want a person?

Words and phrases in sixteen languages, chosen for precision: when this says yes, a person is
called before any model is asked. What is said between the lines is the gate's to find.

Every pattern is a sequence of alternatives with bounded gaps and no nested repetition, and the
text is cut, so that the time is linear whatever is sent.
"""

import re
import unicodedata
from functools import cache

from tandem.live.wish_words import LANGUAGES, NO_DENIAL, PRODUCT

LONGEST = 20_000

# A text longer than that is a log or a document; the wish stands at its beginning or its end.
_HEAD, _TAIL = 4_000, 4_000
_CLAUSE = re.compile(
    r"[.!?;:,\n()¿¡。！？；，、…।؟،–—]+"
    r"|\b(?:but|aber|sondern|mais|pero|sino|ma|mas|maar|ale|men|ama|fakat|но|а)\b"
)
_ACCENT = re.compile(r"([a-z])[\u0300-\u036f]+")
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d"})
_ODD = re.compile(r"[^\w\n\u0300-\u036f\u0900-\u097f.!?;:,()¿¡。！？；，、…।؟،–—-]+")
# Somebody else's words, in double quotes.
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]{1,300}[\"”“»]")


def asks_for_person(text: str) -> bool:
    """Whether the words of a customer's message ask for a person.

    Precise rather than complete: False means that the words alone do not say so. A wish that is
    denied ("I don't need a human") is none. Linear in the length of the text, of which at most
    LONGEST characters are looked at.
    """
    short = text[:LONGEST]
    if len(short) > _HEAD + _TAIL:
        short = f"{short[:_HEAD]}\n{short[-_TAIL:]}"
    return any(_clause_asks(clause) for clause in _CLAUSE.split(_normal(short)))


def _normal(text: str) -> str:
    """Lower case, Latin letters without accents, no quoted words, anything odd as a space."""
    unquoted = _QUOTED.sub(" ", text)
    if re.search(r"\w \W*\w", unquoted):
        text = unquoted
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    plain = unicodedata.normalize("NFC", _ACCENT.sub(r"\1", folded))
    return _ODD.sub(" ", plain.translate(_PLAIN))


def _clause_asks(clause: str) -> bool:
    clause = " ".join(clause.split())
    if not clause or PRODUCT.search(clause):
        return False
    meant = NO_DENIAL.sub(" ", clause)
    for wish, denial, anywhere in _patterns():
        found = wish.search(clause)
        if found is None:
            continue
        scope = meant if anywhere else meant[: found.end()]
        if not denial.search(scope):
            return True
    return False


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str], bool], ...]:
    """Compiled at the first use, not at import: a cold start that needs none pays for none."""
    return tuple(
        (
            re.compile("|".join(f"(?:{wish})" for wish in language.wishes).translate(_PLAIN)),
            re.compile(language.denials.translate(_PLAIN)),
            language.anywhere,
        )
        for language in LANGUAGES
    )
