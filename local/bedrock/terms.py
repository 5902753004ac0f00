"""Words of a text as a search engine counts them."""

import re
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[A-Za-z0-9]+(?:[._'/:@-]+[A-Za-z0-9]+)*|[^\W_]+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_STOP = frozenset(
    """a an the this that these those and or but nor if then else so than too very just only also
    of in on at by for from to into onto with without within as is are was were be been being am
    do does did doing done have has had having can could may might must shall should will would
    i me my mine we us our you your he she it its they them their his her who whom whose which what
    when where why how there here not no yes any some each every all both either neither such own
    same other another more most few much many about after again against before between during
    further once over under up down out off above below until while because through per via
    don doesn didn cannot isn aren wasn won wouldn couldn shouldn hasn haven hadn weren
    let please thanks thank hello hi hey ok okay want need like get got
    way ways know tell try trying tried help possible able something anything someone
    s t m d ll re ve""".split()  # noqa: SIM905 - a hundred words read better so
)
_STEMMER = Stemmer.Stemmer("english")


@lru_cache(maxsize=200_000)
def _stems(word: str) -> tuple[str, ...]:
    """A written word as stems: the whole, and its parts where it is a compound."""
    lower = word.lower()
    if lower in _STOP:
        return ()
    pieces = [p for p in re.split(r"[^A-Za-z0-9]+", word) if p] or [word]
    parts = [part for piece in pieces for part in (_PART.findall(piece) or [piece])]
    whole = re.sub(r"[^\w]+", "", lower)
    if len(parts) == 1:
        return (_STEMMER.stemWord(whole),)
    stems = [_STEMMER.stemWord(p.lower()) for p in parts if p.lower() not in _STOP and len(p) > 1]
    return (_STEMMER.stemWord(whole), *stems)


def terms(text: str) -> list[str]:
    """Stemmed terms in order, without stop words. A compound (`CreateEndpointConfig`, `real-time`)
    counts as itself and as its parts."""
    return [stem for word in _WORD.findall(text) for stem in _stems(word.strip("'"))]
