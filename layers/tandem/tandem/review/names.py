"""Finds names: those that are known, and those that a text itself introduces.

"My name is …", "this is … speaking", "Dear …", a sign-off: in English, German, French and Spanish.
A name that nothing introduces is not found; only a language model finds those
(`tandem.aws.guardrail_checks`). Takes linear time: every repetition is bounded.
"""

import re
from collections.abc import Iterable, Iterator

from tandem.review.finds import WORD, Find, Reading, composed
from tandem.review.name_words import ALSO_WORDS, NEVER_ALONE, NOT_A_NAME, NOT_BEFORE_HERE

# --- what a name looks like ----------------------------------------------------------------------
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_LETTER = r"[^\W\d_]"
_PART = rf"{_CAPITAL}(?:{_LETTER}|['-](?={_LETTER})){{0,30}}"
_INITIAL = rf"{_CAPITAL}\."
_PARTICLES = (
    *("van", "von", "vom", "zu", "zum", "della", "del", "der", "den", "de", "di", "da", "dos"),
    *("du", "la", "le", "bin", "al", "ter", "ten", "y"),
)
_PARTICLE = rf"(?:{'|'.join(_PARTICLES)})"
_NAME = re.compile(
    rf"(?:{_INITIAL} ?)?{_PART}(?: (?:(?:{_PARTICLE} ){{0,2}}{_PART}|{_INITIAL})){{0,3}}"
)
_FAMILY_NAME = re.compile(
    rf"(?:(?:{_PARTICLE} ){{0,2}})(?:{_INITIAL} ?)?{_PART}"
    rf"(?: (?:(?:{_PARTICLE} ){{0,2}}{_PART}|{_INITIAL})){{0,2}}"
)
_CAPITALS_WITHIN = re.compile(
    rf"(?!Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz|[A-Z]')\w{{1,40}}?{_CAPITAL}"
)
_SMALL_NAME = re.compile(rf"{_LETTER}{{2,30}}(?:[ '-]{_LETTER}{{2,30}})?")

# --- what introduces one -------------------------------------------------------------------------
_SAID_TO_BE_A_NAME = re.compile(
    r"(?<![a-z])(?:(?:my|his|her|our) (?:(?:first|last|full|family) ?)?(?:sur)?name(?: is|'s|:)"
    r"|mein(?:e)? (?:vor|nach|familien)?name(?:n)?(?: ist| lautet|:)|ich hei(?:ß|ss)e"
    r"|je m'appelle|(?:mon|notre) (?:pré)?nom(?: est|:)|me llamo|mi (?:nombre|apellido)(?: es|:))"
    r"\s{1,2}"
)
"""After these a name may be in small letters."""
_CALLED = re.compile(
    r"(?<![a-z])call me\s|(?:^|\n)[ \t>*-]{0,4}"
    r"(?:full |first |last |sur|user |customer |contact |vor|nach|pré)?"
    r"(?:name|nom|nombre|apellidos?)\s?:\s{0,2}"
)
_I_AM = re.compile(
    r"(?<![a-z'])(?:i am|i'm|ich bin|je suis|soy|hier spricht|am apparat ist|(?:le )?habla"
    r"|le saluda|speaking (?:to|with))\s"
)
_THIS_IS = re.compile(r"(?<![a-z'])(?:this is|hier ist|ici)\s")
_IT_IS = re.compile(r"(?<![a-z'])(?:it's|c'est|hier|aquí)\s")
_PERSON = re.compile(
    r",?\s(?:here|speaking|from|calling|writing|am apparat|à l'appareil|al habla|al teléfono)"
    r"(?![a-z])"
)
_PAUSE = re.compile(r"[,.!]|\s{0,2}(?:\n|$)")
_LINE_BEGINS = re.compile(
    r"(?:^|\n)[ \t>*-]{0,4}(?:(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening))[,!]? )?"
)
_HERE = re.compile(r",? (?:here|speaking)(?: again)?\s{0,2}(?:[,.!:;-]|\n|$)")
_TITLE = re.compile(
    r"(?<![a-z.])(?:mr|mrs|ms|miss|mx|dr|prof|sir|herrn?|frau|fräulein|m(?=\.)|mm|mme|mlle"
    r"|monsieur|madame|mademoiselle|maître|sr|sra|srta|señora?|señorita|don|doña)(?:\.\s?|\s)"
)
_GREETING = re.compile(
    r"(?:^|(?<=[\n.!?])\s{0,2})(?:(?P<thanks>thanks|thank you|danke|merci|gracias)"
    r"|dear|hi|hello|hey|good (?:morning|afternoon|evening)|hallo|liebe[rs]?"
    r"|sehr geehrte[rs]?|guten (?:tag|morgen|abend)|servus|moin|bonjour|bonsoir|salut|chère?"
    r"|hola|buenos días|buenas tardes|estimad[oa]|querid[oa]),?\s"
)
_SIGN_OFF = re.compile(
    r"(?:^|(?<=[\n.!?,])\s{0,3})(?:(?:"
    r"(?:(?:best|kind|kindest|warm|warmest|many) )?(?:regards|wishes)|cheers|sincerely(?: yours)?"
    r"|yours (?:sincerely|truly|faithfully)|respectfully"
    r"|mit (?:freundlichen|besten|herzlichen|vielen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:viele|beste|liebe|herzliche|freundliche|schöne) gr(?:ü|ue)(?:ß|ss)e|gruß|grüße|mfg|vg|lg"
    r"|(?:bien )?cordialement|(?:bien )?à vous|(?:sincères |meilleures )?salutations|amicalement"
    r"|(?:un |cordiales |muchos )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente|un abrazo"
    r")(?:,? |[,.!]?[ \t]{0,3}(?:\r?\n[ \t>]{0,4}){1,3})"
    r"|(?:best|thanks(?: (?:in advance|again|a lot|so much))?"
    r"|thank you(?: (?:in advance|very much))?|many thanks"
    r"|danke|(?:vielen|besten) dank|merci(?: d'avance| beaucoup)?|bonne journée"
    r"|(?:muchas )?gracias(?: de antemano)?)[,.!]?[ \t]{0,3}(?:\r?\n[ \t>]{0,4}){1,3})(?:--? ?)?"
)
_AFTER_A_GREETING = re.compile(r"\s{0,2}(?:[,!:;.\n-]|$)")
_AFTER_A_SMALL_GREETING = re.compile(r"[,!]|\n")
_AFTER_A_SIGN_OFF = re.compile(r"[ \t]{0,3}(?:[,.!]?[ \t]{0,3}(?:\r?\n|$)|[,|(])")

# A text without any of these has no cue of the kind: much faster to see than to search for cues.
_STEMS = (
    *("name", "call me", "i am", "i'm", "ich bin", "hier ", "apparat", "je suis", "c'est"),
    *("ici ", "soy ", "habla", "saluda", "it's", "this is", "speaking", "ich hei", "appelle"),
    *("nom", "llamo", "apellido", "aquí "),
)
_TITLE_STEMS = (
    *("mr", "ms", "miss ", "mx", "dr", "prof", "sir ", "mada", "herr", "frau", "fräulein", "m. "),
    *("mm", "mlle", "monsieur", "mademoiselle", "maître", "sr", "señor", "don ", "doña"),
)
_GREETING_STEMS = (
    *("dear", "hi", "hello", "hey", "good ", "hallo", "liebe", "geehrte", "guten ", "servus"),
    *("moin", "bonjour", "bonsoir", "salut", "cher", "chère", "hola", "buen", "estimad", "querid"),
    *("thank", "danke", "merci", "gracias"),
)
_SIGN_OFF_STEMS = (
    *("regards", "wishes", "cheers", "sincerely", "yours", "respectfully", "gr", "mfg", "vg", "lg"),
    *("cordial", "à vous", "salutations", "amicalement", "saludo", "atentamente", "abrazo", "best"),
    *("thank", "dank", "merci", "journée"),
)


def introduced(reading: Reading) -> Iterator[Find]:
    """Names that the text introduces. What is capitalized only for its language's sake
    (`Ich bin Kunde`) or as a product (`This is Amazon SageMaker`) is left alone."""
    lower = reading.lower
    if any(stem in lower for stem in _STEMS):
        yield from _said(reading)
    if " here" in lower or " speaking" in lower:
        yield from _here(reading)
    if any(stem in lower for stem in _TITLE_STEMS):
        for cue in _TITLE.finditer(lower):
            if _is_a_title(reading.plain[cue.start() : cue.end()]):
                yield from _named(reading, _FAMILY_NAME, cue.end())
    if any(stem in lower for stem in _GREETING_STEMS):
        for cue in _GREETING.finditer(lower):
            found = list(_named(reading, _NAME, cue.end(), _AFTER_A_GREETING))
            if not found and not cue["thanks"]:
                found = list(_small(reading, cue.end(), _AFTER_A_SMALL_GREETING))
            yield from found
    if any(stem in lower for stem in _SIGN_OFF_STEMS):
        for cue in _SIGN_OFF.finditer(lower):
            yield from _named(reading, _NAME, cue.end(), _AFTER_A_SIGN_OFF)


def _said(reading: Reading) -> Iterator[Find]:
    lower = reading.lower
    for cue in _SAID_TO_BE_A_NAME.finditer(lower):
        found = list(_named(reading, _NAME, cue.end())) or list(_small(reading, cue.end()))
        yield from found
    for cue in _CALLED.finditer(lower):
        yield from _named(reading, _NAME, cue.end())
    for cue in _I_AM.finditer(lower):
        for find in _persons(reading, cue.end()):
            # Any German noun has a capital letter: one alone may be what somebody is.
            sure = " " in lower[find.start : find.end] or not cue[0].startswith("ich")
            if sure or _PERSON.match(lower, find.end) or _PAUSE.match(lower, find.end):
                yield find
    for cue in _THIS_IS.finditer(lower):
        for find in _persons(reading, cue.end()):
            several = " " in lower[find.start : find.end]
            pause = _PAUSE.match(lower, find.end)
            if _PERSON.match(lower, find.end) or (pause and (several or pause[0] == ",")):
                yield find
    for cue in _IT_IS.finditer(lower):
        for find in _persons(reading, cue.end()):
            if _PERSON.match(lower, find.end):
                yield find


def _here(reading: Reading) -> Iterator[Find]:
    """`Xiomara here.`: at the beginning of a line; in small letters, of the text."""
    for cue in _LINE_BEGINS.finditer(reading.lower):
        found = list(_persons(reading, cue.end()))
        if not found and cue.start() == 0:
            found = list(_small(reading, cue.end()))
        for find in found:
            words = reading.lower[find.start : find.end].split()
            if _HERE.match(reading.lower, find.end) and NOT_BEFORE_HERE.isdisjoint(words):
                yield find


def _persons(reading: Reading, start: int) -> Iterator[Find]:
    """Without what is written as products are: `SageMaker`, `EC2`, `IAM`."""
    for find in _named(reading, _NAME, start):
        words = reading.plain[find.start : find.end].split(" ")
        if not any(_CAPITALS_WITHIN.match(word) for word in words):
            yield find


def _is_a_title(written: str) -> bool:
    title = written.rstrip(". \n\t")
    if len(title) > 2:
        return True
    return title in ("MM", "M") or (title[0].isupper() and title[1:].islower())


def _small(reading: Reading, start: int, after: re.Pattern[str] | None = None) -> Iterator[Find]:
    """One or two words in small letters, up to the first that is no name."""
    found = _SMALL_NAME.match(reading.lower, start)
    if not found:
        return
    first, *second = re.split(r"(?<=[ '-])", found[0])
    if first.strip(" '-") in NOT_A_NAME:
        return
    end = found.end() if second and second[0] not in NOT_A_NAME else start + len(first.strip())
    if after is None or after.match(reading.plain, end):
        yield Find(start, end, "name")


def _named(
    reading: Reading, shape: re.Pattern[str], start: int, after: re.Pattern[str] | None = None
) -> Iterator[Find]:
    """Capitalized words, up to the first that is no name."""
    found = shape.match(reading.plain, start)
    if not found:
        return
    words = found[0].split(" ")
    kept = 0
    for number, word in enumerate(words, 1):
        if word in _PARTICLES:
            continue
        if word.lower().strip(".'") in NOT_A_NAME:
            break
        kept = number
    if not kept:
        return
    end = start + len(" ".join(words[:kept]))
    if end - start > 1 and (after is None or after.match(reading.plain, end)):
        yield Find(start, end, "name")


# --- names that are known ------------------------------------------------------------------------
_BETWEEN_WORDS = re.compile(r"[\W_]{1,3}")
_MOST_WORDS = 12
"""Of a name that is looked for as a whole; its other words are looked for alone."""
_ENDS = ""
"""In the tree of names, where one may end: no word is empty."""

type _Tree = dict[str, "_Tree"]


class KnownNames:
    """Names that are looked for by their words, however many they are."""

    def __init__(self, names: Iterable[str], *, heard: bool = False) -> None:
        """Every whole name, and every part of two or more letters, in any case and accents or none.

        A part that is a word too (`Will`, `Mark`) counts alone only with a capital letter; a
        particle (`van`, `de`) never does. `heard` names, which a text introduced, count with a
        capital only.
        """
        self._heard = heard
        self._parts: set[str] = set()
        self._names: _Tree = {}
        for name in names:
            words = WORD.findall(Reading(composed(name)).bare)
            self._parts.update(word for word in words if len(word) > 1 and word not in NEVER_ALONE)
            if len(words) > 1:
                tree = self._names
                for word in words[:_MOST_WORDS]:
                    tree = tree.setdefault(word, {})
                tree[_ENDS] = {}
        self._begin = self._parts | self._names.keys()

    def found_in(self, reading: Reading) -> Iterator[Find]:
        if self._parts.isdisjoint(reading.words):
            return
        done = 0
        for found in WORD.finditer(reading.bare):
            start, end, word = found.start(), found.end(), found[0]
            if start < done or word not in self._begin:
                continue
            capital = reading.plain[start].isupper()
            whole = self._end_of_name(reading.bare, word, end)
            if whole and (capital or not self._heard):
                end = whole
            elif word not in self._parts or not (capital or self._is_a_name_alone(word)):
                continue
            yield Find(start, end, "name")
            done = end

    def _is_a_name_alone(self, word: str) -> bool:
        """Also in small letters."""
        return not self._heard and word not in ALSO_WORDS

    def _end_of_name(self, bare: str, word: str, end: int) -> int:
        """Of the longest whole name that begins with the word that ends there; 0 if none does."""
        longest = 0
        tree = self._names.get(word)
        while tree:
            if _ENDS in tree:
                longest = end
            between = _BETWEEN_WORDS.match(bare, end)
            following = WORD.match(bare, between.end()) if between else None
            if following is None:
                break
            tree, end = tree.get(following[0]), following.end()
        return longest
