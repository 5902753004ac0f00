"""Finds how and where a person can be reached, and when they were born.

Phone numbers are left to a library (`tandem.aws.personal_data`). Takes linear time: every
repetition is bounded, or possessive.
"""

import re
from collections.abc import Iterator

from tandem.review.finds import Find, Reading

# --- e-mail --------------------------------------------------------------------------------------
# The last part is no number (`lodash@4.17.21`) and no kind of file (`logo@2x.png`).
_DOMAIN = re.compile(
    r"@(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,7}\.(?![0-9]|(?:png|jpe?g|gif|svg|webp|py|json)(?!\w))"
    r"[\w-]{1,63}|localhost)"
)
_LONGEST_MAILBOX = 254
_EVERYBODYS_MAILBOX = "git"
_BEFORE_A_MAILBOX = re.compile(r"[^\w!#$%&'*+=?^`{|}~.-]")
_AT_ITS_BEGINNING = "'`*.-=|{&?#"
_SPELT_OUT = re.compile(
    r"(?<![\w.])[\w.+-]{1,64}+ ?(?:\(at\)|\[at\]|\{at\}) ?[\w-]{1,63}+"
    r"(?: ?(?:\.|\(dot\)|\[dot\]|\{dot\}) ?[\w-]{1,63}+){1,4}"
)


def emails(reading: Reading) -> Iterator[Find]:
    """Addresses of any domain that has a dot, also of those that only an intranet knows."""
    plain = reading.plain
    if "@" in plain:
        for domain in _DOMAIN.finditer(plain):
            at = domain.start()
            earliest = max(0, at - _LONGEST_MAILBOX)
            before = plain[earliest:at]
            cuts = [cut.end() for cut in _BEFORE_A_MAILBOX.finditer(before)]
            mailbox = before[cuts[-1] if cuts else 0 :].lstrip(_AT_ITS_BEGINNING)
            if mailbox and mailbox != _EVERYBODYS_MAILBOX:
                end = at + len(domain[0].rstrip("-_"))
                yield Find(at - len(mailbox), end, "email")
    if "at)" in reading.lower or "at]" in reading.lower or "at}" in reading.lower:
        for found in _SPELT_OUT.finditer(reading.lower):
            yield Find(found.start(), found.end(), "email")


# --- streets -------------------------------------------------------------------------------------
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = rf"{_CAPITAL}[\w'.-]{{0,24}}"
_TOWN = rf"(?:,? (?:[A-Z]{{1,2}}-)?[0-9]{{4,5}}(?:-[0-9]{{4}})? {_WORD}(?: {_WORD}){{0,2}})?"
_STREETS = (
    re.compile(
        rf"(?<![\w.-])[0-9]{{1,5}}[a-zA-Z]? (?:{_WORD} ){{1,3}}"
        r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Terrace"
        r"|Crescent|Close|Way|Place|Highway|Parkway|Pkwy)(?!\w)\.?"
        r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|#)\.? ?[\w-]{1,6})?"
        rf"(?:, {_WORD}(?: {_WORD})?)?(?:,? [A-Z]{{2}} [0-9]{{5}}(?:-[0-9]{{4}})?)?"
    ),
    re.compile(
        rf"(?<!\w)(?:{_CAPITAL}[\w.-]{{1,24}} )?{_CAPITAL}?[\w-]{{0,24}}"
        rf"(?:[sS]tra(?:ß|ss)e|[sS]tr\.|[wW]eg|[pP]latz|[aA]llee|[gG]asse|[uU]fer) "
        rf"[0-9]{{1,4}} ?[a-z]?(?!\w){_TOWN}"
    ),
    re.compile(
        r"(?<![\w.-])[0-9]{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|boulevard|place|chemin|impasse"
        rf"|allée|quai|cours) (?:(?:de|du|des|la|le|les|l'|d') ?){{0,2}}{_WORD}"
        rf"(?:[ -](?:(?:de|du|des|la) )?{_WORD}){{0,3}}{_TOWN}"
    ),
    re.compile(
        r"(?<!\w)(?i:calle|avenida|avda\.?|plaza|paseo|carrer|camino) "
        rf"(?:(?:de|del|la|los|las) ){{0,2}}{_WORD}(?: (?:(?:de|del|la) )?{_WORD}){{0,3}},? "
        rf"(?:n[.º°o]{{1,2}} ?)?[0-9]{{1,4}}(?!\w){_TOWN}"
    ),
)
_STREET_STEMS = (
    *(" st", " rd", " road", " ave", " lane", " ln", " drive", " dr", " boulevard", " blvd"),
    *(" court", " ct", " square", " terrace", " crescent", " close", " way", " place", " highway"),
    *(" parkway", " pkwy", "straße", "strasse", "str.", "weg ", "platz ", "allee ", "gasse "),
    *("ufer ", "rue ", "avenue ", "chemin ", "impasse ", "allée ", "quai ", "cours ", "calle "),
    *("avenida ", "avda", "plaza ", "paseo ", "carrer ", "camino "),
)
_DIGIT = re.compile(r"[0-9]")
_LIVES = re.compile(
    r"(?<![a-z])(?:(?:my|our|home|postal|billing|shipping|delivery|street|mailing) address(?: is|:)"
    r"|i live (?:at|in)|(?:meine|unsere) adresse(?: ist| lautet|:)|ich wohne (?:in|am|an)"
    r"|(?:mon|notre) adresse(?: est|:)|j'habite(?: au| à)?|(?:mi|nuestra) dirección(?: es|:)"
    r"|vivo en)\s{1,2}(?P<value>[^\n;!?]{4,100})"
)
_LIVES_STEMS = ("address", "i live ", "adresse", "ich wohne", "habite", "dirección", "vivo en")
_END_OF_PLACE = re.compile(r"\. |\.$| (?:and|und|et|y|but|aber|mais|pero|so|because) ")


def places(reading: Reading) -> Iterator[Find]:
    """Streets with a house number, in the ways of four languages; and what is said to be home."""
    plain, lower = reading.plain, reading.lower
    if _DIGIT.search(plain) and any(stem in lower for stem in _STREET_STEMS):
        for start, end in _around_digits(plain, 60, 100):
            for pattern in _STREETS:
                for found in pattern.finditer(plain, start, end):
                    yield Find(found.start(), found.end(), "address")
    if any(stem in lower for stem in _LIVES_STEMS):
        for found in _LIVES.finditer(lower):
            start = found.start("value")
            value = _END_OF_PLACE.split(found["value"], maxsplit=1)[0]
            begins_as_one = plain[start].isdigit() or plain[start].isupper()
            if begins_as_one and _DIGIT.search(value):
                yield Find(start, start + len(value), "address")


def _around_digits(text: str, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Disjoint stretches that have every digit with so much before and after it."""
    start = end = -1
    for digits in re.finditer(r"[0-9]++", text):
        if digits.start() - before <= end:
            end = digits.end() + after
            continue
        if end >= 0:
            yield start, end
        start, end = max(0, digits.start() - before), digits.end() + after
    if end >= 0:
        yield start, end


# --- birthdays -----------------------------------------------------------------------------------
_BORN = re.compile(
    r"(?<![a-z])(?:date of birth|birth ?date|birthday|dob|born(?: on)?|geburtsdatum|geburtstag"
    r"|geboren(?: am)?|date de naissance|née?(?: le)?|fecha de nacimiento|naci(?:do|da)?(?: el)?)"
    r"[^\w\n]{0,3}(?:(?:is|was|ist|est|es|le|el|am|on)[^\w\n]{1,3})?"
    r"(?P<value>[0-9]{1,4}(?:[./-][0-9]{1,2}[./-][0-9]{1,4}"
    r"|(?:st|nd|rd|th|er|\.)? (?:de |of )?[^\W\d_]{3,10}\.?,? (?:de )?[0-9]{4})"
    r"|[^\W\d_]{3,9}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})"
)
_BORN_STEMS = ("birth", "born", "dob", "gebor", "geburt", "naissance", "née ", "né ", "naci")


def birthdays(reading: Reading) -> Iterator[Find]:
    """Dates that are said to be of birth; other dates stay."""
    if any(stem in reading.lower for stem in _BORN_STEMS):
        for found in _BORN.finditer(reading.lower):
            yield Find(*found.span("value"), "birthday")
