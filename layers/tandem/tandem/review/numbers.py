"""Finds numbers that are said to be somebody's, and stretches of a text that have numbers in them.

Takes linear time: every repetition is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tandem.review.finds import Find, Reading

# --- stretches -----------------------------------------------------------------------------------
_NEAR, _AROUND = 64, 48
"""Digits so near to each other share a stretch; so much is around the first and the last."""
_LONGEST, _OVERLAP, _MOVED = 512, 192, 32
_DIGITS = re.compile(r"[0-9]++")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text with `digits` digits in it."""

    start: int
    end: int
    digits: int


def stretches(plain: str) -> Iterator[Stretch]:
    """All that has digits, in the text's order, each at most 512 characters long.

    What is longer is cut, between words where that is near, so that two neighbours share 160
    characters or more: whatever is up to 80 long lies in one of them with 80 characters (or the
    text's begin or end) on its side of the cut.
    """
    first = last = -1
    for run in _DIGITS.finditer(plain):
        if first < 0:
            first = run.start()
        elif run.start() - last > _NEAR:
            yield from _cut(plain, first, last)
            first = run.start()
        last = run.end()
    if first >= 0:
        yield from _cut(plain, first, last)


def _cut(plain: str, first: int, last: int) -> Iterator[Stretch]:
    start, end = max(0, first - _AROUND), min(len(plain), last + _AROUND)
    while True:
        stop = min(end, start + _LONGEST)
        if stop < end:
            stop -= _into_a_word(plain, range(stop, stop - _MOVED, -1))
        part = plain[start:stop]
        yield Stretch(start, stop, sum(part.count(digit) for digit in "0123456789"))
        if stop == end:
            return
        start = stop - _OVERLAP
        start += _into_a_word(plain, range(start, start + _MOVED))


def _into_a_word(plain: str, spots: range) -> int:
    """After how many of these spots there is one that cuts no word; 0 if all do."""
    for moved, spot in enumerate(spots):
        if not (plain[spot - 1].isalnum() and plain[spot].isalnum()):
            return moved
    return 0


# --- numbers that are introduced -----------------------------------------------------------------
_NOUN = (
    r"(?P<noun>(?: ?-?(?:numbers?|no\.?|nr\.?|num\.?|nummer|ids?|code|n[º°]|nos?\.?|numéro|número"
    r"|key|identifier))(?![a-z]))?"
)
_JOINT = r"(?P<joint>[^\w\n]{0,4}(?:(?:is|was|ist|war|lautet|est|es|was|of)(?![a-z])[^\w\n]{0,3})?)"
_VALUE = r"(?P<value>[a-z]{0,6}[-_/#]?[0-9][a-z0-9_/-]{2,39}(?: [0-9]{2,8}){0,7})(?![a-z0-9])"
_WORDS = {
    "account": (
        r"(?:bank |checking |savings |aws |billing )?(?:account|acct|a/c)|sort ?code|routing|iban"
        r"|bsb|bankkonto|konto|bankleitzahl|blz|(?:compte|cuenta)(?: bancaire| bancaria)?"
    ),
    "id": (
        r"ssn|social security|passport|driver'?s? ?licen[cs]e|driving licen[cs]e|nhs"
        r"|national insurance|nino|national id|tax(?:payer)?(?: file| identification)?|tin|itin|tfn"
        r"|licen[cs]e plate|registration plate|identity card|id card|medicare|medicaid|aadhaar"
        r"|steuer(?:-?id|identifikations)?|sozialversicherungs?|versicherten|versicherungs"
        r"|personalausweis|ausweis|reisepass|pass|führerschein|kennzeichen"
        r"|(?:numéro de )?sécurité sociale|passeport|carte d'identité|permis de conduire"
        r"|dni|nif|pasaporte|seguridad social|carné de conducir|matrícula|pesel|codice fiscale"
    ),
    "number": (
        r"customer|client|member(?:ship)?|order|invoice|booking|reservation|policy|contract|case"
        r"|ticket|reference|ref|tracking|subscription|licen[cs]e|serial|employee|student|patient"
        r"|insurance|shipment|parcel|rma|kunden|bestell(?:ung)?|auftrags?|rechnungs?|vertrags?"
        r"|mitglieds?|vorgangs?|buchungs?|sendungs?|serien|personal|matrikel|referenz"
        r"|commande|facture|contrat|dossier|réservation|abonné|adhérent|suivi|série"
        r"|cliente|pedido|factura|contrato|reserva|socio|expediente|envío|serie"
    ),
}
_INTRODUCED = tuple(
    (kind, re.compile(rf"(?<![a-z])(?:{words})s?{_NOUN}{_JOINT}{_VALUE}"))
    for kind, words in _WORDS.items()
)
_PHONE = re.compile(
    r"(?<![a-z])(?:(?:tele|cell|smart)?phone|tel|mobile|cell|whatsapp|fax|call(?:ed|ing)?|reach|ring"
    r"|text|sms|dial|number is|telefon(?:nummer)?|handy(?:nummer)?|mobil(?:nummer)?|anruf|anrufen"
    r"|erreichen|erreichbar|rückruf|rufen|durchwahl|nummer ist|téléphone|portable|appel|appelez"
    r"|appeler|joindre|numéro est|teléfono|móvil|celular|llamar|llame|llámame|número es)(?![a-z])"
    r"[^0-9\n+(]{0,24}(?P<value>\+?\(?[0-9](?:[ ()/.-]{0,2}[0-9]){6,14})(?![0-9])"
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/.]?)[0-9]{1,2}\1[0-9]{1,2}t?(?![0-9])|[0-9]{1,2}[-/][0-9]{1,2}[-/]"
    r"(?:19|20)[0-9]{2}"
)
_FEWEST_WITH_A_NOUN, _FEWEST = 4, 6
_FEWEST_OF_AN_ACCOUNT = 5

# AWS: in ARNs, in the names of registries, queues and of SageMaker's default buckets.
_AWS_ACCOUNT = re.compile(
    r"arn:aws[a-z-]{0,16}:[a-z0-9-]{0,40}:[a-z0-9-]{0,30}:(?P<arn>[0-9]{12}):"
    r"|(?<![0-9])(?P<registry>[0-9]{12})\.dkr\.ecr"
    r"|amazonaws\.com/(?P<queue>[0-9]{12})(?=/)"
    r"|sagemaker-[a-z0-9-]{4,24}-(?P<bucket>[0-9]{12})(?![0-9])"
)


def introduced(reading: Reading, stretch: Stretch) -> Iterator[Find]:
    """Numbers after a word that says whose or what they are: accounts, orders, customers, ids."""
    if stretch.digits < _FEWEST_WITH_A_NOUN:
        return
    lower = reading.lower
    for kind, pattern in _INTRODUCED:
        for found in pattern.finditer(lower, stretch.start, stretch.end):
            if _is_somebodys(kind, found):
                yield Find(*found.span("value"), kind)
    for found in _PHONE.finditer(lower, stretch.start, stretch.end):
        if not _DATE.match(found["value"]):
            yield Find(*found.span("value"), "phone")
    if stretch.digits >= 12:
        for found in _AWS_ACCOUNT.finditer(lower, stretch.start, stretch.end):
            yield Find(*found.span(str(found.lastgroup)), "account")


def _is_somebodys(kind: str, found: re.Match[str]) -> bool:
    value, joint = str(found["value"]), str(found["joint"])
    if _DATE.fullmatch(value):
        return False
    digits = sum(sign.isdigit() for sign in value)
    if found["noun"] or any(sign in joint for sign in "#:="):
        return digits >= _FEWEST_WITH_A_NOUN
    return digits >= (_FEWEST if kind == "number" else _FEWEST_OF_AN_ACCOUNT)
